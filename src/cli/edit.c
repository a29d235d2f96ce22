#include "cli_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* `ropeway NOUN edit NAME`: what may be changed goes into a file, the user's editor shows it, and
 * what is different afterwards is sent, on the state that was shown or not at all. */

#define MAX_FILE 1048576

struct editing {
    struct cli *cli;
    const struct model_kind *kind;
    json_t *resource; /* owned: as it was shown */
    json_t *shown;    /* owned: the members that may be changed */
    struct buf text;  /* the file as it is now, without why */
    struct buf why;   /* what is wrong with it; empty: nothing */
    char *file;       /* owned; NULL: there is none */
};

/* ---- what is shown ---- */

static bool may_change(const struct model_field *f)
{
    return f && f->access == MODEL_EDITABLE && !(f->flags & MODEL_SECRET);
}

/* New. */
static json_t *part_of(const struct editing *e, bool editable)
{
    json_t *part = json_object(), *value;
    const char *key;

    json_object_foreach (e->resource, key, value) {
        if (may_change(model_find_field(e->kind, key)) == editable)
            json_object_set(part, key, value);
    }
    return part;
}

/* Each line behind a "# ". */
static void add_comment(struct buf *b, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        buf_puts(b, "# ");
        buf_add(b, text, len);
        buf_puts(b, "\n");
        text += len + (text[len] == '\n');
    }
}

static void add_sentence(const struct cli *cli, struct buf *b, const struct words *m)
{
    struct buf text = {0};

    cli_add(cli, &text, m);
    add_comment(b, text.len ? buf_text(&text) : "");
    buf_done(&text);
}

/* As YAML; false if out of memory. */
static bool add_yaml(struct buf *b, const json_t *value, bool comment)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        return false;
    cli_print_yaml(out, value);
    if (fclose(out) != 0) {
        free(text);
        return false;
    }
    if (comment)
        add_comment(b, text);
    else
        buf_puts(b, text);
    free(text);
    return !b->failed;
}

static int write_first(struct editing *e)
{
    json_t *rest = part_of(e, false);
    bool ok = add_yaml(&e->text, e->shown, false);

    buf_puts(&e->text, "\n");
    add_sentence(e->cli, &e->text, SAY(COMMAND_EDIT_REST));
    ok = ok && add_yaml(&e->text, rest, true);
    json_decref(rest);
    return ok ? CLI_OK : cli_out_of_memory(e->cli);
}

/* ---- the file and the editor ---- */

static int cannot(struct editing *e, int err)
{
    return cli_fail(e->cli, CLI_REFUSED,
                    SAY(COMMAND_EDIT_FILE, e->file ? e->file : "", strerror(-err)));
}

static int make_file(struct editing *e)
{
    const char *folder = getenv("TMPDIR");
    struct buf name = {0};
    int fd;

    buf_printf(&name, "%s/ropeway-edit-XXXXXX.yaml", folder && *folder ? folder : "/tmp");
    e->file = strdup(name.failed ? "" : buf_text(&name));
    buf_done(&name);
    if (!e->file)
        return cli_out_of_memory(e->cli);
    fd = mkstemps(e->file, 5); /* 0600 */
    if (fd < 0)
        return cannot(e, -errno);
    close(fd);
    return CLI_OK;
}

static int write_file(struct editing *e)
{
    FILE *out = fopen(e->file, "we");
    struct buf head = {0};
    int r = 0;

    if (!out)
        return cannot(e, -errno);
    add_sentence(e->cli, &head,
                 SAY(COMMAND_EDIT_HEAD, cli_noun(e->cli, e->kind), model_str(e->resource, "name"),
                     model_str(e->resource, "id")));
    if (e->why.len) {
        buf_puts(&head, "#\n");
        add_comment(&head, buf_text(&e->why));
        buf_puts(&head, "#\n");
    }
    fwrite(head.data, 1, head.len, out);
    fwrite(e->text.data, 1, e->text.len, out);
    if (ferror(out))
        r = -EIO;
    if (fclose(out) != 0 && r == 0)
        r = -errno;
    buf_done(&head);
    return r < 0 ? cannot(e, r) : CLI_OK;
}

static const char *editor(void)
{
    static const char *const names[] = {"VISUAL", "EDITOR"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *value = getenv(names[i]);

        if (value && *value)
            return value;
    }
    return "vi";
}

/* The editor may have arguments of its own. */
static int run_editor(struct editing *e)
{
    const char *name = editor();
    struct buf command = {0};
    int status = -1;
    pid_t pid;

    buf_printf(&command, "%s \"$1\"", name);
    fflush(NULL);
    pid = command.failed ? -1 : fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", buf_text(&command), "ropeway-edit", e->file, (char *)NULL);
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    buf_done(&command);
    if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return CLI_OK;
    return cli_fail(e->cli, CLI_REFUSED, SAY(COMMAND_EDIT_EDITOR, name));
}

/* What the user left there, without the head: comments before the first line that is none. */
static int read_file(struct editing *e)
{
    struct buf all = {0};
    const char *from;
    int r = file_read(e->file, MAX_FILE, &all);

    if (r < 0) {
        buf_done(&all);
        return cannot(e, r);
    }
    from = all.len ? buf_text(&all) : "";
    while (*from == '#')
        from += strcspn(from, "\n") + (from[strcspn(from, "\n")] == '\n');
    buf_clear(&e->text);
    buf_puts(&e->text, from);
    buf_done(&all);
    return e->text.failed ? cli_out_of_memory(e->cli) : CLI_OK;
}

/* ---- what changed ---- */

/* RFC 7396: from have to want. What was taken out goes back to its default. New. */
static json_t *merge_patch(const json_t *have, const json_t *want)
{
    json_t *patch = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)(uintptr_t)want, key, value) {
        const json_t *old = json_object_get(have, key);

        if (json_equal(old, value) || (!old && json_is_null(value)))
            continue;
        if (json_is_object(old) && json_is_object(value))
            json_object_set_new(patch, key, merge_patch(old, value));
        else
            json_object_set(patch, key, value);
    }
    json_object_foreach ((json_t *)(uintptr_t)have, key, value) {
        if (!json_object_get(want, key))
            json_object_set_new(patch, key, json_null());
    }
    return patch;
}

/* *ret is new; NULL and e->why where the text makes no sense. */
static int read_patch(struct editing *e, json_t **ret)
{
    struct buf why = {0};
    json_t *documents = NULL;

    buf_clear(&e->why);
    *ret = NULL;
    if (cli_parse_yaml(e->text.len ? buf_text(&e->text) : "", e->text.len, &documents, &why) < 0)
        cli_add(e->cli, &e->why, SAY(COMMAND_EDIT_BAD, words_written(buf_text(&why))));
    else if (json_array_size(documents) == 0)
        *ret = json_object(); /* an emptied file is no wish */
    else if (json_array_size(documents) > 1 || !json_is_object(json_array_get(documents, 0)))
        cli_add(e->cli, &e->why, SAY(COMMAND_EDIT_ONE));
    else
        *ret = merge_patch(e->shown, json_array_get(documents, 0));
    buf_done(&why);
    json_decref(documents);
    return *ret || e->why.len ? CLI_OK : cli_out_of_memory(e->cli);
}

/* ---- sending ---- */

/* What others changed meanwhile is theirs, and what the user wrote is kept. */
static int say_conflict(struct editing *e)
{
    (void)cli_fail(e->cli, CLI_REFUSED, SAY(COMMAND_CHANGED_BEFORE, cli_noun(e->cli, e->kind)));
    return CLI_REFUSED;
}

static int send(struct editing *e, const json_t *patch, json_t **ret)
{
    struct cli_answer answer = {0};
    struct buf path = {0}, match = {0};
    int r;

    cli_url(&path, e->kind, e->cli->region, model_str(e->resource, "id"), NULL);
    buf_printf(&match, "\"%" PRId64 "\"", model_int(e->resource, "revision", 0));
    r = cli_ask(e->cli, "PATCH", buf_text(&path), patch, buf_text(&match), &answer);
    buf_done(&match);
    buf_done(&path);
    if (!r && answer.status == 200 && answer.body)
        *ret = json_incref(answer.body);
    else if (!r && answer.status == 412)
        r = say_conflict(e);
    else if (!r && (answer.status == 400 || answer.status == 409) &&
             *model_str(answer.body, "detail"))
        buf_puts(&e->why, model_str(answer.body, "detail")); /* the user can mend it */
    else if (!r)
        r = cli_say_problem(e->cli, &answer);
    json_decref(answer.body);
    return r;
}

/* Saved as it was after a refusal: the user gives up. */
static int give_up(struct editing *e)
{
    return cli_fail_text(e->cli, CLI_REFUSED, buf_text(&e->why));
}

/* One look by the user; *ret_done when there is nothing more to ask. */
static int turn(struct editing *e, json_t **ret, bool *ret_done)
{
    struct buf before = {0};
    json_t *patch = NULL;
    bool same;
    int r = write_file(e);

    buf_puts(&before, e->text.len ? buf_text(&e->text) : "");
    if (!r)
        r = run_editor(e);
    if (!r)
        r = read_file(e);
    same = !r && before.len == e->text.len && memcmp(before.data, e->text.data, before.len) == 0;
    buf_done(&before);
    if (!r && same && e->why.len)
        return give_up(e);
    if (!r)
        r = read_patch(e, &patch);
    if (!r && patch && json_object_size(patch))
        r = send(e, patch, ret);
    *ret_done = !r && !e->why.len;
    json_decref(patch);
    return r;
}

static int edit(struct editing *e, json_t **ret)
{
    bool done = false;
    int r = make_file(e);

    if (!r)
        r = write_first(e);
    while (!r && !done)
        r = turn(e, ret, &done);
    if (r && e->file)
        cli_line(e->cli, e->cli->err, "  ", SAY(COMMAND_EDIT_KEPT, e->file));
    else if (e->file)
        (void)unlink(e->file);
    return r;
}

static int check(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    if (args->flag_count)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_NO_FLAG, kind->noun, "edit", args->flags[0].name));
    if (args->word_count < 3)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_OPERAND, cli_noun(cli, kind)));
    if (args->word_count > 3)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_SECOND_OPERAND, cli_noun(cli, kind), args->words[3]));
    return cli_need_region(cli, kind);
}

int cli_edit(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    struct editing e = {.cli = cli, .kind = kind};
    json_t *made = NULL;
    int r = check(cli, kind, args);

    if (!r)
        r = cli_find(cli, kind, cli->region, args->words[2], &e.resource);
    if (!r && !e.resource)
        r = cli_not_found(cli, cli_noun(cli, kind), args->words[2],
                          cli_in_region(kind) ? cli->region : NULL);
    if (!r) {
        e.shown = part_of(&e, true);
        r = edit(&e, &made);
    }
    if (!r && made)
        r = cli_finish_change(cli, kind, made);
    else if (!r && cli->output == CLI_TABLE)
        cli_line(cli, cli->out, "",
                 SAY(COMMAND_EDIT_UNCHANGED, cli_noun(cli, kind), model_str(e.resource, "id")));
    json_decref(made);
    json_decref(e.resource);
    json_decref(e.shown);
    buf_done(&e.text);
    buf_done(&e.why);
    free(e.file);
    return r;
}
