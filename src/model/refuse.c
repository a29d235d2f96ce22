#include "model_internal.h"

#include <stdlib.h>

/* Where in a resource a check is, and what it refuses there. */

size_t model_path_push(struct model_check *c, const char *name)
{
    size_t old = c->path_len;

    (void)text_printf(c->path + old, sizeof(c->path) - old, "%s%s", old ? "." : "", name);
    c->path_len = old + strlen(c->path + old);
    return old;
}

size_t model_path_push_index(struct model_check *c, size_t index)
{
    size_t old = c->path_len;

    (void)text_printf(c->path + old, sizeof(c->path) - old, "[%zu]", index);
    c->path_len = old + strlen(c->path + old);
    return old;
}

void model_path_pop(struct model_check *c, size_t len)
{
    c->path_len = len;
    c->path[len] = 0;
}

int model_refuse(struct model_check *c, const struct model_field *field, int status,
                 const char *type, const json_t *value, const struct words *rule)
{
    bool hidden = field && (field->flags & MODEL_SECRET);
    char *text = NULL;
    const char *shown = NULL;
    int r;

    if (value && !hidden) {
        if (json_is_string(value))
            shown = json_string_value(value);
        else
            shown = text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    }
    r = model_error_set(c->error, status, type, c->path, shown, rule);
    free(text);
    return r;
}

int model_refuse_at(struct model_check *c, const char *path, const json_t *resource,
                    const struct words *rule)
{
    (void)model_path_push(c, path);
    return model_refuse(c, model_find_field(c->kind, path), 400, "invalid-value",
                        model_at(resource, path), rule);
}

int model_refuse_type(struct model_check *c, const struct model_field *field, const json_t *value,
                      enum words_code wanted)
{
    struct words_arg what =
        c->path_len ? words_from_text(c->path) : words_coded(WORDS_WANT_REQUEST_BODY);

    return model_refuse(c, field, 400, "wrong-type", value,
                        SAY(VALUE_MUST_BE, what, words_coded(wanted)));
}

int model_refuse_value(struct model_check *c, const struct model_field *field, const json_t *value,
                       enum words_code wanted)
{
    return model_refuse(c, field, 400, "invalid-value", value,
                        SAY(VALUE_MUST_BE, c->path, words_coded(wanted)));
}

/* The text of a JSON string, or NULL after refusing what is none or cannot be one in C. */
const char *model_check_text(struct model_check *c, const struct model_field *field,
                             const json_t *value, enum words_code wanted)
{
    const char *text = json_string_value(value);
    size_t len;

    if (!text) {
        (void)model_refuse_type(c, field, value, wanted);
        return NULL;
    }
    len = json_string_length(value);
    if (strlen(text) != len || !text_is_utf8(text, len)) {
        (void)model_refuse(c, field, 400, "invalid-value", NULL, SAY(VALUE_UTF8, c->path));
        return NULL;
    }
    return text;
}

int model_make_string(const char *text, json_t **ret)
{
    json_t *made = json_string(text);

    if (!made)
        return -ENOMEM;
    *ret = made;
    return 0;
}
