/* Connectivity tests between ropewayd and this machine: its list downwards, as a part of the
 * desired state, and rows upwards. */
#include "node_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define REPORT_MS  3    /* rows that come together are told together */
#define BEAT_MS    1000 /* ropewayd takes silence for the end of a test */
#define AGAIN_MS   500
#define TIMEOUT_S  4
#define SILENCE_US UINT64_C(5000000) /* without ropewayd tests go on for so long */
#define DROPS_TOLD 6

/* ---- drops of the data plane meanwhile ---- */

static void note_drops(const struct node *node, struct trial *t)
{
    if (!node->dataplane.stats)
        return;
    t->drops = calloc(IPC_DROP_COUNT, sizeof(*t->drops));
    for (unsigned i = 0; t->drops && i < IPC_DROP_COUNT; i++)
        t->drops[i] = ipc_stats_drop(node->dataplane.stats, i);
}

/* Of all packets on this machine: a hint, where a test came to nothing. */
static void tell_drops(const struct node *node, struct trial *t)
{
    uint64_t *before = t->drops;
    unsigned told = 0;

    t->drops = NULL;
    for (unsigned i = 0; before && node->dataplane.stats && i < IPC_DROP_COUNT; i++) {
        uint64_t now = ipc_stats_drop(node->dataplane.stats, i);

        if (now > before[i] && told++ < DROPS_TOLD)
            trial_tell(t,
                       json_pack("{s:s, s:s, s:I}", "type", "drops", "what", ipc_stats_drop_name(i),
                                 "number", (json_int_t)(now - before[i])));
    }
    free(before);
}

/* ---- reports ---- */

static void report(struct node *node);

static void on_report_at(uv_timer_t *timer)
{
    report(container_of(timer, struct node, trials.report_at));
}

static void report_in(struct node *node, unsigned ms)
{
    uv_timer_t *timer = &node->trials.report_at;

    if (!uv_is_active((uv_handle_t *)timer) || uv_timer_get_due_in(timer) > ms)
        uv_timer_start(timer, on_report_at, ms, 0);
}

static void on_news(void *arg)
{
    report_in(arg, REPORT_MS);
}

static json_t *rows_to_say(struct trial *t)
{
    t->saying = json_array_size(t->rows);
    return json_copy(t->rows);
}

static json_t *report_of(struct node *node, struct trial *t)
{
    if (t->over && t->drops)
        tell_drops(node, t);
    t->saying_over = t->over;
    return json_pack("{s:s, s:o, s:b, s:o}", "id", t->want.id, "rows", rows_to_say(t), "ended",
                     t->over, "error", status_text(t->error));
}

/* New; NULL if no test has anything to say. */
static json_t *all_reports(struct node *node)
{
    json_t *tests = json_array();

    list_for_each (t, &node->trials.all, struct trial, link) {
        if (!t->said_over)
            json_array_append_new(tests, report_of(node, t));
    }
    if (json_array_size(tests))
        return json_pack("{s:s, s:o}", "life", node->trials.life, "tests", tests);
    json_decref(tests);
    return NULL;
}

/* What was said has arrived. */
static void note_said(struct trial *t)
{
    while (t->saying && json_array_size(t->rows)) {
        (void)json_array_remove(t->rows, 0);
        t->saying--;
    }
    t->said_over = t->saying_over;
}

static bool has_more(const struct trial *t)
{
    return !t->said_over && (t->over || json_array_size(t->rows));
}

static void note_success(struct node *node)
{
    unsigned again_ms = 0;

    node->trials.failing_since_us = 0;
    list_for_each (t, &node->trials.all, struct trial, link) {
        note_said(t);
        if (has_more(t))
            again_ms = REPORT_MS;
        else if (!t->said_over && !again_ms)
            again_ms = BEAT_MS;
    }
    if (again_ms)
        report_in(node, again_ms);
}

/* Nobody would hear of what goes on. */
static void note_failure(struct node *node)
{
    struct node_trials *trials = &node->trials;
    uint64_t now = clock_monotonic_us();

    if (!trials->failing_since_us)
        trials->failing_since_us = now;
    list_for_each (t, &trials->all, struct trial, link) {
        t->saying = 0;
        if (now - trials->failing_since_us >= SILENCE_US)
            trial_stop(t, SAY(NODE_TRIAL_CUT));
    }
    if (!list_empty(&trials->all))
        report_in(node, AGAIN_MS);
}

static void on_reported(void *arg, const struct http_answer *answer)
{
    struct node *node = arg;
    char why[HTTP_WHY_MAX];

    node->trials.under_way = false;
    if (answer->status >= 200 && answer->status <= 299) {
        note_success(node);
        return;
    }
    http_describe(answer, why, sizeof(why));
    log_debug("report connectivity tests: %s", why);
    note_failure(node);
}

static void report(struct node *node)
{
    struct node_trials *trials = &node->trials;
    json_t *doc = trials->under_way || !*node->api.id ? NULL : all_reports(node);
    char *text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
    char path[256];

    json_decref(doc);
    if (!text)
        return;
    snprintf(path, sizeof(path), "/v1/regions/%s/nodes/%s/tests", node->config->region,
             node->api.id);
    trials->under_way = api_request(node, "POST", path, text, TIMEOUT_S, on_reported) == 0;
    if (!trials->under_way)
        note_failure(node);
    free(text);
}

/* ---- ropewayd's list ---- */

static struct trial *find(struct node *node, const char *id)
{
    list_for_each (t, &node->trials.all, struct trial, link) {
        if (strcmp(t->want.id, id) == 0)
            return t;
    }
    return NULL;
}

static size_t running(struct node *node)
{
    size_t count = 0;

    list_for_each (t, &node->trials.all, struct trial, link)
        count += !t->over;
    return count;
}

/* What ropewayd was told of it: only this may differ from the wish. */
static uint16_t size_here(const struct node_instance *i, const struct trial_want *w)
{
    uint16_t mtu = i->mtu ? i->mtu : i->want.port.mtu;

    return w->kind == REACH_PATH_MTU && (!w->spec.size || w->spec.size > mtu) ? mtu : w->spec.size;
}

static struct trial *begin(struct node *node, struct trial_want *want)
{
    const struct node_instance *i;

    if (*want->tunnel)
        return trials_begin_tunnel(node, want, on_news);
    i = node_find_instance(node, want->instance);
    if (!i || !i->wanted || !i->ready)
        return trial_refuse(&node->loop, want, SAY(NODE_TRIAL_NO_INSTANCE, want->instance), on_news,
                            node);
    if (i->want.attachment != DESIRED_NETNS)
        return trial_refuse(&node->loop, want, SAY(TRIAL_NO_NAMESPACE, want->instance), on_news,
                            node);
    want->spec.size = size_here(i, want);
    return trial_start(&node->loop, want, i->want.netns, on_news, node);
}

static void take_one(struct node *node, const json_t *task)
{
    struct trial_want want;
    struct desired_error err = {0};
    const char *id = json_string_value(json_object_get(task, "id"));
    struct trial *t;
    char said[WORDS_TEXT_MAX];

    if (!id || find(node, id))
        return;
    if (trial_want_parse(task, &want, &err) < 0) {
        log_warn("a connectivity test is not understood: %s",
                 words_say_written(err.text, WORDS_EN, said, sizeof(said)));
        return; /* ropewayd ends it when it hears nothing of it */
    }
    t = running(node) < TRIALS_MAX
            ? begin(node, &want)
            : trial_refuse(&node->loop, &want, SAY(NODE_TRIAL_TOO_MANY, TRIALS_MAX), on_news, node);
    if (t && !t->over)
        note_drops(node, t);
    if (t)
        list_append(&node->trials.all, &t->link);
    log_info("connectivity test %s %s", want.id, t && !t->over ? "begins" : "cannot begin");
    report_in(node, REPORT_MS);
}

static bool names(const json_t *run, const char *id)
{
    const json_t *task;
    size_t i;

    json_array_foreach (run, i, task) {
        const char *other = json_string_value(json_object_get(task, "id"));

        if (other && strcmp(other, id) == 0)
            return true;
    }
    return false;
}

void trials_take(struct node *node, const json_t *list)
{
    const char *at = json_string_value(json_object_get(list, "at"));
    const json_t *run = json_object_get(list, "run"), *task;
    size_t i;

    if (!at || text_copy(node->trials.at, sizeof(node->trials.at), at) < 0)
        return;
    list_for_each_safe (t, &node->trials.all, struct trial, link) {
        if (!names(run, t->want.id))
            trial_free(t);
    }
    json_array_foreach (run, i, task)
        take_one(node, task);
}

void trials_query(const struct node *node, char ret[TRIALS_QUERY_MAX])
{
    snprintf(ret, TRIALS_QUERY_MAX, "&tests=%s:%s", node->trials.life, node->trials.at);
}

/* ---- life ---- */

int trials_init(struct node *node)
{
    snprintf(node->trials.life, sizeof(node->trials.life), "%016llx",
             (unsigned long long)random_u64());
    return uv_timer_init(&node->loop, &node->trials.report_at);
}

void trials_done(struct node *node)
{
    list_for_each_safe (t, &node->trials.all, struct trial, link)
        trial_free(t);
}
