#include "control_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* The status reports of nodes. Their texts come from peers on the other side of tunnels, so nothing
 * is believed: only members that the descriptors know are kept, in their type and size. */

#define TEXT_MAX 512 /* bytes of the longest text kept, with the 0 byte */

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

    untrusted_text(text, MIN(sizeof(text), max + 1), said);
    return json_string(text);
}

static json_t *take_members(const struct model_field *fields, const json_t *said);

/* New; NULL if it is not what the field holds. */
static json_t *take_value(const struct model_field *f, json_t *said)
{
    const char *text = json_string_value(said);
    uint64_t at;

    switch (f->type) {
    case MODEL_STRING:
        return text ? take_text(f, text) : NULL;
    case MODEL_ENUM:
        return text && is_value_of(f, text) ? json_incref(said) : NULL;
    case MODEL_TIME:
        return text && clock_parse(text, &at) == 0 ? json_incref(said) : NULL;
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
        if (value && json_object_set_new_nocheck(made, f->name, value)) {
            json_decref(made);
            return NULL;
        }
    }
    return made;
}

/* ---- one object ---- */

/* Instances are reported in words of their own. */
static json_t *take_instance(const struct model_kind *kind, const json_t *item)
{
    json_t *said = json_pack("{s:O?, s:O?}", "status", json_object_get(item, "state"), "lastError",
                             json_object_get(item, "lastError"));
    json_t *made = take_members(kind->fields, said);

    json_decref(said);
    return made;
}

/* 1 + the index of the state among the values of the kind's state; 0: it is none. */
static uint8_t state_of(const struct model_kind *kind, const json_t *status)
{
    const char *name = kind->id == MODEL_INSTANCE ? "status" : "operState";
    const struct model_field *f = model_find_field(kind, name);
    const char *text = model_str(status, name);

    for (uint8_t i = 0; f && f->values[i]; i++) {
        if (strcmp(f->values[i], text) == 0)
            return (uint8_t)(i + 1);
    }
    return 0;
}

static uint64_t number_of(const json_t *item, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(item, name));

    return n > 0 ? (uint64_t)n : 0;
}

/* Types with a status of their own; NULL: the type has none. */
static const struct model_kind *kind_of(const char *key)
{
    if (text_starts_with(key, "tunnel/"))
        return model_kind(MODEL_VPN_TUNNEL);
    if (text_starts_with(key, "instance/"))
        return model_kind(MODEL_INSTANCE);
    return NULL;
}

static int take_status(const char *key, const json_t *item, struct said *said, const char **ret_why)
{
    const struct model_kind *kind = kind_of(key);
    const json_t *status = json_object_get(item, "status");
    json_t *made;

    if (!kind)
        return 0;
    if (!json_is_object(status)) {
        *ret_why = "status must be an object.";
        return -EBADMSG;
    }
    made = kind->id == MODEL_INSTANCE ? take_instance(kind, status)
                                      : take_members(kind->fields, status);
    said->state = state_of(kind, made);
    said->status = made;
    if (!said->state) {
        *ret_why = kind->id == MODEL_INSTANCE ? "status.state is unknown."
                                              : "status.operState is unknown.";
        return -EBADMSG;
    }
    return made ? 0 : -ENOMEM;
}

/* New; NULL with *ret_why set (or without: out of memory). */
static struct said *take_said(const char *key, const json_t *item, uint64_t now_us,
                              const char **ret_why)
{
    struct said *said = calloc(1, sizeof(*said));
    char error[TEXT_MAX];

    if (!said)
        return NULL;
    untrusted_text(error, sizeof(error), model_str(item, "error"));
    said->at_us = now_us;
    said->version = number_of(item, "version");
    said->pending = json_is_true(json_object_get(item, "pending"));
    said->error = strdup(error);
    if (said->error && take_status(key, item, said, ret_why) == 0)
        return said;
    said_free(said);
    return NULL;
}

/* ---- the entries ---- */

struct taking {
    struct call *call;
    struct region *region;
    struct node_state *node;
    json_t *refused; /* [{"key", "error"}] */
};

static void refuse(struct taking *t, const char *key, const char *why)
{
    char text[128];

    untrusted_text(text, sizeof(text), key);
    (void)json_array_append_new(t->refused, json_pack("{s:s, s:s}", "key", text, "error", why));
}

/* A node is believed about what it was given, and nothing else. */
static bool is_its_own(const struct taking *t, const char *key)
{
    struct plan_object object;

    return t->region->planner && planner_find(t->region->planner, t->node->id, key, &object);
}

static int take_entry(struct taking *t, const json_t *item)
{
    const char *key = model_str(item, "key"), *why = NULL;
    struct said *said;
    int r;

    if (!*key || !is_its_own(t, key)) {
        refuse(t, key, *key ? "This node has no such object." : "An entry needs a key.");
        return 0;
    }
    said = take_said(key, item, t->call->now_us, &why);
    if (!said && !why)
        return -ENOMEM;
    if (!said) {
        refuse(t, key, why);
        return 0;
    }
    r = pmap_put(&said_type, &t->node->said, key, strlen(key), said, 1);
    if (r < 0) {
        said_free(said);
        return r;
    }
    if (text_starts_with(key, "tunnel/"))
        r = tunnel_log_take(t->region, key + strlen("tunnel/"), model_list(item, "log"));
    return r;
}

static int take_entries(struct taking *t, const json_t *doc)
{
    const json_t *item;
    size_t i;
    int r = 0;

    json_array_foreach (model_list(doc, "put"), i, item) {
        if (r == 0)
            r = take_entry(t, item);
    }
    json_array_foreach (model_list(doc, "gone"), i, item) {
        const char *key = json_string_value(item);

        if (r == 0 && key)
            r = pmap_remove(&said_type, &t->node->said, key, strlen(key));
        r = r == -ENOENT ? 0 : r;
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

/* ---- the report ---- */

static int check_form(struct call *call, const json_t *doc)
{
    static const struct {
        const char *name;
        json_type type;
        bool needed;
    } members[] = {
        {"epoch", JSON_STRING, true},    {"sequence", JSON_INTEGER, true},
        {"put", JSON_ARRAY, false},      {"gone", JSON_ARRAY, false},
        {"carried", JSON_OBJECT, false}, {"node", JSON_OBJECT, false},
    };

    if (json_object_get(doc, "tunnels"))
        return model_error_set(
            &call->error, 409, "conflict", NULL, NULL,
            "This is the status of a ropeway-node of an earlier version: upgrade "
            "it to the version of ropewayd, " ROPEWAY_VERSION ".");
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        const json_t *value = json_object_get(doc, members[i].name);

        if (value ? json_typeof(value) != members[i].type : members[i].needed)
            return model_error_set(&call->error, 400, value ? "wrong-type" : "required",
                                   members[i].name, NULL,
                                   "A status report needs epoch and sequence; put and gone are "
                                   "lists, carried and node are objects.");
    }
    if (strlen(model_str(doc, "epoch")) >= sizeof(((struct node_state *)0)->epoch))
        return model_error_set(&call->error, 400, "invalid-value", "epoch", NULL,
                               "epoch must have at most 31 bytes.");
    return 0;
}

/* Whether the report follows the last one. */
static int check_order(struct call *call, struct node_state *n, const json_t *doc)
{
    uint64_t sequence = number_of(doc, "sequence");

    if (json_is_true(json_object_get(doc, "reset"))) {
        pmap_unref(&said_type, n->said);
        n->said = NULL;
        (void)text_copy(n->epoch, sizeof(n->epoch), model_str(doc, "epoch"));
    } else if (!*n->epoch || strcmp(n->epoch, model_str(doc, "epoch")) != 0 ||
               sequence != n->sequence + 1) {
        return model_error_set(&call->error, 409, "out-of-sequence", "sequence", NULL,
                               "Reports are missing before this one: begin again with a new epoch "
                               "and reset.");
    }
    n->sequence = sequence;
    return 0;
}

static int take_all(struct taking *t, const json_t *doc)
{
    const json_t *carried = json_object_get(doc, "carried"), *node = json_object_get(doc, "node");
    struct node_state *n = t->node;
    int r = check_order(t->call, n, doc);

    if (r < 0)
        return r;
    live_heard(t->region, n, t->call->now_us);
    r = take_entries(t, doc);
    if (r < 0)
        *n->epoch = 0; /* half of it is missing: the next one is to be whole */
    if (node) {
        json_decref(n->itself);
        n->itself = take_itself(node);
        json_decref(n->drops);
        n->drops = take_drops(json_object_get(node, "drops"));
    }
    if (strcmp(model_str(carried, "epoch"), t->region->epoch) == 0)
        observed_carried(t->region, n, number_of(carried, "version"));
    return r;
}

int nodes_status(struct call *call)
{
    struct taking t = {.call = call, .region = call->place, .refused = json_array()};
    int r = resources_find(call) ? check_form(call, call->body) : -ENOENT;

    if (r == 0) {
        region_lock_planned(t.region);
        t.node = live_node(t.region, call->id, true);
        r = t.node ? take_all(&t, call->body) : -ENOMEM;
        pthread_mutex_unlock(&t.region->live);
    }
    if (r == 0) {
        control_tell(call->c, CONTROL_WAIT_OBSERVED, t.region->id, "");
        r = respond_json(call, 200,
                         json_pack("{s:O, s:O}", "sequence",
                                   json_object_get(call->body, "sequence"), "refused", t.refused));
    }
    json_decref(t.refused);
    return r;
}
