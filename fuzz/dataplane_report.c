/* What comes behind the cookies of probes, one report after the other: a byte that says how it
 * came, then its bytes. Nobody who has not read our life moves flows, and no count goes mad. */
#include <stdlib.h>

#include "talk_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LIFE 0x1122334455667788U

static void must(bool what)
{
    if (!what)
        abort();
}

static void take(struct dp_talk *t, uint8_t how, const struct dp_report *r)
{
    struct dp_talk_news news;
    struct dp_report ours;
    struct dp_talk before;
    bool known = true;

    dp_talk_ask(t, 0, 0, &ours);
    before = *t;
    if (how & 1)
        known = dp_talk_asked(t, r, how, &news);
    else
        dp_talk_answered(t, r, how, &news);
    must(news.lost_there <= t->sent && news.lost_back <= t->sent);
    if (r->about != LIFE)
        must(memcmp(&before, t, sizeof(before)) == 0 && (known || (how & 1)));
    must(t->leave_until_us <= (uint64_t)how + UINT16_MAX * UINT64_C(1000) || before.leave_until_us);
    dp_talk_answer(t, r, how, 1, &ours);
    must(ours.life == LIFE && ours.about == r->life);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct addr peer = addr_v4(169, 254, 0, 2);
    uint8_t again[DP_REPORT_LEN];
    struct dp_report r;
    struct dp_talk t;

    dp_talk_begin(&t, &peer, LIFE);
    for (; size > DP_REPORT_LEN; data += DP_REPORT_LEN + 1, size -= DP_REPORT_LEN + 1) {
        if (dp_report_parse(data + 1, &r) < 0)
            continue;
        dp_report_build(&r, again);
        must(memcmp(again, data + 1, sizeof(again)) == 0);
        take(&t, data[0], &r);
    }
    return 0;
}
