/* Echo requests that a connectivity test sends from a tunnel's inner address. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"
#include "reach.h"

static int notes = -1;

static int setup(void **state)
{
    struct lab *l;
    int pair[2];

    if (lab_up(state) < 0)
        return -1;
    l = *state;
    close(l->w->notes[0]);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
    l->w->notes[0] = l->w->notes[1] = pair[1];
    notes = pair[0];
    for (unsigned i = 0; i < LAB_TUNNELS; i++) {
        l->tunnel[i].path.serial = i + 1;
        l->tunnel[i].in.told = l->tunnel[i].out.told =
            DP_SA_USED; /* no note but those under test */
        l->tunnel[i].tunnel.config.inner_remote = addr_v4(169, 254, (uint8_t)i, 2);
    }
    return 0;
}

static int teardown(void **state)
{
    close(notes);
    return lab_down(state);
}

static struct ipc_echo request(uint16_t seq)
{
    return (struct ipc_echo){.tunnel = "0",
                             .destination = addr_v4(169, 254, 0, 2),
                             .ident = 77,
                             .seq = seq,
                             .size = 84,
                             .mark = 1000U + seq};
}

static void ask(struct lab *l, const struct ipc_echo *echo)
{
    assert_int_equal(dp_worker_echo(l->w, &l->tunnel[0].path, echo), 0);
    dp_echoes_send(l->w);
}

/* What was said, if anything. */
static bool said(struct ipc_echoed *ret)
{
    uint8_t bytes[sizeof(struct dp_note) + sizeof(*ret)];
    ssize_t n = recv(notes, bytes, sizeof(bytes), MSG_DONTWAIT);
    struct dp_note note;

    if (n < 0)
        return false;
    assert_int_equal(n, sizeof(bytes));
    memcpy(&note, bytes, sizeof(note));
    assert_int_equal(note.kind, DP_NOTE_ECHOED);
    memcpy(ret, bytes + sizeof(note), sizeof(*ret));
    return true;
}

static int error_of(struct lab *l, const struct ipc_echo *echo)
{
    struct ipc_echoed echoed;
    unsigned tunnel;

    ask(l, echo);
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_true(said(&echoed));
    assert_int_equal(echoed.seq, echo->seq);
    assert_int_equal(echoed.mark, echo->mark);
    return echoed.error;
}

static void test_an_answer_is_told_once(void **state)
{
    struct lab *l = *state;
    struct ipc_echo echo = request(1);
    struct ipc_echoed echoed;
    uint8_t ip[2048], *packets[] = {ip};
    struct dp_inner inner;
    unsigned tunnel;
    size_t len;

    ask(l, &echo);
    len = lab_peer_got(l, &tunnel);
    assert_int_equal(len, 84);
    assert_int_equal(tunnel, 0);
    memcpy(ip, l->got, len);
    assert_int_equal(dp_inner_parse(ip, len, &inner), 0);
    assert_true(dp_inner_checksum_ok(ip));
    assert_true(addr_equal(&inner.src, &l->tunnel[0].tunnel.config.inner_local));
    assert_true(dp_icmp_echo_reply(ip, &inner));
    l->w->now_us += 1500;
    ip[60] ^= 1; /* damaged on the way */
    lab_peer_sends(l, 0, packets, &len, 1);
    assert_false(said(&echoed));
    ip[60] ^= 1;
    lab_peer_sends(l, 1, packets, &len, 1); /* out of another tunnel */
    assert_false(said(&echoed));
    lab_peer_sends(l, 0, packets, &len, 1);
    assert_true(said(&echoed));
    assert_string_equal(echoed.tunnel, "0");
    assert_int_equal(echoed.error, 0);
    assert_int_equal(echoed.what, REACH_REPLY);
    assert_int_equal(echoed.ident, 77);
    assert_int_equal(echoed.seq, 1);
    assert_int_equal(echoed.mark, 1001);
    assert_int_equal(echoed.rtt_us, 1500);
    assert_int_equal(echoed.ttl, 64);
    lab_peer_sends(l, 0, packets, &len, 1);
    assert_false(said(&echoed));
}

static void test_a_router_may_answer(void **state)
{
    struct lab *l = *state;
    struct addr router = addr_v4(10, 7, 0, 1);
    struct ipc_echo echo = request(9);
    uint8_t ip[DP_ICMP_MAX], *packets[] = {ip};
    struct ipc_echoed echoed;
    struct dp_inner inner;
    unsigned tunnel;
    size_t len;

    echo.destination = addr_v4(10, 9, 0, 1);
    echo.ttl = 1;
    ask(l, &echo);
    len = lab_peer_got(l, &tunnel);
    assert_int_equal(dp_inner_parse(l->got, len, &inner), 0);
    assert_int_equal(inner.ttl, 1);
    assert_int_equal(dp_icmp_error(DP_ICMP_TTL, 0, &router, l->got, &inner, ip, sizeof(ip), &len),
                     0);
    lab_peer_sends(l, 0, packets, &len, 1);
    assert_true(said(&echoed));
    assert_int_equal(echoed.what, REACH_EXPIRED);
    assert_int_equal(echoed.seq, 9);
    assert_true(addr_equal(&echoed.from, &router));
}

static void test_what_is_too_big(void **state)
{
    struct lab *l = *state;
    struct ipc_echo echo = request(1);
    struct ipc_echoed echoed;
    unsigned tunnel, packets = 0;

    echo.size = REACH_PACKET_MAX;
    echo.whole = true;
    ask(l, &echo);
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_true(said(&echoed));
    assert_int_equal(echoed.what, REACH_TOO_BIG);
    assert_in_range(echoed.mtu, 1300, 1472);
    assert_true(addr_equal(&echoed.from, &l->tunnel[0].tunnel.config.inner_local));
    echo.size = (uint16_t)echoed.mtu; /* what was said goes through */
    ask(l, &echo);
    assert_int_equal(lab_peer_got(l, &tunnel), echo.size);
    echo.whole = false;
    echo.size = REACH_PACKET_MAX;
    ask(l, &echo);
    while (lab_peer_got(l, &tunnel))
        packets++;
    assert_in_range(packets, 7, 8);
    assert_false(said(&echoed));
}

static void test_what_cannot_be_sent(void **state)
{
    struct lab *l = *state;
    struct ipc_echo echo = request(3);

    echo.size = 27;
    assert_int_equal(error_of(l, &echo), -EINVAL);
    echo.size = REACH_PACKET_MAX + 1;
    assert_int_equal(error_of(l, &echo), -EINVAL);
    echo = request(4);
    echo.destination = (struct addr){.family = ADDR_IPV6, .bytes = {0xfd, [15] = 1}};
    assert_int_equal(error_of(l, &echo), -EADDRNOTAVAIL);
    echo.destination = (struct addr){0};
    assert_int_equal(error_of(l, &echo), -EADDRNOTAVAIL);
    echo = request(5);
    l->tunnel[0].out.any4 = false;
    l->tunnel[0].out.n_local_ts = l->tunnel[0].out.n_remote_ts = 1;
    l->tunnel[0].out.local_ts[0] = l->tunnel[0].out.remote_ts[0] =
        (struct prefix){addr_v4(10, 0, 0, 0), 8};
    assert_int_equal(error_of(l, &echo), -EACCES);
    l->egress[0].out = NULL;
    assert_int_equal(error_of(l, &echo), -ENETDOWN);
    l->config.n_tunnels = 0;
    assert_int_equal(error_of(l, &echo), -ENOENT);
    for (unsigned i = 0; i < DP_ECHO_QUEUE; i++)
        assert_int_equal(dp_worker_echo(l->w, &l->tunnel[0].path, &echo), 0);
    assert_int_equal(dp_worker_echo(l->w, &l->tunnel[0].path, &echo), -EBUSY);
}

/* The longest unheard makes room; the others' answers are still known. */
static void test_many_at_a_time(void **state)
{
    struct lab *l = *state;
    struct ipc_echoed echoed;
    unsigned tunnel, told = 0;

    for (uint16_t i = 0; i <= DP_ECHO_RUNS; i++) {
        struct ipc_echo echo = request(i);
        uint8_t ip[2048], *packets[] = {ip};
        struct dp_inner inner;
        size_t len;

        echo.ident = i;
        l->w->now_us += 10;
        ask(l, &echo);
        len = lab_peer_got(l, &tunnel);
        memcpy(ip, l->got, MIN(len, sizeof(ip)));
        assert_int_equal(dp_inner_parse(ip, len, &inner), 0);
        assert_true(dp_icmp_echo_reply(ip, &inner));
        if (i == 0 || i == DP_ECHO_RUNS)
            continue;
        lab_peer_sends(l, 0, packets, &len, 1);
        told += said(&echoed) && echoed.ident == i;
    }
    assert_int_equal(told, DP_ECHO_RUNS - 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_an_answer_is_told_once), T(test_a_router_may_answer), T(test_what_is_too_big),
        T(test_what_cannot_be_sent),    T(test_many_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
