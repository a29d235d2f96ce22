/* codec_internal.h - what decoding, encoding and comparing share: where a member lies and how big
 * it is. */
#ifndef ROPEWAY_MODEL_CODEC_INTERNAL_H
#define ROPEWAY_MODEL_CODEC_INTERNAL_H

#include "model_internal.h"

/* No id that anybody made is longer. */
#define MODEL_RESOURCE_ID_MAX 128

/* The form of all lists and maps of types.h. */
struct model_any_list {
    uint32_t count;
    void *items;
};

/* Of a kind's struct. */
size_t model_struct_size(const struct model_kind *kind);
/* Of one value of the field, or of one element of its list. */
size_t model_value_size(const struct model_field *field);

static inline bool model_is_stored(const struct model_field *field)
{
    return field->access != MODEL_STATUS && field->access != MODEL_ACTION;
}

static inline bool model_is_list(const struct model_field *field)
{
    return field->list || field->type == MODEL_TEXT_MAP || field->type == MODEL_INT_MAP;
}

/* The i-th element of a list of the field. */
static inline const void *model_item(const struct model_field *field,
                                     const struct model_any_list *list, size_t i)
{
    return (const uint8_t *)list->items + i * model_value_size(field);
}

#endif
