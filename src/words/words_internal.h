/* words_internal.h - a text of bounded size that is put together piece by piece. */
#ifndef ROPEWAY_WORDS_INTERNAL_H
#define ROPEWAY_WORDS_INTERNAL_H

#include "words.h"

struct words_out {
    char *buf;
    size_t size, len;
    bool full; /* something did not fit: the text is what fitted before */
};

void words_put(struct words_out *out, const char *bytes, size_t len);
void words_puts(struct words_out *out, const char *text);
/* Ends the text, with dots and between two characters where it is cut. */
void words_finish(struct words_out *out);
/* How many of len bytes of text stay whole characters within max. */
size_t words_cut(const char *text, size_t len, size_t max);

/* Of a number, an address or a prefix; else NULL. */
#define WORDS_SCALAR_MAX 64
const char *words_scalar(const struct words_arg *arg, char buf[WORDS_SCALAR_MAX]);

/* words_find() of len bytes. */
enum words_code words_find_part(const char *code, size_t len);

/* Of len bytes that begin with '{'. -EBADMSG if they are no message. */
MUST_USE int words_parse(const char *text, size_t len, struct words_read *ret);

#endif
