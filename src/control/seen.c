#include "control_internal.h"

/* When each node was last seen: stored now and then, so that a restart does not forget it, in the
 * collection nodeSeen: one item for each region, {node id: microseconds since 1970}. */

#define COLLECTION "nodeSeen"
#define KEEP_US    (30 * UINT64_C(1000000))

int seen_load(struct control *c)
{
    struct store_query query = {.collection = COLLECTION, .region = ""};
    struct store_page page = {0};
    int status = store_list(c->store, &query, &page);

    for (size_t i = 0; status == 0 && i < page.count; i++) {
        struct region *r = house_find(c, page.items[i].id);
        json_t *times = r ? json_loads(page.items[i].value, 0, NULL) : NULL, *time;
        const char *id;

        json_object_foreach (times, id, time) {
            struct node_state *n = live_node(r, id, true);

            if (n && json_is_integer(time) && json_integer_value(time) > 0)
                n->seen_us = (uint64_t)json_integer_value(time);
        }
        json_decref(times);
    }
    store_page_done(&page);
    return status;
}

/* New; NULL if there is nothing new to store. */
static json_t *times_of(struct region *r, uint64_t since_us)
{
    json_t *times = json_object();
    bool news = false;

    pthread_mutex_lock(&r->live);
    list_for_each (n, &r->nodes, struct node_state, link) {
        if (n->seen_us)
            (void)json_object_set_new(times, n->id, json_integer((json_int_t)n->seen_us));
        news |= n->seen_us > since_us;
    }
    pthread_mutex_unlock(&r->live);
    if (news)
        return times;
    json_decref(times);
    return NULL;
}

void seen_keep(struct control *c, uint64_t now_us, bool now)
{
    struct batch b = {0};
    struct commit *commit;

    if (!now && now_us < c->last_seen_us + KEEP_US)
        return;
    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        json_t *times = times_of(r, c->last_seen_us);

        if (times)
            batch_put(&b, COLLECTION, "", r->id, times);
        json_decref(times);
    }
    c->last_seen_us = now_us;
    if (b.count && commit_new(NULL, NULL, NULL, &b, &commit) == 0) {
        commit_send(c, commit);
        commit_unref(commit);
    }
    batch_done(&b);
}
