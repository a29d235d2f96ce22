#include "ident.h"
#include "model_internal.h"

#include <stdlib.h>

/* A tunnel's key as it is sealed: KEY, or KEY "\n" BEFORE "\n" TIME, with the key that it took the
 * place of, and when, in microseconds since 1970. A key has no newline. */

size_t model_key_len(const char *stored)
{
    return strcspn(stored, "\n");
}

void model_key_trim(char *stored)
{
    size_t len = model_key_len(stored);

    explicit_bzero(stored + len, strlen(stored + len));
}

bool model_key_before(const char *stored, char ret[SECRET_TEXT_MAX], uint64_t *ret_changed_us)
{
    const char *before = strchr(stored, '\n');
    const char *time = before ? strchr(before + 1, '\n') : NULL;
    size_t len = time ? (size_t)(time - before - 1) : 0;

    if (!len || len >= SECRET_TEXT_MAX || text_parse_u64(time + 1, INT64_MAX, ret_changed_us) < 0)
        return false;
    memcpy(ret, before + 1, len);
    ret[len] = 0;
    return true;
}

int model_key_pack(const char *key, const char *before, uint64_t now_us, char **ret)
{
    struct buf text = {0};

    buf_printf(&text, "%s\n%.*s\n%llu", key, (int)model_key_len(before), before,
               (unsigned long long)now_us);
    *ret = text.failed ? NULL : strdup(buf_text(&text));
    if (text.data)
        explicit_bzero(text.data, text.len);
    buf_done(&text);
    return *ret ? 0 : -ENOMEM;
}
