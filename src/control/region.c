#include "hosts.h"
#include "learned.h"
#include "notice.h"

#include <stdlib.h>

/* How a region in memory moves from one revision to the next, and its plan along with it. */

/* ---- planning ---- */

/* What one step of the planner did. */
struct moves {
    struct region *region;
    struct trace trace;
    bool failed;
};

static void note_move(void *arg, const char *node, uint64_t version)
{
    struct moves *m = arg;
    struct trace_node *grown =
        reallocarray(m->trace.nodes, m->trace.count + 1, sizeof(*m->trace.nodes));

    if (!grown) {
        m->failed = true;
        return;
    }
    m->trace.nodes = grown;
    grown += m->trace.count++;
    *grown = (struct trace_node){.to = version};
    (void)text_copy(grown->id, sizeof(grown->id), node);
}

static void forget_node(struct region *r, const char *id)
{
    struct node_state *n = live_node(r, id, false);

    if (!n)
        return;
    observed_forget(r, n);
    live_forget(n);
}

/* The streams have moved. The live lock is held. */
static int take_moves(struct moves *m)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->trace.count; i++) {
        struct trace_node *moved = &m->trace.nodes[i];
        struct node_state *n;

        if (moved->to == 0) { /* the node was deleted */
            forget_node(m->region, moved->id);
            continue;
        }
        n = live_node(m->region, moved->id, true);
        if (!n)
            return -ENOMEM;
        moved->node = n;
        moved->from = n->planned;
        n->planned = moved->to;
        m->trace.nodes[kept++] = *moved;
    }
    m->trace.count = kept;
    return 0;
}

/* Plans from nothing, which takes a while and holds up nobody. NULL: out of memory. */
static struct planner *plan_all(const struct snapshot *s, struct moves *m)
{
    struct planner *planner = NULL;

    m->trace.count = 0;
    if (planner_new(&planner) == 0 && planner_follow(planner, NULL, s, NULL, 0, note_move, m) == 0)
        return planner;
    planner_free(planner);
    return NULL;
}

/* The streams begin anew: nodes list everything again, unless their digest says that they need not.
 * Takes planner. The live lock is held. */
static void begin_streams(struct region *r, struct planner *planner, uint64_t revision)
{
    planner_free(r->planner);
    r->planner = planner;
    random_base32(r->epoch, sizeof(r->epoch) - 1);
    list_for_each (n, &r->nodes, struct node_state, link)
        n->planned = n->carried = 0;
    observed_begin(r, revision);
}

/* One step of the planner; on failure the next one begins anew. The live lock is held. */
static int plan_step(struct region *r, const struct snapshot *before, const struct snapshot *after,
                     const struct plan_change *changes, size_t count, struct planner *fresh,
                     struct moves *m)
{
    int status = -ENOMEM;

    if (fresh) {
        begin_streams(r, fresh, snapshot_revision(after));
        status = 0;
    } else if (r->planner) {
        status = planner_follow(r->planner, before, after, changes, count, note_move, m);
    }
    if (status == 0)
        status = m->failed ? -ENOMEM : take_moves(m);
    if (status == 0)
        return 0;
    log_error("region %s: planning failed: %s", r->id, strerror(-status));
    planner_free(r->planner);
    r->planner = NULL;
    m->trace.count = 0;
    return status;
}

/* What was said of tunnels that are gone. */
static void forget(struct region *r, const struct snapshot *after,
                   const struct plan_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (changes[i].kind == MODEL_VPN_TUNNEL &&
            !snapshot_get(after, MODEL_VPN_TUNNEL, changes[i].id))
            (void)json_object_del(r->logs, changes[i].id);
    }
}

/* With whose it was, if it is gone. */
static void mark_change(struct region *r, const struct snapshot *before,
                        const struct snapshot *after, const struct plan_change *change)
{
    const struct model_resource *was =
        before ? snapshot_get(before, change->kind, change->id) : NULL;
    const char *project = was ? model_project_of(before, was) : NULL;

    if (project && !snapshot_get(after, change->kind, change->id))
        feed_mark_gone(r, change->kind, change->id, project);
    else
        feed_mark(r, change->kind, change->id, FEED_RESOURCE);
}

/* For those who follow the region. */
static void mark_changes(struct region *r, const struct snapshot *before,
                         const struct snapshot *after, const struct plan_change *changes,
                         size_t count)
{
    for (size_t i = 0; i < count && feed_is_followed(r); i++) {
        const struct model_vpn_tunnel *t =
            changes[i].kind == MODEL_VPN_TUNNEL
                ? snapshot_get(after, MODEL_VPN_TUNNEL, changes[i].id)
                : NULL;

        if (changes[i].kind == MODEL_VPN_TUNNEL && !t)
            t = snapshot_get(before, MODEL_VPN_TUNNEL, changes[i].id);
        mark_change(r, before, after, &changes[i]);
        if (t) /* its availability follows from its tunnels */
            feed_mark(r, MODEL_VPN_CONNECTION, t->vpn_connection_id, FEED_STATUS);
    }
}

/* Takes the planner from one snapshot to the next (before NULL: from nothing), shows it to all, and
 * tells who waits. */
static int step(struct region *r, const struct snapshot *before, const struct snapshot *after,
                const struct plan_change *changes, size_t count, const char *who)
{
    struct moves m = {.region = r, .trace.revision = snapshot_revision(after)};
    struct planner *fresh = before && r->planner ? NULL : plan_all(after, &m);
    struct trace_node *moved;
    int status;

    pthread_mutex_lock(&r->live);
    observed_lag(r, before, changes, count);
    status = plan_step(r, before, after, changes, count, fresh, &m);
    r->planless = status < 0;
    pthread_cond_broadcast(&r->planned);
    forget(r, after, changes, count);
    learned_forget(r, after, changes, count);
    hosts_forget(r, after, changes, count);
    moved = calloc(m.trace.count + 1, sizeof(*moved));
    if (moved && m.trace.count)
        memcpy(moved, m.trace.nodes, m.trace.count * sizeof(*moved));
    observed_note(r, &m.trace);
    region_show(r, after);
    pthread_mutex_unlock(&r->live);
    for (size_t i = 0; moved && i < m.trace.count; i++)
        control_tell(r->c, CONTROL_WAIT_STREAM, r->id, moved[i].id);
    control_tell(r->c, CONTROL_WAIT_OBSERVED, r->id, "");
    free(moved);
    mark_changes(r, before, after, changes, count);
    notice_changes(r, before, after, changes, count, who);
    return status;
}

void region_plan(struct region *r)
{
    struct snapshot *now = region_now(r);

    (void)step(r, NULL, now, NULL, 0, "");
    snapshot_unref(now);
}

void region_publish(struct region *r, const struct commit *commit)
{
    (void)step(r, commit->before, commit->after, commit->changes, commit->change_count,
               commit->who);
}

/* ---- from the store ---- */

/* Applies items to base (NULL: nothing). Those that are no resources are left to others; damaged
 * ones are skipped and make *ret_damaged true. */
static int apply(const struct region *r, const struct snapshot *base,
                 const struct store_item *items, size_t count, uint64_t revision,
                 struct snapshot **ret, struct plan_change **ret_changes, size_t *ret_count)
{
    struct snapshot_change *steps = calloc(count + 1, sizeof(*steps));
    struct plan_change *changes = calloc(count + 1, sizeof(*changes));
    size_t n = 0;
    int status = steps && changes ? decode_items(r, items, count, steps, &n) : -ENOMEM;

    for (size_t i = 0; i < n; i++)
        changes[i] = (struct plan_change){steps[i].kind, steps[i].id};
    if (status == 0)
        status = snapshot_apply(base, steps, n, revision, ret);
    for (size_t i = 0; i < n; i++)
        model_resource_unref(steps[i].resource);
    free(steps);
    if (status < 0) {
        free(changes);
        return status;
    }
    *ret_changes = changes;
    *ret_count = n;
    return 0;
}

int region_load(struct region *r)
{
    struct store_query query = {.region = r->id};
    struct store_page page = {0};
    struct snapshot *s = NULL;
    struct plan_change *changes = NULL;
    size_t count;
    int status = store_list(r->c->store, &query, &page);

    if (status == 0)
        status = apply(r, NULL, page.items, page.count, page.revision, &s, &changes, &count);
    if (status == 0) {
        region_show(r, s);
        free(changes);
    }
    store_page_done(&page);
    snapshot_unref(s);
    return status;
}

/* One step along the log. 1: there is more. */
static int follow(struct region *r)
{
    struct snapshot *now = region_now(r), *next = NULL;
    struct plan_change *changes = NULL;
    struct store_log log = {0};
    size_t count;
    int status = store_log(r->c->store, r->id, snapshot_revision(now), TRACES_MAX, &log);

    if (status == 0 && log.count) {
        uint64_t revision = log.items[log.count - 1].revision;

        status = apply(r, now, log.items, log.count, revision, &next, &changes, &count);
        if (status == 0) {
            auth_follow_log(r->c, &log);
            status = step(r, now, next, changes, count, "");
        }
        free(changes);
    }
    if (status == 0 && log.more)
        status = 1;
    store_log_done(&log);
    snapshot_unref(next);
    snapshot_unref(now);
    return status;
}

void region_catch_up(struct region *r)
{
    int status = 1;

    while (status == 1)
        status = follow(r);
    if (status == -ESTALE) {
        status = region_load(r);
        region_plan(r);
    }
    if (status < 0)
        log_error("region %s: changes by others cannot be read: %s", r->id, strerror(-status));
    region_reset(r);
}

void region_reset(struct region *r)
{
    pthread_mutex_lock(&r->write);
    snapshot_unref(r->head);
    r->head = region_now(r);
    pthread_mutex_unlock(&r->write);
}
