#include "ikev2_internal.h"

#include <stdlib.h>

/* All IKE SAs, found by their SPIs. */

void ikev2_init(struct ikev2 *ikev2, struct ike_env *env, const struct ike_peers *peers,
                const struct ike_version *version, const struct ike_options *options)
{
    ikev2->env = env;
    ikev2->version = version;
    ikev2->peers = peers;
    ikev2->cookies_from = options && options->cookies_from ? options->cookies_from : 32;
    ikev2->half_open_max = options && options->half_open_max ? options->half_open_max : 1024;
    for (size_t i = 0; i < IKEV2_BUCKETS; i++)
        list_init(&ikev2->buckets[i]);
    for (size_t i = 0; i < IKEV2_BUCKETS; i++)
        list_init(&ikev2->by_init[i]);
    list_init(&ikev2->half_open);
    list_init(&ikev2->failed);
}

static struct list *bucket(const struct ikev2 *ikev2, uint64_t spi)
{
    /* Local SPIs are random: their low bits do. */
    return (struct list *)(uintptr_t)&ikev2->buckets[spi % IKEV2_BUCKETS];
}

struct ike_sa *ikev2_find(const struct ikev2 *ikev2, uint64_t local_spi)
{
    list_for_each (v2, bucket(ikev2, local_spi), struct ikev2_sa, link) {
        if (ike_sa_local_spi(&v2->sa) == local_spi && v2->sa.state != IKE_SA_DEAD)
            return &v2->sa;
    }
    return NULL;
}

struct ike_sa *ikev2_find_pair(const struct ikev2 *ikev2, bool initiator, uint64_t spi_i,
                               uint64_t spi_r)
{
    list_for_each (v2, bucket(ikev2, initiator ? spi_i : spi_r), struct ikev2_sa, link) {
        if (v2->sa.initiator == initiator && v2->sa.spi_i == spi_i && v2->sa.spi_r == spi_r &&
            v2->sa.state != IKE_SA_DEAD)
            return &v2->sa;
    }
    return NULL;
}

struct ike_sa *ikev2_next_twin(const struct ike_sa *sa)
{
    const struct list *all = bucket(sa->v2->ikev2, ike_sa_local_spi(sa));

    for (const struct list *at = sa->v2->link.next; at != all; at = at->next) {
        struct ike_sa *next = &container_of(at, struct ikev2_sa, link)->sa;

        if (next->initiator == sa->initiator && next->spi_i == sa->spi_i &&
            next->spi_r == sa->spi_r && next->state != IKE_SA_DEAD)
            return next;
    }
    return NULL;
}

uint64_t ikev2_new_spi(struct ikev2 *ikev2)
{
    uint64_t spi;

    do
        spi = ike_random_u64(ikev2->env);
    while (spi == 0 || ikev2_find(ikev2, spi));
    return spi;
}

void ikev2_touch_all(struct ikev2 *ikev2)
{
    for (size_t i = 0; i < IKEV2_BUCKETS; i++) {
        list_for_each (v2, &ikev2->buckets[i], struct ikev2_sa, link)
            ike_sa_touch(&v2->sa);
    }
}

void ikev2_touch_half_open(struct ikev2 *ikev2)
{
    list_for_each (v2, &ikev2->half_open, struct ikev2_sa, half_link)
        ike_sa_touch(&v2->sa);
}

void ikev2_set_half_open(struct ike_sa *sa, bool half_open)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;

    if (sa->v2->counted == half_open)
        return;
    sa->v2->counted = half_open;
    if (half_open) {
        ikev2->n_half_open++;
        sa->v2->source = ikev2_source_hold(ikev2, &sa->remote.addr);
        list_append(&ikev2->half_open, &sa->v2->half_link);
    } else {
        ikev2->n_half_open--;
        ikev2_source_release(sa->v2->source);
        list_remove(&sa->v2->half_link);
    }
}

/* Initiator SPIs are chosen by others: so the place of one depends on the key, too. */
static struct list *init_bucket(struct ikev2 *ikev2, uint64_t spi_i, const struct addr *from)
{
    uint64_t hash = hash_bytes(&spi_i, sizeof(spi_i), ikev2_hash_address(ikev2, from));

    return &ikev2->by_init[hash % IKEV2_BUCKETS];
}

void ikev2_index_init(struct ike_sa *sa, const struct addr *from)
{
    sa->v2->init_from = *from;
    list_append(init_bucket(sa->v2->ikev2, sa->spi_i, from), &sa->v2->init_link);
}

const struct list *ikev2_inits_of(struct ikev2 *ikev2, uint64_t spi_i, const struct addr *from)
{
    return init_bucket(ikev2, spi_i, from);
}

/* ---- coming and going ---- */

int ikev2_sa_new(struct ikev2 *ikev2, struct ike_peer *peer, enum ike_sa_state state,
                 bool initiator, uint64_t local_spi, const struct endpoint *local,
                 const struct endpoint *remote, struct ike_sa **ret)
{
    struct ikev2_sa *v2 = calloc(1, sizeof(*v2));
    struct ike_sa *sa = v2 ? &v2->sa : NULL;

    if (!v2)
        return -ENOMEM;
    if (ike_sa_begin(sa, ikev2->env, ikev2->version, state) < 0) {
        free(v2);
        return -ENOMEM;
    }
    sa->v2 = v2;
    v2->ikev2 = ikev2;
    sa->initiator = sa->begun_by_us = initiator;
    *(initiator ? &sa->spi_i : &sa->spi_r) = local_spi;
    sa->tie = sa->spi_i;
    sa->local = *local;
    sa->remote = *remote;
    list_init(&v2->half_link);
    list_init(&v2->init_link);
    list_append(bucket(ikev2, local_spi), &v2->link);
    ikev2->n_sas++;
    if (peer)
        ike_sa_attach(sa, peer);
    *ret = sa;
    return 0;
}

void ikev2_sa_free(struct ike_sa *sa)
{
    struct ikev2_sa *v2 = sa->v2;

    ikev2_set_half_open(sa, false);
    buf_done(&v2->request.bytes);
    crypto_dh_free(v2->request.dh);
    free(v2->request.selectors);
    list_remove(&v2->link);
    list_remove(&v2->init_link);
    v2->ikev2->n_sas--;
    ike_sa_end(sa);
    ike_sk_free(v2->sk);
    ikev2_intermediate_end(sa);
    ikev2_followup_end(sa);
    crypto_dh_free(v2->dh);
    buf_done(&v2->init_request);
    buf_done(&v2->init_response);
    while (v2->n_others)
        buf_done(&v2->others[--v2->n_others].bytes);
    buf_done(&v2->response);
    ikev2_fragments_end(sa);
    crypto_wipe(v2, sizeof(*v2));
    free(v2);
}

void ikev2_done(struct ikev2 *ikev2)
{
    for (size_t i = 0; i < IKEV2_BUCKETS; i++) {
        list_for_each_safe (v2, &ikev2->buckets[i], struct ikev2_sa, link)
            ikev2_sa_free(&v2->sa);
    }
    ikev2_sources_done(ikev2);
}
