#include "codec_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* From JSON to a struct in one allocation: one walk over the descriptors, done twice. The first
 * time there is no memory yet and only what is needed is counted; the second time it is filled. */

struct placer {
    uint8_t *base; /* NULL while counting */
    size_t used;
    const char *bad; /* name of the member that is not as it should be */
};

/* at: where the value belongs, zeroed; NULL while counting. */
typedef int take_value(struct placer *p, const struct model_field *f, const json_t *in, void *at);

/* NULL while counting. */
static void *place(struct placer *p, size_t size, size_t align)
{
    size_t at = (p->used + align - 1) / align * align;

    p->used = at + size;
    return p->base ? p->base + at : NULL;
}

/* ---- texts ---- */

static int place_text(struct placer *p, const char *text, size_t len, const char **at)
{
    char *copy;

    if (!text || strlen(text) != len)
        return -EBADMSG;
    copy = place(p, len + 1, 1);
    if (copy)
        *at = memcpy(copy, text, len + 1);
    return 0;
}

static int take_text(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    (void)f;
    return place_text(p, json_string_value(in), json_string_length(in), at);
}

static int take_choice(const struct model_field *f, const char *text, uint8_t *at)
{
    for (size_t i = 0; text && f->values[i] && i < UINT8_MAX; i++) {
        if (strcmp(f->values[i], text) == 0) {
            *at = (uint8_t)(i + 1);
            return 0;
        }
    }
    return -EBADMSG;
}

static int take_enum(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    (void)p;
    return at ? take_choice(f, json_string_value(in), at) : 0;
}

static int take_group(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    char number[24];

    (void)p;
    if (!at)
        return 0;
    if (!json_is_integer(in)) {
        uint64_t n;
        const char *text = json_string_value(in);

        return text && text_parse_u64(text, UINT64_MAX, &n) < 0 ? take_choice(f, text, at)
                                                                : -EBADMSG;
    }
    snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(in));
    return take_choice(f, number, at);
}

/* ---- numbers, addresses, times: nothing to place ---- */

static int take_bool(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    (void)p;
    (void)f;
    if (!json_is_boolean(in))
        return -EBADMSG;
    if (at)
        *(bool *)at = json_is_true(in);
    return 0;
}

static int take_int(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    (void)p;
    if (!json_is_integer(in) || json_integer_value(in) < f->min || json_integer_value(in) > f->max)
        return -EBADMSG;
    if (at)
        *(int64_t *)at = json_integer_value(in);
    return 0;
}

static int take_cidr(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    const char *text = json_string_value(in);

    (void)p;
    (void)f;
    if (!text)
        return -EBADMSG;
    return at && prefix_parse(text, at) < 0 ? -EBADMSG : 0;
}

static int take_address(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    const char *text = json_string_value(in);

    (void)p;
    (void)f;
    if (!text)
        return -EBADMSG;
    return at && addr_parse(text, at) < 0 ? -EBADMSG : 0;
}

static int take_interface(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    const char *text = json_string_value(in);
    struct model_interface *made = at;
    struct prefix inside;

    (void)p;
    (void)f;
    if (!text)
        return -EBADMSG;
    if (!at)
        return 0;
    if (model_parse_interface(text, &made->addr, &inside) < 0)
        return -EBADMSG;
    made->len = inside.len;
    return 0;
}

static int take_time(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    const char *text = json_string_value(in);
    uint64_t us;

    (void)p;
    (void)f;
    if (!text)
        return -EBADMSG;
    if (!at)
        return 0;
    if (clock_parse(text, &us) < 0)
        return -EBADMSG;
    *(uint64_t *)at = MAX(us, 1U); /* 0 is absent */
    return 0;
}

/* ---- maps ---- */

static int by_name(const void *a, const void *b)
{
    /* Elements of both maps begin with the name. */
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int take_map(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    struct model_any_list list = {.count = (uint32_t)json_object_size(in)};
    size_t size = model_value_size(f), i = 0;
    const char *key;
    json_t *value;
    int r = json_is_object(in) ? 0 : -EBADMSG;

    list.items = place(p, list.count * size, sizeof(void *));
    json_object_foreach ((json_t *)in, key, value) {
        struct model_pair *pair = at ? (void *)((uint8_t *)list.items + i++ * size) : NULL;
        struct model_number *number = (void *)pair;

        if (r == 0)
            r = place_text(p, key, strlen(key), pair ? &pair->name : NULL);
        if (r == 0 && f->type == MODEL_TEXT_MAP)
            r = take_text(p, f, value, pair ? &pair->value : NULL);
        else if (r == 0 && !json_is_integer(value))
            r = -EBADMSG;
        else if (number && f->type == MODEL_INT_MAP)
            number->value = json_integer_value(value);
    }
    if (r == 0 && at) {
        qsort(list.items, list.count, size, by_name);
        memcpy(at, &list, sizeof(list));
    }
    return r;
}

/* ---- objects and lists ---- */

static int take_fields(struct placer *p, const struct model_field *fields, const json_t *in,
                       uint8_t *at);

static int take_object(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    return json_is_object(in) ? take_fields(p, f->fields, in, at) : -EBADMSG;
}

static take_value *const takers[] = {
    [MODEL_STRING] = take_text,     [MODEL_ENUM] = take_enum,           [MODEL_BOOL] = take_bool,
    [MODEL_INT] = take_int,         [MODEL_GROUP] = take_group,         [MODEL_CIDR] = take_cidr,
    [MODEL_ADDRESS] = take_address, [MODEL_INTERFACE] = take_interface, [MODEL_REF] = take_text,
    [MODEL_NEXT_HOP] = take_text,   [MODEL_TIME] = take_time,           [MODEL_TEXT_MAP] = take_map,
    [MODEL_INT_MAP] = take_map,     [MODEL_OBJECT] = take_object,
};

static int take_list(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    struct model_any_list list = {.count = (uint32_t)json_array_size(in)};
    size_t size = model_value_size(f), i;
    const json_t *item;
    int r = json_is_array(in) ? 0 : -EBADMSG;

    /* Of an empty list, too, there is a place: an absent one has none. Elements of odd sizes are
     * made of bytes. */
    list.items = place(p, list.count * size, size % sizeof(void *) ? 1 : sizeof(void *));
    json_array_foreach (in, i, item) {
        if (r == 0)
            r = takers[f->type](p, f, item, at ? (uint8_t *)list.items + i * size : NULL);
    }
    if (r == 0 && at)
        memcpy(at, &list, sizeof(list));
    return r;
}

/* What has a default is never absent: an older version may not have known the member. */
static int take_member(struct placer *p, const struct model_field *f, const json_t *in, void *at)
{
    json_t *usual = NULL;
    int r;

    if (!in || json_is_null(in)) {
        if (f->flags & MODEL_REQUIRED)
            return -EBADMSG;
        if (!f->default_json)
            return 0;
        in = usual = model_default(f);
        if (!usual)
            return -ENOMEM;
    }
    r = (f->list ? take_list : takers[f->type])(p, f, in, at);
    json_decref(usual);
    return r;
}

static int take_fields(struct placer *p, const struct model_field *fields, const json_t *in,
                       uint8_t *at)
{
    for (const struct model_field *f = fields; f->name; f++) {
        int r = model_is_stored(f)
                    ? take_member(p, f, json_object_get(in, f->name), at ? at + f->offset : NULL)
                    : 0;

        if (r < 0) {
            p->bad = p->bad ? p->bad : f->name;
            return r;
        }
    }
    return 0;
}

static int take_resource(struct placer *p, const struct model_kind *kind, const json_t *in)
{
    size_t id_len = json_string_length(json_object_get(in, "id"));
    uint8_t *at = place(p, model_struct_size(kind), sizeof(void *));
    int r;

    if (id_len < 1 || id_len > MODEL_RESOURCE_ID_MAX) {
        p->bad = "id";
        return -EBADMSG;
    }
    r = take_fields(p, model_common_fields(kind), in, at);
    return r < 0 ? r : take_fields(p, kind->fields, in, at);
}

static int refuse(const struct placer *p, int r, const char **ret_path)
{
    if (r == -EBADMSG && ret_path)
        *ret_path = p->bad;
    return r;
}

int model_decode(const struct model_kind *kind, const json_t *in, struct model_resource **ret,
                 const char **ret_path)
{
    struct placer p = {0};
    size_t size;
    int r = take_resource(&p, kind, in);

    if (r < 0)
        return refuse(&p, r, ret_path);
    size = p.used;
    p = (struct placer){.base = calloc(1, size)};
    if (!p.base)
        return -ENOMEM;
    r = take_resource(&p, kind, in);
    if (r < 0) {
        explicit_bzero(p.base, size);
        free(p.base);
        return refuse(&p, r, ret_path);
    }
    *ret = (struct model_resource *)(void *)p.base;
    (*ret)->kind = kind;
    (*ret)->refs = 1;
    return 0;
}
