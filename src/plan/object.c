#include "planner_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* The objects of a plan, by type and id. */

static const struct pmap_type borrowed;

#define KEY_MAX                                                                                    \
    512 /* a type, a slash, an id; what is longer than any id is cut and finds nothing */

static size_t make_key(enum plan_type type, const char *id, char key[KEY_MAX])
{
    snprintf(key, KEY_MAX, "%s/%s", plan_type_name(type), id);
    return strlen(key);
}

static struct object *new_object(struct planner *p, enum plan_type type, const char *key,
                                 size_t len)
{
    struct object *o = calloc(1, sizeof(*o) + len + 1);

    if (!o)
        return NULL;
    list_init(&o->dirty);
    o->type = type;
    memcpy(o->key, key, len);
    o->id = strchr(o->key, '/') + 1;
    if (pmap_put(&borrowed, &p->objects, key, len, o, 0) < 0) {
        free(o);
        return NULL;
    }
    return o;
}

struct object *planner_object(const struct planner *p, enum plan_type type, const char *id)
{
    char key[KEY_MAX];
    size_t len = make_key(type, id, key);

    return pmap_get(p->objects, key, len);
}

struct object *planner_mark(struct step *step, enum plan_type type, const char *id)
{
    char key[KEY_MAX];
    size_t len = make_key(type, id, key);
    struct object *o = pmap_get(step->planner->objects, key, len);

    if (!o)
        o = new_object(step->planner, type, key, len);
    if (o && list_empty(&o->dirty))
        list_append(&step->dirty, &o->dirty);
    return o;
}

void planner_free_text(struct object *o)
{
    free(o->text);
    free(o->source);
    o->text = o->source = NULL;
    o->text_len = 0;
}

void planner_destroy_object(struct object *o)
{
    planner_free_text(o);
    while (o->holdings) {
        struct holding *h = o->holdings;

        o->holdings = h->next;
        free(h);
    }
    while (o->needs) {
        struct need *n = o->needs;

        o->needs = n->next;
        free(n);
    }
    free(o);
}

void planner_free_object(struct planner *p, struct object *o)
{
    if (o->holdings || o->needs || !list_empty(&o->dirty))
        return;
    if (pmap_remove(&borrowed, &p->objects, o->key, strlen(o->key)) == 0)
        planner_destroy_object(o); /* else it stays, empty as it is */
}
