#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "documents.h"
#include "fake_world.h"
#include "instance.h"
#include "node.h"
#include "private_net.h"

static char instance_id[IPC_ID_MAX], netns[64]; /* of this process alone */

/* ---- conditions ---- */

#define ALL_THERE_SYNC(w) ((w)->dataplane.last.n_ports == 1 && (w)->dataplane.last.n_tunnels == 1)

static bool configured(struct world *w)
{
    return ALL_THERE_SYNC(w) && w->ike.last.n_tunnels == 1;
}

static const char *text_at(const json_t *obj, const char *key)
{
    const char *text = json_string_value(json_object_get(obj, key));

    return text ? text : "";
}

static bool instance_runs(struct world *w)
{
    return strcmp(text_at(world_status_of(w, "instances"), "state"), "running") == 0;
}

static bool tunnel_is(struct world *w, const char *state)
{
    return strcmp(text_at(world_status_of(w, "tunnels"), "operState"), state) == 0;
}

static bool tunnel_is_up(struct world *w)
{
    return tunnel_is(w, "up");
}

static bool tunnel_is_down(struct world *w)
{
    return tunnel_is(w, "down");
}

static bool nothing_left(struct world *w)
{
    char id[IPC_ID_MAX];

    return w->dataplane.last.n_ports == 0 && w->dataplane.last.n_tunnels == 0 &&
           w->ike.last.n_tunnels == 0 && instance_owner(w->run, netns, id) == -ENOENT;
}

static bool settled(struct world *w)
{
    return configured(w) && instance_runs(w) && json_object_get(w->status, "revision") &&
           json_integer_value(json_object_get(w->status, "revision")) ==
               json_integer_value(json_object_get(w->desired, "revision"));
}

#define UNTIL(w, condition)                                                                        \
    do {                                                                                           \
        if (!world_until(w, condition)) {                                                          \
            char *status_text = json_dumps((w)->status, JSON_INDENT(1));                           \
            print_error("%s did not come true; last status %s\n", #condition, status_text);        \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

/* ---- the beginning of every story ---- */

static json_t *document(void)
{
    json_t *doc = document_make();
    char quoted[IPC_ID_MAX + 2];

    snprintf(quoted, sizeof(quoted), "\"%s\"", instance_id);
    document_set(doc, "instances.0.id", quoted);
    document_set(doc, "tables.1.routes.0.nextHops.0.target", quoted);
    return doc;
}

static int setup(void **state)
{
    struct world *w;

    snprintf(instance_id, sizeof(instance_id), "i-test%d-n", (int)getpid());
    snprintf(netns, sizeof(netns), PRIVATE_NET_NAME "n", (int)getpid());
    private_net_enter();
    private_net_add_interface();
    w = world_make();
    world_set_desired(w, document());
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static void begin_settled(struct world *w)
{
    world_start_node(w);
    UNTIL(w, settled);
}

static void say_up(struct world *w, enum ipc_oper_state oper)
{
    world_status_message(w, oper);
    w->msg.ike_status.since_us = 1795336044123000;
    strcpy(w->msg.ike_status.ike_algs, "aes128-sha256-modp2048");
    strcpy(w->msg.ike_status.last_error, oper == IPC_OPER_UP ? "" : "PSK mismatch");
    w->msg.ike_status.remote = (struct endpoint){.addr = addr_v4(203, 0, 113, 1), .port = 4500};
    w->msg.ike_status.handshake_us = 41000;
    world_send(w, &w->ike);
}

/* ---- stories ---- */

static void test_everything_is_configured(void **state)
{
    struct world *w = *state;
    const struct world_sync *dp = &w->dataplane.last, *ike = &w->ike.last;
    struct ifreq ifr = {0};
    const json_t *i;

    begin_settled(w);
    assert_int_equal(w->n_joins, 1);
    assert_int_equal(dp->n_underlays, 2);
    assert_int_equal(dp->underlays[0].port, 500);
    assert_int_equal(dp->underlays[1].port, 4500);
    assert_int_equal(dp->n_tables, 2);
    assert_int_equal(dp->n_routes, 5);
    assert_string_equal(dp->ports[0].id, instance_id);
    assert_string_equal(dp->tunnels[0].connection, "vpn-a");
    assert_int_equal(w->dataplane.n_fds, 3); /* two sockets and a TAP, each once */
    assert_int_equal(ioctl(w->dataplane.fds[2], TUNGETIFF, &ifr), 0);
    assert_true(ifr.ifr_flags & IFF_TAP && ifr.ifr_flags & IFF_VNET_HDR);
    assert_int_equal(ike->ike[0].psk.len, 13);
    assert_true(ike->ike[0].admin_up);
    assert_true(private_net_shows("", "198.51.100.1/32", "ip addr show pub"));
    assert_true(private_net_shows(netns, "10.1.0.4/24", "ip addr show eth0"));
    i = world_status_of(w, "instances");
    assert_string_equal(text_at(i, "netns"), netns);
    assert_string_equal(text_at(i, "error"), "");
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
    doc = document();
    document_set(doc, "tunnels.0.mtu", "1300");
    world_set_desired(w, doc);
    UNTIL(w, settled);
    assert_int_equal(w->dataplane.last.tunnels[0].mtu, 1300);
    /* Data plane, IKE, and when the instance was made the data plane again. */
    assert_int_equal(w->ike.last.number, w->dataplane.last.number - 1);
}

static void test_the_status_follows_ike(void **state)
{
    struct world *w = *state;
    const json_t *t;

    begin_settled(w);
    assert_true(tunnel_is(w, "down"));
    say_up(w, IPC_OPER_UP);
    UNTIL(w, tunnel_is_up);
    t = world_status_of(w, "tunnels");
    assert_string_equal(text_at(t, "since"), "2026-11-22T08:27:24.123Z");
    assert_string_equal(text_at(t, "ikeAlgorithms"), "aes128-sha256-modp2048");
    assert_string_equal(text_at(t, "remote"), "203.0.113.1:4500");
    assert_int_equal(json_integer_value(json_object_get(t, "handshakeUs")), 41000);
    assert_non_null(json_object_get(json_object_get(t, "counters"), "encryptedBytesOut"));
    say_up(w, IPC_OPER_DOWN);
    UNTIL(w, tunnel_is_down);
    assert_string_equal(text_at(world_status_of(w, "tunnels"), "lastError"), "PSK mismatch");
}

static bool ike_is_connected(struct world *w)
{
    return w->ike.conn != NULL;
}

/* A node that starts beside a running IKE hears what is up before it knows what is desired. */
static void test_what_ike_says_early_is_not_lost(void **state)
{
    struct world *w = *state;

    w->away = true;
    world_start_node(w);
    UNTIL(w, ike_is_connected);
    say_up(w, IPC_OPER_UP);
    strcpy(w->msg.ike_status.tunnel,
           "vpntun-zzzzzzzzzz"); /* and one that is not desired any more */
    world_send(w, &w->ike);
    w->away = false;
    UNTIL(w, tunnel_is_up);
    assert_int_equal(json_array_size(json_object_get(w->status, "tunnels")), 1);
}

static bool any_status(struct world *w)
{
    return w->n_status > 0;
}

static bool has_fifty_lines(struct world *w)
{
    const json_t *log = json_object_get(world_status_of(w, "tunnels"), "log");

    return json_array_size(log) == 50 &&
           strcmp(text_at(json_array_get(log, 49), "text"), "line 59") == 0;
}

static void test_the_last_fifty_lines_of_the_log_are_kept(void **state)
{
    struct world *w = *state;

    begin_settled(w);
    for (unsigned i = 0; i < 60; i++) {
        memset(&w->msg, 0, sizeof(w->msg));
        w->msg.type = IPC_IKE_LOG;
        strcpy(w->msg.ike_log.tunnel, "vpntun-aaaaaaaaaa");
        w->msg.ike_log.at_us = i + 1;
        snprintf(w->msg.ike_log.text, sizeof(w->msg.ike_log.text), "line %u", i);
        world_send(w, &w->ike);
    }
    UNTIL(w, has_fifty_lines);
    assert_string_equal(
        text_at(json_array_get(json_object_get(world_status_of(w, "tunnels"), "log"), 0), "text"),
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

    begin_settled(w);
    w->dataplane.mute = true;
    doc = document();
    document_set(doc, "tunnels.0.adminState", "\"down\"");
    world_set_desired(w, doc);
    UNTIL(w, dataplane_took_it_off);
    /* IKE got a configuration too, in which the tunnel is as it was. */
    assert_true(w->ike.last.ike[0].admin_up);
    assert_int_equal(w->ike.last.ike[0].psk.len, 13);
    w->dataplane.mute = false;
    world_answer(w, &w->dataplane);
    UNTIL(w, ike_took_it_down);
    assert_true(tunnel_is(w, "down"));
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

    begin_settled(w);
    w->dataplane.mute = true;
    doc = document();
    document_set(doc, "tunnels", "[]");
    world_set_desired(w, doc);
    UNTIL(w, dataplane_forgot_it);
    assert_int_equal(w->ike.last.n_tunnels, 1);
    assert_true(w->ike.last.ike[0].admin_up);
    /* A data plane that never answers does not keep it for ever. */
    UNTIL(w, ike_forgot_it);
}

static bool dataplane_is_configured_anew(struct world *w)
{
    return w->dataplane.n_syncs && ALL_THERE_SYNC(w) && instance_runs(w);
}

static void test_a_restarted_data_plane_gets_everything_again(void **state)
{
    struct world *w = *state;

    begin_settled(w);
    say_up(w, IPC_OPER_UP);
    UNTIL(w, tunnel_is_up);
    world_restart_peer(w, &w->dataplane);
    UNTIL(w, tunnel_is_down);
    assert_string_equal(text_at(world_status_of(w, "tunnels"), "lastError"),
                        "ropeway-dataplane is away.");
    UNTIL(w, dataplane_is_configured_anew);
    assert_int_equal(w->dataplane.last.underlay_fds, 2);
    assert_int_equal(w->dataplane.last.port_fds, 1);
    UNTIL(w, tunnel_is_up);
    assert_int_equal(w->ike.n_syncs, 1); /* IKE was not bothered */
}

static void test_a_data_plane_that_holds_all_gets_no_descriptors(void **state)
{
    struct world *w = *state;
    struct world_peer *dp = &w->dataplane;

    begin_settled(w);
    world_stop_node(w);
    assert_true(private_net_shows(netns, "10.1.0.4/24", "ip addr")); /* it left all in place */
    assert_true(private_net_shows("", "198.51.100.1/32", "ip addr"));

    dp->n_held_sockets = 2;
    memcpy(dp->held_sockets, dp->last.underlays, 2 * sizeof(dp->held_sockets[0]));
    dp->n_held_ports = 1;
    strcpy(dp->held_ports[0], instance_id);
    dp->last = (struct world_sync){0};
    w->ike.last = (struct world_sync){0};
    json_decref(w->status);
    w->status = NULL;
    world_start_node(w);
    UNTIL(w, settled);
    assert_int_equal(dp->last.underlay_fds, 0);
    assert_int_equal(dp->last.port_fds, 0);
    assert_int_equal(dp->n_fds, 3);
}

static void test_a_new_tap_is_sent_though_the_old_one_is_held(void **state)
{
    struct world *w = *state;

    begin_settled(w);
    world_stop_node(w);
    assert_int_equal(private_net_run(netns, "ip link del eth0"), 0);
    w->dataplane.n_held_ports = 1;
    strcpy(w->dataplane.held_ports[0], instance_id);
    w->dataplane.last = (struct world_sync){0};
    json_decref(w->status);
    w->status = NULL;
    world_start_node(w);
    UNTIL(w, settled);
    assert_int_equal(w->dataplane.last.port_fds, 1);
}

/* Nobody hears from a restarted node that a tunnel was down which never was. */
static void test_a_restarted_node_reports_nothing_as_gone(void **state)
{
    struct world *w = *state;

    begin_settled(w);
    world_stop_node(w);
    json_decref(w->status);
    w->status = NULL;
    w->n_status = 0;
    w->ike.up = true;
    world_start_node(w);
    UNTIL(w, any_status);
    assert_true(tunnel_is(w, "up"));
    assert_true(instance_runs(w));
}

static bool ike_is_configured_anew(struct world *w)
{
    return w->ike.n_syncs && w->ike.last.n_tunnels == 1;
}

static bool says_that_ike_is_away(struct world *w)
{
    return strstr(text_at(world_status_of(w, "tunnels"), "lastError"), "ropeway-ike is away") &&
           tunnel_is_up(w);
}

static void test_a_restarted_ike_gets_everything_again(void **state)
{
    struct world *w = *state;
    unsigned dataplane_syncs;

    begin_settled(w);
    say_up(w, IPC_OPER_UP);
    UNTIL(w, tunnel_is_up);
    dataplane_syncs = w->dataplane.n_syncs;
    world_restart_peer(w, &w->ike);
    UNTIL(w, says_that_ike_is_away); /* and the tunnel forwards on */
    UNTIL(w, ike_is_configured_anew);
    assert_int_equal(w->dataplane.n_syncs, dataplane_syncs);
}

static void test_what_is_not_desired_goes(void **state)
{
    struct world *w = *state;
    json_t *doc;

    begin_settled(w);
    doc = document();
    document_set(doc, "tunnels", "[]");
    document_set(doc, "instances", "[]");
    document_set(doc, "tables", "[]");
    document_set(doc, "cloudAddresses", "[]");
    world_set_desired(w, doc);
    UNTIL(w, nothing_left);
    assert_false(private_net_shows("", "198.51.100.1", "ip addr"));
}

static void test_what_was_deleted_meanwhile_goes(void **state)
{
    struct world *w = *state;
    json_t *doc;

    begin_settled(w);
    world_stop_node(w);
    doc = document();
    document_set(doc, "tunnels", "[]");
    document_set(doc, "instances", "[]");
    world_set_desired(w, doc);
    w->dataplane.last.n_ports = 99;
    world_start_node(w);
    UNTIL(w, nothing_left);
}

static bool instance_failed(struct world *w)
{
    return strcmp(text_at(world_status_of(w, "instances"), "state"), "failed") == 0 &&
           w->ike.last.n_tunnels == 1;
}

static void test_a_foreign_namespace_is_an_error_and_stays(void **state)
{
    struct world *w = *state;

    assert_int_equal(private_net_run("", "ip netns add %s", netns), 0);
    world_start_node(w);
    UNTIL(w, instance_failed);
    assert_non_null(strstr(text_at(world_status_of(w, "instances"), "error"), "was not made by"));
    assert_true(json_integer_value(json_object_get(w->status, "failed")) > 0);
    assert_int_equal(w->dataplane.last.n_ports, 0);
    assert_int_equal(w->dataplane.last.n_routes, 4); /* without the one to the instance */
    /* The name gets free: the node notices by itself. */
    assert_int_equal(private_net_run("", "ip netns del %s", netns), 0);
    UNTIL(w, settled);
}

static bool tunnel_has_error(struct world *w)
{
    return strstr(text_at(world_status_of(w, "tunnels"), "lastError"), "rot13") && instance_runs(w);
}

static void test_a_bad_tunnel_is_reported_and_the_rest_works(void **state)
{
    struct world *w = *state;

    document_set(w->desired, "tunnels.0.ike.encryption", "[\"rot13\"]");
    world_start_node(w);
    UNTIL(w, tunnel_has_error);
    assert_true(tunnel_is(w, "down"));
    assert_int_equal(w->ike.last.n_tunnels, 0);
    assert_non_null(strstr(text_at(w->status, "error"), "rot13"));
}

static bool dataplane_failure_shows(struct world *w)
{
    return strstr(text_at(w->status, "error"), "it is broken") != NULL;
}

static bool settled_without_failures(struct world *w)
{
    return settled(w) && json_integer_value(json_object_get(w->status, "failed")) == 0;
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

static bool joined_again(struct world *w)
{
    return w->n_status > 0 && json_integer_value(json_object_get(w->status, "revision")) == 2;
}

static bool long_poll_failed(struct world *w)
{
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (w->clients[i].waits)
            return false;
    }
    return true;
}

static void test_ropewayd_may_come_and_go(void **state)
{
    struct world *w = *state;
    json_t *doc;

    w->away = true;
    world_start_node(w);
    UNTIL(w, long_poll_failed);
    w->away = false;
    UNTIL(w, settled);
    w->away = true;
    doc = document();
    document_set(doc, "tunnels.0.mtu", "1300");
    world_set_desired(w, doc); /* ends the long poll; the next is refused */
    w->away = false;
    UNTIL(w, joined_again);
    assert_int_equal(w->dataplane.last.tunnels[0].mtu, 1300);
}

static bool token_was_refused(struct world *w)
{
    return w->n_wrong_tokens > 0;
}

static void test_a_replaced_token_is_read_again(void **state)
{
    struct world *w = *state;

    assert_int_equal(file_write_atomic(w->token_file, "old", 3, 0600), 0);
    world_start_node(w);
    UNTIL(w, token_was_refused);
    assert_int_equal(file_write_atomic(w->token_file, "test-token", 10, 0600), 0);
    UNTIL(w, settled);
}

static void test_one_node_to_a_run_directory(void **state)
{
    struct world *w = *state;
    struct node_config config = {.api = w->api,
                                 .token_file = w->token_file,
                                 .region = "cn-a",
                                 .name = "gw",
                                 .run_dir = w->run};

    begin_settled(w);
    assert_int_equal(node_run(&config), -EBUSY);
    assert_int_equal(node_cleanup(w->run), -EBUSY);
    world_stop_node(w);
    config.api = "http://example.com"; /* a token in clear */
    assert_int_equal(node_run(&config), -EINVAL);
    config.run_dir = "/nowhere/at/all";
    assert_int_equal(node_run(&config), -ENOENT);
    assert_int_equal(node_cleanup(w->run), 2); /* an instance and an address */
}

static int all_tests(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_everything_is_configured),
        CASE(test_what_a_tunnel_needs_is_sent_before_instances_are_made),
        CASE(test_the_status_follows_ike),
        CASE(test_what_ike_says_early_is_not_lost),
        CASE(test_the_last_fifty_lines_of_the_log_are_kept),
        CASE(test_traffic_goes_off_before_the_sas),
        CASE(test_a_deleted_tunnel_goes_the_same_way),
        CASE(test_a_restarted_data_plane_gets_everything_again),
        CASE(test_a_data_plane_that_holds_all_gets_no_descriptors),
        CASE(test_a_new_tap_is_sent_though_the_old_one_is_held),
        CASE(test_a_restarted_node_reports_nothing_as_gone),
        CASE(test_a_restarted_ike_gets_everything_again),
        CASE(test_what_is_not_desired_goes),
        CASE(test_what_was_deleted_meanwhile_goes),
        CASE(test_a_foreign_namespace_is_an_error_and_stays),
        CASE(test_a_bad_tunnel_is_reported_and_the_rest_works),
        CASE(test_failures_of_the_data_plane_are_reported_and_tried_again),
        CASE(test_ropewayd_may_come_and_go),
        CASE(test_a_replaced_token_is_read_again),
        CASE(test_one_node_to_a_run_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return private_net_main(all_tests);
}
