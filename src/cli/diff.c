#include "plan.h"

#include <stdlib.h>

/* What a dry run has found out, for people. */

static void show_value(const struct cli *cli, const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

    cli_put_text(cli->out, text ? text : cli_word(cli, WORDS_COMMAND_NO_VALUE));
    free(text);
}

/* Field by field. */
static void show_changes(const struct cli *cli, const struct item *it)
{
    const json_t *change;
    size_t i;

    json_array_foreach (it->changes, i, change) {
        const json_t *old = json_object_get(change, "old"), *new = json_object_get(change, "new");

        fputs("    ", cli->out);
        cli_put_text(cli->out, model_str(change, "field"));
        fputs(": ", cli->out);
        if (!old && !new) {
            fputs(cli_word(cli, WORDS_COMMAND_NOT_SHOWN), cli->out);
        } else {
            show_value(cli, old);
            fputs(" -> ", cli->out);
            show_value(cli, new);
        }
        fputc('\n', cli->out);
    }
}

size_t foretell_show(struct cli *cli, struct manifest *m, bool diff)
{
    size_t different = 0;

    for (size_t i = 0; i < m->count; i++) {
        struct item *it = &m->items[i];
        bool same = strcmp(it->outcome ? it->outcome : "unchanged", "unchanged") == 0;

        different += !same;
        if (same && diff)
            continue;
        item_settle(cli, it, it->outcome ? it->outcome : "unchanged");
        if (diff && cli->output == CLI_TABLE)
            show_changes(cli, it);
    }
    return different;
}
