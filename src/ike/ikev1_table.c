#include "ikev1_internal.h"

#include <stdlib.h>

/* All IKE SAs of IKEv1, found by their cookies. */

void ikev1_init(struct ikev1 *ikev1, struct ike_env *env, const struct ike_peers *peers,
                const struct ike_version *version, const struct ike_options *options)
{
    ikev1->env = env;
    ikev1->peers = peers;
    ikev1->version = version;
    ikev1->half_open_max = options && options->half_open_max ? options->half_open_max : 1024;
    ikev1->aggressive_max = (options && options->cookies_from ? options->cookies_from : 32) / 4 + 1;
    for (size_t i = 0; i < IKEV1_BUCKETS; i++)
        list_init(&ikev1->buckets[i]);
    list_init(&ikev1->half_open);
}

static struct list *bucket(const struct ikev1 *ikev1, uint64_t spi)
{
    return (struct list *)(uintptr_t)&ikev1->buckets[spi % IKEV1_BUCKETS];
}

static struct ike_sa *find_as(const struct ikev1 *ikev1, bool initiator, uint64_t spi_i,
                              uint64_t spi_r)
{
    list_for_each (v1, bucket(ikev1, initiator ? spi_i : spi_r), struct ikev1_sa, link) {
        const struct ike_sa *sa = &v1->sa;
        bool fits = sa->spi_i == spi_i && (sa->spi_r == spi_r || (initiator && !sa->spi_r));

        if (sa->initiator == initiator && fits && sa->state != IKE_SA_DEAD)
            return &v1->sa;
    }
    return NULL;
}

struct ike_sa *ikev1_find(const struct ikev1 *ikev1, uint64_t spi_i, uint64_t spi_r)
{
    struct ike_sa *sa = find_as(ikev1, true, spi_i, spi_r);

    return sa ? sa : find_as(ikev1, false, spi_i, spi_r);
}

struct ike_sa *ikev1_find_called(const struct ikev1 *ikev1, uint64_t spi_i,
                                 const struct addr *remote)
{
    list_for_each (v1, &ikev1->half_open, struct ikev1_sa, half_link) {
        if (v1->sa.spi_i == spi_i && addr_equal(&v1->sa.remote.addr, remote) &&
            v1->sa.state != IKE_SA_DEAD)
            return &v1->sa;
    }
    return NULL;
}

uint64_t ikev1_new_spi(struct ikev1 *ikev1)
{
    uint64_t spi;
    bool taken;

    do {
        spi = ike_random_u64(ikev1->env);
        taken = spi == 0;
        list_for_each (v1, bucket(ikev1, spi), struct ikev1_sa, link)
            taken = taken || ike_sa_local_spi(&v1->sa) == spi;
    } while (taken);
    return spi;
}

void ikev1_touch_all(struct ikev1 *ikev1)
{
    for (size_t i = 0; i < IKEV1_BUCKETS; i++) {
        list_for_each (v1, &ikev1->buckets[i], struct ikev1_sa, link)
            ike_sa_touch(&v1->sa);
    }
}

void ikev1_touch_half_open(struct ikev1 *ikev1)
{
    list_for_each (v1, &ikev1->half_open, struct ikev1_sa, half_link)
        ike_sa_touch(&v1->sa);
}

void ikev1_set_half_open(struct ike_sa *sa, bool half_open)
{
    struct ikev1 *ikev1 = sa->v1->ikev1;

    if (sa->v1->counted == half_open)
        return;
    sa->v1->counted = half_open;
    if (half_open) {
        ikev1->n_half_open++;
        list_append(&ikev1->half_open, &sa->v1->half_link);
    } else {
        ikev1->n_half_open--;
        list_remove(&sa->v1->half_link);
    }
}

size_t ikev1_count_half_open(const struct ikev1 *ikev1, const struct addr *remote, bool aggressive)
{
    size_t n = 0;

    list_for_each (v1, &ikev1->half_open, struct ikev1_sa, half_link)
        n += addr_equal(&v1->sa.remote.addr, remote) && (v1->aggressive || !aggressive);
    return n;
}

/* ---- coming and going ---- */

int ikev1_sa_new(struct ikev1 *ikev1, struct ike_peer *peer, enum ike_sa_state state,
                 bool initiator, const struct endpoint *local, const struct endpoint *remote,
                 struct ike_sa **ret)
{
    struct ikev1_sa *v1 = calloc(1, sizeof(*v1));
    struct ike_sa *sa = v1 ? &v1->sa : NULL;
    uint64_t spi = ikev1_new_spi(ikev1);

    if (!v1)
        return -ENOMEM;
    if (ike_sa_begin(sa, ikev1->env, ikev1->version, state) < 0) {
        free(v1);
        return -ENOMEM;
    }
    sa->v1 = v1;
    v1->ikev1 = ikev1;
    sa->initiator = sa->begun_by_us = initiator;
    *(initiator ? &sa->spi_i : &sa->spi_r) = spi;
    sa->tie = sa->spi_i;
    sa->local = *local;
    sa->remote = *remote;
    list_init(&v1->half_link);
    list_init(&v1->quicks);
    list_append(bucket(ikev1, spi), &v1->link);
    if (peer)
        ike_sa_attach(sa, peer);
    *ret = sa;
    return 0;
}

void ikev1_sa_free(struct ike_sa *sa)
{
    struct ikev1_sa *v1 = sa->v1;

    ikev1_set_half_open(sa, false);
    list_for_each_safe (quick, &v1->quicks, struct ikev1_quick, link)
        ikev1_quick_free(sa, quick);
    buf_done(&v1->x.sent);
    buf_done(&v1->ke_i);
    buf_done(&v1->ke_r);
    buf_done(&v1->sa_body);
    buf_done(&v1->peer_id);
    crypto_dh_free(v1->dh);
    list_remove(&v1->link);
    ike_sa_end(sa);
    crypto_wipe(v1, sizeof(*v1));
    free(v1);
}

void ikev1_done(struct ikev1 *ikev1)
{
    for (size_t i = 0; i < IKEV1_BUCKETS; i++) {
        list_for_each_safe (v1, &ikev1->buckets[i], struct ikev1_sa, link)
            ikev1_sa_free(&v1->sa);
    }
}

struct ikev1_quick *ikev1_quick_new(struct ike_sa *sa, uint32_t message_id)
{
    struct ikev1_quick *quick;

    if (sa->v1->n_quicks >= IKEV1_QUICKS_MAX)
        return NULL;
    quick = calloc(1, sizeof(*quick));
    if (!quick)
        return NULL;
    quick->message_id = message_id;
    quick->until_us = IKE_NEVER;
    list_append(&sa->v1->quicks, &quick->link);
    sa->v1->n_quicks++;
    return quick;
}

struct ike_pair *ikev1_pair_find(const struct ike_sa *sa, uint8_t direction, uint32_t spi)
{
    if (!sa->peer)
        return NULL;
    list_for_each (pair, &sa->peer->pairs.all, struct ike_pair, all) {
        if ((direction == IKE_IN ? pair->spi_in : pair->spi_out) == spi &&
            ike_sa_of_pair(pair)->version == sa->version)
            return pair;
    }
    return NULL;
}

void ikev1_quick_free(struct ike_sa *sa, struct ikev1_quick *quick)
{
    struct ike_pair *made =
        quick->state == IKEV1_QUICK_ANSWERED ? ikev1_pair_find(sa, IKE_IN, quick->spi_in) : NULL;

    if (made) /* nobody will say any more that the peer has it */
        ike_pair_end(made, 0);
    list_remove(&quick->link);
    sa->v1->n_quicks--;
    buf_done(&quick->x.sent);
    crypto_dh_free(quick->dh);
    crypto_wipe(quick, sizeof(*quick));
    free(quick);
}
