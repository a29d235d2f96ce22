#include "notice.h"

#include <stdio.h>

/* BGP sessions that come up and go down. What was last said of a tunnel's is "up", or nothing. */

static const char *state_of(const struct said *said)
{
    return said ? model_str(said->status, "bgpState") : "";
}

/* Whoever took the tunnel or BGP out of use is an event of their own. */
static bool is_wanted(const struct snapshot *s, const struct model_vpn_tunnel *t)
{
    const struct model_vpn_connection *c =
        snapshot_get(s, MODEL_VPN_CONNECTION, t->vpn_connection_id);

    return t->admin == MODEL_ADMIN_UP && c && c->routing == MODEL_ROUTING_BGP;
}

static void say(struct region *r, const struct model_vpn_tunnel *t, const struct said *said,
                bool up)
{
    const char *why = model_str(said->status, "bgpLastError");
    struct notice n = {.severity = up ? EVENTS_INFO : EVENTS_ERROR, .at_us = said->at_us};
    uint64_t since;

    if (clock_parse(model_str(said->status, "bgpSince"), &since) == 0 && since <= said->at_us)
        n.at_us = since;
    if (up)
        notice_resource(r, &t->head, &n, SAY(EVENT_BGP_UP));
    else
        notice_resource(r, &t->head, &n,
                        *why ? SAY(EVENT_BGP_DOWN, words_written(why))
                             : SAY(EVENT_BGP_DOWN_UNSAID));
}

void notice_bgp(struct region *r, const struct snapshot *s, const struct model_vpn_tunnel *t,
                const struct said *before, const struct said *now)
{
    bool up = strcmp(state_of(now), "established") == 0;
    char key[STORE_NAME_MAX], text[EVENTS_STATE_MAX];

    if ((before && strcmp(state_of(before), state_of(now)) == 0) ||
        text_printf(key, sizeof(key), "bgp/%s", t->head.id) < 0)
        return;
    events_state(r->c->events, r->id, key, text, sizeof(text));
    if (up == (strcmp(text, "up") == 0))
        return;
    if (is_wanted(s, t))
        say(r, t, now, up);
    events_set_state(r->c->events, r->id, key, up ? "up" : "");
}
