#include "control_internal.h"

/* The regions that there are. They are few; what is in them is not. */

static struct region *find(struct house *h, const char *id)
{
    list_for_each (r, &h->regions, struct region, link) {
        if (strcmp(r->id, id) == 0)
            return r;
    }
    return NULL;
}

struct region *house_find(struct control *c, const char *id)
{
    struct region *r;

    pthread_mutex_lock(&c->house.lock);
    r = find(&c->house, id);
    pthread_mutex_unlock(&c->house.lock);
    return r;
}

/* In the order of ids. */
static void insert(struct house *h, struct region *made)
{
    struct list *pos = h->regions.next;

    while (pos != &h->regions && strcmp(container_of(pos, struct region, link)->id, made->id) < 0)
        pos = pos->next;
    list_insert_before(pos, &made->link);
    h->count++;
}

struct region *house_take_in(struct control *c, struct region *made)
{
    struct region *r;

    pthread_mutex_lock(&c->house.lock);
    r = find(&c->house, made->id);
    if (!r) {
        insert(&c->house, made);
        r = made;
    }
    pthread_mutex_unlock(&c->house.lock);
    return r;
}

struct region *house_next(struct control *c, const struct region *after)
{
    const struct list *next;

    pthread_mutex_lock(&c->house.lock);
    next = after ? after->link.next : c->house.regions.next;
    pthread_mutex_unlock(&c->house.lock);
    return next == &c->house.regions ? NULL : container_of(next, struct region, link);
}
