#include "model_internal.h"
#include "words_json.h"

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
                    const char *value, const struct words *rule)
{
    struct model_error made = {.status = status};

    copy_cut(made.type, sizeof(made.type), type);
    copy_cut(made.field, sizeof(made.field), field ? field : "");
    copy_cut(made.value, sizeof(made.value), value ? value : "");
    words_write(rule, made.rule, sizeof(made.rule));
    model_error_done(e);
    *e = made;
    return status == 404 ? -ENOENT : status == 409 ? -EEXIST : status >= 500 ? -ENOMEM : -EINVAL;
}

int model_internal_error(struct model_error *error)
{
    return model_error_set(error, 500, "internal", "", NULL, SAY(REQUEST_INTERNAL));
}

/* Of the type; the type itself where the catalogue has no title. */
static const char *title_of(const struct model_error *e, enum words_lang lang)
{
    char code[sizeof(e->type) + 16];
    enum words_code title;

    snprintf(code, sizeof(code), "refusal.%s", e->type);
    title = words_find(code);
    return title != WORDS_FOREIGN ? words_template(title, lang) : e->type;
}

json_t *model_error_problem(const struct model_error *e, enum words_lang lang)
{
    struct words_read read;
    const struct words *rule = words_read(e->rule, &read);
    char type[sizeof(e->type) + 32], sentence[WORDS_TEXT_MAX], detail[WORDS_TEXT_MAX];
    json_t *p, *coded = model_words_json(rule);
    int failed;

    snprintf(type, sizeof(type), "urn:ropeway:problem:%s", e->type);
    words_say(rule, lang, sentence, sizeof(sentence));
    words_say(e->value[0] && e->status == 400 ? SAY(REQUEST_GIVEN, rule, e->value) : rule, lang,
              detail, sizeof(detail));
    p = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", type, "title", title_of(e, lang), "status",
                  e->status, "detail", detail, "rule", sentence);
    failed = !p || !coded || json_object_update(p, coded);
    failed = failed || (e->field[0] && json_object_set_new(p, "field", json_string(e->field)));
    failed = failed || (e->value[0] && json_object_set_new(p, "value", json_string(e->value)));
    failed = failed ||
             (e->operation && json_object_set_new(p, "operation", json_integer(e->operation - 1)));
    failed = failed || (e->holders && json_object_set(p, "holders", e->holders));
    json_decref(coded);
    if (failed) {
        json_decref(p);
        return NULL;
    }
    return p;
}
