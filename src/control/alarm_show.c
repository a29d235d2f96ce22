#include "alarms.h"

#include <stdio.h>

/* What is shown of an alarm. */

#define DETAILS_MAX 64

/* What of it who asks sees. */
struct seen {
    size_t firing;
    uint64_t since_us; /* of the oldest */
    const char *value; /* of the first that has one */
    json_t *members, *details;
};

static void see(struct seen *seen, const struct bad *b)
{
    char since[CLOCK_TEXT_MAX];

    if (seen->firing < ALARM_MEMBERS_MAX)
        (void)json_array_append_new(seen->members, json_string(b->id));
    if (seen->firing < DETAILS_MAX)
        (void)json_array_append_new(
            seen->details, json_pack("{s:s, s:s*, s:s}", "id", b->id, "since",
                                     b->since_us > 1 ? clock_format(b->since_us, since) : NULL,
                                     "value", b->value));
    if (!seen->since_us || b->since_us < seen->since_us)
        seen->since_us = b->since_us;
    if (!*seen->value)
        seen->value = b->value;
    seen->firing++;
}

static void see_all(struct seen *seen, const struct model_alarm *a, const struct alarm_run *run)
{
    bool built_in = alarms_is_built_in(a->head.id);
    const char *project = a->head.project_id;
    struct pmap_iter it;
    const struct bad *b;

    pmap_begin(&it, run->bad, NULL, 0);
    while ((b = pmap_next(&it, NULL, NULL))) {
        if (b->firing && (!built_in || !project || strcmp(project, b->project) == 0))
            see(seen, b);
    }
}

/* Of a built-in alarm since and value are those of the members that who asks may see. */
static json_t *status_of(const struct model_alarm *a, const struct alarm_run *run,
                         const struct seen *seen)
{
    bool built_in = alarms_is_built_in(a->head.id);
    uint64_t since = built_in ? seen->since_us : run->since_us;
    char at[CLOCK_TEXT_MAX];

    return json_pack("{s:s, s:s*, s:I, s:O, s:O, s:s, s:s, s:b}", "alarmState",
                     seen->firing               ? "alarm"
                     : run->known && a->enabled ? "ok"
                                                : "noData",
                     "alarmSince", since > 1 ? clock_format(since, at) : NULL, "alarmCount",
                     (json_int_t)seen->firing, "alarmMembers", seen->members, "alarmDetails",
                     seen->details, "lastValue", built_in ? seen->value : run->value, "lastAction",
                     run->action, "builtIn", built_in);
}

json_t *alarms_status(struct region *r, const struct model_resource *alarm)
{
    const struct model_alarm *a = (const struct model_alarm *)alarm;
    struct seen seen = {.value = "", .members = json_array(), .details = json_array()};
    const struct alarm_run *run;
    json_t *status = NULL;

    pthread_mutex_lock(&r->alarm_lock);
    run = pmap_get(r->alarms, alarm->id, strlen(alarm->id));
    if (run) {
        see_all(&seen, a, run);
        status = status_of(a, run, &seen);
    }
    pthread_mutex_unlock(&r->alarm_lock);
    json_decref(seen.members);
    json_decref(seen.details);
    return status ? status
                  : json_pack("{s:s, s:b}", "alarmState", "noData", "builtIn",
                              alarms_is_built_in(alarm->id));
}
