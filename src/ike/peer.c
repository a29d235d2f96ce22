#include "sa_internal.h"

/* A peer who holds the key and goes round in circles may not fill the log. */
static const struct ike_rate lines = {.per_second = 2, .at_once = 100};

/* Peers by their id and by their pair of addresses: who is meant does not take longer to find out
 * where there are many. */

void ike_peers_init(struct ike_peers *peers)
{
    for (size_t i = 0; i < IKE_TUNNEL_BUCKETS; i++) {
        list_init(&peers->by_id[i]);
        list_init(&peers->by_pair[i]);
    }
}

size_t ike_peers_bucket(const char *id)
{
    return hash_bytes(id, strlen(id), 0) % IKE_TUNNEL_BUCKETS;
}

/* A dynamic peer lies where its remote address, which is any, leads to. */
static size_t bucket_of_pair(const struct addr *local, const struct addr *remote)
{
    uint64_t h = hash_bytes(local->bytes, addr_len(local), 0);

    return hash_bytes(remote->bytes, addr_len(remote), h) % IKE_TUNNEL_BUCKETS;
}

void ike_peers_add(struct ike_peers *peers, struct ike_peer *peer)
{
    const struct ike_tunnel_config *c = &peer->config;

    list_append(&peers->by_id[ike_peers_bucket(c->id)], &peer->id_link);
    list_append(&peers->by_pair[bucket_of_pair(&c->local, &c->remote)], &peer->pair_link);
}

void ike_peers_remove(struct ike_peer *peer)
{
    list_remove(&peer->id_link);
    list_remove(&peer->pair_link);
}

struct ike_peer *ike_peers_find(const struct ike_peers *peers, const char *id)
{
    list_for_each (peer, &peers->by_id[ike_peers_bucket(id)], struct ike_peer, id_link) {
        if (!peer->removed && strcmp(peer->config.id, id) == 0)
            return peer;
    }
    return NULL;
}

/* The first behind `at` that is between exactly these addresses. */
static struct ike_peer *next_of(const struct list *bucket, const struct list *at,
                                const struct addr *local, const struct addr *remote)
{
    for (at = at->next; at != bucket; at = at->next) {
        struct ike_peer *p = container_of(at, struct ike_peer, pair_link);

        if (!p->removed && addr_equal(&p->config.local, local) &&
            addr_equal(&p->config.remote, remote))
            return p;
    }
    return NULL;
}

struct ike_peer *ike_peers_between(const struct ike_peers *peers, const struct addr *local,
                                   const struct addr *remote, const struct ike_peer *after)
{
    const struct addr any = {.family = remote->family};
    const struct list *exact = &peers->by_pair[bucket_of_pair(local, remote)];
    const struct list *dynamic = &peers->by_pair[bucket_of_pair(local, &any)];
    struct ike_peer *found = NULL;

    if (!after || !addr_is_any(&after->config.remote)) {
        found = next_of(exact, after ? &after->pair_link : exact, local, remote);
        after = NULL;
    }
    if (!found)
        found = next_of(dynamic, after ? &after->pair_link : dynamic, local, &any);
    return found;
}

static bool bears(const struct ike_tunnel_config *c, const struct addr *a)
{
    return crypto_certs_bear(ike_credentials_own(c->credentials), CRYPTO_NAME_IP,
                             crypto_span(a->bytes, addr_len(a)));
}

void ike_peer_ident(const struct ike_peer *peer, bool remote, struct ike_ident *storage,
                    struct ike_id *ret)
{
    const struct ike_tunnel_config *c = &peer->config;
    const struct ike_ident *id = remote ? &c->remote_id : &c->local_id;
    const struct addr *address = remote ? &c->remote : &c->local;

    *storage = *id;
    if (!id->type && !remote && c->credentials && !bears(c, address)) {
        struct crypto_span subject = crypto_certs_subject(ike_credentials_own(c->credentials));

        storage->type = IKE_ID_DN;
        storage->len = (uint16_t)subject.len;
        memcpy(storage->data, subject.data, subject.len);
    } else if (!id->type) {
        storage->type = address->family == ADDR_IPV6 ? IKE_ID_IPV6 : IKE_ID_IPV4;
        storage->len = (uint16_t)addr_len(address);
        memcpy(storage->data, address->bytes, storage->len);
    }
    ret->type = storage->type;
    ret->data = crypto_span(storage->data, storage->len);
}

void ike_peer_touch(struct ike_peer *peer)
{
    ike_job_touch(&peer->env->jobs, &peer->job);
}

/* ---- what it hears ---- */

void ike_tell(struct ike_peer *peer, enum ike_event_kind kind, const struct words *what)
{
    peer->hear(peer, &(const struct ike_event){.kind = kind, .what = what});
}

void ike_report_value(struct ike_peer *peer, enum ike_event_kind kind, uint16_t group, size_t len)
{
    const struct crypto_dh_group *known = crypto_dh_find(group);
    char name[48];

    ike_describe_group(group, name, sizeof(name));
    ike_tell(peer, kind, SAY(IKE_DH_VALUE, name, len, known ? known->public_len : 0));
}

void ike_note(struct ike_peer *peer, enum ike_log_level level, const struct words *what)
{
    peer->hear(peer,
               &(const struct ike_event){.kind = IKE_EVENT_NOTED, .what = what, .level = level});
}

void ike_log_in_full(struct ike_peer *peer)
{
    peer->lines_us = 0;
}

void ike_log(struct ike_peer *peer, enum ike_log_level level, const struct words *what)
{
    unsigned left_out = peer->lines_left_out;

    if (!ike_allow(&peer->lines_us, peer->env->now_us, lines, left_out ? 2 : 1)) {
        peer->lines_left_out++;
        return;
    }
    peer->lines_left_out = 0;
    if (left_out)
        ike_act_log(peer->env, peer->config.id, IKE_LOG_WARNING,
                    SAY(NEGOTIATION_LINES_LEFT_OUT, left_out));
    ike_act_log(peer->env, peer->config.id, level, what);
}
