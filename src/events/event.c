#include "events_internal.h"

#include <stdlib.h>

/* One event: how severe it is, and a copy of it. */

static const char *const severities[EVENTS_SEVERITIES] = {"info", "warning", "error"};

const char *events_severity_name(enum events_severity severity)
{
    return severities[severity];
}

int events_severity_parse(const char *text, enum events_severity *ret)
{
    for (size_t i = 0; i < EVENTS_SEVERITIES; i++) {
        if (strcmp(text, severities[i]) == 0) {
            *ret = (enum events_severity)i;
            return 0;
        }
    }
    return -EINVAL;
}

struct kept *events_copy(const struct event *event)
{
    const char *texts[] = {event->region,   event->project, event->collection,
                           event->resource, event->name,    event->text};
    const char **fields[ARRAY_SIZE(texts)];
    size_t size = 0;
    struct kept *k;
    char *at;

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        size += strlen(texts[i]) + 1;
    k = malloc(sizeof(*k) + size);
    if (!k)
        return NULL;
    list_init(&k->link);
    k->event = *event;
    fields[0] = &k->event.region;
    fields[1] = &k->event.project;
    fields[2] = &k->event.collection;
    fields[3] = &k->event.resource;
    fields[4] = &k->event.name;
    fields[5] = &k->event.text;
    at = k->texts;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        size_t len = strlen(texts[i]) + 1;

        *fields[i] = memcpy(at, texts[i], len);
        at += len;
    }
    return k;
}
