#include "hex.h"

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int hex_parse(const char *text, size_t n, uint8_t *ret, size_t cap, size_t *ret_len)
{
    if (n % 2)
        return -EINVAL;
    if (n / 2 > cap)
        return -ENOSPC;
    for (size_t i = 0; i < n; i += 2) {
        int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

        if (high < 0 || low < 0)
            return -EINVAL;
        ret[i / 2] = (uint8_t)(high << 4 | low);
    }
    *ret_len = n / 2;
    return 0;
}
