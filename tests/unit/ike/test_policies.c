#include "world.h"
#include "tunnel_internal.h"

/* A policy-based peer that does not narrow: node 1 takes what its policy has, to the letter, and
 * answers TS_UNACCEPTABLE to anything else. Node 0 is told the networks of its routes, or names
 * them. */

#define POLICIES_MAX 8

enum strictness {
    NARROWS,     /* as we do ourselves */
    LISTS,       /* all its networks at once, no more and no less */
    PAIRS,       /* one pair of its networks */
    FIRST_PAIRS, /* the first of its pairs that is offered, out of whatever is */
};

static struct {
    enum strictness how;
    const struct ike_tunnel_config *config; /* node 1's, as it lives */
    size_t n;
    struct prefix local[POLICIES_MAX], remote[POLICIES_MAX];
    const struct ike_ts_list *tsi;
    unsigned refused;
} policy;

size_t __real_ike_ts_narrow(const struct ike_ts_list *list, const struct prefix *allowed,
                            size_t count, struct prefix ret[IKE_PREFIXES_MAX]);
size_t __wrap_ike_ts_narrow(const struct ike_ts_list *list, const struct prefix *allowed,
                            size_t count, struct prefix ret[IKE_PREFIXES_MAX]);

static bool names(const struct ike_ts_list *list, const struct prefix *p)
{
    struct addr last = prefix_last(p);

    for (size_t i = 0; i < list->count; i++) {
        if (addr_equal(&list->ts[i].start, &p->addr) && addr_equal(&list->ts[i].end, &last))
            return true;
    }
    return false;
}

static bool covers(const struct ike_ts_list *list, const struct prefix *p)
{
    struct prefix ret[IKE_PREFIXES_MAX];

    return __real_ike_ts_narrow(list, p, 1, ret) == 1 && prefix_equal(&ret[0], p);
}

/* The number of the policy that the pair of lists is for; -1. */
static int match(const struct ike_ts_list *tsi, const struct ike_ts_list *tsr)
{
    for (size_t i = 0; i < policy.n; i++) {
        const struct prefix *r = &policy.remote[i], *l = &policy.local[i];

        if (policy.how == PAIRS && tsi->count == 1 && tsr->count == 1 && names(tsi, r) &&
            names(tsr, l))
            return (int)i;
        if (policy.how == FIRST_PAIRS && covers(tsi, r) && covers(tsr, l))
            return (int)i;
        if (policy.how == LISTS && (!names(tsi, r) || !names(tsr, l)))
            return -1;
    }
    return policy.how == LISTS && tsi->count < 3 && tsr->count < 3 ? 0 : -1;
}

/* TSi is read before TSr, and both belong to one message. */
size_t __wrap_ike_ts_narrow(const struct ike_ts_list *list, const struct prefix *allowed,
                            size_t count, struct prefix ret[IKE_PREFIXES_MAX])
{
    bool remote = policy.config && allowed == policy.config->remote_ts;
    bool local = policy.config && allowed == policy.config->local_ts;
    const struct ike_ts_list *tsi, *tsr;
    int i;

    if ((!remote && !local) || policy.how == NARROWS)
        return __real_ike_ts_narrow(list, allowed, count, ret);
    tsi = remote ? list : policy.tsi;
    tsr = local ? list : &container_of(list, struct ike_message, tsi)->tsr;
    if (remote)
        policy.tsi = list;
    i = match(tsi, tsr);
    policy.refused += local && i < 0;
    if (i < 0)
        return 0;
    if (policy.how == LISTS)
        return __real_ike_ts_narrow(list, allowed, count, ret);
    ret[0] = remote ? policy.remote[i] : policy.local[i];
    return 1;
}

/* ---- the story's people ---- */

static uint8_t parse(const char *text, struct prefix *ret)
{
    char copy[128], *save = NULL;
    uint8_t n = 0;

    (void)text_copy(copy, sizeof(copy), text);
    for (char *one = strtok_r(copy, " ", &save); one; one = strtok_r(NULL, " ", &save))
        assert_int_equal(prefix_parse(one, &ret[n++]), 0);
    return n;
}

static struct ike_tunnel *tunnel_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0");
}

/* As node 1 sees it: "local remote" a policy. */
static struct world *begin(enum strictness how, const char *const *policies, size_t n)
{
    struct world *w = world_new(7);
    struct ike_tunnel_config b = world_config(w, 1);

    b.initiate = false;
    world_set(w, 1, &b);
    memset(&policy, 0, sizeof(policy));
    policy.how = how;
    policy.config = &tunnel_of(w, 1)->peer.config;
    for (policy.n = 0; policy.n < n; policy.n++) {
        struct prefix both[2];

        assert_int_equal(parse(policies[policy.n], both), 2);
        policy.local[policy.n] = both[0];
        policy.remote[policy.n] = both[1];
    }
    return w;
}

static void end(struct world *w)
{
    policy.config = NULL;
    world_free(w);
}

static struct ike_tunnel_config routed(const struct world *w, const char *local, const char *remote)
{
    struct ike_tunnel_config a = world_config(w, 0);

    a.n_local_networks = parse(local, a.local_networks);
    a.n_remote_networks = parse(remote, a.remote_networks);
    return a;
}

static struct ike_tunnel_config named(const struct world *w, const char *local, const char *remote)
{
    struct ike_tunnel_config a = world_config(w, 0);

    a.n_local_ts = parse(local, a.local_ts);
    a.n_remote_ts = parse(remote, a.remote_ts);
    return a;
}

static bool carries(const struct world *w, const struct prefix *local, const struct prefix *remote)
{
    for (size_t i = 0; i < WORLD_SAS; i++) {
        const struct plane_sa *p = &w->nodes[0].plane[i];

        if (p->there && p->sa.direction == IKE_OUT &&
            ike_prefixes_hold(p->sa.local_ts, p->sa.n_local_ts, local) &&
            ike_prefixes_hold(p->sa.remote_ts, p->sa.n_remote_ts, remote))
            return true;
    }
    return false;
}

/* Each of the policies has an outbound SA at node 0. */
static void assert_all_carried(struct world *w)
{
    for (size_t i = 0; i < policy.n; i++)
        assert_true(carries(w, &policy.remote[i], &policy.local[i]));
}

static const char *const three[] = {"192.168.1.0/24 10.1.0.0/16", "192.168.2.0/24 10.1.0.0/16",
                                    "192.168.1.0/24 10.2.0.0/16"};

#define OURS   "10.1.0.0/16 10.2.0.0/16"
#define THEIRS "192.168.1.0/24 192.168.2.0/24"

static void assert_three(struct world *w)
{
    assert_all_carried(w);
    for (int i = 0; i < 2; i++)
        assert_int_equal(world_count(w, i, 0), 6);
}

/* Everything, the lists, then pair after pair; what the policy has not got is left alone. */
static void test_pairs_of_routes(void **state)
{
    struct world *w = begin(PAIRS, three, 3);
    struct ike_tunnel_config a = routed(w, OURS, THEIRS);

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 20 * SECOND);
    assert_three(w);
    assert_int_equal(policy.refused, 3);
    assert_string_equal(world_status(w, 0).last_error, "");
    assert_true(world_status(w, 0).wants_networks);
    world_run(w, 300 * SECOND);
    assert_int_equal(policy.refused, 3);
    end(w);
}

/* The node tells them only when it is asked. */
static void test_routes_told_later(void **state)
{
    struct world *w = begin(PAIRS, three, 3);
    struct ike_tunnel_config a = world_config(w, 0);

    (void)state;
    world_set(w, 0, &a);
    world_run(w, SECOND);
    assert_false(world_is_up(w, 0));
    assert_true(world_status(w, 0).wants_networks);
    world_assert_error(w, 0, "ike.peer-refused-selectors", "localSelectors and remoteSelectors");
    a = routed(w, OURS, THEIRS);
    world_set(w, 0, &a);
    world_run(w, 2 * SECOND);
    assert_three(w);
    end(w);
}

static void test_named_pairs(void **state)
{
    struct world *w = begin(PAIRS, three, 3);
    struct ike_tunnel_config a = named(w, OURS, THEIRS);

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 2 * SECOND);
    assert_three(w);
    assert_false(world_status(w, 0).wants_networks);
    end(w);
}

static void test_lists_in_one(void **state)
{
    static const char *const policies[] = {"192.168.1.0/24 10.1.0.0/16",
                                           "192.168.2.0/24 10.2.0.0/16"};
    struct world *w = begin(LISTS, policies, 2);
    struct ike_tunnel_config a = routed(w, OURS, THEIRS);

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 2 * SECOND);
    assert_all_carried(w);
    world_assert_one_pair(w);
    assert_int_equal(policy.refused, 1);
    end(w);
}

/* A peer that narrows to one of its policies is asked for the others. */
static void test_first_pair_taken(void **state)
{
    struct world *w = begin(FIRST_PAIRS, three, 3);
    struct ike_tunnel_config a = routed(w, OURS, THEIRS);

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 5 * SECOND);
    assert_three(w);
    end(w);
}

/* Of a route that is wider than its policy a peer that narrows gives what it has, once. */
static void test_narrowed_routes(void **state)
{
    struct world *w = begin(FIRST_PAIRS, three, 1);
    struct ike_tunnel_config a = routed(w, "10.0.0.0/8", "192.168.0.0/16");

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 700 * SECOND);
    assert_all_carried(w);
    world_assert_one_pair(w);
    assert_string_equal(world_status(w, 0).last_error, "");
    end(w);
}

/* Each is rekeyed for what it carries, over several lifetimes. */
static void test_rekeyed_each(void **state)
{
    struct world *w = begin(PAIRS, three, 3);
    struct ike_tunnel_config a = routed(w, OURS, THEIRS);

    (void)state;
    a.child_lifetime_s = 60;
    world_set(w, 0, &a);
    world_run(w, 5 * SECOND);
    w->check = assert_all_carried;
    world_run(w, 400 * SECOND);
    w->check = NULL;
    assert_true(world_status(w, 0).child_rekeys >= 15);
    assert_int_equal(policy.refused, 3);
    end(w);
}

static void test_one_deleted(void **state)
{
    struct world *w = begin(PAIRS, three, 3);
    struct ike_tunnel_config a = routed(w, OURS, THEIRS);
    struct ike_pair *pair;

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 60 * SECOND);
    pair = container_of(tunnel_of(w, 1)->peer.lead->pairs.next, struct ike_pair, link);
    pair->state = IKE_PAIR_CLOSING;
    ike_sa_touch(tunnel_of(w, 1)->peer.lead);
    ike_tick(w->nodes[1].ike, w->now_us);
    world_collect(w, 1);
    world_run(w, 500 * MS);
    assert_int_equal(world_count(w, 0, IKE_OUT), 2);
    world_run(w, 10 * SECOND);
    assert_three(w);
    end(w);
}

/* A new IKE SA begins with what the peer took. */
static void test_remembered(void **state)
{
    struct world *w = begin(PAIRS, three, 3);
    struct ike_tunnel_config a = routed(w, OURS, THEIRS);

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 5 * SECOND);
    assert_int_equal(policy.refused, 3);
    world_command(w, 0, IKE_COMMAND_TERMINATE);
    world_run(w, 60 * SECOND);
    assert_three(w);
    assert_int_equal(policy.refused, 3);
    end(w);
}

/* What carries the traffic goes when a new one carries the same. */
static void test_daemon_restarts(void **state)
{
    struct world *w = begin(PAIRS, three, 3);
    struct ike_tunnel_config a = routed(w, OURS, THEIRS);

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 5 * SECOND);
    w->delay_us = 50 * MS;
    w->check = assert_all_carried;
    world_restart_ike(w, 0);
    world_set(w, 0, &a);
    world_run(w, 60 * SECOND);
    w->check = NULL;
    assert_int_equal(world_count(w, 0, 0), 6);
    end(w);
}

static uint32_t spi_for(const struct world *w, const struct prefix *local)
{
    for (size_t i = 0; i < WORLD_SAS; i++) {
        const struct plane_sa *p = &w->nodes[0].plane[i];

        if (p->there && p->sa.direction == IKE_OUT && prefix_equal(&p->sa.local_ts[0], local))
            return p->sa.spi;
    }
    return 0;
}

/* A route more brings a pair more, and touches nothing else. */
static void test_routes_change(void **state)
{
    static const char *const policies[] = {"192.168.1.0/24 10.1.0.0/16",
                                           "192.168.1.0/24 10.2.0.0/16"};
    struct world *w = begin(PAIRS, policies, 2);
    struct ike_tunnel_config a = routed(w, "10.1.0.0/16 10.9.0.0/16", "192.168.1.0/24");
    uint32_t spi;

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 5 * SECOND);
    assert_int_equal(world_count(w, 0, IKE_OUT), 1);
    spi = spi_for(w, &policy.remote[0]);
    assert_int_not_equal(spi, 0);
    a = routed(w, OURS, "192.168.1.0/24");
    world_set(w, 0, &a);
    world_run(w, 5 * SECOND);
    assert_all_carried(w);
    assert_int_equal(world_count(w, 0, IKE_OUT), 2);
    assert_int_equal(spi_for(w, &policy.remote[0]), spi);
    end(w);
}

/* Networks named anew are negotiated before the old pairs go. */
static void test_named_anew(void **state)
{
    struct world *w = begin(PAIRS, three, 3);
    struct ike_tunnel_config a = named(w, OURS, THEIRS);

    (void)state;
    world_set(w, 0, &a);
    world_run(w, 5 * SECOND);
    assert_three(w);
    policy.n = 1;
    w->check = assert_all_carried;
    a = named(w, "10.1.0.0/16", "192.168.1.0/24");
    world_set(w, 0, &a);
    world_run(w, 20 * SECOND);
    assert_int_equal(world_count(w, 0, IKE_OUT), 1);
    policy.n = 3;
    w->check = NULL;
    a = named(w, OURS, THEIRS);
    world_set(w, 0, &a);
    world_run(w, 20 * SECOND);
    assert_three(w);
    end(w);
}

/* More than are asked for. */
static void test_too_many(void **state)
{
    static const char *const one[] = {"192.168.1.0/24 10.1.0.0/16"};
    struct world *w = begin(PAIRS, one, 1);
    struct ike_tunnel_config a = world_config(w, 0);

    (void)state;
    a.n_local_networks = a.n_remote_networks = 9;
    for (uint8_t i = 0; i < 9; i++) {
        char text[PREFIX_TEXT_MAX];

        snprintf(text, sizeof(text), "10.%u.0.0/16", i + 1U);
        assert_int_equal(prefix_parse(text, &a.local_networks[i]), 0);
        snprintf(text, sizeof(text), "192.168.%u.0/24", i + 1U);
        assert_int_equal(prefix_parse(text, &a.remote_networks[i]), 0);
    }
    world_set(w, 0, &a);
    world_run(w, 60 * SECOND);
    assert_all_carried(w);
    assert_int_equal(policy.refused, 2 + 63);
    assert_non_null(strstr(w->nodes[0].said, "negotiation.too-many-pairs"));
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_of_routes),  cmocka_unit_test(test_routes_told_later),
        cmocka_unit_test(test_named_pairs),      cmocka_unit_test(test_lists_in_one),
        cmocka_unit_test(test_first_pair_taken), cmocka_unit_test(test_narrowed_routes),
        cmocka_unit_test(test_rekeyed_each),     cmocka_unit_test(test_one_deleted),
        cmocka_unit_test(test_remembered),       cmocka_unit_test(test_daemon_restarts),
        cmocka_unit_test(test_routes_change),    cmocka_unit_test(test_named_anew),
        cmocka_unit_test(test_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
