/* hex.h - hexadecimal digits as they stand in texts. */
#ifndef ROPEWAY_IDENT_HEX_H
#define ROPEWAY_IDENT_HEX_H

#include "ident.h"

/* -1: none. */
int hex_digit(char c);
/* n digits into n / 2 bytes. -EINVAL: an odd number, or something else among them; -ENOSPC. */
MUST_USE int hex_parse(const char *text, size_t n, uint8_t *ret, size_t cap, size_t *ret_len);

#endif
