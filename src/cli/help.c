#include "cli_internal.h"

#include <inttypes.h>

/* Help, generated from the descriptors. */

/* ---- pieces ---- */

void cli_help_usage(const struct cli *cli, FILE *out, const char *const *lines)
{
    const char *head = cli_word(cli, WORDS_COMMAND_HELP_USAGE);

    for (size_t i = 0; lines[i]; i++)
        fprintf(out, "%*s%s%s\n", i ? (int)cli_width(head) : 0, "", i ? "" : head, lines[i]);
}

void cli_help_example(const struct cli *cli, FILE *out, const char *line)
{
    fprintf(out, "\n%s\n  %s\n", cli_word(cli, WORDS_COMMAND_HELP_EXAMPLE), line);
}

void cli_help_flag(const struct cli *cli, FILE *out, int width, const char *flag,
                   const struct words *m)
{
    fprintf(out, "  %-*s ", width, flag);
    cli_line(cli, out, "", m);
}

static void print_heading(const struct cli *cli, FILE *out, enum words_code code)
{
    fprintf(out, "\n%s\n", cli_word(cli, code));
}

static void print_global_flags(const struct cli *cli, FILE *out)
{
    static const struct {
        const char *flag;
        enum words_code text;
    } flags[] = {
        {"--region ID", WORDS_COMMAND_HELP_REGION},
        {"--project ID", WORDS_COMMAND_HELP_PROJECT},
        {"-o, --output FORMAT", WORDS_COMMAND_HELP_OUTPUT},
        {"--wait", WORDS_COMMAND_HELP_WAIT},
        {"--watch", WORDS_COMMAND_HELP_WATCH},
        {"--sort-by FLAG", WORDS_COMMAND_HELP_SORT_BY},
        {"--timeout SECONDS", WORDS_COMMAND_HELP_TIMEOUT},
        {"--api URL", WORDS_COMMAND_HELP_ADDRESS_OF_API},
        {"--ca FILE", WORDS_COMMAND_HELP_CA},
        {"--token-file FILE", WORDS_COMMAND_HELP_TOKEN_FILE},
        {"--context NAME", WORDS_COMMAND_HELP_CONTEXT_FLAG},
        {"-v, --verbose", WORDS_COMMAND_HELP_VERBOSE},
        {"-h, --help", WORDS_COMMAND_HELP_HELP},
    };

    print_heading(cli, out, WORDS_COMMAND_HELP_GLOBAL);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        fprintf(out, "  %-20s %s\n", flags[i].flag, cli_word(cli, flags[i].text));
}

/* ---- all of it ---- */

static void print_usage_of_all(const struct cli *cli, FILE *out)
{
    static const struct {
        const char *usage;
        enum words_code text;
    } commands[] = {
        {"ropeway apply -f FILE", WORDS_COMMAND_HELP_APPLY},
        {"ropeway diff -f FILE", WORDS_COMMAND_HELP_DIFF},
        {"ropeway delete -f FILE", WORDS_COMMAND_HELP_DELETE_FILE},
        {"ropeway test KIND [FLAGS]", WORDS_TEST_HELP_LINE},
        {"ropeway api METHOD PATH", WORDS_COMMAND_HELP_API},
        {"ropeway context VERB [NAME]", WORDS_COMMAND_HELP_CONTEXT},
        {"ropeway completion SHELL", WORDS_COMMAND_HELP_COMPLETION},
    };
    static const char *const usage[] = {"ropeway NOUN VERB [ID|NAME] [FLAGS]", NULL};
    int indent = (int)cli_width(cli_word(cli, WORDS_COMMAND_HELP_USAGE));

    cli_help_usage(cli, out, usage);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        fprintf(out, "%*s%-27s %s\n", indent, "", commands[i].usage,
                cli_word(cli, commands[i].text));
    fprintf(out, "%*sropeway version\n", indent, "");
}

static void print_nouns(const struct cli *cli, FILE *out)
{
    print_heading(cli, out, WORDS_COMMAND_HELP_NOUNS);
    for (unsigned i = 0; i < CLI_KINDS; i++) {
        const struct model_kind *kind = cli_kind(i);

        fprintf(out, "  %-21s ", kind->noun);
        if (cli->lang == WORDS_ZH)
            cli_print(cli, out, SAY(COMMAND_HELP_LABEL, kind->label[WORDS_ZH]));
        fprintf(out, "%s\n", kind->description[cli->lang]);
    }
    cli_help_flag(cli, out, 21, "node-token", SAY(COMMAND_HELP_NODE_TOKEN));
    cli_help_flag(cli, out, 21, "bgp", SAY(COMMAND_HELP_BGP));
    cli_help_flag(cli, out, 21, "route", SAY(COMMAND_HELP_ROUTE));
    cli_help_flag(cli, out, 21, "event", SAY(COMMAND_HELP_EVENT));
    cli_help_flag(cli, out, 21, "audit", SAY(COMMAND_HELP_AUDIT));
}

void cli_help(const struct cli *cli, FILE *out)
{
    cli_line(cli, out, "", SAY(COMMAND_HELP_TITLE, ROPEWAY_VERSION));
    fputc('\n', out);
    print_usage_of_all(cli, out);
    print_nouns(cli, out);
    print_global_flags(cli, out);
    cli_line(cli, out, "\n", SAY(COMMAND_HELP_EXIT_CODES));
    cli_help_example(cli, out,
                     "ropeway vpn-connection create --region cn-north-1 --name office \\\n"
                     "      --border-gateway bgw-a --customer-gateway office-device --wait");
}

/* ---- what is no noun with verbs ---- */

int cli_help_node_token(const struct cli *cli)
{
    static const char *const usage[] = {"ropeway node-token create [FLAGS]",
                                        "ropeway node-token list", "ropeway node-token delete ID",
                                        NULL};

    cli_print(cli, cli->out, SAY(COMMAND_HELP_NODE_TOKENS));
    fputs("\n\n", cli->out);
    cli_help_usage(cli, cli->out, usage);
    print_heading(cli, cli->out, WORDS_COMMAND_HELP_FLAGS_OF_CREATE);
    cli_help_flag(cli, cli->out, 38, "--name TEXT", SAY(COMMAND_HELP_TOKEN_NAME));
    cli_help_flag(cli, cli->out, 38, "--roles CHOICE,...", SAY(COMMAND_HELP_TOKEN_ROLES));
    cli_help_flag(cli, cli->out, 38, "--expires-in SECONDS", SAY(COMMAND_HELP_TOKEN_EXPIRES));
    cli_help_example(cli, cli->out, "ropeway node-token create --region cn-north-1 > node.token");
    return CLI_OK;
}

int cli_help_file(const struct cli *cli, const char *command)
{
    bool deleting = strcmp(command, "delete") == 0, diff = strcmp(command, "diff") == 0;
    struct buf example = {0};

    if (deleting)
        cli_print(cli, cli->out, SAY(COMMAND_HELP_DELETE_BY_FILE));
    else if (diff)
        cli_print(cli, cli->out, SAY(COMMAND_HELP_DIFF_FILE));
    else
        cli_print(cli, cli->out,
                  SAY(COMMAND_HELP_APPLY_FILE, "{vpnConnection: NAME, region: ID, index: N}"));
    fputc('\n', cli->out);
    print_heading(cli, cli->out, WORDS_COMMAND_HELP_FLAGS);
    if (!diff)
        cli_help_flag(cli, cli->out, 22, "--dry-run", SAY(COMMAND_HELP_DRY_RUN));
    if (!deleting) {
        cli_help_flag(cli, cli->out, 22, "--prune SELECTOR", SAY(COMMAND_HELP_PRUNE));
        cli_help_flag(cli, cli->out, 22, "--to-region ID", SAY(COMMAND_HELP_TO_REGION));
    }
    buf_printf(&example, "ropeway %s -f two-regions.yaml", command);
    cli_help_example(cli, cli->out, buf_text(&example));
    buf_done(&example);
    return CLI_OK;
}

int cli_help_context(const struct cli *cli)
{
    static const char *const usage[] = {
        "ropeway context list",        "ropeway context show [NAME]",
        "ropeway context use NAME",    "ropeway context set NAME [FLAGS]",
        "ropeway context delete NAME", NULL};

    cli_print(cli, cli->out, SAY(COMMAND_HELP_CONTEXTS));
    fputs("\n\n", cli->out);
    cli_help_usage(cli, cli->out, usage);
    cli_help_example(cli, cli->out,
                     "ropeway context set home --api https://10.0.0.5:8443 --ca ~/.ropeway/tls.crt "
                     "--token-file ~/.ropeway/admin.token --region cn-north-1");
    return CLI_OK;
}

int cli_help_version(const struct cli *cli)
{
    cli_line(cli, cli->out, "", SAY(COMMAND_HELP_VERSION));
    cli_help_example(cli, cli->out, "ropeway version");
    return CLI_OK;
}

/* ---- nouns and verbs ---- */

/* "Create a new vpc" */
static const char *describe_verb(const struct cli *cli, const struct cli_verb *verb,
                                 const struct model_kind *kind, char ret[256])
{
    const struct words_arg noun = words_from_text(cli_noun(cli, kind));
    const struct words m = {.code = verb->description, .count = 1, .args = &noun};

    return words_say(&m, cli->lang, ret, 256);
}

void cli_help_noun(const struct cli *cli, FILE *out, const struct model_kind *kind)
{
    const char *usage[] = {NULL, NULL};
    char line[256];

    cli_line(cli, out, "",
             SAY(COMMAND_HELP_KIND, kind->description[cli->lang], kind->label[WORDS_ZH]));
    fputc('\n', out);
    snprintf(line, sizeof(line), "ropeway %s VERB", kind->noun);
    usage[0] = line;
    cli_help_usage(cli, out, usage);
    print_heading(cli, out, WORDS_COMMAND_HELP_VERBS);
    for (const struct cli_verb *v = cli_verbs(); v->name; v++) {
        if (cli_verb_fits(v, kind))
            fprintf(out, "  %-12s %s\n", v->name, describe_verb(cli, v, kind, line));
    }
    snprintf(line, sizeof(line), "ropeway %s list%s -o yaml", kind->noun,
             cli_in_region(kind) ? " --region cn-north-1" : "");
    cli_help_example(cli, out, line);
}

/* What goes behind the flag. */
static const char *placeholder(const struct model_field *f)
{
    switch (f->type) {
    case MODEL_BOOL:
        return "";
    case MODEL_INT:
        return f->list ? " N,..." : " N";
    case MODEL_GROUP:
        return " GROUP,...";
    case MODEL_CIDR:
        return f->list ? " CIDR,..." : " CIDR";
    case MODEL_ADDRESS:
        return f->list ? " ADDRESS,..." : " ADDRESS";
    case MODEL_INTERFACE:
        return " ADDRESS/LEN";
    case MODEL_REF:
        return f->list ? " ID|NAME,..." : " ID|NAME";
    case MODEL_NEXT_HOP:
        return f->flags & MODEL_ROUTER ? " ID|NAME|ADDRESS|blackhole" : " ID|NAME|blackhole";
    case MODEL_TEXT_MAP:
        return " KEY=TEXT,...";
    case MODEL_INT_MAP:
        return " KEY=N,...";
    case MODEL_OBJECT:
        return " KEY=VALUE,...";
    case MODEL_ENUM:
        return f->list ? " CHOICE,..." : " CHOICE";
    default:
        return " TEXT";
    }
}

struct flag_help {
    const struct cli *cli;
    FILE *out;
    const struct model_kind *kind;
    const struct cli_verb *verb;
};

/* Worth telling: not just empty. */
static bool has_default(const struct model_field *f)
{
    static const char *const empty[] = {"\"\"", "[]", "{}"};

    if (!f->default_json)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
        if (strcmp(empty[i], f->default_json) == 0)
            return false;
    }
    return true;
}

static void print_values(const struct cli *cli, FILE *out, const struct model_value *values)
{
    struct buf weak = {0};

    fprintf(out, " [");
    for (size_t i = 0; values[i].name; i++) {
        fprintf(out, "%s%s", i ? " " : "", values[i].name);
        if (values[i].flags & MODEL_WEAK)
            buf_printf(&weak, "%s%s", weak.len ? " " : "", values[i].name);
    }
    fprintf(out, "]");
    if (weak.len)
        cli_print(cli, out, SAY(COMMAND_HELP_WEAK, buf_text(&weak)));
    buf_done(&weak);
}

/* What may be given: choices, the keys of an object, the range of a number. */
static void print_domain(const struct cli *cli, FILE *out, const struct model_field *f)
{
    if (f->values) {
        print_values(cli, out, f->values);
    } else if (f->type == MODEL_OBJECT && f->fields) {
        struct buf keys = {0};

        for (const struct model_field *key = f->fields; key->name; key++) {
            if (key->access == MODEL_EDITABLE)
                buf_printf(&keys, "%s%s", keys.len ? " " : "", key->name);
        }
        cli_print(cli, out, SAY(COMMAND_HELP_KEYS, buf_text(&keys)));
        buf_done(&keys);
    } else if (f->type == MODEL_INT && f->max > 0 && f->max < INT64_MAX) {
        fprintf(out, " [%" PRId64 "-%" PRId64 "]", f->min, f->max);
    }
}

/* The condition with the other field as a flag, written. Returns buf. */
static const char *condition(const struct model_kind *kind, const struct model_when *when,
                             char buf[WORDS_TEXT_MAX])
{
    const struct model_field *other = model_find_field(kind, when->path);
    char flag[MODEL_FLAG_MAX], name[MODEL_FLAG_MAX + 2];

    if (!other || model_flag_name(when->path, other, flag) < 0)
        return model_when_words(kind, when, NULL, buf);
    snprintf(name, sizeof(name), "--%s", flag);
    return model_when_words(kind, when, name, buf);
}

/* What it depends on whether the field may, must or need not be given. */
static void print_conditions(const struct flag_help *h, const struct model_field *f)
{
    bool needed = f->needed && h->verb->run == cli_create, refused = f->flags & MODEL_REFUSED;
    char buf[WORDS_TEXT_MAX];

    if (f->when) {
        struct words_arg when = words_written(condition(h->kind, f->when, buf));
        bool exactly = needed && refused && f->needed == f->when;

        cli_print(h->cli, h->out,
                  exactly   ? SAY(COMMAND_HELP_EXACTLY_WHEN, when)
                  : refused ? SAY(COMMAND_HELP_ONLY_WHEN, when)
                            : SAY(COMMAND_HELP_IGNORED, when));
        needed = needed && !exactly;
    }
    for (const struct model_value *v = f->values; v && v->name; v++) {
        if (v->when)
            cli_print(h->cli, h->out,
                      SAY(COMMAND_HELP_VALUE_WHEN, v->name,
                          words_written(condition(h->kind, v->when, buf))));
    }
    if (needed)
        cli_print(h->cli, h->out,
                  SAY(COMMAND_HELP_NEEDED_WHEN, words_written(condition(h->kind, f->needed, buf))));
}

static int print_flag(void *arg, const char *path, const struct model_field *f)
{
    const struct flag_help *h = arg;
    char flag[MODEL_FLAG_MAX], head[128];

    if (!cli_verb_takes(h->verb, h->kind, path, f) || model_flag_name(path, f, flag) < 0)
        return 0;
    snprintf(head, sizeof(head), "--%s%s", flag, placeholder(f));
    fprintf(h->out, "  %-38s ", head);
    fputs(f->description[h->cli->lang], h->out);
    if (f->flags & MODEL_SECRET)
        cli_print(h->cli, h->out, SAY(COMMAND_HELP_SECRET));
    print_domain(h->cli, h->out, f);
    if (h->verb->run == cli_create || h->verb->run == cli_update)
        print_conditions(h, f);
    if (h->verb->run == cli_create && (f->flags & MODEL_REQUIRED))
        cli_print(h->cli, h->out, SAY(COMMAND_HELP_REQUIRED));
    else if (h->verb->run == cli_create && has_default(f))
        cli_print(h->cli, h->out, SAY(COMMAND_HELP_DEFAULT, f->default_json));
    fprintf(h->out, "\n");
    return 0;
}

/* A value a user could type. */
static void print_example_value(FILE *out, const struct model_field *f)
{
    if (f->example)
        fprintf(out, " %s", f->example);
    else if (f->type == MODEL_REF)
        fprintf(out, " my-%s", model_kind((enum model_kind_id)__builtin_ctz(f->refs))->noun);
    else if (f->type == MODEL_NEXT_HOP)
        fprintf(out, " blackhole");
    else
        fprintf(out, " x");
}

static int print_required(void *arg, const char *path, const struct model_field *f)
{
    const struct flag_help *h = arg;
    char flag[MODEL_FLAG_MAX];

    if (!(f->flags & MODEL_REQUIRED) || strcmp(path, "id") == 0 ||
        model_flag_name(path, f, flag) < 0)
        return 0;
    fprintf(h->out, " --%s", flag);
    print_example_value(h->out, f);
    return 0;
}

static void print_example(struct flag_help *h)
{
    bool region = h->kind->id == MODEL_REGION, user = h->kind->id == MODEL_USER;

    print_heading(h->cli, h->out, WORDS_COMMAND_HELP_EXAMPLE);
    fprintf(h->out, "  ropeway %s %s", h->kind->noun, h->verb->name);
    if (region && (h->verb->run == cli_create || *h->verb->operand))
        fprintf(h->out, " cn-north-1");
    else if (user && (h->verb->run == cli_create || *h->verb->operand))
        fprintf(h->out, " li@example.com");
    else if (*h->verb->operand)
        fprintf(h->out, " my-%s", h->kind->noun);
    if (h->verb->run == cli_explain)
        fprintf(h->out, " 10.2.0.10");
    if (h->verb->run == cli_device)
        fprintf(h->out, " --platform strongswan-swanctl");
    if (cli_in_region(h->kind))
        fprintf(h->out, " --region cn-north-1");
    if (h->verb->run == cli_create)
        (void)model_each_field(h->kind, print_required, h);
    if (h->verb->run == cli_update)
        fprintf(h->out, " --description \"%s\"",
                cli_word(h->cli, WORDS_COMMAND_HELP_SOME_DESCRIPTION));
    if (h->verb->run == cli_list)
        fprintf(h->out, " -o json");
    fprintf(h->out, "\n");
}

/* None for a verb that only takes those that go everywhere. */
static void print_flags_heading(const struct flag_help *h)
{
    const struct cli_verb *verb = h->verb;

    if (verb->run == cli_list && h->kind->id < MODEL_KINDS)
        print_heading(h->cli, h->out, WORDS_COMMAND_HELP_FILTERS);
    else if ((verb->run == cli_delete && h->kind->id < MODEL_KINDS) || verb->run == cli_create ||
             verb->run == cli_update || verb->run == cli_explain || verb->run == cli_device ||
             verb->run == cli_metrics ||
             (verb->run == cli_routes && h->kind->id == MODEL_BORDER_GATEWAY))
        print_heading(h->cli, h->out, WORDS_COMMAND_HELP_FLAGS);
}

static void print_metrics_flags(const struct flag_help *h)
{
    cli_help_flag(h->cli, h->out, 38, "--from TIME", SAY(COMMAND_HELP_METRICS_FROM));
    cli_help_flag(h->cli, h->out, 38, "--to TIME", SAY(COMMAND_HELP_METRICS_TO));
    cli_help_flag(h->cli, h->out, 38, "--step SECONDS", SAY(COMMAND_HELP_METRICS_STEP));
    cli_help_flag(h->cli, h->out, 38, "--names SERIES,...", SAY(COMMAND_HELP_METRICS_NAMES));
    cli_help_flag(h->cli, h->out, 38, "--format CHOICE", SAY(COMMAND_HELP_METRICS_FORMAT));
}

/* Those that are no fields. */
static void print_other_flags(const struct flag_help *h)
{
    const struct cli_verb *verb = h->verb;

    if (verb->run == cli_update) {
        cli_help_flag(h->cli, h->out, 38, "--unset FLAG,...", SAY(COMMAND_HELP_UNSET));
        cli_help_flag(h->cli, h->out, 38, "--if-match REVISION", SAY(COMMAND_HELP_IF_MATCH));
    }
    if ((verb->run == cli_list || verb->run == cli_delete) && h->kind->id < MODEL_KINDS)
        cli_help_flag(h->cli, h->out, 38, "-l, --selector SELECTOR", SAY(COMMAND_HELP_SELECTOR));
    if (verb->run == cli_delete && h->kind->id < MODEL_KINDS)
        cli_help_flag(h->cli, h->out, 38, "--dry-run", SAY(COMMAND_HELP_DRY_RUN));
    if (verb->run == cli_routes && h->kind->id == MODEL_BORDER_GATEWAY)
        cli_help_flag(h->cli, h->out, 38, "--table CHOICE", SAY(COMMAND_HELP_TABLE));
    if (verb->run == cli_device) {
        cli_help_flag(h->cli, h->out, 38, "--platform PLATFORM", SAY(COMMAND_HELP_PLATFORM));
        cli_help_flag(h->cli, h->out, 38, "--reveal", SAY(COMMAND_HELP_REVEAL));
    }
    if (verb->run == cli_metrics)
        print_metrics_flags(h);
    if (verb->run == cli_explain)
        cli_help_flag(h->cli, h->out, 38, "--destination ADDRESS", SAY(COMMAND_HELP_DESTINATION));
}

void cli_help_verb(const struct cli *cli, FILE *out, const struct model_kind *kind,
                   const struct cli_verb *verb)
{
    struct flag_help h = {cli, out, kind, verb};
    const char *usage[] = {NULL, NULL};
    char line[256];

    cli_line(cli, out, "", SAY(COMMAND_HELP_SENTENCE, describe_verb(cli, verb, kind, line)));
    fputc('\n', out);
    snprintf(line, sizeof(line), "ropeway %s %s%s%s [FLAGS]", kind->noun, verb->name,
             *verb->operand ? " " : "", verb->operand);
    usage[0] = line;
    cli_help_usage(cli, out, usage);
    print_flags_heading(&h);
    (void)model_each_field(kind, print_flag, &h);
    print_other_flags(&h);
    print_global_flags(cli, out);
    print_example(&h);
}
