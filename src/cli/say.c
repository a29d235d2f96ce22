#include "cli_internal.h"

#include <stdlib.h>

/* What all of the command needs: words for people, and arrays that grow. */

void cli_put_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        bool c1 = (uint8_t)text[0] == 0xc2 && (uint8_t)text[1] >= 0x80 && (uint8_t)text[1] < 0xa0;

        fputc(c1 || (uint8_t)*text < 0x20 || *text == 0x7f ? ' ' : *text, out);
        text += c1;
    }
}

int cli_fail(struct cli *cli, int code, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        text = NULL;
    va_end(args);
    cli_say(cli, "ropeway", text ? text : "out of memory");
    free(text);
    return code;
}

int cli_out_of_memory(struct cli *cli)
{
    return cli_fail(cli, CLI_REFUSED, "out of memory");
}

void cli_say(struct cli *cli, const char *who, const char *text)
{
    fprintf(cli->err, "%s: ", who);
    cli_put_text(cli->err, text);
    fputc('\n', cli->err);
}

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
