/* What was kept of flows (last.c), once their tunnel is left. */
#include "worker_internal.h"

#define OLD_US 30000000U /* is sent no more */

static void forget(struct dp_last *last, struct dp_last_packet *packet)
{
    packet->path = 0;
    last->n--;
}

/* Of the tunnel that it went into, if it may still be lost there. */
static const struct dp_egress *egress_of(const struct dp_worker *w,
                                         const struct dp_last_packet *packet)
{
    const struct dp_egress *e =
        packet->tunnel < w->config->n_tunnels ? w->config->tunnels[packet->tunnel] : NULL;

    if (!e || !e->tunnel || e->path->serial != packet->path ||
        dp_path_heard_us(w, e->path) > packet->sent_us || w->now_us > packet->sent_us + OLD_US)
        return NULL;
    return e;
}

static void send_again(struct dp_worker *w, const struct dp_egress *failed, unsigned flow)
{
    const struct dp_last_packet *packet = &w->last.packets[flow];
    const struct dp_table *table =
        packet->table < w->config->n_tables ? w->config->tables[packet->table] : NULL;
    struct dp_packet p;

    if (table && table->key == packet->table_key &&
        dp_packet_again(w->last.bytes + (size_t)flow * DP_LAST_BYTES, packet->len,
                        packet->csum_start, packet->csum_offset, &p) == 0)
        dp_forward_again(w, &p, packet->table, failed->path);
}

/* Something has changed that may make a tunnel be left. */
static bool is_news(struct dp_worker *w)
{
    const struct dp_left now = {w->config->number, w->unsent_until_us, w->left_until_us,
                                w->prober.lost};
    struct dp_left *seen = &w->last.seen;
    bool same = now.config == seen->config && now.unsent_until_us == seen->unsent_until_us &&
                now.left_until_us == seen->left_until_us && now.lost == seen->lost;

    *seen = now;
    return !same;
}

void dp_last_run(struct dp_worker *w)
{
    struct dp_last *last = &w->last;

    if (last->n == 0 || !is_news(w))
        return;
    last->under_way = true;
    for (unsigned i = 0; i < DP_LAST_FLOWS; i++) {
        const struct dp_egress *e;

        if (!last->packets[i].path)
            continue;
        e = egress_of(w, &last->packets[i]);
        if (e && dp_egress_is_sound(w, e))
            continue;
        if (e)
            send_again(w, e, i);
        forget(last, &last->packets[i]);
    }
    dp_tunnel_flush(w); /* it borrows what was kept */
    last->under_way = false;
}
