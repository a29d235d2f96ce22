#include "cli_internal.h"

#include <inttypes.h>
#include <stdlib.h>

/* --wait, first part: until the nodes have carried out what was changed. The server says which
 * objects of a revision are still missing where. */

#define QUIET_US UINT64_C(1000000) /* what is over by then needs no words */
#define PAUSE_MS 150
#define SHOWN    5 /* objects named at once */

void cli_changes_done(struct cli_changes *c)
{
    free(c->items);
    *c = (struct cli_changes){0};
}

int cli_changes_add(struct cli *cli, struct cli_changes *c, const char *region)
{
    struct cli_change *grown;

    if (!cli->wait || !cli->revision)
        return CLI_OK;
    grown = cli_grow(c->items, c->count, &c->room, sizeof(*grown));
    if (!grown)
        return cli_out_of_memory(cli);
    c->items = grown;
    c->items[c->count++] = (struct cli_change){region, cli->revision};
    return CLI_OK;
}

uint64_t cli_wait_end(const struct cli *cli)
{
    return cli->now_us() + cli->timeout_s * UINT64_C(1000000);
}

void cli_still_waiting(struct cli *cli, struct cli_patience *p, const char *reason)
{
    uint64_t now = cli->now_us();

    if (!p->since)
        p->since = MAX(now, 1);
    if (now - p->since < QUIET_US || strcmp(buf_text(&p->said), reason) == 0)
        return;
    cli_line(cli, cli->err, "", SAY(COMMAND_WAITING, reason));
    buf_clear(&p->said);
    buf_puts(&p->said, reason);
}

static void describe_one(const struct cli *cli, struct buf *b, const json_t *entry)
{
    const char *error = model_str(entry, "error"), *key = model_str(entry, "key");
    const char *node = model_str(entry, "nodeId");

    node = *node ? node : "unknown";
    if (*error)
        cli_add(cli, b, SAY(COMMAND_NODE_BEHIND_ERROR, node, key, error));
    else
        cli_add(cli, b, SAY(COMMAND_NODE_BEHIND, node, key));
}

static void describe(const struct cli *cli, struct buf *b, const json_t *waiting_for)
{
    size_t count = json_array_size(waiting_for);
    struct buf list = {0};

    for (size_t i = 0; i < MIN(count, SHOWN); i++) {
        buf_puts(&list, i ? cli_word(cli, WORDS_COMMAND_SEMICOLON) : "");
        describe_one(cli, &list, json_array_get(waiting_for, i));
    }
    buf_clear(b);
    if (count > SHOWN)
        cli_add(cli, b, SAY(COMMAND_AND_MORE, buf_text(&list), count - SHOWN));
    else if (count)
        buf_puts(b, buf_text(&list));
    else
        cli_add(cli, b, SAY(COMMAND_NODES_BEHIND));
    buf_done(&list);
}

/* The entry of the same object on the same node, or NULL. */
static const json_t *same_entry(const json_t *list, const json_t *entry)
{
    const json_t *other;
    size_t i;

    json_array_foreach (list, i, other) {
        if (strcmp(model_str(other, "key"), model_str(entry, "key")) == 0 &&
            strcmp(model_str(other, "nodeId"), model_str(entry, "nodeId")) == 0)
            return other;
    }
    return NULL;
}

/* A tunnel of which two answers in a row say why it does not come: waiting longer is no use, the
 * peer refuses. One answer alone may be about a try that is already being repeated. */
static const json_t *hopeless(const json_t *before, const json_t *now)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (now, i, entry) {
        if (text_starts_with(model_str(entry, "key"), "tunnel/") && *model_str(entry, "error") &&
            *model_str(same_entry(before, entry), "error"))
            return entry;
    }
    return NULL;
}

static int give_up(struct cli *cli, const json_t *entry)
{
    const char *key = model_str(entry, "key"), *slash = strchr(key, '/');

    return cli_fail(cli, CLI_REFUSED,
                    SAY(COMMAND_TUNNEL_HOPELESS, slash ? slash + 1 : key,
                        model_str(entry, "nodeId"), model_str(entry, "error")));
}

/* The server holds its answer back for up to a second; one that does not is not asked without a
 * pause. */
static int ask(struct cli *cli, const struct cli_change *change, uint64_t end, json_t **ret)
{
    uint64_t begin = cli->now_us();
    struct buf path = {0};
    int r;

    buf_puts(&path, "/v1/regions/");
    cli_url_add(&path, change->region);
    buf_printf(&path, "/observed?revision=%" PRIu64 "&wait=%d", change->revision, begin < end);
    r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, ret);
    buf_done(&path);
    if (!r && !model_bool(*ret, "observed", false) && begin < end &&
        cli->now_us() - begin < PAUSE_MS * UINT64_C(1000))
        cli->sleep_ms(PAUSE_MS);
    return r;
}

static int wait_for_one(struct cli *cli, const struct cli_change *change, struct cli_patience *p,
                        uint64_t end)
{
    json_t *before = NULL, *now = NULL;
    const json_t *lost = NULL;
    struct buf state = {0};
    int r;

    for (;;) {
        r = ask(cli, change, end, &now);
        if (r || model_bool(now, "observed", false))
            break;
        describe(cli, &state, model_list(now, "waitingFor"));
        lost = hopeless(model_list(before, "waitingFor"), model_list(now, "waitingFor"));
        if (lost)
            r = give_up(cli, lost);
        else if (cli->now_us() >= end)
            r = cli_fail(cli, CLI_TIMEOUT, SAY(COMMAND_WAITED, cli->timeout_s, buf_text(&state)));
        if (r)
            break;
        cli_still_waiting(cli, p, buf_text(&state));
        json_decref(before);
        before = now;
        now = NULL;
    }
    json_decref(before);
    json_decref(now);
    buf_done(&state);
    return r;
}

/* The newest first: when that is done, mostly all are. */
int cli_wait_observed(struct cli *cli, const struct cli_changes *c, uint64_t end)
{
    struct cli_patience p = {.since = MAX(cli->now_us(), 1)};
    int r = CLI_OK;

    for (size_t i = c->count; i > 0 && !r; i--)
        r = wait_for_one(cli, &c->items[i - 1], &p, end);
    buf_done(&p.said);
    return r;
}
