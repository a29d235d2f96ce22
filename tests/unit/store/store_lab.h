/* store_lab.h - what the tests of the store share: a directory of their own with a store in it, and
 * short words for items of the collection "vpcs". */
#ifndef ROPEWAY_TEST_STORE_LAB_H
#define ROPEWAY_TEST_STORE_LAB_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "store.h"

/* What the conformance suite is run against. */
struct lab_backend {
    const char *name;
    int (*open)(const char *path, bool create, struct store **ret);
};

extern const struct lab_backend *lab_backend;

struct lab {
    char dir[64];
    char path[96];
    struct store *store;
};

/* For cmocka: *state is a struct lab. The teardown removes all files in the directory. */
int lab_setup(void **state);
int lab_teardown(void **state);
/* Another store on the same file, as another process would have it. */
struct store *lab_open(const struct lab *lab);
/* dir/name. */
const char *lab_path(const struct lab *lab, const char *name, char ret[160]);

struct store_key key(const char *region, const char *id);
struct store_op put(const char *region, const char *id, const char *value, uint64_t expect);
struct store_op del(const char *region, const char *id, uint64_t expect);
struct store_op check(const char *region, const char *id, uint64_t expect);
struct store_op check_region(const char *region, uint64_t expect);

/* Each must succeed. */
void commit(struct store *s, const struct store_op *ops, size_t count);
void put_one(struct store *s, const char *region, const char *id, const char *value);
/* value NULL: it must not exist. Answers the item's revision. */
uint64_t assert_value(struct store *s, const char *region, const char *id, const char *value);
/* The log after revision, told as "REVISION:ID=VALUE" or "REVISION:ID-" for deletions, with spaces
 * between. */
void assert_log(struct store *s, const char *region, uint64_t revision, size_t limit, bool more,
                const char *told);

#endif
