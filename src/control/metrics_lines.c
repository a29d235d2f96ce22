#include "metrics.h"

/* The lines that all of them are made of. */

void metrics_begin(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_escape(const char *text, char *ret, size_t size)
{
    size_t n = 0;

    for (; *text && n + 3 < size; text++) {
        if (*text == '\\' || *text == '"' || *text == '\n')
            ret[n++] = '\\';
        ret[n++] = *text;
        if (*text == '\n')
            ret[n - 1] = 'n';
    }
    ret[n] = 0;
}

void metrics_label(const struct region *r, const struct model_resource *resource,
                   struct metrics_labels *ret)
{
    char name[sizeof(ret->text) / 2];

    metrics_escape(resource->name ? resource->name : "", name, sizeof(name));
    (void)text_printf(ret->text, sizeof(ret->text), "region=\"%s\",id=\"%s\",name=\"%s\"", r->id,
                      resource->id, name);
}

void metrics_each_region(struct control *c, metrics_visit *visit, void *arg)
{
    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        struct snapshot *now = region_now(r);

        if (snapshot_region(now))
            visit(r, now, arg);
        snapshot_unref(now);
    }
}
