/* cli_internal.h - what the files of this room share. Functions that can fail answer an enum
 * cli_exit and have said why on cli->err, unless they say otherwise. */
#ifndef ROPEWAY_CLI_INTERNAL_H
#define ROPEWAY_CLI_INTERNAL_H

#include <jansson.h>
#include <stdio.h>

#include "base.h"
#include "cli.h"
#include "model.h"
#include "words.h"

#define CLI_ID_MAX   64
#define CLI_ARGS_MAX 256

enum cli_output { CLI_TABLE, CLI_JSON, CLI_YAML, CLI_ONLY_ID };

/* What came back. body is owned; NULL if there is none or it is no JSON. */
struct cli_answer {
    long status;
    json_t *body;
    uint64_t revision; /* Ropeway-Revision: the region's after a change; 0: the answer has none */
};

/* Who hears of events: the name, the data ("" if it has none), and the id if it has one, else
 * NULL. Non-zero: no more. */
struct cli_events {
    int (*take)(void *arg, const char *name, const char *data, const char *id);
    void *arg;
};

struct cli {
    enum words_lang lang; /* of what people read */
    const char *api;
    const char *ca;
    const char *token_file;
    const char *token; /* or NULL: from token_file */
    const char *region;
    const char *project; /* or NULL: all; lists and names are looked for in it */
    const char *context; /* that was asked for, or NULL */
    void *settings;      /* texts that the fields above borrow (config.c) */
    enum cli_output output;
    bool wait;
    bool verbose; /* each request is told on err */
    bool dry_run; /* nothing is changed, only told */
    unsigned timeout_s;
    const struct model_kind *flags_of; /* whose fields the command has as flags; or NULL */
    uint64_t revision;                 /* of the last answer; 0: it had none */
    char key[32]; /* Idempotency-Key of the request that is made; "": it has none */
    FILE *out;
    FILE *err;
    /* 0, or -errno with the reason in reason, in the user's language: how requests travel.
     * -ECONNRESET: it may have arrived, but the answer did not. Tests put a server of their own
     * here. Not NULL. */
    int (*request)(struct cli *cli, const char *method, const char *path, const json_t *body,
                   const char *if_match, struct cli_answer *ret, struct buf *reason);
    /* GET of events without an end, after the one with last_id (NULL: from the start): calls event
     * for each until that answers non-zero, or until the connection ends. -errno with the reason as
     * for request, -EINTR for Ctrl-C (interrupt.c); an answer that is no stream is in *ret. */
    int (*follow)(struct cli *cli, const char *path, const char *last_id,
                  const struct cli_events *events, struct cli_answer *ret, struct buf *reason);
    void *transport; /* of both */
    /* Whether a person at the terminal says yes. NULL: nobody can be asked. */
    bool (*confirm)(struct cli *cli, const struct words *question);
    void (*sleep_ms)(unsigned ms);
    uint64_t (*now_us)(void); /* monotonic */
};

/* ---- Ctrl-C (interrupt.c) ---- */

/* From now on the first Ctrl-C is only noted, the second ends the process; false: the first does
 * again. Where SIGINT is ignored it stays so. */
void cli_interrupt_watch(bool on);
/* True once for one that was noted. */
bool cli_interrupted(void);

/* ---- sentences (say.c) ---- */

/* The language of the environment: LC_ALL, LC_MESSAGES or LANG, the first that is set and not
 * empty (POSIX, 8.2). */
enum words_lang cli_lang(void);
/* A row of the catalogue that has no arguments. */
const char *cli_word(const struct cli *cli, enum words_code code);
/* What a kind is called inside of a sentence; in a command line it is always kind->noun. */
const char *cli_noun(const struct cli *cli, const struct model_kind *kind);
/* One line on cli->err, after "ropeway: ". Answers code, so that callers can return it. */
int cli_fail(struct cli *cli, int code, const struct words *m);
/* The same of a sentence that has come from elsewhere. */
int cli_fail_text(struct cli *cli, int code, const char *text);
int cli_out_of_memory(struct cli *cli); /* the same, when memory has run out */
/* One line, after another text. */
void cli_line(const struct cli *cli, FILE *out, const char *before, const struct words *m);
/* As it is, with the line breaks that it has and no other. */
void cli_print(const struct cli *cli, FILE *out, const struct words *m);
void cli_add(const struct cli *cli, struct buf *b, const struct words *m);

/* The array with room for one more after count; *room doubles where it is needed. NULL if out of
 * memory: the array is as it was. */
void *cli_grow(void *items, size_t count, size_t *room, size_t size);

/* ---- nouns (nouns.c) ---- */

#define CLI_KINDS (MODEL_KINDS + 2) /* those of a snapshot, tokens and users */

/* Each kind that is a noun; i below CLI_KINDS. */
const struct model_kind *cli_kind(unsigned i);
const struct model_kind *cli_kind_by_noun(const char *noun); /* NULL if there is none */
/* Whether it lives in a region: regions, tokens and users do not. */
bool cli_in_region(const struct model_kind *kind);
/* Whether people choose the id, which then is the only name to find it by. */
bool cli_named_by_people(const struct model_kind *kind);

/* ---- command line (args.c) ---- */

struct cli_flag {
    const char *name;  /* without dashes */
    const char *value; /* NULL: given without one */
};

struct cli_args {
    const char *words[CLI_ARGS_MAX]; /* what is no flag, in order */
    size_t word_count;
    struct cli_flag flags[CLI_ARGS_MAX]; /* those that are not global */
    size_t flag_count;
    const char *file; /* -f */
    bool help;
    bool watch;
    const char *sort_by;   /* NULL: not given, here and below */
    const char *selector;  /* -l */
    const char *prune;     /* a selector */
    const char *to_region; /* apply: what was printed of another region goes there; test: of --to */
    char storage[16384];   /* names of flags written --name=value */
    size_t used;
};

/* Global flags go into cli, the rest into *ret. */
MUST_USE int cli_parse_args(struct cli *cli, int argc, char **argv, struct cli_args *ret);
/* The value of the last flag of this name, or NULL. */
const char *cli_flag(const struct cli_args *args, const char *name);
/* The field behind a flag; *ret_path gets its dotted path. NULL if there is none. */
const struct model_field *cli_find_flag(const struct model_kind *kind, const char *flag,
                                        char ret_path[128]);

/* ---- order and mistakes (order.c, nearest.c) ---- */

/* As people read: numbers in texts count as numbers. As strcmp(). */
int cli_compare(const char *a, const char *b);
/* Sorts resources of a kind by the field behind a flag's name, downwards if a '-' stands before it;
 * NULL: by name. */
MUST_USE int cli_sort(struct cli *cli, const struct model_kind *kind, const char *by,
                      json_t *items);

/* Looks for the word that is most like the one wanted. Zero-initialise but wanted. */
struct cli_nearest {
    const char *wanted;
    char best[64], hint[96];
    size_t distance;
};

void cli_nearest_offer(struct cli_nearest *n, const char *word);
/* All fields of a kind, as flags. */
void cli_nearest_fields(struct cli_nearest *n, const struct model_kind *kind);
/* "; did you mean WORD?", or "" if nothing is like it. Lives in n. */
const char *cli_nearest_hint(const struct cli *cli, struct cli_nearest *n);

/* ---- following (watch.c, events.c) ---- */

/* list --watch: what is there and passes the filters ([[path, value]], references as ids), then
 * what changes, until the user has enough. */
MUST_USE int cli_watch(struct cli *cli, const struct model_kind *kind, const json_t *filters,
                       const char *sort_by);

/* Server-sent events out of the bytes that come (HTML, section 9.2). Zero-initialise but events. */
struct cli_event_reader {
    const struct cli_events *events;
    struct buf line, name, data, id;
    bool has_id;
    int stopped; /* what take answered */
};

/* -ENOMEM, -EMSGSIZE for a line or an event without an end; 1: no more is wanted. */
MUST_USE int cli_events_read(struct cli_event_reader *r, const char *bytes, size_t len);
void cli_events_done(struct cli_event_reader *r);

/* ---- values (values.c) ---- */

/* The JSON value a text stands for; references are looked up by name. A list field takes commas. */
MUST_USE int cli_parse_value(struct cli *cli, const struct model_field *field, const char *flag,
                             const char *text, json_t **ret);
/* Sets a member at a dotted path, making objects on the way. Takes value. */
MUST_USE int cli_set_path(json_t *object, const char *path, json_t *value);

/* ---- talking to the server (http.c, api.c) ---- */

MUST_USE int cli_http_request(struct cli *cli, const char *method, const char *path,
                              const json_t *body, const char *if_match, struct cli_answer *ret,
                              struct buf *reason);
MUST_USE int cli_http_follow(struct cli *cli, const char *path, const char *last_id,
                             const struct cli_events *events, struct cli_answer *ret,
                             struct buf *reason);
void cli_http_done(struct cli *cli);
/* Adds text with everything but letters, digits, '-', '_', '.' and '~' percent-encoded. */
void cli_url_add(struct buf *b, const char *text);
/* "/v1/regions/R/vpcs", with "/ID" if id is not NULL, with "/tail" if tail is not NULL. */
void cli_url(struct buf *b, const struct model_kind *kind, const char *region, const char *id,
             const char *tail);
/* cli->follow, told with --verbose. */
MUST_USE int cli_follow(struct cli *cli, const char *path, const char *last_id,
                        const struct cli_events *events, struct cli_answer *ret,
                        struct buf *reason);
/* One event of a stream, data NULL if it had none that is JSON. False: out of memory. */
typedef bool cli_take(void *arg, const char *name, const json_t *data);
/* Gives every event of a stream that never ends to take, over as many connections as it needs;
 * ends when nobody reads the output any more or with an error, never with CLI_OK (follow.c). */
MUST_USE int cli_follow_on(struct cli *cli, const char *path, cli_take *take, void *arg);
/* Any answer is fine; only silence is a failure. */
MUST_USE int cli_ask(struct cli *cli, const char *method, const char *path, const json_t *body,
                     const char *if_match, struct cli_answer *ret);
/* Only success is fine; *ret (may be NULL) gets the body. */
MUST_USE int cli_call(struct cli *cli, const char *method, const char *path, const json_t *body,
                      const char *if_match, json_t **ret);
/* POST of something new. If the connection is cut before the answer it is sent again, which makes
 * nothing twice. */
MUST_USE int cli_post_once(struct cli *cli, const char *path, const json_t *body, json_t **ret);
/* Says what a problem+json says. Answers CLI_REFUSED. */
int cli_say_problem(struct cli *cli, const struct cli_answer *answer);
/* All pages of a list as one new array. query is "" or "name=x&...". */
MUST_USE int cli_list_all(struct cli *cli, const struct model_kind *kind, const char *region,
                          const char *query, json_t **ret);
/* The same of any path that answers in pages; it may have a query. */
MUST_USE int cli_list_pages(struct cli *cli, const char *path, json_t **ret);
/* The same of a whole collection; *ret stays NULL if there are more than most or the server
 * refuses, of which nothing is said. */
MUST_USE int cli_list_few(struct cli *cli, const struct model_kind *kind, const char *region,
                          size_t most, json_t **ret);
/* The resource that was found under a name; NULL if items is empty, a refusal if it has more. */
MUST_USE int cli_only_one(struct cli *cli, const struct model_kind *kind, const char *text,
                          const json_t *items, json_t **ret);
/* *ret stays NULL if there is none. */
MUST_USE int cli_find_id(struct cli *cli, const struct model_kind *kind, const char *region,
                         const char *id, json_t **ret);
/* The resource of this id or unique name; *ret stays NULL if there is none. */
MUST_USE int cli_find(struct cli *cli, const struct model_kind *kind, const char *region,
                      const char *text, json_t **ret);
/* As cli_find() for a name, among those that a query ("vpcId=...", or "") leaves. */
MUST_USE int cli_find_where(struct cli *cli, const struct model_kind *kind, const char *region,
                            const char *filter, const char *text, json_t **ret);
/* The id for an id or unique name among kinds (a set of 1u << kind id). */
MUST_USE int cli_resolve(struct cli *cli, const char *region, unsigned kinds, const char *text,
                         char ret[CLI_ID_MAX]);
/* Says that there is none; region is NULL for what lives in none. Answers CLI_REFUSED. */
int cli_not_found(struct cli *cli, const char *noun, const char *text, const char *region);
/* The region given by flag or environment; CLI_USAGE if there is none and the kind needs it. */
MUST_USE int cli_need_region(struct cli *cli, const struct model_kind *kind);

/* ---- showing (say.c, show.c, table.c, yaml_out.c) ---- */

/* Columns a text takes in a terminal: 中文 takes two each. */
size_t cli_width(const char *text);
/* One line, whatever the text is: what would break or repaint the terminal is shown as a space. */
void cli_put_text(FILE *out, const char *text);

struct cli_table {
    size_t columns;
    struct buf *cells; /* rows × columns; the first row is the head */
    size_t count, room;
    bool failed;
};

void cli_table_done(struct cli_table *t);
/* The next cell from left to right, top to bottom; fill it. NULL if out of memory. */
struct buf *cli_table_cell(struct cli_table *t);
void cli_table_print(const struct cli_table *t, FILE *out);
/* The rows from this one on, in columns at least as wide as widths (one for each column), which
 * then are as wide as these. */
void cli_table_print_from(const struct cli_table *t, size_t row, size_t *widths, FILE *out);

/* In the machine's formats with the kind, so that apply understands what was printed. */
void cli_show_list(struct cli *cli, const struct model_kind *kind, const json_t *items);
void cli_show_one(struct cli *cli, const struct model_kind *kind, const json_t *resource);
/* The fields of a kind that have a column; how many. */
#define CLI_COLUMNS_MAX 32
size_t cli_columns_of(const struct model_kind *kind,
                      const struct model_field *ret[CLI_COLUMNS_MAX]);
/* A table's head and rows of these columns; owned by the caller. */
void cli_table_add_head(const struct cli *cli, struct cli_table *t,
                        const struct model_field *const *columns);
void cli_table_add_row(struct cli_table *t, const struct model_field *const *columns,
                       const json_t *resource);
/* A column of what is no resource: the member and its head. */
struct cli_column {
    const char *key; /* NULL ends */
    enum words_code head;
};
/* Rows of any objects. Wraps them in {"items"} for JSON. */
void cli_show_rows(struct cli *cli, const struct cli_column *columns, const json_t *items);
/* A value in one cell: lists joined by commas. */
void cli_cell_text(struct buf *b, const json_t *value);
void cli_print_json(FILE *out, const json_t *value);
void cli_print_yaml(FILE *out, const json_t *value);
/* As YAML if that was asked for, else as JSON. */
void cli_print_machine(struct cli *cli, const json_t *value);
/* The path of an explanation, a place on each line (path.c). */
void cli_print_path(const struct cli *cli, const json_t *answer);
/* What the server explains of a way, for people or machines (actions.c). */
void cli_print_explanation(struct cli *cli, const json_t *answer);
/* A secret alone on its line, ready for $(...). */
void cli_print_secret(struct cli *cli, const json_t *answer, const char *member);

/* ---- YAML and JSON files (yaml_in.c) ---- */

/* Every document of the text in an array. -EINVAL with a written message in why; JSON is YAML. */
MUST_USE int cli_parse_yaml(const char *text, size_t len, json_t **ret, struct buf *why);

/* ---- commands ---- */

typedef int cli_command(struct cli *cli, const struct model_kind *kind,
                        const struct cli_args *args);

/* What can be done to resources (commands.c, actions.c). */
struct cli_verb {
    const char *name;
    unsigned kinds; /* 0: all */
    cli_command *run;
    const char *operand;         /* shown in the usage: "ID|NAME", or "" */
    enum words_code description; /* of the noun */
};

const struct cli_verb *cli_verbs(void); /* a NULL name ends */
bool cli_verb_fits(const struct cli_verb *verb, const struct model_kind *kind);
/* Whether the verb takes this field as a flag. */
bool cli_verb_takes(const struct cli_verb *verb, const struct model_kind *kind, const char *path,
                    const struct model_field *field);

cli_command cli_create, cli_get, cli_list, cli_update, cli_delete; /* commands.c */
/* actions.c */
/* The id of the one that the third word names; there are no more than so many words. Says what is
 * wrong. */
MUST_USE int cli_find_operand(struct cli *cli, const struct model_kind *kind,
                              const struct cli_args *args, size_t words, char ret_id[CLI_ID_MAX]);
cli_command cli_test_alarm, cli_drain, cli_undrain, cli_wait_for, cli_reveal_psk, cli_log,
    cli_routes, cli_hosts, cli_explain, cli_problems, cli_quotas;
cli_command cli_metrics; /* metrics.c */
cli_command cli_token;   /* token.c */
cli_command cli_invite;  /* people.c */
cli_command cli_device;  /* device.c */
cli_command cli_edit;    /* edit.c */
/* If making a resource let out a secret of a token or user: shows that and what to do with it, and
 * answers true (people.c). */
bool cli_show_shown_once(struct cli *cli, const json_t *made);
/* After a change (finish.c): says its warnings, waits if asked to, and shows how the resource is
 * then. A psk shown once is kept. */
MUST_USE int cli_finish_change(struct cli *cli, const struct model_kind *kind, json_t *resource);
/* Until the change that was answered last is carried out; and until the resource it left, if it
 * left one, is as it should be. */
MUST_USE int cli_wait_for_change(struct cli *cli, const struct model_kind *kind,
                                 const json_t *resource);
/* delete -l: all of a kind that carry labels (unapply.c). */
MUST_USE int cli_delete_selected(struct cli *cli, const struct model_kind *kind,
                                 const char *selector);
/* vpn-tunnel create that names no pair of outer addresses: adds the next natural one to body, after
 * a question another one, or refuses (pairs.c). *ret_chosen: a pair was added. */
MUST_USE int cli_choose_pair(struct cli *cli, json_t *body, bool *ret_chosen);
/* A selector that makes no sense is a mistake of who wrote it (args.c). */
MUST_USE int cli_check_selector(struct cli *cli, const char *selector);

/* ---- waiting (observed.c, wait.c) ---- */

/* Changes that were made, for --wait. Zero-initialise. */
struct cli_changes {
    struct cli_change {
        const char *region; /* borrowed */
        uint64_t revision;
    } * items;
    size_t count, room;
};

void cli_changes_done(struct cli_changes *c);
/* Notes the change that was answered last, if there will be a wait for it. */
MUST_USE int cli_changes_add(struct cli *cli, struct cli_changes *c, const char *region);
/* When --timeout is over, counted from now. */
uint64_t cli_wait_end(const struct cli *cli);
/* What a wait says while it goes on and when it ends: the newest reason, once, and only when it
 * takes longer than a second. Zero-initialise. */
struct cli_patience {
    uint64_t since; /* 0: not asked yet */
    struct buf said;
};
void cli_still_waiting(struct cli *cli, struct cli_patience *p, const char *reason);
/* Waits until the nodes have carried out all of the changes. */
MUST_USE int cli_wait_observed(struct cli *cli, const struct cli_changes *c, uint64_t end);
/* Waits until the resource is as one would want it. Says nothing on success. */
MUST_USE int cli_wait(struct cli *cli, const struct model_kind *kind, const char *region,
                      const char *id, uint64_t end);
/* The same after a change that left the resource like this: until that is carried out, an instance
 * runs, a node is online, and a tunnel that calls is up. */
MUST_USE int cli_wait_changed(struct cli *cli, const struct model_kind *kind, const char *region,
                              const json_t *resource, uint64_t end);

/* ---- settings (config.c, context.c) ---- */

/* What flags left open, out of the environment, of the context and of what is usual, in this order.
 * To be given back. */
MUST_USE int cli_settings(struct cli *cli);
void cli_settings_done(struct cli *cli);

/* The file of contexts: {"current": NAME, "contexts": {NAME: {"api", ...}}}, with what is wrong in
 * it said. *ret is new; without a file it has no contexts. */
MUST_USE int cli_config_read(struct cli *cli, json_t **ret);
MUST_USE int cli_config_write(struct cli *cli, const json_t *config);
/* The members of a context; a NULL ends. */
extern const char *const cli_context_members[];

MUST_USE int cli_context(struct cli *cli, const struct cli_args *args); /* context.c */

MUST_USE int cli_bgp(struct cli *cli, const struct cli_args *args);   /* bgp.c */
MUST_USE int cli_route(struct cli *cli, const struct cli_args *args); /* route.c */
MUST_USE int cli_event(struct cli *cli, const struct cli_args *args); /* event.c */
MUST_USE int cli_audit(struct cli *cli, const struct cli_args *args); /* audit.c */
MUST_USE int cli_test(struct cli *cli, const struct cli_args *args);  /* reach.c */
MUST_USE int cli_raw(struct cli *cli, const struct cli_args *args);   /* raw.c */
/* All documents of a file, "-" for standard input, as an array (manifest.c). */
MUST_USE int cli_read_documents(struct cli *cli, const char *file, json_t **ret);
/* apply, or diff: what apply would change, without changing it (apply.c). */
MUST_USE int cli_apply(struct cli *cli, const struct cli_args *args);
MUST_USE int cli_diff(struct cli *cli, const struct cli_args *args);
MUST_USE int cli_delete_file(struct cli *cli, const struct cli_args *args); /* unapply.c */

/* ---- help (help.c) ---- */

void cli_help(const struct cli *cli, FILE *out);
void cli_help_noun(const struct cli *cli, FILE *out, const struct model_kind *kind);
void cli_help_verb(const struct cli *cli, FILE *out, const struct model_kind *kind,
                   const struct cli_verb *verb);
int cli_help_node_token(const struct cli *cli);
int cli_help_file(const struct cli *cli, const char *command); /* "apply", "delete" or "diff" */
int cli_help_context(const struct cli *cli);
int cli_help_version(const struct cli *cli);
/* "Usage: " and lines of it, NULL at the end; "Example:" and lines of one. */
void cli_help_usage(const struct cli *cli, FILE *out, const char *const *lines);
void cli_help_example(const struct cli *cli, FILE *out, const char *line);
/* A flag in width columns and what it does. */
void cli_help_flag(const struct cli *cli, FILE *out, int width, const char *flag,
                   const struct words *m);

MUST_USE int cli_completion(struct cli *cli, const struct cli_args *args); /* completion.c */

/* Runs one parsed command line; for cli_main() and tests. */
MUST_USE int cli_run(struct cli *cli, const struct cli_args *args);

#endif
