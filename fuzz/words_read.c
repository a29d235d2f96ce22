/* A written message of somebody else. What can be read is said in every language, and written again
 * says the same. */
#include <stdlib.h>

#include "words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[WORDS_TEXT_MAX], again[2 * WORDS_TEXT_MAX], a[WORDS_TEXT_MAX], b[WORDS_TEXT_MAX];
    struct words_read read;

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    words_write(words_read(text, &read), again, sizeof(again));
    for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++) {
        words_say_written(text, lang, a, sizeof(a));
        words_say_written(again, lang, b, sizeof(b));
        if (strcmp(a, b) != 0)
            abort();
    }
    (void)words_accepted(text);
    return 0;
}
