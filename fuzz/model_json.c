/* A request body against the descriptors: the first byte chooses the kind, the rest is JSON. What
 * is accepted must be stable: its own output, given again as a request or as a patch, changes
 * nothing. Then the same among others: created, as a patch of what there is, and deleted. */
#include <stdlib.h>

#include "snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A small region: there is one of each kind, whose id ends with ten times a. */
static struct snapshot *region;
/* What ids are made of: those of requests end with ten times b. */
static uint8_t letter;

static void letters(void *ret, size_t len)
{
    memset(ret, letter, len);
}

static void must(bool truth)
{
    if (!truth)
        abort();
}

static void check_problem(const struct model_error *e)
{
    for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++) {
        json_t *problem = model_error_problem(e, lang);
        char *text = json_dumps(problem, 0);

        must(problem && text && e->rule[0] == '{' && e->status >= 400);
        must(words_find(json_string_value(json_object_get(problem, "code"))) != WORDS_FOREIGN);
        free(text);
        json_decref(problem);
    }
}

/* Each is a message that the catalogue knows. */
static void check_warnings(json_t *warnings)
{
    struct words_read read;
    json_t *item;
    size_t i;

    json_array_foreach (warnings, i, item)
        must(words_read(json_string_value(item), &read)->code != WORDS_FOREIGN);
}

/* The request that would make the same resource: without what only the server sets. */
static json_t *as_request(const struct model_kind *kind, const json_t *resource)
{
    json_t *copy = json_deep_copy(resource);

    for (const struct model_field *f = kind->fields; f->name; f++) {
        if (f->access == MODEL_READ_ONLY)
            json_object_del(copy, f->name);
    }
    return copy;
}

static void check_stable(const struct model_kind *kind, const json_t *first)
{
    struct model_error error = {0};
    json_t *again = NULL, *updated = NULL, *request = as_request(kind, first);

    must(model_validate_create(kind, request, &again, NULL, &error) == 0);
    must(json_equal(first, again));
    must(model_validate_update(kind, first, request, &updated, NULL, &error) == 0);
    must(json_equal(first, updated));
    json_decref(updated);
    json_decref(again);
    json_decref(request);
}

/* ---- among others ---- */

static int seal(void *user, const char *id, const char *field, const char *clear, char **ret)
{
    (void)user;
    (void)id;
    (void)field;
    *ret = strdup(clear);
    return *ret ? 0 : -ENOMEM;
}

static const struct model_env env = {.now_us = 1, .random = letters, .seal = seal, .open = seal};

static void apply(struct snapshot **s, const struct model_changes *changes)
{
    struct snapshot *next = NULL;

    for (size_t i = 0; i < changes->count; i++) {
        const struct model_change *c = &changes->items[i];
        const struct model_resource *any = c->after ? c->after : c->before;
        const struct snapshot_change step = {any->kind->id, any->id, c->after};

        must(snapshot_apply(*s, &step, 1, snapshot_revision(*s) + 1, &next) == 0);
        snapshot_unref(*s);
        *s = next;
    }
}

static void make(enum model_kind_id kind, const char *request)
{
    struct model_changes changes = {0};
    struct model_error error = {0};
    json_t *in = json_loads(request, 0, NULL);

    must(model_create(region, &env, model_kind(kind), in, &changes, &error) == 0);
    apply(&region, &changes);
    model_changes_done(&changes);
    json_decref(in);
}

static void make_region(void)
{
    make(MODEL_REGION, "{\"id\": \"r1\", \"publicPools\": [\"192.0.2.0/24\"]}");
    make(MODEL_NODE, "{}");
    make(MODEL_VPC, "{\"cidr\": \"10.0.0.0/16\"}");
    make(MODEL_SUBNET, "{\"vpcId\": \"vpc-aaaaaaaaaa\", \"cidr\": \"10.0.0.0/24\"}");
    make(MODEL_INSTANCE, "{\"subnetId\": \"subnet-aaaaaaaaaa\"}");
    make(MODEL_BORDER_GATEWAY, "{}");
    make(MODEL_VPC_ATTACHMENT,
         "{\"borderGatewayId\": \"bgw-aaaaaaaaaa\", \"vpcId\": \"vpc-aaaaaaaaaa\"}");
    make(MODEL_CUSTOMER_GATEWAY, "{\"addresses\": [\"198.51.100.1\", \"198.51.100.2\"]}");
    make(MODEL_VPN_CONNECTION, "{\"borderGatewayId\": \"bgw-aaaaaaaaaa\", \"customerGatewayId\": "
                               "\"cgw-aaaaaaaaaa\"}");
    make(MODEL_VPN_TUNNEL, "{\"vpnConnectionId\": \"vpn-aaaaaaaaaa\"}");
    make(MODEL_BORDER_GATEWAY_ROUTE,
         "{\"borderGatewayId\": \"bgw-aaaaaaaaaa\", \"destination\": \"10.9.0.0/16\", "
         "\"nextHop\": \"vpn-aaaaaaaaaa\"}");
    letter = 1;
}

static void free_region(void)
{
    snapshot_unref(region);
}

/* The resource of that kind that the request made, as it is in s. */
static void check_delete(const struct snapshot *s, const struct model_resource *r)
{
    struct model_changes changes = {0};
    struct model_error error = {0};
    struct snapshot *without = snapshot_ref(s);

    if (model_delete(s, &env, snapshot_get(s, r->kind->id, r->id), &changes, &error) < 0)
        check_problem(&error);
    apply(&without, &changes);
    must(!changes.count || !snapshot_get(without, r->kind->id, r->id));
    snapshot_unref(without);
    model_changes_done(&changes);
    model_error_done(&error);
}

static void check_view(const struct model_resource *r)
{
    json_t *view = model_view(r, NULL, NULL);

    must(view && !json_object_get(view, "psk"));
    json_decref(view);
}

/* Whatever was said of the changes, they can be applied; and what is not refused is typed, and may
 * be deleted or is told why not. */
static void check_outcome(int r, struct model_changes *changes, struct model_error *error)
{
    struct snapshot *s = snapshot_ref(region);

    if (r < 0)
        check_problem(error);
    must(r == 0 || !changes->count);
    apply(&s, changes);
    if (changes->count)
        check_view(changes->items[0].after);
    if (changes->count && changes->items[0].kind->id != MODEL_REGION)
        check_delete(s, changes->items[0].after);
    snapshot_unref(s);
    model_changes_done(changes);
    model_error_done(error);
}

static void try_whole(const struct model_kind *kind, const json_t *in)
{
    struct model_changes changes = {0};
    struct model_error error = {0};
    int r =
        model_create(kind->id == MODEL_REGION ? NULL : region, &env, kind, in, &changes, &error);

    check_outcome(r, &changes, &error);
    snapshot_each (struct model_resource, current, it, region, kind->id) {
        r = model_update(region, &env, current, in, &changes, &error);
        check_outcome(r, &changes, &error);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct model_kind *kind;
    struct model_error error = {0};
    json_t *in, *out = NULL, *warnings;

    if (!size)
        return 0;
    if (!region) {
        make_region();
        (void)atexit(free_region);
    }
    kind = model_kind((enum model_kind_id)(data[0] % MODEL_KINDS));
    in = json_loadb((const char *)data + 1, size - 1, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!in)
        return 0;
    warnings = json_array();
    if (model_validate_create(kind, in, &out, warnings, &error) == 0)
        check_stable(kind, out);
    else
        check_problem(&error);
    check_warnings(warnings);
    json_decref(warnings);
    try_whole(kind, in);
    json_decref(out);
    json_decref(in);
    model_error_done(&error);
    return 0;
}
