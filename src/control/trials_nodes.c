#include "trials.h"

#include <stdio.h>
#include <stdlib.h>

/* Connectivity tests between us and nodes: lists downwards, reports upwards. */

static struct trial_node *find_node(struct control *c, const char *region, const char *node)
{
    list_for_each (n, &c->trials->nodes, struct trial_node, link) {
        if (strcmp(n->id, node) == 0 && strcmp(n->region, region) == 0)
            return n;
    }
    return NULL;
}

/* Whether this side of it (0: from, 1: to, where a server is wanted) is the node's to run. */
static bool is_side(const struct trial *t, unsigned side, const char *region, const char *node)
{
    const struct trial_side *s = side ? &t->to : &t->from;

    return (side == 0 || t->kind == TRIAL_THROUGHPUT) && strcmp(s->node, node) == 0 &&
           strcmp(s->region, region) == 0;
}

/* A server is told of until the test is over, a client when its server is there. */
static bool is_wanted(const struct trial *t, unsigned side)
{
    return trial_runs(t) && (side || t->kind != TRIAL_THROUGHPUT || t->port);
}

/* The two ends may be on one node: there the server has a name of its own. */
#define SERVER_MARK "-server"

/* ---- the list ---- */

static json_t *task_of(const struct trial *t, unsigned side)
{
    const struct trial_numbers *n = &t->numbers;
    bool by_tunnel = side == 0 && *t->from.tunnel;
    char address[ADDR_TEXT_MAX];
    json_t *task = json_pack("{s:o, s:s, s:s, s:s}", "id",
                             json_sprintf("%s%s", t->id, side ? SERVER_MARK : ""), "kind",
                             trial_kind_name(t->kind), by_tunnel ? "tunnel" : "instance",
                             side        ? t->to.instance
                             : by_tunnel ? t->from.tunnel
                                         : t->from.instance,
                             "destination", addr_format(&t->to.address, address));

    if (t->kind == TRIAL_THROUGHPUT)
        (void)json_object_update_new(task, json_pack("{s:b, s:i, s:I}", "serves", side == 1, "port",
                                                     (int)t->port, "duration",
                                                     (json_int_t)n->duration_s));
    else
        (void)json_object_update_new(
            task, json_pack("{s:I, s:I, s:I, s:I}", "count", (json_int_t)n->count, "intervalMs",
                            (json_int_t)n->interval_ms, "size", (json_int_t)n->size, "maxHops",
                            (json_int_t)n->hops));
    return task;
}

static json_t *list_of(struct control *c, const char *region, const char *node)
{
    json_t *run = json_array();

    list_for_each (t, &c->trials->all, struct trial, link) {
        for (unsigned side = 0; side < 2; side++) {
            if (!is_side(t, side, region, node) || !is_wanted(t, side))
                continue;
            t->given[side] = true;
            (void)json_array_append_new(run, task_of(t, side));
        }
    }
    return run;
}

uint64_t trials_generation(struct control *c, const char *region, const char *node)
{
    struct trial_node *n;
    uint64_t generation;

    pthread_mutex_lock(&c->trials->lock);
    n = find_node(c, region, node);
    generation = n ? n->generation : 0;
    pthread_mutex_unlock(&c->trials->lock);
    return generation;
}

/* Another process is the node now: what the one before ran ended with it. */
static void note_life(struct control *c, struct trial_node *n, const char *life)
{
    if (strcmp(n->life, life) == 0)
        return;
    list_for_each (t, &c->trials->all, struct trial, link) {
        for (unsigned side = 0; side < 2 && *n->life; side++) {
            const char *name = side ? t->to.node_name : t->from.node_name;

            if (trial_runs(t) && t->given[side] && is_side(t, side, n->region, n->id))
                trial_cut(c, t, TRIAL_FAILED, SAY(TRIAL_ENDED, SAY(TRIAL_NODE_RESTARTED, name)));
        }
    }
    (void)text_copy(n->life, sizeof(n->life), life);
}

/* "LIFE:AT" */
static int read_cursor(const char *text, char life[24], const char **ret_at)
{
    const char *colon = strchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;

    if (len == 0 || len >= 24 || strspn(text, "0123456789abcdef") != len)
        return -EINVAL;
    memcpy(life, text, len);
    life[len] = 0;
    *ret_at = colon + 1;
    return 0;
}

/* A node that had none from us, nor from those before us, needs none. */
static bool is_as_it_should_be(const struct trial_node *n, const char *at)
{
    char now[24];

    if (!n || !n->generation)
        return !*at;
    snprintf(now, sizeof(now), "%" PRIu64, n->generation);
    return strcmp(now, at) == 0;
}

static int write_list(struct control *c, const char *region, const char *node,
                      const struct trial_node *n, struct buf *ret)
{
    json_t *list =
        json_pack("{s:o, s:o}", "at", n ? json_sprintf("%" PRIu64, n->generation) : json_string(""),
                  "run", list_of(c, region, node));
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;

    json_decref(list);
    if (!text)
        return -ENOMEM;
    buf_puts(ret, text);
    free(text);
    return ret->failed ? -ENOMEM : 0;
}

int trials_for_node(struct control *c, const char *region, const char *node, const char *cursor,
                    struct buf *ret)
{
    const char *at;
    char life[24];
    struct trial_node *n;
    int r = 0;

    if (!cursor)
        return 0;
    if (read_cursor(cursor, life, &at) < 0)
        return -EINVAL;
    trials_lock(c);
    n = find_node(c, region, node);
    if (n)
        note_life(c, n, life);
    if (!is_as_it_should_be(n, at))
        r = write_list(c, region, node, n, ret);
    trials_unlock(c);
    return r;
}

/* ---- reports ---- */

struct reporting {
    struct control *c;
    const char *region, *node;
    struct list concluding; /* struct ending */
};

struct ending {
    struct list link;
    char region[STORE_NAME_MAX + 1], id[32];
    char error[WORDS_TEXT_MAX];
};

static void take_drops(struct trial *t, json_t *row)
{
    if (!t->drops)
        t->drops = json_object();
    if (json_object_size(t->drops) < TRIAL_DROPS_MAX)
        (void)json_object_set(t->drops, model_str(row, "what"), json_object_get(row, "number"));
}

static void note_server(struct control *c, struct trial *t, const json_t *row)
{
    int64_t port = model_int(row, "number", 0);

    if (t->port || port < 1 || port > UINT16_MAX)
        return;
    t->port = (uint16_t)port;
    trial_changed(c, t);
}

/* Takes row. */
static void take_row(struct control *c, struct trial *t, unsigned side, json_t *row)
{
    const char *type = model_str(row, "type");

    if (strcmp(type, "begun") == 0)
        t->state = side == 0 ? TRIAL_RUNNING : t->state;
    else if (strcmp(type, "drops") == 0)
        take_drops(t, row);
    else if (strcmp(type, "listening") == 0)
        note_server(c, t, row);
    else if (side == 0 && json_array_size(t->rows) < TRIAL_ROWS_MAX)
        (void)json_array_append(t->rows, row);
    json_decref(row);
}

/* Each row once, however often it is told. */
static void take_rows(struct control *c, struct trial *t, unsigned side,
                      const struct model_in *said)
{
    struct model_in_walk w = model_in_values(said);
    struct model_in item;

    while (model_in_next(&w, NULL, &item)) {
        const struct model_in member = model_in_member(&item, "row");
        int64_t number;
        json_t *row;

        if (!model_in_integer(&member, &number) || number <= (int64_t)t->rows_from[side])
            continue;
        t->rows_from[side] = (uint64_t)number;
        row = trial_take_row(&item);
        if (row)
            take_row(c, t, side, row);
    }
}

/* Its end: that of the server counts only if there is a reason, and no end of the client's. */
static void take_end(struct reporting *p, struct trial *t, unsigned side, struct model_in *said)
{
    const struct model_in member = model_in_member(said, "ended");
    struct ending *e;
    bool ended;

    if (!model_in_boolean(&member, &ended) || !ended ||
        (side == 1 && (t->state == TRIAL_RUNNING || !*model_in_text(said, "error"))))
        return;
    e = calloc(1, sizeof(*e));
    if (!e)
        return; /* silence ends it */
    memcpy(e->id, t->id, sizeof(e->id));
    memcpy(e->region, t->from.region, sizeof(e->region));
    untrusted_words(e->error, sizeof(e->error), model_in_text(said, "error"));
    list_append(&p->concluding, &e->link);
    t->state = TRIAL_CONCLUDING;
    trial_changed(p->c, t);
}

static struct trial *find_told(struct reporting *p, const char *name, unsigned *ret_side)
{
    list_for_each (t, &p->c->trials->all, struct trial, link) {
        size_t len = strlen(t->id);

        if (strncmp(t->id, name, len) != 0)
            continue;
        *ret_side = strcmp(name + len, SERVER_MARK) == 0;
        if ((*ret_side || !name[len]) && is_side(t, *ret_side, p->region, p->node))
            return t;
    }
    return NULL;
}

static void take_one(struct reporting *p, struct model_in *said)
{
    unsigned side;
    struct trial *t = find_told(p, model_in_text(said, "id"), &side);
    struct model_in rows;

    if (!t || !trial_runs(t) || !t->given[side])
        return; /* of one that is over: the node will be told */
    if (side == 0 || t->state == TRIAL_WAITING)
        t->heard_us = clock_monotonic_us();
    rows = model_in_member(said, "rows");
    take_rows(p->c, t, side, &rows);
    take_end(p, t, side, said);
    trial_tell(p->c, t);
}

static void take_all(struct reporting *p, const struct model_in *tests)
{
    struct model_in_walk w = model_in_values(tests);
    struct model_in item;

    trials_lock(p->c);
    while (model_in_next(&w, NULL, &item)) {
        if (model_in_type(&item) == MODEL_IN_OBJECT)
            take_one(p, &item);
    }
    trials_unlock(p->c);
    list_for_each_safe (e, &p->concluding, struct ending, link) {
        trial_conclude(p->c, e->region, e->id, e->error);
        list_remove(&e->link);
        free(e);
    }
}

int trials_report(struct call *call)
{
    struct reporting p = {.c = call->c, .region = call->region, .node = call->id};
    struct model_in doc = call->in;
    const struct model_in tests = model_in_member(&doc, "tests");
    struct trial_node *n;

    if (!resources_find(call))
        return -ENOENT;
    if (!*model_in_text(&doc, "life") || model_in_type(&tests) != MODEL_IN_ARRAY)
        return model_error_set(&call->error, 400, "invalid-value", "tests", NULL,
                               SAY(TRIAL_REPORT));
    list_init(&p.concluding);
    trials_lock(call->c);
    n = find_node(call->c, call->region, call->id);
    if (n)
        note_life(call->c, n, model_in_text(&doc, "life"));
    trials_unlock(call->c);
    take_all(&p, &tests);
    return respond_json(call, 200, json_object());
}

/* ---- time ---- */

static void look_at(struct control *c, struct trial *t, uint64_t now)
{
    /* Which node is to tell of it: at first that of the server. */
    bool at_server = t->kind == TRIAL_THROUGHPUT && !t->port;
    const char *node = at_server ? t->to.node_name : t->from.node_name;

    if (now >= t->heard_us + TRIAL_SILENCE_US || now >= t->deadline_us)
        trial_cut(c, t, TRIAL_FAILED, SAY(TRIAL_ENDED, SAY(TRIAL_NODE_SILENT, node)));
}

void trials_tick(struct control *c)
{
    uint64_t now = clock_monotonic_us(), today = clock_realtime_us();

    trials_lock(c);
    list_for_each_safe (t, &c->trials->all, struct trial, link) {
        if (trial_runs(t))
            look_at(c, t, now);
        else if (t->state == TRIAL_ENDED && today >= t->ended_us + TRIALS_KEPT_US)
            trial_free(t);
    }
    trials_unlock(c);
}
