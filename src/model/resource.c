#include "codec_internal.h"

#include <stdlib.h>

/* What resources are in memory: their size, who shares them, whether two are equal. */

size_t model_struct_size(const struct model_kind *kind)
{
    static const size_t sizes[MODEL_KINDS] = {
        [MODEL_REGION] = sizeof(struct model_region),
        [MODEL_NODE] = sizeof(struct model_node),
        [MODEL_VPC] = sizeof(struct model_vpc),
        [MODEL_SUBNET] = sizeof(struct model_subnet),
        [MODEL_ROUTE_TABLE] = sizeof(struct model_route_table),
        [MODEL_INSTANCE] = sizeof(struct model_instance),
        [MODEL_BORDER_GATEWAY] = sizeof(struct model_border_gateway),
        [MODEL_BORDER_GATEWAY_ROUTE] = sizeof(struct model_gateway_route),
        [MODEL_VPC_ATTACHMENT] = sizeof(struct model_vpc_attachment),
        [MODEL_CUSTOMER_GATEWAY] = sizeof(struct model_customer_gateway),
        [MODEL_VPN_CONNECTION] = sizeof(struct model_vpn_connection),
        [MODEL_VPN_TUNNEL] = sizeof(struct model_vpn_tunnel),
        [MODEL_PRIVATE_INTERFACE] = sizeof(struct model_private_interface),
        [MODEL_PLACEMENT] = sizeof(struct model_placement),
        [MODEL_ALARM] = sizeof(struct model_alarm),
    };

    return sizes[kind->id];
}

size_t model_value_size(const struct model_field *field)
{
    static const size_t sizes[] = {
        [MODEL_STRING] = sizeof(const char *),
        [MODEL_ENUM] = sizeof(uint8_t),
        [MODEL_BOOL] = sizeof(bool),
        [MODEL_INT] = sizeof(int64_t),
        [MODEL_GROUP] = sizeof(uint8_t),
        [MODEL_CIDR] = sizeof(struct prefix),
        [MODEL_ADDRESS] = sizeof(struct addr),
        [MODEL_INTERFACE] = sizeof(struct model_interface),
        [MODEL_REF] = sizeof(const char *),
        [MODEL_NEXT_HOP] = sizeof(const char *),
        [MODEL_TIME] = sizeof(uint64_t),
        [MODEL_TEXT_MAP] = sizeof(struct model_pair),
        [MODEL_INT_MAP] = sizeof(struct model_number),
    };

    return field->type == MODEL_OBJECT ? field->size : sizes[field->type];
}

/* ---- sharing ---- */

struct model_resource *model_resource_ref(const struct model_resource *r)
{
    struct model_resource *mine = (struct model_resource *)(uintptr_t)r;

    if (mine)
        __atomic_fetch_add(&mine->refs, 1, __ATOMIC_RELAXED);
    return mine;
}

/* Secrets are members of the resource itself. */
static void wipe_secrets(struct model_resource *r)
{
    for (const struct model_field *f = r->kind->fields; f->name; f++) {
        char *text;

        if (!(f->flags & MODEL_SECRET))
            continue;
        text = *(char **)(void *)((uint8_t *)r + f->offset);
        if (text)
            explicit_bzero(text, strlen(text));
    }
}

void model_resource_unref(const struct model_resource *r)
{
    struct model_resource *mine = (struct model_resource *)(uintptr_t)r;

    if (!mine || __atomic_fetch_sub(&mine->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    wipe_secrets(mine);
    free(mine);
}

/* ---- comparing ---- */

static bool equal_texts(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool equal_fields(const struct model_field *fields, const uint8_t *a, const uint8_t *b);

static bool equal_pairs(const struct model_field *f, const struct model_pair *a,
                        const struct model_pair *b)
{
    if (!equal_texts(a->name, b->name))
        return false;
    if (f->type == MODEL_TEXT_MAP)
        return equal_texts(a->value, b->value);
    return ((const struct model_number *)(const void *)a)->value ==
           ((const struct model_number *)(const void *)b)->value;
}

static bool equal_values(const struct model_field *f, const void *a, const void *b)
{
    switch (f->type) {
    case MODEL_STRING:
    case MODEL_REF:
    case MODEL_NEXT_HOP:
        return equal_texts(*(const char *const *)a, *(const char *const *)b);
    case MODEL_CIDR:
        return prefix_equal(a, b);
    case MODEL_ADDRESS:
        return addr_equal(a, b);
    case MODEL_INTERFACE:
        return addr_equal(&((const struct model_interface *)a)->addr,
                          &((const struct model_interface *)b)->addr) &&
               ((const struct model_interface *)a)->len == ((const struct model_interface *)b)->len;
    case MODEL_TEXT_MAP:
    case MODEL_INT_MAP:
        return equal_pairs(f, a, b);
    case MODEL_OBJECT:
        return equal_fields(f->fields, a, b);
    default: /* numbers */
        return memcmp(a, b, model_value_size(f)) == 0;
    }
}

/* An absent list is not an empty one. */
static bool equal_lists(const struct model_field *f, const struct model_any_list *a,
                        const struct model_any_list *b)
{
    if (a->count != b->count || !a->items != !b->items)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!equal_values(f, model_item(f, a, i), model_item(f, b, i)))
            return false;
    }
    return true;
}

static bool equal_member(const struct model_field *f, const void *a, const void *b)
{
    return model_is_list(f) ? equal_lists(f, a, b) : equal_values(f, a, b);
}

static bool equal_fields(const struct model_field *fields, const uint8_t *a, const uint8_t *b)
{
    for (const struct model_field *f = fields; f->name; f++) {
        if (model_is_stored(f) && !equal_member(f, a + f->offset, b + f->offset))
            return false;
    }
    return true;
}

/* Calls differs() with each member that does, until that says false. */
static bool compare_members(const struct model_field *fields, const struct model_resource *a,
                            const struct model_resource *b,
                            bool (*differs)(void *arg, const struct model_field *f), void *arg)
{
    for (const struct model_field *f = fields; f->name; f++) {
        bool counts = f->offset != offsetof(struct model_resource, revision) &&
                      f->offset != offsetof(struct model_resource, updated_us);

        if (model_is_stored(f) && counts &&
            !equal_member(f, (const uint8_t *)a + f->offset, (const uint8_t *)b + f->offset) &&
            !differs(arg, f))
            return false;
    }
    return true;
}

static bool end(void *arg, const struct model_field *f)
{
    (void)arg;
    (void)f;
    return false;
}

bool model_resource_equal(const struct model_resource *a, const struct model_resource *b)
{
    return a->kind == b->kind && compare_members(a->kind->fields, a, b, end, NULL) &&
           compare_members(model_common_fields(a->kind), a, b, end, NULL);
}

static bool add_name(void *arg, const struct model_field *f)
{
    (void)json_array_append_new(arg, json_string(f->name));
    return true;
}

json_t *model_changed_members(const struct model_resource *a, const struct model_resource *b)
{
    json_t *names = json_array();

    (void)compare_members(model_common_fields(a->kind), a, b, add_name, names);
    (void)compare_members(a->kind->fields, a, b, add_name, names);
    return names;
}
