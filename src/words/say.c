#include "words_internal.h"

/* Messages as sentences. */

static void say(struct words_out *out, const struct words *m, enum words_lang lang, int depth);

static void say_escaped(struct words_out *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\' && i + 1 < len)
            i++;
        words_put(out, &text[i], 1);
    }
}

/* Of what is no message. */
static void say_text(struct words_out *out, const struct words_arg *arg)
{
    char scalar[WORDS_SCALAR_MAX];
    const char *text = words_scalar(arg, scalar);

    if (text)
        words_puts(out, text);
    else if (arg->type == WORDS_PART)
        say_escaped(out, arg->text, arg->len);
    else
        words_puts(out, arg->text ? arg->text : "");
}

static void say_arg(struct words_out *out, const struct words_arg *arg, enum words_lang lang,
                    int depth)
{
    struct words_read inner;
    const struct words *m = words_inner(arg, &inner);

    if (!m)
        say_text(out, arg);
    else if (depth < WORDS_DEPTH)
        say(out, m, lang, depth + 1);
}

/* What no row describes is said as it is. */
static void say_foreign(struct words_out *out, const struct words *m, enum words_lang lang,
                        int depth)
{
    words_put(out, m->foreign, m->foreign_len);
    for (unsigned i = 0; i < m->count; i++) {
        words_puts(out, i ? ", " : ": ");
        say_arg(out, &m->args[i], lang, depth);
    }
}

static void say_named(struct words_out *out, const struct words *m, const char *name, size_t len,
                      enum words_lang lang, int depth)
{
    const char *const *names = words_code_args(m->code);

    for (unsigned i = 0; names[i] && i < m->count; i++) {
        if (strncmp(names[i], name, len) == 0 && !names[i][len]) {
            say_arg(out, &m->args[i], lang, depth);
            return;
        }
    }
}

static void say(struct words_out *out, const struct words *m, enum words_lang lang, int depth)
{
    const char *pos, *open, *close;

    if (m->code == WORDS_FOREIGN) {
        say_foreign(out, m, lang, depth);
        return;
    }
    for (pos = words_template(m->code, lang); (open = strchr(pos, '{')); pos = close + 1) {
        close = strchr(open, '}');
        if (!close)
            break;
        words_put(out, pos, (size_t)(open - pos));
        say_named(out, m, open + 1, (size_t)(close - open - 1), lang, depth);
    }
    words_puts(out, pos);
}

const char *words_say(const struct words *m, enum words_lang lang, char *buf, size_t size)
{
    struct words_out out = {.buf = buf, .size = size};

    say(&out, m, lang, 0);
    words_finish(&out);
    return buf;
}

const char *words_say_written(const char *text, enum words_lang lang, char *buf, size_t size)
{
    struct words_read r;

    return words_say(words_read(text, &r), lang, buf, size);
}

const char *words_arg_text(const struct words_arg *arg, char *buf, size_t size)
{
    struct words_out out = {.buf = buf, .size = size};
    struct words_read inner;
    const struct words *m = words_inner(arg, &inner);
    char code[WORDS_CODE_MAX];

    if (m)
        words_puts(&out, words_code(m, code));
    else
        say_text(&out, arg);
    words_finish(&out);
    return buf;
}
