#include "cli_internal.h"

#include <strings.h>

/* The API in terms of kinds, regions and names. */

void cli_url_add(struct buf *b, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     strchr("-_.~", c);

        if (plain)
            buf_add(b, text, 1);
        else
            buf_printf(b, "%%%02X", c);
    }
}

void cli_url(struct buf *b, const struct model_kind *kind, const char *region, const char *id,
             const char *tail)
{
    buf_puts(b, "/v1/");
    if (cli_in_region(kind)) {
        buf_puts(b, "regions/");
        cli_url_add(b, region);
        buf_puts(b, "/");
    }
    buf_puts(b, kind->collection);
    if (id) {
        buf_puts(b, "/");
        cli_url_add(b, id);
    }
    if (tail)
        buf_printf(b, "/%s", tail);
}

/* ---- telling of requests ---- */

/* The path as it goes into what people see: a secret in a query is none of their business. */
static void add_path(struct buf *b, const char *path)
{
    static const char *const secrets[] = {"token=", "psk=", "key=", "secret="};

    while (*path) {
        size_t len = strcspn(path, "?&"), shown = len;

        for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
            if (strncasecmp(path, secrets[i], strlen(secrets[i])) == 0)
                shown = strlen(secrets[i]);
        }
        buf_add(b, path, shown);
        buf_puts(b, shown < len ? "..." : "");
        path += len;
        if (*path)
            buf_add(b, path++, 1);
    }
}

/* Method, path, status and time; never a header or a body, which hold tokens and keys. */
static void tell(struct cli *cli, const char *method, const char *path, int r, long status,
                 uint64_t begin)
{
    uint64_t ms = (cli->now_us() - begin) / 1000;
    struct buf shown = {0};

    if (!cli->verbose)
        return;
    add_path(&shown, path);
    if (r < 0)
        cli_line(cli, cli->err, "", SAY(COMMAND_REQUEST_LOST, method, buf_text(&shown), ms));
    else
        cli_line(cli, cli->err, "", SAY(COMMAND_REQUEST, method, buf_text(&shown), status, ms));
    buf_done(&shown);
}

int cli_follow(struct cli *cli, const char *path, const char *last_id,
               const struct cli_events *events, struct cli_answer *ret, struct buf *reason)
{
    uint64_t begin = cli->now_us();
    int r = cli->follow(cli, path, last_id, events, ret, reason);

    tell(cli, "GET", path, ret->status ? 0 : r, ret->status, begin);
    return r;
}

static int request(struct cli *cli, const char *method, const char *path, const json_t *body,
                   const char *if_match, struct cli_answer *ret, struct buf *reason)
{
    uint64_t begin = cli->now_us();
    int r = cli->request(cli, method, path, body, if_match, ret, reason);

    tell(cli, method, path, r, ret->status, begin);
    return r;
}

/* ---- requests ---- */

#define TRIES_MAX 5
#define AGAIN_MS  1000

/* Whether what may have arrived can be sent again: with a key it is done once, however often it
 * comes. When it was cut off by a server that ends, that may be away for a moment. */
static bool may_try_again(const struct cli *cli, int r, int tries, bool *cut)
{
    *cut |= r == -ECONNRESET;
    return *cli->key && *cut && (r == -ECONNRESET || r == -ECONNREFUSED) && tries < TRIES_MAX;
}

int cli_ask(struct cli *cli, const char *method, const char *path, const json_t *body,
            const char *if_match, struct cli_answer *ret)
{
    struct buf reason = {0};
    struct cli_answer got = {0};
    bool cut = false;
    int r = request(cli, method, path, body, if_match, &got, &reason);

    for (int tries = 1; may_try_again(cli, r, tries, &cut); tries++) {
        buf_done(&reason);
        cli->sleep_ms(AGAIN_MS);
        r = request(cli, method, path, body, if_match, &got, &reason);
    }
    if (r < 0) {
        int code = r == -EINVAL ? CLI_USAGE : CLI_UNREACHABLE;

        (void)cli_fail_text(cli, code, buf_text(&reason));
        buf_done(&reason);
        return code;
    }
    buf_done(&reason);
    cli->revision = got.revision;
    *ret = got;
    return CLI_OK;
}

/* "vpc" where the problem is with vpcId and that was a flag of the command; else NULL. */
static const char *flag_of(const struct cli *cli, const char *path, char ret[MODEL_FLAG_MAX])
{
    const struct model_field *field = cli->flags_of ? model_find_field(cli->flags_of, path) : NULL;

    return field && model_flag_name(path, field, ret) == 0 && strcmp(ret, path) != 0 ? ret : NULL;
}

int cli_say_problem(struct cli *cli, const struct cli_answer *answer)
{
    const char *detail = model_str(answer->body, "detail"), *flag;
    char name[MODEL_FLAG_MAX];
    const json_t *holder;
    size_t i;

    if (!*detail)
        return cli_fail(cli, CLI_REFUSED, SAY(COMMAND_NO_REASON, answer->status));
    flag = flag_of(cli, model_str(answer->body, "field"), name);
    if (flag)
        (void)cli_fail(cli, CLI_REFUSED, SAY(COMMAND_PROBLEM_WITH_FLAG, detail, flag));
    else
        (void)cli_fail_text(cli, CLI_REFUSED, detail);
    json_array_foreach (model_list(answer->body, "holders"), i, holder) {
        const struct model_kind *kind = model_kind_by_name(model_str(holder, "kind"));

        if (i < 5)
            continue;
        cli_line(cli, cli->err, "  ",
                 SAY(COMMAND_AND_BY,
                     kind ? cli_noun(cli, kind) : cli_word(cli, WORDS_COMMAND_RESOURCE),
                     model_str(holder, "id"), model_str(holder, "name")));
    }
    return CLI_REFUSED;
}

int cli_call(struct cli *cli, const char *method, const char *path, const json_t *body,
             const char *if_match, json_t **ret)
{
    struct cli_answer answer = {0};
    int r = cli_ask(cli, method, path, body, if_match, &answer);

    if (!r && answer.status >= 300)
        r = cli_say_problem(cli, &answer);
    else if (!r && answer.status != 204 && !answer.body)
        r = cli_fail(cli, CLI_REFUSED, SAY(COMMAND_NOT_JSON, cli->api));
    if (!r && ret)
        *ret = answer.body;
    else
        json_decref(answer.body);
    return r;
}

int cli_post_once(struct cli *cli, const char *path, const json_t *body, json_t **ret)
{
    int r;

    random_base32(cli->key, sizeof(cli->key) - 1);
    r = cli_call(cli, "POST", path, body, NULL, ret);
    cli->key[0] = 0;
    return r;
}

/* ---- lists ---- */

#define PAGE_MAX   1000 /* the server's */
#define CURSOR_MAX 512

static void page_path(const struct cli *cli, struct buf *b, const struct model_kind *kind,
                      const char *region, const char *query, size_t limit, const char *cursor)
{
    cli_url(b, kind, region, NULL, NULL);
    buf_printf(b, "?limit=%zu%s%s", limit, *query ? "&" : "", query);
    if (kind->id < MODEL_KINDS && cli->project && *cli->project &&
        model_filter_field(kind, "projectId") && !strstr(b->len ? buf_text(b) : "", "projectId=")) {
        buf_puts(b, "&projectId=");
        cli_url_add(b, cli->project);
    }
    if (*cursor) {
        buf_puts(b, "&cursor=");
        cli_url_add(b, cursor);
    }
}

/* cursor is of the next page then, "" after the last. */
static int take_page(struct cli *cli, json_t *all, const json_t *page, char cursor[CURSOR_MAX])
{
    if (json_array_extend(all, (json_t *)model_list(page, "items")) ||
        text_copy(cursor, CURSOR_MAX, model_str(page, "next")) < 0)
        return cli_fail(cli, CLI_REFUSED, SAY(COMMAND_LIST_UNREADABLE));
    return CLI_OK;
}

int cli_list_all(struct cli *cli, const struct model_kind *kind, const char *region,
                 const char *query, json_t **ret)
{
    json_t *all = json_array(), *page;
    char cursor[CURSOR_MAX] = "";
    int r = CLI_OK;

    do {
        struct buf path = {0};

        page = NULL;
        page_path(cli, &path, kind, region, query, PAGE_MAX, cursor);
        r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &page);
        buf_done(&path);
        if (!r)
            r = take_page(cli, all, page, cursor);
        json_decref(page);
    } while (!r && *cursor);
    if (r)
        json_decref(all);
    else
        *ret = all;
    return r;
}

int cli_list_pages(struct cli *cli, const char *path, json_t **ret)
{
    json_t *all = json_array(), *page;
    char cursor[CURSOR_MAX] = "";
    int r = CLI_OK;

    do {
        struct buf whole = {0};

        page = NULL;
        buf_puts(&whole, path);
        if (*cursor) {
            buf_puts(&whole, strchr(path, '?') ? "&cursor=" : "?cursor=");
            cli_url_add(&whole, cursor);
        }
        r = cli_call(cli, "GET", buf_text(&whole), NULL, NULL, &page);
        buf_done(&whole);
        if (!r)
            r = take_page(cli, all, page, cursor);
        json_decref(page);
    } while (!r && *cursor);
    if (r)
        json_decref(all);
    else
        *ret = all;
    return r;
}

int cli_list_few(struct cli *cli, const struct model_kind *kind, const char *region, size_t most,
                 json_t **ret)
{
    struct cli_answer answer;
    json_t *all = json_array();
    char cursor[CURSOR_MAX] = "";
    bool refused = false;
    int r;

    do {
        struct buf path = {0};

        answer = (struct cli_answer){0};
        page_path(cli, &path, kind, region, "", MIN(PAGE_MAX, most), cursor);
        r = cli_ask(cli, "GET", buf_text(&path), NULL, NULL, &answer);
        buf_done(&path);
        refused = !r && (answer.status != 200 || !answer.body);
        if (!r && !refused)
            r = take_page(cli, all, answer.body, cursor);
        json_decref(answer.body);
    } while (!r && !refused && *cursor && json_array_size(all) < most);
    if (!r && !refused && !*cursor)
        *ret = all;
    else
        json_decref(all);
    return r;
}

static int refuse_ambiguous(struct cli *cli, const struct model_kind *kind, const char *text,
                            const json_t *items)
{
    struct buf ids = {0};
    const json_t *item;
    size_t i;

    json_array_foreach (items, i, item)
        buf_printf(&ids, "%s%s", i ? cli_word(cli, WORDS_COMMAND_COMMA) : "",
                   model_str(item, "id"));
    (void)cli_fail(
        cli, CLI_REFUSED,
        SAY(COMMAND_AMBIGUOUS, json_array_size(items), cli_noun(cli, kind), text, buf_text(&ids)));
    buf_done(&ids);
    return CLI_REFUSED;
}

int cli_only_one(struct cli *cli, const struct model_kind *kind, const char *text,
                 const json_t *items, json_t **ret)
{
    if (json_array_size(items) > 1)
        return refuse_ambiguous(cli, kind, text, items);
    *ret = json_incref(json_array_get(items, 0));
    return CLI_OK;
}

/* ---- one ---- */

int cli_find_id(struct cli *cli, const struct model_kind *kind, const char *region, const char *id,
                json_t **ret)
{
    struct cli_answer answer = {0};
    struct buf path = {0};
    int r;

    cli_url(&path, kind, region, id, NULL);
    r = cli_ask(cli, "GET", buf_text(&path), NULL, NULL, &answer);
    buf_done(&path);
    if (!r && answer.status == 200 && answer.body) {
        *ret = answer.body;
        return CLI_OK;
    }
    if (!r && answer.status != 404)
        r = cli_say_problem(cli, &answer);
    json_decref(answer.body);
    return r;
}

int cli_find(struct cli *cli, const struct model_kind *kind, const char *region, const char *text,
             json_t **ret)
{
    if (model_is_id(kind, text) || cli_named_by_people(kind))
        return cli_find_id(cli, kind, region, text, ret);
    return cli_find_where(cli, kind, region, "", text, ret);
}

/* Lists of people and their tokens have no filters. */
static bool has_filters(const struct model_kind *kind)
{
    return kind->id < MODEL_KINDS;
}

static void leave_named(const char *name, json_t *items)
{
    for (size_t i = json_array_size(items); i-- > 0;) {
        if (strcmp(model_str(json_array_get(items, i), "name"), name) != 0)
            json_array_remove(items, i);
    }
}

int cli_find_where(struct cli *cli, const struct model_kind *kind, const char *region,
                   const char *filter, const char *text, json_t **ret)
{
    struct buf query = {0};
    json_t *items = NULL;
    int r;

    if (has_filters(kind)) {
        buf_printf(&query, "%s%sname=", filter, *filter ? "&" : "");
        cli_url_add(&query, text);
    }
    r = cli_list_all(cli, kind, region, buf_text(&query), &items);
    buf_done(&query);
    if (!r && !has_filters(kind))
        leave_named(text, items);
    if (!r)
        r = cli_only_one(cli, kind, text, items, ret);
    json_decref(items);
    return r;
}

int cli_need_region(struct cli *cli, const struct model_kind *kind)
{
    if (cli->region || !cli_in_region(kind))
        return CLI_OK;
    return cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_REGION));
}

int cli_not_found(struct cli *cli, const char *noun, const char *text, const char *region)
{
    return cli_fail(cli, CLI_REFUSED,
                    region ? SAY(COMMAND_NOT_FOUND, noun, text, region)
                           : SAY(COMMAND_NOT_FOUND_AT_ALL, noun, text));
}

/* Names may mean things of several kinds; then only an id will do. */
static int find_among(struct cli *cli, const char *region, unsigned kinds, const char *text,
                      char ret[CLI_ID_MAX], struct buf *nouns)
{
    size_t hits = 0;

    for (unsigned i = 0; i < CLI_KINDS; i++) {
        const struct model_kind *kind = cli_kind(i);
        json_t *found = NULL;
        int r;

        if (!(kinds & 1U << i))
            continue;
        buf_printf(nouns, "%s%s", nouns->len ? cli_word(cli, WORDS_COMMAND_OR) : "",
                   cli_noun(cli, kind));
        r = cli_find(cli, kind, region, text, &found);
        if (r)
            return r;
        hits += found != NULL;
        if (found)
            (void)text_copy(ret, CLI_ID_MAX, model_str(found, "id"));
        json_decref(found);
    }
    if (hits > 1)
        return cli_fail(cli, CLI_REFUSED, SAY(COMMAND_AMBIGUOUS_KIND, text, buf_text(nouns)));
    return hits ? CLI_OK : cli_not_found(cli, buf_text(nouns), text, region);
}

int cli_resolve(struct cli *cli, const char *region, unsigned kinds, const char *text,
                char ret[CLI_ID_MAX])
{
    const struct model_kind *kind = model_kind_of_id(text);
    struct buf nouns = {0};
    int r;

    if (kind && (kinds & 1U << kind->id) && model_is_id(kind, text))
        return text_copy(ret, CLI_ID_MAX, text) < 0 ? CLI_USAGE : CLI_OK;
    if (!region && kinds < 1U << MODEL_KINDS)
        return cli_need_region(cli, model_kind(MODEL_VPC));
    r = find_among(cli, region, kinds, text, ret, &nouns);
    buf_done(&nouns);
    return r;
}
