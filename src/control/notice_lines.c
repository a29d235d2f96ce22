#include "notice.h"

/* Private interfaces that come up and go down. What was last said of one is "up" or "down". */

static void say(struct region *r, const struct model_resource *line, const struct said *said,
                bool up)
{
    struct notice n = {.severity = up ? EVENTS_INFO : EVENTS_ERROR, .at_us = said->at_us};
    const char *why = model_str(said->status, "lastError");
    uint64_t since;

    if (clock_parse(model_str(said->status, "since"), &since) == 0 && since <= said->at_us)
        n.at_us = since;
    if (up)
        notice_resource(r, line, &n, SAY(EVENT_LINE_UP));
    else
        notice_resource(r, line, &n, SAY(EVENT_LINE_DOWN, words_written(why)));
}

/* One that was never up is not said to be down. */
static void compare(struct region *r, const struct model_private_interface *line,
                    const struct said *said)
{
    const char *id = line->head.id;
    bool up = said->state == LIVE_LINE_UP;
    char text[EVENTS_STATE_MAX];

    events_state(r->c->events, r->id, id, text, sizeof(text));
    if (up == (strcmp(text, "up") == 0))
        return;
    if (line->admin == MODEL_ADMIN_UP)
        say(r, &line->head, said, up);
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
        compare(r, line, now);
        notice_bgp(r, &line->head,
                   line->admin == MODEL_ADMIN_UP && line->routing == MODEL_ROUTING_BGP, before,
                   now);
        notice_routes_learned(r, s, id);
    }
    snapshot_unref(s);
}
