/* Stories about programs that end and come back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "documents.h"
#include "node.h"
#include "private_net.h"
#include "story.h"

#include <unistd.h>

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
    story_say(w, IPC_OPER_UP);
    strcpy(w->msg.ike_status.tunnel,
           "vpntun-zzzzzzzzzz"); /* and one that is not desired any more */
    world_send(w, &w->ike);
    w->away = false;
    UNTIL(w, story_tunnel_is_up);
    assert_null(world_entry(w, "tunnel/vpntun-zzzzzzzzzz"));
}

static bool dataplane_is_connected(struct world *w)
{
    return w->dataplane.conn != NULL;
}

static bool peer_answers_probes(struct world *w)
{
    const json_t *state = json_object_get(world_status_of(w, DOC_TUNNEL), "probeState");

    return state && strcmp(json_string_value(state), "answered") == 0;
}

/* The data plane says it once, when the node connects. */
static void test_what_the_data_plane_says_early_is_not_lost(void **state)
{
    struct world *w = *state;

    w->away = true;
    world_start_node(w);
    UNTIL(w, dataplane_is_connected);
    w->msg =
        (struct ipc_msg){.type = IPC_DP_PROBED,
                         .probed = {.state = IPC_PROBE_ANSWERED, .peer = IPC_PROBE_PEER_ROPEWAY}};
    strcpy(w->msg.probed.tunnel, DOC_TUNNEL + strlen("tunnel/"));
    world_send(w, &w->dataplane);
    w->away = false;
    UNTIL(w, peer_answers_probes);
    assert_string_equal(
        json_string_value(json_object_get(world_status_of(w, DOC_TUNNEL), "probePeer")), "ropeway");
}

static json_int_t counter(struct world *w, const char *name)
{
    const json_t *counters = json_object_get(world_status_of(w, DOC_TUNNEL), "counters");
    const json_t *n = json_object_get(counters, name);

    return n ? json_integer_value(n) : -1;
}

static bool peer_was_asked(struct world *w)
{
    return counter(w, "dpdAnswered") == 40;
}

static bool nobody_asks(struct world *w)
{
    return counter(w, "packetsIn") >= 0 && counter(w, "dpdAnswered") < 0;
}

static void say_liveness(struct world *w, uint64_t since_us)
{
    w->msg = (struct ipc_msg){
        .type = IPC_IKE_LIVENESS,
        .ike_liveness = {.since_us = since_us,
                         .answered = 40,
                         .lost = 3,
                         .timed = 38,
                         .time_us = 1600000,
                         .last_us = 41000},
    };
    strcpy(w->msg.ike_liveness.tunnel, DOC_TUNNEL + strlen("tunnel/"));
    world_send(w, &w->ike);
    story_say(w, IPC_OPER_UP); /* so that it need not wait for its round */
}

/* Numbers of one life are those of one ropeway-ike and one tunnel in it; who reads the counters
 * knows which. */
static void test_what_ike_counts_has_lives_of_its_own(void **state)
{
    struct world *w = *state;
    char first[17];
    const json_t *status;

    story_begin(w);
    story_say(w, IPC_OPER_UP);
    UNTIL(w, nobody_asks);
    assert_null(json_object_get(world_status_of(w, DOC_TUNNEL), "dpdRttMicroseconds"));
    say_liveness(w, 5);
    UNTIL(w, peer_was_asked);
    status = world_status_of(w, DOC_TUNNEL);
    assert_int_equal(json_integer_value(json_object_get(status, "dpdRttMicroseconds")), 41000);
    assert_int_equal(counter(w, "dpdLost"), 3);
    assert_int_equal(counter(w, "dpdTimed"), 38);
    assert_int_equal(counter(w, "dpdMicroseconds"), 1600000);
    strcpy(first, story_text(json_object_get(status, "counters"), "dpdEpoch"));
    assert_int_equal(strlen(first), 16);

    world_restart_peer(w, &w->ike);
    UNTIL(w, nobody_asks);
    story_say(w, IPC_OPER_UP);
    UNTIL(w, story_tunnel_is_up);
    say_liveness(w, 5);
    UNTIL(w, peer_was_asked);
    assert_string_not_equal(
        story_text(json_object_get(world_status_of(w, DOC_TUNNEL), "counters"), "dpdEpoch"), first);
}

static bool any_status(struct world *w)
{
    return w->n_status > 0;
}

static bool dataplane_is_configured_anew(struct world *w)
{
    return w->dataplane.n_syncs && ALL_THERE_SYNC(w) && story_instance_runs(w);
}

static void test_a_restarted_data_plane_gets_everything_again(void **state)
{
    struct world *w = *state;

    story_begin(w);
    story_say(w, IPC_OPER_UP);
    UNTIL(w, story_tunnel_is_up);
    assert_true(world_restart_peer_after(w, &w->dataplane, story_tunnel_is_down));
    assert_true(story_says(world_status_of(w, DOC_TUNNEL), "lastError", "node.dataplane-away",
                           "ropeway-dataplane is away"));
    UNTIL(w, dataplane_is_configured_anew);
    assert_int_equal(w->dataplane.last.underlay_fds, 2);
    assert_int_equal(w->dataplane.last.port_fds, 1);
    UNTIL(w, story_tunnel_is_up);
    assert_int_equal(w->ike.n_syncs, 1); /* IKE was not bothered */
}

static void test_a_data_plane_that_holds_all_gets_no_descriptors(void **state)
{
    struct world *w = *state;
    struct world_peer *dp = &w->dataplane;

    story_begin(w);
    world_stop_node(w);
    assert_true(
        private_net_shows(story_netns, "10.1.0.4/24", "ip addr")); /* it left all in place */
    assert_true(private_net_shows("", "198.51.100.1/32", "ip addr"));

    dp->n_held_sockets = 2;
    memcpy(dp->held_sockets, dp->last.underlays, 2 * sizeof(dp->held_sockets[0]));
    dp->n_held_ports = 1;
    strcpy(dp->held_ports[0], story_instance);
    dp->last = (struct world_sync){0};
    w->ike.last = (struct world_sync){0};
    json_object_clear(w->entries);
    world_start_node(w);
    UNTIL(w, story_settled);
    assert_int_equal(dp->last.underlay_fds, 0);
    assert_int_equal(dp->last.port_fds, 0);
    assert_int_equal(dp->n_fds, 3);
}

static bool no_sockets(struct world *w)
{
    return w->dataplane.last.n_underlays == 0;
}

static bool sockets_came(struct world *w)
{
    return w->dataplane.last.n_underlays == 2;
}

/* A cloud address that went and comes again has lost its sockets meanwhile. */
static void test_an_address_that_comes_again_gets_new_sockets(void **state)
{
    struct world *w = *state;
    struct world_peer *dp = &w->dataplane;
    json_t *doc = story_changed(DOC_ADDRESS, NULL);

    story_begin(w);
    document_set(doc, DOC_TUNNEL, NULL);
    world_set_desired(w, doc);
    UNTIL(w, no_sockets);
    while (dp->n_fds)
        close(dp->fds[--dp->n_fds]);
    world_set_desired(w, story_document());
    UNTIL(w, sockets_came);
    assert_int_equal(dp->last.underlay_fds, 2);
}

static void test_a_new_tap_is_sent_though_the_old_one_is_held(void **state)
{
    struct world *w = *state;

    story_begin(w);
    world_stop_node(w);
    assert_int_equal(private_net_run(story_netns, "ip link del eth0"), 0);
    w->dataplane.n_held_ports = 1;
    strcpy(w->dataplane.held_ports[0], story_instance);
    w->dataplane.last = (struct world_sync){0};
    json_object_clear(w->entries);
    world_start_node(w);
    UNTIL(w, story_settled);
    assert_int_equal(w->dataplane.last.port_fds, 1);
}

/* Nobody hears from a restarted node that a tunnel was down which never was. */
static void test_a_restarted_node_reports_nothing_as_gone(void **state)
{
    struct world *w = *state;

    story_begin(w);
    world_stop_node(w);
    json_object_clear(w->entries);
    w->n_status = 0;
    w->ike.up = true;
    w->settle_ms = 9000; /* a slow machine is no reason to report early here */
    world_start_node(w);
    UNTIL(w, any_status);
    assert_true(story_tunnel_is(w, "up"));
    assert_true(story_instance_runs(w));
}

static bool ike_is_configured_anew(struct world *w)
{
    return w->ike.n_syncs && w->ike.last.n_tunnels == 1;
}

static bool says_that_ike_is_away(struct world *w)
{
    return story_says(world_status_of(w, DOC_TUNNEL), "lastError", "node.ike-away-keys-used",
                      "ropeway-ike is away") &&
           story_tunnel_is_up(w);
}

static void test_a_restarted_ike_gets_everything_again(void **state)
{
    struct world *w = *state;
    unsigned dataplane_syncs;

    story_begin(w);
    story_say(w, IPC_OPER_UP);
    UNTIL(w, story_tunnel_is_up);
    dataplane_syncs = w->dataplane.n_syncs;
    assert_true(world_restart_peer_after(w, &w->ike, says_that_ike_is_away)); /* it forwards on */
    UNTIL(w, ike_is_configured_anew);
    assert_int_equal(w->dataplane.n_syncs, dataplane_syncs);
}

static bool has_no_keys(struct world *w)
{
    return ALL_THERE_SYNC(w) && story_tunnel_is_down(w) &&
           story_says(world_status_of(w, DOC_TUNNEL), "lastError", "node.ike-away",
                      "ropeway-ike is away");
}

/* The keys ended with the data plane, and nobody is there to make others. */
static void test_no_tunnel_is_up_when_ike_and_then_the_data_plane_ended(void **state)
{
    struct world *w = *state;

    story_begin(w);
    story_say(w, IPC_OPER_UP);
    UNTIL(w, story_tunnel_is_up);
    world_end_peer(w, &w->ike);
    UNTIL(w, says_that_ike_is_away);
    world_restart_peer(w, &w->dataplane);
    UNTIL(w, dataplane_is_configured_anew);
    UNTIL(w, has_no_keys);
}

static bool dataplane_is_away(struct world *w)
{
    return story_says(world_status_of(w, DOC_TUNNEL), "lastError", "node.dataplane-away",
                      "ropeway-dataplane is away");
}

static bool both_are_away(struct world *w)
{
    return story_node_says(w, "node.dataplane-away", "ropeway-dataplane is away") &&
           json_integer_value(world_node(w, "failed")) == 2;
}

/* IKE ends as soon as the data plane is seen to be away. */
static bool both_end(struct world *w)
{
    if (w->ike.listen_fd >= 0 && dataplane_is_away(w))
        world_end_peer(w, &w->ike);
    return w->ike.listen_fd < 0 && both_are_away(w);
}

static void test_no_tunnel_is_up_when_the_data_plane_and_then_ike_ended(void **state)
{
    struct world *w = *state;

    story_begin(w);
    story_say(w, IPC_OPER_UP);
    UNTIL(w, story_tunnel_is_up);
    assert_true(world_restart_peer_after(w, &w->dataplane, both_end));
    UNTIL(w, dataplane_is_configured_anew);
    UNTIL(w, has_no_keys);
}

static void test_what_was_deleted_meanwhile_goes(void **state)
{
    struct world *w = *state;
    json_t *doc;

    story_begin(w);
    world_stop_node(w);
    doc = story_changed(DOC_TUNNEL, NULL);
    document_set(doc, story_instance_key, NULL);
    world_set_desired(w, doc);
    w->dataplane.last.n_ports = 99;
    world_start_node(w);
    UNTIL(w, story_nothing_left);
}

static bool joined_again(struct world *w)
{
    return w->n_status > 0 && w->dataplane.last.tunnels[0].mtu == 1300 && world_is_carried(w);
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

    w->away = true;
    world_start_node(w);
    UNTIL(w, long_poll_failed);
    w->away = false;
    UNTIL(w, story_settled);
    w->away = true;
    world_set_desired(
        w, story_changed(DOC_TUNNEL " mtu", "1300")); /* ends the long poll; the next is refused */
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
    UNTIL(w, story_settled);
}

static void test_one_node_to_a_run_directory(void **state)
{
    struct world *w = *state;
    struct node_config config = {.api = w->api,
                                 .token_file = w->token_file,
                                 .region = "cn-a",
                                 .name = "gw",
                                 .run_dir = w->run,
                                 .state_dir = w->state};

    story_begin(w);
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
#define CASE(f) cmocka_unit_test_setup_teardown(f, story_setup, story_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_what_ike_says_early_is_not_lost),
        CASE(test_what_the_data_plane_says_early_is_not_lost),
        CASE(test_what_ike_counts_has_lives_of_its_own),
        CASE(test_a_restarted_data_plane_gets_everything_again),
        CASE(test_a_data_plane_that_holds_all_gets_no_descriptors),
        CASE(test_an_address_that_comes_again_gets_new_sockets),
        CASE(test_a_new_tap_is_sent_though_the_old_one_is_held),
        CASE(test_a_restarted_node_reports_nothing_as_gone),
        CASE(test_a_restarted_ike_gets_everything_again),
        CASE(test_no_tunnel_is_up_when_ike_and_then_the_data_plane_ended),
        CASE(test_no_tunnel_is_up_when_the_data_plane_and_then_ike_ended),
        CASE(test_what_was_deleted_meanwhile_goes),
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
