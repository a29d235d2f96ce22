#include "twin.h"
#include "snapshot_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Random histories of a region, with several versions of it alive, against a plain list. */

#define IDS 6

static unsigned roll(unsigned *seed, unsigned sides)
{
    *seed = *seed * 1103515245U + 12345U;
    return (*seed >> 8) % sides;
}

/* ---- random resources ---- */

/* Few ids, so that all meet; some do not exist, others are of other kinds. */
static const char *pick_id(unsigned *seed, enum model_kind_id kind, char buf[40])
{
    static const char *const placed[IDS] = {"bgw-aaaaaaaaaa", "bgw-aaaaaaaaab", "10.0.0.1",
                                            "10.0.0.2",       "fd00::1",        "node-aaaaaaaaaa"};
    unsigned n = roll(seed, IDS);

    if (kind == MODEL_PLACEMENT)
        return strcpy(buf, placed[n]);
    if (kind == MODEL_REGION)
        return strcpy(buf, "r1");
    snprintf(buf, 40, "%saaaaaaaaa%c", model_kind(kind)->prefix, 'a' + (int)n);
    return buf;
}

static const char *pick_prefix(unsigned *seed, char buf[PREFIX_TEXT_MAX])
{
    struct addr a = addr_v4(10, 0, 0, (uint8_t)roll(seed, 32));
    struct prefix p = prefix_make(&a, (uint8_t)(roll(seed, 5) ? 28 + roll(seed, 5) : 0));

    if (roll(seed, 4) == 0) {
        a.family = ADDR_IPV6;
        p = prefix_make(&a, (uint8_t)(24 + roll(seed, 9)));
    }
    prefix_format(&p, buf);
    return buf;
}

static const char *pick_address(unsigned *seed, char buf[ADDR_TEXT_MAX])
{
    struct addr a = addr_v4(10, 0, 0, (uint8_t)roll(seed, 16));

    if (roll(seed, 4) == 0)
        a.family = ADDR_IPV6;
    addr_format(&a, buf);
    return buf;
}

static json_t *ref_json(unsigned *seed, enum model_kind_id kind)
{
    char id[40];

    return json_string(pick_id(seed, kind, id));
}

static json_t *hop_json(unsigned *seed, enum model_kind_id one, enum model_kind_id other)
{
    unsigned n = roll(seed, 3);

    return n ? ref_json(seed, n == 1 ? one : other) : json_string("blackhole");
}

static json_t *route_json(unsigned *seed)
{
    char p[PREFIX_TEXT_MAX];

    return json_pack("{s:s, s:o}", "destination", pick_prefix(seed, p), "nextHop",
                     hop_json(seed, MODEL_BORDER_GATEWAY, MODEL_INSTANCE));
}

static json_t *propagation_json(unsigned *seed)
{
    return json_pack("{s:o, s:o*}", "borderGatewayId", ref_json(seed, MODEL_BORDER_GATEWAY),
                     "vpcAttachmentId",
                     roll(seed, 2) ? ref_json(seed, MODEL_VPC_ATTACHMENT) : NULL);
}

static json_t *address_json(unsigned *seed)
{
    char a[ADDR_TEXT_MAX];

    return json_string(pick_address(seed, a));
}

/* The value of one field. */
static json_t *value_json(unsigned *seed, const struct model_field *f)
{
    char text[PREFIX_TEXT_MAX], inner[PREFIX_TEXT_MAX + 4];
    enum model_kind_id kind = MODEL_VPC;

    for (int i = 0; i < MODEL_KINDS; i++)
        kind = f->refs & 1U << i ? (enum model_kind_id)i : kind;
    if (strcmp(f->name, "interface") == 0)
        return json_string(roll(seed, 2) ? "t0" : "t1");
    switch (f->type) {
    case MODEL_REF:
        return ref_json(seed, kind);
    case MODEL_NEXT_HOP:
        return hop_json(seed, MODEL_VPC_ATTACHMENT, MODEL_VPN_CONNECTION);
    case MODEL_CIDR:
        return json_string(pick_prefix(seed, text));
    case MODEL_ADDRESS:
        return address_json(seed);
    case MODEL_INTERFACE:
        snprintf(inner, sizeof(inner), "%s/%u", pick_address(seed, text), 28 + roll(seed, 5));
        return json_string(inner);
    case MODEL_BOOL:
        return json_boolean(roll(seed, 2));
    case MODEL_INT:
        return json_integer(f->min + roll(seed, 2));
    case MODEL_OBJECT:
        if (strcmp(f->name, "translations") == 0)
            return json_pack("{s:s, s:s, s:s}", "side", "own", "prefix", pick_prefix(seed, text),
                             "seenAs", text);
        return strcmp(f->name, "routes") == 0 ? route_json(seed) : propagation_json(seed);
    default:
        return NULL;
    }
}

static json_t *list_json(unsigned *seed, const struct model_field *f)
{
    json_t *list = json_array();

    for (unsigned n = roll(seed, 4); n > 0; n--) {
        json_t *value = value_json(seed, f);

        if (value)
            json_array_append_new(list, value);
    }
    return list;
}

static struct model_resource *random_resource(unsigned *seed, enum model_kind_id kind,
                                              const char *id)
{
    static const char *const names[] = {"a", "b", "ab", "北"};
    json_t *json = json_pack("{s:s, s:s}", "id", id, "name", names[roll(seed, 4)]);
    struct model_resource *made = NULL;

    for (const struct model_field *f = model_kind(kind)->fields; f->name; f++) {
        bool stored = f->access != MODEL_STATUS && f->access != MODEL_ACTION;
        json_t *value = NULL;

        if (stored && ((f->flags & MODEL_REQUIRED) || roll(seed, 4)) &&
            (f->list || f->type != MODEL_OBJECT))
            value = f->list ? list_json(seed, f) : value_json(seed, f);
        if (value)
            json_object_set_new(json, f->name, value);
    }
    assert_int_equal(0, model_decode(model_kind(kind), json, &made, NULL));
    json_decref(json);
    return made;
}

/* ---- checks ---- */

static void check_list(struct snapshot_iter *it, const struct twin_list *wanted)
{
    const void *r;
    size_t i = 0;

    while ((r = snapshot_next(it))) {
        assert_true(i < wanted->count);
        assert_ptr_equal(wanted->items[i++].resource, r);
    }
    assert_int_equal(wanted->count, i);
    assert_null(snapshot_next(it));
}

static void check_kind(const struct snapshot *s, const struct twin *t, enum model_kind_id kind,
                       unsigned *seed)
{
    static const char *const names[] = {"a", "b", "ab", "北", "", "c"};
    struct snapshot_iter it;
    struct twin_list wanted;
    char id[40];

    twin_all(t, kind, NULL, &wanted);
    snapshot_all(&it, s, kind, NULL);
    check_list(&it, &wanted);
    assert_int_equal(wanted.count, snapshot_count(s, kind));
    twin_all(t, kind, pick_id(seed, kind, id), &wanted);
    snapshot_all(&it, s, kind, id);
    check_list(&it, &wanted);
    assert_ptr_equal(twin_get(t, kind, id), snapshot_get(s, kind, id));
    if (kind != MODEL_REGION && kind != MODEL_PLACEMENT)
        assert_ptr_equal(twin_get(t, kind, id), snapshot_find(s, id));
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        twin_named(t, kind, names[i], &wanted);
        snapshot_named(&it, s, kind, names[i]);
        check_list(&it, &wanted);
    }
}

static void check_links(const struct snapshot *s, const struct twin *t, const char *id)
{
    struct snapshot_iter it;
    struct twin_list wanted;

    for (int i = LINK_NONE + 1; i < LINKS; i++) {
        enum model_link link = (enum model_link)i;

        twin_linked(t, link, id, &wanted);
        snapshot_linked(&it, s, link, id);
        check_list(&it, &wanted);
        assert_int_equal(wanted.count, snapshot_count_linked(s, link, id));
    }
}

/* What is referred to over a link, in order, each once, is what has anything that refers to it. */
static void check_targets(const struct snapshot *s, unsigned *seed)
{
    enum model_link link = (enum model_link)(1 + roll(seed, LINKS - 1));
    const char *before = NULL, *target;
    size_t all = 0;

    while ((target = snapshot_next_target(s, link, before))) {
        assert_true(!before || strcmp(before, target) < 0);
        assert_true(snapshot_count_linked(s, link, target) > 0);
        all += snapshot_count_linked(s, link, target);
        before = target;
    }
    assert_int_equal(all, pmap_count(snapshot_map(s, (unsigned)MAP_LINKS + link)));
}

/* On few nodes, and on none, there are few interfaces. */
static void check_interfaces(const struct snapshot *s, const struct twin *t, const char *node)
{
    struct snapshot_iter it;
    struct twin_list wanted;
    char text[64];

    snprintf(text, sizeof(text), "%s/t0", node);
    twin_linked(t, LINK_INTERFACE, text, &wanted);
    snapshot_on_interface(&it, s, node, "t0", 0);
    check_list(&it, &wanted);
}

static void check_spaces(const struct snapshot *s, const struct twin *t, const char *scope,
                         unsigned *seed)
{
    struct snapshot_iter it;
    struct twin_list wanted;

    for (int i = 0; i < SPACES; i++) {
        enum model_space space = (enum model_space)i;
        const char *skip = NULL;
        const void *first = NULL;
        char text[PREFIX_TEXT_MAX];
        struct prefix p;

        twin_space(t, space, scope, &wanted);
        snapshot_space(&it, s, space, scope);
        check_list(&it, &wanted);
        assert_int_equal(0, prefix_parse(pick_prefix(seed, text), &p));
        if (wanted.count && roll(seed, 2))
            skip = wanted.items[roll(seed, (unsigned)wanted.count)].resource->id;
        for (size_t k = 0; !first && k < wanted.count; k++) {
            if (prefix_overlaps(&wanted.items[k].prefix, &p) &&
                (!skip || strcmp(skip, wanted.items[k].resource->id) != 0))
                first = wanted.items[k].resource;
        }
        assert_ptr_equal(first, snapshot_overlap(s, space, scope, &p, skip));
    }
}

static void check_ways(const struct snapshot *s, const struct twin *t, unsigned *seed)
{
    char vpc[40], gateway[40], tunnel[40];
    const struct model_route_table *table;
    const struct model_vpc_attachment *attachment;
    const struct model_vpn_tunnel *of;
    struct twin_list tables, attachments;
    const void *wanted = NULL;

    pick_id(seed, MODEL_VPC, vpc);
    pick_id(seed, MODEL_BORDER_GATEWAY, gateway);
    twin_linked(t, LINK_TABLE_VPC, vpc, &tables);
    for (size_t i = 0; !wanted && i < tables.count; i++) {
        table = (const void *)tables.items[i].resource;
        wanted = table->is_default ? table : NULL;
    }
    assert_ptr_equal(wanted, snapshot_default_table(s, vpc));
    wanted = NULL;
    twin_linked(t, LINK_ATTACHMENT_VPC, vpc, &attachments);
    for (size_t i = 0; !wanted && i < attachments.count; i++) {
        attachment = (const void *)attachments.items[i].resource;
        wanted = strcmp(attachment->border_gateway_id, gateway) == 0 ? attachment : NULL;
    }
    assert_ptr_equal(wanted, snapshot_attachment(s, gateway, vpc));
    of = twin_get(t, MODEL_VPN_TUNNEL, pick_id(seed, MODEL_VPN_TUNNEL, tunnel));
    if (of) {
        const struct model_vpn_connection *c =
            twin_get(t, MODEL_VPN_CONNECTION, of->vpn_connection_id);

        wanted = c ? twin_get(t, MODEL_BORDER_GATEWAY, c->border_gateway_id) : NULL;
        assert_ptr_equal(wanted, snapshot_gateway_of(s, of));
    }
    assert_ptr_equal(twin_get(t, MODEL_REGION, "r1"), snapshot_region(s));
}

static void check(const struct snapshot *s, const struct twin *t, unsigned *seed)
{
    enum model_kind_id kind = (enum model_kind_id)roll(seed, MODEL_KINDS);
    char id[40];

    check_kind(s, t, kind, seed);
    check_links(s, t, pick_id(seed, kind, id));
    check_links(s, t, "");
    check_links(s, t, "blackhole");
    check_targets(s, seed);
    check_interfaces(s, t, pick_id(seed, MODEL_NODE, id));
    check_interfaces(s, t, "");
    check_spaces(s, t, pick_id(seed, roll(seed, 2) ? MODEL_BORDER_GATEWAY : kind, id), seed);
    check_spaces(s, t, "", seed);
    check_ways(s, t, seed);
}

/* ---- histories ---- */

/* Several changes at once, also of one thing, in any order. */
static void change_both(struct snapshot **s, struct twin *t, uint64_t revision, unsigned *seed)
{
    struct snapshot_change changes[5];
    size_t count = 1 + roll(seed, 4);
    struct snapshot *next = NULL;
    char ids[5][40];

    for (size_t i = 0; i < count; i++) {
        enum model_kind_id kind = roll(seed, 2) ? MODEL_VPN_CONNECTION : MODEL_VPN_TUNNEL;
        const struct model_resource *r = NULL;

        if (roll(seed, 3)) /* else those that depend on each other most */
            kind = (enum model_kind_id)roll(seed, MODEL_KINDS);
        pick_id(seed, kind, ids[i]);
        if (roll(seed, 3))
            r = random_resource(seed, kind, ids[i]);
        else if (roll(seed, 4) == 0) /* the very same again */
            r = model_resource_ref(twin_get(t, kind, ids[i]));
        changes[i] = (struct snapshot_change){kind, ids[i], r};
        twin_set(t, kind, ids[i], r);
    }
    assert_int_equal(0, snapshot_apply(*s, changes, count, revision, &next));
    assert_true(snapshot_revision(next) == revision);
    for (size_t i = 0; i < count; i++)
        model_resource_unref(changes[i].resource);
    snapshot_unref(*s);
    *s = next;
}

#define VERSIONS 8

static void test_histories(void **state)
{
    struct snapshot *s = NULL, *old[VERSIONS] = {0};
    struct twin t = {.count = 0}, old_twins[VERSIONS] = {{.count = 0}};
    unsigned seed = 1;

    (void)state;
    for (uint64_t step = 1; step <= 1500; step++) {
        unsigned which = roll(&seed, VERSIONS);

        change_both(&s, &t, step, &seed);
        check(s, &t, &seed);
        check(old[which], &old_twins[which], &seed); /* none of it has moved */
        if (roll(&seed, 6) == 0) {
            snapshot_unref(old[which]);
            twin_done(&old_twins[which]);
            old[which] = snapshot_ref(s);
            old_twins[which] = twin_copy(&t);
        }
    }
    for (int i = 0; i < VERSIONS; i++) {
        snapshot_unref(old[i]);
        twin_done(&old_twins[i]);
    }
    snapshot_unref(s);
    twin_done(&t);
}

/* Everything is found in the same places, and weighs the same. */
static void check_alike(const struct snapshot *a, const struct snapshot *b)
{
    for (unsigned i = 0; i < MAPS; i++) {
        const struct pmap *m = snapshot_map(a, i), *n = snapshot_map(b, i);
        struct pmap_iter it;
        const void *key, *value;
        size_t len;

        assert_int_equal(pmap_count(m), pmap_count(n));
        pmap_begin(&it, m, NULL, 0);
        while ((value = pmap_next(&it, &key, &len))) {
            assert_ptr_equal(value, pmap_get(n, key, len));
            assert_true(pmap_weight_before(m, key, len) == pmap_weight_before(n, key, len));
        }
        assert_true(pmap_weight_before(m, "\xff", 1) == pmap_weight_before(n, "\xff", 1));
    }
}

/* A region comes back from a store in any order, and goes on from there. */
static void test_loading_in_any_order(void **state)
{
    struct snapshot *s = NULL;
    struct twin t = {.count = 0};
    unsigned seed = 3;

    (void)state;
    for (uint64_t step = 1; step <= 60; step++)
        change_both(&s, &t, step, &seed);
    for (int order = 0; order < 50; order++) {
        struct snapshot_change changes[TWIN_MAX];
        struct snapshot *loaded = NULL;

        for (size_t i = 0; i < t.count; i++) {
            size_t k = roll(&seed, (unsigned)i + 1);

            changes[i] = changes[k];
            changes[k] = (struct snapshot_change){t.items[i]->kind->id, t.items[i]->id, t.items[i]};
        }
        assert_int_equal(0, snapshot_apply(NULL, changes, t.count, 7, &loaded));
        check(loaded, &t, &seed);
        check_alike(s, loaded);
        snapshot_unref(s);
        s = loaded;
        for (uint64_t step = 0; step < 3; step++) {
            change_both(&s, &t, 8 + step, &seed);
            check(s, &t, &seed);
        }
    }
    snapshot_unref(s);
    twin_done(&t);
}

struct reader {
    pthread_t thread;
    struct snapshot *s;
    struct twin twin;
    unsigned seed;
};

static void *read_and_drop(void *arg)
{
    struct reader *r = arg;

    for (int i = 0; i < 60; i++)
        check(r->s, &r->twin, &r->seed);
    snapshot_unref(r->s);
    twin_done(&r->twin);
    return NULL;
}

/* Readers hold old versions and are the last to drop them, while the next ones are made. */
static void test_readers_beside_the_writer(void **state)
{
    struct reader readers[3] = {{0}};
    struct snapshot *s = NULL;
    struct twin t = {.count = 0};
    unsigned seed = 5;

    (void)state;
    for (int round = 0; round < 4; round++) {
        for (uint64_t step = 1; step <= 30; step++)
            change_both(&s, &t, step, &seed);
        for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
            readers[i] = (struct reader){.s = snapshot_ref(s),
                                         .twin = twin_copy(&t),
                                         .seed = (unsigned)i + 10U * (unsigned)round};
            assert_int_equal(0,
                             pthread_create(&readers[i].thread, NULL, read_and_drop, &readers[i]));
        }
        for (uint64_t step = 1; step <= 200; step++)
            change_both(&s, &t, step, &seed);
        for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
            pthread_join(readers[i].thread, NULL);
        check(s, &t, &seed);
    }
    snapshot_unref(s);
    twin_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histories),
        cmocka_unit_test(test_loading_in_any_order),
        cmocka_unit_test(test_readers_beside_the_writer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
