#include "codec_internal.h"

#include <stdio.h>

/* From a struct to JSON. Each giver answers a new value, or NULL if out of memory. Names and texts
 * are not checked: they are the descriptors', or were checked when they came in. */

typedef json_t *give_value(const struct model_field *f, const void *at);

static json_t *give_text(const struct model_field *f, const void *at)
{
    (void)f;
    return json_string_nocheck(*(const char *const *)at);
}

static json_t *give_choice(const struct model_field *f, const void *at)
{
    const char *text = f->values[*(const uint8_t *)at - 1];
    uint64_t n;

    if (f->type == MODEL_GROUP && text_parse_u64(text, INT64_MAX, &n) == 0)
        return json_integer((json_int_t)n);
    return json_string_nocheck(text);
}

static json_t *give_bool(const struct model_field *f, const void *at)
{
    (void)f;
    return json_boolean(*(const bool *)at);
}

static json_t *give_int(const struct model_field *f, const void *at)
{
    (void)f;
    return json_integer(*(const int64_t *)at);
}

static json_t *give_cidr(const struct model_field *f, const void *at)
{
    char text[PREFIX_TEXT_MAX];

    (void)f;
    return json_string_nocheck(prefix_format(at, text));
}

static json_t *give_address(const struct model_field *f, const void *at)
{
    char text[ADDR_TEXT_MAX];

    (void)f;
    return json_string_nocheck(addr_format(at, text));
}

static json_t *give_interface(const struct model_field *f, const void *at)
{
    const struct model_interface *i = at;
    char address[ADDR_TEXT_MAX], text[PREFIX_TEXT_MAX];

    (void)f;
    snprintf(text, sizeof(text), "%s/%u", addr_format(&i->addr, address), i->len);
    return json_string_nocheck(text);
}

static json_t *give_time(const struct model_field *f, const void *at)
{
    char text[CLOCK_TEXT_MAX];

    (void)f;
    return json_string_nocheck(clock_format(*(const uint64_t *)at, text));
}

static json_t *give_map(const struct model_field *f, const void *at)
{
    const struct model_any_list *list = at;
    json_t *made = json_object();

    for (size_t i = 0; made && i < list->count; i++) {
        const struct model_pair *pair = model_item(f, list, i);
        const struct model_number *number = (const void *)pair;
        json_t *value = f->type == MODEL_TEXT_MAP ? json_string_nocheck(pair->value)
                                                  : json_integer(number->value);

        if (json_object_set_new_nocheck(made, pair->name, value)) {
            json_decref(made);
            return NULL;
        }
    }
    return made;
}

static int give_fields(const struct model_field *fields, const uint8_t *at, json_t *made);

static json_t *give_object(const struct model_field *f, const void *at)
{
    json_t *made = json_object();

    if (made && give_fields(f->fields, at, made) < 0) {
        json_decref(made);
        return NULL;
    }
    return made;
}

static give_value *const givers[] = {
    [MODEL_STRING] = give_text,     [MODEL_ENUM] = give_choice,         [MODEL_BOOL] = give_bool,
    [MODEL_INT] = give_int,         [MODEL_GROUP] = give_choice,        [MODEL_CIDR] = give_cidr,
    [MODEL_ADDRESS] = give_address, [MODEL_INTERFACE] = give_interface, [MODEL_REF] = give_text,
    [MODEL_NEXT_HOP] = give_text,   [MODEL_TIME] = give_time,           [MODEL_TEXT_MAP] = give_map,
    [MODEL_INT_MAP] = give_map,     [MODEL_OBJECT] = give_object,
};

static json_t *give_list(const struct model_field *f, const void *at)
{
    const struct model_any_list *list = at;
    json_t *made = json_array();

    for (size_t i = 0; made && i < list->count; i++) {
        if (json_array_append_new(made, givers[f->type](f, model_item(f, list, i)))) {
            json_decref(made);
            return NULL;
        }
    }
    return made;
}

/* What has a default is always there. */
static bool is_absent(const struct model_field *f, const void *at)
{
    if (f->default_json)
        return false;
    if (model_is_list(f))
        return !((const struct model_any_list *)at)->items;
    switch (f->type) {
    case MODEL_STRING:
    case MODEL_REF:
    case MODEL_NEXT_HOP:
        return !*(const char *const *)at;
    case MODEL_ENUM:
    case MODEL_GROUP:
        return !*(const uint8_t *)at;
    case MODEL_INT:
        return !*(const int64_t *)at && f->min > 0;
    case MODEL_TIME:
        return !*(const uint64_t *)at;
    case MODEL_CIDR:
        return ((const struct prefix *)at)->addr.family == ADDR_NONE;
    case MODEL_ADDRESS:
        return ((const struct addr *)at)->family == ADDR_NONE;
    case MODEL_INTERFACE:
        return ((const struct model_interface *)at)->addr.family == ADDR_NONE;
    default:
        return false;
    }
}

static int give_field(const struct model_field *f, const uint8_t *at, json_t *made)
{
    const void *member = at + f->offset;

    if (!model_is_stored(f) || is_absent(f, member))
        return 0;
    return json_object_set_new_nocheck(made, f->name,
                                       (f->list ? give_list : givers[f->type])(f, member))
               ? -ENOMEM
               : 0;
}

static int give_fields(const struct model_field *fields, const uint8_t *at, json_t *made)
{
    int r = 0;

    for (const struct model_field *f = fields; f->name && r == 0; f++)
        r = give_field(f, at, made);
    return r;
}

json_t *model_encode(const struct model_resource *r)
{
    json_t *made = json_object();

    if (made && (give_fields(model_common_fields(r->kind), (const uint8_t *)r, made) < 0 ||
                 give_fields(r->kind->fields, (const uint8_t *)r, made) < 0)) {
        json_decref(made);
        return NULL;
    }
    return made;
}

/* ---- what may be shown ---- */

static int show_status(const struct model_field *f, const json_t *status, const json_t *also,
                       json_t *made)
{
    json_t *value = json_object_get(status, f->name);

    if (!value)
        value = json_object_get(also, f->name);
    return value && json_object_set_new_nocheck(made, f->name, json_incref(value)) ? -ENOMEM : 0;
}

static int show_fields(const struct model_field *fields, const struct model_resource *r,
                       const json_t *status, const json_t *also, json_t *made)
{
    int ret = 0;

    for (const struct model_field *f = fields; f->name && ret == 0; f++) {
        if (f->access == MODEL_STATUS)
            ret = show_status(f, status, also, made);
        else if (!(f->flags & MODEL_SECRET))
            ret = give_field(f, (const uint8_t *)r, made);
    }
    return ret;
}

json_t *model_view(const struct model_resource *r, const json_t *status, const json_t *also)
{
    json_t *made = json_object();

    if (made && (show_fields(model_common_fields(r->kind), r, status, also, made) < 0 ||
                 show_fields(r->kind->fields, r, status, also, made) < 0)) {
        json_decref(made);
        return NULL;
    }
    return made;
}
