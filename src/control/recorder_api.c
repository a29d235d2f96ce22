#include "recorder.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

/* GET .../{id}/metrics: how things went. */

#define POINTS_MAX     11000 /* of a series */
#define VALUES_MAX     200000
#define POINTS_DEFAULT 1500
#define TIME_MAX_S     UINT64_C(253402300799) /* the end of the year 9999 */

struct chosen {
    const struct recorder_part *part;
    size_t series; /* of its kind */
};

struct request {
    const struct recorder_part *parts; /* of the kind of resource */
    struct history_query q;
    struct chosen which[HISTORY_SERIES_MAX];
    size_t count;
    bool csv;
};

static const struct history_series *series_of(const struct chosen *chosen)
{
    return &chosen->part->kind->series[chosen->series];
}

/* The one after another, in the order of the parts; from {parts, 0}, until the part has no kind. */
static void next(struct chosen *at)
{
    if (++at->series < at->part->kind->count)
        return;
    at->part++;
    at->series = 0;
}

/* ---- times ---- */

/* "-90m": before now. */
static int parse_ago(const char *text, uint64_t now_s, uint64_t *ret)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    size_t len = strlen(text);
    char number[16];
    uint64_t n;

    if (len < 3 || len - 2 >= sizeof(number))
        return -EINVAL;
    memcpy(number, text + 1, len - 2);
    number[len - 2] = 0;
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (units[i].unit != text[len - 1])
            continue;
        if (text_parse_u64(number, now_s / units[i].seconds, &n) < 0)
            return -EINVAL;
        *ret = now_s - n * units[i].seconds;
        return 0;
    }
    return -EINVAL;
}

static int parse_when(const char *text, uint64_t now_s, uint64_t *ret)
{
    uint64_t us;

    if (*text == '-')
        return parse_ago(text, now_s, ret);
    if (strcmp(text, "now") == 0) {
        *ret = now_s;
        return 0;
    }
    if (text_parse_u64(text, TIME_MAX_S, ret) == 0)
        return 0;
    if (param_parse_time(text, &us) < 0)
        return -EINVAL;
    *ret = us / 1000000;
    return 0;
}

static int get_when(struct call *call, const char *name, uint64_t *ret)
{
    const char *text = uri_param(&call->uri, name);

    if (text && parse_when(text, call->now_us / 1000000, ret) < 0)
        return model_error_set(&call->error, 400, "invalid-value", name, text,
                               SAY(METRICS_WHEN, name));
    return 0;
}

/* ---- what is asked ---- */

static unsigned choose_step(uint64_t seconds)
{
    static const unsigned steps[] = {10, 30, 60, 300, 900, 1800, 3600, 7200, 21600};

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        if (seconds / steps[i] <= POINTS_DEFAULT)
            return steps[i];
    }
    return 86400;
}

static int get_step(struct call *call, struct request *q)
{
    uint64_t step = choose_step(q->q.to_s - q->q.from_s);
    int r = param_number(call, "step", HISTORY_STEP_S, 366 * UINT64_C(86400), &step);

    if (r == 0 && step % HISTORY_STEP_S != 0)
        r = model_error_set(&call->error, 400, "invalid-value", "step",
                            uri_param(&call->uri, "step"), SAY(METRICS_STEP, HISTORY_STEP_S));
    q->q.step_s = (unsigned)step;
    return r;
}

static int get_times(struct call *call, struct request *q)
{
    uint64_t now = call->now_us / 1000000, from, to = now;
    int r = get_when(call, "to", &to);

    to = MIN(to, now);
    from = to > 3600 ? to - 3600 : 0;
    if (r == 0)
        r = get_when(call, "from", &from);
    if (r == 0 && from >= to)
        r = model_error_set(&call->error, 400, "invalid-value", "from",
                            uri_param(&call->uri, "from"), SAY(METRICS_ORDER));
    q->q = (struct history_query){.from_s = from, .to_s = to, .now_s = now};
    return r;
}

/* Whole steps, those at the ends included. */
static int round_times(struct call *call, struct request *q)
{
    struct history_query *h = &q->q;
    uint64_t points;

    h->from_s -= h->from_s % h->step_s;
    h->to_s += (h->step_s - h->to_s % h->step_s) % h->step_s;
    points = (h->to_s - h->from_s) / h->step_s;
    if (points <= POINTS_MAX && points * q->count <= VALUES_MAX)
        return 0;
    return model_error_set(&call->error, 400, "invalid-value", "step",
                           uri_param(&call->uri, "step"),
                           SAY(METRICS_TOO_MANY, points, q->count, POINTS_MAX, VALUES_MAX));
}

static int refuse_name(struct call *call, const struct request *q, const char *name)
{
    struct buf all = {0};
    int r;

    for (struct chosen at = {q->parts, 0}; at.part->kind; next(&at))
        buf_printf(&all, "%s%s", all.len ? ", " : "", series_of(&at)->name);
    r = model_error_set(&call->error, 400, "invalid-value", "names", name,
                        SAY(METRICS_NAMES, buf_text(&all)));
    buf_done(&all);
    return r;
}

static int add_name(struct call *call, struct request *q, const char *name)
{
    struct chosen at = {q->parts, 0};

    while (at.part->kind && strcmp(series_of(&at)->name, name) != 0)
        next(&at);
    if (!at.part->kind)
        return refuse_name(call, q, name);
    for (size_t k = 0; k < q->count; k++) {
        if (series_of(&q->which[k]) == series_of(&at))
            return 0; /* once will do */
    }
    q->which[q->count++] = at;
    return 0;
}

static int get_names(struct call *call, struct request *q)
{
    const char *at = uri_param(&call->uri, "names");
    int r = 0;

    for (struct chosen all = {q->parts, 0}; !at && all.part->kind; next(&all))
        q->which[q->count++] = all;
    while (at && r == 0) {
        size_t len = strcspn(at, ",");
        char name[64];

        (void)text_printf(name, sizeof(name), "%.*s", (int)MIN(len, sizeof(name)), at);
        r = add_name(call, q, name);
        at = at[len] ? at + len + 1 : NULL;
    }
    return r;
}

static int get_format(struct call *call, struct request *q)
{
    const char *format = uri_param(&call->uri, "format"), *accept = call->req->accept;

    if (!format) {
        q->csv = accept && strcasestr(accept, "text/csv") && !strcasestr(accept, "json");
        return 0;
    }
    q->csv = strcmp(format, "csv") == 0;
    if (q->csv || strcmp(format, "json") == 0)
        return 0;
    return model_error_set(&call->error, 400, "invalid-value", "format", format,
                           SAY(METRICS_FORMAT));
}

static int get_request(struct call *call, struct request *q)
{
    int r = get_times(call, q);

    if (r == 0)
        r = get_step(call, q);
    if (r == 0)
        r = get_names(call, q);
    if (r == 0)
        r = get_format(call, q);
    return r == 0 ? round_times(call, q) : r;
}

/* ---- the answer ---- */

/* Nine digits: more than was ever measured. */
static void write_json(const struct request *q, const struct history_answer *a, struct buf *out)
{
    buf_printf(out, "{\"from\":%" PRIu64 ",\"to\":%" PRIu64 ",\"step\":%u,\"series\":[",
               q->q.from_s, q->q.to_s, q->q.step_s);
    for (size_t i = 0; i < q->count; i++) {
        const struct history_series *s = series_of(&q->which[i]);

        buf_printf(out, "%s{\"name\":\"%s\",\"unit\":\"%s\",\"resolution\":%d,\"points\":[",
                   i ? "," : "", s->name, s->unit, history_resolution(s));
        for (size_t k = 0; k < a->points; k++) {
            double value = a->values[i * a->points + k];

            buf_printf(out, "%s[%" PRIu64 ",", k ? "," : "", q->q.from_s + k * q->q.step_s);
            if (isnan(value))
                buf_puts(out, "null]");
            else
                buf_printf(out, "%.9g]", value);
        }
        buf_puts(out, "]}");
    }
    buf_puts(out, "]}\n");
}

static void write_csv(const struct request *q, const struct history_answer *a, struct buf *out)
{
    char at[CLOCK_TEXT_MAX];

    buf_puts(out, "time");
    for (size_t i = 0; i < q->count; i++)
        buf_printf(out, ",%s", series_of(&q->which[i])->name);
    buf_puts(out, "\r\n");
    for (size_t k = 0; k < a->points; k++) {
        buf_puts(out, clock_format((q->q.from_s + k * q->q.step_s) * 1000000, at));
        for (size_t i = 0; i < q->count; i++) {
            double value = a->values[i * a->points + k];

            buf_puts(out, ",");
            if (!isnan(value))
                buf_printf(out, "%.9g", value);
        }
        buf_puts(out, "\r\n");
    }
}

/* The values of a part into their places; -ENOMEM, -EIO. */
static int ask_part(struct call *call, const struct request *q, const struct recorder_part *part,
                    struct history_answer *ret)
{
    size_t which[HISTORY_SERIES_MAX], place[HISTORY_SERIES_MAX], count = 0;
    struct history_answer a = {0};
    char key[HISTORY_KEY_MAX];
    int r;

    for (size_t i = 0; i < q->count; i++) {
        if (q->which[i].part != part)
            continue;
        place[count] = i;
        which[count++] = q->which[i].series;
    }
    if (!count)
        return 0;
    (void)text_printf(key, sizeof(key), "%s/%s%s", call->region, call->id, part->suffix);
    r = history_query(call->c->history, part->kind, key, &q->q, which, count, &a);
    for (size_t i = 0; r == 0 && i < count; i++)
        memcpy(ret->values + place[i] * ret->points, a.values + i * a.points,
               a.points * sizeof(*a.values));
    history_answer_done(&a);
    return r;
}

static int answer(struct call *call, const struct request *q)
{
    struct history_answer a = {.points = (q->q.to_s - q->q.from_s) / q->q.step_s};
    int r;

    a.values = calloc(a.points * q->count + 1, sizeof(*a.values));
    r = a.values ? 0 : -ENOMEM;
    for (const struct recorder_part *part = q->parts; r == 0 && part->kind; part++)
        r = ask_part(call, q, part, &a);
    if (r == 0)
        (q->csv ? write_csv : write_json)(q, &a, &call->res->body);
    history_answer_done(&a);
    if (r < 0 || call->res->body.failed)
        return r < 0 ? r : -ENOMEM;
    call->res->status = 200;
    call->res->content_type =
        q->csv ? "text/csv; charset=utf-8; header=present" : "application/json";
    return 0;
}

int recorder_metrics(struct call *call)
{
    struct request q = {.parts = recorder_parts(call->kind->id)};
    int r;

    if (!q.parts)
        return model_error_set(&call->error, 404, "not-found", NULL, call->kind->collection,
                               SAY(METRICS_NO_KIND, call->kind->collection));
    if (!resources_find(call))
        return -ENOENT;
    if (call->kind->id == MODEL_NODE && *call->who.rights.project) /* sums over all projects */
        return model_error_set(&call->error, 403, "forbidden", NULL, NULL, SAY(ACCESS_WHOLE));
    r = get_request(call, &q);
    if (r == 0 && !call->c->history)
        r = model_error_set(&call->error, 404, "not-found", NULL, NULL, SAY(METRICS_NONE));
    return r == 0 ? answer(call, &q) : r;
}
