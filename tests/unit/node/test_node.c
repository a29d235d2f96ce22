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
    assert_int_equal(dp->n_tables, 2);
    assert_int_equal(dp->n_routes, 5);
    assert_string_equal(dp->ports[0].id, story_instance);
    assert_string_equal(dp->tunnels[0].connection, "vpn-a");
    assert_int_equal(w->dataplane.n_fds, 3); /* two sockets and a TAP, each once */
    assert_int_equal(ioctl(w->dataplane.fds[2], TUNGETIFF, &ifr), 0);
    assert_true(ifr.ifr_flags & IFF_TAP && ifr.ifr_flags & IFF_VNET_HDR);
    assert_int_equal(ike->ike[0].psk.len, 13);
    assert_true(ike->ike[0].admin_up);
    assert_true(private_net_shows("", "198.51.100.1/32", "ip addr show pub"));
    assert_true(private_net_shows(story_netns, "10.1.0.4/24", "ip addr show eth0"));
    i = world_status_of(w, "instances");
    assert_string_equal(story_text(i, "netns"), story_netns);
    assert_string_equal(story_text(i, "error"), "");
    assert_int_equal(json_integer_value(json_object_get(w->status, "failed")), 0);
    assert_non_null(json_object_get(json_object_get(w->status, "drops"), "esp_bad_icv"));
}

static bool tunnel_alone(struct world *w)
{
    return w->dataplane.last.n_tunnels == 1 && w->ike.last.n_tunnels == 1;
}

static void test_what_a_tunnel_needs_is_sent_before_instances_are_made(void **state)
{
    struct world *w = *state;
    json_t *doc;

    document_set(w->desired, "instances", "[]");
    world_start_node(w);
    UNTIL(w, tunnel_alone);
    doc = story_document();
    document_set(doc, "tunnels.0.mtu", "1300");
    world_set_desired(w, doc);
    UNTIL(w, story_settled);
    assert_int_equal(w->dataplane.last.tunnels[0].mtu, 1300);
    /* Data plane, IKE, and when the instance was made the data plane again. */
    assert_int_equal(w->ike.last.number, w->dataplane.last.number - 1);
}

static void test_the_status_follows_ike(void **state)
{
    struct world *w = *state;
    const json_t *t;

    story_begin(w);
    assert_true(story_tunnel_is(w, "down"));
    story_say(w, IPC_OPER_UP);
    UNTIL(w, story_tunnel_is_up);
    t = world_status_of(w, "tunnels");
    assert_string_equal(story_text(t, "since"), "2026-11-22T08:27:24.123Z");
    assert_string_equal(story_text(t, "ikeAlgorithms"), "aes128-sha256-modp2048");
    assert_string_equal(story_text(t, "remote"), "203.0.113.1:4500");
    assert_int_equal(json_integer_value(json_object_get(t, "handshakeUs")), 41000);
    assert_non_null(json_object_get(json_object_get(t, "counters"), "encryptedBytesOut"));
    story_say(w, IPC_OPER_DOWN);
    UNTIL(w, story_tunnel_is_down);
    assert_string_equal(story_text(world_status_of(w, "tunnels"), "lastError"), "PSK mismatch");
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
    return json_array_size(json_object_get(w->status, "tunnels")) == MANY_TUNNELS;
}

static bool all_spoke(struct world *w)
{
    const json_t *tunnels = json_object_get(w->status, "tunnels"), *t;
    size_t i;

    json_array_foreach (tunnels, i, t) {
        const json_t *log = json_object_get(t, "log");
        size_t n = json_array_size(log);

        if (!n || !text_starts_with(story_text(json_array_get(log, n - 1), "text"), "line 49 "))
            return false;
    }
    return true;
}

/* ropewayd refuses more than a mebibyte: a status that is too long would be none at all. */
static void test_many_talkative_tunnels_fit_into_a_status(void **state)
{
    struct world *w = *state;
    json_t *tunnels = json_object_get(w->desired, "tunnels");
    char id[32], *text;

    for (unsigned i = 1; i < MANY_TUNNELS; i++) {
        json_t *t = json_deep_copy(json_array_get(tunnels, 0));

        snprintf(id, sizeof(id), "vpntun-many%06u", i);
        json_object_set_new(t, "id", json_string(id));
        json_array_append_new(tunnels, t);
    }
    world_start_node(w);
    UNTIL(w, many_tunnels_are_reported);
    for (unsigned line = 0; line < 50; line++) {
        say_line(w, "vpntun-aaaaaaaaaa", line, 400);
        for (unsigned i = 1; i < MANY_TUNNELS; i++) {
            snprintf(id, sizeof(id), "vpntun-many%06u", i);
            say_line(w, id, line, 400);
        }
        UNTIL(w, many_tunnels_are_reported); /* the world turns */
    }
    UNTIL(w, all_spoke);
    text = json_dumps(w->status, JSON_COMPACT);
    assert_in_range(strlen(text), 300 << 10, 1 << 20);
    free(text);
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
    return story_tunnel_is_up(w) && strstr(story_text(world_status_of(w, "tunnels"), "lastError"),
                                           "left out are the routes to 10.2.0.0/16.");
}

static bool up_without_error(struct world *w)
{
    return story_tunnel_is_up(w) && !*story_text(world_status_of(w, "tunnels"), "lastError");
}

static void test_what_a_peer_leaves_out_is_told_until_it_is_over(void **state)
{
    struct world *w = *state;
    json_t *doc;

    document_set(w->desired, "tables.0.id", "\"bgw-a\"");
    story_begin(w);
    say_selectors(w, "10.2.0.0/24");
    UNTIL(w, left_out_is_told);
    say_selectors(w, "10.2.0.0/15"); /* the peer was told better */
    UNTIL(w, up_without_error);
    say_selectors(w, "10.2.0.0/24");
    UNTIL(w, left_out_is_told);
    doc = story_document(); /* or the route went */
    world_set_desired(w, doc);
    UNTIL(w, up_without_error);
}

static bool has_fifty_lines(struct world *w)
{
    const json_t *log = json_object_get(world_status_of(w, "tunnels"), "log");

    return json_array_size(log) == 50 &&
           strcmp(story_text(json_array_get(log, 49), "text"), "line 59") == 0;
}

static void test_the_last_fifty_lines_of_the_log_are_kept(void **state)
{
    struct world *w = *state;

    story_begin(w);
    for (unsigned i = 0; i < 60; i++) {
        say_line(w, "vpntun-aaaaaaaaaa", i, 0);
    }
    UNTIL(w, has_fifty_lines);
    assert_string_equal(
        story_text(json_array_get(json_object_get(world_status_of(w, "tunnels"), "log"), 0),
                   "text"),
        "line 10");
}

static bool dataplane_took_it_off(struct world *w)
{
    return w->dataplane.last.n_tunnels == 1 && !w->dataplane.last.tunnels[0].admin_up &&
           json_integer_value(json_object_get(w->status, "revision")) == 2;
}

static bool ike_took_it_down(struct world *w)
{
    return w->ike.last.n_tunnels == 1 && !w->ike.last.ike[0].admin_up;
}

static void test_traffic_goes_off_before_the_sas(void **state)
{
    struct world *w = *state;
    json_t *doc;

    story_begin(w);
    w->dataplane.mute = true;
    doc = story_document();
    document_set(doc, "tunnels.0.adminState", "\"down\"");
    world_set_desired(w, doc);
    UNTIL(w, dataplane_took_it_off);
    /* IKE got a configuration too, in which the tunnel is as it was. */
    assert_true(w->ike.last.ike[0].admin_up);
    assert_int_equal(w->ike.last.ike[0].psk.len, 13);
    w->dataplane.mute = false;
    world_answer(w, &w->dataplane);
    UNTIL(w, ike_took_it_down);
    assert_true(story_tunnel_is(w, "down"));
}

static bool ike_forgot_it(struct world *w)
{
    return w->ike.n_syncs > 1 && w->ike.last.n_tunnels == 0;
}

static bool dataplane_forgot_it(struct world *w)
{
    return w->dataplane.last.n_tunnels == 0 &&
           json_array_size(json_object_get(w->status, "tunnels")) == 0;
}

static void test_a_deleted_tunnel_goes_the_same_way(void **state)
{
    struct world *w = *state;
    json_t *doc;

    story_begin(w);
    w->dataplane.mute = true;
    doc = story_document();
    document_set(doc, "tunnels", "[]");
    world_set_desired(w, doc);
    UNTIL(w, dataplane_forgot_it);
    assert_int_equal(w->ike.last.n_tunnels, 1);
    assert_true(w->ike.last.ike[0].admin_up);
    /* A data plane that never answers does not keep it for ever. */
    UNTIL(w, ike_forgot_it);
}

static void test_what_is_not_desired_goes(void **state)
{
    struct world *w = *state;
    json_t *doc;

    story_begin(w);
    doc = story_document();
    document_set(doc, "tunnels", "[]");
    document_set(doc, "instances", "[]");
    document_set(doc, "tables", "[]");
    document_set(doc, "cloudAddresses", "[]");
    world_set_desired(w, doc);
    UNTIL(w, story_nothing_left);
    assert_false(private_net_shows("", "198.51.100.1", "ip addr"));
}

static bool instance_failed(struct world *w)
{
    return strcmp(story_text(world_status_of(w, "instances"), "state"), "failed") == 0 &&
           w->ike.last.n_tunnels == 1;
}

static void test_a_foreign_namespace_is_an_error_and_stays(void **state)
{
    struct world *w = *state;

    assert_int_equal(private_net_run("", "ip netns add %s", story_netns), 0);
    world_start_node(w);
    UNTIL(w, instance_failed);
    assert_non_null(
        strstr(story_text(world_status_of(w, "instances"), "error"), "was not made by"));
    assert_true(json_integer_value(json_object_get(w->status, "failed")) > 0);
    assert_int_equal(w->dataplane.last.n_ports, 0);
    assert_int_equal(w->dataplane.last.n_routes, 4); /* without the one to the instance */
    /* The name gets free: the node notices by itself. */
    assert_int_equal(private_net_run("", "ip netns del %s", story_netns), 0);
    UNTIL(w, story_settled);
}

static bool tunnel_has_error(struct world *w)
{
    return strstr(story_text(world_status_of(w, "tunnels"), "lastError"), "rot13") &&
           story_instance_runs(w);
}

static void test_a_bad_tunnel_is_reported_and_the_rest_works(void **state)
{
    struct world *w = *state;

    document_set(w->desired, "tunnels.0.ike.encryption", "[\"rot13\"]");
    world_start_node(w);
    UNTIL(w, tunnel_has_error);
    assert_true(story_tunnel_is(w, "down"));
    assert_int_equal(w->ike.last.n_tunnels, 0);
    assert_non_null(strstr(story_text(w->status, "error"), "rot13"));
}

static bool tunnel_misses_its_address(struct world *w)
{
    return strstr(story_text(world_status_of(w, "tunnels"), "lastError"),
                  "its cloud address 198.51.100.1 is not on this machine: public interface pub: ");
}

static bool tunnel_is_content(struct world *w)
{
    return !*story_text(world_status_of(w, "tunnels"), "lastError") && story_settled(w);
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
    return strstr(story_text(w->status, "error"), "it is broken") != NULL;
}

static bool settled_without_failures(struct world *w)
{
    return story_settled(w) && json_integer_value(json_object_get(w->status, "failed")) == 0;
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

static int all_tests(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, story_setup, story_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_everything_is_configured),
        CASE(test_what_a_tunnel_needs_is_sent_before_instances_are_made),
        CASE(test_the_status_follows_ike),
        CASE(test_what_a_peer_leaves_out_is_told_until_it_is_over),
        CASE(test_many_talkative_tunnels_fit_into_a_status),
        CASE(test_the_last_fifty_lines_of_the_log_are_kept),
        CASE(test_traffic_goes_off_before_the_sas),
        CASE(test_a_deleted_tunnel_goes_the_same_way),
        CASE(test_what_is_not_desired_goes),
        CASE(test_a_foreign_namespace_is_an_error_and_stays),
        CASE(test_a_bad_tunnel_is_reported_and_the_rest_works),
        CASE(test_a_tunnel_without_its_address_says_so),
        CASE(test_failures_of_the_data_plane_are_reported_and_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return private_net_main(all_tests);
}
