#include "notice.h"

/* Private interfaces and real networks that come up and go down. What was last said of one is "up"
 * or "down". */

static void say(struct region *r, const struct model_resource *line, const struct said *said,
                bool up)
{
    struct notice n = {.severity = up ? EVENTS_INFO : EVENTS_ERROR, .at_us = said->at_us};
    const char *why = model_str(said->status, "lastError");
    uint64_t since;

    if (clock_parse(model_str(said->status, "since"), &since) == 0 && since <= said->at_us)
        n.at_us = since;
    if (line->kind->id == MODEL_SUBNET)
        notice_resource(r, line, &n,
                        up ? SAY(EVENT_NETWORK_UP) : SAY(EVENT_NETWORK_DOWN, words_written(why)));
    else
        notice_resource(r, line, &n,
                        up ? SAY(EVENT_LINE_UP) : SAY(EVENT_LINE_DOWN, words_written(why)));
}

/* One that was never up is not said to be down. */
static void compare(struct region *r, const struct model_resource *line, bool wanted,
                    const struct said *said)
{
    const char *id = line->id;
    bool up = said->state == LIVE_LINE_UP;
    char text[EVENTS_STATE_MAX];

    events_state(r->c->events, r->id, id, text, sizeof(text));
    if (up == (strcmp(text, "up") == 0))
        return;
    if (wanted)
        say(r, line, said, up);
    events_set_state(r->c->events, r->id, id, up ? "up" : "down");
}

static bool is_same(const struct said *a, const struct said *b)
{
    return a->state == b->state &&
           strcmp(model_str(a->status, "bgpState"), model_str(b->status, "bgpState")) == 0;
}

void notice_line(struct region *r, const char *id, const struct said *before,
                 const struct said *now)
{
    const struct model_private_interface *line;
    struct snapshot *s;

    if (!r->c->events || (before && is_same(before, now)))
        return;
    s = region_now(r);
    line = snapshot_get(s, MODEL_PRIVATE_INTERFACE, id);
    if (line) {
        compare(r, &line->head, line->admin == MODEL_ADMIN_UP, now);
        notice_bgp(r, &line->head,
                   line->admin == MODEL_ADMIN_UP && line->routing == MODEL_ROUTING_BGP, before,
                   now);
        notice_routes_learned(r, s, id);
    }
    snapshot_unref(s);
}

/* ---- the limit of a network's hosts ---- */

static void compare_hosts(struct region *r, const struct model_subnet *subnet,
                          const struct said *said)
{
    int64_t hosts = model_int(said->status, "hosts", 0);
    bool full = hosts >= subnet->host_limit;
    struct notice n = {.severity = full ? EVENTS_WARNING : EVENTS_INFO, .at_us = said->at_us};
    char key[STORE_NAME_MAX], text[EVENTS_STATE_MAX];

    if (text_printf(key, sizeof(key), "hosts/%s", subnet->head.id) < 0)
        return;
    events_state(r->c->events, r->id, key, text, sizeof(text));
    if (full == (strcmp(text, "full") == 0))
        return;
    notice_resource(r, &subnet->head, &n,
                    full ? SAY(EVENT_HOSTS_FULL, subnet->host_limit)
                         : SAY(EVENT_HOSTS_FIT, hosts, subnet->host_limit));
    events_set_state(r->c->events, r->id, key, full ? "full" : "");
}

static bool is_same_network(const struct said *a, const struct said *b)
{
    return a->state == b->state && a->version == b->version &&
           model_int(a->status, "hosts", 0) == model_int(b->status, "hosts", 0);
}

void notice_network(struct region *r, const char *id, const struct said *before,
                    const struct said *now)
{
    const struct model_subnet *subnet;
    struct snapshot *s;

    if (!r->c->events || (before && is_same_network(before, now)))
        return;
    s = region_now(r);
    subnet = snapshot_get(s, MODEL_SUBNET, id);
    if (subnet && subnet->interface) {
        compare(r, &subnet->head, true, now);
        compare_hosts(r, subnet, now);
    }
    snapshot_unref(s);
}
