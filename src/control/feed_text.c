#include "control_internal.h"

#include <stdio.h>

/* The events of those who follow a region. Everybody who reads the same language gets the
 * same text. */

static void write_name(const struct region *r, enum model_kind_id kind, const char *id,
                       struct model_out *out)
{
    model_out_key(out, "regionId");
    model_out_string(out, r->id);
    model_out_key(out, "collection");
    model_out_string(out, model_kind(kind)->collection);
    model_out_key(out, "id");
    model_out_string(out, id);
}

static int finish(const char *event, struct model_out *out, struct buf *ret)
{
    size_t len;
    const char *text = model_out_written(out, &len);

    if (!text)
        return -ENOMEM;
    buf_printf(ret, "event: %s\ndata: ", event);
    buf_add(ret, text, len);
    buf_puts(ret, "\n\n");
    return ret->failed ? -ENOMEM : 0;
}

static bool is_observed(const struct status *status)
{
    const json_t *conditions = json_object_get(status->computed, "conditions");

    return strcmp(model_str(json_array_get(conditions, 0), "status"), "true") == 0;
}

/* *ret_spoke: some of it is in the language. */
static int write_event(const struct region *r, const struct model_resource *resource, bool whole,
                       const struct status *status, enum words_lang lang, struct buf *ret,
                       bool *ret_spoke)
{
    struct model_out *out = model_out_text(lang);
    int result;

    if (!out)
        return -ENOMEM;
    model_out_object(out);
    write_name(r, resource->kind->id, resource->id, out);
    model_out_key(out, whole ? "resource" : "status");
    if (whole)
        model_show(resource, status->computed, status->said, out);
    else
        model_show_status(resource->kind, status->computed, status->said, out);
    model_out_end(out);
    *ret_spoke = model_out_spoke(out);
    result = finish(whole ? "put" : "status", out, ret);
    model_out_free(out);
    return result;
}

int feed_text(struct region *r, const struct snapshot *s, const struct model_resource *resource,
              enum feed_what what, unsigned langs, struct buf ret[WORDS_LANGS], bool *ret_observed)
{
    struct status status = {0};
    int result = status_take(r, s, resource, &status);
    bool spoke = true;

    for (enum words_lang lang = 0; result == 0 && spoke && lang < WORDS_LANGS; lang++) {
        if (langs & 1U << lang)
            result =
                write_event(r, resource, what == FEED_RESOURCE, &status, lang, &ret[lang], &spoke);
    }
    if (result == 0)
        *ret_observed = is_observed(&status);
    status_done(&status);
    return result;
}

void feed_text_gone(const struct region *r, enum model_kind_id kind, const char *id,
                    struct buf *ret)
{
    struct model_out *out = model_out_text(WORDS_EN);

    if (out) {
        model_out_object(out);
        write_name(r, kind, id, out);
        model_out_end(out);
    }
    if (!out || finish("delete", out, ret) < 0)
        ret->failed = true;
    model_out_free(out);
}

static int write_happened(const struct event *event, enum words_lang lang, struct buf *ret)
{
    struct model_out *out = model_out_text(lang);
    char id[24];
    int r;

    if (!out)
        return -ENOMEM;
    snprintf(id, sizeof(id), "%" PRIu64, event->id);
    model_out_object(out);
    model_out_key(out, "regionId");
    model_out_string(out, event->region);
    model_out_key(out, "collection");
    model_out_string(out, "events");
    model_out_key(out, "id");
    model_out_string(out, id);
    model_out_key(out, "resource");
    event_show(event, out);
    model_out_end(out);
    r = finish("put", out, ret);
    model_out_free(out);
    return r;
}

int feed_text_event(const struct event *event, unsigned langs, struct buf ret[WORDS_LANGS])
{
    int r = 0;

    for (enum words_lang lang = 0; r == 0 && lang < WORDS_LANGS; lang++) {
        if (langs & 1U << lang)
            r = write_happened(event, lang, &ret[lang]);
    }
    return r;
}
