/* Reads one field of the desired state, with a reason an operator can act on when it is wrong. */
#include "desired.h"

#include <stdio.h>

int desired_fail(struct desired_error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)text_vprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    return -EBADMSG;
}

int desired_text(const json_t *obj, const char *name, char *ret, size_t size,
                 struct desired_error *err)
{
    const json_t *value = json_object_get(obj, name);

    if (!json_is_string(value))
        return desired_fail(err, "%s: %s", name, value ? "is no text" : "is missing");
    if (json_string_length(value) >= size || strlen(json_string_value(value)) >= size)
        return desired_fail(err, "%s: is longer than %zu characters", name, size - 1);
    (void)text_copy(ret, size, json_string_value(value));
    return 0;
}

int desired_number(const json_t *obj, const char *name, uint64_t max, uint64_t *ret,
                   struct desired_error *err)
{
    const json_t *value = json_object_get(obj, name);

    if (!json_is_integer(value))
        return desired_fail(err, "%s: %s", name, value ? "is no whole number" : "is missing");
    if (json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max)
        return desired_fail(err, "%s: %lld is not in 0 to %llu", name,
                            (long long)json_integer_value(value), (unsigned long long)max);
    *ret = (uint64_t)json_integer_value(value);
    return 0;
}

int desired_bool(const json_t *obj, const char *name, bool *ret, struct desired_error *err)
{
    const json_t *value = json_object_get(obj, name);

    if (!json_is_boolean(value))
        return desired_fail(err, "%s: %s", name, value ? "is not true or false" : "is missing");
    *ret = json_is_true(value);
    return 0;
}

int desired_addr(const json_t *obj, const char *name, struct addr *ret, struct desired_error *err)
{
    char text[ADDR_TEXT_MAX];

    if (desired_text(obj, name, text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (addr_parse(text, ret) < 0)
        return desired_fail(err, "%s: \"%s\" is no address", name, text);
    return 0;
}

int desired_prefix(const json_t *obj, const char *name, struct prefix *ret,
                   struct desired_error *err)
{
    char text[PREFIX_TEXT_MAX];

    if (desired_text(obj, name, text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (prefix_parse(text, ret) < 0)
        return desired_fail(err, "%s: \"%s\" is no prefix", name, text);
    return 0;
}

int desired_object(const json_t *obj, const char *name, const json_t **ret,
                   struct desired_error *err)
{
    const json_t *value = json_object_get(obj, name);

    if (!json_is_object(value))
        return desired_fail(err, "%s: %s", name, value ? "is no object" : "is missing");
    *ret = value;
    return 0;
}

int desired_list(const json_t *obj, const char *name, size_t max, const json_t **ret,
                 struct desired_error *err)
{
    const json_t *value = json_object_get(obj, name);

    if (!json_is_array(value))
        return desired_fail(err, "%s: %s", name, value ? "is no list" : "is missing");
    if (json_array_size(value) > max)
        return desired_fail(err, "%s: has %zu entries, more than %zu", name, json_array_size(value),
                            max);
    *ret = value;
    return 0;
}
