#include "sa_internal.h"

/* What IKE SAs were authenticated by, and whether that counts still. */

static uint64_t print_of(const struct ike_peer *peer, bool key_before)
{
    const struct ike_tunnel_config *c = &peer->config;
    uint64_t print = ike_credentials_print(c->credentials);

    if (!c->credentials)
        print = key_before ? hash_bytes(c->psk_before, c->psk_before_len, 1)
                           : hash_bytes(c->psk, c->psk_len, 1);
    print = hash_bytes(c->local_id.data, c->local_id.len, print + c->local_id.type);
    return hash_bytes(c->remote_id.data, c->remote_id.len, print + c->remote_id.type);
}

bool ike_takes_key_before(const struct ike_peer *peer)
{
    return peer->config.psk_before_len && !peer->key_proven &&
           peer->env->now_us < peer->config.psk_before_until_us;
}

uint64_t ike_key_before_minutes(const struct ike_peer *peer)
{
    uint64_t left_us = peer->config.psk_before_until_us - peer->env->now_us;

    return (left_us + 60 * IKE_SECOND - 1) / (60 * IKE_SECOND);
}

void ike_sa_authenticated(struct ike_sa *sa)
{
    struct ike_peer *peer = sa->peer;

    sa->auth.print = print_of(peer, sa->auth.by_key_before);
    if (sa->auth.by_key_before) {
        sa->auth.until_us = peer->config.psk_before_until_us;
        ike_note(peer, IKE_LOG_WARNING, SAY(IKE_KEY_BEFORE_USED, ike_key_before_minutes(peer)));
        return;
    }
    if (ike_takes_key_before(peer))
        ike_log(peer, IKE_LOG_INFO, SAY(IKE_KEY_PROVED));
    peer->key_proven = true;
}

/* The earliest end of several counts. What counts again is not old any more. */
static void limit(struct ike_sa *sa, uint64_t end_us)
{
    if (sa->auth.print == print_of(sa->peer, false))
        sa->auth = (struct ike_sa_auth){.print = sa->auth.print};
    else
        sa->auth.until_us = sa->auth.until_us ? MIN(sa->auth.until_us, end_us) : end_us;
}

void ike_limit_old_auth(struct ike_peer *peer, uint64_t end_us)
{
    list_for_each (sa, &peer->sas, struct ike_sa, peer_link) {
        if (ike_sa_is_live(sa))
            limit(sa, end_us);
    }
}
