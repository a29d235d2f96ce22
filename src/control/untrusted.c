#include "control_internal.h"

/* The texts of others: a node passes on what the peers of its tunnels say. */

static void clean(char *text)
{
    for (char *c = text; *c; c++) {
        /* DEL, and the C0 and C1 control characters, the latter as UTF-8. */
        if ((uint8_t)*c < 0x20 || *c == 0x7f)
            *c = ' ';
        else if ((uint8_t)c[0] == 0xc2 && (uint8_t)c[1] < 0xa0)
            c[0] = c[1] = ' ';
    }
}

void untrusted_text(char *dst, size_t size, const char *src)
{
    (void)text_printf(dst, size, "%s", src);
    clean(dst);
}

void untrusted_words(char *dst, size_t size, const char *src)
{
    struct words_read read;

    words_write(words_read(src, &read), dst, size); /* which cuts arguments, not messages */
    clean(dst);
}
