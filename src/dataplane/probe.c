#include "probe_internal.h"

#define SLACK_US    50000U   /* beside what the answers' time varies by */
#define TIMEOUT_MAX 5000000U /* no path is slower */
#define SHARE_TIME  4        /* of an interval is the least time for an answer */
#define SHARE_QUICK 6        /* of an interval is the pause after a first loss */
#define FLAPS_MAX   16

/* No two requests have the same cookie, and nobody who has not seen one knows another. */
static uint64_t cookie_of(const struct dp_probe *p, uint32_t number)
{
    uint64_t x = p->secret ^ ((uint64_t)number + 1) * UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ p->secret >> 1;
}

static uint16_t bit_of(uint32_t number)
{
    return (uint16_t)(1U << number % DP_PROBE_OPEN);
}

void dp_probe_begin(struct dp_probe *p, const struct addr *peer)
{
    bool same = addr_equal(&p->peer, peer);

    p->peer = *peer;
    p->open = 0;
    memset(p->sent_us, 0, sizeof(p->sent_us));
    p->known = same && p->known;
    p->out = same && p->out;
    p->flaps = same ? p->flaps : 0;
    p->rtt_us = same ? p->rtt_us : 0;
    p->deviation_us = same ? p->deviation_us : 0;
    p->last_us = 0;
    p->lost = p->answered = 0;
    p->state = p->out ? IPC_PROBE_BLACKHOLING : IPC_PROBE_WAITING;
}

void dp_probe_end(struct dp_probe *p)
{
    p->state = IPC_PROBE_OFF;
}

/* As long as an answer may take: never so long that a request is forgotten before. */
static uint64_t timeout(const struct dp_probe *p, const struct dp_probe_rules *rules)
{
    uint64_t most = MIN(rules->interval_us * (DP_PROBE_OPEN - 1), TIMEOUT_MAX), us;

    us = p->rtt_us ? (uint64_t)p->rtt_us + 4 * (uint64_t)p->deviation_us + SLACK_US
                   : DP_PROBE_FIRST_US;
    return MIN(MAX(us, MIN(rules->interval_us / SHARE_TIME, DP_PROBE_FIRST_US)), most);
}

static void note_lost(struct dp_probe *p, uint64_t sent_us, const struct dp_probe_rules *rules,
                      struct dp_probe_news *ret)
{
    if (p->lost == 0)
        p->silent_us = sent_us;
    p->answered = 0;
    p->lost = (uint16_t)MIN(p->lost + 1U, UINT16_MAX);
    if (p->known)
        ret->lost++;
    if (p->lost < rules->count)
        return;
    if (p->known)
        p->out = true;
    else
        p->state = IPC_PROBE_UNANSWERED;
}

/* ---- black holes ---- */

static uint64_t black_from(const struct dp_probe *p, const struct dp_probe_rules *rules)
{
    return p->silent_us + rules->count * rules->interval_us;
}

static void fall(struct dp_probe *p, const struct dp_probe_rules *rules, uint64_t now_us)
{
    if (!p->out || p->lost < rules->count || p->state == IPC_PROBE_BLACKHOLING ||
        now_us < black_from(p, rules))
        return;
    p->state = IPC_PROBE_BLACKHOLING;
    if (p->returned_us && now_us - p->returned_us < DP_PROBE_CALM_US)
        p->flaps = MIN(p->flaps + 1, FLAPS_MAX);
    else
        p->flaps = 0;
}

/* Answers in a row that bring it back. */
static uint64_t penance(const struct dp_probe *p, const struct dp_probe_rules *rules)
{
    uint64_t most = MAX(DP_PROBE_HELD_US / rules->interval_us, (uint64_t)rules->count);

    if (p->state != IPC_PROBE_BLACKHOLING)
        return rules->count;
    return MIN((uint64_t)rules->count << p->flaps, most);
}

static void rise(struct dp_probe *p, const struct dp_probe_rules *rules, uint64_t now_us)
{
    if (p->out && p->answered < penance(p, rules))
        return;
    if (p->state == IPC_PROBE_BLACKHOLING)
        p->returned_us = now_us;
    p->out = false;
    p->state = IPC_PROBE_ANSWERED;
}

void dp_probe_expire(struct dp_probe *p, const struct dp_probe_rules *rules, uint64_t now_us,
                     struct dp_probe_news *ret)
{
    uint64_t wait = timeout(p, rules);

    *ret = (struct dp_probe_news){0};
    for (uint32_t n = p->next - DP_PROBE_OPEN; p->open && n != p->next; n++) {
        if (!(p->open & bit_of(n)) || now_us < p->sent_us[n % DP_PROBE_OPEN] + wait)
            continue;
        p->open = (uint16_t)(p->open & ~bit_of(n));
        note_lost(p, p->sent_us[n % DP_PROBE_OPEN], rules, ret);
    }
    fall(p, rules, now_us);
}

uint16_t dp_probe_send(struct dp_probe *p, uint64_t now_us, uint8_t cookie[DP_PROBE_COOKIE])
{
    uint32_t number = p->next++;

    p->sent_us[number % DP_PROBE_OPEN] = now_us;
    p->open |= bit_of(number);
    wire_store_be64(cookie, cookie_of(p, number));
    return (uint16_t)number;
}

/* Their numbers are counted from the other end of those that cookies are made of. */
uint16_t dp_probe_tell(struct dp_probe *p, uint8_t cookie[DP_PROBE_COOKIE])
{
    uint32_t number = p->told++;

    wire_store_be64(cookie, cookie_of(p, ~number));
    return (uint16_t)number;
}

bool dp_probe_has_told(const struct dp_probe *p, uint16_t number,
                       const uint8_t cookie[DP_PROBE_COOKIE])
{
    uint16_t ago = (uint16_t)((uint16_t)p->told - number);

    return ago && ago <= DP_PROBE_OPEN && ago <= p->told &&
           wire_load_be64(cookie) == cookie_of(p, ~(p->told - ago));
}

/* RFC 6298, 2.2 and 2.3. */
static void smooth(struct dp_probe *p, uint32_t rtt_us)
{
    uint32_t off = rtt_us > p->rtt_us ? rtt_us - p->rtt_us : p->rtt_us - rtt_us;

    if (!p->rtt_us) {
        p->rtt_us = MAX(rtt_us, 1U);
        p->deviation_us = rtt_us / 2;
        return;
    }
    p->deviation_us = (uint32_t)((3 * (uint64_t)p->deviation_us + off) / 4);
    p->rtt_us = MAX((uint32_t)((7 * (uint64_t)p->rtt_us + rtt_us) / 8), 1U);
}

static void note_answer(struct dp_probe *p, const struct dp_probe_rules *rules, uint64_t now_us)
{
    p->lost = 0;
    p->answered = (uint16_t)MIN(p->answered + 1U, UINT16_MAX);
    p->known = true;
    rise(p, rules, now_us);
}

static uint32_t jitter(struct dp_probe *p, uint32_t rtt_us)
{
    uint32_t last = p->last_us ? p->last_us : rtt_us;

    p->last_us = MAX(rtt_us, 1U);
    return rtt_us > last ? rtt_us - last : last - rtt_us;
}

int dp_probe_take(struct dp_probe *p, const struct dp_probe_rules *rules, uint16_t number,
                  const uint8_t cookie[DP_PROBE_COOKIE], uint64_t now_us, struct dp_probe_news *ret)
{
    uint16_t ago = (uint16_t)((uint16_t)p->next - number);
    uint32_t whole = p->next - ago;
    uint64_t *sent = &p->sent_us[whole % DP_PROBE_OPEN];

    if (ago == 0 || ago > DP_PROBE_OPEN || ago > p->next || !*sent ||
        wire_load_be64(cookie) != cookie_of(p, whole))
        return -ENOENT;
    *ret = (struct dp_probe_news){0};
    if (p->open & bit_of(whole)) {
        ret->answered = 1;
        ret->rtt_us = now_us - *sent;
        ret->jitter_us = jitter(p, (uint32_t)MIN(ret->rtt_us, UINT32_MAX));
    }
    smooth(p, (uint32_t)MIN(now_us - *sent, UINT32_MAX));
    note_answer(p, rules, now_us);
    p->open = (uint16_t)(p->open & ~bit_of(whole));
    *sent = 0;
    return 0;
}

uint64_t dp_probe_wake_us(const struct dp_probe *p, const struct dp_probe_rules *rules)
{
    uint64_t wait = timeout(p, rules), first = UINT64_MAX;

    for (unsigned i = 0; p->open && i < DP_PROBE_OPEN; i++)
        if (p->open & 1U << i)
            first = MIN(first, p->sent_us[i] + wait);
    if (p->out && p->lost >= rules->count && p->state != IPC_PROBE_BLACKHOLING)
        first = MIN(first, black_from(p, rules));
    return first;
}

/* Never so short that a request is forgotten before its time is over. */
static uint64_t quick(const struct dp_probe *p, const struct dp_probe_rules *rules)
{
    uint64_t least = timeout(p, rules) / (DP_PROBE_OPEN - 1) + 1;

    return MIN(MAX(rules->interval_us / SHARE_QUICK, least), rules->interval_us);
}

uint64_t dp_probe_pause(const struct dp_probe *p, const struct dp_probe_rules *rules)
{
    if (p->known && p->lost && !p->out)
        return quick(p, rules);
    if (p->state == IPC_PROBE_UNANSWERED)
        return MAX(rules->interval_us, (uint64_t)DP_PROBE_RARE_US);
    return rules->interval_us;
}
