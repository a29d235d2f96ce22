#include "worker_internal.h"

#include <stdlib.h>

int dp_again_init(struct dp_again *a)
{
    a->bytes = malloc(DP_TX_BYTES); /* pages that nobody touches cost nothing */
    return a->bytes ? 0 : -ENOMEM;
}

void dp_again_done(struct dp_again *a)
{
    free(a->bytes);
}

bool dp_again_keep(struct dp_again *a, const struct esp_out *job, const struct fib_hops *hops)
{
    size_t len = (size_t)job->head_len + job->body_len;
    uint8_t *ip = a->bytes + a->used;

    if (!hops || a->under_way || a->n == DP_AGAIN_MAX || DP_TX_BYTES - a->used < len)
        return false;
    if (job->head_len)
        memcpy(ip, job->head, job->head_len);
    memcpy(ip + job->head_len, job->body, job->body_len);
    a->packets[a->n++] = (struct dp_again_packet){.hops = hops,
                                                  .at = (uint32_t)a->used,
                                                  .len = (uint32_t)len,
                                                  .csum_start = job->csum_start,
                                                  .csum_offset = job->csum_offset};
    a->used += len;
    return true;
}

int dp_packet_again(uint8_t *ip, size_t len, uint16_t csum_start, uint16_t csum_offset,
                    struct dp_packet *ret)
{
    *ret = (struct dp_packet){.ip = ip};
    if (csum_start) {
        ret->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
        ret->vnet.csum_start = csum_start;
        ret->vnet.csum_offset = csum_offset;
    }
    return dp_inner_parse(ip, len, &ret->inner);
}

int dp_again_packet(const struct dp_again *a, unsigned i, struct dp_packet *ret)
{
    const struct dp_again_packet *kept = &a->packets[i];

    return dp_packet_again(a->bytes + kept->at, kept->len, kept->csum_start, kept->csum_offset,
                           ret);
}
