#include "codec_internal.h"
#include "in.h"

#include <inttypes.h>
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
typedef int take_value(struct placer *p, const struct model_field *f, const struct model_in *in,
                       void *at);

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

static int take_text(struct placer *p, const struct model_field *f, const struct model_in *in,
                     void *at)
{
    size_t len;
    const char *text = model_in_string(in, &len);

    (void)f;
    return place_text(p, text, len, at);
}

static int take_choice(const struct model_field *f, const char *text, uint8_t *at)
{
    unsigned code = text ? model_value_code(f, text) : 0;

    if (!code || code > UINT8_MAX)
        return -EBADMSG;
    *at = (uint8_t)code;
    return 0;
}

static int take_enum(struct placer *p, const struct model_field *f, const struct model_in *in,
                     void *at)
{
    (void)p;
    return at ? take_choice(f, model_in_string(in, NULL), at) : 0;
}

static int take_group(struct placer *p, const struct model_field *f, const struct model_in *in,
                      void *at)
{
    char number[24];
    int64_t value;

    (void)p;
    if (!at)
        return 0;
    if (!model_in_integer(in, &value)) {
        uint64_t n;
        const char *text = model_in_string(in, NULL);

        return text && text_parse_u64(text, UINT64_MAX, &n) < 0 ? take_choice(f, text, at)
                                                                : -EBADMSG;
    }
    snprintf(number, sizeof(number), "%" PRId64, value);
    return take_choice(f, number, at);
}

/* ---- numbers, addresses, times: nothing to place ---- */

static int take_bool(struct placer *p, const struct model_field *f, const struct model_in *in,
                     void *at)
{
    bool value;

    (void)p;
    (void)f;
    if (!model_in_boolean(in, &value))
        return -EBADMSG;
    if (at)
        *(bool *)at = value;
    return 0;
}

static int take_int(struct placer *p, const struct model_field *f, const struct model_in *in,
                    void *at)
{
    int64_t value;

    (void)p;
    if (!model_in_integer(in, &value) || value < f->min || value > f->max)
        return -EBADMSG;
    if (at)
        *(int64_t *)at = value;
    return 0;
}

static int take_cidr(struct placer *p, const struct model_field *f, const struct model_in *in,
                     void *at)
{
    const char *text = model_in_string(in, NULL);

    (void)p;
    (void)f;
    if (!text)
        return -EBADMSG;
    return at && prefix_parse(text, at) < 0 ? -EBADMSG : 0;
}

static int take_address(struct placer *p, const struct model_field *f, const struct model_in *in,
                        void *at)
{
    const char *text = model_in_string(in, NULL);

    (void)p;
    (void)f;
    if (!text)
        return -EBADMSG;
    return at && addr_parse(text, at) < 0 ? -EBADMSG : 0;
}

static int take_interface(struct placer *p, const struct model_field *f, const struct model_in *in,
                          void *at)
{
    const char *text = model_in_string(in, NULL);
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

static int take_time(struct placer *p, const struct model_field *f, const struct model_in *in,
                     void *at)
{
    const char *text = model_in_string(in, NULL);
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

static int take_map(struct placer *p, const struct model_field *f, const struct model_in *in,
                    void *at)
{
    struct model_any_list list = {.count = (uint32_t)model_in_size(in)};
    struct model_in_walk w = model_in_values(in);
    struct model_in value;
    size_t size = model_value_size(f), i = 0;
    const char *key;
    int r = model_in_type(in) == MODEL_IN_OBJECT ? 0 : -EBADMSG;

    list.items = place(p, list.count * size, sizeof(void *));
    while (r == 0 && model_in_next(&w, &key, &value)) {
        struct model_pair *pair = at ? (void *)((uint8_t *)list.items + i++ * size) : NULL;
        int64_t n;

        r = place_text(p, key, strlen(key), pair ? &pair->name : NULL);
        if (r == 0 && f->type == MODEL_TEXT_MAP)
            r = take_text(p, f, &value, pair ? &pair->value : NULL);
        else if (r == 0 && !model_in_integer(&value, &n))
            r = -EBADMSG;
        else if (r == 0 && pair)
            ((struct model_number *)(void *)pair)->value = n;
    }
    if (r == 0 && at) {
        qsort(list.items, list.count, size, by_name);
        memcpy(at, &list, sizeof(list));
    }
    return r;
}

/* ---- objects and lists ---- */

static int take_fields(struct placer *p, const struct model_field *fields, struct model_in *in,
                       uint8_t *at);

static int take_object(struct placer *p, const struct model_field *f, const struct model_in *in,
                       void *at)
{
    struct model_in members = *in;

    return model_in_type(in) == MODEL_IN_OBJECT ? take_fields(p, f->fields, &members, at)
                                                : -EBADMSG;
}

static take_value *const takers[] = {
    [MODEL_STRING] = take_text,     [MODEL_ENUM] = take_enum,           [MODEL_BOOL] = take_bool,
    [MODEL_INT] = take_int,         [MODEL_GROUP] = take_group,         [MODEL_CIDR] = take_cidr,
    [MODEL_ADDRESS] = take_address, [MODEL_INTERFACE] = take_interface, [MODEL_REF] = take_text,
    [MODEL_NEXT_HOP] = take_text,   [MODEL_TIME] = take_time,           [MODEL_TEXT_MAP] = take_map,
    [MODEL_INT_MAP] = take_map,     [MODEL_OBJECT] = take_object,
};

static int take_list(struct placer *p, const struct model_field *f, const struct model_in *in,
                     void *at)
{
    struct model_any_list list = {.count = (uint32_t)model_in_size(in)};
    struct model_in_walk w = model_in_values(in);
    struct model_in item;
    size_t size = model_value_size(f), i = 0;
    int r = model_in_type(in) == MODEL_IN_ARRAY ? 0 : -EBADMSG;

    /* Of an empty list, too, there is a place: an absent one has none. Elements of odd sizes are
     * made of bytes. */
    list.items = place(p, list.count * size, size % sizeof(void *) ? 1 : sizeof(void *));
    while (r == 0 && model_in_next(&w, NULL, &item))
        r = takers[f->type](p, f, &item, at ? (uint8_t *)list.items + i++ * size : NULL);
    if (r == 0 && at)
        memcpy(at, &list, sizeof(list));
    return r;
}

/* What has a default is never absent: an older version may not have known the member. */
static int take_member(struct placer *p, const struct model_field *f, const struct model_in *in,
                       void *at)
{
    struct model_in instead;
    json_t *usual = NULL;
    int r;

    if (model_in_type(in) <= MODEL_IN_NULL) {
        if (f->flags & MODEL_REQUIRED)
            return -EBADMSG;
        if (!f->default_json)
            return 0;
        usual = model_default(f);
        if (!usual)
            return -ENOMEM;
        instead = model_in_tree(usual);
        in = &instead;
    }
    r = (f->list ? take_list : takers[f->type])(p, f, in, at);
    json_decref(usual);
    return r;
}

static int take_fields(struct placer *p, const struct model_field *fields, struct model_in *in,
                       uint8_t *at)
{
    for (const struct model_field *f = fields; f->name; f++) {
        struct model_in member;
        int r;

        if (!model_is_stored(f))
            continue;
        member = model_in_member(in, f->name);
        r = take_member(p, f, &member, at ? at + f->offset : NULL);
        if (r < 0) {
            p->bad = p->bad ? p->bad : f->name;
            return r;
        }
    }
    return 0;
}

static int take_resource(struct placer *p, const struct model_kind *kind, struct model_in in)
{
    size_t id_len = strlen(model_in_text(&in, "id"));
    uint8_t *at = place(p, model_struct_size(kind), sizeof(void *));
    int r;

    if (id_len < 1 || id_len > MODEL_RESOURCE_ID_MAX) {
        p->bad = "id";
        return -EBADMSG;
    }
    r = take_fields(p, model_common_fields(kind), &in, at);
    return r < 0 ? r : take_fields(p, kind->fields, &in, at);
}

static int refuse(const struct placer *p, int r, const char **ret_path)
{
    if (r == -EBADMSG && ret_path)
        *ret_path = p->bad;
    return r;
}

int model_decode_in(const struct model_kind *kind, const struct model_in *in,
                    struct model_resource **ret, const char **ret_path)
{
    struct placer p = {0};
    size_t size;
    int r = take_resource(&p, kind, *in);

    if (r < 0)
        return refuse(&p, r, ret_path);
    size = p.used;
    p = (struct placer){.base = calloc(1, size)};
    if (!p.base)
        return -ENOMEM;
    r = take_resource(&p, kind, *in);
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

int model_decode(const struct model_kind *kind, const json_t *in, struct model_resource **ret,
                 const char **ret_path)
{
    const struct model_in tree = model_in_tree(in);

    return model_decode_in(kind, &tree, ret, ret_path);
}
