#include "cli_internal.h"

/* What somebody may have meant who mistyped. */

#define WORD_MAX 48

/* How many letters were left out, put in, mistaken, or swapped with their neighbour. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1], len = strlen(b);
    size_t *before = rows[0], *last = rows[1], *now = rows[2];

    if (strlen(a) > WORD_MAX || len > WORD_MAX)
        return SIZE_MAX;
    for (size_t k = 0; k <= len; k++)
        last[k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t *oldest = before;

        now[0] = i;
        for (size_t k = 1; k <= len; k++) {
            now[k] = MIN(MIN(last[k], now[k - 1]) + 1, last[k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                now[k] = MIN(now[k], before[k - 2] + 1);
        }
        before = last;
        last = now;
        now = oldest;
    }
    return last[len];
}

void cli_nearest_offer(struct cli_nearest *n, const char *word)
{
    size_t d = distance(n->wanted, word), most = strlen(n->wanted) > 3 ? 2 : 1;

    if (d <= most && (!*n->best || d < n->distance) &&
        text_copy(n->best, sizeof(n->best), word) == 0)
        n->distance = d;
}

static int offer_field(void *arg, const char *path, const struct model_field *field)
{
    char name[MODEL_FLAG_MAX];

    if (model_flag_name(path, field, name) == 0)
        cli_nearest_offer(arg, name);
    return 0;
}

void cli_nearest_fields(struct cli_nearest *n, const struct model_kind *kind)
{
    (void)model_each_field(kind, offer_field, n);
}

const char *cli_nearest_hint(const struct cli *cli, struct cli_nearest *n)
{
    if (!*n->best)
        return "";
    return words_say(SAY(COMMAND_DID_YOU_MEAN, n->best), cli->lang, n->hint, sizeof(n->hint));
}
