#include "reach_cli.h"

#include <stdlib.h>

/* ropeway test: has the nodes run a connectivity test and shows it as it goes; exit status 0 if
 * something came back. */

#define AGAIN_MS    500
#define AGAIN_TIMES 20 /* cut connections in a row: then nobody is there */

static const struct {
    const char *name, *kind;
} kinds[] = {{"ping", "ping"},
             {"traceroute", "traceroute"},
             {"mtu", "pathMtu"},
             {"throughput", "throughput"}};

static const struct flag {
    const char *name, *member; /* NULL: no number */
    const char *shown;
    enum words_code help;
} flags[] = {
    {"from", NULL, "--from ID|NAME", WORDS_TEST_HELP_FROM},
    {"from-tunnel", NULL, "--from-tunnel ID|NAME", WORDS_TEST_HELP_FROM_TUNNEL},
    {"to", NULL, "--to ID|NAME|ADDRESS", WORDS_TEST_HELP_TO},
    {"count", "count", "--count N", WORDS_TEST_HELP_COUNT},
    {"interval", NULL, "--interval SECONDS", WORDS_TEST_HELP_INTERVAL},
    {"size", "size", "--size BYTES", WORDS_TEST_HELP_SIZE},
    {"max-hops", "maxHops", "--max-hops N", WORDS_TEST_HELP_MAX_HOPS},
    {"duration", "duration", "--duration SECONDS", WORDS_TEST_HELP_DURATION},
};

static int help(const struct cli *cli)
{
    static const char *const usage[] = {
        "ropeway test ping|traceroute|mtu|throughput --from ID|NAME --to ID|NAME|ADDRESS [FLAGS]",
        "ropeway test ping|traceroute|mtu --from-tunnel ID|NAME [--to ID|NAME|ADDRESS] [FLAGS]",
        "ropeway test list",
        "ropeway test get ID",
        "ropeway test stop ID",
        NULL};

    cli_line(cli, cli->out, "", SAY(TEST_HELP));
    fputc('\n', cli->out);
    cli_help_usage(cli, cli->out, usage);
    fprintf(cli->out, "\n%s\n", cli_word(cli, WORDS_COMMAND_HELP_FLAGS));
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        cli_help_flag(cli, cli->out, 22, flags[i].shown,
                      &(const struct words){.code = flags[i].help});
    cli_help_flag(cli, cli->out, 22, "--to-region ID", SAY(TEST_HELP_TO_REGION));
    cli_help_example(cli, cli->out,
                     "ropeway test ping --region cn-north-1 --from web-a --to web-b --to-region "
                     "cn-east-2");
    return CLI_OK;
}

/* ---- what is asked for ---- */

static const char *kind_of(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(kinds[i].name, word) == 0)
            return kinds[i].kind;
    }
    return NULL;
}

static const struct flag *find_flag(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (strcmp(flags[i].name, name) == 0)
            return &flags[i];
    }
    return NULL;
}

/* "0.2" in milliseconds. */
static int take_interval(struct cli *cli, const char *text, json_t *body)
{
    char *end;
    double s = strtod(text, &end);

    if (end == text || *end || !(s >= 0 && s <= 3600))
        return cli_fail(cli, CLI_USAGE, SAY(TEST_BAD_NUMBER, "interval", text));
    (void)json_object_set_new(body, "intervalMs", json_integer((json_int_t)(s * 1000 + 0.5)));
    return CLI_OK;
}

static int take_flags(struct cli *cli, const struct cli_args *args, json_t *body)
{
    int r = CLI_OK;

    for (size_t i = 0; i < args->flag_count && !r; i++) {
        const struct cli_flag *given = &args->flags[i];
        const struct flag *f = find_flag(given->name);
        uint64_t n;

        if (!f)
            r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_FLAG, "test", args->words[1], given->name));
        else if (strcmp(f->name, "interval") == 0)
            r = take_interval(cli, given->value, body);
        else if (f->member && text_parse_u64(given->value, INT32_MAX, &n) < 0)
            r = cli_fail(cli, CLI_USAGE, SAY(TEST_BAD_NUMBER, f->name, given->value));
        else if (f->member)
            (void)json_object_set_new(body, f->member, json_integer((json_int_t)n));
    }
    return r;
}

static int take_from(struct cli *cli, enum model_kind_id kind, const char *text, json_t *body)
{
    const char *member = kind == MODEL_VPN_TUNNEL ? "tunnel" : "instance";
    char id[CLI_ID_MAX];
    int r = cli_resolve(cli, cli->region, 1U << kind, text, id);

    if (!r)
        (void)json_object_set_new(body, "source", json_pack("{s:s}", member, id));
    return r;
}

static int take_to(struct cli *cli, const char *text, const char *to_region, json_t *body)
{
    const char *region = to_region ? to_region : cli->region;
    char id[CLI_ID_MAX];
    struct addr a;
    int r;

    if (addr_parse(text, &a) == 0) {
        (void)json_object_set_new(body, "destination", json_string(text));
        return CLI_OK;
    }
    r = cli_resolve(cli, region, 1U << MODEL_INSTANCE, text, id);
    if (!r)
        (void)json_object_set_new(body, "destination", json_sprintf("%s/%s", region, id));
    return r;
}

static int build(struct cli *cli, const struct cli_args *args, json_t *body)
{
    const char *from = cli_flag(args, "from"), *tunnel = cli_flag(args, "from-tunnel");
    const char *to = cli_flag(args, "to");
    int r = CLI_OK;

    if (tunnel ? from != NULL : !from || !to)
        return cli_fail(cli, CLI_USAGE, SAY(TEST_NEEDS, args->words[1]));
    (void)json_object_set_new(body, "kind", json_string(kind_of(args->words[1])));
    r = take_flags(cli, args, body);
    if (!r)
        r = tunnel ? take_from(cli, MODEL_VPN_TUNNEL, tunnel, body)
                   : take_from(cli, MODEL_INSTANCE, from, body);
    return r || !to ? r : take_to(cli, to, args->to_region, body);
}

/* ---- one by its id ---- */

static void url_of(struct buf *path, const struct cli *cli, const char *id)
{
    buf_puts(path, "/v1/regions/");
    cli_url_add(path, cli->region);
    buf_puts(path, "/connectivityTests");
    if (id) {
        buf_puts(path, "/");
        cli_url_add(path, id);
    }
}

static int stop(struct cli *cli, const char *id)
{
    struct buf path = {0};
    int r;

    url_of(&path, cli, id);
    r = cli_call(cli, "DELETE", buf_text(&path), NULL, NULL, NULL);
    buf_done(&path);
    return r;
}

/* ---- following it ---- */

struct following {
    struct cli *cli;
    struct buf id; /* of the last event */
    json_t *summary;
    bool failed;
    bool interrupted; /* by Ctrl-C, and not stopped yet */
    unsigned cuts;    /* since something was heard */
};

static void print_document(struct cli *cli, const char *event, const json_t *data)
{
    json_t *doc = json_pack("{s:s, s:O}", "event", event, event, data);

    if (cli->output == CLI_YAML) {
        fputs("---\n", cli->out);
        cli_print_yaml(cli->out, doc);
    } else {
        json_dumpf(doc, cli->out, JSON_COMPACT);
        fputc('\n', cli->out);
    }
    json_decref(doc);
}

static void show(struct following *f, const char *name, const json_t *data)
{
    if (f->cli->output == CLI_JSON || f->cli->output == CLI_YAML)
        print_document(f->cli, name, data);
    else if (strcmp(name, "row") == 0)
        cli_show_test_row(f->cli, data);
    fflush(f->cli->out);
}

static int take(void *arg, const char *name, const char *text, const char *id)
{
    struct following *f = arg;
    json_t *data = *text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

    f->cuts = 0;
    if (id) {
        f->id.len = 0;
        buf_puts(&f->id, id);
    }
    if (data && (strcmp(name, "row") == 0 || strcmp(name, "summary") == 0))
        show(f, name, data);
    if (data && strcmp(name, "summary") == 0)
        f->summary = json_incref(data);
    json_decref(data);
    f->failed |= f->id.failed || ferror(f->cli->out);
    return f->summary || f->failed;
}

/* One connection, until it ends. */
static int follow(struct following *f, const char *path)
{
    const struct cli_events events = {take, f};
    struct cli_answer answer = {0};
    struct buf reason = {0};
    struct cli *cli = f->cli;
    int r = cli_follow(cli, path, f->id.len ? buf_text(&f->id) : NULL, &events, &answer, &reason);

    f->interrupted = r == -EINTR;
    if (f->failed)
        r = CLI_REFUSED;
    else if (answer.status >= 400)
        r = cli_say_problem(cli, &answer);
    else if (r < 0 && r != -EINTR && ++f->cuts > AGAIN_TIMES)
        r = cli_fail_text(cli, CLI_UNREACHABLE, buf_text(&reason));
    else
        r = CLI_OK;
    json_decref(answer.body);
    buf_done(&reason);
    return r;
}

/* What it shows; of one that did not pass as the reason of the exit status. */
static int conclude(struct cli *cli, const json_t *summary)
{
    if (strcmp(model_str(summary, "outcome"), "passed") != 0)
        return cli_fail_text(cli, CLI_REFUSED, model_str(summary, "message"));
    if (cli->output == CLI_TABLE) {
        cli_put_text(cli->out, model_str(summary, "message"));
        fputc('\n', cli->out);
    }
    return CLI_OK;
}

static int follow_test(struct cli *cli, const char *id)
{
    struct following f = {.cli = cli};
    struct buf path = {0};
    int r = CLI_OK;

    buf_printf(&path, "/v1/regions/");
    cli_url_add(&path, cli->region);
    buf_printf(&path, "/connectivityTests/%s/stream", id);
    while (r == CLI_OK && !f.summary) {
        r = follow(&f, buf_text(&path));
        if (r == CLI_OK && f.interrupted)
            r = stop(cli, id); /* then the stream has its end */
        else if (r == CLI_OK && !f.summary)
            cli->sleep_ms(AGAIN_MS);
    }
    if (r == CLI_OK)
        r = conclude(cli, f.summary);
    json_decref(f.summary);
    buf_done(&f.id);
    buf_done(&path);
    return r;
}

/* ---- commands ---- */

static void print_head(struct cli *cli, const json_t *made)
{
    const json_t *from = json_object_get(made, "source"),
                 *to = json_object_get(made, "destination");
    const char *name = model_str(to, "name"), *address = model_str(to, "address");
    const char *kind = model_str(made, "kind"), *source = model_str(from, "name");

    if (cli->output == CLI_TABLE)
        cli_line(cli, cli->out, "",
                 *name ? SAY(TEST_HEAD, kind, source, model_str(from, "address"), name, address)
                       : SAY(TEST_HEAD_ADDRESS, kind, source, model_str(from, "address"), address));
    fflush(cli->out);
}

static int run(struct cli *cli, const struct cli_args *args)
{
    json_t *body = json_object(), *made = NULL;
    struct buf path = {0};
    int r = build(cli, args, body);

    url_of(&path, cli, NULL);
    cli_interrupt_watch(cli->output != CLI_ONLY_ID);
    if (!r)
        r = cli_call(cli, "POST", buf_text(&path), body, NULL, &made);
    if (!r && cli->output == CLI_ONLY_ID)
        fprintf(cli->out, "%s\n", model_str(made, "id"));
    else if (!r) {
        print_head(cli, made);
        r = follow_test(cli, model_str(made, "id"));
    }
    cli_interrupt_watch(false);
    buf_done(&path);
    json_decref(made);
    json_decref(body);
    return r;
}

static int list(struct cli *cli)
{
    static const struct cli_column columns[] = {
        {"id", WORDS_COMMAND_COLUMN_ID},
        {"kind", WORDS_COMMAND_COLUMN_KIND},
        {"status", WORDS_TEST_COLUMN_STATUS},
        {"outcome", WORDS_TEST_COLUMN_OUTCOME},
        {"createdAt", WORDS_COMMAND_COLUMN_AT},
        {"message", WORDS_COMMAND_COLUMN_TEXT},
        {0},
    };
    struct buf path = {0};
    json_t *answer = NULL;
    int r;

    url_of(&path, cli, NULL);
    r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &answer);
    if (!r)
        cli_show_rows(cli, columns, model_list(answer, "items"));
    buf_done(&path);
    json_decref(answer);
    return r;
}

static int get(struct cli *cli, const char *id)
{
    struct buf path = {0};
    json_t *answer = NULL, *row;
    size_t i;
    int r;

    url_of(&path, cli, id);
    r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &answer);
    if (!r && cli->output != CLI_TABLE) {
        cli_print_machine(cli, answer);
    } else if (!r) {
        print_head(cli, answer);
        json_array_foreach (model_list(answer, "rows"), i, row)
            cli_show_test_row(cli, row);
        cli_put_text(cli->out, model_str(answer, "message"));
        fputc('\n', cli->out);
    }
    buf_done(&path);
    json_decref(answer);
    return r;
}

int cli_test(struct cli *cli, const struct cli_args *args)
{
    const char *verb = args->word_count > 1 ? args->words[1] : "";
    bool one = strcmp(verb, "get") == 0 || strcmp(verb, "stop") == 0;
    int r;

    if (args->help)
        return help(cli);
    if ((!kind_of(verb) && strcmp(verb, "list") != 0 && !one) ||
        args->word_count != (one ? 3U : 2U))
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_SAY_OR_SEE,
                            "ropeway test ping|traceroute|mtu|throughput|list|get|stop",
                            "ropeway test --help"));
    r = cli_need_region(cli, model_kind(MODEL_INSTANCE));
    if (r)
        return r;
    if (!one && kind_of(verb))
        return run(cli, args);
    return strcmp(verb, "list") == 0  ? list(cli)
           : strcmp(verb, "get") == 0 ? get(cli, args->words[2])
                                      : stop(cli, args->words[2]);
}
