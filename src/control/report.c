#include "control_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* The status document of a node. Its texts come from peers on the other side of tunnels, so nothing
 * is believed: only members that the descriptors know are kept, in their type and size. */

#define TEXT_MAX 512 /* bytes of the longest text kept, with the 0 byte */

void report_text(char *dst, size_t size, const char *src)
{
    (void)text_printf(dst, size, "%s", src);
    for (char *c = dst; *c; c++) {
        /* DEL, and the C0 and C1 control characters, the latter as UTF-8. */
        if ((uint8_t)*c < 0x20 || *c == 0x7f)
            *c = ' ';
        else if ((uint8_t)c[0] == 0xc2 && (uint8_t)c[1] < 0xa0)
            c[0] = c[1] = ' ';
    }
}

bool report_is_time(const char *text)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";

    if (strlen(text) != strlen(form))
        return false;
    for (size_t i = 0; form[i]; i++) {
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    }
    return true;
}

/* ---- one value ---- */

static bool is_value_of(const struct model_field *f, const char *text)
{
    for (size_t i = 0; f->values && f->values[i]; i++) {
        if (strcmp(f->values[i], text) == 0)
            return true;
    }
    return false;
}

static json_t *take_text(const struct model_field *f, const char *said)
{
    char text[TEXT_MAX];
    unsigned max = f->max_len ? f->max_len : 255;

    report_text(text, MIN(sizeof(text), max + 1), said);
    return json_string(text);
}

static json_t *take_members(const struct model_field *fields, const json_t *said);

/* New; NULL if it is not what the field holds. */
static json_t *take_value(const struct model_field *f, json_t *said)
{
    const char *text = json_string_value(said);

    switch (f->type) {
    case MODEL_STRING:
        return text ? take_text(f, text) : NULL;
    case MODEL_ENUM:
        return text && is_value_of(f, text) ? json_incref(said) : NULL;
    case MODEL_TIME:
        return text && report_is_time(text) ? json_incref(said) : NULL;
    case MODEL_BOOL:
        return json_is_boolean(said) ? json_incref(said) : NULL;
    case MODEL_INT:
        return json_is_integer(said) && json_integer_value(said) >= f->min &&
                       json_integer_value(said) <= f->max
                   ? json_incref(said)
                   : NULL;
    case MODEL_OBJECT:
        return json_is_object(said) ? take_members(f->fields, said) : NULL;
    default:
        return NULL;
    }
}

static json_t *take_members(const struct model_field *fields, const json_t *said)
{
    json_t *made = json_object();

    for (const struct model_field *f = fields; made && f->name; f++) {
        json_t *value = json_object_get(said, f->name);

        value = value && f->access == MODEL_STATUS ? take_value(f, value) : NULL;
        if (value && json_object_set_new(made, f->name, value)) {
            json_decref(made);
            return NULL;
        }
    }
    return made;
}

/* ---- lists of tunnels and instances ---- */

/* Instances are reported in words of their own. */
static json_t *take_instance(const struct model_kind *kind, const json_t *item)
{
    json_t *said = json_pack("{s:O?, s:O?}", "status", json_object_get(item, "state"), "lastError",
                             json_object_get(item, "error"));
    json_t *made = take_members(kind->fields, said);

    json_decref(said);
    return made;
}

struct report_list {
    const char *name;  /* in the document */
    const char *state; /* the member that each must have */
    enum model_kind_id kind;
};

static const struct model_field *state_field(const struct model_kind *kind)
{
    return model_find_field(kind, kind->id == MODEL_INSTANCE ? "status" : "operState");
}

static int check_item(struct call *call, const struct report_list *list, size_t i,
                      const json_t *item)
{
    const struct model_kind *kind = model_kind(list->kind);
    const char *id = model_str(item, "id"), *state = model_str(item, list->state);
    char path[64];

    if (*id && is_value_of(state_field(kind), state))
        return 0;
    snprintf(path, sizeof(path), "%s[%zu].%s", list->name, i, *id ? list->state : "id");
    return model_error_set(&call->error, 400, "invalid-value", path, *id ? state : NULL,
                           "Each of %s needs an id and a known %s.", list->name, list->state);
}

static bool exists(struct call *call, const struct model_kind *kind, const char *id)
{
    struct store_key key = {.collection = kind->collection, .region = call->region, .id = id};
    struct store_item item = {0};
    bool is_there = store_get(call->c->store, &key, &item) == 0;

    store_item_done(&item);
    return is_there;
}

static int take_item(struct call *call, const struct model_kind *kind, const json_t *item,
                     json_t *map)
{
    const char *id = model_str(item, "id");
    json_t *status;

    if (!exists(call, kind, id))
        return 0; /* deleted meanwhile, or none of this region's */
    status =
        kind->id == MODEL_INSTANCE ? take_instance(kind, item) : take_members(kind->fields, item);
    return json_object_set_new(map, id, status) ? -ENOMEM : 0;
}

/* *ret maps ids to what is said of them. */
static int take_list(struct call *call, const json_t *doc, const struct report_list *list,
                     json_t **ret)
{
    const json_t *items = json_object_get(doc, list->name), *item;
    json_t *map;
    size_t i;
    int r = 0;

    if (items && !json_is_array(items))
        return model_error_set(&call->error, 400, "wrong-type", list->name, NULL,
                               "%s must be a list of objects.", list->name);
    map = json_object();
    if (!map)
        return -ENOMEM;
    json_array_foreach (items, i, item) {
        r = check_item(call, list, i, item);
        if (r == 0)
            r = take_item(call, model_kind(list->kind), item, map);
        if (r < 0) {
            json_decref(map);
            return r;
        }
    }
    *ret = map;
    return 0;
}

static int take_logs(struct status *s, const json_t *doc, const json_t *known)
{
    const json_t *item;
    size_t i;
    int r = 0;

    json_array_foreach (model_list(doc, "tunnels"), i, item) {
        const char *id = model_str(item, "id");

        if (r == 0 && json_object_get(known, id))
            r = tunnel_log_take(s, id, model_list(item, "log"));
    }
    return r;
}

/* ---- the node itself ---- */

#define DROPS_MAX 256 /* reasons */

/* Reasons become labels of /metrics. */
static bool is_reason(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

    return len > 0 && len < 64 && name[len] == 0;
}

/* Packets dropped since the data plane started, by reason. New. */
static json_t *take_drops(const json_t *said)
{
    json_t *made = json_object(), *count;
    const char *reason;

    json_object_foreach ((json_t *)(uintptr_t)said, reason, count) {
        if (json_object_size(made) < DROPS_MAX && is_reason(reason) && json_is_integer(count) &&
            json_integer_value(count) >= 0)
            (void)json_object_set(made, reason, count);
    }
    return made;
}

/* What the node says of itself, in the words of its resource. New. */
static json_t *take_itself(const json_t *doc)
{
    json_t *said = json_pack("{s:O?}", "lastError", json_object_get(doc, "error"));
    json_t *made = take_members(model_kind(MODEL_NODE)->fields, said);

    json_decref(said);
    return made;
}

int report_take(struct call *call, const char *node_id, const json_t *doc)
{
    static const struct report_list tunnel_list = {"tunnels", "operState", MODEL_VPN_TUNNEL};
    static const struct report_list instance_list = {"instances", "state", MODEL_INSTANCE};
    struct status *s = &call->c->status;
    json_t *tunnels = NULL, *instances = NULL, *node;
    int r = take_list(call, doc, &tunnel_list, &tunnels);

    if (r == 0)
        r = take_list(call, doc, &instance_list, &instances);
    if (r == 0)
        r = status_seen(call, node_id);
    node = json_object_get(s->nodes, node_id);
    if (r == 0 && (json_object_set(node, "tunnels", tunnels) ||
                   json_object_set(node, "instances", instances) ||
                   json_object_set_new(node, "itself", take_itself(doc)) ||
                   json_object_set_new(node, "drops", take_drops(json_object_get(doc, "drops")))))
        r = -ENOMEM;
    if (r == 0)
        r = take_logs(s, doc, tunnels);
    json_decref(tunnels);
    json_decref(instances);
    return r;
}
