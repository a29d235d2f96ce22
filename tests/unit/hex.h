/* hex.h - test vectors as they stand in RFCs: hexadecimal text, spaces allowed. Include after
 * cmocka.h. */
#ifndef ROPEWAY_TESTS_HEX_H
#define ROPEWAY_TESTS_HEX_H

#include <stdlib.h>
#include <string.h>

static inline int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Fills ret (cap bytes) and returns how many it were; fails the test on bad text. */
static inline size_t hex_read(const char *text, uint8_t *ret, size_t cap)
{
    size_t n = 0;

    while (*text) {
        if (*text == ' ' || *text == '\n') {
            text++;
            continue;
        }
        assert_true(hex_digit(text[0]) >= 0 && hex_digit(text[1]) >= 0);
        assert_true(n < cap);
        ret[n++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
        text += 2;
    }
    return n;
}

/* data has exactly the bytes of the text. */
static inline void assert_hex(const uint8_t *data, size_t len, const char *expected)
{
    uint8_t *want = malloc(strlen(expected) / 2 + 1);
    size_t n;

    assert_non_null(want);
    n = hex_read(expected, want, strlen(expected) / 2 + 1);
    assert_int_equal(len, n);
    assert_memory_equal(data, want, n);
    free(want);
}

#endif
