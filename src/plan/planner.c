#include "planner_internal.h"

#include <stdio.h>
#include <stdlib.h>

static const struct pmap_type borrowed;

/* ---- life ---- */

int planner_new(struct planner **ret)
{
    struct planner *p = calloc(1, sizeof(*p));

    if (!p)
        return -ENOMEM;
    *ret = p;
    return 0;
}

void planner_free(struct planner *p)
{
    struct pmap_iter it;
    struct object *o;
    struct stream *s;

    if (!p)
        return;
    pmap_begin(&it, p->objects, NULL, 0);
    while ((o = pmap_next(&it, NULL, NULL)))
        planner_destroy_object(o);
    pmap_begin(&it, p->streams, NULL, 0);
    while ((s = pmap_next(&it, NULL, NULL)))
        stream_free(s);
    pmap_unref(&borrowed, p->objects);
    pmap_unref(&borrowed, p->streams);
    free(p);
}

/* ---- describing what was marked ---- */

/* Takes the description's text. True if nodes must hear of it. */
static int take_text(struct object *o, struct plan_description *d, bool *ret_differs)
{
    size_t len = strlen(d->text);
    bool own = strcmp(d->source, o->id) == 0;
    char *source = own ? NULL : strdup(d->source);
    uint64_t hash;

    if (!own && !source)
        return -ENOMEM;
    *ret_differs = !o->text || o->text_len != len || memcmp(o->text, d->text, len) != 0;
    hash = hash_bytes(d->text, len, hash_bytes(o->key, strlen(o->key), 0));
    for (struct holding *h = o->holdings; h; h = h->next) {
        if (h->live)
            h->stream->digest += hash - o->hash;
    }
    planner_free_text(o);
    o->text = d->text;
    o->text_len = len;
    o->hash = hash;
    o->source = source;
    d->text = NULL;
    return 0;
}

/* The object whose needs say who has this one; NULL if its description says it. */
static const struct object *needed_as(const struct step *step, const struct object *o)
{
    const struct model_gateway_route *route;
    const struct model_vpc_attachment *attachment;
    const char *gateway = NULL;

    if (o->type == PLAN_VPC || o->type == PLAN_TABLE)
        return o;
    if (o->type == PLAN_ROUTE) {
        route = snapshot_get(step->after, MODEL_BORDER_GATEWAY_ROUTE, o->id);
        gateway = route ? route->border_gateway_id : NULL;
    } else if (o->type == PLAN_ATTACHMENT) {
        attachment = snapshot_get(step->after, MODEL_VPC_ATTACHMENT, o->id);
        gateway = attachment ? attachment->border_gateway_id : NULL;
    }
    return gateway ? planner_object(step->planner, PLAN_GATEWAY, gateway) : NULL;
}

static bool is_needed(const struct object *group, const struct stream *s)
{
    for (const struct need *n = group ? group->needs : NULL; n; n = n->next) {
        if (n->stream == s)
            return n->count > 0;
    }
    return false;
}

static bool has_live(const struct object *o, const struct stream *s)
{
    for (const struct holding *h = o->holdings; h; h = h->next) {
        if (h->stream == s)
            return h->live;
    }
    return false;
}

/* Takes the object from whoever is neither home nor needs it. */
static int take_away(struct step *step, struct object *o, const struct object *group,
                     const struct stream *home)
{
    int r = 0;

    for (struct holding *h = o->holdings; r == 0 && h; h = h->next) {
        if (h->live && h->stream != home && !is_needed(group, h->stream))
            r = stream_gone(step, h);
    }
    return r;
}

static int give_to(struct step *step, struct object *o, struct stream *s, bool differs)
{
    return differs || !has_live(o, s) ? stream_put(step, s, o) : 0;
}

static int give(struct step *step, struct object *o, const struct object *group,
                struct stream *home, bool differs)
{
    int r = home ? give_to(step, o, home, differs) : 0;

    for (const struct need *n = group ? group->needs : NULL; r == 0 && n; n = n->next) {
        if (n->count > 0)
            r = give_to(step, o, n->stream, differs);
    }
    return r;
}

static bool anybody_needs(const struct object *group)
{
    for (const struct need *n = group ? group->needs : NULL; n; n = n->next) {
        if (n->count > 0)
            return true;
    }
    return false;
}

static bool is_shared(enum plan_type type)
{
    return type == PLAN_VPC || type == PLAN_TABLE || type == PLAN_ATTACHMENT || type == PLAN_ROUTE;
}

/* Who has the object from now on: home, and whoever needs it as one of group. */
static int share(struct step *step, struct object *o, const struct object *group,
                 struct stream *home, bool differs)
{
    int r = take_away(step, o, group, home);

    return r < 0 ? r : give(step, o, group, home, differs);
}

static int withdraw(struct step *step, struct object *o)
{
    int r = take_away(step, o, NULL, NULL);

    planner_free_text(o);
    return r;
}

static int describe(struct step *step, struct object *o, const struct object *group)
{
    struct plan_description d = {0};
    struct stream *home = NULL;
    bool differs = false;
    int r = plan_describe(step->after, o->type, o->id, &d);

    if (r < 0)
        return r;
    if (!d.text)
        return withdraw(step, o);
    if (!is_shared(o->type))
        home = stream_get(step->planner, d.node);
    r = is_shared(o->type) || home ? take_text(o, &d, &differs) : -ENOMEM;
    if (r == 0)
        r = share(step, o, group, home, differs);
    free(d.text);
    return r;
}

/* Finds out what the object is and who has it, as far as that may differ, and tells the streams. */
static int renew(struct step *step, struct object *o)
{
    const struct object *group = needed_as(step, o);

    if (is_shared(o->type) && !anybody_needs(group))
        return withdraw(step, o);
    if (o->stale || !o->text)
        return describe(step, o, group);
    return is_shared(o->type) ? share(step, o, group, NULL, false) : 0;
}

/* ---- a step ---- */

static int touch_everything(struct step *step)
{
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        snapshot_each (struct model_resource, resource, it, step->after, (enum model_kind_id)kind) {
            int r = touch_resource(step, (enum model_kind_id)kind, resource->id);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

static int touch_changes(struct step *step, const struct plan_change *changes, size_t count)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++)
        r = touch_resource(step, changes[i].kind, changes[i].id);
    return r;
}

/* The gateways that tables name, and the routes and attachments of those gateways: what is marked
 * on the way stands behind. */
static int follow_needs(struct step *step)
{
    list_for_each (table, &step->dirty, struct object, dirty) {
        int r = table->type == PLAN_TABLE ? needs_recount_table(step, table) : 0;

        if (r < 0)
            return r;
    }
    list_for_each (gateway, &step->dirty, struct object, dirty) {
        int r = gateway->type == PLAN_GATEWAY && needs_changed(gateway)
                    ? touch_users(step, gateway->id)
                    : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

static int renew_all(struct step *step)
{
    list_for_each (o, &step->dirty, struct object, dirty) {
        int r = renew(step, o);

        if (r < 0)
            return r;
    }
    return 0;
}

static void settle(struct step *step)
{
    list_for_each_safe (o, &step->dirty, struct object, dirty) {
        list_remove(&o->dirty);
        o->stale = false;
        needs_settle(o);
        planner_free_object(step->planner, o);
    }
}

static void tell(struct step *step, void (*moved)(void *, const char *, uint64_t), void *arg)
{
    for (struct stream *s = step->moved; s; s = s->next_moved) {
        s->moved = false;
        moved(arg, s->node, plan_node(step->after, s->node) ? s->version : 0);
    }
}

static void drop_deleted_nodes(struct step *step, const struct plan_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct stream *s = changes[i].kind == MODEL_NODE && !plan_node(step->after, changes[i].id)
                               ? stream_find(step->planner, changes[i].id)
                               : NULL;

        if (s)
            stream_drop(step->planner, s);
    }
}

int planner_follow(struct planner *p, const struct snapshot *before, const struct snapshot *after,
                   const struct plan_change *changes, size_t count,
                   void (*moved)(void *arg, const char *node_id, uint64_t version), void *arg)
{
    struct step step = {.planner = p, .before = before, .after = after};
    int r;

    list_init(&step.dirty);
    r = before ? touch_changes(&step, changes, count) : touch_everything(&step);
    if (r == 0)
        r = follow_needs(&step);
    if (r == 0)
        r = renew_all(&step);
    settle(&step);
    tell(&step, moved, arg);
    if (before)
        drop_deleted_nodes(&step, changes, count);
    return r;
}
