#include "cli_internal.h"

#include <stdlib.h>

/* What all of the command needs: words for people, and arrays that grow. */

#define SENTENCE_MAX 8192

void cli_put_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        bool c1 = (uint8_t)text[0] == 0xc2 && (uint8_t)text[1] >= 0x80 && (uint8_t)text[1] < 0xa0;

        fputc(c1 || (uint8_t)*text < 0x20 || *text == 0x7f ? ' ' : *text, out);
        text += c1;
    }
}

/* ---- languages ---- */

enum words_lang cli_lang(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *locale = getenv(names[i]);

        if (locale && *locale)
            return words_of_locale(locale);
    }
    return WORDS_EN;
}

const char *cli_word(const struct cli *cli, enum words_code code)
{
    return words_template(code, cli->lang);
}

const char *cli_noun(const struct cli *cli, const struct model_kind *kind)
{
    return cli->lang == WORDS_ZH ? kind->label[WORDS_ZH] : kind->noun;
}

/* ---- sentences ---- */

static void put_line(FILE *out, const char *before, const char *text)
{
    fputs(before, out);
    cli_put_text(out, text);
    fputc('\n', out);
}

void cli_line(const struct cli *cli, FILE *out, const char *before, const struct words *m)
{
    char text[SENTENCE_MAX];

    put_line(out, before, words_say(m, cli->lang, text, sizeof(text)));
}

void cli_print(const struct cli *cli, FILE *out, const struct words *m)
{
    char text[SENTENCE_MAX];

    fputs(words_say(m, cli->lang, text, sizeof(text)), out);
}

void cli_add(const struct cli *cli, struct buf *b, const struct words *m)
{
    char text[SENTENCE_MAX];

    buf_puts(b, words_say(m, cli->lang, text, sizeof(text)));
}

int cli_fail(struct cli *cli, int code, const struct words *m)
{
    cli_line(cli, cli->err, "ropeway: ", m);
    return code;
}

int cli_fail_text(struct cli *cli, int code, const char *text)
{
    put_line(cli->err, "ropeway: ", text);
    return code;
}

int cli_out_of_memory(struct cli *cli)
{
    return cli_fail(cli, CLI_REFUSED, SAY(COMMAND_OUT_OF_MEMORY));
}

/* ---- arrays ---- */

void *cli_grow(void *items, size_t count, size_t *room, size_t size)
{
    size_t more = MAX(2 * *room, 16);
    void *grown;

    if (count < *room)
        return items;
    grown = reallocarray(items, more, size);
    if (grown)
        *room = more;
    return grown;
}
