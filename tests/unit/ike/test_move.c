#include "world.h"
#include "raw_seal.h"

/* Where the peer is: what moves a tunnel, and what does not (2.23). */

static struct ike_sa *sa_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0")->peer.lead;
}

static uint8_t written[2048];
static size_t written_len;

/* An empty INFORMATIONAL request of A, number id. */
static void write_request(struct world *w, uint32_t id)
{
    struct raw_request q = {.exchange = IKE_EXCHANGE_INFORMATIONAL, .id = id};

    written_len = raw_seal(sa_of(w, 0), &q, written, sizeof(written));
    assert_true(written_len > 0);
}

/* What was written comes to B. */
static void arrive(struct world *w, struct endpoint from, uint16_t port)
{
    struct endpoint local = {w->nodes[1].address, port};

    ike_input(w->nodes[1].ike, &local, &from, written, written_len, w->now_us);
    world_collect(w, 1);
}

static struct endpoint at(uint8_t host, uint16_t port)
{
    return (struct endpoint){addr_v4(203, 0, 113, host), port};
}

static void test_a_new_request_moves(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    write_request(w, sa_of(w, 0)->v2->send_id++);
    arrive(w, at(9, 1024), IKE_PORT_NATT);
    assert_true(
        endpoint_equal(&sa_of(w, 1)->remote, &(struct endpoint){addr_v4(203, 0, 113, 9), 1024}));
    assert_int_equal(w->nodes[1].moves, 1);
    world_free(w);
}

/* The same again, or an old one, is late or was sent again by somebody between. */
static void test_what_is_not_new_moves_nothing(void **state)
{
    struct world *w = world_new_up(1);
    uint32_t id = sa_of(w, 0)->v2->send_id;

    (void)state;
    sa_of(w, 0)->v2->send_id += 2;
    write_request(w, id);
    arrive(w, sa_of(w, 1)->remote, IKE_PORT_NATT);
    arrive(w, at(9, 1024), IKE_PORT_NATT); /* repeated */
    assert_int_equal(w->nodes[1].moves, 0);
    write_request(w, id + 1);
    arrive(w, sa_of(w, 1)->remote, IKE_PORT_NATT);
    write_request(w, id);
    arrive(w, at(9, 1024), IKE_PORT_NATT); /* late */
    assert_int_equal(w->nodes[1].moves, 0);
    assert_true(addr_equal(&sa_of(w, 1)->remote.addr, &w->nodes[0].address));
    world_free(w);
}

/* ESP goes neither from nor to port 500; the request is answered all the same. */
static void test_port_500_moves_nothing(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct endpoint from = {w->nodes[0].address, i == 1 ? IKE_PORT_NATT : IKE_PORT};
        uint64_t sent = w->sent;

        write_request(w, sa_of(w, 0)->v2->send_id++);
        arrive(w, from, i == 2 ? IKE_PORT_NATT : IKE_PORT);
        assert_int_equal(w->sent, sent + 1);
        assert_int_equal(w->nodes[1].moves, 0);
        assert_int_equal(sa_of(w, 1)->remote.port, IKE_PORT_NATT);
        assert_int_equal(sa_of(w, 1)->local.port, IKE_PORT_NATT);
    }
    world_free(w);
}

static void test_esp_from_port_500_is_not_looked_after(void **state)
{
    struct world *w = world_new_up(1);
    struct endpoint from = {w->nodes[0].address, IKE_PORT};
    uint64_t sent = w->sent;

    (void)state;
    ike_sa_event(w->nodes[1].ike, "vpntun-0", IKE_SA_EVENT_MOVED, IKE_IN, world_spi(w, 1, IKE_IN),
                 &from, w->now_us);
    world_collect(w, 1);
    assert_int_equal(w->sent, sent);
    from = at(9, 1024);
    ike_sa_event(w->nodes[1].ike, "vpntun-0", IKE_SA_EVENT_MOVED, IKE_IN, world_spi(w, 1, IKE_IN),
                 &from, w->now_us);
    world_collect(w, 1);
    assert_int_equal(w->sent, sent + 1);
    assert_int_equal(w->nodes[1].moves, 0); /* not before IKE answers */
    world_free(w);
}

/* A's datagrams come from its port 500 to that of B, whatever A thinks. */
static bool stay_on_500(struct world *w, int from, const uint8_t *data, size_t len)
{
    struct endpoint local = {w->nodes[1].address, IKE_PORT};
    struct endpoint remote = {w->nodes[0].address, IKE_PORT};

    if (from == 1)
        return true;
    ike_input(w->nodes[1].ike, &local, &remote, data, len, w->now_us);
    world_collect(w, 1);
    return false;
}

/* A peer that does not float gets no child SA and is told about; once it floats all is well. */
static void test_a_peer_that_stays_on_500(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    b.initiate = false;
    w->filter = stay_on_500;
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run(w, 5 * SECOND);
    assert_false(world_is_up(w, 1));
    assert_int_equal(w->nodes[1].adds, 0);
    world_assert_error(w, 1, "ike.peer-stays-on-500", "went on from 198.51.100.1:500 to");
    w->filter = NULL;
    world_run_until_up(w, 120 * SECOND);
    assert_string_equal(world_error(w, 1), "");
    assert_int_equal(world_status(w, 1).remote.port, IKE_PORT_NATT);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_request_moves),
        cmocka_unit_test(test_what_is_not_new_moves_nothing),
        cmocka_unit_test(test_port_500_moves_nothing),
        cmocka_unit_test(test_esp_from_port_500_is_not_looked_after),
        cmocka_unit_test(test_a_peer_that_stays_on_500),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
