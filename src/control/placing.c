#include "control_internal.h"

#include <stdlib.h>

/* Decisions about where things live, made by time: what has no home gets one, and what a silent
 * or drained node carries moves to another. A node counts as silent only by the time in which we
 * listened, and never while nobody else of its region can take over: a whole region that falls
 * silent is more likely cut off from us than dead. */

#define STEP_MAX 50       /* moves in one commit */
#define DRAIN_US 8000000U /* for traffic to leave the tunnels of a node, and for them to go */

static bool is_usable(void *arg, const char *node_id)
{
    struct region *r = arg;
    enum live_state state;

    pthread_mutex_lock(&r->live);
    state = live_state(r, live_node(r, node_id, false));
    pthread_mutex_unlock(&r->live);
    return state == LIVE_ONLINE;
}

/* At the very beginning nobody has spoken: then any node is as good as another. */
static bool is_not_gone(void *arg, const char *node_id)
{
    struct region *r = arg;
    enum live_state state;

    pthread_mutex_lock(&r->live);
    state = live_state(r, live_node(r, node_id, false));
    pthread_mutex_unlock(&r->live);
    return state != LIVE_OFFLINE;
}

/* Its tunnels have been left by their traffic. */
static bool is_drained(const struct model_node *node, uint64_t now_us)
{
    return node->draining && now_us >= node->head.updated_us + DRAIN_US;
}

static bool is_draining(const struct snapshot *s, const char *node_id)
{
    const struct model_node *node = snapshot_get(s, MODEL_NODE, node_id);

    return node && node->draining;
}

/* Moves what a silent or drained node carries to one that speaks, a few at a time. */
static int move_from(struct region *r, const struct snapshot *s, const struct model_env *env,
                     const struct model_node *node, struct model_changes *changes)
{
    bool gone = !is_not_gone(r, node->head.id);
    const struct model_resource *to;
    int status = 0;

    if (!gone && !is_drained(node, env->now_us))
        return 0;
    to = model_choose_node(s, "gateway", is_usable, r);
    if (!to || (!gone && is_draining(s, to->id)))
        return 0;
    snapshot_each_linked (struct model_placement, placed, it, s, LINK_PLACEMENT_NODE,
                          node->head.id) {
        if (changes->count >= STEP_MAX || status < 0)
            break;
        status = model_place(s, env, placed->head.id, to->id,
                             gone ? WORDS_PLACED_NODE_SILENT : WORDS_PLACED_NODE_DRAINED, changes);
    }
    return status;
}

static int decide(struct region *r, const struct snapshot *s, const struct model_env *env,
                  struct model_changes *changes)
{
    int status = model_settle(s, env, STEP_MAX, is_not_gone, r, changes);

    snapshot_each (struct model_node, node, it, s, MODEL_NODE) {
        if (status == 0 && changes->count < STEP_MAX)
            status = move_from(r, s, env, node, changes);
    }
    return status;
}

/* Whether there is something to decide, on what everybody sees: without keeping anybody waiting. */
static bool is_due(struct region *r, const struct model_env *env)
{
    struct snapshot *now = region_now(r);
    struct model_changes changes = {0};
    bool due = snapshot_region(now) && decide(r, now, env, &changes) == 0 && changes.count;

    model_changes_done(&changes);
    snapshot_unref(now);
    return due;
}

static void commit(struct call *call)
{
    struct model_changes changes = {0};
    struct batch b = {0};
    struct write w;
    int r = write_begin(call, call->place, false, &w);

    if (r < 0)
        return;
    r = decide(call->place, w.base, &w.env, &changes);
    if (r == 0 && changes.count) {
        resources_audit(&b, call, &changes, 0);
        r = write_commit(&w, &changes, &b);
    }
    if (r == 0 && changes.count)
        log_info("region %s: %zu things have a new home", call->place->id, changes.count);
    write_end(&w);
    batch_done(&b);
    model_changes_done(&changes);
}

void placing_tick(struct control *c, uint64_t now_us)
{
    static const struct control_request request = {.method = "", .uri = ""};
    const struct model_env env = {.now_us = now_us, .random = random_bytes};

    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        struct control_response res = {0};
        struct call call = {
            .c = c, .req = &request, .res = &res, .place = r, .region = r->id, .now_us = now_us};

        if (!is_due(r, &env))
            continue;
        (void)text_copy(call.who.id, sizeof(call.who.id), "ropewayd");
        commit(&call);
        if (call.commit)
            (void)commit_wait(c, call.commit);
        commit_unref(call.commit);
        snapshot_unref(call.seen);
        model_error_done(&call.error);
    }
}
