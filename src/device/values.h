/* values.h - what the fields of a template are in one answer: scopes inside of each other. */
#ifndef ROPEWAY_DEVICE_VALUES_H
#define ROPEWAY_DEVICE_VALUES_H

#include "template.h"

struct scope;

struct value {
    enum device_field field;
    struct buf text;      /* owned */
    struct scope **items; /* owned; of a list */
    size_t count, room;
};

/* The fields of the whole or of an item of a list. Owns everything. */
struct scope {
    struct value *values;
    size_t count, room;
    bool failed; /* out of memory; also of what is inside once that is added */
};

/* NULL if out of memory. */
struct scope *scope_new(void);
/* Wipes. NULL is fine. */
void scope_free(struct scope *s);
/* NULL if it is not there. */
const struct value *scope_find(const struct scope *s, enum device_field field);

/* Each sets a field of this scope, which has it only once. */
void scope_flag(struct scope *s, enum device_field field, bool there);
void scope_text(struct scope *s, enum device_field field, const char *text);
void scope_bytes(struct scope *s, enum device_field field, const void *bytes, size_t len);
void scope_number(struct scope *s, enum device_field field, uint64_t n);
/* Another item of the list, which is there from the first on: ".", number, first. NULL if out of
 * memory. */
struct scope *scope_item(struct scope *s, enum device_field list, const char *text, size_t len);
/* Marks the last one of the list. */
void scope_list_end(struct scope *s, enum device_field list);

#endif
