/* words.h - what people read, in their language. A message is a stable code with arguments; its
 * sentence comes from the catalogue (rows_*.h), which has every one in English and in Chinese.
 *
 * Whoever has something to say makes a message with SAY() and hands it down as a pointer; where it
 * outlives the block it is written into a text (words_write), which may cross processes and be
 * stored. Only the edges (an answer, a terminal, a log) turn it into a sentence. */
#ifndef ROPEWAY_WORDS_H
#define ROPEWAY_WORDS_H

#include "base.h"

enum words_lang { WORDS_EN, WORDS_ZH, WORDS_LANGS };

#define WORDS_ARGS_MAX 8
#define WORDS_DEPTH    6    /* of messages in arguments of messages */
#define WORDS_TEXT_MAX 1024 /* room for any written message, and for its sentence */

/* WORDS_ROUTE_LOSES_HOP, ... (rows_*.h: id, code, English, Chinese, names of arguments). */
enum words_code {
    WORDS_FOREIGN, /* not of this catalogue: of a newer program, or a plain text */
#define WORDS_ROW(id, ...) WORDS_##id,
#include "rows.h"
#undef WORDS_ROW
    WORDS_CODES
};

/* How many arguments each takes. */
enum {
#define WORDS_ROW(id, code, en, zh, ...)                                                           \
    WORDS_##id##_ARGS = sizeof((const char *[]){NULL, ##__VA_ARGS__}) / sizeof(const char *) - 1,
#include "rows.h"
#undef WORDS_ROW
};

struct words;

/* One argument. Borrows what it points to. */
struct words_arg {
    enum {
        WORDS_TEXT,
        WORDS_SIGNED,
        WORDS_UNSIGNED,
        WORDS_ADDR,
        WORDS_PREFIX,
        WORDS_MESSAGE,
        WORDS_CODED,   /* a message without arguments */
        WORDS_WRITTEN, /* what words_read() takes */
        WORDS_PART,    /* a part of that, of len bytes */
    } type;
    uint32_t len;
    union {
        const char *text; /* NULL: empty */
        int64_t integer;
        uint64_t natural;
        const struct addr *addr;
        const struct prefix *prefix;
        const struct words *message;
        enum words_code code;
    };
};

struct words {
    enum words_code code;
    unsigned count;
    const struct words_arg *args;
    const char *foreign; /* of WORDS_FOREIGN: its code or, without args, the plain text */
    uint32_t foreign_len;
};

/* A message whose arguments are texts, numbers, addresses, prefixes and messages. How many there
 * must be is checked by the compiler. Lives as long as the block it stands in:
 *     return refuse(c, SAY(VALUE_TOO_LONG, c->path, max)); */
#define SAY(id, ...)                                                                               \
    (&(const struct words){.code = WORDS_##id,                                                     \
                           .count = WORDS_COUNT_IS(WORDS_##id##_ARGS, WORDS_N(__VA_ARGS__)),       \
                           .args = (const struct words_arg[]){{0} WORDS_EACH(__VA_ARGS__)} + 1})

/* The same of a code that is only known at run time, without arguments. */
#define SAY_CODE(which) (&(const struct words){.code = (which)})

/* Whether it is a plain text: no code, no arguments. */
static inline bool words_is_plain(const struct words *m)
{
    return m->code == WORDS_FOREIGN && !m->args;
}

/* ---- written ---- */

/* Writes m so that words_read() understands it. What does not fit is cut in the arguments, longest
 * first by halves, with dots; the code always fits into 64 bytes. Returns buf. */
const char *words_write(const struct words *m, char *buf, size_t size);

struct words_read {
    struct words words;
    struct words_arg args[WORDS_ARGS_MAX];
};

/* Reads what was written, or takes text as a plain one (WORDS_FOREIGN without arguments) if it is
 * no message. Borrows the text. Returns &ret->words. */
const struct words *words_read(const char *text, struct words_read *ret);
/* The same of an argument that is a message itself; NULL if it is none. */
const struct words *words_inner(const struct words_arg *arg, struct words_read *ret);

/* An argument that was written before. */
static inline struct words_arg words_written(const char *text)
{
    return (struct words_arg){.type = WORDS_WRITTEN, .text = text};
}

/* An argument that is a message without arguments, chosen at run time. */
static inline struct words_arg words_coded(enum words_code code)
{
    return (struct words_arg){.type = WORDS_CODED, .code = code};
}

/* ---- said ---- */

/* The sentence; cut with dots where size ends. Returns buf. */
const char *words_say(const struct words *m, enum words_lang lang, char *buf, size_t size);
/* The same of a written one. */
const char *words_say_written(const char *text, enum words_lang lang, char *buf, size_t size);
/* An argument as text, without the language: of a message its code. Returns buf. */
const char *words_arg_text(const struct words_arg *arg, char *buf, size_t size);

/* The code, "route.loses-hop"; of a foreign message its own (in buf), "" of a plain text. */
#define WORDS_CODE_MAX 48
const char *words_code(const struct words *m, char buf[WORDS_CODE_MAX]);
/* The name of an argument; NULL if the catalogue has none. */
const char *words_arg_name(const struct words *m, unsigned i);

/* WORDS_FOREIGN if the catalogue has no such code. */
enum words_code words_find(const char *code);

/* A row of the catalogue, WORDS_FOREIGN < code < WORDS_CODES. */
const char *words_code_name(enum words_code code);
const char *words_template(enum words_code code, enum words_lang lang); /* "{path} must be …" */
const char *const *words_code_args(enum words_code code);               /* NULL ends it */

/* ---- languages ---- */

const char *words_lang_tag(enum words_lang lang); /* "en", "zh" */
/* RFC 9110, 12.5.4: the language that a reader prefers; English if none is known or NULL. */
enum words_lang words_accepted(const char *accept_language);
/* Of a POSIX locale, "zh_CN.UTF-8". NULL is fine. */
enum words_lang words_of_locale(const char *locale);

/* ---- what SAY() is made of ---- */

static inline struct words_arg words_from_text(const char *text)
{
    return (struct words_arg){.type = WORDS_TEXT, .text = text};
}
static inline struct words_arg words_from_signed(int64_t n)
{
    return (struct words_arg){.type = WORDS_SIGNED, .integer = n};
}
static inline struct words_arg words_from_unsigned(uint64_t n)
{
    return (struct words_arg){.type = WORDS_UNSIGNED, .natural = n};
}
static inline struct words_arg words_from_addr(const struct addr *addr)
{
    return (struct words_arg){.type = WORDS_ADDR, .addr = addr};
}
static inline struct words_arg words_from_prefix(const struct prefix *prefix)
{
    return (struct words_arg){.type = WORDS_PREFIX, .prefix = prefix};
}
static inline struct words_arg words_from_message(const struct words *m)
{
    return (struct words_arg){.type = WORDS_MESSAGE, .message = m};
}
static inline struct words_arg words_from_arg(struct words_arg arg)
{
    return arg;
}

#define WORDS_ARG(x)                                                                               \
    _Generic((x), char * : words_from_text, const char * : words_from_text,                        \
             signed char : words_from_signed, short : words_from_signed,                           \
             int : words_from_signed, long : words_from_signed, long long : words_from_signed,     \
             unsigned char : words_from_unsigned, unsigned short : words_from_unsigned,            \
             unsigned : words_from_unsigned, unsigned long : words_from_unsigned,                  \
             unsigned long long : words_from_unsigned, struct addr * : words_from_addr,            \
             const struct addr * : words_from_addr, struct prefix * : words_from_prefix,           \
             const struct prefix * : words_from_prefix, struct words * : words_from_message,       \
             const struct words * : words_from_message, struct words_arg : words_from_arg)(x)

#define WORDS_COUNT_IS(wanted, given)                                                              \
    ((unsigned)(given) + 0 * sizeof(struct {                                                       \
                             _Static_assert((given) == (wanted),                                   \
                                            "the message takes another number of arguments");      \
                             char c;                                                               \
                         }))
#define WORDS_N(...)                                   WORDS_N_(, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define WORDS_N_(none, a, b, c, d, e, f, g, h, n, ...) n

#define WORDS_EACH(...)   WORDS_GLUE(WORDS_EACH_, WORDS_N(__VA_ARGS__))(__VA_ARGS__)
#define WORDS_GLUE(a, b)  WORDS_GLUE_(a, b)
#define WORDS_GLUE_(a, b) a##b
#define WORDS_EACH_0()
#define WORDS_EACH_1(x)      , WORDS_ARG(x)
#define WORDS_EACH_2(x, ...) , WORDS_ARG(x) WORDS_EACH_1(__VA_ARGS__)
#define WORDS_EACH_3(x, ...) , WORDS_ARG(x) WORDS_EACH_2(__VA_ARGS__)
#define WORDS_EACH_4(x, ...) , WORDS_ARG(x) WORDS_EACH_3(__VA_ARGS__)
#define WORDS_EACH_5(x, ...) , WORDS_ARG(x) WORDS_EACH_4(__VA_ARGS__)
#define WORDS_EACH_6(x, ...) , WORDS_ARG(x) WORDS_EACH_5(__VA_ARGS__)
#define WORDS_EACH_7(x, ...) , WORDS_ARG(x) WORDS_EACH_6(__VA_ARGS__)
#define WORDS_EACH_8(x, ...) , WORDS_ARG(x) WORDS_EACH_7(__VA_ARGS__)

#endif
