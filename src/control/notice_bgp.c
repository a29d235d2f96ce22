#include "notice.h"

#include <stdio.h>

/* BGP sessions that come up and go down. What was last said of a tunnel's is "up", or nothing. */

static const char *state_of(const struct said *said)
{
    return said ? model_str(said->status, "bgpState") : "";
}

static void say(struct region *r, const struct model_resource *t, const struct said *said, bool up)
{
    const char *why = model_str(said->status, "bgpLastError");
    struct notice n = {.severity = up ? EVENTS_INFO : EVENTS_ERROR, .at_us = said->at_us};
    uint64_t since;

    if (clock_parse(model_str(said->status, "bgpSince"), &since) == 0 && since <= said->at_us)
        n.at_us = since;
    if (up)
        notice_resource(r, t, &n, SAY(EVENT_BGP_UP));
    else
        notice_resource(
            r, t, &n, *why ? SAY(EVENT_BGP_DOWN, words_written(why)) : SAY(EVENT_BGP_DOWN_UNSAID));
}

/* Whoever took the tunnel or BGP out of use is an event of their own. */
void notice_bgp(struct region *r, const struct model_resource *resource, bool wanted,
                const struct said *before, const struct said *now)
{
    bool up = strcmp(state_of(now), "established") == 0;
    char key[STORE_NAME_MAX], text[EVENTS_STATE_MAX];

    if ((before && strcmp(state_of(before), state_of(now)) == 0) ||
        text_printf(key, sizeof(key), "bgp/%s", resource->id) < 0)
        return;
    events_state(r->c->events, r->id, key, text, sizeof(text));
    if (up == (strcmp(text, "up") == 0))
        return;
    if (wanted)
        say(r, resource, now, up);
    events_set_state(r->c->events, r->id, key, up ? "up" : "");
}
