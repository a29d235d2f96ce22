/* said.h - written messages (words.h) in tests: what they say, and which codes they hold. Include
 * after cmocka.h. */
#ifndef ROPEWAY_TESTS_SAID_H
#define ROPEWAY_TESTS_SAID_H

#include <stdio.h>
#include <string.h>

#include "words.h"

/* In English; good until the eighth call after this one. */
static inline const char *said(const char *written)
{
    static char texts[8][WORDS_TEXT_MAX];
    static unsigned next;
    char *text = texts[next++ % ARRAY_SIZE(texts)];

    return words_say_written(written, WORDS_EN, text, WORDS_TEXT_MAX);
}

/* The message, or one in its arguments, is of this code. */
static inline bool said_has(const char *written, const char *code)
{
    size_t len = strlen(code);

    for (const char *at = strchr(written, '{'); at; at = strchr(at + 1, '{')) {
        if (strncmp(at + 1, code, len) == 0 && strchr("|}", at[1 + len]) && at[1 + len])
            return true;
    }
    return false;
}

/* "" or a whole message of the catalogue: with all its arguments, and those of messages in them. */
static inline void assert_whole(const struct words *m)
{
    unsigned n = 0;

    while (words_code_args(m->code)[n])
        n++;
    assert_int_not_equal(m->code, WORDS_FOREIGN);
    assert_int_equal(m->count, n);
    for (unsigned i = 0; i < m->count; i++) {
        struct words_read r;
        const struct words *inner = words_inner(&m->args[i], &r);

        if (inner)
            assert_whole(inner);
    }
}

static inline void assert_written(const char *written)
{
    struct words_read r;

    if (*written)
        assert_whole(words_read(written, &r));
}

/* A message with this code in it, whose English holds this. */
static inline void assert_said(const char *written, const char *code, const char *part)
{
    assert_written(written);
    if (!said_has(written, code) || !strstr(said(written), part))
        fail_msg("\"%s\" is not %s: \"%s\"", written, code, part);
}

#endif
