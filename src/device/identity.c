#include "identity.h"

static uint8_t hex_digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

bool identity_read(const char *text, struct identity *ret)
{
    struct identity id = {0};
    const char *value;

    if (model_parse_identity(text, &id.type, &value) < 0)
        return false;
    if (id.type != MODEL_IDENTITY_KEY_ID || !text_starts_with(value, "0x")) {
        buf_puts(&id.value, value);
    } else {
        for (value += 2; value[0] && value[1]; value += 2) {
            uint8_t byte = (uint8_t)(hex_digit(value[0]) << 4 | hex_digit(value[1]));

            buf_add(&id.value, &byte, 1);
        }
    }
    *ret = id;
    return true;
}
