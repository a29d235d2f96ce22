/* said.h - the English sentence of a written message, until the next call. */
#ifndef ROPEWAY_TESTS_SAID_H
#define ROPEWAY_TESTS_SAID_H

#include "words.h"

static inline const char *said(const char *written)
{
    static char text[WORDS_TEXT_MAX];

    return words_say_written(written, WORDS_EN, text, sizeof(text));
}

#endif
