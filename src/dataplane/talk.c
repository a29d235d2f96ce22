#include "talk_internal.h"

void dp_talk_begin(struct dp_talk *t, const struct addr *peer, uint64_t life)
{
    *t = (struct dp_talk){.peer = *peer, .life = life ? life : 1};
}

static struct dp_report report_of(struct dp_talk *t, uint8_t flags, uint16_t hold_ms)
{
    return (struct dp_report){.flags = flags,
                              .hold_ms = hold_ms,
                              .life = t->life,
                              .about = t->peer_life,
                              .order = ++t->order,
                              .number = t->sent,
                              .received = t->received,
                              .highest = t->highest};
}

void dp_talk_ask(struct dp_talk *t, uint8_t flags, uint16_t hold_ms, struct dp_report *ret)
{
    t->sent++;
    *ret = report_of(t, flags, hold_ms);
}

/* Whoever asks hears whom it is about, though we know nothing of it: the asker may tell by that
 * that its peer reads reports. */
void dp_talk_answer(struct dp_talk *t, const struct dp_report *asked, uint8_t flags,
                    uint16_t hold_ms, struct dp_report *ret)
{
    *ret = report_of(t, flags, hold_ms);
    if (asked->life != t->peer_life) {
        ret->about = asked->life;
        ret->received = ret->highest = 0;
    }
}

/* ---- the peer ---- */

static void meet(struct dp_talk *t, const struct dp_report *report, struct dp_talk_news *news)
{
    if (t->peer_life == report->life)
        return;
    news->met = true;
    t->peer_life = report->life;
    t->heard = report->order - 1;
    t->received = t->highest = 0;
    t->leave_until_us = 0;
    t->counting = false;
}

static bool is_later(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

/* What it wants now; a report that was overtaken by a later one wants nothing. */
static void heed(struct dp_talk *t, const struct dp_report *report, uint64_t now_us)
{
    if (!is_later(report->order, t->heard))
        return;
    t->heard = report->order;
    t->leave_until_us = report->flags & (DP_REPORT_LEAVES | DP_REPORT_LOST)
                            ? now_us + report->hold_ms * UINT64_C(1000)
                            : 0;
}

/* ---- losses ---- */

/* Counts that go back, as when a packet was overtaken and not lost, are made up for by the next
 * losses. */
static uint32_t more(uint32_t lost, uint32_t *told)
{
    uint32_t n = is_later(lost, *told) ? lost - *told : 0;

    *told += n;
    return n;
}

static bool is_about_ours(const struct dp_talk *t, const struct dp_report *r)
{
    return r->about == t->life && r->highest && r->highest <= t->sent && r->received <= r->highest;
}

static void count_there(struct dp_talk *t, const struct dp_report *r, struct dp_talk_news *news)
{
    uint32_t of = r->highest - t->base_highest, received = r->received - t->base_received;

    if (t->counting && r->highest >= t->base_highest && received <= of)
        news->lost_there = more(of - received, &t->lost_there);
}

/* All that the peer received it has answered. */
static void count_back(struct dp_talk *t, const struct dp_report *r, struct dp_talk_news *news)
{
    uint32_t received = r->received - t->base_received;

    if (!t->counting) {
        t->counting = true;
        t->base_received = r->received;
        t->base_highest = r->highest;
        t->answers = t->lost_there = t->lost_back = 0;
        return;
    }
    t->answers++;
    if (r->received >= t->base_received && received <= t->sent)
        news->lost_back = more(received - t->answers, &t->lost_back);
}

/* ---- reports ---- */

bool dp_talk_asked(struct dp_talk *t, const struct dp_report *report, uint64_t now_us,
                   struct dp_talk_news *ret)
{
    *ret = (struct dp_talk_news){0};
    if (report->about != t->life)
        return false;
    meet(t, report, ret);
    t->received++;
    t->highest = MAX(t->highest, report->number);
    heed(t, report, now_us);
    if (is_about_ours(t, report))
        count_there(t, report, ret);
    return true;
}

void dp_talk_answered(struct dp_talk *t, const struct dp_report *report, uint64_t now_us,
                      struct dp_talk_news *ret)
{
    *ret = (struct dp_talk_news){0};
    if (report->about != t->life)
        return;
    meet(t, report, ret);
    heed(t, report, now_us);
    if (!is_about_ours(t, report))
        return;
    count_there(t, report, ret);
    count_back(t, report, ret);
}
