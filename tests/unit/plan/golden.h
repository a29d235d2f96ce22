/* golden.h - reading a case from YAML and writing JSON so that people can read and compare it. */
#ifndef ROPEWAY_TEST_GOLDEN_H
#define ROPEWAY_TEST_GOLDEN_H

#include <jansson.h>

#include "base.h"

/* Plain true, false and numbers are what they look like, everything else is a string. New; NULL
 * with a line on stderr if it does not parse. */
json_t *golden_load(const char *path);
/* What fits a line stays on one, the rest becomes a block. No quotes where none are needed. */
void golden_print(struct buf *out, const json_t *value, int indent);
/* True if both are equal; else prints the lines that differ, as diff does. */
bool golden_compare(const char *name, const char *expected, const char *actual);

#endif
