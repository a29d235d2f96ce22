/* What a speaker's BIRD says of its sessions, and what it has learned. */
#include "speaker_internal.h"

static void on_configured(void *arg)
{
    struct speaker *sp = arg;

    if (sp->announce_waits)
        speaker_make_due(sp);
    sp->announce_waits = false;
}

/* What was wrong is told for so long after it was last seen. */
#define KEEP_US 300000000U

static struct speaker_peer *peer_of(const struct speaker *sp, const char *protocol)
{
    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        char name[SPEAKER_NAME_MAX];

        speaker_protocol_name(p->tun.tunnel, name);
        if (strcmp(name, protocol) == 0)
            return p;
    }
    return NULL;
}

/* BIRD says what was wrong until something else is; we may have heard of that elsewhere. */
static bool is_news(const struct speaker_peer *p, const struct bgp_session *session,
                    uint64_t now_us)
{
    return !bgp_trouble_says_little(session->trouble) &&
           (strcmp(session->detail, p->polled) != 0 || session->trouble == p->session.trouble ||
            now_us - p->trouble_us >= KEEP_US);
}

static void on_session(void *arg, const struct bgp_session *session)
{
    struct speaker *sp = arg;
    struct speaker_peer *p = peer_of(sp, session->name);
    struct bgp_session now = *session;
    uint64_t now_us = clock_monotonic_us();

    if (!p)
        return;
    if (is_news(p, session, now_us)) {
        p->trouble_us = now_us;
    } else if (now_us - p->trouble_us < KEEP_US) {
        now.trouble = BGP_TROUBLE_NONE;
        memset(now.detail, 0, sizeof(now.detail));
        bgp_session_keep_trouble(&p->session, &now);
        if (now.trouble == BGP_TROUBLE_NONE)
            now = *session;
    }
    memcpy(p->polled, session->detail, sizeof(p->polled));
    if (p->has_session && memcmp(&p->session, &now, sizeof(now)) == 0)
        return;
    p->session = now;
    p->has_session = true;
    sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
}

/* Counts until BIRD says that the session is there. */
static void set_trouble(struct speaker *sp, struct speaker_peer *p, enum bgp_trouble trouble,
                        const char *detail)
{
    p->trouble_us = clock_monotonic_us();
    if (p->session.trouble == trouble && strcmp(p->session.detail, detail) == 0)
        return;
    p->session.trouble = trouble;
    memset(p->session.detail, 0, sizeof(p->session.detail));
    (void)text_copy(p->session.detail, sizeof(p->session.detail), detail);
    sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
}

static void on_logged(void *arg, const char *line)
{
    struct speaker *sp = arg;
    struct speaker_peer *p;
    struct bgp_fault fault;

    p = bgp_log_read(line, &fault) ? peer_of(sp, fault.name) : NULL;
    if (p)
        set_trouble(sp, p, fault.trouble, fault.detail);
}

void speaker_hear_log(struct speaker *sp)
{
    bird_log_read(&sp->log, sp->bird.dir, on_logged, sp);
}

/* ---- TCP MD5 ---- */

/* It waits for an answer that the kernel may be throwing away. */
static bool is_unheard(const struct speaker_peer *p)
{
    return p->has_session && p->tun.up && p->session.state < BGP_OPEN_SENT &&
           p->session.trouble != BGP_TROUBLE_WRONG_ASN &&
           p->session.trouble != BGP_TROUBLE_OUR_ASN && p->session.trouble != BGP_TROUBLE_SAME_ID &&
           p->session.trouble != BGP_TROUBLE_MALFORMED;
}

static bool is_any_unheard(const struct speaker *sp)
{
    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        if (is_unheard(p))
            return true;
    }
    return false;
}

/* Counted for the namespace: of its peers those are meant that are not heard. */
void speaker_hear_md5(struct speaker *sp)
{
    struct md5_counts now, before = sp->md5;

    if (!is_any_unheard(sp) || md5_counts_read(sp->net.fd, &now) < 0)
        return;
    sp->md5 = now;
    if (!before.known)
        return;
    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        if (!is_unheard(p))
            continue;
        if (p->with_password && now.wrong > before.wrong)
            set_trouble(sp, p, BGP_TROUBLE_PASSWORD, "");
        else if (!p->with_password && now.unexpected > before.unexpected)
            set_trouble(sp, p, BGP_TROUBLE_UNEXPECTED, "");
    }
}

/* ---- BFD ---- */

static void settle_bfd(struct speaker *sp)
{
    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        bool changed = p->bfd_up != p->bfd_heard;

        p->bfd_up = p->bfd_heard;
        p->bfd_heard = false;
        if (changed)
            sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
    }
}

static void on_bfd(void *arg, const struct bgp_bfd *bfd)
{
    struct speaker *sp = arg;

    if (!bfd) {
        settle_bfd(sp);
        return;
    }
    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        if (strcmp(p->tun.name, bfd->interface) == 0)
            p->bfd_heard |= bfd->up;
    }
}

static void forget_sessions(struct speaker *sp)
{
    list_for_each (p, &sp->peers, struct speaker_peer, all) {
        p->has_session = false;
        p->session = (struct bgp_session){0};
        p->bfd_up = p->bfd_heard = false;
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

    sp->told |= family == ADDR_IPV6 ? 2U : 1U;
    speaker_changed(sp, learned_complete(sp->of->learned, sp->learned, family));
    if (sp->told == 3)
        speaker_await_no_more(sp);
}

void speaker_on_fed(void *arg)
{
    struct speaker *sp = arg;

    learned_doubt(sp->learned);
}

/* ---- who hears what ---- */

struct bird_calls speaker_bird_calls(struct speaker *sp)
{
    return (struct bird_calls){on_session, on_bfd, on_configured, on_came, on_went, sp};
}

struct bgp_feed_calls speaker_feed_calls(struct speaker *sp)
{
    return (struct bgp_feed_calls){on_announced, on_withdrawn, on_complete, sp};
}
