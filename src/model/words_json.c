#include "words_json.h"

#include <stdio.h>

#define MEMBER_MAX 64

static json_t *arguments_of(const struct words *m, int depth);

static json_t *coded(const struct words *m, int depth)
{
    char code[WORDS_CODE_MAX];

    return json_pack("{s:s, s:o}", "code", words_code(m, code), "arguments",
                     arguments_of(m, depth));
}

static json_t *argument(const struct words_arg *arg, int depth)
{
    struct words_read inner;
    const struct words *m = depth < WORDS_DEPTH ? words_inner(arg, &inner) : NULL;
    char text[WORDS_TEXT_MAX];

    return m && !words_is_plain(m) ? coded(m, depth + 1)
                                   : json_string(words_arg_text(arg, text, sizeof(text)));
}

/* By name; those of a message that is not in the catalogue by number. */
static json_t *arguments_of(const struct words *m, int depth)
{
    json_t *made = json_object();

    for (unsigned i = 0; made && i < m->count; i++) {
        const char *name = words_arg_name(m, i);
        char number[16];

        snprintf(number, sizeof(number), "%u", i + 1);
        if (json_object_set_new(made, name ? name : number, argument(&m->args[i], depth))) {
            json_decref(made);
            return NULL;
        }
    }
    return made;
}

json_t *model_words_json(const struct words *m)
{
    return !words_is_plain(m) ? coded(m, 0) : json_object();
}

static int set(json_t *object, const char *name, const char *suffix, json_t *value)
{
    char member[MEMBER_MAX];

    (void)text_printf(member, sizeof(member), "%s%s", name, suffix);
    return json_object_set_new(object, member, value) ? -ENOMEM : 0;
}

int model_words_add(json_t *object, const char *name, const struct words *m, enum words_lang lang)
{
    char text[WORDS_TEXT_MAX], code[WORDS_CODE_MAX];
    int r;

    if (!m)
        return set(object, name, "", json_string(""));
    r = set(object, name, "", json_string(words_say(m, lang, text, sizeof(text))));
    if (r == 0 && !words_is_plain(m))
        r = set(object, name, "Code", json_string(words_code(m, code)));
    if (r == 0 && !words_is_plain(m))
        r = set(object, name, "Arguments", arguments_of(m, 0));
    return r;
}

int model_words_add_written(json_t *object, const char *name, const char *written,
                            enum words_lang lang)
{
    struct words_read read;

    return model_words_add(object, name, *written ? words_read(written, &read) : NULL, lang);
}

int model_words_add_list(json_t *object, const char *name, const json_t *written,
                         enum words_lang lang)
{
    json_t *texts = json_array(), *codes = json_array();
    const json_t *item;
    size_t i;
    int r = texts && codes ? 0 : -ENOMEM;

    json_array_foreach (written, i, item) {
        char text[WORDS_TEXT_MAX];
        struct words_read read;
        const struct words *m = words_read(json_string_value(item), &read);

        if (r == 0 &&
            (json_array_append_new(texts, json_string(words_say(m, lang, text, sizeof(text)))) ||
             json_array_append_new(codes, model_words_json(m))))
            r = -ENOMEM;
    }
    if (r == 0)
        r = set(object, name, "", json_incref(texts));
    if (r == 0)
        r = set(object, name, "Codes", json_incref(codes));
    json_decref(texts);
    json_decref(codes);
    return r;
}
