#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

/* What senders of TCP tried last in a dead tunnel goes through the other one when it is left. */

#define FLOWS 40

static unsigned peer_takes_all(struct lab *l)
{
    unsigned n = 0, tunnel;

    while (lab_peer_got(l, &tunnel))
        n++;
    return n;
}

/* The flow with that source port sends its number-th segment. Through which tunnel it goes. */
static unsigned send_number(struct lab *l, uint8_t protocol, uint16_t port, uint8_t number)
{
    unsigned tunnel = LAB_TUNNELS;
    uint8_t ip[60];

    lab_packet(ip, sizeof(ip), protocol, 0x0a010004, 0x0a020004);
    wire_store_be16(ip + 20, port);
    ip[59] = number;
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
    return tunnel;
}

/* A gateway without transit has another table for what comes out of tunnels, in which no route
 * leads into one. */
static void leave(struct lab *l)
{
    for (unsigned i = 0; i < LAB_TUNNELS; i++)
        l->tunnel[i].tunnel.table = 7;
    l->tunnel[0].path.probing.lost = true;
    l->w->prober.lost = 1;
}

static void hear(struct lab *l, unsigned tunnel)
{
    dp_tunnel_counters(l->tunnel[tunnel].path.stats, 0)[IPC_TUNNEL_LAST_IN_US] = l->w->now_us;
}

static void test_the_last_packet_of_each_flow_goes_again(void **state)
{
    struct lab *l = *state;
    bool expected[FLOWS + 1] = {false}, got[FLOWS + 1] = {false};
    unsigned tunnel, n;

    for (uint8_t number = 1; number <= 3; number++)
        for (uint16_t port = 1; port <= FLOWS; port++)
            expected[port] = send_number(l, DP_TCP, port, number) == 0;
    leave(l);
    dp_last_run(l->w);
    for (n = 0; lab_peer_got(l, &tunnel); n++) {
        uint16_t port = wire_load_be16(l->got + 20);

        assert_int_equal(tunnel, 1);
        assert_in_range(port, 1, FLOWS);
        assert_false(got[port]);
        assert_int_equal(l->got[59], 3);
        assert_int_equal(l->got[8], 63); /* it has aged once */
        got[port] = true;
    }
    /* Flows whose hashes meet take each other's place: few of 40 among 256. */
    for (uint16_t port = 1; port <= FLOWS; port++) {
        assert_true(expected[port] || !got[port]);
        n += expected[port] && !got[port];
    }
    assert_in_range(n, 10, 30);
    assert_in_range(l->w->last.n, 10, 30); /* those of the other tunnel */
    dp_last_run(l->w);
    assert_int_equal(peer_takes_all(l), 0); /* once */
}

static void test_a_tunnel_that_cannot_be_used_any_more_is_left(void **state)
{
    struct lab *l = *state;
    unsigned n = 0;

    for (uint16_t port = 1; port <= 4; port++)
        n += send_number(l, DP_TCP, port, 1) == 0;
    assert_in_range(n, 1, 4);
    l->egress[0].out = NULL;
    l->connection = (struct dp_connection){0};
    dp_connection_add(&l->connection, 1, &l->tunnel[1].out);
    l->config.number++;
    dp_last_run(l->w);
    assert_int_equal(peer_takes_all(l), n);
}

static void test_nothing_is_kept_while_the_peer_speaks(void **state)
{
    struct lab *l = *state;

    hear(l, 0);
    hear(l, 1);
    l->w->now_us += 99999;
    for (uint16_t port = 1; port <= FLOWS; port++)
        (void)send_number(l, DP_TCP, port, 1);
    assert_int_equal(l->w->last.n, 0);
    l->w->now_us += 1;
    (void)send_number(l, DP_TCP, 1, 1);
    assert_int_equal(l->w->last.n, 1);
}

static void test_what_the_peer_may_have_got_is_not_sent_again(void **state)
{
    struct lab *l = *state;

    for (uint16_t port = 1; port <= FLOWS; port++)
        (void)send_number(l, DP_TCP, port, 1);
    l->w->now_us += 10;
    hear(l, 0);
    l->w->now_us += 2000000;
    leave(l);
    dp_last_run(l->w);
    assert_int_equal(peer_takes_all(l), 0);
}

static void test_what_is_old_is_not_sent_again(void **state)
{
    struct lab *l = *state;

    for (uint16_t port = 1; port <= FLOWS; port++)
        (void)send_number(l, DP_TCP, port, 1);
    l->w->now_us += 30000001;
    leave(l);
    dp_last_run(l->w);
    assert_int_equal(peer_takes_all(l), 0);
}

static void test_without_another_way_it_is_not_sent_again(void **state)
{
    struct lab *l = *state;

    for (uint16_t port = 1; port <= FLOWS; port++)
        (void)send_number(l, DP_TCP, port, 1);
    leave(l);
    l->connection = (struct dp_connection){0};
    dp_connection_add(&l->connection, 0, &l->tunnel[0].out);
    dp_last_run(l->w);
    assert_int_equal(peer_takes_all(l), 0);
}

/* Only senders of TCP wait; nor is anything kept that was translated for this tunnel's peer. */
static void test_others_are_not_kept(void **state)
{
    struct lab *l = *state;

    for (uint16_t port = 1; port <= FLOWS; port++)
        (void)send_number(l, DP_UDP, port, 1);
    assert_int_equal(l->w->last.n, 0);
    for (unsigned i = 0; i < LAB_TUNNELS; i++) {
        struct ipc_tunnel *config = &l->tunnel[i].tunnel.config;

        config->n_translations = 1;
        assert_int_equal(prefix_parse("10.1.0.0/24", &config->translations[0].prefix), 0);
        assert_int_equal(prefix_parse("10.7.0.0/24", &config->translations[0].seen_as), 0);
    }
    for (uint16_t port = 1; port <= FLOWS; port++)
        (void)send_number(l, DP_TCP, port, 1);
    assert_int_equal(l->w->last.n, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, lab_up, lab_down)
    const struct CMUnitTest tests[] = {
        T(test_the_last_packet_of_each_flow_goes_again),
        T(test_a_tunnel_that_cannot_be_used_any_more_is_left),
        T(test_nothing_is_kept_while_the_peer_speaks),
        T(test_what_the_peer_may_have_got_is_not_sent_again),
        T(test_what_is_old_is_not_sent_again),
        T(test_without_another_way_it_is_not_sent_again),
        T(test_others_are_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
