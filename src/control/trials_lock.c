#include "trials.h"

#include <stdlib.h>

/* Whoever is told that something happened may hold the server's lock, under which it asks us what:
 * so nobody is told before ours is given back. */

struct news {
    struct list link;
    enum control_wait_kind kind;
    char region[STORE_NAME_MAX + 1], node[64];
};

void trials_lock(struct control *c)
{
    pthread_mutex_lock(&c->trials->lock);
}

void trials_will_tell(struct control *c, enum control_wait_kind kind, const char *region,
                      const char *node)
{
    struct news *n;

    list_for_each (known, &c->trials->news, struct news, link) {
        if (known->kind == kind && strcmp(known->node, node) == 0 &&
            strcmp(known->region, region) == 0)
            return;
    }
    n = calloc(1, sizeof(*n));
    if (!n)
        return; /* they look again when their time is over */
    n->kind = kind;
    (void)text_copy(n->region, sizeof(n->region), region);
    (void)text_copy(n->node, sizeof(n->node), node);
    list_append(&c->trials->news, &n->link);
}

void trials_unlock(struct control *c)
{
    struct list news;

    list_init(&news);
    list_for_each_safe (n, &c->trials->news, struct news, link) {
        list_remove(&n->link);
        list_append(&news, &n->link);
    }
    pthread_mutex_unlock(&c->trials->lock);
    list_for_each_safe (n, &news, struct news, link) {
        control_tell(c, n->kind, n->region, n->node);
        list_remove(&n->link);
        free(n);
    }
}
