#include "answering.h"

/* How BGP runs: what the platform's file has no place for, its reader is told of. */

/* One that says whose it is; every escape can say it. */
static void put_placeholder(struct answering *a, struct scope *s)
{
    char text[96];

    (void)text_printf(text, sizeof(text), "bgp_password_of_%s", a->q->connection->head.id);
    for (char *c = text; *c; c++)
        *c = *c == '-' ? '_' : *c;
    scope_text(s, DEVICE_BGP_PASSWORD, text);
}

static void put_password(struct answering *a, struct scope *s)
{
    const struct model_vpn_connection *c = a->q->connection;

    if (!c->bgp_password)
        return;
    if (!template_mentions(a->t, DEVICE_BGP_PASSWORD)) {
        answering_warn(a, SAY(DEVICE_NO_BGP_PASSWORD, a->q->platform->name, c->head.name));
    } else if (a->q->bgp_password) {
        scope_text(s, DEVICE_BGP_PASSWORD, a->q->bgp_password);
    } else {
        answering_warn(a, SAY(DEVICE_BGP_PASSWORD_HIDDEN, c->head.name));
        put_placeholder(a, s);
    }
}

static void put_bfd(struct answering *a, struct scope *s)
{
    const struct model_vpn_connection *c = a->q->connection;

    if (!c->bfd.enabled)
        return;
    if (!template_mentions(a->t, DEVICE_BFD_INTERVAL))
        answering_warn(a, SAY(DEVICE_NO_BFD, a->q->platform->name, c->head.name));
    scope_number(s, DEVICE_BFD_INTERVAL, (uint64_t)c->bfd.interval_ms);
    scope_number(s, DEVICE_BFD_MULTIPLIER, (uint64_t)c->bfd.multiplier);
}

void put_bgp(struct answering *a, struct scope *s)
{
    const struct model_bgp *bgp = &a->q->connection->bgp;

    if (!template_mentions(a->t, DEVICE_CLOUD_ASN)) /* the file has no sessions in it */
        return;
    scope_number(s, DEVICE_BGP_HOLD, (uint64_t)bgp->hold_s);
    scope_number(s, DEVICE_BGP_KEEPALIVE, (uint64_t)bgp->hold_s / 3);
    put_password(a, s);
    put_bfd(a, s);
}
