#include "samples.h"

#include <stdio.h>
#include <stdlib.h>

/* Snapshots: what is in them and how it is found. */

static void apply(struct snapshot **s, enum model_kind_id kind, const char *id,
                  const struct model_resource *r)
{
    const struct snapshot_change change = {kind, id, r};
    struct snapshot *next = NULL;

    assert_int_equal(0, snapshot_apply(*s, &change, 1, snapshot_revision(*s) + 1, &next));
    snapshot_unref(*s);
    *s = next;
}

static void add(struct snapshot **s, enum model_kind_id kind, const char *id, const char *request)
{
    struct model_resource *r = sample(kind, id, request);

    apply(s, kind, id, r);
    model_resource_unref(r);
}

static const char *first_id(struct snapshot_iter *it)
{
    const struct model_resource *r = snapshot_next(it);

    return r ? r->id : "";
}

static struct snapshot *small_region(void)
{
    struct snapshot *s = NULL;

    add(&s, MODEL_REGION, "r1", "{'asn': 65010}");
    add(&s, MODEL_VPC, "vpc-a", "{'name': 'office', 'cidr': '10.1.0.0/16'}");
    add(&s, MODEL_VPC, "vpc-b", "{'name': 'office', 'cidr': '10.2.0.0/16'}");
    add(&s, MODEL_VPC, "vpc-c", "{'name': 'offices', 'cidr': '10.3.0.0/16'}");
    add(&s, MODEL_ROUTE_TABLE, "rtb-b", "{'vpcId': 'vpc-aaaaaaaaaa', 'default': true}");
    add(&s, MODEL_ROUTE_TABLE, "rtb-a", "{'vpcId': 'vpc-aaaaaaaaaa'}");
    add(&s, MODEL_BORDER_GATEWAY, "bgw-aaaaaaaaaa", "{}");
    add(&s, MODEL_PLACEMENT, "bgw-aaaaaaaaaa", "{'nodeId': 'node-aaaaaaaaaa', 'generation': 4}");
    add(&s, MODEL_INSTANCE, "i-a", "{'subnetId': 'subnet-aaaaaaaaaa', 'address': '10.1.1.9'}");
    add(&s, MODEL_INSTANCE, "i-b",
        "{'subnetId': 'subnet-aaaaaaaaaa', 'nodeId': 'node-aaaaaaaaaa'}");
    return s;
}

static void test_what_is_found(void **state)
{
    struct snapshot *s = small_region();
    const struct model_placement *placement;
    struct snapshot_iter it;

    (void)state;
    assert_int_equal(65010, snapshot_region(s)->asn);
    assert_int_equal(3, snapshot_count(s, MODEL_VPC));
    assert_string_equal("vpc-b", snapshot_find(s, "vpc-b")->id);
    assert_null(snapshot_find(s, "vpc-d"));
    assert_null(snapshot_find(s, "r1"));
    assert_null(snapshot_find(s, ""));
    assert_null(snapshot_get(s, MODEL_SUBNET, "vpc-b"));
    /* Two kinds may have the same id. */
    placement = snapshot_get(s, MODEL_PLACEMENT, "bgw-aaaaaaaaaa");
    assert_int_equal(4, placement->generation);
    assert_ptr_equal(snapshot_find(s, "bgw-aaaaaaaaaa"),
                     snapshot_get(s, MODEL_BORDER_GATEWAY, "bgw-aaaaaaaaaa"));
    /* A name is the whole name. */
    snapshot_named(&it, s, MODEL_VPC, "office");
    assert_string_equal("vpc-a", first_id(&it));
    assert_string_equal("vpc-b", first_id(&it));
    assert_string_equal("", first_id(&it));
    snapshot_all(&it, s, MODEL_VPC, "vpc-a");
    assert_string_equal("vpc-b", first_id(&it));
    snapshot_all(&it, s, MODEL_VPC, "vpc-");
    assert_string_equal("vpc-a", first_id(&it));
    assert_string_equal("rtb-b", snapshot_default_table(s, "vpc-aaaaaaaaaa")->head.id);
    snapshot_linked(&it, s, LINK_INSTANCE_NODE, "");
    assert_string_equal("i-a", first_id(&it));
    assert_string_equal("", first_id(&it));
    assert_int_equal(1, snapshot_count_linked(s, LINK_INSTANCE_NODE, "node-aaaaaaaaaa"));
    assert_int_equal(2, snapshot_count_linked(s, LINK_INSTANCE_SUBNET, "subnet-aaaaaaaaaa"));
    snapshot_unref(s);
}

/* No snapshot is an empty one, and no id is one that does not exist. */
static void test_nothing(void **state)
{
    struct snapshot *s = small_region(), *empty = NULL;
    const struct snapshot *const both[] = {NULL, s};
    struct addr a = addr_v4(10, 0, 0, 1);
    struct prefix p = prefix_make(&a, 32);
    struct snapshot_iter it;

    (void)state;
    assert_null(snapshot_ref(NULL));
    snapshot_unref(NULL);
    assert_null(snapshot_region(NULL));
    assert_int_equal(0, snapshot_revision(NULL));
    assert_int_equal(0, snapshot_count(NULL, MODEL_VPC));
    for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
        assert_null(snapshot_get(both[i], MODEL_VPC, NULL));
        assert_null(snapshot_find(both[i], NULL));
        assert_null(snapshot_default_table(both[i], NULL));
        assert_null(snapshot_attachment(both[i], NULL, NULL));
        assert_null(snapshot_attachment(both[i], NULL, "vpc-a"));
        assert_int_equal(0, snapshot_count_linked(both[i], LINK_SUBNET_VPC, NULL));
        snapshot_linked(&it, both[i], LINK_SUBNET_VPC, NULL);
        assert_null(snapshot_next(&it));
        snapshot_named(&it, both[i], MODEL_VPC, NULL);
        assert_null(snapshot_next(&it));
        assert_null(snapshot_overlap(both[i], SPACE_INNER, NULL, &p, NULL));
    }
    assert_int_equal(0, snapshot_apply(NULL, NULL, 0, 5, &empty));
    assert_null(snapshot_region(empty));
    assert_int_equal(5, snapshot_revision(empty));
    snapshot_unref(empty);
    snapshot_unref(s);
}

/* Names of the greatest length that is allowed are found; what cannot be a name is just not. */
static void test_long_names(void **state)
{
    char name[4 * 64 + 1] = "", longer[600];
    struct snapshot *s = NULL;
    struct model_resource *r;
    struct snapshot_iter it;
    json_t *json;

    (void)state;
    for (int i = 0; i < 64; i++)
        strcat(name, "𠀀");
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    json = sample_json(MODEL_VPC, "vpc-a", "{'cidr': '10.1.0.0/16'}");
    json_object_set_new(json, "name", json_string(name));
    assert_int_equal(0, model_decode(model_kind(MODEL_VPC), json, &r, NULL));
    apply(&s, MODEL_VPC, "vpc-a", r);
    snapshot_named(&it, s, MODEL_VPC, name);
    assert_ptr_equal(r, snapshot_next(&it));
    model_resource_unref(r);

    json_object_set_new(json, "name", json_string(longer));
    assert_int_equal(0, model_decode(model_kind(MODEL_VPC), json, &r, NULL));
    apply(&s, MODEL_VPC, "vpc-a", r);
    assert_ptr_equal(r, snapshot_get(s, MODEL_VPC, "vpc-a"));
    snapshot_named(&it, s, MODEL_VPC, longer);
    assert_null(snapshot_next(&it));
    assert_int_equal(0, snapshot_count_linked(s, LINK_SUBNET_VPC, longer));
    apply(&s, MODEL_VPC, "vpc-a", NULL);
    assert_int_equal(1, r->refs); /* nothing of it is left */
    model_resource_unref(r);
    json_decref(json);
    snapshot_unref(s);
}

/* ---- inner prefixes follow the connection to its gateway ---- */

enum { CONNECTION = 1, OTHER_CONNECTION, TUNNEL, MOVED_TUNNEL };

static struct model_resource *part(int what)
{
    switch (what) {
    case CONNECTION:
        return sample(MODEL_VPN_CONNECTION, "vpn-aaaaaaaaaa",
                      "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'customerGatewayId': "
                      "'cgw-aaaaaaaaaa'}");
    case OTHER_CONNECTION:
        return sample(MODEL_VPN_CONNECTION, "vpn-aaaaaaaaaa",
                      "{'borderGatewayId': 'bgw-bbbbbbbbbb', 'customerGatewayId': "
                      "'cgw-aaaaaaaaaa'}");
    case TUNNEL:
        return sample(MODEL_VPN_TUNNEL, "vpntun-aaaaaaaaaa",
                      "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'tunnelAddress': '169.254.10.1/30'}");
    default:
        return sample(MODEL_VPN_TUNNEL, "vpntun-aaaaaaaaaa",
                      "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'tunnelAddress': '169.254.20.1/30'}");
    }
}

static bool is_taken(const struct snapshot *s, const char *gateway, const char *prefix)
{
    struct prefix p;

    assert_int_equal(0, prefix_parse(prefix, &p));
    return snapshot_overlap(s, SPACE_INNER, gateway, &p, NULL);
}

static void test_inner_prefixes(void **state)
{
    /* Changes in one go: what comes (positive) and what goes (negative); then whether the prefixes
     * are taken at the gateways a and b. */
    static const struct {
        int changes[6];
        bool a, b, moved;
    } cases[] = {
        {{CONNECTION, TUNNEL}, true, false, false},
        {{TUNNEL, CONNECTION}, true, false, false},
        {{TUNNEL}, false, false, false},
        {{CONNECTION}, false, false, false},
        {{TUNNEL, OTHER_CONNECTION}, false, true, false},
        {{CONNECTION, TUNNEL, OTHER_CONNECTION}, false, true, false},
        {{CONNECTION, TUNNEL, -CONNECTION}, false, false, false},
        {{CONNECTION, TUNNEL, -CONNECTION, -TUNNEL}, false, false, false},
        {{CONNECTION, TUNNEL, -TUNNEL, -CONNECTION}, false, false, false},
        {{CONNECTION, TUNNEL, -CONNECTION, CONNECTION}, true, false, false},
        {{CONNECTION, TUNNEL, -CONNECTION, MOVED_TUNNEL, OTHER_CONNECTION}, false, false, true},
        {{CONNECTION, TUNNEL, OTHER_CONNECTION, -TUNNEL}, false, false, false},
        {{TUNNEL, MOVED_TUNNEL, OTHER_CONNECTION}, false, false, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct snapshot *by_one = NULL, *at_once = NULL;
        struct snapshot_change changes[6];
        struct model_resource *parts[6];
        size_t count = 0;

        for (; count < 6 && cases[i].changes[count]; count++) {
            int what = cases[i].changes[count];

            parts[count] = part(abs(what));
            changes[count] = (struct snapshot_change){parts[count]->kind->id, parts[count]->id,
                                                      what > 0 ? parts[count] : NULL};
            apply(&by_one, changes[count].kind, changes[count].id, changes[count].resource);
        }
        assert_int_equal(0, snapshot_apply(NULL, changes, count, 1, &at_once));
        for (int which = 0; which < 2; which++) {
            const struct snapshot *s = which ? at_once : by_one;

            print_message("%zu %s\n", i, which ? "at once" : "one by one");
            assert_int_equal(cases[i].a, is_taken(s, "bgw-aaaaaaaaaa", "169.254.10.0/30"));
            assert_int_equal(cases[i].b, is_taken(s, "bgw-bbbbbbbbbb", "169.254.10.0/30"));
            assert_false(is_taken(s, "bgw-aaaaaaaaaa", "169.254.20.0/30"));
            assert_int_equal(cases[i].moved,
                             is_taken(s, "bgw-bbbbbbbbbb", "169.254.0.0/16") && !cases[i].b);
        }
        snapshot_unref(by_one);
        snapshot_unref(at_once);
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(1, parts[k]->refs); /* no index holds it any more */
            model_resource_unref(parts[k]);
        }
    }
}

/* Deleting what is not there, twice, and putting the same again change nothing. */
static void test_idle_changes(void **state)
{
    struct snapshot *s = small_region();
    const struct model_resource *vpc = model_resource_ref(snapshot_find(s, "vpc-a"));
    unsigned refs = vpc->refs;

    (void)state;
    apply(&s, MODEL_VPC, "vpc-d", NULL);
    apply(&s, MODEL_VPC, "vpc-a", vpc);
    assert_int_equal(3, snapshot_count(s, MODEL_VPC));
    assert_int_equal(refs, vpc->refs);
    apply(&s, MODEL_VPC, "vpc-a", NULL);
    apply(&s, MODEL_VPC, "vpc-a", NULL);
    assert_int_equal(2, snapshot_count(s, MODEL_VPC));
    assert_int_equal(1, vpc->refs);
    model_resource_unref(vpc);
    snapshot_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_found), cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_long_names),    cmocka_unit_test(test_inner_prefixes),
        cmocka_unit_test(test_idle_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
