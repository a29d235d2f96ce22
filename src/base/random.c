#include "base.h"

#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *ret, size_t len)
{
    uint8_t *at = ret;

    while (len) {
        ssize_t n = getrandom(at, MIN(len, 256U), 0);

        if (n < 0 && errno != EINTR)
            abort(); /* a VPN without randomness must not go on */
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
}

uint64_t random_u64(void)
{
    uint64_t n;

    random_bytes(&n, sizeof(n));
    return n;
}

void random_base32(char *text, size_t len)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

    random_bytes(text, len);
    for (size_t i = 0; i < len; i++)
        text[i] = alphabet[(uint8_t)text[i] % 32];
    text[len] = 0;
}

void random_id(char *text, const char *prefix, size_t len)
{
    size_t prefix_len = strlen(prefix);

    memcpy(text, prefix, prefix_len);
    random_base32(text + prefix_len, len);
}
