#include "control_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* Which revisions nodes have carried out. Each step of the planner leaves a trace: the region's
 * revision, and for each node that it touched how far its stream went. A node says how far it has
 * come on its stream; so a revision is carried out when no node of its trace is behind it. */

int observed_init(struct region *r)
{
    r->lagging = json_object();
    return r->lagging ? 0 : -ENOMEM;
}

static void clear(struct region *r)
{
    for (size_t i = 0; i < TRACES_MAX; i++) {
        free(r->traces[i].nodes);
        r->traces[i] = (struct trace){0};
    }
}

void observed_done(struct region *r)
{
    clear(r);
    json_decref(r->lagging);
}

void observed_begin(struct region *r, uint64_t revision)
{
    clear(r);
    r->first_trace = revision;
    list_for_each (n, &r->nodes, struct node_state, link)
        n->behind = 0;
}

static struct trace *trace_of(struct region *r, uint64_t revision)
{
    struct trace *t = &r->traces[revision % TRACES_MAX];

    return t->revision == revision ? t : NULL;
}

static const struct trace_node *find(const struct trace *t, const struct node_state *node)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->nodes[i].node == node)
            return &t->nodes[i];
    }
    return NULL;
}

void observed_forget(struct region *r, const struct node_state *n)
{
    for (size_t i = 0; i < TRACES_MAX; i++) {
        for (size_t k = 0; k < r->traces[i].count; k++) {
            if (r->traces[i].nodes[k].node == n)
                r->traces[i].nodes[k].node = NULL;
        }
    }
}

void observed_note(struct region *r, struct trace *t)
{
    struct trace *at = &r->traces[t->revision % TRACES_MAX];

    free(at->nodes);
    *at = *t;
    for (size_t i = 0; i < t->count; i++) {
        struct node_state *n = t->nodes[i].node;

        if (!n->behind && n->carried < t->nodes[i].to)
            n->behind = MAX(t->revision, 1);
    }
    r->news++;
}

/* The first trace from revision on that the node is behind; 0: none. */
static uint64_t first_behind(struct region *r, const struct node_state *n, uint64_t revision,
                             uint64_t newest)
{
    uint64_t oldest = newest >= TRACES_MAX ? newest - TRACES_MAX + 1 : 0;

    for (uint64_t at = MAX(revision, oldest); at <= newest; at++) {
        const struct trace *t = trace_of(r, at);
        const struct trace_node *moved = t ? find(t, n) : NULL;

        if (moved && n->carried < moved->to)
            return MAX(at, 1);
    }
    return 0;
}

void observed_carried(struct region *r, struct node_state *n, uint64_t version)
{
    struct snapshot *now = region_now(r);

    n->carried = MIN(version, n->planned);
    if (n->carried == n->planned)
        n->behind = 0;
    else if (n->behind)
        n->behind = first_behind(r, n, n->behind, snapshot_revision(now));
    snapshot_unref(now);
    r->news++;
}

/* The revision whose trace tells about this one: what was there when the streams began came with
 * their beginning. */
static uint64_t traced(const struct region *r, uint64_t revision)
{
    return MAX(revision, r->first_trace);
}

/* ---- a resource ---- */

/* What has no trace any more is as old as what a node is behind with longest. */
static const struct node_state *behind_untraced(struct region *r, uint64_t revision)
{
    list_for_each (n, &r->nodes, struct node_state, link) {
        if (n->behind && revision >= n->behind)
            return n;
    }
    return NULL;
}

/* A node that has not carried out this revision; NULL if there is none. */
static const struct node_state *behind_at(struct region *r, uint64_t revision)
{
    const struct trace *t = trace_of(r, revision);

    if (!t)
        return behind_untraced(r, revision);
    for (size_t i = 0; i < t->count; i++) {
        const struct node_state *n = t->nodes[i].node;

        if (n && n->carried < t->nodes[i].to)
            return n;
    }
    return NULL;
}

static void explain(struct region *r, const struct node_state *n, char *ret, size_t size)
{
    char at[CLOCK_TEXT_MAX];

    if (live_state(r, n) == LIVE_ONLINE)
        words_write(SAY(STATE_NODE_BEHIND, n->id), ret, size);
    else if (n->seen_us)
        words_write(SAY(STATE_NEEDED_NODE_SILENT, n->id, clock_say(n->seen_us, at)), ret, size);
    else
        words_write(SAY(STATE_NEEDED_NODE_NEW, n->id), ret, size);
}

bool observed_is(struct region *r, const struct snapshot *s, const struct model_resource *resource,
                 int64_t *ret_revision, char *ret_why, size_t size)
{
    const json_t *lagging = json_object_get(r->lagging, resource->id);
    const struct node_state *behind = behind_at(r, traced(r, resource->stored_at));
    struct node_state *carrier;
    const struct said *said = live_said(r, s, resource, &carrier);

    if (behind || (said && said->pending)) {
        *ret_revision = lagging ? json_integer_value(lagging) : resource->revision - 1;
        if (behind)
            explain(r, behind, ret_why, size);
        else
            (void)text_copy(ret_why, size, *said->error ? said->error : "{state.not-carried-out}");
        return false;
    }
    if (lagging)
        (void)json_object_del(r->lagging, resource->id);
    *ret_revision = resource->revision;
    *ret_why = 0;
    return true;
}

void observed_lag(struct region *r, const struct snapshot *before,
                  const struct plan_change *changes, size_t count)
{
    for (size_t i = 0; before && i < count; i++) {
        const struct model_resource *old = snapshot_get(before, changes[i].kind, changes[i].id);
        int64_t revision = 0;
        char why[WORDS_TEXT_MAX];

        if (old)
            (void)observed_is(r, before, old, &revision, why, sizeof(why));
        (void)json_object_set_new(r->lagging, changes[i].id, json_integer(revision));
    }
}

/* ---- for whoever waits ---- */

#define WAITING_MAX 20

struct waiting {
    const struct node_state *node;
    const struct trace_node *moved;
    const struct call *call;
    bool any;     /* something is not carried out, */
    json_t *list; /* and what of it who asks may see */
};

/* New; NULL if out of memory. */
static json_t *waiting_row(const struct waiting *w, const struct plan_object *object,
                           const char *error)
{
    json_t *row = json_pack("{s:s, s:s, s:s}", "nodeId", w->node->id, "key", object->key,
                            "resourceId", object->source);

    if (row && model_words_add_written(row, "error", error, w->call->lang) < 0) {
        json_decref(row);
        return NULL;
    }
    return row;
}

static int note_object(void *arg, const struct plan_object *object)
{
    struct waiting *w = arg;
    const struct said *said = pmap_get(w->node->said, object->key, strlen(object->key));
    const char *error = said && said->version <= object->version ? said->error : "";

    if (object->version > w->moved->to || json_array_size(w->list) == WAITING_MAX)
        return 1;
    if (object->version <= w->node->carried && !(said && said->pending))
        return 0;
    w->any = true;
    if (access_sees_id(&w->call->who, w->call->seen, object->source))
        (void)json_array_append_new(w->list, waiting_row(w, object, error));
    return 0;
}

/* What is so old that it is not remembered any more has been superseded. */
static void walk(struct region *r, struct waiting *w)
{
    if (planner_changes(r->planner, w->moved->id, w->moved->from, note_object, w) < 0)
        log_debug("region %s: the stream of %s has moved on", r->id, w->moved->id);
}

/* What of this revision is not carried out yet. */
static void find_waiting(struct region *r, uint64_t revision, struct waiting *w)
{
    const struct trace *t = trace_of(r, traced(r, revision));

    for (size_t i = 0; t && i < t->count; i++) {
        w->moved = &t->nodes[i];
        w->node = w->moved->node;
        if (w->node && r->planner)
            walk(r, w);
    }
}

int nodes_observed(struct call *call)
{
    struct region *r = call->place;
    uint64_t revision = snapshot_revision(call->seen), wait = 0, news;
    struct waiting w = {.call = call};
    int status = param_number(call, "revision", 0, INT64_MAX, &revision);

    if (status == 0)
        status = param_number(call, "wait", 0, WAIT_MAX_SECONDS, &wait);
    if (status < 0)
        return status;
    w.list = json_array();
    region_lock_planned(r);
    find_waiting(r, revision, &w);
    news = r->news;
    pthread_mutex_unlock(&r->live);
    if (revision <= snapshot_revision(call->seen) && w.any && wait && !call->req->expired) {
        json_decref(w.list);
        call->res->wait = (struct control_wait){
            .kind = CONTROL_WAIT_OBSERVED, .seen = news, .timeout_ms = (unsigned)wait * 1000};
        (void)text_copy(call->res->wait.region, sizeof(call->res->wait.region), r->id);
        return 0;
    }
    if (revision > snapshot_revision(call->seen)) {
        json_decref(w.list);
        return model_error_set(&call->error, 409, "conflict", "revision", NULL,
                               SAY(REQUEST_NO_SUCH_REVISION, snapshot_revision(call->seen)));
    }
    return respond_json(call, 200,
                        json_pack("{s:I, s:b, s:o}", "revision", (json_int_t)revision, "observed",
                                  !w.any, "waitingFor", w.list));
}
