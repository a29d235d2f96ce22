#include "model_internal.h"

json_t *model_get(const struct model_request *q, enum model_kind_id kind, const char *id)
{
    return q->lookup->get(q->lookup->user, kind == MODEL_REGION ? NULL : q->region, kind, id);
}

struct where {
    const char *path;
    const char *value;
    const char *skip;
    model_visit *visit;
    void *arg;
};

static int visit_where(void *arg, const json_t *resource)
{
    const struct where *w = arg;

    if (w->path && strcmp(model_str(resource, w->path), w->value) != 0)
        return 0;
    if (w->skip && strcmp(model_str(resource, "id"), w->skip) == 0)
        return 0;
    return w->visit(w->arg, resource);
}

int model_list_where(const struct model_request *q, enum model_kind_id kind, const char *path,
                     const char *value, const char *skip, model_visit *visit, void *arg)
{
    struct where w = {path, value, skip, visit, arg};

    return q->lookup->list(q->lookup->user, kind == MODEL_REGION ? NULL : q->region, kind,
                           visit_where, &w);
}

static int visit_count(void *arg, const json_t *resource)
{
    (void)resource;
    ++*(int *)arg;
    return 0;
}

int model_count_where(const struct model_request *q, enum model_kind_id kind, const char *path,
                      const char *value)
{
    int count = 0;
    int r = model_list_where(q, kind, path, value, NULL, visit_count, &count);

    return r < 0 ? r : count;
}

static int visit_first(void *arg, const json_t *resource)
{
    *(json_t **)arg = json_incref((json_t *)resource);
    return 1;
}

int model_find_where(const struct model_request *q, enum model_kind_id kind, const char *path,
                     const char *value, const char *skip, json_t **ret)
{
    json_t *found = NULL;
    int r = model_list_where(q, kind, path, value, skip, visit_first, &found);

    if (r < 0)
        return r;
    *ret = found;
    return 0;
}

static int visit_default_table(void *arg, const json_t *resource)
{
    return model_bool(resource, "default", false) ? visit_first(arg, resource) : 0;
}

int model_default_table(const struct model_request *q, const char *vpc, json_t **ret)
{
    json_t *found = NULL;
    int r = model_list_where(q, MODEL_ROUTE_TABLE, "vpcId", vpc, NULL, visit_default_table, &found);

    if (r < 0)
        return r;
    *ret = found;
    return 0;
}

/* ---- attachments ---- */

static bool names(const json_t *attachment, const char *list, const char *id)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(attachment, list), i, item) {
        const char *text = json_string_value(item);

        if (text && strcmp(text, id) == 0)
            return true;
    }
    return false;
}

bool model_names_table(const json_t *attachment, const char *table)
{
    return names(attachment, "routeTableIds", table);
}

bool model_propagates(const json_t *attachment, const json_t *subnet)
{
    const char *mode = model_str(attachment, "propagation");

    if (strcmp(model_str(subnet, "vpcId"), model_str(attachment, "vpcId")) != 0)
        return false;
    return strcmp(mode, "all") == 0 || (strcmp(mode, "subnets") == 0 &&
                                        names(attachment, "subnetIds", model_str(subnet, "id")));
}

/* ---- nodes ---- */

static int visit_interface(void *arg, const json_t *instance)
{
    return strcmp(model_str(instance, "interface"), arg) == 0;
}

bool model_interface_taken(const struct model_request *q, const char *node, const char *interface)
{
    return *interface && model_list_where(q, MODEL_INSTANCE, "nodeId", node, NULL, visit_interface,
                                          (void *)(uintptr_t)interface) != 0;
}

bool model_has_role(const json_t *node, const char *role)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(node, "roles"), i, item) {
        const char *text = json_string_value(item);

        if (text && strcmp(text, role) == 0)
            return true;
    }
    return false;
}

static bool in_touch(const json_t *node)
{
    return strcmp(model_str(node, "status"), "offline") != 0;
}

bool model_carries_rather(const json_t *a, const json_t *b)
{
    bool x = model_has_role(a, "gateway"), y = model_has_role(b, "gateway");
    int older;

    if (!b)
        return true;
    if (x != y)
        return x;
    x = in_touch(a);
    y = in_touch(b);
    if (x != y)
        return x;
    older = strcmp(model_str(a, "createdAt"), model_str(b, "createdAt")); /* all of one form */
    return older ? older < 0 : strcmp(model_str(a, "id"), model_str(b, "id")) < 0;
}
