#include "hex.h"

/* Pre-shared keys as people write them. */

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Four digits, the last `pad` of which are '='; bits that belong to no byte are 0. */
static bool read_four(const char *text, size_t pad, uint8_t ret[3])
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 4; i++) {
        int digit = i < 4 - pad ? base64_digit(text[i]) : text[i] == '=' ? 0 : -1;

        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
    }
    for (size_t i = 0; i < 3; i++)
        ret[i] = (uint8_t)(bits >> (16 - 8 * i));
    return (bits & (pad == 1 ? 0xff : pad == 2 ? 0xffff : 0)) == 0;
}

static int base64_parse(const char *text, uint8_t ret[SECRET_MAX], size_t *ret_len)
{
    size_t n = strlen(text), len = 0;
    size_t pad = 0;

    if (n % 4)
        return -EINVAL;
    while (pad < 2 && pad < n && text[n - 1 - pad] == '=')
        pad++;
    for (size_t i = 0; i < n; i += 4) {
        size_t missing = i + 4 == n ? pad : 0;
        uint8_t three[3];

        if (!read_four(text + i, missing, three))
            return -EINVAL;
        if (len + 3 - missing > SECRET_MAX)
            return -ERANGE;
        memcpy(ret + len, three, 3 - missing);
        len += 3 - missing;
    }
    *ret_len = len;
    return 0;
}

static int text_parse(const char *text, uint8_t ret[SECRET_MAX], size_t *ret_len)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e)
            return -EINVAL;
    }
    if (len > SECRET_MAX)
        return -ERANGE;
    memcpy(ret, text, len);
    *ret_len = len;
    return 0;
}

static int parse(const char *text, uint8_t ret[SECRET_MAX], size_t *ret_len)
{
    if (text_starts_with(text, "hex:"))
        return hex_parse(text + 4, strlen(text + 4), ret, SECRET_MAX, ret_len);
    if (text_starts_with(text, "base64:"))
        return base64_parse(text + 7, ret, ret_len);
    return text_parse(text, ret, ret_len);
}

int secret_read(const char *text, uint8_t ret[SECRET_MAX], size_t *ret_len)
{
    uint8_t bytes[SECRET_MAX];
    size_t len = 0;
    int r = parse(text, bytes, &len);

    if (r == -ENOSPC || (r == 0 && len < SECRET_MIN))
        r = -ERANGE;
    if (r == 0) {
        memcpy(ret, bytes, len);
        *ret_len = len;
    }
    explicit_bzero(bytes, sizeof(bytes));
    return r;
}

bool secret_is_ambiguous(const char *text)
{
    return text[0] == '0' && text[1] && strchr("xXsStT", text[1]);
}
