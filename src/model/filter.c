#include "model_internal.h"

#include <stdio.h>

/* Lists that show only some: ?vpcId=vpc-...&operState=up. */

const struct model_field *model_filter_field(const struct model_kind *kind, const char *path)
{
    const struct model_field *f = model_find_field(kind, path);

    if (!f || (f->flags & MODEL_SECRET) || f->access == MODEL_ACTION)
        return NULL;
    if (f->flags & MODEL_WORDS) /* sentences differ, codes do not */
        return strcmp(path + strlen(f->name), "Code") == 0 ? f : NULL;
    if (f->access == MODEL_STATUS) /* what moves all the time is nothing to ask for */
        return f->type == MODEL_ENUM || f->type == MODEL_BOOL ? f : NULL;
    switch (f->type) {
    case MODEL_TEXT_MAP:
    case MODEL_INT_MAP:
    case MODEL_OBJECT:
        return NULL;
    default:
        return f;
    }
}

/* "a, b or c"; those that stand for numbers as they are. */
static void add_choices(struct buf *b, const struct model_value *values)
{
    for (size_t i = 0; values[i].name; i++)
        buf_printf(b, "%s%s", !i ? "" : values[i + 1].name ? ", " : " or ", values[i].name);
}

static bool is_ref(const struct model_field *f, const char *text)
{
    const struct model_kind *kind = model_kind_of_id(text);

    if (model_names_none(f, text))
        return true;
    return kind && (f->refs & 1U << kind->id) && model_is_id(kind, text);
}

/* Whether the field could ever have this value. A name where an id belongs must not look like an
 * empty list. */
static bool may_match(const struct model_field *f, const char *text)
{
    struct prefix p;
    struct addr a;
    uint64_t n;

    switch (f->type) {
    case MODEL_ENUM:
    case MODEL_GROUP:
        return model_value_code(f, text);
    case MODEL_BOOL:
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    case MODEL_INT:
        return text_parse_u64(text, INT64_MAX, &n) == 0;
    case MODEL_ADDRESS:
        return addr_parse(text, &a) == 0;
    case MODEL_CIDR:
        return prefix_parse(text, &p) == 0;
    case MODEL_INTERFACE:
        return model_parse_interface(text, &a, &p) == 0;
    case MODEL_REF:
    case MODEL_NEXT_HOP:
        return is_ref(f, text);
    default:
        return true;
    }
}

/* The form of the field's values, written; "" if every text may be one. Returns buf. */
static const char *form_of(const struct model_field *f, char buf[WORDS_TEXT_MAX])
{
    static const enum words_code wanted[] = {
        [MODEL_BOOL] = WORDS_WANT_BOOLEAN,
        [MODEL_INT] = WORDS_WANT_WHOLE_NUMBER,
        [MODEL_ADDRESS] = WORDS_WANT_ADDRESS,
        [MODEL_CIDR] = WORDS_WANT_PREFIX_PLAIN,
        [MODEL_INTERFACE] = WORDS_WANT_INTERFACE_PLAIN,
    };
    struct buf choices = {0};

    if (f->values) {
        add_choices(&choices, f->values);
        words_write(SAY(WANT_CHOICE, buf_text(&choices)), buf, WORDS_TEXT_MAX);
        buf_done(&choices);
        return buf;
    }
    if (f->type < ARRAY_SIZE(wanted) && wanted[f->type])
        return words_write(SAY_CODE(wanted[f->type]), buf, WORDS_TEXT_MAX);
    return model_wanted_ids(f, false, buf);
}

/* Adds the filters that people look for: what a table of many shows. */
static int add_name(void *arg, const char *path, const struct model_field *field)
{
    void *const *args = arg;
    struct buf *b = args[1];

    if ((field->flags & MODEL_COLUMN) && model_filter_field(args[0], path))
        buf_printf(b, "%s%s", b->len ? ", " : "", path);
    return 0;
}

static int refuse_name(const struct model_kind *kind, const char *path, struct model_error *error)
{
    struct buf names = {0};
    void *args[] = {(void *)(uintptr_t)kind, &names};
    int r;

    (void)model_each_field(kind, add_name, args);
    r = model_error_set(error, 400, "invalid-value", path, NULL,
                        SAY(VALUE_FILTER_NAME, kind->collection, path, buf_text(&names)));
    buf_done(&names);
    return r;
}

int model_filter_check(const struct model_kind *kind, const char *path, const char *text,
                       struct model_error *error)
{
    const struct model_field *f = model_filter_field(kind, path);
    char wanted[WORDS_TEXT_MAX];

    if (!f)
        return refuse_name(kind, path, error);
    if (may_match(f, text) || !*form_of(f, wanted))
        return 0;
    return model_error_set(error, 400, "invalid-value", path, text,
                           SAY(VALUE_FILTER, path, words_written(wanted)));
}

/* Addresses and prefixes may be written in more than one way. */
static bool same_text(const char *a, const char *b)
{
    struct prefix p, q;
    struct addr x, y;

    return strcmp(a, b) == 0 ||
           (addr_parse(a, &x) == 0 && addr_parse(b, &y) == 0 && addr_equal(&x, &y)) ||
           (prefix_parse(a, &p) == 0 && prefix_parse(b, &q) == 0 && prefix_equal(&p, &q));
}

static bool scalar_matches(const json_t *value, const char *text)
{
    char buf[MODEL_SCALAR_MAX];

    return (json_is_string(value) || json_is_integer(value) || json_is_boolean(value)) &&
           same_text(model_scalar_text(value, buf), text);
}

/* Whether it is a written message with this code. */
static bool has_code(const char *written, const char *wanted)
{
    char code[WORDS_CODE_MAX];
    struct words_read read;

    return strcmp(words_code(words_read(written, &read), code), wanted) == 0;
}

bool model_filter_match(const struct model_kind *kind, const json_t *resource, const char *path,
                        const char *text)
{
    const struct model_field *f = model_filter_field(kind, path);
    const json_t *value = model_at(resource, path);
    const json_t *item;
    size_t i;

    if (f && (f->flags & MODEL_WORDS))
        return has_code(model_str(resource, f->name), text);
    if (!f || !value)
        return false;
    if (!json_is_array(value))
        return scalar_matches(value, text);
    json_array_foreach (value, i, item) {
        if (scalar_matches(item, text))
            return true;
    }
    return false;
}
