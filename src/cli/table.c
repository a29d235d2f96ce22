#include "cli_internal.h"

#include <stdlib.h>

/* Aligned columns. */

/* Ranges of characters that take two columns (Unicode's East Asian Width W and F, the usual ones).
 */
static bool is_wide(uint32_t c)
{
    static const uint32_t wide[][2] = {
        {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff}, {0x3400, 0x4dbf},
        {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xac00, 0xd7a3}, {0xf900, 0xfaff},
        {0xfe30, 0xfe4f},   {0xff00, 0xff60},   {0xffe0, 0xffe6}, {0x1f300, 0x1faff},
        {0x20000, 0x2fffd}, {0x30000, 0x3fffd},
    };

    for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
        if (c >= wide[i][0] && c <= wide[i][1])
            return true;
    }
    return false;
}

static bool is_combining(uint32_t c)
{
    return (c >= 0x300 && c <= 0x36f) || c == 0x200b || c == 0x200d || (c >= 0xfe00 && c <= 0xfe0f);
}

size_t cli_width(const char *text)
{
    size_t width = 0;

    while (*text) {
        unsigned char first = (unsigned char)*text++;
        int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
        uint32_t c = more ? first & (0x3fU >> more) : first;

        for (; more > 0 && (*text & 0xc0) == 0x80; more--)
            c = c << 6 | ((unsigned char)*text++ & 0x3f);
        width += is_combining(c) ? 0 : is_wide(c) ? 2 : 1;
    }
    return width;
}

void cli_table_done(struct cli_table *t)
{
    for (size_t i = 0; i < t->count; i++)
        buf_done(&t->cells[i]);
    free(t->cells);
    t->cells = NULL;
    t->count = t->room = 0;
}

struct buf *cli_table_cell(struct cli_table *t)
{
    struct buf *grown;

    if (t->failed)
        return NULL;
    grown = cli_grow(t->cells, t->count, &t->room, sizeof(*grown));
    if (!grown) {
        t->failed = true;
        return NULL;
    }
    t->cells = grown;
    t->cells[t->count] = (struct buf){0};
    return &t->cells[t->count++];
}

void cli_table_print_from(const struct cli_table *t, size_t row, size_t *widths, FILE *out)
{
    for (size_t i = 0; i < t->count; i++)
        widths[i % t->columns] = MAX(widths[i % t->columns], cli_width(buf_text(&t->cells[i])));
    for (size_t i = row * t->columns; i < t->count; i++) {
        size_t column = i % t->columns, last = t->columns - 1;
        size_t pad = column == last ? 0 : widths[column] - cli_width(buf_text(&t->cells[i])) + 2;

        cli_put_text(out, buf_text(&t->cells[i]));
        fprintf(out, "%*s", (int)pad, "");
        if (column == last)
            fputc('\n', out);
    }
}

void cli_table_print(const struct cli_table *t, FILE *out)
{
    size_t *widths = calloc(t->columns, sizeof(*widths));

    if (widths)
        cli_table_print_from(t, 0, widths, out);
    free(widths);
}
