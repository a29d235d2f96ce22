#include "values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct scope *scope_new(void)
{
    return calloc(1, sizeof(struct scope));
}

void scope_free(struct scope *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++) {
        buf_wipe(&s->values[i].text);
        for (size_t k = 0; k < s->values[i].count; k++)
            scope_free(s->values[i].items[k]);
        free(s->values[i].items);
    }
    free(s->values);
    free(s);
}

static struct value *find_here(const struct scope *s, enum device_field field)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->values[i].field == field)
            return &s->values[i];
    }
    return NULL;
}

const struct value *scope_find(const struct scope *s, enum device_field field)
{
    return find_here(s, field);
}

static struct value *add(struct scope *s, enum device_field field)
{
    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 16;
        struct value *values = reallocarray(s->values, room, sizeof(*values));

        if (!values) {
            s->failed = true;
            return NULL;
        }
        s->values = values;
        s->room = room;
    }
    s->values[s->count] = (struct value){.field = field};
    return &s->values[s->count++];
}

void scope_flag(struct scope *s, enum device_field field, bool there)
{
    if (there)
        (void)add(s, field);
}

void scope_bytes(struct scope *s, enum device_field field, const void *bytes, size_t len)
{
    struct value *v = add(s, field);

    if (!v)
        return;
    buf_add(&v->text, bytes, len);
    s->failed |= v->text.failed;
}

void scope_text(struct scope *s, enum device_field field, const char *text)
{
    if (text && *text)
        scope_bytes(s, field, text, strlen(text));
}

void scope_number(struct scope *s, enum device_field field, uint64_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, n);
    scope_text(s, field, text);
}

static struct scope *append(struct value *list)
{
    struct scope *item;

    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 8;
        struct scope **items = reallocarray(list->items, room, sizeof(struct scope *));

        if (!items)
            return NULL;
        list->items = items;
        list->room = room;
    }
    item = scope_new();
    if (item)
        list->items[list->count++] = item;
    return item;
}

struct scope *scope_item(struct scope *s, enum device_field field, const char *text, size_t len)
{
    struct value *list = find_here(s, field);
    struct scope *item;

    list = list ? list : add(s, field);
    item = list ? append(list) : NULL;
    if (!item) {
        s->failed = true;
        return NULL;
    }
    scope_bytes(item, DEVICE_ITEM, text, len);
    scope_number(item, DEVICE_NUMBER, list->count);
    scope_number(item, DEVICE_INDEX, list->count - 1);
    scope_flag(item, DEVICE_FIRST, list->count == 1);
    s->failed |= item->failed;
    return item;
}

void scope_list_end(struct scope *s, enum device_field field)
{
    struct value *list = find_here(s, field);

    for (size_t i = 0; list && i < list->count; i++) {
        scope_flag(list->items[i], DEVICE_LAST, i + 1 == list->count);
        s->failed |= list->items[i]->failed;
    }
}
