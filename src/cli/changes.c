#include "manifest.h"

/* What would change of a resource, field by field. */

struct listing_of_changes {
    const struct item *it;
    json_t *changes;
};

/* As the file says it, where the body has what only stands for it in a dry run. */
static const json_t *as_written(const struct item *it, const char *path, const json_t *value)
{
    const json_t *written = json_object_get(it->fields, path), *item;
    size_t i;
    bool stands_in =
        json_is_object(written) || (json_is_string(value) && *json_string_value(value) == '$');

    json_array_foreach (written, i, item)
        stands_in = stands_in || json_is_object(item);
    json_array_foreach (value, i, item)
        stands_in = stands_in || (json_is_string(item) && *json_string_value(item) == '$') ||
                    (json_is_object(item) && it->foretold);
    return written && stands_in ? written : value;
}

/* What null comes to, if that is known. New. */
static json_t *default_of(const struct model_field *f)
{
    return f && f->default_json ? json_loads(f->default_json, JSON_DECODE_ANY, NULL) : NULL;
}

static void add(struct listing_of_changes *l, const char *path, const struct model_field *f,
                const json_t *old, const json_t *new)
{
    json_t *change = json_pack("{s:s}", "field", path), *usual = NULL;

    if (f && (f->flags & MODEL_SECRET)) {
        json_array_append_new(l->changes, change);
        return;
    }
    if (json_is_null(new))
        new = usual = default_of(f);
    if (old)
        json_object_set(change, "old", (json_t *)(uintptr_t)old);
    if (new)
        json_object_set(change, "new", (json_t *)(uintptr_t)as_written(l->it, path, new));
    json_decref(usual);
    json_array_append_new(l->changes, change);
}

/* Objects are entered: each member is a change of its own. */
static void compare(struct listing_of_changes *l, const char *path, const struct model_field *f,
                    const json_t *old, const json_t *new)
{
    bool map = f && (f->type == MODEL_TEXT_MAP || f->type == MODEL_INT_MAP);
    const char *key;
    json_t *value;

    if (!json_is_object(new) || (f && f->type == MODEL_ADDRESS) || !json_object_size(new)) {
        if (!manifest_holds(f, new, old))
            add(l, path, f, old, new);
        return;
    }
    json_object_foreach ((json_t *)(uintptr_t) new, key, value) {
        struct buf inner = {0};

        buf_printf(&inner, "%s.%s", path, key);
        compare(l, buf_text(&inner), map ? NULL : manifest_member(f, key),
                json_object_get(old, key), value);
        buf_done(&inner);
    }
}

json_t *manifest_changes(const struct item *it, const json_t *body)
{
    struct listing_of_changes l = {it, json_array()};
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)body, key, value)
        compare(&l, key, model_find_field(it->kind, key), json_object_get(it->current, key), value);
    return l.changes;
}
