#include "model_internal.h"

#include <stdio.h>

void model_error_done(struct model_error *e)
{
    json_decref(e->holders);
    *e = (struct model_error){0};
}

/* Copies as much as fits, with dots where it was cut. What is not UTF-8 becomes question marks. */
static void copy_cut(char *dst, size_t size, const char *src)
{
    if (text_printf(dst, size, "%s", src) == 0)
        return;
    (void)text_printf(dst, size - 3, "%s", src);
    strcat(dst, "...");
}

int model_error_set(struct model_error *e, int status, const char *type, const char *field,
                    const char *value, const char *rule, ...)
{
    struct model_error made = {.status = status};
    char sentence[1024];
    va_list args;

    va_start(args, rule);
    (void)text_vprintf(sentence, sizeof(sentence), rule, args);
    va_end(args);
    copy_cut(made.type, sizeof(made.type), type);
    copy_cut(made.field, sizeof(made.field), field ? field : "");
    copy_cut(made.value, sizeof(made.value), value ? value : "");
    copy_cut(made.rule, sizeof(made.rule), sentence);
    model_error_done(e);
    *e = made;
    return status == 404 ? -ENOENT : status == 409 ? -EEXIST : status >= 500 ? -ENOMEM : -EINVAL;
}

int model_internal_error(struct model_error *error)
{
    return model_error_set(error, 500, "internal", "", NULL,
                           "The server could not read its own state or ran out of memory.");
}

static const char *title_of(const struct model_error *e)
{
    static const struct {
        const char *type, *title;
    } titles[] = {
        {"unknown-field", "Unknown field"},
        {"wrong-type", "Wrong type"},
        {"invalid-value", "Invalid value"},
        {"required", "Missing field"},
        {"read-only", "Field cannot be changed"},
        {"not-found", "Not found"},
        {"conflict", "Conflict with what exists"},
        {"in-use", "Still in use"},
        {"quota-exceeded", "Quota exceeded"},
        {"internal", "Internal error"},
        {"too-large", "Too large"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
        if (strcmp(titles[i].type, e->type) == 0)
            return titles[i].title;
    }
    return e->type;
}

json_t *model_error_problem(const struct model_error *e)
{
    char type[sizeof(e->type) + 32], detail[sizeof(e->rule) + sizeof(e->value) + 32];
    json_t *p;
    int failed;

    snprintf(type, sizeof(type), "urn:ropeway:problem:%s", e->type);
    if (e->value[0] && e->status == 400)
        snprintf(detail, sizeof(detail), "%s (given: %s)", e->rule, e->value);
    else
        snprintf(detail, sizeof(detail), "%s", e->rule);
    p = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", type, "title", title_of(e), "status",
                  e->status, "detail", detail, "rule", e->rule);
    if (!p)
        return NULL;
    failed = e->field[0] && json_object_set_new(p, "field", json_string(e->field));
    failed |= e->value[0] && json_object_set_new(p, "value", json_string(e->value));
    failed |= e->operation && json_object_set_new(p, "operation", json_integer(e->operation - 1));
    failed |= e->holders && json_object_set(p, "holders", e->holders);
    if (failed) {
        json_decref(p);
        return NULL;
    }
    return p;
}
