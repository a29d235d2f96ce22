#include "words_internal.h"

static const struct row {
    const char *code;
    const char *text[WORDS_LANGS];
    const char *args[WORDS_ARGS_MAX + 1];
} rows[WORDS_CODES] = {
#define WORDS_ROW(id, name, en, zh, ...) [WORDS_##id] = {name, {en, zh}, {__VA_ARGS__}},
#include "rows.h"
#undef WORDS_ROW
};

const char *words_code_name(enum words_code code)
{
    return rows[code].code;
}

const char *words_template(enum words_code code, enum words_lang lang)
{
    return rows[code].text[lang];
}

const char *const *words_code_args(enum words_code code)
{
    return rows[code].args;
}

const char *words_code(const struct words *m, char buf[WORDS_CODE_MAX])
{
    if (m->code != WORDS_FOREIGN)
        return rows[m->code].code;
    buf[0] = 0;
    if (m->args && m->foreign_len < WORDS_CODE_MAX) {
        memcpy(buf, m->foreign, m->foreign_len);
        buf[m->foreign_len] = 0;
    }
    return buf;
}

const char *words_arg_name(const struct words *m, unsigned i)
{
    return m->code != WORDS_FOREIGN && i < WORDS_ARGS_MAX ? rows[m->code].args[i] : NULL;
}

enum words_code words_find_part(const char *code, size_t len)
{
    for (enum words_code i = WORDS_FOREIGN + 1; i < WORDS_CODES; i++) {
        if (strncmp(rows[i].code, code, len) == 0 && !rows[i].code[len])
            return i;
    }
    return WORDS_FOREIGN;
}

enum words_code words_find(const char *code)
{
    return words_find_part(code, strlen(code));
}
