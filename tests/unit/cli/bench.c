#include "bench.h"
#include "words_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct bench *bench_now; /* sleep and clock have no argument */

/* ---- the server ---- */

static void decode(char *text)
{
    char *to = text;

    for (; *text; text++) {
        unsigned code;

        if (*text == '%' && sscanf(text + 1, "%2x", &code) == 1) {
            *to++ = (char)code;
            text += 2;
        } else {
            *to++ = *text;
        }
    }
    *to = 0;
}

struct url {
    char text[2048];
    char *segments[8];
    size_t count;
    char *query;
};

static void split_url(struct url *u, const char *path)
{
    char *save = NULL;

    *u = (struct url){0};
    assert_int_equal(0, text_copy(u->text, sizeof(u->text), path));
    u->query = strchr(u->text, '?');
    if (u->query)
        *u->query++ = 0;
    for (char *s = strtok_r(u->text, "/", &save); s && u->count < 8;
         s = strtok_r(NULL, "/", &save)) {
        decode(s);
        u->segments[u->count++] = s;
    }
}

static bool is_selected(const json_t *item, const char *text)
{
    struct model_selector *selector = NULL;
    bool selected;

    assert_int_equal(0, model_selector_parse(text, &selector));
    selected = model_selector_match_json(selector, item);
    model_selector_free(selector);
    return selected;
}

static bool matches(const struct model_kind *kind, const json_t *item, const char *query)
{
    char *copy = strdup(query ? query : ""), *save = NULL;
    bool all = true;

    for (char *p = strtok_r(copy, "&", &save); p; p = strtok_r(NULL, "&", &save)) {
        char *equals = strchr(p, '=');

        assert_non_null(equals);
        *equals = 0;
        decode(equals + 1);
        if (strcmp(p, "selector") == 0)
            all = all && is_selected(item, equals + 1);
        else if (strcmp(p, "limit") != 0 && strcmp(p, "cursor") != 0 &&
                 !model_filter_match(kind, item, p, equals + 1))
            all = false;
    }
    free(copy);
    return all;
}

static json_t *view(struct bench *b, const struct model_kind *kind, const json_t *item)
{
    json_t *status = json_pack("{s:s, s:s}", "operState", b->oper_state, "lastError", "no answer");
    struct model_resource *resource;
    json_t *made;

    assert_int_equal(0, model_decode(kind, item, &resource, NULL));
    made = model_view(resource, status, NULL);
    model_resource_unref(resource);
    json_decref(status);
    if (b->observed_revision)
        json_object_set_new(made, "observedRevision", json_integer(b->observed_revision));
    return made;
}

static bool is_wanted(struct bench *b, const struct model_kind *kind, const char *region,
                      const char *query, const json_t *item)
{
    json_t *shown = view(b, kind, item);
    bool wanted = (kind->id == MODEL_REGION || strcmp(model_str(item, "regionId"), region) == 0) &&
                  matches(kind, shown, query);

    json_decref(shown);
    return wanted;
}

/* One page. The cursor, the last in the query, is the id that the page before ended with. */
static void answer_list(struct bench *b, const struct model_kind *kind, const char *region,
                        const char *query, struct cli_answer *ret)
{
    const char *limit = query ? strstr(query, "limit=") : NULL;
    const char *cursor = query ? strstr(query, "cursor=") : NULL, *next = NULL;
    size_t most = limit ? strtoul(limit + 6, NULL, 10) : SIZE_MAX, i;
    json_t *items = json_array(), *list = world_list(&b->w, kind->id), *item;
    bool begun = !cursor;

    json_array_foreach (list, i, item) {
        if (begun && is_wanted(b, kind, region, query, item)) {
            if (json_array_size(items) == most) {
                next = model_str(json_array_get(items, most - 1), "id");
                break;
            }
            json_array_append_new(items, view(b, kind, item));
        }
        begun = begun || strcmp(model_str(item, "id"), cursor + 7) == 0;
    }
    *ret = (struct cli_answer){200, json_pack("{s:o, s:s*}", "items", items, "next", next)};
}

static void answer_error(struct bench *b, struct cli_answer *ret)
{
    *ret = (struct cli_answer){b->w.error.status, model_error_problem(&b->w.error, WORDS_EN)};
}

static void answer_missing(struct bench *b, struct cli_answer *ret)
{
    (void)model_error_set(&b->w.error, 404, "not-found", "", NULL,
                          SAY(REQUEST_NO_SUCH_RESOURCE, "resource"));
    answer_error(b, ret);
}

/* One change, as a request of its own or as one of a batch. *ret_shown is NULL after a delete. */
static int change_world(struct bench *b, const struct model_kind *kind, const char *method,
                        const char *region, const json_t *current, const json_t *body,
                        json_t **ret_shown)
{
    const struct model_resource *before =
        current ? world_find(&b->w, kind->id, model_str(current, "id")) : NULL;
    const struct snapshot *s = region ? world_region(&b->w, region) : NULL;
    struct model_changes c = {0};
    char id[64];
    int r;

    if (strcmp(method, "POST") == 0)
        r = model_create(s, &b->w.env, kind, body, &c, &b->w.error);
    else if (strcmp(method, "PATCH") == 0)
        r = model_update(s, &b->w.env, before, body, &c, &b->w.error);
    else
        r = model_delete(s, &b->w.env, before, &c, &b->w.error);
    if (r < 0)
        return r;
    (void)text_copy(id, sizeof(id),
                    c.count && c.items[0].after ? c.items[0].after->id
                    : before                    ? before->id
                                                : "");
    b->changes += c.count > 0;
    b->revision += c.count > 0;
    *ret_shown = json_array_size(c.warnings) ? json_object() : NULL;
    if (*ret_shown)
        assert_int_equal(0, model_words_add_list(*ret_shown, "warnings", c.warnings, WORDS_EN));
    world_apply(&b->w, &c);
    if (strcmp(method, "DELETE") == 0) {
        json_decref(*ret_shown);
        *ret_shown = NULL;
    } else {
        json_t *shown = view(b, kind, world_json(&b->w, kind->id, id));

        if (*ret_shown)
            json_object_update(shown, *ret_shown);
        json_decref(*ret_shown);
        *ret_shown = shown;
    }
    return 0;
}

static bool matches_revision(struct bench *b, const json_t *current, const char *if_match)
{
    char quoted[32];

    b->unguarded += !if_match;
    snprintf(quoted, sizeof(quoted), "\"%d\"", (int)model_int(current, "revision", 0));
    if (!if_match || strcmp(if_match, quoted) == 0)
        return true;
    b->conflicts++;
    (void)model_error_set(&b->w.error, 412, "precondition-failed", "revision", NULL,
                          SAY(REQUEST_CHANGED_MEANWHILE, 1));
    return false;
}

static void answer_change(struct bench *b, const struct model_kind *kind, const char *method,
                          const char *region, const json_t *current, const json_t *body,
                          const char *if_match, struct cli_answer *ret)
{
    json_t *shown = NULL;

    if ((strcmp(method, "PATCH") == 0 && !matches_revision(b, current, if_match)) ||
        change_world(b, kind, method, region, current, body, &shown) < 0) {
        answer_error(b, ret);
        return;
    }
    *ret = (struct cli_answer){!shown                        ? 204
                               : strcmp(method, "POST") == 0 ? 201
                                                             : 200,
                               shown, b->revision};
}

/* ---- several changes at once ---- */

/* The id that "$3" or "$3.routeTables" stands for, out of results; any other text as it is. */
static json_t *refer(struct bench *b, const json_t *results, json_t *text)
{
    const char *s = json_string_value(text);
    char *rest;
    const char *id;
    json_t *table;
    size_t i;

    if (!s || *s != '$')
        return json_incref(text);
    id = model_str(json_array_get(results, strtoul(s + 1, &rest, 10)), "id");
    assert_true(*id);
    if (strcmp(rest, ".routeTables") == 0) {
        json_array_foreach (world_list(&b->w, MODEL_ROUTE_TABLE), i, table) {
            if (strcmp(model_str(table, "vpcId"), id) == 0)
                return json_string(model_str(table, "id"));
        }
    }
    return json_string(id);
}

/* The same everywhere in a body. New. */
static json_t *filled(struct bench *b, const json_t *results, json_t *value)
{
    json_t *made, *item;
    const char *key;
    size_t i;

    if (json_is_object(value)) {
        made = json_object();
        json_object_foreach (value, key, item)
            json_object_set_new(made, key, filled(b, results, item));
        return made;
    }
    if (json_is_array(value)) {
        made = json_array();
        json_array_foreach (value, i, item)
            json_array_append_new(made, filled(b, results, item));
        return made;
    }
    return refer(b, results, value);
}

static int carry_out(struct bench *b, const char *region, const json_t *op, json_t **ret)
{
    const struct model_kind *kind = model_kind_by_collection(model_str(op, "collection"));
    const char *name = model_str(op, "op"), *id = model_str(op, "id");
    const char *method = strcmp(name, "create") == 0   ? "POST"
                         : strcmp(name, "update") == 0 ? "PATCH"
                                                       : "DELETE";
    json_t *current = world_json(&b->w, kind->id, id);

    assert_true(strcmp(method, "DELETE") != 0 || strcmp(name, "delete") == 0);
    if (*id && !current)
        return model_error_set(&b->w.error, 404, "not-found", "", id,
                               SAY(REQUEST_NO_SUCH_RESOURCE, "resource"));
    return change_world(b, kind, method, region, current, json_object_get(op, "body"), ret);
}

typedef struct snapshot *kept_world[ARRAY_SIZE(((struct world *)NULL)->regions)];

static void keep_world(struct bench *b, kept_world kept)
{
    for (size_t i = 0; i < ARRAY_SIZE(b->w.regions); i++)
        kept[i] = snapshot_ref(b->w.regions[i]);
}

/* Takes kept. */
static void restore_world(struct bench *b, kept_world kept, bool restore)
{
    for (size_t i = 0; i < ARRAY_SIZE(b->w.regions); i++) {
        snapshot_unref(restore ? b->w.regions[i] : kept[i]);
        if (restore)
            b->w.regions[i] = kept[i];
    }
}

static void answer_batch(struct bench *b, const char *region, const json_t *body,
                         struct cli_answer *ret)
{
    const json_t *ops = model_list(body, "operations"), *op;
    bool dry_run = model_bool(body, "dryRun", true);
    unsigned changes = b->changes;
    json_t *results = json_array(), *result;
    kept_world kept;
    size_t i;
    int r = 0;

    keep_world(b, kept);
    if (!dry_run && b->batch_max && json_array_size(ops) > b->batch_max) {
        r = model_error_set(&b->w.error, 409, "too-large", "", NULL, SAY(REQUEST_CHANGE_TOO_LARGE));
        answer_error(b, ret);
    }
    json_array_foreach (ops, i, op) {
        json_t *whole = r < 0 ? NULL : filled(b, results, (json_t *)(uintptr_t)op);
        unsigned before = b->changes;

        result = NULL;
        r = r < 0 ? r : carry_out(b, region, whole, &result);
        json_decref(whole);
        if (r == 0 && b->changes == before) { /* nothing differs */
            json_decref(result);
            result = NULL;
        }
        if (r < 0 && !ret->body) {
            answer_error(b, ret);
            json_object_set_new(ret->body, "operation", json_integer((json_int_t)i));
        }
        json_array_append_new(results, result ? result : json_null());
    }
    restore_world(b, kept, dry_run || r < 0);
    if (dry_run || r < 0)
        b->changes = changes;
    b->dry_runs += r == 0 && dry_run;
    b->batches += r == 0 && !dry_run;
    if (r == 0)
        *ret = (struct cli_answer){200, json_pack("{s:O}", "results", results), b->revision};
    json_decref(results);
}

/* ---- what is carried out ---- */

static void answer_observed(struct bench *b, const char *region, const char *query,
                            struct cli_answer *ret)
{
    size_t at = MIN(b->looks, ARRAY_SIZE(b->waiting_for) - 1);
    const char *wait = strstr(query, "wait=");
    json_t *list;

    while (at && !b->waiting_for[at])
        at--;
    (void)text_printf(b->looked, sizeof(b->looked), "%s %s", region, query);
    assert_non_null(wait);
    if (b->lag && b->waiting_for[0])
        list = parse(b->waiting_for[at]);
    else
        list = json_array();
    *ret = (struct cli_answer){
        200, json_pack("{s:i, s:b, s:o}", "revision", 1, "observed", !b->lag, "waitingFor", list)};
    if (b->lag)
        b->now_us += (uint64_t)atoi(wait + 5) * 1000000;
    b->lag -= b->lag > 0;
    b->looks++;
}

static void answer_token(struct bench *b, const json_t *body, struct cli_answer *ret)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

    (void)text_copy(b->token, sizeof(b->token), text ? text : "");
    free(text);
    *ret = (struct cli_answer){201, json_pack("{s:s}", "token", "rwn-secret")};
}

/* What a region has beside resources. */
static bool answer_special(struct bench *b, const struct url *u, const char *method,
                           const json_t *body, struct cli_answer *ret)
{
    const char *what = u->count == 4 ? u->segments[3] : "";

    if (strcmp(what, "observed") == 0)
        answer_observed(b, u->segments[2], u->query, ret);
    else if (strcmp(what, "batch") == 0)
        answer_batch(b, u->segments[2], body, ret);
    else if (strcmp(what, "nodeTokens") == 0 && strcmp(method, "POST") == 0)
        answer_token(b, body, ret);
    else
        return false;
    return true;
}

/* Two pages. */
static void answer_audit(struct bench *b, const char *query, struct cli_answer *ret)
{
    bool second = strstr(query, "cursor=c1");
    json_t *page =
        json_pack("{s:[{s:s, s:{s:s, s:s}, s:s, s:s, s:s, s:[s,s]}], s:s*}", "items", "at",
                  second ? "2026-11-21T08:00:00.000Z" : "2026-11-22T08:00:00.000Z", "who", "kind",
                  "admin", "id", "admin", "action", "update", "kind", "vpc", "name", "a", "changed",
                  "name", "tags", "next", second ? NULL : "c1");

    (void)text_copy(b->query, sizeof(b->query), query);
    *ret = (struct cli_answer){200, page};
}

/* One event. */
static void answer_events(struct bench *b, const char *query, struct cli_answer *ret)
{
    (void)text_copy(b->query, sizeof(b->query), query);
    *ret = (struct cli_answer){
        200, json_pack("{s:[{s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:s, s:s, s:i}]}", "items", "id",
                       "17", "at", "2026-11-22T08:00:00.000Z", "severity", "error", "resource",
                       "collection", "vpnTunnels", "id", "vpntun-a", "name", "t1", "text",
                       "the tunnel is down", "textCode", "event.tunnel-down", "leftOut", 3)};
}

/* An hour in four points of 15 minutes. */
static void answer_metrics(struct bench *b, const char *query, struct cli_answer *ret)
{
    json_t *points = json_pack("[[i,f],[i,n],[i,f],[i,f]]", 1700000100, 1000.0, 1700001000,
                               1700001900, 2500000.0, 1700002800, 1250000.0);
    json_t *silent =
        json_pack("[[i,n],[i,n],[i,n],[i,n]]", 1700000100, 1700001000, 1700001900, 1700002800);

    (void)text_copy(b->query, sizeof(b->query), query);
    *ret = (struct cli_answer){
        200,
        json_pack("{s:i, s:i, s:i, s:[{s:s, s:s, s:o}, {s:s, s:s, s:o}]}", "from", 1700000100, "to",
                  1700003700, "step", 900, "series", "name", "bits-out", "unit", "bits/s", "points",
                  points, "name", "handshake", "unit", "seconds", "points", silent)};
}

/* Connectivity tests: there is one, with one row. */
static json_t *a_test(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s}, s:[{s:s, s:i, s:b}]}",
                     "id", "test-x", "kind", "ping", "status", "ended", "outcome", "failed",
                     "message", "No reply.", "source", "name", "near", "address", "10.1.0.3",
                     "destination", "name", "far", "address", "10.2.0.3", "rows", "type", "reply",
                     "number", 1, "answered", 0);
}

static void answer_test(struct bench *b, const char *method, const struct url *u,
                        const json_t *body, struct cli_answer *ret)
{
    char *text = body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (text)
        (void)text_copy(b->test, sizeof(b->test), text);
    free(text);
    if (strcmp(method, "DELETE") == 0) {
        (void)text_printf(b->test, sizeof(b->test), "%s is stopped", u->segments[4]);
        *ret = (struct cli_answer){204, NULL};
    } else if (u->count > 4 || strcmp(method, "POST") == 0) {
        *ret = (struct cli_answer){body ? 201 : 200, a_test()};
    } else {
        *ret = (struct cli_answer){200, json_pack("{s:[o]}", "items", a_test())};
    }
}

static int carry_request(struct cli *cli, const char *method, const char *path, const json_t *body,
                         const char *if_match, struct cli_answer *ret, struct buf *reason)
{
    struct bench *b = cli->transport;
    const struct model_kind *kind = model_kind(MODEL_REGION);
    const char *region = NULL, *id = NULL;
    json_t *current;
    struct url u;

    b->requests++;
    if (b->unreachable) {
        buf_puts(reason, "nobody there");
        return -ECONNREFUSED;
    }
    split_url(&u, path);
    if (b->meanwhile && b->meanwhile_times && strcmp(method, "GET") != 0) {
        b->meanwhile_times--;
        b->meanwhile(b);
    }
    assert_true(u.count >= 2 && strcmp(u.segments[0], "v1") == 0);
    if (strcmp(u.segments[1], "devicePlatforms") == 0) {
        *ret = (struct cli_answer){200, json_pack("{s:[{s:s, s:s, s:s}]}", "items", "platform",
                                                  "vax", "name", "VAX", "writtenFor", "VMS 5")};
        return 0;
    }
    if (strcmp(u.segments[1], "auditLog") == 0) {
        answer_audit(b, u.query, ret);
        return 0;
    }
    region = u.count > 2 ? u.segments[2] : NULL;
    id = region;
    if (u.count == 4 && strcmp(u.segments[3], "events") == 0) {
        answer_events(b, u.query, ret);
        return 0;
    }
    if (u.count == 4 && strcmp(u.segments[3], "explain") == 0) {
        (void)text_copy(b->query, sizeof(b->query), u.query);
        *ret = (struct cli_answer){
            200, json_pack("{s:s, s:[], s:[]}", "answer", "It goes.", "steps", "path")};
        return 0;
    }
    if (answer_special(b, &u, method, body, ret))
        return 0;
    if (u.count > 3 && strcmp(u.segments[3], "connectivityTests") == 0) {
        answer_test(b, method, &u, body, ret);
        return 0;
    }
    if (u.count > 3) {
        kind = model_kind_by_collection(u.segments[3]);
        id = u.count > 4 ? u.segments[4] : NULL;
        assert_non_null(kind);
        if (!world_find(&b->w, MODEL_REGION, region)) {
            answer_missing(b, ret);
            return 0;
        }
    }
    current = id ? world_json(&b->w, kind->id, id) : NULL;
    if (!id && strcmp(method, "GET") == 0)
        answer_list(b, kind, region, u.query, ret);
    else if (id && !current)
        answer_missing(b, ret);
    else if (u.count > 5 && strcmp(u.segments[5], "metrics") == 0)
        answer_metrics(b, u.query ? u.query : "", ret);
    else if (u.count > 5 && strcmp(u.segments[5], "log") == 0)
        *ret = (struct cli_answer){200, json_pack("{s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}]}", "items",
                                                  "at", "2026-11-22T08:00:00.000Z", "level", "info",
                                                  "text", "calling", "at",
                                                  "2026-11-22T08:00:01.000Z", "level", "warning",
                                                  "text", "no \xc2\x9b[2J\x1b[31manswer 中")};
    else if (u.count > 5 && strcmp(u.segments[5], "deviceConfiguration") == 0)
        *ret = (struct cli_answer){200, json_pack("{s:s++, s:[s], s:[s]}", "configuration", id,
                                                  " as ", u.query, "notes", "Put it there.",
                                                  "warnings", "It lacks a key.")};
    else if (strcmp(method, "GET") == 0)
        *ret = (struct cli_answer){200, view(b, kind, current)};
    else if (u.count > 5)
        *ret = (struct cli_answer){200, json_pack("{s:s}", "psk", model_str(current, "psk"))};
    else
        answer_change(b, kind, method, region, current, body, if_match, ret);
    return 0;
}

/* The next answer to who follows a log; in the end he may not any more. */
static int serve_log(struct bench *b, struct cli_answer *ret, struct buf *reason)
{
    struct buf text = {0};

    if (b->logged == b->log_count) {
        *ret = (struct cli_answer){
            403, json_pack("{s:s, s:s}", "title", "Not allowed", "detail", "It is over.")};
        return 0;
    }
    if (!b->logs[b->logged++]) {
        buf_puts(reason, "nobody there");
        return -ECONNREFUSED;
    }
    buf_printf(&text, "{'items': [%s]}", b->logs[b->logged - 1]);
    for (size_t i = 0; i < text.len; i++)
        text.data[i] = text.data[i] == '\'' ? '"' : text.data[i];
    *ret = (struct cli_answer){200, json_loads(buf_text(&text), 0, NULL)};
    assert_non_null(ret->body);
    buf_done(&text);
    return 0;
}

/* What came before is answered as then; an answer may get lost. */
static int serve(struct cli *cli, const char *method, const char *path, const json_t *body,
                 const char *if_match, struct cli_answer *ret, struct buf *reason)
{
    struct bench *b = cli->transport;
    int r;

    if (b->logs && strstr(path, "/log"))
        return serve_log(b, ret, reason);
    if (b->away && *b->key) {
        b->away--;
        buf_puts(reason, "nobody there");
        return -ECONNREFUSED;
    }
    if (*cli->key && strcmp(cli->key, b->key) == 0) {
        *ret = b->kept;
        b->kept.body = json_incref(ret->body);
        r = 0;
    } else {
        r = carry_request(cli, method, path, body, if_match, ret, reason);
    }
    if (r < 0 || !b->cuts || strcmp(method, "POST") != 0)
        return r;
    b->cuts--;
    assert_int_equal(0, text_copy(b->key, sizeof(b->key), cli->key));
    json_decref(b->kept.body);
    b->kept = *ret;
    *ret = (struct cli_answer){0};
    buf_puts(reason, "cut");
    return -ECONNRESET;
}

static void count_sleep(unsigned ms)
{
    bench_now->sleeps++;
    bench_now->now_us += ms * 1000;
    if (bench_now->sleeps == 3)
        bench_now->oper_state = "up";
}

static uint64_t bench_clock(void)
{
    return bench_now->now_us;
}

/* ---- the command line ---- */

void bench_init(struct bench *b)
{
    *b = (struct bench){.oper_state = "down"};
    setenv("LC_ALL", "C", 1); /* whatever the machine speaks */
    world_init(&b->w);
    bench_now = b;
}

static int stream(struct cli *cli, const char *path, const char *last_id,
                  const struct cli_events *events, struct cli_answer *ret, struct buf *reason)
{
    struct bench *b = cli->transport;
    struct cli_event_reader reader = {.events = events};
    size_t len = strlen(b->followed);
    const char *text;
    int r = 0;

    snprintf(b->followed + len, sizeof(b->followed) - len, "%s %s\n", path,
             last_id ? last_id : "-");
    if (b->streamed == b->stream_count) {
        ret->status = 403;
        ret->body = json_pack("{s:s, s:s}", "title", "Not allowed", "detail", "It is over.");
        return 0;
    }
    text = b->streams[b->streamed++];
    if (text && strcmp(text, BENCH_CTRL_C) == 0)
        return -EINTR;
    for (; text && *text && r == 0;
         text++) /* byte by byte: any of them may be the last of a read */
        r = cli_events_read(&reader, *text == '\'' ? "\"" : text, 1);
    cli_events_done(&reader);
    assert_true(r >= 0);
    ret->status = 200;
    if (r == 0)
        buf_puts(reason, "cut");
    return r == 0 ? -ECONNREFUSED : 0;
}

void bench_done(struct bench *b)
{
    world_done(&b->w);
    json_decref(b->kept.body);
    free(b->out);
    free(b->err);
}

static int run_argv(struct bench *b, int argc, char **argv)
{
    struct cli_args *args = calloc(1, sizeof(*args));
    int r;

    free(b->out);
    free(b->err);
    b->out = b->err = NULL; /* an assertion may end the test before they are there again */
    b->requests = b->changes = b->sleeps = b->looks = 0;
    b->followed[0] = 0;
    b->streamed = 0;
    b->unguarded = b->conflicts = b->dry_runs = b->batches = 0;
    b->cli = (struct cli){.lang = cli_lang(),
                          .api = argc > 1 && strcmp(argv[1], "context") == 0 ? NULL : "test",
                          .timeout_s = 120,
                          .out = open_memstream(&b->out, &b->out_len),
                          .err = open_memstream(&b->err, &b->err_len),
                          .request = serve,
                          .follow = stream,
                          .transport = b,
                          .confirm = b->confirm,
                          .sleep_ms = count_sleep,
                          .now_us = bench_clock};
    r = cli_parse_args(&b->cli, argc, argv, args);
    if (!r)
        r = cli_run(&b->cli, args);
    fclose(b->cli.out);
    fclose(b->cli.err);
    free(args);
    if (r && !(r == CLI_DIFFERENT && argc > 1 && strcmp(argv[1], "diff") == 0))
        assert_true(b->err_len > 0); /* no failure without a word */
    return r;
}

int run(struct bench *b, const char *fmt, ...)
{
    char line[4096], *argv[64] = {(char *)"ropeway"}, *save = NULL;
    int argc = 1;
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    for (char *w = strtok_r(line, " ", &save); w && argc < 64; w = strtok_r(NULL, " ", &save)) {
        for (char *c = w; *c; c++) {
            if (*c == '_')
                *c = ' ';
        }
        argv[argc++] = w;
    }
    return run_argv(b, argc, argv);
}

int run_file(struct bench *b, const char *verb, const char *text)
{
    char file[] = "/tmp/ropeway-test-XXXXXX";
    int fd = mkstemp(file), r;

    assert_true(fd >= 0);
    assert_int_equal(strlen(text), write(fd, text, strlen(text)));
    close(fd);
    r = run(b, "%s -f %s", verb, file);
    unlink(file);
    return r;
}
