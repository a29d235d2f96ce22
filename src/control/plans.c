#include "control_internal.h"

#include <stdlib.h>

/* One plan for each region, made when somebody needs it and kept until the region moves on. */

struct plan_cache {
    struct plan *plan;
    uint64_t revision;
    char region[STORE_NAME_MAX + 1];
    struct plan_cache *next;
};

void plans_done(struct control *c)
{
    while (c->plans) {
        struct plan_cache *next = c->plans->next;

        plan_free(c->plans->plan);
        free(c->plans);
        c->plans = next;
    }
}

/* A plan holds the keys of its region's tunnels. */
void plans_forget(struct control *c, const char *region)
{
    for (struct plan_cache **at = &c->plans; *at; at = &(*at)->next) {
        struct plan_cache *gone = *at;

        if (strcmp(gone->region, region) != 0)
            continue;
        *at = gone->next;
        plan_free(gone->plan);
        free(gone);
        return;
    }
}

/* Nodes with what is known of their liveness, which decides where gateways live. Takes nodes. */
static json_t *with_status(struct control *c, const char *region, json_t *nodes)
{
    const struct model_kind *kind = model_kind(MODEL_NODE);
    json_t *views = json_array(), *node;
    size_t i;

    json_array_foreach (nodes, i, node) {
        json_t *status = status_of(c, kind, region, node);

        if (json_array_append_new(views, model_view(kind, node, status))) {
            json_decref(views);
            views = NULL;
        }
        json_decref(status);
    }
    json_decref(nodes);
    return views;
}

/* A tunnel whose key cannot be read is none: it must not come up with another one. */
static void drop_locked(const struct model_kind *kind, json_t *list)
{
    for (size_t i = json_array_size(list); i > 0; i--) {
        if (secrets_missing(kind, json_array_get(list, i - 1)))
            (void)json_array_remove(list, i - 1);
    }
}

/* Whether resources of the kind have secrets. */
static bool has_secrets(const struct model_kind *kind)
{
    const struct model_field *f = kind->fields;

    while (f->name && !(f->flags & MODEL_SECRET))
        f++;
    return f->name;
}

static int make_plan(struct control *c, const char *region, uint64_t revision, struct plan **ret)
{
    struct plan_input in = {.revision = revision};
    json_t *lists[MODEL_KINDS] = {0};
    json_t *object = records_get(c, model_kind(MODEL_REGION), region, region);
    int r = object ? 0 : -EIO;

    for (int k = 0; r == 0 && k < MODEL_KINDS; k++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)k);

        if (k == MODEL_REGION)
            continue;
        lists[k] = records_list(c, kind, region, has_secrets(kind));
        if (has_secrets(kind))
            drop_locked(kind, lists[k]);
        if (k == MODEL_NODE && lists[k])
            lists[k] = with_status(c, region, lists[k]);
        if (!lists[k])
            r = -EIO;
        in.resources[k] = lists[k];
    }
    in.region = object;
    if (r == 0)
        r = plan_new(&in, ret);
    for (int k = 0; k < MODEL_KINDS; k++)
        json_decref(lists[k]);
    json_decref(object);
    return r;
}

int plans_get(struct control *c, const char *region, const struct plan **ret)
{
    uint64_t revision = store_revision(c->store, region);
    struct plan_cache *p = c->plans;
    struct plan *plan = NULL;
    int r;

    while (p && strcmp(p->region, region) != 0)
        p = p->next;
    if (p && p->revision == revision) {
        *ret = p->plan;
        return 0;
    }
    r = make_plan(c, region, revision, &plan);
    if (r < 0)
        return r;
    if (!p) {
        p = calloc(1, sizeof(*p));
        if (!p) {
            plan_free(plan);
            return -ENOMEM;
        }
        (void)text_copy(p->region, sizeof(p->region), region);
        p->next = c->plans;
        c->plans = p;
    }
    plan_free(p->plan);
    p->plan = plan;
    p->revision = revision;
    *ret = plan;
    return 0;
}

/* ---- what people ask of it ---- */

static int begin(struct call *call, const struct plan **ret)
{
    json_t *resource = call->id ? resources_load(call, call->kind, call->id) : NULL;

    if (call->id && !resource)
        return -ENOENT;
    json_decref(resource);
    return plans_get(call->c, call->region, ret);
}

static int respond_items(struct call *call, json_t *items)
{
    return respond_json(call, 200, items ? json_pack("{s:o}", "items", items) : NULL);
}

int plans_gateway_routes(struct call *call)
{
    const char *text = uri_param(&call->uri, "table");
    enum plan_table table = PLAN_EFFECTIVE;
    const struct plan *plan;
    json_t *items = NULL;
    int r = begin(call, &plan);

    if (r < 0)
        return r;
    if (text && plan_parse_table(text, &table) < 0)
        return model_error_set(&call->error, 400, "invalid-value", "table", text,
                               "table must be static, propagated or effective.");
    r = plan_gateway_routes(plan, call->id, table, &items);
    return r < 0 ? r : respond_items(call, items);
}

int plans_table_routes(struct call *call)
{
    const struct plan *plan;
    json_t *items = NULL;
    int r = begin(call, &plan);

    if (r == 0)
        r = plan_route_table_routes(plan, call->id, &items);
    return r < 0 ? r : respond_items(call, items);
}

static json_t *tunnel_status(void *user, const json_t *tunnel)
{
    const struct call *call = user;

    return status_of(call->c, model_kind(MODEL_VPN_TUNNEL), call->region, tunnel);
}

int plans_explain(struct call *call)
{
    const char *text = uri_param(&call->uri, "destination");
    const struct plan *plan;
    json_t *answer = NULL;
    struct addr destination;
    int r = begin(call, &plan);

    if (r < 0)
        return r;
    if (!text || addr_parse(text, &destination) < 0)
        return model_error_set(&call->error, 400, text ? "invalid-value" : "required",
                               "destination", text, "destination must be an IPv4 or IPv6 address.");
    r = plan_explain(plan, call->id, &destination, tunnel_status, call, &answer);
    return r < 0 ? r : respond_json(call, 200, answer);
}

int plans_problems(struct call *call)
{
    const struct plan *plan;
    json_t *items = NULL;
    int r = begin(call, &plan);

    if (r == 0)
        r = plan_problems(plan, &items);
    return r < 0 ? r : respond_items(call, items);
}
