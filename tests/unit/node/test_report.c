/* Stories about the two streams between a node and ropewayd: what is lost, said twice, refused or
 * not yet carried out. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "documents.h"
#include "private_net.h"
#include "story.h"

static const json_t *log_of(const struct world *w)
{
    return json_object_get(world_entry(w, DOC_TUNNEL), "log");
}

static void say_line(struct world *w, const char *text)
{
    memset(&w->msg, 0, sizeof(w->msg));
    w->msg.type = IPC_IKE_LOG;
    strcpy(w->msg.ike_log.tunnel, "vpntun-aaaaaaaaaa");
    w->msg.ike_log.at_us = 1;
    w->msg.ike_log.level = IPC_LOG_WARNING;
    strcpy(w->msg.ike_log.text, text);
    world_send(w, &w->ike);
}

static bool is_pending(const struct world *w, const char *key)
{
    return json_is_true(json_object_get(world_entry(w, key), "pending"));
}

static uint64_t version_in_force(const struct world *w, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(world_entry(w, key), "version"));
}

/* ---- upwards ---- */

static bool no_more_refusals(struct world *w)
{
    return !w->refuse_reports && !w->lose_answers;
}

static bool both_lines_came(struct world *w)
{
    return json_array_size(log_of(w)) == 2;
}

static void test_what_a_failed_report_said_is_told_with_the_next(void **state)
{
    struct world *w = *state;

    story_begin(w);
    w->refuse_reports = 1;
    say_line(w, "{negotiation.peer-moved|one}");
    story_say(w, IPC_OPER_UP);
    UNTIL(w, no_more_refusals);
    assert_false(story_tunnel_is(w, "up"));
    say_line(w, "two");
    UNTIL(w, both_lines_came);
    assert_string_equal(json_string_value(json_object_get(json_array_get(log_of(w), 0), "text")),
                        "{negotiation.peer-moved|one}");
    assert_string_equal(story_text(json_array_get(log_of(w), 0), "level"), "warning");
    assert_true(story_tunnel_is(w, "up"));
    assert_int_equal(w->n_resets, 1); /* nothing was out of sequence */
}

static bool told_anew(struct world *w)
{
    return w->n_resets == 2 && both_lines_came(w) && story_tunnel_is(w, "up") &&
           story_instance_runs(w) && world_is_carried(w);
}

/* The report was taken, its answer did not come: the node cannot know. */
static void test_a_report_out_of_sequence_begins_a_new_epoch(void **state)
{
    struct world *w = *state;

    story_begin(w);
    w->lose_answers = 1;
    say_line(w, "one");
    UNTIL(w, no_more_refusals);
    story_say(w, IPC_OPER_UP);
    say_line(w, "two");
    UNTIL(w, told_anew);
}

static bool is_told_again(struct world *w)
{
    return w->n_resets == 2 && story_settled(w);
}

static void test_a_restart_of_ropewayd_costs_nothing(void **state)
{
    struct world *w = *state;
    unsigned syncs;

    story_begin(w);
    syncs = w->n_syncs;
    world_restart_ropewayd(w);
    UNTIL(w, is_told_again);
    assert_int_equal(w->n_listings, 1); /* its digest was enough */
    assert_int_equal(w->n_syncs, syncs);
    assert_false(is_pending(w, DOC_TUNNEL));
}

static void test_only_what_changed_is_told(void **state)
{
    struct world *w = *state;
    unsigned entries;

    story_begin(w);
    entries = w->n_entries;
    story_say(w, IPC_OPER_UP);
    UNTIL(w, story_tunnel_is_up);
    assert_int_equal(w->n_entries, entries + 1);
    assert_int_equal(json_array_size(json_object_get(w->last_report, "put")), 1);
    assert_null(json_object_get(json_array_get(json_object_get(w->last_report, "put"), 0), "name"));
}

/* ---- downwards ---- */

static void test_a_listing_in_pages_is_carried_out_at_its_end(void **state)
{
    struct world *w = *state;

    w->page_objects = 2;
    story_begin(w);
    assert_int_equal(w->n_pages, 4);
    assert_int_equal(w->n_listings, 1);
    /* At once, and once more for the instance that had to be made. */
    assert_in_range(w->dataplane.n_syncs, 1, 2);
    assert_int_equal(w->ike.n_syncs, 1);
}

static bool listed_anew(struct world *w)
{
    return w->n_listings >= 2 && story_settled(w);
}

static void test_another_digest_is_asked_about(void **state)
{
    struct world *w = *state;

    w->lie = 1;
    story_begin(w); /* what came is in force all the same */
    UNTIL(w, listed_anew);
    w->lie = 0;
    world_set_desired(w, story_changed(DOC_TUNNEL " mtu", "1300"));
    UNTIL(w, story_settled);
    assert_int_equal(w->dataplane.last.tunnels[0].mtu, 1300);
}

static bool asked_in_vain(struct world *w)
{
    return w->n_pages >= 3;
}

static bool has_new_mtu(struct world *w)
{
    return w->dataplane.last.n_tunnels && w->dataplane.last.tunnels[0].mtu == 1300;
}

static void test_an_older_ropewayd_changes_nothing(void **state)
{
    struct world *w = *state;
    unsigned syncs;

    story_begin(w);
    syncs = w->n_syncs;
    w->old = true;
    world_set_desired(w, story_changed(DOC_TUNNEL " mtu", "1300"));
    UNTIL(w, asked_in_vain);
    assert_int_equal(w->n_syncs, syncs);
    w->old = false; /* it is upgraded */
    UNTIL(w, has_new_mtu);
    UNTIL(w, story_settled);
}

static bool gateway_is_refused(struct world *w)
{
    return is_pending(w, DOC_GATEWAY) && story_says(world_entry(w, DOC_GATEWAY), "error",
                                                    "node.generation-passed", "older than 3");
}

static bool gateway_is_content(struct world *w)
{
    return !world_entry(w, DOC_GATEWAY) && story_settled(w);
}

static void test_an_older_generation_is_refused_and_said(void **state)
{
    struct world *w = *state;

    world_set_desired(w, story_changed(DOC_GATEWAY " generation", "3"));
    story_begin(w);
    assert_null(world_entry(w, DOC_GATEWAY)); /* there is nothing to say about it */
    world_set_desired(w, story_changed(DOC_GATEWAY " generation", "2"));
    UNTIL(w, gateway_is_refused);
    assert_int_equal(w->dataplane.last.tables.n, 4);
    world_set_desired(w, story_changed(DOC_GATEWAY " generation", "4"));
    UNTIL(w, gateway_is_content);
}

/* ---- tunnels that follow other objects ---- */

static bool carries_both_families(struct world *w)
{
    return w->ike.last.n_tunnels == 1 && w->ike.last.ike[0].n_local_ts == 2 &&
           w->ike.last.ike[0].n_remote_ts == 2;
}

static bool carries_ipv4(struct world *w)
{
    return w->ike.last.n_tunnels == 1 && w->ike.last.ike[0].n_local_ts == 1;
}

static void test_an_ipv6_route_widens_the_selectors(void **state)
{
    struct world *w = *state;
    uint64_t config;

    story_begin(w);
    assert_true(carries_ipv4(w));
    config = w->ike.last.ike[0].config;
    world_set_desired(w, story_changed(DOC_ROUTE " destination", "\"fd00::/8\""));
    UNTIL(w, carries_both_families);
    assert_int_not_equal(w->ike.last.ike[0].config, config); /* SAs of before are not enough */
    world_set_desired(w, story_document());
    UNTIL(w, carries_ipv4);
}

static bool carries_what_is_named(struct world *w)
{
    const struct ipc_ike_tunnel *t = &w->ike.last.ike[0];

    return w->ike.last.n_tunnels == 1 && t->n_local_ts == 2 && t->local_ts[1].len == 24 &&
           t->n_remote_ts == 1 && t->remote_ts[0].len == 0;
}

static void test_named_selectors_are_those(void **state)
{
    struct world *w = *state;

    story_begin(w);
    world_set_desired(
        w, story_changed(DOC_TUNNEL " localSelectors", "[\"10.1.0.0/16\", \"10.7.7.0/24\"]"));
    UNTIL(w, carries_what_is_named);
    world_set_desired(w, story_document());
    UNTIL(w, carries_ipv4);
}

static bool has_networks(struct world *w)
{
    const struct ipc_ike_tunnel *t = &w->ike.last.ike[0];

    return w->ike.last.n_tunnels == 1 && t->n_local_networks == 1 && t->n_remote_networks == 1 &&
           t->n_local_ts == 1 && t->local_ts[0].len == 0;
}

static bool has_other_networks(struct world *w)
{
    return has_networks(w) && w->ike.last.ike[0].remote_networks[0].addr.bytes[1] == 77;
}

/* They follow the routes, and are no other configuration. */
static void test_networks_are_told_when_they_are_wanted(void **state)
{
    struct world *w = *state;
    uint64_t config;

    story_begin(w);
    config = w->ike.last.ike[0].config;
    assert_int_equal(w->ike.last.ike[0].n_remote_networks, 0);
    world_status_message(w, IPC_OPER_NEGOTIATING);
    w->msg.ike_status.wants_networks = true;
    world_send(w, &w->ike);
    UNTIL(w, has_networks);
    assert_int_equal(w->ike.last.ike[0].config, config);
    world_set_desired(w, story_changed(DOC_ROUTE " destination", "\"10.77.0.0/16\""));
    UNTIL(w, has_other_networks);
    assert_int_equal(w->ike.last.ike[0].config, config);
}

static bool uses_one_table(struct world *w)
{
    return w->dataplane.last.tables.n == 3 &&
           strcmp(w->dataplane.last.tunnels[0].table, "bgw-a") == 0;
}

static void test_transit_moves_the_tunnel_to_the_other_table(void **state)
{
    struct world *w = *state;

    story_begin(w);
    assert_string_equal(w->dataplane.last.tunnels[0].table, "bgw-a/tunnel");
    world_set_desired(w, story_changed(DOC_GATEWAY " transit", "true"));
    UNTIL(w, uses_one_table);
}

static bool waits_for_its_gateway(struct world *w)
{
    return w->dataplane.last.n_tunnels == 0 && w->ike.last.n_tunnels == 0 &&
           story_says(world_entry(w, DOC_TUNNEL), "error", "node.without-gateway",
                      "its border gateway bgw-a is not on this node");
}

static void test_a_tunnel_without_its_gateway_waits(void **state)
{
    struct world *w = *state;

    story_begin(w);
    world_set_desired(w, story_changed(DOC_GATEWAY, NULL));
    UNTIL(w, waits_for_its_gateway);
    world_set_desired(w, story_document());
    UNTIL(w, story_settled);
}

/* ---- what is in force ---- */

static bool is_confirmed(struct world *w)
{
    return !is_pending(w, DOC_TUNNEL) && story_tunnel_is(w, "up") && world_is_carried(w);
}

static bool is_reported_pending(struct world *w)
{
    return is_pending(w, DOC_TUNNEL);
}

/* The tunnel is up with what it is to have; then its lifetime changes, and IKE still uses the old
 * SAs. */
static void change_what_ike_negotiates(struct world *w)
{
    story_begin(w);
    w->ike.in_force = w->ike.last.ike[0].config;
    story_say(w, IPC_OPER_UP);
    UNTIL(w, is_confirmed);
    world_set_desired(w, story_changed(DOC_TUNNEL " ike lifetimeSeconds", "7200"));
    UNTIL(w, is_reported_pending);
}

static void test_a_tunnel_is_pending_until_its_sas_follow(void **state)
{
    struct world *w = *state;
    uint64_t before;

    change_what_ike_negotiates(w);
    before = version_in_force(w, DOC_TUNNEL);
    assert_true(before < w->version);
    assert_int_not_equal(w->ike.last.ike[0].config, w->ike.in_force);
    assert_true(story_tunnel_is(w, "up"));
    w->ike.in_force = w->ike.last.ike[0].config;
    story_say(w, IPC_OPER_UP);
    UNTIL(w, is_confirmed);
    assert_int_equal(version_in_force(w, DOC_TUNNEL), w->version);
}

static bool refusal_is_told(struct world *w)
{
    return is_pending(w, DOC_TUNNEL) &&
           story_says(world_entry(w, DOC_TUNNEL), "error", "ike.psk-mismatch", "PSK mismatch");
}

static void test_what_the_peer_refuses_is_told(void **state)
{
    struct world *w = *state;

    change_what_ike_negotiates(w);
    w->ike.refused = w->ike.last.ike[0].config;
    story_say(w, IPC_OPER_NEGOTIATING);
    UNTIL(w, refusal_is_told);
}

static bool is_carried(struct world *w)
{
    return world_is_carried(w);
}

/* A peer that is away does not keep a change from being carried out at this end. */
static void test_a_tunnel_without_sas_is_not_pending(void **state)
{
    struct world *w = *state;

    change_what_ike_negotiates(w);
    w->ike.in_force = 0;
    story_say(w, IPC_OPER_NEGOTIATING);
    UNTIL(w, is_carried);
}

static bool is_down_for_good(struct world *w)
{
    return story_tunnel_is(w, "down") && world_is_carried(w);
}

static bool ike_took_it_down(struct world *w)
{
    return w->ike.last.n_tunnels == 1 && !w->ike.last.ike[0].admin_up && is_pending(w, DOC_TUNNEL);
}

static void test_a_disabled_tunnel_is_pending_until_its_sas_are_gone(void **state)
{
    struct world *w = *state;

    story_begin(w);
    w->ike.in_force = w->ike.last.ike[0].config;
    story_say(w, IPC_OPER_UP);
    UNTIL(w, is_confirmed);
    world_set_desired(w, story_changed(DOC_TUNNEL " adminState", "\"down\""));
    UNTIL(w, ike_took_it_down);
    w->ike.in_force = 0;
    story_say(w, IPC_OPER_DOWN);
    UNTIL(w, is_down_for_good);
}

/* A name is nothing that SAs depend on, an MTU nothing that IKE does: no new configuration. */
static void test_what_ike_does_not_need_leaves_its_configuration(void **state)
{
    struct world *w = *state;
    unsigned syncs;

    story_begin(w);
    w->ike.in_force = w->ike.last.ike[0].config;
    story_say(w, IPC_OPER_UP);
    UNTIL(w, is_confirmed);
    syncs = w->ike.n_syncs;
    world_set_desired(w, story_changed(DOC_TUNNEL " mtu", "1300"));
    UNTIL(w, has_new_mtu);
    UNTIL(w, is_confirmed);
    assert_int_equal(w->ike.n_syncs, syncs);
}

static bool dataplane_got_the_change(struct world *w)
{
    return has_new_mtu(w) && w->n_status > 0;
}

static void test_nothing_is_carried_before_the_data_plane_says_so(void **state)
{
    struct world *w = *state;

    story_begin(w);
    w->dataplane.mute = true;
    world_set_desired(w, story_changed(DOC_TUNNEL " mtu", "1300"));
    UNTIL(w, dataplane_got_the_change);
    assert_false(world_is_carried(w));
    w->dataplane.mute = false;
    world_answer(w, &w->dataplane);
    UNTIL(w, is_carried);
}

static bool two_changes_are_carried(struct world *w)
{
    return has_new_mtu(w) && w->ike.last.n_tunnels == 1 &&
           w->ike.last.ike[0].ike_lifetime_s == 7200;
}

static bool first_change_is_there(struct world *w)
{
    return w->dataplane.last.n_tunnels == 1 && w->dataplane.last.tunnels[0].mtu == 1200;
}

static bool page_was_taken(struct world *w)
{
    return w->clients[0].waits || w->clients[1].waits || w->clients[2].waits;
}

/* What comes while the data plane has not answered waits for it, and IKE hears of it after. */
static void test_ike_follows_the_data_plane(void **state)
{
    struct world *w = *state;
    unsigned number;
    json_t *doc;

    story_begin(w);
    w->dataplane.mute = true;
    world_set_desired(w, story_changed(DOC_TUNNEL " mtu", "1200"));
    UNTIL(w, first_change_is_there);
    number = w->ike.last.number;
    doc = story_changed(DOC_TUNNEL " mtu", "1300");
    document_set(doc, DOC_TUNNEL " ike lifetimeSeconds", "7200");
    UNTIL(w, page_was_taken);
    world_set_desired(w, doc);
    UNTIL(w, page_was_taken);
    assert_int_equal(w->ike.last.number, number);
    w->dataplane.mute = false;
    world_answer(w, &w->dataplane);
    UNTIL(w, two_changes_are_carried);
    assert_int_equal(w->ike.last.number, w->dataplane.last.number + 1);
}

static bool only_the_table_is_pending(struct world *w)
{
    return is_pending(w, DOC_TABLE) && !is_pending(w, DOC_TUNNEL) &&
           story_says(world_entry(w, DOC_TABLE), "error", "dataplane.table-failed",
                      "table rtb-a: it is broken");
}

static bool only_the_gateway_is_pending(struct world *w)
{
    return is_pending(w, DOC_GATEWAY) && !is_pending(w, DOC_TABLE) && !is_pending(w, DOC_TUNNEL) &&
           story_says(world_entry(w, DOC_GATEWAY), "error", "dataplane.table-failed",
                      "table bgw-a/tunnel: ");
}

static bool only_the_address_is_pending(struct world *w)
{
    return is_pending(w, DOC_ADDRESS) && !is_pending(w, DOC_GATEWAY) &&
           !is_pending(w, DOC_TUNNEL) &&
           story_says(world_entry(w, DOC_ADDRESS), "error", "dataplane.underlay-failed",
                      "underlay 198.51.100.1:500: ");
}

static bool all_is_pending(struct world *w)
{
    return is_pending(w, DOC_ROUTE) && is_pending(w, DOC_TUNNEL) && is_pending(w, DOC_ADDRESS);
}

static void test_what_the_data_plane_fails_at_is_pending(void **state)
{
    struct world *w = *state;

    w->dataplane.failed = 1;
    w->dataplane.failed_code = WORDS_DATAPLANE_NOT_TAKEN_IN;
    world_start_node(w);
    UNTIL(w, all_is_pending);
    strcpy(w->dataplane.failed_id, "rtb-a");
    w->dataplane.failed_code = WORDS_DATAPLANE_TABLE_FAILED;
    UNTIL(w, only_the_table_is_pending);
    strcpy(w->dataplane.failed_id, "bgw-a/tunnel");
    UNTIL(w, only_the_gateway_is_pending);
    strcpy(w->dataplane.failed_id, "198.51.100.1:500");
    w->dataplane.failed_code = WORDS_DATAPLANE_UNDERLAY_FAILED;
    UNTIL(w, only_the_address_is_pending);
    w->dataplane.failed = 0;
    UNTIL(w, story_settled);
    assert_null(world_entry(w, DOC_TABLE));
}

static int all_tests(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, story_setup, story_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_what_a_failed_report_said_is_told_with_the_next),
        CASE(test_a_report_out_of_sequence_begins_a_new_epoch),
        CASE(test_a_restart_of_ropewayd_costs_nothing),
        CASE(test_only_what_changed_is_told),
        CASE(test_a_listing_in_pages_is_carried_out_at_its_end),
        CASE(test_another_digest_is_asked_about),
        CASE(test_an_older_ropewayd_changes_nothing),
        CASE(test_an_older_generation_is_refused_and_said),
        CASE(test_an_ipv6_route_widens_the_selectors),
        CASE(test_named_selectors_are_those),
        CASE(test_networks_are_told_when_they_are_wanted),
        CASE(test_transit_moves_the_tunnel_to_the_other_table),
        CASE(test_a_tunnel_without_its_gateway_waits),
        CASE(test_a_tunnel_is_pending_until_its_sas_follow),
        CASE(test_what_the_peer_refuses_is_told),
        CASE(test_a_tunnel_without_sas_is_not_pending),
        CASE(test_a_disabled_tunnel_is_pending_until_its_sas_are_gone),
        CASE(test_what_ike_does_not_need_leaves_its_configuration),
        CASE(test_nothing_is_carried_before_the_data_plane_says_so),
        CASE(test_what_the_data_plane_fails_at_is_pending),
        CASE(test_ike_follows_the_data_plane),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return private_net_main(all_tests);
}
