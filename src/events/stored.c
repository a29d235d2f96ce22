#include "events_internal.h"

#include <inttypes.h>
#include <stdio.h>

#include "in.h"

/* Events as the store has them: one item each, in the order of ids. */

void stored_id(const char *region, uint64_t id, char ret[STORE_NAME_MAX + 1])
{
    (void)text_printf(ret, STORE_NAME_MAX + 1, "%s/%016" PRIx64, region, id);
}

static void write_text(struct model_out *out, const char *name, const char *text)
{
    if (!*text)
        return;
    model_out_key(out, name);
    model_out_string(out, text);
}

static void write_number(struct model_out *out, const char *name, uint64_t n)
{
    if (!n)
        return;
    model_out_key(out, name);
    model_out_integer(out, (int64_t)n);
}

void stored_write(const struct event *event, struct model_out *out)
{
    model_out_object(out);
    write_number(out, "at", event->at_us);
    write_text(out, "severity", events_severity_name(event->severity));
    write_text(out, "project", event->project);
    write_text(out, "collection", event->collection);
    write_text(out, "resource", event->resource);
    write_text(out, "name", event->name);
    write_text(out, "text", event->text);
    write_number(out, "revision", event->revision);
    write_number(out, "leftOut", event->left_out);
    model_out_end(out);
}

static uint64_t number(struct model_in *in, const char *name)
{
    struct model_in member = model_in_member(in, name);
    int64_t n;

    return model_in_integer(&member, &n) && n > 0 ? (uint64_t)n : 0;
}

/* Cuts the key in two. */
static int read_id(char *key, struct event *ret)
{
    char *slash = strchr(key, '/');
    int end = 0;

    if (!slash || strlen(slash + 1) != EVENTS_ID_DIGITS ||
        sscanf(slash + 1, "%16" SCNx64 "%n", &ret->id, &end) != 1 || end != EVENTS_ID_DIGITS)
        return -EBADMSG;
    *slash = 0;
    ret->region = key;
    return 0;
}

int stored_read(struct model_text *text, char *key, const char *value, struct event *ret)
{
    struct event e = {0};
    struct model_in in;

    if (read_id(key, &e) < 0 || model_text_read(text, value, strlen(value), &in) < 0 ||
        model_in_type(&in) != MODEL_IN_OBJECT)
        return -EBADMSG;
    e.at_us = number(&in, "at");
    if (events_severity_parse(model_in_text(&in, "severity"), &e.severity) < 0)
        return -EBADMSG;
    e.project = model_in_text(&in, "project");
    e.collection = model_in_text(&in, "collection");
    e.resource = model_in_text(&in, "resource");
    e.name = model_in_text(&in, "name");
    e.text = model_in_text(&in, "text");
    e.revision = number(&in, "revision");
    e.left_out = number(&in, "leftOut");
    *ret = e;
    return 0;
}
