#include "completion.h"

/* From the descriptors and the verbs to branches. bash and zsh write a branch alike, fish has words
 * of its own. */

struct branches {
    FILE *out;
    enum shell shell;
    const struct model_kind *kind;
    const struct cli_verb *verb;
    size_t count; /* of what was written, where that matters */
};

static void begin(const struct branches *b, const char *first, const char *second)
{
    if (b->shell == SHELL_FISH)
        fprintf(b->out, "        case '%s %s'\n            set list", first, second);
    else
        fprintf(b->out, "        '%s %s') list='", first, second);
}

static void end(const struct branches *b)
{
    fputs(b->shell == SHELL_FISH ? "\n" : "' ;;\n", b->out);
}

static void branch(const struct branches *b, const char *first, const char *second,
                   const char *words)
{
    begin(b, first, second);
    fprintf(b->out, " %s", words);
    end(b);
}

/* ---- nouns ---- */

void completion_kinds(FILE *out)
{
    for (unsigned i = 0; i < CLI_KINDS; i++)
        fprintf(out, "%s ", cli_kind(i)->noun);
    fputs("node-token event audit", out);
}

void completion_nouns(FILE *out)
{
    completion_kinds(out);
    fputs(" test api apply completion context delete diff help version", out);
}

/* ---- flags ---- */

static int add_switch(void *arg, const char *path, const struct model_field *f)
{
    const struct branches *b = arg;
    char flag[MODEL_FLAG_MAX];

    if (f->type == MODEL_BOOL && !f->list && f->access == MODEL_EDITABLE &&
        model_flag_name(path, f, flag) == 0)
        fprintf(b->out, "%s--%s", b->shell == SHELL_FISH ? " " : "|", flag);
    return 0;
}

void completion_switches(FILE *out, enum shell shell)
{
    struct branches b = {.out = out, .shell = shell};

    for (unsigned i = 0; i < CLI_KINDS; i++)
        (void)model_each_field(cli_kind(i), add_switch, &b);
}

static int add_flag(void *arg, const char *path, const struct model_field *f)
{
    const struct branches *b = arg;
    char flag[MODEL_FLAG_MAX];

    if (cli_verb_takes(b->verb, b->kind, path, f) && model_flag_name(path, f, flag) == 0)
        fprintf(b->out, " --%s", flag);
    return 0;
}

/* --unset takes the names of flags, without dashes. */
static int add_unset(void *arg, const char *path, const struct model_field *f)
{
    const struct branches *b = arg;
    char flag[MODEL_FLAG_MAX];

    if (cli_verb_takes(b->verb, b->kind, path, f) && model_flag_name(path, f, flag) == 0)
        fprintf(b->out, " %s", flag);
    return 0;
}

/* ---- values ---- */

static void add_ids(const struct branches *b, const char *flag, unsigned kinds)
{
    bool fish = b->shell == SHELL_FISH;

    fprintf(b->out,
            fish ? "        case '%s --%s'\n            set known 1\n"
                 : "        '%s --%s') known=1",
            b->kind->noun, flag);
    for (int i = 0; i < MODEL_KINDS; i++) {
        if (kinds & 1U << i)
            fprintf(b->out,
                    fish ? "            set -a list (_ropeway_ids %s $line)\n"
                         : " list+=\" $(_ropeway_ids %s)\"",
                    model_kind((enum model_kind_id)i)->noun);
    }
    fputs(fish ? "" : " ;;\n", b->out);
}

/* Choices, ids of what a field refers to, or nothing that could be guessed. */
static int add_values(void *arg, const char *path, const struct model_field *f)
{
    const struct branches *b = arg;
    char flag[MODEL_FLAG_MAX], dashed[MODEL_FLAG_MAX + 2];

    if (f->type == MODEL_BOOL || model_flag_name(path, f, flag) < 0)
        return 0;
    if (!f->values) {
        add_ids(b, flag, f->refs);
        return 0;
    }
    (void)text_printf(dashed, sizeof(dashed), "--%s", flag);
    begin(b, b->kind->noun, dashed);
    for (size_t i = 0; f->values[i].name; i++)
        fprintf(b->out, " %s", f->values[i].name);
    end(b);
    return 0;
}

void completion_values(FILE *out, enum shell shell)
{
    struct branches b = {.out = out, .shell = shell, .verb = cli_verbs()};

    while (b.verb->run != cli_update)
        b.verb++;
    branch(&b, "node-token", "--roles", "gateway compute");
    branch(&b, "border-gateway", "--table", "static propagated effective");
    for (unsigned i = 0; i < CLI_KINDS; i++) {
        b.kind = cli_kind(i);
        (void)model_each_field(b.kind, add_values, &b);
        begin(&b, b.kind->noun, "--unset");
        (void)model_each_field(b.kind, add_unset, &b);
        end(&b);
    }
}

/* ---- verbs ---- */

static void add_verb(struct branches *b)
{
    const struct cli_verb *v = b->verb;

    begin(b, b->kind->noun, v->name);
    (void)model_each_field(b->kind, add_flag, b);
    if (v->run == cli_update)
        fputs(" --unset --if-match", b->out);
    if ((v->run == cli_list || v->run == cli_delete) && b->kind->id < MODEL_KINDS)
        fputs(" --selector", b->out);
    if (v->run == cli_delete && b->kind->id < MODEL_KINDS)
        fputs(" --dry-run", b->out);
    if (v->run == cli_routes && b->kind->id == MODEL_BORDER_GATEWAY)
        fputs(" --table", b->out);
    if (v->run == cli_metrics)
        fputs(" --from --to --step --names --format", b->out);
    if (v->run == cli_explain)
        fputs(" --destination", b->out);
    if (v->run == cli_device)
        fputs(" --platform --reveal", b->out);
    end(b);
}

static void add_kind(struct branches *b)
{
    begin(b, b->kind->noun, "");
    for (const struct cli_verb *v = cli_verbs(); v->name; v++) {
        if (cli_verb_fits(v, b->kind))
            fprintf(b->out, " %s", v->name);
    }
    end(b);
    for (b->verb = cli_verbs(); b->verb->name; b->verb++) {
        if (cli_verb_fits(b->verb, b->kind))
            add_verb(b);
    }
}

void completion_words(FILE *out, enum shell shell)
{
    static const char *const others[][3] = {
        {"node-token", "", "create list delete"},
        {"node-token", "create", "--name --roles --expires-in"},
        {"bgp", "", "status learned announced"},
        {"route", "", "explain"},
        {"route", "explain", "--from --to --protocol --source-port --port"},
        {"event", "", "list"},
        {"event", "list",
         "--resource --collection --severity --code --since --from --to --limit --watch"},
        {"audit", "", "list"},
        {"audit", "list", "--from --to --actor --action --kind --resource --name --limit"},
        {"test", "", "ping traceroute mtu throughput list get stop"},
        {"test", "ping", "--from --to --to-region --count --interval --size"},
        {"test", "traceroute", "--from --to --to-region --max-hops --size"},
        {"test", "mtu", "--from --to --to-region --size"},
        {"test", "throughput", "--from --to --to-region --duration"},
        {"completion", "", "bash zsh fish"},
        {"context", "", "list show use set delete"},
        {"api", "", "GET POST PATCH DELETE -f"},
        {"apply", "", "-f --dry-run --prune --to-region"},
        {"diff", "", "-f --prune --to-region"},
        {"delete", "", "-f --dry-run"},
    };
    struct branches b = {.out = out, .shell = shell};

    begin(&b, "", "");
    fputc(' ', out);
    completion_nouns(out);
    end(&b);
    begin(&b, "help", "");
    fputc(' ', out);
    completion_nouns(out);
    end(&b);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        branch(&b, others[i][0], others[i][1], others[i][2]);
    for (unsigned i = 0; i < CLI_KINDS; i++) {
        b.kind = cli_kind(i);
        add_kind(&b);
    }
}
