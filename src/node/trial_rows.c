#include "trial.h"

/* What a test tells, as rows (docs/protocol.md, "Connectivity tests"). */

#define ROWS_MAX 256 /* kept while ropewayd does not take them */

void trial_tell(struct trial *t, json_t *row)
{
    if (!row || json_array_size(t->rows) >= ROWS_MAX ||
        json_object_set_new(row, "row", json_integer((json_int_t)++t->counted)) ||
        json_array_append(t->rows, row))
        log_warn("a row of connectivity test %s is lost", t->want.id);
    json_decref(row);
    t->news(t->arg);
}

static const char *type_of(const struct reach_row *row)
{
    static const char *const names[] = {
        [REACH_ROW_REPLY] = "reply",
        [REACH_ROW_HOP] = "hop",
        [REACH_ROW_SIZE] = "size",
        [REACH_ROW_MTU] = "mtu",
    };

    return names[row->type];
}

static json_t *rtts_of(const struct reach_row *row)
{
    json_t *rtts = json_array();

    for (unsigned i = 0; i < REACH_HOP_PROBES; i++)
        json_array_append_new(rtts, row->rtts_us[i] ? json_integer(row->rtts_us[i]) : json_null());
    return rtts;
}

static void add_answer(json_t *made, const struct reach_row *row)
{
    char from[ADDR_TEXT_MAX];

    json_object_set_new(made, "what", json_string(reach_what_name(row->what)));
    if (row->from.family != ADDR_NONE)
        json_object_set_new(made, "from", json_string(addr_format(&row->from, from)));
    if (row->ttl)
        json_object_set_new(made, "ttl", json_integer(row->ttl));
    if (row->mtu)
        json_object_set_new(made, "mtu", json_integer(row->mtu));
    json_object_set_new(made, "rttUs", json_integer(row->rtt_us));
}

void trial_tell_row(struct trial *t, const struct reach_row *row)
{
    json_t *made = json_pack("{s:s, s:i, s:b}", "type", type_of(row), "number", (int)row->number,
                             "answered", row->answered);

    if (row->answered && row->type != REACH_ROW_MTU)
        add_answer(made, row);
    if (row->type == REACH_ROW_HOP)
        json_object_set_new(made, "rtts", rtts_of(row));
    trial_tell(t, made);
}

void trial_tell_rate(struct trial *t, const struct reach_rate *rate)
{
    static const char *const sides[] = {
        [REACH_RATE_INTERVAL] = "interval",
        [REACH_RATE_SENT] = "sent",
        [REACH_RATE_RECEIVED] = "received",
    };

    trial_tell(t, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "type", "rate", "what",
                            sides[rate->type], "fromMs", (json_int_t)rate->from_ms, "toMs",
                            (json_int_t)rate->to_ms, "bitsPerSecond",
                            (json_int_t)rate->bits_per_second, "retransmits",
                            (json_int_t)rate->retransmits));
}

void trial_end(struct trial *t, const struct words *why)
{
    if (t->over)
        return;
    if (why && !*t->error)
        words_write(why, t->error, sizeof(t->error));
    t->over = true;
    t->news(t->arg);
}
