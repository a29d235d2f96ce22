#include "control_internal.h"

#include <stdio.h>

/* An event as people and programs see it. */

static void write_text(struct model_out *out, const char *name, const char *text)
{
    model_out_key(out, name);
    model_out_string(out, text);
}

void event_show(const struct event *event, struct model_out *out)
{
    char id[24], at[CLOCK_TEXT_MAX];

    snprintf(id, sizeof(id), "%" PRIu64, event->id);
    model_out_object(out);
    write_text(out, "id", id);
    write_text(out, "at", clock_format(event->at_us, at));
    write_text(out, "regionId", event->region);
    if (*event->project && strcmp(event->project, EVENTS_OPERATORS) != 0)
        write_text(out, "projectId", event->project);
    write_text(out, "severity", events_severity_name(event->severity));
    if (*event->collection) {
        model_out_key(out, "resource");
        model_out_object(out);
        write_text(out, "collection", event->collection);
        write_text(out, "id", event->resource);
        write_text(out, "name", event->name);
        model_out_end(out);
    }
    model_out_words(out, "text", event->text);
    if (event->revision) {
        model_out_key(out, "revision");
        model_out_integer(out, (int64_t)event->revision);
    }
    if (event->left_out) {
        model_out_key(out, "leftOut");
        model_out_integer(out, (int64_t)event->left_out);
    }
    model_out_end(out);
}
