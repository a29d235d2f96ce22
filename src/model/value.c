#include "model_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* One value against its field. Normalises addresses and prefixes to their canonical text. */

/* C0 and C1, the latter as UTF-8: some terminals obey those, too. */
static bool has_control_character(const char *text)
{
    for (; *text; text++) {
        if (((unsigned char)*text < 0x20 && *text != '\n' && *text != '\t') || *text == 0x7f ||
            ((unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0))
            return true;
    }
    return false;
}

static int check_string(struct model_check *c, const struct model_field *field, const json_t *value,
                        json_t **ret)
{
    const char *text = model_check_text(c, field, value, WORDS_WANT_STRING);
    unsigned max = field->max_len ? field->max_len : 255;

    if (!text)
        return -EINVAL;
    if (field->rule && !field->rule->check(text, strlen(text)))
        return model_refuse_value(c, field, value, field->rule->wanted);
    if (text_utf8_count(text) > max)
        return model_refuse(c, field, 400, "invalid-value", value,
                            SAY(VALUE_TOO_LONG, c->path, max));
    if (!(field->flags & MODEL_LINES) && has_control_character(text))
        return model_refuse(c, field, 400, "invalid-value", value, SAY(VALUE_CONTROL, c->path));
    return model_make_string(text, ret);
}

static int refuse_choice(struct model_check *c, const struct model_field *field,
                         const json_t *value)
{
    struct buf all = {0};
    int r;

    for (size_t i = 0; field->values[i].name; i++)
        buf_printf(&all, "%s%s", i ? ", " : "", field->values[i].name);
    r = model_refuse(c, field, 400, "invalid-value", value,
                     SAY(VALUE_CHOICE, c->path, buf_text(&all)));
    buf_done(&all);
    return r;
}

static int check_enum(struct model_check *c, const struct model_field *field, const json_t *value,
                      json_t **ret)
{
    const char *text = model_check_text(c, field, value, WORDS_WANT_STRING);

    if (!text)
        return -EINVAL;
    return model_value_code(field, text) ? model_make_string(text, ret)
                                         : refuse_choice(c, field, value);
}

/* Those with a number go by that. */
static bool is_group_name(const struct model_field *field, const char *text)
{
    return text && (strcmp(text, "none") == 0 ||
                    (model_value_code(field, text) && (text[0] < '0' || text[0] > '9')));
}

static int check_group(struct model_check *c, const struct model_field *field, const json_t *value,
                       json_t **ret)
{
    const char *text = json_string_value(value);
    char number[MODEL_SCALAR_MAX];

    if (!json_is_integer(value) && !is_group_name(field, text))
        return model_refuse_type(c, field, value, WORDS_WANT_GROUP);
    if (!model_value_code(field, model_scalar_text(value, number)))
        return refuse_choice(c, field, value);
    *ret = json_deep_copy(value);
    return *ret ? 0 : -ENOMEM;
}

/* ---- numbers and truth ---- */

static int check_int(struct model_check *c, const struct model_field *field, const json_t *value,
                     json_t **ret)
{
    json_int_t n = json_integer_value(value);
    json_t *made;

    if (!json_is_integer(value))
        return model_refuse_type(c, field, value, WORDS_WANT_INTEGER);
    if (n < field->min || n > field->max) {
        if (field->max == INT64_MAX)
            return model_refuse(c, field, 400, "invalid-value", value,
                                SAY(VALUE_MIN, c->path, (long long)field->min));
        return model_refuse(
            c, field, 400, "invalid-value", value,
            SAY(VALUE_RANGE, c->path, (long long)field->min, (long long)field->max));
    }
    made = json_integer(n);
    if (!made)
        return -ENOMEM;
    *ret = made;
    return 0;
}

static int check_bool(struct model_check *c, const struct model_field *field, const json_t *value,
                      json_t **ret)
{
    if (!json_is_boolean(value))
        return model_refuse_type(c, field, value, WORDS_WANT_BOOLEAN);
    *ret = json_boolean(json_is_true(value));
    return 0;
}

/* ---- maps ---- */

static int check_tag(struct model_check *c, const struct model_field *field, const char *key,
                     const json_t *value)
{
    const char *text;
    size_t keys = text_utf8_count(key);

    if (!text_is_utf8(key, strlen(key)) || has_control_character(key) || keys < 1 || keys > 128)
        return model_refuse(c, field, 400, "invalid-value", NULL,
                            SAY(VALUE_KEY_LENGTH, field->name));
    text = model_check_text(c, field, value, WORDS_WANT_STRING);
    if (!text)
        return -EINVAL;
    if (text_utf8_count(text) > 256 || has_control_character(text))
        return model_refuse_value(c, field, value, WORDS_WANT_TEXT);
    return 0;
}

static int check_quota_name(struct model_check *c, const struct model_field *field, const char *key)
{
    const struct model_quota *q = model_quotas();
    struct buf all = {0};
    int r;

    for (size_t i = 0; q[i].name; i++) {
        if (strcmp(q[i].name, key) == 0) {
            buf_done(&all);
            return 0;
        }
        buf_printf(&all, "%s%s", i ? ", " : "", q[i].name);
    }
    r = model_refuse(c, field, 400, "unknown-field", NULL,
                     SAY(VALUE_NO_QUOTA, c->path, buf_text(&all)));
    buf_done(&all);
    return r;
}

static int check_quota(struct model_check *c, const struct model_field *field, const char *key,
                       const json_t *value)
{
    int r = check_quota_name(c, field, key);

    if (r == 0 && (!json_is_integer(value) || json_integer_value(value) < 0 ||
                   json_integer_value(value) > MODEL_QUOTA_MAX))
        return model_refuse_value(c, field, value, WORDS_WANT_QUOTA);
    return r;
}

static int check_map(struct model_check *c, const struct model_field *field, const json_t *value,
                     json_t **ret)
{
    size_t max = field->max_items ? field->max_items : 256;
    const char *key;
    json_t *item;

    if (!json_is_object(value))
        return model_refuse_type(c, field, value, WORDS_WANT_OBJECT);
    if (json_object_size(value) > max)
        return model_refuse(c, field, 400, "invalid-value", NULL, SAY(VALUE_KEYS, c->path, max));
    json_object_foreach ((json_t *)value, key, item) {
        size_t old = model_path_push(c, key);
        int r = field->type == MODEL_TEXT_MAP ? check_tag(c, field, key, item)
                                              : check_quota(c, field, key, item);

        if (r < 0)
            return r;
        model_path_pop(c, old);
    }
    *ret = json_deep_copy(value);
    return *ret ? 0 : -ENOMEM;
}

/* ---- objects and lists ---- */

static const struct model_field *field_named(const struct model_field *fields, const char *name)
{
    for (; fields && fields->name; fields++) {
        if (strcmp(fields->name, name) == 0)
            return fields;
    }
    return NULL;
}

static int refuse_unknown(struct model_check *c, const struct model_field *fields,
                          const json_t *value)
{
    const char *key;
    json_t *item;

    json_object_foreach ((json_t *)value, key, item) {
        if (!field_named(fields, key)) {
            size_t old = model_path_push(c, key);
            int r = model_refuse(c, NULL, 400, "unknown-field", NULL, SAY(VALUE_NO_FIELD, c->path));

            model_path_pop(c, old);
            return r;
        }
    }
    return 0;
}

static int check_member(struct model_check *c, const struct model_field *field, const json_t *value,
                        json_t *made)
{
    json_t *given = json_object_get(value, field->name), *usual = NULL, *checked = NULL;
    size_t old;
    int r;

    old = model_path_push(c, field->name);
    if (!given || json_is_null(given)) {
        if (field->flags & MODEL_REQUIRED)
            return model_refuse(c, field, 400, "required", NULL, SAY(VALUE_MISSING, c->path));
        given = usual = model_default(field);
        if (!usual) {
            model_path_pop(c, old);
            return field->default_json ? -ENOMEM : 0;
        }
    }
    r = model_check_value(c, field, given, &checked);
    json_decref(usual);
    if (r < 0)
        return r;
    model_path_pop(c, old);
    return json_object_set_new(made, field->name, checked) ? -ENOMEM : 0;
}

static int check_object(struct model_check *c, const struct model_field *field, const json_t *value,
                        json_t **ret)
{
    json_t *made;
    int r;

    if (!json_is_object(value))
        return model_refuse_type(c, field, value, WORDS_WANT_OBJECT);
    r = refuse_unknown(c, field->fields, value);
    if (r < 0)
        return r;
    made = json_object();
    if (!made)
        return -ENOMEM;
    for (const struct model_field *f = field->fields; f->name; f++) {
        r = check_member(c, f, value, made);
        if (r < 0) {
            json_decref(made);
            return r;
        }
    }
    *ret = made;
    return 0;
}

int model_check_members(struct model_check *c, const struct model_field *field, const json_t *value)
{
    size_t old = model_path_push(c, field->name);
    const char *key;
    json_t *item;
    int r = 0;

    if (field->type == MODEL_OBJECT && json_is_object(value))
        r = refuse_unknown(c, field->fields, value);
    json_object_foreach ((json_t *)value, key, item) {
        size_t inner = model_path_push(c, key);

        if (r == 0 && field->type == MODEL_INT_MAP)
            r = check_quota_name(c, field, key);
        model_path_pop(c, inner);
    }
    model_path_pop(c, old);
    return r;
}

static int check_one(struct model_check *c, const struct model_field *field, const json_t *value,
                     json_t **ret)
{
    static model_value_check *const checks[] = {
        [MODEL_STRING] = check_string,
        [MODEL_ENUM] = check_enum,
        [MODEL_BOOL] = check_bool,
        [MODEL_INT] = check_int,
        [MODEL_GROUP] = check_group,
        [MODEL_CIDR] = model_check_cidr,
        [MODEL_ADDRESS] = model_check_address,
        [MODEL_INTERFACE] = model_check_interface,
        [MODEL_REF] = model_check_ref,
        [MODEL_NEXT_HOP] = model_check_ref,
        [MODEL_TIME] = check_string,
        [MODEL_TEXT_MAP] = check_map,
        [MODEL_INT_MAP] = check_map,
        [MODEL_OBJECT] = check_object,
    };
    int r = checks[field->type](c, field, value, ret);

    return r == -ENOMEM ? model_internal_error(c->error) : r;
}

static int refuse_count(struct model_check *c, const struct model_field *field, size_t max)
{
    if (field->min_items)
        return model_refuse(c, field, 400, "invalid-value", NULL,
                            SAY(VALUE_ELEMENTS, c->path, field->min_items, max));
    return model_refuse(c, field, 400, "invalid-value", NULL,
                        SAY(VALUE_ELEMENTS_MAX, c->path, max));
}

static int check_element(struct model_check *c, const struct model_field *field, const json_t *item,
                         json_t *made)
{
    json_t *checked = NULL, *other;
    size_t i;
    int r = check_one(c, field, item, &checked);

    if (r < 0)
        return r;
    json_array_foreach (made, i, other) {
        if ((field->flags & MODEL_DISTINCT) && json_equal(other, checked)) {
            json_decref(checked);
            return model_refuse(c, field, 400, "invalid-value", item,
                                SAY(VALUE_TWICE, field->name));
        }
    }
    return json_array_append_new(made, checked) ? model_internal_error(c->error) : 0;
}

static int check_list(struct model_check *c, const struct model_field *field, const json_t *value,
                      json_t **ret)
{
    size_t max = field->max_items ? field->max_items : 256;
    json_t *made, *item;
    size_t i;

    if (!json_is_array(value))
        return model_refuse_type(c, field, value, WORDS_WANT_LIST);
    if (json_array_size(value) > max || json_array_size(value) < field->min_items)
        return refuse_count(c, field, max);
    made = json_array();
    if (!made)
        return model_internal_error(c->error);
    json_array_foreach ((json_t *)value, i, item) {
        size_t old = model_path_push_index(c, i);
        int r = check_element(c, field, item, made);

        if (r < 0) {
            json_decref(made);
            return r;
        }
        model_path_pop(c, old);
    }
    *ret = made;
    return 0;
}

int model_check_value(struct model_check *c, const struct model_field *field, const json_t *value,
                      json_t **ret)
{
    return field->list ? check_list(c, field, value, ret) : check_one(c, field, value, ret);
}

json_t *model_default(const struct model_field *field)
{
    return field->default_json ? json_loads(field->default_json, JSON_DECODE_ANY, NULL) : NULL;
}
