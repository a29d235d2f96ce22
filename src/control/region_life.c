#include "learned.h"

#include <stdlib.h>

/* A region is made, loaded and freed, with all that hangs on it. */

static const struct pmap_type set_type = {0};

static void region_free(struct region *r)
{
    list_remove(&r->link);
    snapshot_unref(r->head);
    snapshot_unref(r->now);
    planner_free(r->planner);
    live_free_nodes(r);
    observed_done(r);
    feed_done(&r->feed);
    heard_free(&r->learned);
    heard_free(&r->hosts);
    json_decref(r->logs);
    due_done(&r->routes_due);
    due_done(&r->available_due);
    pmap_unref(&set_type, r->down);
    for (size_t i = 0; i < ARRAY_SIZE(r->suspects); i++)
        pmap_unref(&set_type, r->suspects[i]);
    pmap_unref(&set_type, r->usual_due);
    alarms_done(r);
    pthread_mutex_destroy(&r->alarm_lock);
    pthread_mutex_destroy(&r->write);
    pthread_mutex_destroy(&r->look);
    pthread_cond_destroy(&r->planned);
    pthread_mutex_destroy(&r->live);
    free(r);
}

static struct region *region_new(struct control *c, const char *id)
{
    struct region *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->c = c;
    list_init(&r->link);
    list_init(&r->stale);
    list_init(&r->nodes);
    pthread_mutex_init(&r->write, NULL);
    pthread_mutex_init(&r->look, NULL);
    pthread_mutex_init(&r->live, NULL);
    due_init(&r->routes_due);
    due_init(&r->available_due);
    pthread_mutex_init(&r->alarm_lock, NULL);
    pthread_cond_init(&r->planned, NULL);
    feed_init(&r->feed);
    (void)text_copy(r->id, sizeof(r->id), id);
    r->logs = json_object();
    if (r->logs && observed_init(r) == 0 && snapshot_apply(NULL, NULL, 0, 0, &r->now) == 0) {
        r->head = snapshot_ref(r->now);
        return r;
    }
    region_free(r);
    return NULL;
}

struct region *house_make(struct control *c, const char *id)
{
    struct region *r = house_find(c, id), *made = r ? NULL : region_new(c, id);

    if (!made)
        return r;
    r = house_take_in(c, made); /* another thread may have been faster */
    if (r != made)
        region_free(made);
    return r;
}

int house_load(struct control *c)
{
    struct store_page page = {0};
    int r = store_regions(c->store, &page);

    for (size_t i = 0; r == 0 && i < page.count; i++) {
        struct region *region = house_make(c, page.items[i].id);

        r = region ? region_load(region) : -ENOMEM;
        if (r == 0)
            region_reset(region);
    }
    store_page_done(&page);
    return r;
}

void house_done(struct control *c)
{
    list_for_each_safe (r, &c->house.regions, struct region, link)
        region_free(r);
}
