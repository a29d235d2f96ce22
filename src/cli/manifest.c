#include "manifest.h"

#include <stdlib.h>

/* ---- reading ---- */

#define MAX_FILE (16U << 20)

static int read_stream(FILE *in, struct buf *ret)
{
    char chunk[4096];
    size_t n;

    while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0) {
        if (ret->len + n > MAX_FILE)
            return -EFBIG;
        buf_add(ret, chunk, n);
    }
    return ferror(in) ? -EIO : ret->failed ? -ENOMEM : 0;
}

int cli_read_documents(struct cli *cli, const char *file, json_t **ret)
{
    struct buf text = {0}, why = {0};
    int r;

    if (!file)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_FILE));
    r = strcmp(file, "-") == 0 ? read_stream(stdin, &text) : file_read(file, MAX_FILE, &text);
    if (r < 0) {
        buf_done(&text);
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_FILE_UNREADABLE, file, strerror(-r)));
    }
    r = cli_parse_yaml(buf_text(&text), text.len, ret, &why);
    if (r < 0)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_FILE_BAD, file, words_written(buf_text(&why))));
    buf_wipe(&text);
    buf_done(&why);
    return r;
}

/* ---- items ---- */

/* What others refer to comes first. */
static int rank(const struct model_kind *kind)
{
    static const int ranks[MODEL_KINDS] = {
        [MODEL_REGION] = 0,         [MODEL_NODE] = 1,           [MODEL_VPC] = 2,
        [MODEL_ROUTE_TABLE] = 3,    [MODEL_SUBNET] = 4,         [MODEL_INSTANCE] = 5,
        [MODEL_BORDER_GATEWAY] = 6, [MODEL_VPC_ATTACHMENT] = 7, [MODEL_CUSTOMER_GATEWAY] = 8,
        [MODEL_VPN_CONNECTION] = 9, [MODEL_VPN_TUNNEL] = 10,    [MODEL_BORDER_GATEWAY_ROUTE] = 11,
        [MODEL_ALARM] = 12,
    };

    return ranks[kind->id];
}

/* What a document has to be, and what a list around it says about all that is in it. */
struct source {
    struct cli *cli;
    struct manifest *m;
    const char *kind; /* "" if the list does not say */
};

static const struct model_kind *kind_of(const char *text)
{
    const struct model_kind *kind = model_kind_by_name(text);

    return kind ? kind : model_kind_by_noun(text);
}

static const char *text_or(const json_t *doc, const char *member, const char *fallback)
{
    const char *text = model_str(doc, member);

    return *text ? text : fallback;
}

/* Where it lives and what it is called: as people write it, or as the API shows it. */
static int name_item(const struct source *s, size_t number, const json_t *doc, struct item *it)
{
    struct cli *cli = s->cli;
    bool is_region = it->kind->id == MODEL_REGION;

    it->id = is_region ? NULL : text_or(doc, "id", NULL);
    it->name = text_or(doc, is_region ? "id" : "name", it->id);
    if (!it->name)
        return cli_fail(
            cli, CLI_USAGE,
            SAY(COMMAND_ITEM_NO_NAME, number, cli_noun(cli, it->kind), is_region ? "id" : "name"));
    it->region =
        is_region ? it->name : text_or(doc, "region", text_or(doc, "regionId", cli->region));
    if (s->m->to_region && !is_region)
        it->region = s->m->to_region;
    if (!it->region)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_ITEM_NO_REGION, cli_noun(cli, it->kind), it->name));
    return CLI_OK;
}

static int make_item(const struct source *s, json_t *doc, struct item *ret)
{
    size_t number = s->m->count + 1;
    const char *kind = text_or(doc, "kind", s->kind);
    struct item it = {.doc = doc, .kind = kind_of(kind)};
    int r;

    if (!json_is_object(doc))
        return cli_fail(s->cli, CLI_USAGE, SAY(COMMAND_ITEM_NO_MAPPING, number));
    if (!it.kind)
        return cli_fail(s->cli, CLI_USAGE, SAY(COMMAND_ITEM_NO_KIND, number, kind));
    r = name_item(s, number, doc, &it);
    if (r)
        return r;
    it.fields = json_copy(doc);
    if (!it.fields)
        return cli_out_of_memory(s->cli);
    json_object_del(it.fields, "kind");
    if (it.kind->id != MODEL_REGION)
        json_object_del(it.fields, "region");
    json_incref(doc);
    *ret = it;
    return CLI_OK;
}

static int add_document(const struct source *s, json_t *doc, unsigned depth);

static int add_list(const struct source *s, const json_t *list, unsigned depth)
{
    json_t *item;
    size_t i;
    int r = CLI_OK;

    if (depth > 1)
        return cli_fail(s->cli, CLI_USAGE, SAY(COMMAND_LIST_IN_LIST));
    json_array_foreach (list, i, item) {
        r = add_document(s, item, depth + 1);
        if (r)
            break;
    }
    return r;
}

/* A document is a resource, a list of them, or a list as the API answers and `list` prints it,
 * which may name the kind of all. */
static int add_document(const struct source *s, json_t *doc, unsigned depth)
{
    struct source inner = *s;
    struct manifest *m = s->m;
    struct item *grown;
    int r;

    if (json_is_array(doc))
        return add_list(s, doc, depth);
    if (json_is_array(json_object_get(doc, "items"))) {
        inner.kind = text_or(doc, "kind", s->kind);
        m->listed = true;
        return add_list(&inner, model_list(doc, "items"), depth);
    }
    grown = cli_grow(m->items, m->count, &m->room, sizeof(*grown));
    if (!grown)
        return cli_out_of_memory(s->cli);
    m->items = grown;
    r = make_item(s, doc, &m->items[m->count]);
    if (r)
        return r;
    m->count++;
    return CLI_OK;
}

static int check_unique(struct cli *cli, const struct manifest *m)
{
    json_t *seen = json_object();
    int r = seen ? CLI_OK : cli_out_of_memory(cli);

    for (size_t i = 0; i < m->count && !r; i++) {
        const struct item *it = &m->items[i];
        struct buf key = {0};

        buf_printf(&key, "%s\n%s\n%s\n%s%s", it->kind->name, it->region, it->id ? "" : item_vpc(it),
                   it->id ? "\n" : "", it->id ? it->id : it->name);
        if (json_object_get(seen, buf_text(&key)))
            r = cli_fail(cli, CLI_USAGE,
                         SAY(COMMAND_ITEM_TWICE, cli_noun(cli, it->kind), it->name, it->region));
        else if (json_object_set_new(seen, buf_text(&key), json_true()))
            r = cli_out_of_memory(cli);
        buf_done(&key);
    }
    json_decref(seen);
    return r;
}

/* Keeps the file's order among equals. */
static int sort(struct cli *cli, struct manifest *m)
{
    struct item *sorted = calloc(m->count + 1, sizeof(*sorted));
    size_t at = 0;

    if (!sorted)
        return cli_out_of_memory(cli);
    for (int next = 0; at < m->count; next++) {
        for (size_t i = 0; i < m->count; i++) {
            if (rank(m->items[i].kind) == next)
                sorted[at++] = m->items[i];
        }
    }
    free(m->items);
    m->items = sorted;
    m->room = m->count + 1;
    return CLI_OK;
}

int manifest_load(struct cli *cli, const struct cli_args *args, struct manifest *ret)
{
    struct manifest m = {
        .deleting = ret->deleting, .to_region = args->to_region, .outside = json_object()};
    json_t *documents = NULL;
    int r = cli_read_documents(cli, args->file, &documents);

    if (!r)
        r = add_document(&(struct source){cli, &m, ""}, documents, 0);
    if (!r && !m.count && !m.listed)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_FILE_EMPTY, args->file));
    if (!r)
        r = check_unique(cli, &m);
    if (!r)
        r = sort(cli, &m);
    if (!r)
        r = manifest_index(cli, &m);
    json_decref(documents);
    if (r)
        manifest_done(&m);
    else
        *ret = m;
    return r;
}

int manifest_add(struct cli *cli, struct manifest *m, const struct model_kind *kind,
                 json_t *resource)
{
    int r = add_document(&(struct source){cli, m, kind->name}, resource, 0);

    if (!r)
        m->items[m->count - 1].current = json_incref(resource);
    return r;
}

int manifest_ready(struct cli *cli, struct manifest *m)
{
    int r = sort(cli, m);

    if (!r)
        r = manifest_index(cli, m);
    return r ? r : manifest_index_stored(cli, m);
}

void manifest_done(struct manifest *m)
{
    for (size_t i = 0; i < m->count; i++) {
        json_decref(m->items[i].doc);
        json_decref(m->items[i].fields);
        json_decref(m->items[i].current);
        json_decref(m->items[i].changes);
    }
    json_decref(m->by_name);
    json_decref(m->by_stored_id);
    json_decref(m->outside);
    free(m->items);
    *m = (struct manifest){0};
}
