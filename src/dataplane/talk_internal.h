/* talk_internal.h - what the two ends of a tunnel say to each other with probes, if both are
 * Ropeways. Does no I/O and reads no clock.
 *
 * Behind its cookie an echo request carries a report of its sender. A Ropeway puts one of its own
 * in that place before it answers; anybody else gives back what came, which is how the two are told
 * apart. What a report asks for is done only if its sender has shown to have read one of ours: it
 * names our life, a number that nobody but the peer's gateway has ever been told.
 *
 * On the wire, big-endian: magic 4, version 1, flags 1, hold 2 (ms), life 8, about 8, order 4,
 * number 4, received 4, highest 4. */
#ifndef ROPEWAY_DATAPLANE_TALK_INTERNAL_H
#define ROPEWAY_DATAPLANE_TALK_INTERNAL_H

#include "base.h"

#define DP_REPORT_LEN     40
#define DP_REPORT_VERSION 1

enum dp_report_flag {
    DP_REPORT_LEAVES = 1, /* the tunnel is about to go at its sender's end */
    DP_REPORT_LOST = 2,   /* its sender's requests have no answers */
};

struct dp_report {
    uint8_t flags;              /* enum dp_report_flag; others are ignored */
    uint16_t hold_ms;           /* for so long they count, unless a later report says otherwise */
    uint64_t life;              /* of the sender's memory of the tunnel; never 0 */
    uint64_t about;             /* the life of the peer it has heard; 0: none */
    uint32_t order;             /* of its reports */
    uint32_t number;            /* of its request, from 1; of an answer: of its last request */
    uint32_t received, highest; /* of the peer's requests in the life it is about; 0: none */
};

/* In the bytes of a report. -EBADMSG for what is none, -EPROTONOSUPPORT for another version. */
MUST_USE int dp_report_parse(const uint8_t data[DP_REPORT_LEN], struct dp_report *ret);
void dp_report_build(const struct dp_report *report, uint8_t out[DP_REPORT_LEN]);

/* Of one tunnel. dp_talk_begin() first. */
struct dp_talk {
    struct addr peer;
    uint64_t life;
    uint32_t order, sent; /* reports; requests among them */
    /* Of the peer: */
    uint64_t peer_life;         /* 0: nothing heard yet */
    uint32_t heard;             /* order of its latest report */
    uint32_t received, highest; /* of its requests */
    uint64_t leave_until_us;    /* it wants the tunnel to be left */
    /* What became of our requests, since the first answer: */
    bool counting;
    uint32_t base_received, base_highest, answers;
    uint32_t lost_there, lost_back; /* as far as they were told */
};

/* What a report came to. */
struct dp_talk_news {
    uint32_t lost_there, lost_back; /* more requests, and answers, that were lost on the way */
    bool met;                       /* only now the peer is known */
};

/* Everything anew, with a life that nobody else had. */
void dp_talk_begin(struct dp_talk *t, const struct addr *peer, uint64_t life);
/* The report of our next request, or of an answer. */
void dp_talk_ask(struct dp_talk *t, uint8_t flags, uint16_t hold_ms, struct dp_report *ret);
void dp_talk_answer(struct dp_talk *t, const struct dp_report *asked, uint8_t flags,
                    uint16_t hold_ms, struct dp_report *ret);
/* A request of the peer came with a report. False if it may be anybody's: it is answered and
 * otherwise forgotten. */
bool dp_talk_asked(struct dp_talk *t, const struct dp_report *report, uint64_t now_us,
                   struct dp_talk_news *ret);
/* The answer to one of our requests came with a report, which is not ours. */
void dp_talk_answered(struct dp_talk *t, const struct dp_report *report, uint64_t now_us,
                      struct dp_talk_news *ret);

#endif
