#include "hosts.h"
#include "learned.h"
#include "notice.h"
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>

/* The status reports of nodes. Their texts come from peers on the other side of tunnels, so nothing
 * is believed: only members that the descriptors know are kept, in their type and size. */

#define TEXT_MAX 512 /* bytes of the longest text kept, with the 0 byte */

/* ---- one value ---- */

static json_t *take_text(const struct model_field *f, const char *said)
{
    char text[TEXT_MAX];
    unsigned max = f->max_len ? f->max_len : 255;
    size_t size = MIN(sizeof(text), max + 1);

    if (f->flags & MODEL_WORDS)
        untrusted_words(text, size, said);
    else
        untrusted_text(text, size, said);
    return json_string(text);
}

static json_t *take_members(const struct model_field *fields, struct model_in *said);

static json_t *take_integer(const struct model_field *f, const struct model_in *said)
{
    int64_t n;

    return model_in_integer(said, &n) && n >= f->min && n <= f->max ? json_integer(n) : NULL;
}

/* New; NULL if it is not what the field holds. */
static json_t *take_value(const struct model_field *f, struct model_in *said)
{
    const char *text = model_in_string(said, NULL);
    uint64_t at;
    bool truth;

    switch (f->type) {
    case MODEL_STRING:
        return text ? take_text(f, text) : NULL;
    case MODEL_ENUM:
        return text && model_value_code(f, text) ? json_string(text) : NULL;
    case MODEL_TIME:
        return text && clock_parse(text, &at) == 0 ? json_string(text) : NULL;
    case MODEL_BOOL:
        return model_in_boolean(said, &truth) ? json_boolean(truth) : NULL;
    case MODEL_INT:
        return take_integer(f, said);
    case MODEL_OBJECT:
        return model_in_type(said) == MODEL_IN_OBJECT ? take_members(f->fields, said) : NULL;
    default:
        return NULL;
    }
}

static json_t *take_members(const struct model_field *fields, struct model_in *said)
{
    json_t *made = json_object();

    for (const struct model_field *f = fields; made && f->name; f++) {
        struct model_in member;
        json_t *value;

        if (f->access != MODEL_STATUS)
            continue;
        member = model_in_member(said, f->name);
        value = take_value(f, &member);
        if (value && json_object_set_new_nocheck(made, f->name, value)) {
            json_decref(made);
            return NULL;
        }
    }
    return made;
}

/* {field: value}, or {} if the value is none of the field's. New. */
static json_t *take_one(enum model_kind_id kind, const char *field, struct model_in value)
{
    return json_pack("{s:o*}", field,
                     take_value(model_find_field(model_kind(kind), field), &value));
}

/* ---- one object ---- */

/* Instances are reported in words of their own. */
static json_t *take_instance(struct model_in *said)
{
    json_t *made = take_one(MODEL_INSTANCE, "status", model_in_member(said, "state"));
    json_t *error = take_one(MODEL_INSTANCE, "lastError", model_in_member(said, "lastError"));

    if (made && json_object_update(made, error)) {
        json_decref(made);
        made = NULL;
    }
    json_decref(error);
    return made;
}

/* The members of "bgp", by the names that the kind has for them, if it has any. 0, or -ENOMEM. */
static int take_bgp(const struct model_kind *kind, struct model_in *said, json_t *made)
{
    static const struct {
        const char *theirs, *ours;
    } names[] = {{"state", "bgpState"},
                 {"since", "bgpSince"},
                 {"lastError", "bgpLastError"},
                 {"peerAsn", "bgpPeerAsn"},
                 {"holdSeconds", "bgpHoldSeconds"},
                 {"learned", "bgpLearned"},
                 {"announced", "bgpAnnounced"},
                 {"bfd", "bfdState"}};
    struct model_in bgp = model_in_member(said, "bgp");
    int r = 0;

    if (model_in_type(&bgp) != MODEL_IN_OBJECT)
        return 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++) {
        json_t *one;

        if (!model_find_field(kind, names[i].ours))
            continue;
        one = take_one(kind->id, names[i].ours, model_in_member(&bgp, names[i].theirs));
        r = one && json_object_update(made, one) == 0 ? 0 : -ENOMEM;
        json_decref(one);
    }
    return r;
}

/* A tunnel, or private interface. */
static json_t *take_tunnel(const struct model_kind *kind, struct model_in *said)
{
    json_t *made = take_members(kind->fields, said);

    if (made && take_bgp(kind, said, made) == 0)
        return made;
    json_decref(made);
    return NULL;
}

/* 1 + the index of the state among the values of the kind's state; 0: it is none. */
static uint8_t state_of(const struct model_kind *kind, const json_t *status)
{
    const char *name = kind->id == MODEL_INSTANCE ? "status" : "operState";
    const struct model_field *f = model_find_field(kind, name);

    return f ? (uint8_t)model_value_code(f, model_str(status, name)) : 0;
}

static uint64_t number_of(struct model_in *item, const char *name)
{
    const struct model_in member = model_in_member(item, name);
    int64_t n;

    return model_in_integer(&member, &n) && n > 0 ? (uint64_t)n : 0;
}

static bool truth_of(struct model_in *item, const char *name)
{
    const struct model_in member = model_in_member(item, name);
    bool truth;

    return model_in_boolean(&member, &truth) && truth;
}

/* Types with a status of their own; NULL: the type has none. */
static const struct model_kind *kind_of(const char *key)
{
    if (text_starts_with(key, "tunnel/"))
        return model_kind(MODEL_VPN_TUNNEL);
    if (text_starts_with(key, "line/"))
        return model_kind(MODEL_PRIVATE_INTERFACE);
    if (text_starts_with(key, "network/"))
        return model_kind(MODEL_SUBNET);
    if (text_starts_with(key, "instance/"))
        return model_kind(MODEL_INSTANCE);
    return NULL;
}

/* Counters that began anew have another epoch: its name is said by a member. */
static uint64_t life_of(struct model_in *counters, const char *member)
{
    const char *epoch =
        model_in_type(counters) == MODEL_IN_OBJECT ? model_in_text(counters, member) : "";

    return *epoch ? hash_bytes(epoch, strlen(epoch), 1) : 0;
}

/* What the data plane counted of an instance or an attachment, by the names of a tunnel's counters;
 * who reads their resources does not see it. */
static int take_counts(struct model_in *status, struct said *said)
{
    struct model_in counters = model_in_member(status, "counters");

    if (model_in_type(&counters) != MODEL_IN_OBJECT)
        return 0;
    said->counted_by = life_of(&counters, "epoch");
    said->counts =
        take_value(model_find_field(model_kind(MODEL_VPN_TUNNEL), "counters"), &counters);
    return said->counts ? 0 : -ENOMEM;
}

static int take_status(const char *key, struct model_in *item, struct said *said,
                       enum words_code *ret_why)
{
    const struct model_kind *kind = kind_of(key);
    struct model_in status = model_in_member(item, "status"), counters;
    json_t *made;

    if (text_starts_with(key, "attachment/"))
        return take_counts(&status, said);
    if (!kind)
        return 0;
    if (model_in_type(&status) != MODEL_IN_OBJECT) {
        *ret_why = WORDS_REPORT_STATUS;
        return -EBADMSG;
    }
    made = kind->id == MODEL_INSTANCE ? take_instance(&status) : take_tunnel(kind, &status);
    said->state = state_of(kind, made);
    counters = model_in_member(&status, "counters");
    said->counted_by = life_of(&counters, "epoch");
    said->asked_by = life_of(&counters, "dpdEpoch");
    said->status = made;
    if (kind->id == MODEL_INSTANCE && take_counts(&status, said) < 0)
        return -ENOMEM;
    if (!said->state) {
        *ret_why = kind->id == MODEL_INSTANCE ? WORDS_REPORT_STATE : WORDS_REPORT_OPER_STATE;
        return -EBADMSG;
    }
    return made ? 0 : -ENOMEM;
}

/* New; NULL with *ret_why set (or without: out of memory). */
static struct said *take_said(const char *key, struct model_in *item, uint64_t now_us,
                              enum words_code *ret_why)
{
    struct said *said = calloc(1, sizeof(*said));
    char error[TEXT_MAX];

    if (!said)
        return NULL;
    untrusted_words(error, sizeof(error), model_in_text(item, "error"));
    said->at_us = now_us;
    if (clock_parse(model_in_text(item, "at"), &said->sampled_us) < 0)
        said->sampled_us = 0;
    said->version = number_of(item, "version");
    said->pending = truth_of(item, "pending");
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

static void refuse(struct taking *t, const char *key, enum words_code why)
{
    char text[128];

    untrusted_text(text, sizeof(text), key);
    (void)json_array_append_new(
        t->refused, json_pack("{s:s, s:s}", "key", text, "error", words_template(why, WORDS_EN)));
}

/* A node is believed about what it was given, and nothing else. */
static bool is_its_own(const struct taking *t, const char *key)
{
    struct plan_object object;

    return t->region->planner && planner_find(t->region->planner, t->node->id, key, &object);
}

/* Nothing that its resource shows is another than before. */
static bool only_counts(const struct said *before, const struct said *now)
{
    return before && now->counts && before->version == now->version &&
           before->pending == now->pending && before->state == now->state &&
           strcmp(before->error, now->error) == 0 &&
           (before->status == now->status || json_equal(before->status, now->status));
}

static int take_entry(struct taking *t, struct model_in *item)
{
    const char *key = model_in_text(item, "key");
    enum words_code why = WORDS_FOREIGN;
    struct model_in log;
    struct said *said;
    bool news;
    int r;

    if (!*key || !is_its_own(t, key)) {
        refuse(t, key, *key ? WORDS_REPORT_FOREIGN : WORDS_REPORT_KEY);
        return 0;
    }
    said = take_said(key, item, t->call->now_us, &why);
    if (!said && !why)
        return -ENOMEM;
    if (!said) {
        refuse(t, key, why);
        return 0;
    }
    if (text_starts_with(key, "tunnel/"))
        notice_tunnel(t->region, key + strlen("tunnel/"), pmap_get(t->node->said, key, strlen(key)),
                      said);
    if (text_starts_with(key, "line/"))
        notice_line(t->region, key + strlen("line/"), pmap_get(t->node->said, key, strlen(key)),
                    said);
    if (text_starts_with(key, "network/"))
        notice_network(t->region, key + strlen("network/"),
                       pmap_get(t->node->said, key, strlen(key)), said);
    news = !only_counts(pmap_get(t->node->said, key, strlen(key)), said);
    r = pmap_put(&said_type, &t->node->said, key, strlen(key), said, 1);
    if (r < 0) {
        said_free(said);
        return r;
    }
    if (news)
        feed_mark_said(t->region, key);
    log = model_in_member(item, "log");
    if (text_starts_with(key, "tunnel/"))
        r = tunnel_log_take(t->region, key + strlen("tunnel/"), &log);
    return r;
}

static int take_gone(struct taking *t, const char *key)
{
    int r = key ? pmap_remove(&said_type, &t->node->said, key, strlen(key)) : 0;

    if (key && r == 0)
        feed_mark_said(t->region, key);
    return r == -ENOENT ? 0 : r;
}

static int take_entries(struct taking *t, struct model_in *doc)
{
    const struct model_in put = model_in_member(doc, "put"), gone = model_in_member(doc, "gone");
    struct model_in_walk w = model_in_values(&put);
    struct model_in item;
    int r = 0;

    while (r == 0 && model_in_next(&w, NULL, &item))
        r = take_entry(t, &item);
    w = model_in_values(&gone);
    while (r == 0 && model_in_next(&w, NULL, &item))
        r = take_gone(t, model_in_string(&item, NULL));
    return r;
}

/* ---- routes and hosts ---- */

static void refuse_heard(void *arg, const char *key, enum words_code why)
{
    refuse(arg, key, why);
}

static int take_learned(struct taking *t, struct model_in *doc)
{
    const struct model_in learned = model_in_member(doc, "learned");

    if (model_in_type(&learned) != MODEL_IN_OBJECT)
        return 0;
    return learned_take(t->region, t->node, &learned, refuse_heard, t);
}

static int take_hosts(struct taking *t, struct model_in *doc)
{
    const struct model_in hosts = model_in_member(doc, "hosts");

    if (model_in_type(&hosts) != MODEL_IN_OBJECT)
        return 0;
    return hosts_take(t->region, t->node, &hosts, refuse_heard, t);
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
static json_t *take_drops(const struct model_in *said)
{
    json_t *made = json_object();
    struct model_in_walk w = model_in_values(said);
    struct model_in count;
    const char *reason;
    int64_t n;

    while (model_in_next(&w, &reason, &count)) {
        if (json_object_size(made) < DROPS_MAX && reason && is_reason(reason) &&
            model_in_integer(&count, &n) && n >= 0)
            (void)json_object_set_new(made, reason, json_integer(n));
    }
    return made;
}

static void take_usage(struct node_state *n, struct model_in *said)
{
    struct model_in usage = model_in_member(said, "usage");

    if (model_in_type(&usage) != MODEL_IN_OBJECT)
        return;
    n->usage = (struct node_usage){.cpu_us = number_of(&usage, "cpuUs"),
                                   .booted_s = number_of(&usage, "bootedAt"),
                                   .cpus = number_of(&usage, "cpus"),
                                   .memory = number_of(&usage, "memoryBytes"),
                                   .memory_total = number_of(&usage, "memoryTotalBytes")};
}

/* What the node says of itself, in the words of its resource. */
static void take_itself(struct node_state *n, struct model_in *said)
{
    const struct model_in drops = model_in_member(said, "drops");

    take_usage(n, said);
    n->counted_by = life_of(said, "epoch");

    json_decref(n->itself);
    n->itself = take_one(MODEL_NODE, "lastError", model_in_member(said, "error"));
    json_decref(n->drops);
    n->drops = take_drops(&drops);
}

/* ---- the report ---- */

static int check_form(struct call *call, struct model_in *doc)
{
    static const struct {
        const char *name;
        enum model_in_type type;
        bool needed;
    } members[] = {
        {"epoch", MODEL_IN_STRING, true},    {"sequence", MODEL_IN_INTEGER, true},
        {"put", MODEL_IN_ARRAY, false},      {"gone", MODEL_IN_ARRAY, false},
        {"carried", MODEL_IN_OBJECT, false}, {"node", MODEL_IN_OBJECT, false},
        {"learned", MODEL_IN_OBJECT, false}, {"hosts", MODEL_IN_OBJECT, false},
    };
    const struct model_in tunnels = model_in_member(doc, "tunnels");

    if (model_in_type(&tunnels) != MODEL_IN_NONE)
        return model_error_set(&call->error, 409, "conflict", NULL, NULL,
                               SAY(REQUEST_REPORT_TOO_OLD, ROPEWAY_VERSION));
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        const struct model_in value = model_in_member(doc, members[i].name);
        bool there = model_in_type(&value) != MODEL_IN_NONE;

        if (there ? model_in_type(&value) != members[i].type : members[i].needed)
            return model_error_set(&call->error, 400, there ? "wrong-type" : "required",
                                   members[i].name, NULL, SAY(REQUEST_REPORT_MEMBERS));
    }
    if (strlen(model_in_text(doc, "epoch")) >= sizeof(((struct node_state *)0)->epoch))
        return model_error_set(&call->error, 400, "invalid-value", "epoch", NULL,
                               SAY(REQUEST_REPORT_EPOCH));
    return 0;
}

/* Whether the report follows the last one. */
static int check_order(struct call *call, struct region *r, struct node_state *n,
                       struct model_in *doc)
{
    const char *epoch = model_in_text(doc, "epoch");
    uint64_t sequence = number_of(doc, "sequence");

    if (truth_of(doc, "reset")) {
        pmap_unref(&said_type, n->said);
        n->said = NULL;
        heard_forget_node(&r->learned, n->id);
        heard_forget_node(&r->hosts, n->id);
        (void)text_copy(n->epoch, sizeof(n->epoch), epoch);
    } else if (!*n->epoch || strcmp(n->epoch, epoch) != 0 || sequence != n->sequence + 1) {
        return model_error_set(&call->error, 409, "out-of-sequence", "sequence", NULL,
                               SAY(REQUEST_REPORT_GAP));
    }
    n->sequence = sequence;
    return 0;
}

static int take_all(struct taking *t, struct model_in *doc)
{
    struct model_in carried = model_in_member(doc, "carried"), node = model_in_member(doc, "node");
    struct node_state *n = t->node;
    int r = check_order(t->call, t->region, n, doc);

    if (r < 0)
        return r;
    live_heard(t->region, n, t->call->now_us);
    r = take_entries(t, doc);
    if (r == 0)
        r = take_learned(t, doc);
    if (r == 0)
        r = take_hosts(t, doc);
    if (r < 0)
        *n->epoch = 0; /* half of it is missing: the next one is to be whole */
    if (model_in_type(&node) == MODEL_IN_OBJECT)
        take_itself(n, &node);
    notice_node(t->region, n);
    if (r == 0)
        recorder_take(t->region, n, doc, t->call->now_us);
    if (strcmp(model_in_text(&carried, "epoch"), t->region->epoch) == 0)
        observed_carried(t->region, n, number_of(&carried, "version"));
    feed_look(t->region);
    return r;
}

int nodes_status(struct call *call)
{
    struct taking t = {.call = call, .region = call->place, .refused = json_array()};
    struct model_in doc = call->in;
    int r = resources_find(call) ? check_form(call, &doc) : -ENOENT;

    if (r == 0) {
        region_lock_planned(t.region);
        t.node = live_node(t.region, call->id, true);
        r = t.node ? take_all(&t, &doc) : -ENOMEM;
        pthread_mutex_unlock(&t.region->live);
    }
    if (r == 0) {
        control_tell(call->c, CONTROL_WAIT_OBSERVED, t.region->id, "");
        r = respond_json(call, 200,
                         json_pack("{s:I, s:O}", "sequence",
                                   (json_int_t)number_of(&doc, "sequence"), "refused", t.refused));
    }
    json_decref(t.refused);
    return r;
}
