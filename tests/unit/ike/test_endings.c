#include "world.h"
#include "tunnel_internal.h"

/* No tunnel is lost in silence: what ends is replaced before, or it is said why it ended. */

static struct ike_tunnel *tunnel_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0");
}

static struct ike_sa *sa_of(struct world *w, int node)
{
    return tunnel_of(w, node)->peer.lead;
}

static struct ike_pair *child_of(struct world *w, int node)
{
    return container_of(sa_of(w, node)->pairs.next, struct ike_pair, link);
}

static struct world *up_with_lifetimes(uint32_t child_s, uint32_t ike_s, bool dpd)
{
    struct world *w = world_new(1);

    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        c.child_lifetime_s = child_s;
        c.ike_lifetime_s = ike_s;
        c.dpd = dpd;
        world_set(w, i, &c);
    }
    world_run_until_up(w, SECOND);
    world_run(w, 10 * SECOND);
    return w;
}

static void assert_down_because(struct world *w, int node, const char *code, const char *why)
{
    struct ike_status s = world_status(w, node);

    assert_int_not_equal(s.state, IKE_OPER_UP);
    assert_int_not_equal(w->nodes[node].told.state, IKE_OPER_UP);
    assert_said(s.last_error, code, why);
    assert_string_equal(w->nodes[node].told.last_error, s.last_error);
}

/* ---- said why ---- */

/* The rekey is not answered before the child's end: the tunnel is not up any longer, and says so.
 */
static void test_the_end_of_a_lifetime(void **state)
{
    struct world *w = up_with_lifetimes(60, 3600, false);

    (void)state;
    w->nodes[1].deaf = true;
    world_run(w, 51 * SECOND);
    assert_int_equal(world_count(w, 0, IKE_OUT), 0);
    assert_down_because(w, 0, "ike.child-expired", "lifetime of a child SA");
    world_free(w);
}

static void test_the_data_plane_goes(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    ike_plane_down(w->nodes[0].ike, w->now_us);
    world_collect(w, 0);
    assert_down_because(w, 0, "ike.plane-away", "the data plane is away");
    world_restart_plane(w, 0);
    world_run(w, 20 * SECOND);
    world_assert_logged(w, 0, "ike.plane-lost-children");
    world_assert_one_pair(w);
    world_free(w);
}

static void test_an_operator_closes(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    world_command(w, 0, IKE_COMMAND_TERMINATE);
    assert_down_because(w, 0, "ike.closed-by-command", "command");
    world_run(w, 10 * MS);
    assert_down_because(w, 1, "ike.peer-closed", "the peer closed the connection");
    world_free(w);
}

/* The child's DELETE comes from a peer that does not begin anew. */
static void test_the_peer_deletes_the_child(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    for (int i = 0; i < 2; i++)
        sa_of(w, i)->begun_by_us = tunnel_of(w, i)->peer.keep_initiating = false;
    child_of(w, 1)->state = IKE_PAIR_CLOSING;
    ike_sa_touch(sa_of(w, 1));
    ike_tick(w->nodes[1].ike, w->now_us);
    world_collect(w, 1);
    world_run(w, SECOND);
    assert_down_because(w, 0, "ike.peer-deleted-child", "the peer deleted a child SA");
    world_free(w);
}

/* An error beside a tunnel that works is forgotten when it does not come again. */
static void test_a_stale_error(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    ike_tunnel_fail(tunnel_of(w, 0), SAY(IKE_PLANE_REFUSED_CHILD, "something"));
    ike_tick(w->nodes[0].ike, w->now_us);
    world_collect(w, 0);
    world_run(w, 290 * SECOND);
    assert_said(w->nodes[0].told.last_error, "ike.plane-refused-child", "something");
    ike_tunnel_fail(tunnel_of(w, 0), SAY(IKE_PLANE_REFUSED_CHILD, "something"));
    world_run(w, 290 * SECOND);
    assert_said(w->nodes[0].told.last_error, "ike.plane-refused-child", "something");
    world_run(w, 20 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* ---- replaced before ---- */

/* Both ends want another PFS group: their children can be made with the IKE SA, but not rekeyed.
 * The operator is told, and the tunnel goes on over IKE SAs made anew. */
static void test_pfs_that_differs(void **state)
{
    (void)state;
    for (int which = 0; which < 2; which++) {
        struct world *w = world_new((uint64_t)which + 1);

        for (int i = 0; i < 2; i++) {
            struct ike_tunnel_config c = world_config(w, i);

            c.child.n_groups = 1;
            c.child.groups[0] = i == which ? 0 : CRYPTO_DH_CURVE25519;
            c.child_lifetime_s = 180;
            c.initiate = i == 0;
            world_set(w, i, &c);
        }
        world_run_until_up(w, SECOND);
        world_run(w, 10 * SECOND);
        world_start_esp(w, 50 * MS);
        world_run(w, 1800 * SECOND);
        for (int i = 0; i < 2; i++)
            assert_true(world_is_up(w, i) && world_flows(w, i));
        world_assert_nothing_lost(w);
        assert_int_equal(world_status(w, 0).child_rekeys, 0);
        if (which == 1) {
            assert_true(said_has(w->nodes[0].said, "ike.peer-refused-ipsec-rekey"));
            assert_non_null(strstr(w->nodes[1].said,
                                   "{ike.ipsec-mismatch|{ike.no-common-dh-group|curve25519|none|"
                                   "31 (curve25519)|ipsec.dhGroups}}"));
        } else {
            assert_non_null(strstr(w->nodes[1].said,
                                   "{ike.ipsec-mismatch|{ike.no-common-dh-group|none|curve25519|"
                                   "none|ipsec.dhGroups}}"));
        }
        world_free(w);
    }
}

/* An IKE SA that the peer does not let us rekey is replaced by a new one before it ends. */
static void test_an_ike_sa_that_cannot_be_rekeyed(void **state)
{
    struct world *w = up_with_lifetimes(3000, 600, true);
    uint64_t before = sa_of(w, 0)->tie;

    (void)state;
    for (int i = 0; i < 2; i++)
        sa_of(w, i)->v2->retry_us = IKE_NEVER;
    world_start_esp(w, 50 * MS);
    world_run(w, 600 * SECOND);
    world_run(w, 30 * SECOND);
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    assert_true(sa_of(w, 0)->tie != before);
    assert_true(said_has(w->nodes[0].said, "ike.expired") ||
                said_has(w->nodes[1].said, "ike.expired"));
    assert_int_equal(world_status(w, 0).ike_rekeys, 0);
    world_free(w);
}

/* The peer asks for a rekey, does not like our answer, and deletes what came of it: the child that
 * was to be replaced serves on. */
static void test_a_rekey_that_its_maker_drops(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_offer other = {
        .n_ciphers = 1, .n_groups = 1, .ciphers = {{CRYPTO_ENCR_CHACHA20_POLY1305, 0}}};

    (void)state;
    world_start_esp(w, 10 * MS);
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    sa_of(w, 0)->v2->request.offer = other;
    world_run(w, 100 * MS);
    world_assert_error(w, 0, "ike.ipsec-not-offered", "not offered");
    child_of(w, 0)->want_rekey = false;
    child_of(w, 0)->retry_us = w->now_us + 120 * SECOND;
    assert_int_equal(child_of(w, 1)->state, IKE_PAIR_LIVE);
    world_run(w, 100 * SECOND);
    world_assert_nothing_lost(w);
    world_free(w);
}

/* The peer's data plane sends, its IKE is dead, and our last child came to its end: ESP alone does
 * not keep an IKE SA that carries nothing of ours; the peer is called. */
static void test_esp_does_not_keep_a_useless_ike_sa(void **state)
{
    struct world *w = up_with_lifetimes(60, 3600, true);

    (void)state;
    world_start_esp(w, 100 * MS);
    w->nodes[1].deaf = true;
    world_run(w, 120 * SECOND);
    assert_null(sa_of(w, 0));
    w->nodes[1].deaf = false;
    world_run_until_up(w, 70 * SECOND);
    world_run(w, 100 * SECOND);
    assert_true(world_flows(w, 0) && world_flows(w, 1));
    assert_true(said_has(w->nodes[0].said, "ike.peer-restarted") ||
                said_has(w->nodes[1].said, "ike.peer-restarted"));
    world_free(w);
}

/* What peers and users put into it may be long and hold any character: it stays a message, alone
 * and in another one. */
static void test_a_long_error_is_not_torn(void **state)
{
    struct world *w = world_new_up(1);
    char id[500], text[WORDS_TEXT_MAX];

    (void)state;
    memset(id, '|', sizeof(id) - 1);
    id[sizeof(id) - 1] = 0;
    for (size_t len = sizeof(id) - 1; len >= 7; len -= 7) {
        id[len] = 0;
        for (int behind = 0; behind < 2; behind++) {
            tunnel_of(w, 0)->peer.behind = behind;
            ike_tunnel_fail(tunnel_of(w, 0), SAY(IKE_WRONG_ID, id, id));
            world_assert_error(w, 0, "ike.wrong-id", "the peer's ID is |");
            assert_int_equal(said_has(world_status(w, 0).last_error, "ike.on-earlier-parameters"),
                             behind);
        }
    }
    words_say_written(world_status(w, 0).last_error, WORDS_ZH, text, sizeof(text));
    assert_non_null(strstr(text, "隧道以原参数继续运行，变更后的参数协商失败：对端的标识是|"));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_end_of_a_lifetime),
        cmocka_unit_test(test_the_data_plane_goes),
        cmocka_unit_test(test_an_operator_closes),
        cmocka_unit_test(test_the_peer_deletes_the_child),
        cmocka_unit_test(test_a_long_error_is_not_torn),
        cmocka_unit_test(test_a_stale_error),
        cmocka_unit_test(test_pfs_that_differs),
        cmocka_unit_test(test_an_ike_sa_that_cannot_be_rekeyed),
        cmocka_unit_test(test_a_rekey_that_its_maker_drops),
        cmocka_unit_test(test_esp_does_not_keep_a_useless_ike_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
