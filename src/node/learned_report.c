/* What ropewayd is told of learned routes: only what it does not know. */
#include <jansson.h>
#include <stdlib.h>

#include "learned.h"

#define TAIL 32 /* what closes the member */

static void put_optional(json_t *obj, const struct learned_route *r)
{
    if (r->has_med)
        json_object_set_new(obj, "med", json_integer(r->med));
}

static json_t *put_of(const struct learned_route *r)
{
    static const char *const origins[] = {"igp", "egp", "incomplete"};
    char prefix[PREFIX_TEXT_MAX], next_hop[ADDR_TEXT_MAX], since[CLOCK_TEXT_MAX];
    json_t *obj = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s}", "gateway", r->of->id,
                            "tunnel", r->tunnel_id, "prefix", prefix_format(&r->prefix, prefix),
                            "nextHop", addr_format(&r->next_hop, next_hop), "asPath", r->as_path,
                            "asPathLength", (json_int_t)r->length, "communities", r->communities,
                            "origin", origins[MIN(r->origin, ARRAY_SIZE(origins) - 1)], "since",
                            clock_format(r->since_us, since));

    if (obj)
        put_optional(obj, r);
    return obj;
}

static json_t *gone_of(const struct learned_route *r)
{
    char prefix[PREFIX_TEXT_MAX];

    return json_pack("{s:s, s:s}", "tunnel", r->tunnel_id, "prefix",
                     prefix_format(&r->prefix, prefix));
}

/* The entry as a text; NULL without memory. */
static char *write_one(const struct learned_route *r)
{
    json_t *obj = r->gone ? gone_of(r) : put_of(r);
    char *text = obj ? json_dumps(obj, JSON_COMPACT) : NULL;

    json_decref(obj);
    return text;
}

/* A route that went and came again is two entries, and the second one counts: all that are gone in
 * a report go before those that came. */
static void take(struct learned *l, bool gone, size_t max, struct buf *ret)
{
    list_for_each_safe (r, &l->due, struct learned_route, told) {
        char *text = r->gone == gone ? write_one(r) : NULL;

        if (text && ret->len + strlen(text) < max) {
            buf_printf(ret, "%s%s", ret->len ? "," : "", text);
            list_remove(&r->told);
            list_append(&l->sent, &r->told);
            r->reported = true;
        }
        free(text);
        if (ret->len + 512 > max)
            return;
    }
}

void learned_report_write(struct learned *l, size_t max, struct buf *ret)
{
    struct buf gone = {0}, put = {0};

    if (list_empty(&l->due))
        return;
    take(l, true, max, &gone);
    if (gone.len + TAIL < max)
        take(l, false, max - gone.len - TAIL, &put);
    buf_printf(ret, "\"learned\":{\"gone\":[%s],\"put\":[%s]},", buf_text(&gone), buf_text(&put));
    ret->failed |= gone.failed || put.failed;
    buf_done(&gone);
    buf_done(&put);
}

bool learned_report_has_more(const struct learned *l)
{
    return !list_empty(&l->due);
}

void learned_report_sent(struct learned *l, bool taken)
{
    list_for_each_safe (r, &l->sent, struct learned_route, told) {
        list_remove(&r->told);
        if (!taken)
            list_append(&l->due, &r->told);
        else if (r->gone)
            learned_free_gone(l, r);
    }
}

void learned_report_reset(struct learned *l)
{
    list_for_each_safe (r, &l->gone, struct learned_route, all)
        learned_free_gone(l, r);
    for (size_t i = 0; i < l->gateways.n_slots; i++) {
        for (struct name_link *link = l->gateways.slots[i]; link; link = link->next) {
            struct learned_gateway *g = container_of(link, struct learned_gateway, link);

            list_for_each (r, &g->routes, struct learned_route, all) {
                list_remove(&r->told);
                list_append(&l->due, &r->told);
                r->reported = false;
            }
        }
    }
}
