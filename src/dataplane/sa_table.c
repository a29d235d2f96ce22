/* SAs by their SPIs, as workers find them. */
#include "dataplane_internal.h"

static unsigned long hash_of(uint32_t spi)
{
    return spi * 2654435761UL;
}

static int match(struct cds_lfht_node *node, const void *key)
{
    const struct dp_sa *sa = container_of(node, struct dp_sa, node);

    return sa->spi == *(const uint32_t *)key;
}

static struct dp_sa *of_iter(struct cds_lfht_iter *iter)
{
    struct cds_lfht_node *node = cds_lfht_iter_get_node(iter);

    return node ? container_of(node, struct dp_sa, node) : NULL;
}

struct dp_sa *dp_sa_find(struct cds_lfht *inbound, uint32_t spi)
{
    struct cds_lfht_iter iter;

    cds_lfht_lookup(inbound, hash_of(spi), match, &spi, &iter);
    return of_iter(&iter);
}

struct dp_sa *dp_sa_first_outbound(struct dp_shared *shared, uint32_t spi,
                                   struct cds_lfht_iter *iter)
{
    cds_lfht_lookup(shared->outbound, hash_of(spi), match, &spi, iter);
    return of_iter(iter);
}

struct dp_sa *dp_sa_next_outbound(struct dp_shared *shared, struct cds_lfht_iter *iter)
{
    uint32_t spi = of_iter(iter)->spi;

    cds_lfht_next_duplicate(shared->outbound, match, &spi, iter);
    return of_iter(iter);
}

int dp_sa_publish(struct dp_shared *shared, struct dp_sa *sa)
{
    struct cds_lfht_node *node = &sa->node;

    rcu_read_lock();
    if (sa->direction == IPC_SA_IN)
        node = cds_lfht_add_unique(shared->inbound, hash_of(sa->spi), match, &sa->spi, &sa->node);
    else
        cds_lfht_add(shared->outbound, hash_of(sa->spi), &sa->node);
    rcu_read_unlock();
    return node == &sa->node ? 0 : -EEXIST;
}

void dp_sa_withdraw(struct dp_shared *shared, struct dp_sa *sa)
{
    rcu_read_lock();
    (void)cds_lfht_del(sa->direction == IPC_SA_IN ? shared->inbound : shared->outbound, &sa->node);
    rcu_read_unlock();
}

struct dp_sa *dp_sa_outbound(const struct dp_path *path)
{
    struct dp_sa *newest = NULL;

    list_for_each (sa, &path->sas, struct dp_sa, link)
        if (sa->direction == IPC_SA_OUT)
            newest = sa;
    return newest;
}
