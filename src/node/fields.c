/* Reads one field of the desired state, with a reason an operator can act on when it is wrong. */
#include "desired.h"

int desired_fail(struct desired_error *err, const struct words *why)
{
    words_write(why, err->text, sizeof(err->text));
    return -EBADMSG;
}

/* It is not there, or of a kind that does not fit; wrong is a code of {field}. */
static int fail_kind(struct desired_error *err, const char *name, const json_t *value,
                     enum words_code wrong)
{
    struct words_arg field = words_from_text(name);

    return desired_fail(err, &(const struct words){.code = value ? wrong : WORDS_NODE_FIELD_MISSING,
                                                   .count = 1,
                                                   .args = &field});
}

int desired_text(const json_t *obj, const char *name, char *ret, size_t size,
                 struct desired_error *err)
{
    const json_t *value = json_object_get(obj, name);

    if (!json_is_string(value))
        return fail_kind(err, name, value, WORDS_NODE_FIELD_NO_TEXT);
    if (json_string_length(value) >= size || strlen(json_string_value(value)) >= size)
        return desired_fail(err, SAY(NODE_FIELD_TOO_LONG, name, size - 1));
    (void)text_copy(ret, size, json_string_value(value));
    return 0;
}

int desired_number(const json_t *obj, const char *name, uint64_t max, uint64_t *ret,
                   struct desired_error *err)
{
    const json_t *value = json_object_get(obj, name);

    if (!json_is_integer(value))
        return fail_kind(err, name, value, WORDS_NODE_FIELD_NO_NUMBER);
    if (json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max)
        return desired_fail(err, SAY(NODE_FIELD_RANGE, name, json_integer_value(value), max));
    *ret = (uint64_t)json_integer_value(value);
    return 0;
}

int desired_bool(const json_t *obj, const char *name, bool *ret, struct desired_error *err)
{
    const json_t *value = json_object_get(obj, name);

    if (!json_is_boolean(value))
        return fail_kind(err, name, value, WORDS_NODE_FIELD_NO_BOOLEAN);
    *ret = json_is_true(value);
    return 0;
}

int desired_addr(const json_t *obj, const char *name, struct addr *ret, struct desired_error *err)
{
    char text[ADDR_TEXT_MAX];

    if (desired_text(obj, name, text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (addr_parse(text, ret) < 0)
        return desired_fail(err, SAY(NODE_FIELD_NO_ADDRESS, name, text));
    return 0;
}

int desired_prefix(const json_t *obj, const char *name, struct prefix *ret,
                   struct desired_error *err)
{
    char text[PREFIX_TEXT_MAX];

    if (desired_text(obj, name, text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (prefix_parse(text, ret) < 0)
        return desired_fail(err, SAY(NODE_FIELD_NO_PREFIX, name, text));
    return 0;
}

int desired_object(const json_t *obj, const char *name, const json_t **ret,
                   struct desired_error *err)
{
    const json_t *value = json_object_get(obj, name);

    if (!json_is_object(value))
        return fail_kind(err, name, value, WORDS_NODE_FIELD_NO_OBJECT);
    *ret = value;
    return 0;
}

int desired_list(const json_t *obj, const char *name, size_t max, const json_t **ret,
                 struct desired_error *err)
{
    const json_t *value = json_object_get(obj, name);

    if (!json_is_array(value))
        return fail_kind(err, name, value, WORDS_NODE_FIELD_NO_LIST);
    if (json_array_size(value) > max)
        return desired_fail(err, SAY(NODE_FIELD_TOO_MANY, name, json_array_size(value), max));
    *ret = value;
    return 0;
}
