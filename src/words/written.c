#include "words_internal.h"

/* The portable form: {code|argument|...}, where an argument is a text, with a backslash before each
 * of {|}\, or a message. */

/* ---- writing ---- */

static void write_text(struct words_out *out, const char *text, size_t max)
{
    size_t all = strlen(text), len = words_cut(text, all, max);

    for (size_t i = 0; i < len; i++) {
        if (strchr("{|}\\", text[i]))
            words_put(out, "\\", 1);
        words_put(out, &text[i], 1);
    }
    if (len < all)
        words_puts(out, "...");
}

/* What is escaped already: cut behind an escaped character. */
static void write_part(struct words_out *out, const char *text, size_t all, size_t max)
{
    size_t len = 0;

    while (len < all && len < max)
        len += text[len] == '\\' ? 2 : 1;
    len = words_cut(text, all, MIN(len, all));
    words_put(out, text, len);
    if (len < all)
        words_puts(out, "...");
}

static void write_message(struct words_out *out, const struct words *m, size_t max, int depth);

static void write_arg(struct words_out *out, const struct words_arg *arg, size_t max, int depth)
{
    char scalar[WORDS_SCALAR_MAX];
    const char *text = words_scalar(arg, scalar);
    struct words_read inner;

    if (text)
        write_text(out, text, sizeof(scalar));
    else if (arg->type == WORDS_TEXT)
        write_text(out, arg->text ? arg->text : "", max);
    else if (arg->type == WORDS_MESSAGE)
        write_message(out, arg->message, max, depth + 1);
    else if (arg->type == WORDS_WRITTEN)
        write_message(out, words_read(arg->text, &inner), max, depth + 1);
    else if (words_inner(arg, &inner))
        write_message(out, &inner.words, max, depth + 1);
    else
        write_part(out, arg->text, arg->len, max);
}

/* A message stands in braces; of a plain text the text, of one that is too deep the code. */
static void write_message(struct words_out *out, const struct words *m, size_t max, int depth)
{
    char code[WORDS_CODE_MAX];

    if (words_is_plain(m)) {
        write_text(out, m->foreign, max);
        return;
    }
    if (depth >= WORDS_DEPTH) {
        words_puts(out, words_code(m, code));
        return;
    }
    words_put(out, "{", 1);
    words_puts(out, words_code(m, code));
    for (unsigned i = 0; i < m->count; i++) {
        words_put(out, "|", 1);
        write_arg(out, &m->args[i], max, depth);
    }
    words_put(out, "}", 1);
}

const char *words_write(const struct words *m, char *buf, size_t size)
{
    struct words_out out;
    size_t max = size;

    if (words_is_plain(m)) {
        out = (struct words_out){.buf = buf, .size = size};
        words_puts(&out, m->foreign);
        words_finish(&out);
        return buf;
    }
    do {
        out = (struct words_out){.buf = buf, .size = size};
        write_message(&out, m, max, 0);
        max /= 2;
    } while (out.full && max > 0);
    if (out.full) { /* even without its texts: then the code alone */
        out = (struct words_out){.buf = buf, .size = size};
        write_message(&out,
                      &(const struct words){.code = m->code,
                                            .foreign = m->foreign,
                                            .foreign_len = m->foreign_len,
                                            .args = m->args},
                      0, 0);
    }
    words_finish(&out);
    return buf;
}

/* ---- reading ---- */

static bool is_code_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-';
}

/* Where the argument at pos ends, at '|' or '}' of its own level; NULL if it does not. */
static const char *arg_end(const char *pos, const char *end)
{
    for (int open = 0; pos < end; pos++) {
        if (*pos == '\\')
            pos++;
        else if (*pos == '{' && ++open >= WORDS_DEPTH)
            return NULL;
        else if (open == 0 && (*pos == '|' || *pos == '}'))
            return pos;
        else if (*pos == '}')
            open--;
    }
    return NULL;
}

int words_parse(const char *text, size_t len, struct words_read *ret)
{
    const char *end = text + len, *pos = text + 1, *begin = pos;
    struct words_read r = {0};

    if (len < 3 || *text != '{')
        return -EBADMSG;
    while (pos < end && is_code_character(*pos))
        pos++;
    if (pos == begin || pos == end || pos - begin >= WORDS_CODE_MAX)
        return -EBADMSG;
    r.words.foreign = begin;
    r.words.foreign_len = (uint32_t)(pos - begin);
    r.words.code = words_find_part(begin, r.words.foreign_len);
    while (*pos == '|') {
        const char *stop = arg_end(pos + 1, end);

        if (!stop || r.words.count == WORDS_ARGS_MAX)
            return -EBADMSG;
        r.args[r.words.count++] = (struct words_arg){
            .type = WORDS_PART, .text = pos + 1, .len = (uint32_t)(stop - pos - 1)};
        pos = stop;
    }
    if (*pos != '}' || pos + 1 != end)
        return -EBADMSG;
    *ret = r;
    ret->words.args = ret->args;
    return 0;
}

const struct words *words_read(const char *text, struct words_read *ret)
{
    if (words_parse(text, strlen(text), ret) < 0)
        *ret =
            (struct words_read){.words = {.foreign = text, .foreign_len = (uint32_t)strlen(text)}};
    return &ret->words;
}

const struct words *words_inner(const struct words_arg *arg, struct words_read *ret)
{
    if (arg->type == WORDS_MESSAGE)
        return arg->message;
    if (arg->type == WORDS_CODED) {
        *ret = (struct words_read){.words = {.code = arg->code, .args = ret->args}};
        return &ret->words;
    }
    if (arg->type == WORDS_WRITTEN && words_parse(arg->text, strlen(arg->text), ret) == 0)
        return &ret->words;
    if (arg->type == WORDS_PART && words_parse(arg->text, arg->len, ret) == 0)
        return &ret->words;
    return NULL;
}
