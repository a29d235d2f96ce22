/* Stories about what a node makes of a desired state, and what it reports. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "documents.h"
#include "private_net.h"
#include "story.h"

static void test_everything_is_configured(void **state)
{
    struct world *w = *state;
    const struct world_sync *dp = &w->dataplane.last, *ike = &w->ike.last;
    struct ifreq ifr = {0};
    const json_t *i;

    story_begin(w);
    assert_int_equal(w->n_joins, 1);
    assert_int_equal(dp->n_underlays, 2);
    assert_int_equal(dp->underlays[0].port, 500);
    assert_int_equal(dp->underlays[1].port, 4500);
    assert_int_equal(dp->tables.n, 4); /* of the VPC, two of the gateway, the route table */
    assert_int_equal(fake_tables_n_routes(&dp->tables), 3 + 3 + 3 + 2);
    assert_string_equal(dp->ports[0].id, story_instance);
    assert_string_equal(dp->tunnels[0].connection, "vpn-a");
    assert_int_equal(w->dataplane.n_fds, 3); /* two sockets and a TAP, each once */
    assert_int_equal(ioctl(w->dataplane.fds[2], TUNGETIFF, &ifr), 0);
    assert_true(ifr.ifr_flags & IFF_TAP && ifr.ifr_flags & IFF_VNET_HDR);
    assert_int_equal(ike->ike[0].psk.len, 13);
    assert_true(ike->ike[0].admin_up);
    assert_true(private_net_shows("", "198.51.100.1/32", "ip addr show pub"));
    assert_true(private_net_shows(story_netns, "10.1.0.4/24", "ip addr show eth0"));
    i = world_status_of(w, story_instance_key);
    assert_string_equal(story_text(i, "netns"), story_netns);
    assert_string_equal(story_text(i, "lastError"), "");
    assert_int_equal(json_integer_value(world_node(w, "failed")), 0);
    assert_non_null(json_object_get(world_node(w, "drops"), "esp_bad_icv"));
}

static bool tunnel_alone(struct world *w)
{
    return w->dataplane.last.n_tunnels == 1 && w->ike.last.n_tunnels == 1 && world_is_carried(w);
}

static void test_what_a_tunnel_needs_is_sent_before_instances_are_made(void **state)
{
    struct world *w = *state;
    json_t *doc = story_changed(DOC_TUNNEL " name", "\"other\"");

    world_set_desired(w, story_changed(story_instance_key, NULL));
    world_start_node(w);
    UNTIL(w, tunnel_alone);
    document_set(doc, DOC_TUNNEL " mtu", "1300");
    world_set_desired(w, doc);
    UNTIL(w, story_settled);
    assert_int_equal(w->dataplane.last.tunnels[0].mtu, 1300);
    /* Data plane, IKE, and when the instance was made the data plane again. */
    assert_int_equal(w->ike.last.number, w->dataplane.last.number - 1);
}

static void test_the_status_follows_ike(void **state)
{
    struct world *w = *state;
    const json_t *t, *counters;
    uint64_t last_us;
    char boot[17];

    story_begin(w);
    assert_true(story_tunnel_is(w, "down"));
    story_say(w, IPC_OPER_UP);
    UNTIL(w, story_tunnel_is_up);
    t = world_status_of(w, DOC_TUNNEL);
    assert_string_equal(story_text(t, "since"), "2026-11-22T08:27:24.123Z");
    assert_string_equal(story_text(t, "ikeAlgorithms"), "aes128-sha256-modp2048");
    assert_string_equal(story_text(t, "remote"), "203.0.113.1:4500");
    assert_int_equal(json_integer_value(json_object_get(t, "handshakeUs")), 41000);
    assert_non_null(json_object_get(json_object_get(t, "counters"), "encryptedBytesOut"));
    counters = json_object_get(t, "counters");
    snprintf(boot, sizeof(boot), "%016llx", (unsigned long long)w->dataplane.boot);
    assert_string_equal(story_text(counters, "epoch"), boot);
    assert_int_equal(json_integer_value(json_object_get(counters, "packetsIn")), WORLD_PACKETS_IN);
    assert_int_equal(clock_parse(story_text(t, "lastPacketAt"), &last_us), 0);
    assert_in_range(clock_realtime_us() - last_us, WORLD_SILENT_US,
                    WORLD_SILENT_US + UINT64_C(30000000));
    story_say(w, IPC_OPER_DOWN);
    UNTIL(w, story_tunnel_is_down);
    assert_true(story_says(world_status_of(w, DOC_TUNNEL), "lastError", "ike.psk-mismatch",
                           "PSK mismatch: the peer 203.0.113.1"));
}

static int64_t counted(struct world *w, const char *key, const char *name)
{
    const json_t *status = world_status_of(w, key);
    const json_t *n = json_object_get(json_object_get(status, "counters"), name);

    return n ? json_integer_value(n) : -1;
}

static bool both_are_told(struct world *w)
{
    return counted(w, DOC_ATTACHMENT, "packetsOut") >= 0 &&
           counted(w, story_instance_key, "packetsOut") >= 0;
}

static void test_instances_and_attachments_are_counted(void **state)
{
    struct world *w = *state;

    story_begin(w);
    UNTIL(w, both_are_told);
    assert_int_equal(counted(w, DOC_ATTACHMENT, "packetsOut"), 10);
    assert_int_equal(counted(w, DOC_ATTACHMENT, "packetsIn"), 11 + 12);
    assert_int_equal(counted(w, story_instance_key, "packetsOut"), 5);
    assert_int_equal(counted(w, story_instance_key, "dropsIn"), 3);
}

static void say_line(struct world *w, const char *tunnel, unsigned number, size_t len)
{
    memset(&w->msg, 0, sizeof(w->msg));
    w->msg.type = IPC_IKE_LOG;
    strcpy(w->msg.ike_log.tunnel, tunnel);
    w->msg.ike_log.at_us = number + 1;
    snprintf(w->msg.ike_log.text, sizeof(w->msg.ike_log.text), "line %-*u", (int)len, number);
    world_send(w, &w->ike);
}

#define MANY_TUNNELS 120

static bool many_tunnels_are_reported(struct world *w)
{
    return json_object_size(w->entries) == MANY_TUNNELS + 1;
}

static bool all_spoke(struct world *w)
{
    const json_t *entry;
    const char *key;

    json_object_foreach (w->entries, key, entry) {
        const json_t *log = json_object_get(entry, "log");

        if (text_starts_with(key, "tunnel/") && json_array_size(log) != 50)
            return false;
    }
    return true;
}

/* Nothing is told twice, nothing is lost, and no report is longer than ropewayd takes. */
static void test_many_talkative_tunnels_are_reported_in_pages(void **state)
{
    struct world *w = *state;
    json_t *doc = story_document(), *tunnel = json_object_get(doc, DOC_TUNNEL);
    char key[48];

    for (unsigned i = 1; i < MANY_TUNNELS; i++) {
        snprintf(key, sizeof(key), "tunnel/vpntun-many%06u", i);
        json_object_set(doc, key, tunnel);
    }
    world_set_desired(w, doc);
    world_start_node(w);
    UNTIL(w, many_tunnels_are_reported);
    for (unsigned line = 0; line < 50; line++) {
        say_line(w, "vpntun-aaaaaaaaaa", line, 400);
        for (unsigned i = 1; i < MANY_TUNNELS; i++) {
            snprintf(key, sizeof(key), "vpntun-many%06u", i);
            say_line(w, key, line, 400);
        }
    }
    UNTIL(w, all_spoke);
    assert_in_range(w->longest, 100 << 10, 300 << 10);
    assert_int_equal(w->n_resets, 1);
}

static void say_selectors(struct world *w, const char *remote)
{
    world_status_message(w, IPC_OPER_UP);
    w->msg.ike_status.n_local_ts = w->msg.ike_status.n_remote_ts = 1;
    assert_int_equal(prefix_parse("0.0.0.0/0", &w->msg.ike_status.local_ts[0]), 0);
    assert_int_equal(prefix_parse(remote, &w->msg.ike_status.remote_ts[0]), 0);
    world_send(w, &w->ike);
}

static bool left_out_is_told(struct world *w)
{
    return story_tunnel_is_up(w) &&
           story_says(world_status_of(w, DOC_TUNNEL), "lastError", "node.narrowed-theirs",
                      "left out are the routes to 10.2.0.0/16");
}

static bool up_without_error(struct world *w)
{
    return story_tunnel_is_up(w) && !*story_text(world_status_of(w, DOC_TUNNEL), "lastError");
}

static void test_what_a_peer_leaves_out_is_told_until_it_is_over(void **state)
{
    struct world *w = *state;

    story_begin(w);
    say_selectors(w, "10.2.0.0/24");
    UNTIL(w, left_out_is_told);
    say_selectors(w, "10.2.0.0/15"); /* the peer was told better */
    UNTIL(w, up_without_error);
    say_selectors(w, "10.2.0.0/24");
    UNTIL(w, left_out_is_told);
    world_set_desired(w, story_changed(DOC_ROUTE, NULL)); /* or the route went */
    UNTIL(w, up_without_error);
}

static bool last_line_came(struct world *w)
{
    const json_t *log = json_object_get(world_entry(w, DOC_TUNNEL), "log");
    size_t n = json_array_size(log);

    return n && strcmp(story_text(json_array_get(log, n - 1), "text"), "line 59") == 0;
}

/* The last thing that was said stood in a report that was not taken. */
static bool all_was_refused(struct world *w)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(w->refused, "put"), i, entry) {
        if (strcmp(story_text(json_object_get(entry, "status"), "operState"), "up") == 0)
            return true;
    }
    return false;
}

static void test_the_last_fifty_lines_of_the_log_are_kept(void **state)
{
    struct world *w = *state;

    w->refuse_reports = 1000; /* nobody hears the first ten */
    world_start_node(w);
    UNTIL(w, story_configured);
    for (unsigned i = 0; i < 60; i++)
        say_line(w, "vpntun-aaaaaaaaaa", i, 0);
    say_line(w, "", 0, 0);
    story_say(w, IPC_OPER_UP);
    UNTIL(w, all_was_refused);
    w->refuse_reports = 0;
    story_say(w, IPC_OPER_DOWN);
    UNTIL(w, last_line_came);
    assert_string_equal(
        story_text(json_array_get(json_object_get(world_entry(w, DOC_TUNNEL), "log"), 0), "text"),
        "line 10");
}

static bool dataplane_took_it_off(struct world *w)
{
    return w->dataplane.last.n_tunnels == 1 && !w->dataplane.last.tunnels[0].admin_up &&
           w->ike.n_syncs == 2;
}

static bool ike_took_it_down(struct world *w)
{
    return w->ike.last.n_tunnels == 1 && !w->ike.last.ike[0].admin_up;
}

static void test_traffic_goes_off_before_the_sas(void **state)
{
    struct world *w = *state;

    story_begin(w);
    w->dataplane.mute = true;
    world_set_desired(w, story_changed(DOC_TUNNEL " adminState", "\"down\""));
    UNTIL(w, dataplane_took_it_off);
    /* IKE got a configuration too, in which the tunnel is as it was. */
    assert_true(w->ike.last.ike[0].admin_up);
    assert_int_equal(w->ike.last.ike[0].psk.len, 13);
    w->dataplane.mute = false;
    world_answer(w, &w->dataplane);
    UNTIL(w, ike_took_it_down);
    assert_true(story_tunnel_is(w, "down"));
}

static bool dataplane_leaves_it(struct world *w)
{
    return w->dataplane.last.n_tunnels == 1 && w->dataplane.last.tunnels[0].draining;
}

static bool dataplane_has_left_it(struct world *w)
{
    return w->dataplane.last.n_tunnels == 1 && !w->dataplane.last.tunnels[0].admin_up;
}

/* While it is up, so that the peer hears of it. */
static void test_a_tunnel_that_carries_is_left_first(void **state)
{
    struct world *w = *state;

    story_begin(w);
    story_say(w, IPC_OPER_UP);
    UNTIL(w, story_tunnel_is_up);
    world_set_desired(w, story_changed(DOC_TUNNEL " adminState", "\"down\""));
    UNTIL(w, dataplane_leaves_it);
    assert_true(w->dataplane.last.tunnels[0].admin_up);
    assert_true(w->ike.last.ike[0].admin_up);
    assert_true(story_tunnel_is(w, "up"));
    UNTIL(w, dataplane_has_left_it);
    assert_false(w->dataplane.last.tunnels[0].draining);
    UNTIL(w, ike_took_it_down);
}

static bool ike_forgot_it(struct world *w)
{
    return w->ike.n_syncs > 1 && w->ike.last.n_tunnels == 0;
}

static bool dataplane_forgot_it(struct world *w)
{
    return w->dataplane.last.n_tunnels == 0 && !world_entry(w, DOC_TUNNEL);
}

static void test_a_deleted_tunnel_goes_the_same_way(void **state)
{
    struct world *w = *state;

    story_begin(w);
    w->dataplane.mute = true;
    world_set_desired(w, story_changed(DOC_TUNNEL, NULL));
    UNTIL(w, dataplane_forgot_it);
    assert_int_equal(w->ike.last.n_tunnels, 1);
    assert_true(w->ike.last.ike[0].admin_up);
    /* A data plane that never answers does not keep it for ever. */
    UNTIL(w, ike_forgot_it);
}

static bool nothing_is_said(struct world *w)
{
    return json_object_size(w->entries) == 0 && world_is_carried(w);
}

static void test_what_is_not_desired_goes(void **state)
{
    struct world *w = *state;

    story_begin(w);
    world_set_desired(w, json_object());
    UNTIL(w, story_nothing_left);
    UNTIL(w, nothing_is_said);
    assert_int_equal(w->dataplane.last.tables.n, 0);
    assert_false(private_net_shows("", "198.51.100.1", "ip addr"));
}

static bool instance_failed(struct world *w)
{
    return strcmp(story_text(world_status_of(w, story_instance_key), "state"), "failed") == 0 &&
           w->ike.last.n_tunnels == 1;
}

/* Without the one to the instance. */
static bool routes_but_one(struct world *w)
{
    return fake_tables_n_routes(&w->dataplane.last.tables) == 10;
}

static bool instance_is_pending(struct world *w)
{
    const json_t *entry = world_entry(w, story_instance_key);

    return json_is_true(json_object_get(entry, "pending")) &&
           story_says(entry, "error", "node.namespace-foreign", "was not made by");
}

static void test_a_foreign_namespace_is_an_error_and_stays(void **state)
{
    struct world *w = *state;

    assert_int_equal(private_net_run("", "ip netns add %s", story_netns), 0);
    world_start_node(w);
    UNTIL(w, instance_failed);
    assert_true(story_says(world_status_of(w, story_instance_key), "lastError",
                           "node.namespace-foreign", "was not made by"));
    assert_true(story_node_says(w, "node.instance-failed", "was not made by"));
    assert_true(json_integer_value(world_node(w, "failed")) > 0);
    assert_int_equal(w->dataplane.last.n_ports, 0);
    UNTIL(w, routes_but_one);
    UNTIL(w, instance_is_pending);
    /* The name gets free: the node notices by itself. */
    assert_int_equal(private_net_run("", "ip netns del %s", story_netns), 0);
    UNTIL(w, story_settled);
}

static bool tunnel_has_error(struct world *w)
{
    return story_says(world_status_of(w, DOC_TUNNEL), "lastError", "node.algorithm-unknown",
                      "ike.encryption: \"rot13\"") &&
           story_instance_runs(w);
}

static void test_a_bad_tunnel_is_reported_and_the_rest_works(void **state)
{
    struct world *w = *state;

    world_set_desired(w, story_changed(DOC_TUNNEL " ike encryption", "[\"rot13\"]"));
    world_start_node(w);
    UNTIL(w, tunnel_has_error);
    assert_true(story_tunnel_is(w, "down"));
    assert_int_equal(w->ike.last.n_tunnels, 0);
    assert_true(story_node_says(w, "node.tunnel-failed", "rot13"));
    assert_true(json_is_true(json_object_get(world_entry(w, DOC_TUNNEL), "pending")));
    assert_true(story_says(world_entry(w, DOC_TUNNEL), "error", "node.algorithm-unknown", "rot13"));
}

static bool tunnel_misses_its_address(struct world *w)
{
    return story_says(
        world_status_of(w, DOC_TUNNEL), "lastError", "node.public-interface-failed",
        "its cloud address 198.51.100.1 is not on this machine: public interface pub: ");
}

static bool tunnel_is_content(struct world *w)
{
    return !*story_text(world_status_of(w, DOC_TUNNEL), "lastError") && story_settled(w);
}

static void test_a_tunnel_without_its_address_says_so(void **state)
{
    struct world *w = *state;

    assert_int_equal(private_net_run("", "ip link set pub down && ip link set pub name other"), 0);
    w->dataplane.failed = 2; /* sockets that did not come */
    world_start_node(w);
    UNTIL(w, tunnel_misses_its_address);
    assert_int_equal(private_net_run("", "ip link set other name pub && ip link set pub up"), 0);
    w->dataplane.failed = 0;
    UNTIL(w, tunnel_is_content);
}

static bool dataplane_failure_shows(struct world *w)
{
    return story_node_says(w, "dataplane.port-failed", "data plane: port i-x: it is broken");
}

static bool settled_without_failures(struct world *w)
{
    return story_settled(w) && json_integer_value(world_node(w, "failed")) == 0;
}

static void test_failures_of_the_data_plane_are_reported_and_tried_again(void **state)
{
    struct world *w = *state;

    w->dataplane.failed = 1;
    world_start_node(w);
    UNTIL(w, dataplane_failure_shows);
    w->dataplane.failed = 0;
    UNTIL(w, settled_without_failures);
}

static bool both_are_answered(struct world *w)
{
    return world_is_carried(w) && w->dataplane.n_syncs > 1 && w->ike.n_syncs > 1;
}

static void test_only_what_changed_is_named(void **state)
{
    struct world *w = *state;
    unsigned syncs;

    story_begin(w);
    assert_int_equal(w->dataplane.last.whole & IPC_PART_TABLES, IPC_PART_TABLES);
    world_set_desired(w, story_changed(DOC_TUNNEL " adminState", "\"down\""));
    UNTIL(w, both_are_answered);
    assert_int_equal(w->dataplane.last.whole, 0);
    assert_int_equal(w->dataplane.last.n_named, 1);
    assert_false(w->dataplane.last.tunnels[0].admin_up);
    UNTIL(w, ike_took_it_down);
    assert_int_equal(w->ike.last.whole, 0);
    assert_int_equal(w->ike.last.n_named, 1);
    syncs = w->dataplane.n_syncs;
    /* A data plane that could not do all hears all of it again. */
    w->dataplane.failed = 1;
    world_set_desired(w, story_document());
    UNTIL(w, dataplane_failure_shows);
    w->dataplane.failed = 0;
    UNTIL(w, settled_without_failures);
    assert_true(w->dataplane.n_syncs > syncs);
    assert_int_equal(w->dataplane.last.whole, IPC_PARTS);
}

static bool ike_has_a_second(struct world *w)
{
    return w->ike.n_syncs == 2;
}

static bool ike_has_a_third(struct world *w)
{
    return w->ike.n_syncs == 3;
}

static bool ike_has_a_fourth(struct world *w)
{
    return w->ike.n_syncs == 4;
}

static bool ike_has_a_fifth(struct world *w)
{
    return w->ike.n_syncs == 5;
}

static void change_interval(struct world *w, const char *seconds)
{
    world_set_desired(w, story_changed(DOC_TUNNEL " dpd intervalSeconds", seconds));
}

/* A part that went well does not make forgotten what failed before. */
static void test_what_ike_could_not_do_is_said_again(void **state)
{
    struct world *w = *state;
    uint64_t second;

    story_begin(w);
    assert_int_equal(w->ike.n_syncs, 1);
    w->ike.mute = true;
    change_interval(w, "11");
    UNTIL(w, ike_has_a_second);
    second = w->ike.last.generation;
    change_interval(w, "12");
    UNTIL(w, ike_has_a_third);
    assert_int_equal(w->ike.last.whole, 0);
    w->ike.last.generation = second;
    w->ike.failed = 1;
    world_answer(w, &w->ike);
    w->ike.last.generation = second + 1;
    w->ike.failed = 0;
    world_answer(w, &w->ike);
    w->ike.mute = false;
    change_interval(w, "13");
    UNTIL(w, ike_has_a_fourth);
    assert_int_equal(w->ike.last.whole, IPC_PART_TUNNELS);
    change_interval(w, "14"); /* all is well again */
    UNTIL(w, ike_has_a_fifth);
    assert_int_equal(w->ike.last.whole, 0);
}

static bool everything_was_named(struct world *w)
{
    return w->dataplane.n_syncs > 1 && w->dataplane.last.whole == IPC_PARTS && w->ike.n_syncs > 1 &&
           w->ike.last.whole == IPC_PART_TUNNELS;
}

/* Nothing changes, and yet both hear everything from time to time. */
static void test_everything_is_said_again_in_the_end(void **state)
{
    struct world *w = *state;

    w->audit_s = 1;
    story_begin(w);
    UNTIL(w, everything_was_named);
    assert_int_equal(w->ike.last.n_named, 1);
    assert_true(story_settled(w));
}

static int all_tests(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, story_setup, story_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_everything_is_configured),
        CASE(test_what_a_tunnel_needs_is_sent_before_instances_are_made),
        CASE(test_the_status_follows_ike),
        CASE(test_instances_and_attachments_are_counted),
        CASE(test_what_a_peer_leaves_out_is_told_until_it_is_over),
        CASE(test_many_talkative_tunnels_are_reported_in_pages),
        CASE(test_the_last_fifty_lines_of_the_log_are_kept),
        CASE(test_traffic_goes_off_before_the_sas),
        CASE(test_a_tunnel_that_carries_is_left_first),
        CASE(test_a_deleted_tunnel_goes_the_same_way),
        CASE(test_what_is_not_desired_goes),
        CASE(test_a_foreign_namespace_is_an_error_and_stays),
        CASE(test_a_bad_tunnel_is_reported_and_the_rest_works),
        CASE(test_a_tunnel_without_its_address_says_so),
        CASE(test_failures_of_the_data_plane_are_reported_and_tried_again),
        CASE(test_only_what_changed_is_named),
        CASE(test_what_ike_could_not_do_is_said_again),
        CASE(test_everything_is_said_again_in_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return private_net_main(all_tests);
}
