#include "notice.h"

/* Saying what happened. */

void notice_other(struct region *r, const char *collection, const char *id, const char *name,
                  const char *project, const struct notice *n, const struct words *text)
{
    char written[EVENTS_TEXT_MAX];
    const struct event event = {.at_us = n->at_us ? n->at_us : clock_realtime_us(),
                                .severity = n->severity,
                                .region = r->id,
                                .project = project ? project : "",
                                .collection = collection,
                                .resource = id,
                                .name = name ? name : "",
                                .text = words_write(text, written, sizeof(written)),
                                .revision = n->revision};

    if (r->c->events)
        events_add(r->c->events, &event);
}

void notice_resource(struct region *r, const struct model_resource *resource,
                     const struct notice *n, const struct words *text)
{
    const struct model_kind *kind = resource->kind;

    notice_other(r, kind->collection, resource->id, resource->name,
                 model_is_shared(kind) ? "" : resource->project_id, n, text);
}
