/* Identities and keys from text, and identities of any bytes to text: what is shown can be typed.
 */
#include <stdlib.h>

#include "ident.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_read_back(uint8_t type, const uint8_t *data, size_t len)
{
    char text[IDENT_TEXT_MAX];
    struct ident back;

    ident_format(type, data, len, text);
    if (strlen(text) >= sizeof(text))
        abort();
    if (!len || len > IDENT_DATA_MAX)
        return; /* no identity */
    if (ident_parse(text, &back) < 0 ||
        !ident_equal(type, data, len, back.type, back.data, back.len))
        abort();
}

static void try_text(const char *text)
{
    uint8_t key[SECRET_MAX];
    struct ident id;
    size_t len;

    if (ident_parse(text, &id) == 0) {
        if (!id.type || !id.len || id.len > IDENT_DATA_MAX)
            abort();
        must_read_back(id.type, id.data, id.len);
    }
    if (secret_read(text, key, &len) == 0 && (len < SECRET_MIN || len > SECRET_MAX))
        abort();
}

/* The first byte is a type of identity. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[600];

    if (size && data[0])
        must_read_back(data[0], data + 1, size - 1);
    if (size >= sizeof(text) || (size && memchr(data, 0, size)))
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    try_text(text);
    return 0;
}
