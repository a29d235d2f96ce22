/* What a speaker's BIRD says of its sessions, and what it has learned. */
#include "speaker_internal.h"

static void on_configured(void *arg)
{
    struct speaker *sp = arg;

    if (sp->announce_waits)
        speaker_make_due(sp);
    sp->announce_waits = false;
}

/* It only says that there is no connection, not why. */
static bool says_little(enum bgp_trouble trouble)
{
    return trouble == BGP_TROUBLE_NONE || trouble == BGP_TROUBLE_LINK_DOWN ||
           trouble == BGP_TROUBLE_NOT_LISTENING || trouble == BGP_TROUBLE_NOT_CONFIGURED ||
           trouble == BGP_TROUBLE_NO_ANSWER;
}

/* What was wrong with the session says more than how the next attempts ended. */
static void keep_trouble(const struct bgp_session *before, struct bgp_session *now)
{
    if (now->state == BGP_ESTABLISHED || !says_little(now->trouble) || says_little(before->trouble))
        return;
    now->trouble = before->trouble;
    memcpy(now->detail, before->detail, sizeof(now->detail));
}

static void on_session(void *arg, const struct bgp_session *session)
{
    struct speaker *sp = arg;
    struct bgp_session now = *session;

    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        char name[SPEAKER_NAME_MAX];

        speaker_protocol_name(p->tun.tunnel, name);
        if (strcmp(name, session->name) != 0)
            continue;
        keep_trouble(&p->session, &now);
        if (p->has_session && memcmp(&p->session, &now, sizeof(now)) == 0)
            return;
        p->session = now;
        p->has_session = true;
        sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
        return;
    }
}

static void forget_sessions(struct speaker *sp)
{
    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        p->has_session = false;
        p->session = (struct bgp_session){0};
        sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
    }
}

/* It may have been started with another configuration, by a node before us. */
static void on_came(void *arg)
{
    struct speaker *sp = arg;

    log_info("border gateway %s: BIRD is there", sp->gateway);
    bird_configure(&sp->bird);
    bird_poll(&sp->bird);
    feed_tick(&sp->feed, sp->net.fd, sp->asn);
}

static void on_went(void *arg)
{
    struct speaker *sp = arg;

    log_warn("border gateway %s: BIRD is gone", sp->gateway);
    sp->announce_waits = false;
    forget_sessions(sp);
}

/* ---- what it has learned ---- */

static void on_announced(void *arg, const struct prefix *prefix, uint32_t path,
                         const struct bgp_attributes *attributes)
{
    struct speaker *sp = arg;

    speaker_changed(sp, learned_announced(sp->of->learned, sp->learned, prefix, path, attributes,
                                          clock_realtime_us()));
}

static void on_withdrawn(void *arg, const struct prefix *prefix, uint32_t path)
{
    struct speaker *sp = arg;

    speaker_changed(sp, learned_withdrawn(sp->of->learned, sp->learned, prefix, path));
}

static void on_complete(void *arg, enum addr_family family)
{
    struct speaker *sp = arg;

    speaker_changed(sp, learned_complete(sp->of->learned, sp->learned, family));
}

void speaker_on_fed(void *arg)
{
    struct speaker *sp = arg;

    learned_doubt(sp->learned);
}

/* ---- who hears what ---- */

struct bird_calls speaker_bird_calls(struct speaker *sp)
{
    return (struct bird_calls){on_session, on_configured, on_came, on_went, sp};
}

struct bgp_feed_calls speaker_feed_calls(struct speaker *sp)
{
    return (struct bgp_feed_calls){on_announced, on_withdrawn, on_complete, sp};
}
