/* The last words of flows. A sender of TCP whose packets are lost in a dead tunnel waits for longer
 * each time before it tries again, so that it is silent for seconds when another tunnel takes over.
 * What it tried last is kept, and goes through that one as soon as the dead one is left
 * (last_run.c). */
#include "worker_internal.h"

#include <stdlib.h>

#define QUIET_US 100000U /* nothing came back for so long: less than TCP waits at first */

int dp_last_init(struct dp_last *last)
{
    last->bytes = malloc((size_t)DP_LAST_FLOWS * DP_LAST_BYTES); /* touched when used */
    return last->bytes ? 0 : -ENOMEM;
}

void dp_last_done(struct dp_last *last)
{
    free(last->bytes);
}

uint64_t dp_path_heard_us(const struct dp_worker *w, const struct dp_path *path)
{
    return dp_tunnel_counters(path->stats, w->index)[IPC_TUNNEL_LAST_IN_US];
}

/* Headers of their own have segments of large sends alone, which no sender tries again with. */
static bool is_worth_it(const struct esp_out *job)
{
    struct dp_inner inner;

    return job->head_len == 0 && job->body_len <= DP_LAST_BYTES &&
           dp_inner_parse(job->body, job->body_len, &inner) == 0 && inner.protocol == DP_TCP &&
           !inner.fragment;
}

static void keep(struct dp_worker *w, const struct dp_path *path, const struct esp_out *job,
                 const struct dp_table *table)
{
    uint32_t flow = flow_hash(0, job->body, job->body_len) % DP_LAST_FLOWS;
    struct dp_last_packet *packet = &w->last.packets[flow];

    w->last.n += packet->path == 0;
    *packet = (struct dp_last_packet){.path = path->serial,
                                      .tunnel = path->index,
                                      .table = table->index,
                                      .table_key = table->key,
                                      .sent_us = w->now_us,
                                      .len = (uint16_t)job->body_len,
                                      .csum_start = job->csum_start,
                                      .csum_offset = job->csum_offset};
    memcpy(w->last.bytes + (size_t)flow * DP_LAST_BYTES, job->body, job->body_len);
}

void dp_last_keep(struct dp_worker *w, const struct dp_pending *p)
{
    const struct dp_egress *e = p->egress;

    if (w->last.under_way || e->tunnel->config.n_translations ||
        w->now_us < dp_path_heard_us(w, e->path) + QUIET_US)
        return;
    for (unsigned i = 0; i < p->n; i++)
        if (p->leads[i].table && is_worth_it(&p->jobs[i]))
            keep(w, e->path, &p->jobs[i], p->leads[i].table);
}
