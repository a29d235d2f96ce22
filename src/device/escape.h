/* escape.h - how a foreign text is written so that a syntax reads the same text back. */
#ifndef ROPEWAY_DEVICE_ESCAPE_H
#define ROPEWAY_DEVICE_ESCAPE_H

#include "base.h"

struct device_escape {
    const char *name;
    /* Appends len bytes. False if the syntax cannot say them; then out may hold a part. */
    bool (*write)(const uint8_t *text, size_t len, struct buf *out);
};

/* NULL if there is none of this name (len bytes). */
const struct device_escape *device_find_escape(const char *name, size_t len);
const struct device_escape *device_escapes(size_t *ret_count);

#endif
