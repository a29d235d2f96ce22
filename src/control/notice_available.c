#include "notice.h"

/* Connections that are not highly available any more, and those that are again. Looked at are those
 * of which a tunnel has changed; nothing is known of one whose node does not report. */

#define LOOKS_MAX 500 /* each second */

void notice_available_due(struct region *r, const struct snapshot *s, const char *tunnel)
{
    const struct model_vpn_tunnel *t = snapshot_get(s, MODEL_VPN_TUNNEL, tunnel);

    if (t)
        due_mark(&r->available_due, t->vpn_connection_id);
}

/* What was last said of it; "": nothing yet. */
static void say(struct region *r, const struct model_resource *connection, bool available)
{
    const struct notice warning = {.severity = EVENTS_WARNING}, info = {0};
    char key[STORE_NAME_MAX], text[EVENTS_STATE_MAX];

    if (text_printf(key, sizeof(key), "available/%s", connection->id) < 0)
        return;
    events_state(r->c->events, r->id, key, text, sizeof(text));
    if (strcmp(text, available ? "yes" : "no") == 0 || (!*text && !available))
        return;
    if (!available)
        notice_resource(r, connection, &warning, SAY(EVENT_AVAILABILITY_LOST));
    else if (*text)
        notice_resource(r, connection, &info, SAY(EVENT_AVAILABILITY_BACK));
    events_set_state(r->c->events, r->id, key, available ? "yes" : "no");
}

static void forget(struct region *r, const char *id)
{
    char key[STORE_NAME_MAX];

    if (text_printf(key, sizeof(key), "available/%s", id) == 0)
        events_set_state(r->c->events, r->id, key, "");
}

static void look_at(struct region *r, const struct snapshot *s, const char *id)
{
    const struct model_vpn_connection *connection = snapshot_get(s, MODEL_VPN_CONNECTION, id);
    bool available, reported;

    if (!connection) {
        forget(r, id);
        return;
    }
    pthread_mutex_lock(&r->live);
    available = live_is_available(r, s, connection, &reported);
    pthread_mutex_unlock(&r->live);
    if (reported)
        say(r, &connection->head, available);
}

void notice_available(struct region *r)
{
    char id[STORE_NAME_MAX + 1];
    struct snapshot *s = region_now(r);

    for (int i = 0; i < LOOKS_MAX && due_take(&r->available_due, id); i++)
        look_at(r, s, id);
    snapshot_unref(s);
}
