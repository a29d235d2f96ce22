#include "trials.h"

/* Connectivity tests as answers show them. */

static json_t *side_view(const struct trial_side *side)
{
    char address[ADDR_TEXT_MAX];
    json_t *view = json_pack("{s:s}", "address", addr_format(&side->address, address));

    if (*side->instance || *side->tunnel)
        (void)json_object_update_new(view,
                                     json_pack("{s:s, s:s, s:s, s:s}", "regionId", side->region,
                                               *side->tunnel ? "tunnel" : "instance",
                                               *side->tunnel ? side->tunnel : side->instance,
                                               "name", side->name, "nodeId", side->node));
    return view;
}

static json_t *numbers_view(const struct trial *t)
{
    const struct trial_numbers *n = &t->numbers;

    switch (t->kind) {
    case TRIAL_PING:
        return json_pack("{s:I, s:I, s:I}", "count", (json_int_t)n->count, "intervalMs",
                         (json_int_t)n->interval_ms, "size", (json_int_t)n->size);
    case TRIAL_TRACEROUTE:
        return json_pack("{s:I, s:I}", "maxHops", (json_int_t)n->hops, "size", (json_int_t)n->size);
    case TRIAL_THROUGHPUT:
        return json_pack("{s:I}", "duration", (json_int_t)n->duration_s);
    default:
        return json_object();
    }
}

static const char *state_name(const struct trial *t)
{
    return t->state == TRIAL_WAITING ? "waiting" : t->state == TRIAL_ENDED ? "ended" : "running";
}

static const char *outcome_name(const struct trial *t)
{
    static const char *const names[] = {
        [TRIAL_OPEN] = "",
        [TRIAL_PASSED] = "passed",
        [TRIAL_FAILED] = "failed",
        [TRIAL_HALTED] = "stopped",
    };

    return names[t->outcome];
}

json_t *trial_view(const struct trial *t, bool rows, enum words_lang lang)
{
    char at[CLOCK_TEXT_MAX];
    json_t *view =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "id", t->id, "regionId",
                  t->from.region, "projectId", t->project, "kind", trial_kind_name(t->kind),
                  "status", state_name(t), "outcome", outcome_name(t), "startedBy", t->who.id,
                  "createdAt", clock_format(t->created_us, at), "source", side_view(&t->from),
                  "destination", side_view(&t->to));
    int r = json_object_update_new(view, numbers_view(t));

    if (r == 0 && t->ended_us)
        r = json_object_set_new(view, "endedAt", json_string(clock_format(t->ended_us, at)));
    if (r == 0 && t->summary)
        r = json_object_set(view, "summary", t->summary);
    if (r == 0)
        r = model_words_add_written(view, "message", t->message, lang);
    if (r == 0 && rows)
        r = json_object_set_new(view, "rows", json_copy(t->rows));
    if (r == 0)
        return view;
    json_decref(view);
    return NULL;
}
