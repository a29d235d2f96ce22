/* The peers of a speaker, and what is said of it. */
#include "speaker_internal.h"

#include <stdlib.h>

struct speaker_peer *speakers_peer(const struct speakers *s, const char *tunnel)
{
    struct name_link *link = name_map_find(&s->by_tunnel, tunnel);

    return link ? container_of(link, struct speaker_peer, link) : NULL;
}

const char *speaker_gateway(const struct speaker_peer *peer)
{
    return peer->of->gateway;
}

const char *speaker_error(const struct speaker_peer *peer)
{
    return peer->of->error;
}

void speaker_free_peer(struct speaker *sp, struct speaker_peer *p)
{
    sp->trim_due = true;
    if (p->ready)
        sp->of->calls.ports(sp->of->calls.arg);
    sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
    name_map_remove(&sp->of->by_tunnel, &p->link);
    list_remove(&p->all);
    list_remove(&p->every);
    free(p);
}

struct speaker_peer *speaker_peer_for(struct speaker *sp, const char *tunnel)
{
    struct speaker_peer *p = speakers_peer(sp->of, tunnel);

    if (p && p->of == sp)
        return p;
    if (p)
        speaker_free_peer(p->of, p); /* it went from one gateway to another */
    p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->of = sp;
    list_init(&p->all);
    (void)text_copy(p->tun.tunnel, sizeof(p->tun.tunnel), tunnel);
    speaker_tun_name(tunnel, p->tun.name);
    if (name_map_add(&sp->of->by_tunnel, &p->link, p->tun.tunnel) < 0) {
        free(p);
        return NULL;
    }
    list_append(&sp->peers, &p->all);
    list_append(&sp->of->peers, &p->every);
    return p;
}

void speaker_note_error(struct speaker *sp)
{
    char before[SPEAKER_ERROR_MAX], said[WORDS_TEXT_MAX];

    memcpy(before, sp->error, sizeof(before));
    sp->error[0] = 0;
    if (sp->failed)
        words_write(SAY(NODE_BGP_FAILED, strerror(-sp->failed)), sp->error, sizeof(sp->error));
    else if (sp->bird.error[0])
        words_write(SAY(NODE_BGP_BIRD, sp->bird.error), sp->error, sizeof(sp->error));
    if (strcmp(before, sp->error) == 0)
        return;
    if (*sp->error)
        log_warn("border gateway %s: %s", sp->gateway,
                 words_say_written(sp->error, WORDS_EN, said, sizeof(said)));
    list_for_each (p, &sp->peers, struct speaker_peer, all)
        sp->of->calls.state(sp->of->calls.arg, p->tun.tunnel);
}

void speaker_make_due(struct speaker *sp)
{
    if (list_empty(&sp->due))
        list_append(&sp->of->due, &sp->due);
    sp->of->calls.routes(sp->of->calls.arg);
}

void speaker_changed(struct speaker *sp, bool tables)
{
    if (tables)
        sp->of->calls.routes(sp->of->calls.arg);
    sp->of->calls.learned(sp->of->calls.arg);
}

void speaker_await_no_more(struct speaker *sp)
{
    if (!sp->awaited_us)
        return;
    sp->awaited_us = 0;
    sp->of->calls.routes(sp->of->calls.arg);
}
