#include "trials.h"

#include <stdio.h>
#include <stdlib.h>

/* What a connectivity test shows. Where nothing came back, the routes there and back are followed,
 * and what the node dropped meanwhile is told: as a hint, for it counts everybody's packets. */

struct verdict {
    struct control *c;
    struct trial t; /* a copy: rows and drops are its own */
    /* Of the rows: */
    uint64_t received, sum_us, min_us, max_us;
    const json_t *said;   /* the last answer that is no reply; NULL: none */
    const json_t *last;   /* the last row */
    struct way_end there; /* if known */
    bool has_way;
};

static bool is_reply(const json_t *row)
{
    return strcmp(model_str(row, "what"), "reply") == 0;
}

static void count(struct verdict *v)
{
    const json_t *row;
    size_t i;

    json_array_foreach (v->t.rows, i, row) {
        uint64_t rtt = (uint64_t)model_int(row, "rttUs", 0);

        v->last = row;
        if (!json_is_true(json_object_get(row, "answered")))
            continue;
        if (is_reply(row)) {
            v->min_us = v->received ? MIN(v->min_us, rtt) : rtt;
            v->max_us = MAX(v->max_us, rtt);
            v->sum_us += rtt;
            v->received++;
        } else if (strcmp(model_str(row, "what"), "expired") != 0 && *model_str(row, "what")) {
            v->said = row;
        }
    }
}

/* ---- ways ---- */

static const char *table_of(const struct snapshot *s, const char *instance)
{
    const struct model_instance *i = snapshot_get(s, MODEL_INSTANCE, instance);
    const struct model_subnet *subnet = i ? snapshot_get(s, MODEL_SUBNET, i->subnet_id) : NULL;
    const struct model_route_table *table;

    if (!subnet || subnet->route_table_id)
        return subnet ? subnet->route_table_id : NULL;
    table = snapshot_default_table(s, subnet->vpc_id);
    return table ? table->head.id : NULL;
}

/* From the instance of one side to an address. False: it is not known. */
static bool follow(struct verdict *v, const struct trial_side *from, const struct addr *to,
                   struct way_end *ret)
{
    struct region *r = house_find(v->c, from->region);
    struct snapshot *s = r ? region_now(r) : NULL;
    const char *table = s && *from->instance ? table_of(s, from->instance) : NULL;
    json_t *hops = json_array();
    struct way_start start = {.table = table};
    bool known = table && hops && way_find(v->c, &v->t.who, r, s, &start, to, hops, ret) == 0;

    json_decref(hops);
    snapshot_unref(s);
    return known;
}

/* ---- why nothing came ---- */

struct why {
    char text[WORDS_TEXT_MAX]; /* written */
};

static void what_was_said(const json_t *row, struct why *ret)
{
    const char *what = model_str(row, "what"), *from = model_str(row, "from");

    if (strcmp(what, "tooBig") == 0)
        words_write(SAY(TRIAL_WHY_TOO_BIG), ret->text, sizeof(ret->text));
    else if (strcmp(what, "noRoute") == 0)
        words_write(SAY(TRIAL_WHY_NO_ROUTE, from), ret->text, sizeof(ret->text));
    else if (strcmp(what, "noHost") == 0)
        words_write(SAY(TRIAL_WHY_NO_HOST, from), ret->text, sizeof(ret->text));
    else if (strcmp(what, "prohibited") == 0)
        words_write(SAY(TRIAL_WHY_PROHIBITED, from), ret->text, sizeof(ret->text));
    else
        words_write(SAY(TRIAL_WHY_UNREACHABLE, from), ret->text, sizeof(ret->text));
}

static void what_routes_say(struct verdict *v, struct why *ret)
{
    const struct trial_side *from = &v->t.from, *to = &v->t.to;
    struct way_end back;

    if (v->has_way && !v->there.reached)
        words_write(SAY(TRIAL_WHY_WAY, &to->address, words_written(v->there.why)), ret->text,
                    sizeof(ret->text));
    else if (v->said)
        what_was_said(v->said, ret);
    else if (*from->tunnel)
        words_write(SAY(TRIAL_WHY_TUNNEL, from->tunnel, &to->address), ret->text,
                    sizeof(ret->text));
    else if (follow(v, to, &from->address, &back) && !back.reached)
        words_write(SAY(TRIAL_WHY_WAY_BACK, &from->address, words_written(back.why)), ret->text,
                    sizeof(ret->text));
    else
        words_write(SAY(TRIAL_WHY_UNKNOWN), ret->text, sizeof(ret->text));
}

/* "no_route" is told by drop.no-route. */
static enum words_code drop_code(const char *reason)
{
    char code[WORDS_CODE_MAX];

    if (snprintf(code, sizeof(code), "drop.%s", reason) >= (int)sizeof(code))
        return WORDS_FOREIGN;
    for (char *c = code; *c; c++)
        *c = *c == '_' ? '-' : *c;
    return words_find(code);
}

/* What is dropped all the time, or by the nature of the test. */
static bool is_usual(const struct verdict *v, const char *reason)
{
    return strcmp(reason, "multicast") == 0 || strcmp(reason, "frame_type") == 0 ||
           (strcmp(reason, "ttl") == 0 && v->t.kind == TRIAL_TRACEROUTE);
}

static void add_drops(struct verdict *v, struct why *why)
{
    const char *reason, *most = NULL;
    int64_t most_count = 0;
    struct why before = *why;
    json_t *n;

    json_object_foreach (v->t.drops, reason, n) {
        if (!is_usual(v, reason) && drop_code(reason) && json_integer_value(n) > most_count) {
            most = reason;
            most_count = json_integer_value(n);
        }
    }
    if (most)
        words_write(SAY(TRIAL_WHY_DROPS, words_written(before.text), v->t.from.node_name,
                        most_count, words_coded(drop_code(most))),
                    why->text, sizeof(why->text));
}

static struct words_arg reason_of(struct verdict *v, struct why *why)
{
    what_routes_say(v, why);
    add_drops(v, why);
    return words_written(why->text);
}

/* ---- each kind ---- */

static void say(struct verdict *v, bool passed, const struct words *m)
{
    v->t.outcome = passed ? TRIAL_PASSED : TRIAL_FAILED;
    words_write(m, v->t.message, sizeof(v->t.message));
}

/* Of microseconds, in milliseconds with two digits behind the point. */
static const char *ms_text(uint64_t us, char text[24])
{
    snprintf(text, 24, "%" PRIu64 ".%02" PRIu64, us / 1000, us % 1000 / 10);
    return text;
}

static void judge_ping(struct verdict *v)
{
    uint64_t all = v->t.numbers.count, average = v->received ? v->sum_us / v->received : 0;
    struct why why;
    char ms[24];

    v->t.summary =
        json_pack("{s:I, s:I}", "sent", (json_int_t)all, "received", (json_int_t)v->received);
    if (v->received)
        (void)json_object_update_new(
            v->t.summary, json_pack("{s:I, s:I, s:I}", "minUs", (json_int_t)v->min_us, "averageUs",
                                    (json_int_t)average, "maxUs", (json_int_t)v->max_us));
    if (!v->received)
        say(v, false, SAY(TRIAL_PING_NONE, reason_of(v, &why)));
    else if (v->received == all)
        say(v, true, SAY(TRIAL_PING_ALL, all, ms_text(average, ms)));
    else
        say(v, true, SAY(TRIAL_PING_SOME, v->received, all, ms_text(average, ms)));
}

static void judge_traceroute(struct verdict *v)
{
    const struct addr *to = &v->t.to.address;
    bool reached = v->last && is_reply(v->last);
    struct why why;

    v->t.summary =
        json_pack("{s:b, s:I}", "reached", reached, "hops", (json_int_t)json_array_size(v->t.rows));
    if (reached)
        say(v, true, SAY(TRIAL_TRACE_REACHED, to, model_int(v->last, "number", 0)));
    else
        say(v, false, SAY(TRIAL_TRACE_LOST, to, reason_of(v, &why)));
}

static void judge_mtu(struct verdict *v)
{
    int64_t mtu = v->last ? model_int(v->last, "number", 0) : 0;
    const struct way_end *there = &v->there;
    struct why why;

    v->t.summary = json_pack("{s:I}", "mtu", (json_int_t)mtu);
    if (v->has_way && there->mtu) /* 0: as the underlay has it, which is not known here */
        (void)json_object_update_new(v->t.summary, json_pack("{s:s, s:I}", "tunnel", there->tunnel,
                                                             "tunnelMtu", (json_int_t)there->mtu));
    if (!mtu)
        say(v, false, SAY(TRIAL_MTU_NONE, reason_of(v, &why)));
    else if (!v->has_way || mtu > there->mtu)
        say(v, true, SAY(TRIAL_MTU, mtu));
    else if (mtu == there->mtu)
        say(v, true, SAY(TRIAL_MTU_TUNNEL, mtu, there->tunnel));
    else
        say(v, true, SAY(TRIAL_MTU_SMALLER, mtu, there->mtu, there->tunnel));
}

/* What the receiver counts is what came through. */
static void judge_throughput(struct verdict *v)
{
    int64_t bits = -1, again = 0;
    const json_t *row;
    struct why why;
    char rate[24];
    size_t i;

    json_array_foreach (v->t.rows, i, row) {
        const char *what = model_str(row, "what");

        if (strcmp(what, "sent") == 0)
            again = model_int(row, "retransmits", 0);
        if (strcmp(what, "received") == 0)
            bits = model_int(row, "bitsPerSecond", -1);
    }
    if (bits < 0) {
        say(v, false, SAY(TRIAL_RATE_NONE, reason_of(v, &why)));
        return;
    }
    v->t.summary = json_pack("{s:I, s:I}", "bitsPerSecond", (json_int_t)bits, "retransmits",
                             (json_int_t)again);
    snprintf(rate, sizeof(rate), "%" PRId64 ".%" PRId64, bits / 1000000, bits % 1000000 / 100000);
    say(v, true, SAY(TRIAL_RATE, rate, again));
}

/* It did not run to its end. What the routes say goes with it: iperf3 only knows that it could not
 * connect. */
static void judge_failure(struct verdict *v, const char *error)
{
    struct words_arg reason = words_written(error);
    struct why why;

    if (v->t.kind == TRIAL_THROUGHPUT && v->has_way && !v->there.reached)
        say(v, false, SAY(TRIAL_RATE_NONE, reason_of(v, &why)));
    else if (json_array_size(v->t.rows))
        say(v, false, SAY(TRIAL_ENDED, reason));
    else
        say(v, false, SAY(TRIAL_REFUSED, reason));
}

static void judge(struct verdict *v, const char *error)
{
    static void (*const judges[TRIAL_KINDS])(struct verdict *) = {
        [TRIAL_PING] = judge_ping,
        [TRIAL_TRACEROUTE] = judge_traceroute,
        [TRIAL_PATH_MTU] = judge_mtu,
        [TRIAL_THROUGHPUT] = judge_throughput,
    };

    count(v);
    v->has_way = follow(v, &v->t.from, &v->t.to.address, &v->there);
    if (*error)
        judge_failure(v, error);
    else
        judges[v->t.kind](v);
}

/* ---- the end ---- */

/* A copy to think about without the lock. False: there is none to be concluded. */
static bool borrow(struct control *c, const char *region, const char *id, struct trial *ret)
{
    const struct trial *t;

    trials_lock(c);
    t = trials_find(c, region, id);
    if (t && t->state == TRIAL_CONCLUDING) {
        *ret = *t;
        list_init(&ret->link);
        ret->rows = json_deep_copy(t->rows);
        ret->drops = json_deep_copy(t->drops);
    } else {
        t = NULL;
    }
    trials_unlock(c);
    return t;
}

void trial_conclude(struct control *c, const char *region, const char *id, const char *error)
{
    struct verdict *v = calloc(1, sizeof(*v));
    struct trial *t;

    if (!v || !borrow(c, region, id, &v->t)) {
        free(v);
        return;
    }
    v->c = c;
    judge(v, error);
    trials_lock(c);
    t = trials_find(c, region, id);
    if (t && t->state == TRIAL_CONCLUDING) {
        t->state = TRIAL_ENDED;
        t->outcome = v->t.outcome;
        t->ended_us = clock_realtime_us();
        memcpy(t->message, v->t.message, sizeof(t->message));
        t->summary = v->t.summary;
        v->t.summary = NULL;
        trial_tell(c, t);
    }
    trials_unlock(c);
    json_decref(v->t.rows);
    json_decref(v->t.drops);
    json_decref(v->t.summary);
    free(v);
}
