#include "manifest.h"

/* Which item of a file a name or an id means: JSON objects from keys to places in the file. */

/* The length keeps apart what a file may put into the texts. */
static void add_key(struct buf *b, const struct model_kind *kind, const char *region,
                    const char *text)
{
    buf_printf(b, "%s %zu %s %s", kind->name, strlen(region), region, text);
}

static struct item *look_up(const struct manifest *m, const json_t *index,
                            const struct model_kind *kind, const char *region, const char *text)
{
    struct buf key = {0};
    const json_t *place;

    add_key(&key, kind, region, text);
    place = json_object_get(index, buf_text(&key));
    buf_done(&key);
    return place ? &m->items[json_integer_value(place)] : NULL;
}

/* The first one keeps its key. */
static int note(struct cli *cli, const struct manifest *m, json_t *index, const struct item *it,
                const char *text)
{
    struct buf key = {0};
    int r = CLI_OK;

    add_key(&key, it->kind, it->region, text);
    if (!json_object_get(index, buf_text(&key)) &&
        json_object_set_new(index, buf_text(&key), json_integer(it - m->items)))
        r = cli_out_of_memory(cli);
    buf_done(&key);
    return r;
}

int manifest_index(struct cli *cli, struct manifest *m)
{
    int r;

    m->by_name = json_object();
    r = m->by_name ? CLI_OK : cli_out_of_memory(cli);
    for (size_t i = 0; i < m->count && !r; i++) {
        const struct item *it = &m->items[i];

        r = note(cli, m, m->by_name, it, it->name);
        if (!r && it->id)
            r = note(cli, m, m->by_name, it, it->id);
    }
    return r;
}

struct item *manifest_find(const struct manifest *m, unsigned kinds, const char *region,
                           const char *name)
{
    struct item *first = NULL;

    for (int i = 0; i < MODEL_KINDS; i++) {
        struct item *it = kinds & 1U << i ? look_up(m, m->by_name,
                                                    model_kind((enum model_kind_id)i), region, name)
                                          : NULL;

        if (it && (!first || it < first))
            first = it;
    }
    return first;
}

int manifest_index_stored(struct cli *cli, struct manifest *m)
{
    int r;

    m->by_stored_id = json_object();
    r = m->by_stored_id ? CLI_OK : cli_out_of_memory(cli);
    for (size_t i = 0; i < m->count && !r; i++) {
        const struct item *it = &m->items[i];

        if (it->current && manifest_stored(m, it->kind, it->region, item_id(it)))
            r = cli_fail(cli, CLI_USAGE,
                         SAY(COMMAND_ITEM_TWICE_AS, cli_noun(cli, it->kind), it->name, it->region,
                             item_id(it)));
        else if (it->current)
            r = note(cli, m, m->by_stored_id, it, item_id(it));
    }
    return r;
}

struct item *manifest_stored(const struct manifest *m, const struct model_kind *kind,
                             const char *region, const char *id)
{
    return look_up(m, m->by_stored_id, kind, region, id);
}
