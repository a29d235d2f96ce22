#include "cli_internal.h"

/* Following what changes until nobody reads any more: when the connection is cut the next one goes
 * on where it ended. */

#define AGAIN_MS 1000

struct following {
    struct cli *cli;
    cli_take *take;
    void *arg;
    struct buf id; /* of the last event that had one */
    bool failed;   /* out of memory */
};

static int on_event(void *arg, const char *name, const char *data, const char *id)
{
    struct following *f = arg;
    json_t *event = *data ? json_loads(data, JSON_REJECT_DUPLICATES, NULL) : NULL;

    if (id) {
        f->id.len = 0;
        buf_puts(&f->id, id);
    }
    f->failed = !f->take(f->arg, name, event) || f->id.failed;
    json_decref(event);
    fflush(f->cli->out);
    return f->failed || ferror(f->cli->out);
}

/* One connection, until it ends. A first one must come about; after that the next one does. */
static int follow(struct following *f, const char *path)
{
    const struct cli_events events = {on_event, f};
    struct cli_answer answer = {0};
    struct buf reason = {0};
    struct cli *cli = f->cli;
    int r = cli_follow(cli, path, f->id.len ? buf_text(&f->id) : NULL, &events, &answer, &reason);

    if (f->failed)
        r = cli_out_of_memory(cli);
    else if (ferror(cli->out))
        r = CLI_REFUSED; /* nobody reads any more */
    else if (answer.status >= 400)
        r = cli_say_problem(cli, &answer);
    else if (r < 0 && !f->id.len)
        r = cli_fail_text(cli, CLI_UNREACHABLE, buf_text(&reason));
    else if (r < 0 && r != -ECONNREFUSED && r != -ECONNRESET)
        r = cli_fail_text(cli, CLI_REFUSED, buf_text(&reason));
    else
        r = CLI_OK;
    json_decref(answer.body);
    buf_done(&reason);
    return r;
}

int cli_follow_on(struct cli *cli, const char *path, cli_take *take, void *arg)
{
    struct following f = {.cli = cli, .take = take, .arg = arg};
    int r = follow(&f, path);

    while (r == CLI_OK) {
        (void)cli_fail(cli, CLI_OK, SAY(COMMAND_CONNECTION_CUT));
        cli->sleep_ms(AGAIN_MS);
        r = follow(&f, path);
    }
    buf_done(&f.id);
    return r;
}
