/* What ropewayd is told of the objects, each time only what it does not know (docs/protocol.md,
 * "Status"). What a report said counts as known when ropewayd has taken it; what was under way with
 * one that failed is told again with the next. */
#include "node_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE_BYTES (256U << 10)

/* The key of an object that is gone. */
struct gone_key {
    struct name_link link;
    struct list all;
    char key[];
};

/* ---- what is due ---- */

void report_due(struct node *node, struct object *o)
{
    if (list_empty(&o->report.due))
        list_append(&node->report.due, &o->report.due);
}

void report_all_due(struct node *node)
{
    list_for_each (o, &node->set.all, struct object, all)
        report_due(node, o);
}

void report_tunnels_due(struct node *node)
{
    list_for_each (t, &node->tunnels, struct node_tunnel, all) {
        if (t->object)
            report_due(node, t->object);
    }
}

static void forget_gone(struct node *node, struct gone_key *g)
{
    name_map_remove(&node->report.gone, &g->link);
    list_remove(&g->all);
    free(g);
}

static void forget_all_gone(struct node *node, struct list *all)
{
    list_for_each_safe (g, all, struct gone_key, all)
        forget_gone(node, g);
}

void report_gone(struct node *node, struct object *o)
{
    struct name_link *link = name_map_find(&node->report.gone, o->key);
    size_t len = strlen(o->key) + 1;
    struct gone_key *g = link ? container_of(link, struct gone_key, link) : NULL;

    if (!o->report.told)
        return;
    if (!g) {
        g = calloc(1, sizeof(*g) + len);
        if (!g || name_map_add(&node->report.gone, &g->link, memcpy(g->key, o->key, len)) < 0) {
            free(g);
            report_reset(node); /* a whole listing says it, too */
            return;
        }
        list_init(&g->all);
    }
    list_remove(&g->all);
    list_append(&node->report.gone_due, &g->all);
    node_report_soon(node);
}

void report_reset(struct node *node)
{
    struct node_report *r = &node->report;

    r->outdated = r->under_way;
    random_base32(r->epoch, 20);
    r->sequence = 1;
    r->said_version = 0;
    r->said_epoch[0] = 0;
    forget_all_gone(node, &r->gone_due);
    forget_all_gone(node, &r->gone_sent);
    list_for_each (o, &node->set.all, struct object, all) {
        list_remove(&o->report.sent);
        o->report.said = 0;
        o->report.told = false;
        report_due(node, o);
    }
    list_for_each (t, &node->tunnels, struct node_tunnel, all)
        t->n_log_said = 0;
    learned_report_reset(&node->learned);
    hosts_report_reset(&node->hosts);
}

/* ---- an entry ---- */

struct entry {
    json_t *json; /* NULL: nothing to say */
    uint64_t hash;
};

static bool has_status(const struct object *o)
{
    return o->type == DESIRED_TUNNEL || o->type == DESIRED_INSTANCE || o->type == DESIRED_LINE ||
           o->type == DESIRED_NETWORK || (o->type == DESIRED_ATTACHMENT && o->counts);
}

/* As long as its version is ahead of what is said to be carried out, that says enough: entries are
 * not sent twice for a change that takes a moment. */
static bool must_say_pending(const struct node *node, const struct object *o, const char *error)
{
    return *error ||
           (o->version <= node->carry.version && strcmp(node->carry.epoch, node->set.epoch) == 0);
}

static uint64_t hash_json(const json_t *json, uint64_t seed)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    uint64_t hash = text ? hash_bytes(text, strlen(text), seed) : seed;

    free(text);
    return hash ? hash : 1;
}

/* The part of an entry that is said again only when it has changed. */
static struct entry make_entry(struct node *node, struct object *o, uint64_t now_us)
{
    struct entry e = {0};
    char error[IPC_TEXT_MAX];
    json_t *status;
    bool pending = carry_is_pending(node, o, error);
    bool say = pending && must_say_pending(node, o, error);

    if (!pending) {
        list_remove(&o->unsettled);
        o->in_force = o->version;
    }
    if (!has_status(o) && !say)
        return e;
    status = status_of(node, o, now_us);
    e.hash = hash_json(status, say ? 2 : 3);
    e.hash = hash_bytes(error, strlen(error) + 1, e.hash);
    e.json = json_pack("{s:s, s:I, s:b, s:o}", "key", o->key, "version",
                       (json_int_t)carry_in_force(node, o, pending), "pending", say, "error",
                       status_text(error));
    if (status)
        json_object_set_new(e.json, "status", status);
    return e;
}

static bool has_news(const struct object *o, const struct node_tunnel *t, const struct entry *e)
{
    return e->json && (e->hash != o->report.said || (o->counts && o->counts->moved) ||
                       (t && (t->counted || t->n_log > t->n_log_said)));
}

/* The rest of it, as a text. */
static char *finish_entry(const struct node *node, const struct object *o,
                          const struct node_tunnel *t, const struct entry *e, uint64_t now_us)
{
    const struct node_instance *line =
        o->type == DESIRED_LINE ? node_find_instance(node, o->id) : NULL;

    json_object_set_new(e->json, "at", status_time(now_us));
    if (o->counts)
        json_object_set_new(json_object_get(e->json, "status"), "counters",
                            status_counts(o->counts));
    if (line)
        status_add_probes(line->probed, IPC_PROBE_PEER_UNKNOWN, &line->measured,
                          json_object_get(e->json, "status"));
    if (t) {
        json_t *status = json_object_get(e->json, "status");

        json_object_set_new(status, "counters", status_counters(t));
        status_add_last_packet(t, now_us, status);
        status_add_probes(t->probed, t->probed_peer, &t->measured, status);
        status_add_liveness(t, status);
        if (t->n_log > t->n_log_said)
            json_object_set_new(e->json, "log", status_log(t));
    }
    return json_dumps(e->json, JSON_COMPACT);
}

/* ---- a report ---- */

static void note_sent(struct node *node, struct object *o, struct node_tunnel *t,
                      const struct entry *e)
{
    list_remove(&o->report.due);
    list_append(&node->report.sent, &o->report.sent);
    o->report.saying = e->hash;
    o->report.told = true;
    if (o->counts)
        o->counts->moved = false;
    if (!t)
        return;
    t->counted = false;
    t->liveness_told = t->liveness;
    t->liveness_told_us = clock_monotonic_us();
    t->n_log_saying = t->n_log;
}

/* What is known of it is not true any more, and there is nothing else to say. */
static void take_back(struct node *node, struct object *o)
{
    if (o->report.told)
        report_gone(node, o);
    o->report.told = false;
    o->report.said = 0;
}

/* False: the report is full. */
static bool add_entry(struct node *node, struct object *o, uint64_t now_us, struct buf *put)
{
    struct node_tunnel *t = o->type == DESIRED_TUNNEL ? node_find_tunnel(node, o->id) : NULL;
    struct entry e = make_entry(node, o, now_us);
    char *text;
    bool fits;

    if (t)
        counters_read(node, t);
    text = has_news(o, t, &e) ? finish_entry(node, o, t, &e, now_us) : NULL;
    fits = !text || !put->len || put->len + strlen(text) < PAGE_BYTES;

    if (!text) {
        list_remove(&o->report.due);
        if (!e.json)
            take_back(node, o);
    } else if (fits) {
        buf_printf(put, "%s%s", put->len ? "," : "", text);
        note_sent(node, o, t, &e);
    }
    json_decref(e.json);
    free(text);
    return fits;
}

static void add_entries(struct node *node, uint64_t now_us, struct buf *put)
{
    while (!list_empty(&node->report.due)) {
        struct object *o = container_of(node->report.due.next, struct object, report.due);

        if (!add_entry(node, o, now_us, put))
            return;
    }
}

/* The keys of objects that came again meanwhile are left out: what is said of them replaces it. */
static void add_gone(struct node *node, struct buf *gone)
{
    struct node_report *r = &node->report;

    list_for_each_safe (g, &r->gone_due, struct gone_key, all) {
        const struct name_link *link = name_map_find(&node->set.by_key, g->key);

        if (link && container_of(link, struct object, link)->report.told) {
            forget_gone(node, g);
            continue;
        }
        if (gone->len > PAGE_BYTES)
            return;
        buf_printf(gone, "%s\"%s\"", gone->len ? "," : "", g->key);
        list_remove(&g->all);
        list_append(&r->gone_sent, &g->all);
    }
}

bool report_has_more(const struct node *node)
{
    return !list_empty(&node->report.due) || !list_empty(&node->report.gone_due) ||
           learned_report_has_more(&node->learned) || hosts_report_has_more(&node->hosts);
}

/* Only the last of several reports in a row says that more was carried out: what is pending in
 * spite of it may be in any of them. */
static void choose_carried(struct node *node)
{
    struct node_report *r = &node->report;
    bool last = !report_has_more(node);

    memcpy(r->saying_epoch, last ? node->carry.epoch : r->said_epoch, sizeof(r->saying_epoch));
    r->saying_version = last ? node->carry.version : r->said_version;
    r->saying_counted_us = last ? r->counted_us : 0;
}

/* When the counters that are told now, and those that are not since they stood still, were read. */
static void write_counted(const struct node_report *r, struct buf *ret)
{
    char at[CLOCK_TEXT_MAX];

    if (r->saying_counted_us)
        buf_printf(ret, "\"counted\":\"%s\",", clock_format(r->saying_counted_us, at));
}

static void write_report(struct node *node, uint64_t now_us, const struct buf *put,
                         const struct buf *gone, struct buf *ret)
{
    const struct node_report *r = &node->report;
    json_t *of_node = status_node(node);
    char *text = of_node ? json_dumps(of_node, JSON_COMPACT) : NULL, at[CLOCK_TEXT_MAX];

    buf_printf(ret, "{\"epoch\":\"%s\",\"sequence\":%" PRIu64 ",\"reset\":%s,\"at\":\"%s\",",
               r->epoch, r->sequence, r->sequence == 1 ? "true" : "false",
               clock_format(now_us, at));
    write_counted(r, ret);
    buf_printf(ret, "\"carried\":{\"epoch\":\"%s\",\"version\":%" PRIu64 "},\"node\":%s,",
               r->saying_epoch, r->saying_version, text ? text : "{}");
    learned_report_write(&node->learned, PAGE_BYTES, ret);
    hosts_report_write(&node->hosts, PAGE_BYTES / 2, ret);
    buf_printf(ret, "\"put\":[%s],\"gone\":[%s]}", buf_text(put), buf_text(gone));
    free(text);
    json_decref(of_node);
}

bool report_next(struct node *node, uint64_t now_us, struct buf *ret)
{
    struct buf put = {0}, gone = {0};

    add_entries(node, now_us, &put);
    add_gone(node, &gone);
    choose_carried(node);
    write_report(node, now_us, &put, &gone, ret);
    node->report.under_way = true;
    ret->failed |= put.failed || gone.failed;
    buf_done(&put);
    buf_done(&gone);
    if (ret->failed)
        report_sent(node, 0);
    return !ret->failed;
}

/* ---- how it fared ---- */

static void on_taken(struct node *node)
{
    struct node_report *r = &node->report;

    r->sequence++;
    r->said_version = r->saying_version;
    if (r->counted_us == r->saying_counted_us)
        r->counted_us = 0;
    memcpy(r->said_epoch, r->saying_epoch, sizeof(r->said_epoch));
    list_for_each_safe (o, &r->sent, struct object, report.sent) {
        struct node_tunnel *t = o->type == DESIRED_TUNNEL ? node_find_tunnel(node, o->id) : NULL;

        list_remove(&o->report.sent);
        o->report.said = o->report.saying;
        if (t)
            t->n_log_said = t->n_log_saying;
    }
    forget_all_gone(node, &r->gone_sent);
    learned_report_sent(&node->learned, true);
    hosts_report_sent(&node->hosts, true);
}

static void on_failed(struct node *node)
{
    struct node_report *r = &node->report;

    list_for_each_safe (o, &r->sent, struct object, report.sent) {
        list_remove(&o->report.sent);
        o->report.said = 0;
        report_due(node, o);
    }
    list_for_each_safe (g, &r->gone_sent, struct gone_key, all) {
        list_remove(&g->all);
        list_append(&r->gone_due, &g->all);
    }
    learned_report_sent(&node->learned, false);
    hosts_report_sent(&node->hosts, false);
}

void report_sent(struct node *node, int status)
{
    struct node_report *r = &node->report;
    bool outdated = r->outdated;

    r->under_way = r->outdated = false;
    if (outdated)
        return;
    if (status == 409)
        report_reset(node);
    else if (status >= 200 && status <= 299)
        on_taken(node);
    else
        on_failed(node);
}

/* ---- life ---- */

void report_init(struct node *node)
{
    list_init(&node->report.due);
    list_init(&node->report.sent);
    list_init(&node->report.gone_due);
    list_init(&node->report.gone_sent);
    report_reset(node);
}

void report_done(struct node *node)
{
    forget_all_gone(node, &node->report.gone_due);
    forget_all_gone(node, &node->report.gone_sent);
    name_map_done(&node->report.gone);
}
