/* Why a tunnel has no session, in words. */
#include "speaker.h"

static const enum words_code troubles[] = {
    [BGP_TROUBLE_WRONG_ASN] = WORDS_BGP_WRONG_ASN,
    [BGP_TROUBLE_OUR_ASN] = WORDS_BGP_OUR_ASN,
    [BGP_TROUBLE_HOLD_TIMER] = WORDS_BGP_HOLD_TIMER,
    [BGP_TROUBLE_THEIR_TIMER] = WORDS_BGP_THEIR_TIMER,
    [BGP_TROUBLE_MAX_PREFIXES] = WORDS_BGP_MAX_PREFIXES,
    [BGP_TROUBLE_THEIR_MAXIMUM] = WORDS_BGP_THEIR_MAXIMUM,
    [BGP_TROUBLE_NOT_LISTENING] = WORDS_BGP_NOT_LISTENING,
    [BGP_TROUBLE_NOT_CONFIGURED] = WORDS_BGP_NOT_CONFIGURED,
    [BGP_TROUBLE_NO_ANSWER] = WORDS_BGP_NO_ANSWER,
    [BGP_TROUBLE_LINK_DOWN] = WORDS_BGP_LINK_DOWN,
    [BGP_TROUBLE_BFD] = WORDS_BGP_BFD,
    [BGP_TROUBLE_THEIR_STOP] = WORDS_BGP_THEIR_STOP,
    [BGP_TROUBLE_SAME_ID] = WORDS_BGP_SAME_ID,
    [BGP_TROUBLE_PASSWORD] = WORDS_BGP_PASSWORD,
    [BGP_TROUBLE_UNEXPECTED] = WORDS_BGP_UNEXPECTED,
    [BGP_TROUBLE_MALFORMED] = WORDS_BGP_MALFORMED,
    [BGP_TROUBLE_OTHER] = WORDS_BGP_OTHER,
};

/* BIRD says nothing of a connection that it only waits for. */
#define SILENT_S 10

static bool is_silent(const struct bgp_session *s)
{
    return s->trouble == BGP_TROUBLE_NONE && clock_realtime_us() / 1000000 > s->since_s + SILENT_S;
}

void speaker_say_error(const struct speaker_peer *p, char ret[IPC_TEXT_MAX])
{
    const struct bgp_session *s = &p->session;
    struct words_arg detail = words_from_text(s->detail);

    ret[0] = 0;
    if (*speaker_error(p))
        (void)text_copy(ret, IPC_TEXT_MAX, speaker_error(p));
    else if (!p->tun.up)
        words_write(SAY(BGP_LINK_DOWN), ret, IPC_TEXT_MAX);
    else if (p->has_session && s->state != BGP_ESTABLISHED && is_silent(s))
        words_write(SAY(BGP_NO_ANSWER), ret, IPC_TEXT_MAX);
    else if (p->has_session && s->state != BGP_ESTABLISHED && s->trouble != BGP_TROUBLE_NONE)
        words_write(&(const struct words){.code = troubles[s->trouble],
                                          .count = s->trouble >= BGP_TROUBLE_MALFORMED,
                                          .args = &detail},
                    ret, IPC_TEXT_MAX);
}
