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

static int read_documents(struct cli *cli, const char *file, json_t **ret)
{
    struct buf text = {0}, why = {0};
    int r;

    if (!file)
        return cli_fail(cli, CLI_USAGE, "which file? Give it with -f FILE (- is standard input)");
    r = strcmp(file, "-") == 0 ? read_stream(stdin, &text) : file_read(file, MAX_FILE, &text);
    if (r < 0) {
        buf_done(&text);
        return cli_fail(cli, CLI_USAGE, "cannot read %s: %s", file, strerror(-r));
    }
    r = cli_parse_yaml(buf_text(&text), text.len, ret, &why);
    if (r < 0)
        r = cli_fail(cli, CLI_USAGE, "%s: %s", file, buf_text(&why));
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
    };

    return ranks[kind->id];
}

static const struct model_kind *kind_of(const json_t *doc)
{
    const char *text = model_str(doc, "kind");
    const struct model_kind *kind = model_kind_by_name(text);

    return kind ? kind : model_kind_by_noun(text);
}

static int make_item(struct cli *cli, size_t number, json_t *doc, struct item *ret)
{
    struct item it = {.doc = doc, .kind = kind_of(doc)};
    bool is_region;

    if (!json_is_object(doc))
        return cli_fail(cli, CLI_USAGE, "resource %zu is no mapping", number);
    if (!it.kind)
        return cli_fail(cli, CLI_USAGE, "resource %zu: there is no kind \"%s\"", number,
                        model_str(doc, "kind"));
    is_region = it.kind->id == MODEL_REGION;
    it.name = model_str(doc, is_region ? "id" : "name");
    it.region = model_str(doc, is_region ? "id" : "region");
    if (!*it.name)
        return cli_fail(cli, CLI_USAGE, "resource %zu, a %s, needs a text as %s", number,
                        it.kind->noun, is_region ? "id" : "name");
    if (!*it.region)
        it.region = cli->region;
    if (!it.region)
        return cli_fail(cli, CLI_USAGE, "%s %s needs a region (or give --region)", it.kind->noun,
                        it.name);
    it.fields = json_copy(doc);
    if (!it.fields)
        return cli_fail(cli, CLI_REFUSED, "out of memory");
    json_object_del(it.fields, "kind");
    if (!is_region)
        json_object_del(it.fields, "region");
    json_incref(doc);
    *ret = it;
    return CLI_OK;
}

/* A document is a resource, a list of them, or a list answer of the API. */
static int add_document(struct cli *cli, struct manifest *m, json_t *doc, unsigned depth)
{
    const json_t *inner = json_is_array(doc)              ? doc
                          : json_object_get(doc, "kind")  ? NULL
                          : json_object_get(doc, "items") ? model_list(doc, "items")
                                                          : NULL;
    struct item *grown;
    json_t *item;
    size_t i;
    int r = CLI_OK;

    if (inner && depth > 1)
        return cli_fail(cli, CLI_USAGE, "a list within a list");
    if (inner) {
        json_array_foreach (inner, i, item) {
            r = add_document(cli, m, item, depth + 1);
            if (r)
                return r;
        }
        return CLI_OK;
    }
    grown = reallocarray(m->items, m->count + 1, sizeof(*grown));
    if (!grown)
        return cli_fail(cli, CLI_REFUSED, "out of memory");
    m->items = grown;
    r = make_item(cli, m->count + 1, doc, &m->items[m->count]);
    if (r)
        return r;
    m->count++;
    return CLI_OK;
}

struct item *manifest_find(const struct manifest *m, unsigned kinds, const char *region,
                           const char *name)
{
    for (size_t i = 0; i < m->count; i++) {
        struct item *it = &m->items[i];

        if ((kinds & 1U << it->kind->id) && strcmp(it->name, name) == 0 &&
            strcmp(it->region, region) == 0)
            return it;
    }
    return NULL;
}

/* Every VPC comes with a route table named default: such a name says something only together with
 * the VPC. */
static const char *vpc_of(const struct item *it)
{
    return it->kind->id == MODEL_ROUTE_TABLE ? model_str(it->doc, "vpcId") : "";
}

static bool is_same(const struct item *a, const struct item *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
           strcmp(a->region, b->region) == 0 && strcmp(vpc_of(a), vpc_of(b)) == 0;
}

static int check_unique(struct cli *cli, const struct manifest *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct item *it = &m->items[i];

        for (size_t j = 0; j < i; j++) {
            if (is_same(it, &m->items[j]))
                return cli_fail(cli, CLI_USAGE, "%s %s of region %s is described twice",
                                it->kind->noun, it->name, it->region);
        }
    }
    return CLI_OK;
}

/* Insertion keeps the file's order among equals. */
static void sort(struct manifest *m)
{
    for (size_t i = 1; i < m->count; i++) {
        struct item it = m->items[i];
        size_t at = i;

        for (; at > 0 && rank(m->items[at - 1].kind) > rank(it.kind); at--)
            m->items[at] = m->items[at - 1];
        m->items[at] = it;
    }
}

int manifest_load(struct cli *cli, const struct cli_args *args, struct manifest *ret)
{
    struct manifest m = {0};
    json_t *documents = NULL;
    int r = read_documents(cli, args->file, &documents);

    if (!r)
        r = add_document(cli, &m, documents, 0);
    if (!r && !m.count)
        r = cli_fail(cli, CLI_USAGE, "%s describes no resource", args->file);
    if (!r)
        r = check_unique(cli, &m);
    json_decref(documents);
    if (r) {
        manifest_done(&m);
        return r;
    }
    sort(&m);
    *ret = m;
    return CLI_OK;
}

void manifest_done(struct manifest *m)
{
    for (size_t i = 0; i < m->count; i++) {
        json_decref(m->items[i].doc);
        json_decref(m->items[i].fields);
        json_decref(m->items[i].current);
    }
    free(m->items);
    *m = (struct manifest){0};
}

/* A region that is not there yet has nothing in it. */
static bool region_missing(const struct manifest *m, const struct item *it)
{
    const struct item *region = manifest_find(m, 1U << MODEL_REGION, it->region, it->region);

    return region && region != it && !region->current;
}

/* A route table of the VPC that the file names; none while there is no such VPC. */
static int fetch_table(struct cli *cli, const struct manifest *m, struct item *it)
{
    const struct item *vpc = manifest_find(m, 1U << MODEL_VPC, it->region, vpc_of(it));
    struct buf filter = {0};
    json_t *found = NULL;
    int r = CLI_OK;

    if (vpc)
        found = json_incref(vpc->current);
    else
        r = cli_find(cli, model_kind(MODEL_VPC), it->region, vpc_of(it), &found);
    if (!r && found) {
        buf_printf(&filter, "vpcId=%s", model_str(found, "id"));
        r = cli_find_where(cli, it->kind, it->region, buf_text(&filter), it->name, &it->current);
    }
    buf_done(&filter);
    json_decref(found);
    return r;
}

int manifest_fetch_one(struct cli *cli, const struct manifest *m, struct item *it)
{
    if (region_missing(m, it))
        return CLI_OK;
    if (*vpc_of(it) && !model_is_id(it->kind, it->name))
        return fetch_table(cli, m, it);
    return cli_find(cli, it->kind, it->region, it->name, &it->current);
}

int manifest_fetch(struct cli *cli, struct manifest *m)
{
    for (size_t i = 0; i < m->count; i++) {
        int r = manifest_fetch_one(cli, m, &m->items[i]);

        if (r)
            return r;
    }
    return CLI_OK;
}

const char *item_id(const struct item *it)
{
    return model_str(it->current, "id");
}

void item_settle(struct cli *cli, struct item *it, const char *outcome)
{
    it->outcome = outcome;
    it->done = true;
    if (cli->output == CLI_TABLE && it->kind->id == MODEL_REGION)
        fprintf(cli->out, "%-9s  region %s\n", outcome, it->name);
    else if (cli->output == CLI_TABLE)
        fprintf(cli->out, "%-9s  %s %s in %s%s%s\n", outcome, it->kind->noun, it->name, it->region,
                it->current ? ": " : "", item_id(it));
    else if (cli->output == CLI_ONLY_ID && *item_id(it))
        fprintf(cli->out, "%s\n", item_id(it));
}

void manifest_report(struct cli *cli, const struct manifest *m)
{
    json_t *items, *all;

    if (cli->output != CLI_JSON && cli->output != CLI_YAML)
        return;
    items = json_array();
    for (size_t i = 0; i < m->count; i++) {
        const struct item *it = &m->items[i];

        json_array_append_new(items,
                              json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", it->kind->name,
                                        "region", it->region, "name", it->name, "id", item_id(it),
                                        "outcome", it->outcome ? it->outcome : "untouched"));
    }
    all = json_pack("{s:o}", "items", items);
    if (cli->output == CLI_JSON)
        cli_print_json(cli->out, all);
    else
        cli_print_yaml(cli->out, all);
    json_decref(all);
}
