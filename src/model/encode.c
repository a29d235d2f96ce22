#include "codec_internal.h"
#include "out.h"

#include <stdio.h>

/* From a struct to JSON. Names and texts are not checked: they are the descriptors', or were
 * checked when they came in. */

typedef void give_value(const struct model_field *f, const void *at, struct model_out *out);

static void give_text(const struct model_field *f, const void *at, struct model_out *out)
{
    (void)f;
    model_out_string(out, *(const char *const *)at);
}

static void give_choice(const struct model_field *f, const void *at, struct model_out *out)
{
    const char *text = f->values[*(const uint8_t *)at - 1].name;
    uint64_t n;

    if (f->type == MODEL_GROUP && text_parse_u64(text, INT64_MAX, &n) == 0)
        model_out_integer(out, (int64_t)n);
    else
        model_out_string(out, text);
}

static void give_bool(const struct model_field *f, const void *at, struct model_out *out)
{
    (void)f;
    model_out_boolean(out, *(const bool *)at);
}

static void give_int(const struct model_field *f, const void *at, struct model_out *out)
{
    (void)f;
    model_out_integer(out, *(const int64_t *)at);
}

static void give_cidr(const struct model_field *f, const void *at, struct model_out *out)
{
    char text[PREFIX_TEXT_MAX];

    (void)f;
    model_out_string(out, prefix_format(at, text));
}

static void give_address(const struct model_field *f, const void *at, struct model_out *out)
{
    char text[ADDR_TEXT_MAX];

    (void)f;
    model_out_string(out, addr_format(at, text));
}

static void give_interface(const struct model_field *f, const void *at, struct model_out *out)
{
    const struct model_interface *i = at;
    char address[ADDR_TEXT_MAX], text[PREFIX_TEXT_MAX];

    (void)f;
    snprintf(text, sizeof(text), "%s/%u", addr_format(&i->addr, address), i->len);
    model_out_string(out, text);
}

static void give_time(const struct model_field *f, const void *at, struct model_out *out)
{
    char text[CLOCK_TEXT_MAX];

    (void)f;
    model_out_string(out, clock_format(*(const uint64_t *)at, text));
}

static void give_map(const struct model_field *f, const void *at, struct model_out *out)
{
    const struct model_any_list *list = at;

    model_out_object(out);
    for (size_t i = 0; i < list->count; i++) {
        const struct model_pair *pair = model_item(f, list, i);

        model_out_key(out, pair->name);
        if (f->type == MODEL_TEXT_MAP)
            model_out_string(out, pair->value);
        else
            model_out_integer(out, ((const struct model_number *)(const void *)pair)->value);
    }
    model_out_end(out);
}

static void give_fields(const struct model_field *fields, const uint8_t *at, struct model_out *out);

static void give_object(const struct model_field *f, const void *at, struct model_out *out)
{
    model_out_object(out);
    give_fields(f->fields, at, out);
    model_out_end(out);
}

static give_value *const givers[] = {
    [MODEL_STRING] = give_text,     [MODEL_ENUM] = give_choice,         [MODEL_BOOL] = give_bool,
    [MODEL_INT] = give_int,         [MODEL_GROUP] = give_choice,        [MODEL_CIDR] = give_cidr,
    [MODEL_ADDRESS] = give_address, [MODEL_INTERFACE] = give_interface, [MODEL_REF] = give_text,
    [MODEL_NEXT_HOP] = give_text,   [MODEL_TIME] = give_time,           [MODEL_TEXT_MAP] = give_map,
    [MODEL_INT_MAP] = give_map,     [MODEL_OBJECT] = give_object,
};

static void give_list(const struct model_field *f, const void *at, struct model_out *out)
{
    const struct model_any_list *list = at;

    model_out_array(out);
    for (size_t i = 0; i < list->count; i++)
        givers[f->type](f, model_item(f, list, i), out);
    model_out_end(out);
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

static void give_field(const struct model_field *f, const uint8_t *at, struct model_out *out)
{
    const void *member = at + f->offset;

    if (!model_is_stored(f) || is_absent(f, member))
        return;
    model_out_key(out, f->name);
    (f->list ? give_list : givers[f->type])(f, member, out);
}

static void give_fields(const struct model_field *fields, const uint8_t *at, struct model_out *out)
{
    for (const struct model_field *f = fields; f->name; f++)
        give_field(f, at, out);
}

void model_give(const struct model_resource *r, struct model_out *out)
{
    model_out_object(out);
    give_fields(model_common_fields(r->kind), (const uint8_t *)r, out);
    give_fields(r->kind->fields, (const uint8_t *)r, out);
    model_out_end(out);
}

json_t *model_encode(const struct model_resource *r)
{
    struct model_out *out = model_out_tree();
    json_t *made;

    if (!out)
        return NULL;
    model_give(r, out);
    made = model_out_take(out);
    model_out_free(out);
    return made;
}

/* ---- what may be shown ---- */

static void show_value(const struct model_field *f, json_t *value, struct model_out *out);

static void show_object(const struct model_field *fields, const json_t *object,
                        struct model_out *out)
{
    model_out_object(out);
    for (const struct model_field *f = fields; f->name; f++)
        show_value(f, json_object_get(object, f->name), out);
    model_out_end(out);
}

/* Of a status, which is JSON. NULL: it has none. */
static void show_value(const struct model_field *f, json_t *value, struct model_out *out)
{
    const json_t *item;
    size_t i;

    if (!value)
        return;
    if (f->flags & MODEL_WORDS) {
        model_out_words(out, f->name, json_string_value(value));
        return;
    }
    model_out_key(out, f->name);
    if (f->type != MODEL_OBJECT) {
        model_out_value(out, value);
    } else if (!f->list) {
        show_object(f->fields, value, out);
    } else {
        model_out_array(out);
        json_array_foreach (value, i, item)
            show_object(f->fields, item, out);
        model_out_end(out);
    }
}

static void show_status(const struct model_field *f, const json_t *status, const json_t *also,
                        struct model_out *out)
{
    json_t *value = json_object_get(status, f->name);

    show_value(f, value ? value : json_object_get(also, f->name), out);
}

static void show_field(const struct model_field *f, const struct model_resource *r,
                       struct model_out *out)
{
    const char *text;

    if (!(f->flags & MODEL_WORDS)) {
        give_field(f, (const uint8_t *)r, out);
        return;
    }
    text = *(const char *const *)(const void *)((const uint8_t *)r + f->offset);
    if (text)
        model_out_words(out, f->name, text);
}

static void show_fields(const struct model_field *fields, const struct model_resource *r,
                        const json_t *status, const json_t *also, struct model_out *out)
{
    for (const struct model_field *f = fields; f->name; f++) {
        if (f->access == MODEL_STATUS)
            show_status(f, status, also, out);
        else if (!(f->flags & MODEL_SECRET))
            show_field(f, r, out);
    }
}

static void show_only_status(const struct model_field *fields, const json_t *status,
                             const json_t *also, struct model_out *out)
{
    for (const struct model_field *f = fields; f->name; f++) {
        if (f->access == MODEL_STATUS)
            show_status(f, status, also, out);
    }
}

void model_show_status(const struct model_kind *kind, const json_t *status, const json_t *also,
                       struct model_out *out)
{
    model_out_object(out);
    show_only_status(model_common_fields(kind), status, also, out);
    show_only_status(kind->fields, status, also, out);
    model_out_end(out);
}

void model_show_members(const struct model_resource *r, const json_t *status, const json_t *also,
                        struct model_out *out)
{
    show_fields(model_common_fields(r->kind), r, status, also, out);
    show_fields(r->kind->fields, r, status, also, out);
}

void model_show(const struct model_resource *r, const json_t *status, const json_t *also,
                struct model_out *out)
{
    model_out_object(out);
    model_show_members(r, status, also, out);
    model_out_end(out);
}

json_t *model_view(const struct model_resource *r, const json_t *status, const json_t *also)
{
    struct model_out *out = model_out_tree();
    json_t *made;

    if (!out)
        return NULL;
    model_show(r, status, also, out);
    made = model_out_take(out);
    model_out_free(out);
    return made;
}
