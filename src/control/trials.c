#include "trials.h"

#include <stdlib.h>

/* The connectivity tests there are. */

void trials_init(struct control *c)
{
    c->trials = calloc(1, sizeof(*c->trials));
    if (!c->trials)
        abort(); /* at the very beginning */
    pthread_mutex_init(&c->trials->lock, NULL);
    list_init(&c->trials->all);
    list_init(&c->trials->nodes);
    list_init(&c->trials->news);
    /* Another life of ours has other numbers: a node's list of before is never taken for ours. */
    c->trials->generation = clock_realtime_us();
}

void trial_free(struct trial *t)
{
    if (!t)
        return;
    list_remove(&t->link);
    json_decref(t->rows);
    json_decref(t->drops);
    json_decref(t->summary);
    free(t);
}

void trials_done(struct control *c)
{
    if (!c->trials)
        return;
    list_for_each_safe (t, &c->trials->all, struct trial, link)
        trial_free(t);
    list_for_each_safe (n, &c->trials->nodes, struct trial_node, link) {
        list_remove(&n->link);
        free(n);
    }
    pthread_mutex_destroy(&c->trials->lock);
    free(c->trials);
    c->trials = NULL;
}

const char *trial_kind_name(enum trial_kind kind)
{
    static const char *const names[TRIAL_KINDS] = {"ping", "traceroute", "pathMtu", "throughput"};

    return names[kind];
}

struct trial *trials_find(struct control *c, const char *region, const char *id)
{
    list_for_each (t, &c->trials->all, struct trial, link) {
        if (strcmp(t->id, id) == 0 && strcmp(t->from.region, region) == 0)
            return t;
    }
    return NULL;
}

bool trial_runs(const struct trial *t)
{
    return t->state == TRIAL_WAITING || t->state == TRIAL_RUNNING;
}

void trial_tell(struct control *c, struct trial *t)
{
    trials_will_tell(c, CONTROL_WAIT_WATCH, t->from.region, t->id);
}

static void renew_node(struct control *c, const struct trial_side *side)
{
    if (!*side->node)
        return;
    list_for_each (n, &c->trials->nodes, struct trial_node, link) {
        if (strcmp(n->id, side->node) == 0 && strcmp(n->region, side->region) == 0)
            n->generation = ++c->trials->generation;
    }
    trials_will_tell(c, CONTROL_WAIT_STREAM, side->region, side->node);
}

void trial_changed(struct control *c, const struct trial *t)
{
    renew_node(c, &t->from);
    if (t->kind == TRIAL_THROUGHPUT)
        renew_node(c, &t->to);
}

void trial_cut(struct control *c, struct trial *t, enum trial_outcome outcome,
               const struct words *why)
{
    bool ran = trial_runs(t);

    t->state = TRIAL_ENDED;
    t->outcome = outcome;
    t->ended_us = clock_realtime_us();
    words_write(why, t->message, sizeof(t->message));
    if (ran)
        trial_changed(c, t);
    trial_tell(c, t);
}

/* ---- limits ---- */

static bool is_at(const struct trial *t, const char *region, const char *node)
{
    return (strcmp(t->from.region, region) == 0 && strcmp(t->from.node, node) == 0) ||
           (t->kind == TRIAL_THROUGHPUT && strcmp(t->to.region, region) == 0 &&
            strcmp(t->to.node, node) == 0);
}

static bool is_full(struct control *c, const struct trial_side *side)
{
    unsigned count = 0;

    list_for_each (t, &c->trials->all, struct trial, link)
        count += trial_runs(t) && is_at(t, side->region, side->node);
    return count >= TRIALS_PER_NODE;
}

static bool has_enough(struct control *c, const struct trial *new)
{
    unsigned count = 0;

    list_for_each (t, &c->trials->all, struct trial, link)
        count += trial_runs(t) && strcmp(t->project, new->project) == 0 &&
                 strcmp(t->from.region, new->from.region) == 0;
    return count >= TRIALS_PER_PROJECT;
}

/* Makes room for one more of the region. */
static void drop_oldest(struct control *c, const char *region)
{
    struct trial *oldest = NULL;
    unsigned count = 0;

    list_for_each (t, &c->trials->all, struct trial, link) {
        if (strcmp(t->from.region, region) != 0)
            continue;
        count++;
        if (!oldest && t->state == TRIAL_ENDED)
            oldest = t;
    }
    if (count >= TRIALS_KEPT)
        trial_free(oldest);
}

static struct trial_node *node_of(struct control *c, const struct trial_side *side)
{
    struct trial_node *made;

    list_for_each (n, &c->trials->nodes, struct trial_node, link) {
        if (strcmp(n->id, side->node) == 0 && strcmp(n->region, side->region) == 0)
            return n;
    }
    made = calloc(1, sizeof(*made));
    if (!made)
        return NULL;
    (void)text_copy(made->id, sizeof(made->id), side->node);
    (void)text_copy(made->region, sizeof(made->region), side->region);
    list_append(&c->trials->nodes, &made->link);
    return made;
}

int trials_add(struct control *c, struct trial *t, const struct trial_side **ret_full)
{
    bool serves = t->kind == TRIAL_THROUGHPUT;

    *ret_full = NULL;
    if (is_full(c, &t->from))
        *ret_full = &t->from;
    else if (serves && is_full(c, &t->to))
        *ret_full = &t->to;
    if (*ret_full || has_enough(c, t))
        return -EBUSY;
    if (!node_of(c, &t->from) || (serves && !node_of(c, &t->to)))
        return -ENOMEM;
    drop_oldest(c, t->from.region);
    list_append(&c->trials->all, &t->link);
    trial_changed(c, t);
    return 0;
}
