#include "bench.h"

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

static bool matches(const struct model_kind *kind, const json_t *item, const char *query)
{
    char *copy = strdup(query ? query : ""), *save = NULL;
    bool all = true;

    for (char *p = strtok_r(copy, "&", &save); p; p = strtok_r(NULL, "&", &save)) {
        char *equals = strchr(p, '=');

        assert_non_null(equals);
        *equals = 0;
        decode(equals + 1);
        if (strcmp(p, "limit") != 0 && !model_filter_match(kind, item, p, equals + 1))
            all = false;
    }
    free(copy);
    return all;
}

static json_t *view(struct bench *b, const struct model_kind *kind, const json_t *item)
{
    json_t *status = json_pack("{s:s, s:s}", "operState", b->oper_state, "lastError", "no answer");
    json_t *made = model_view(kind, item, status);

    json_decref(status);
    return made;
}

static void answer_list(struct bench *b, const struct model_kind *kind, const char *region,
                        const char *query, struct cli_answer *ret)
{
    json_t *items = json_array(), *item;
    size_t i;

    json_array_foreach (b->w.kinds[kind->id], i, item) {
        json_t *shown = view(b, kind, item);

        if ((kind->id == MODEL_REGION || strcmp(model_str(item, "regionId"), region) == 0) &&
            matches(kind, shown, query))
            json_array_append(items, shown);
        json_decref(shown);
    }
    *ret = (struct cli_answer){200, json_pack("{s:o}", "items", items)};
}

static void answer_error(struct bench *b, struct cli_answer *ret)
{
    *ret = (struct cli_answer){b->w.error.status, model_error_problem(&b->w.error)};
}

static void answer_missing(struct bench *b, struct cli_answer *ret)
{
    (void)model_error_set(&b->w.error, 404, "not-found", "", NULL, "There is no such resource.");
    answer_error(b, ret);
}

static void answer_change(struct bench *b, const struct model_kind *kind, const char *method,
                          const char *region, const json_t *current, const json_t *body,
                          struct cli_answer *ret)
{
    struct model_changes c = {0};
    json_t *shown = NULL;
    int r;

    if (strcmp(method, "POST") == 0)
        r = model_create(&b->w.lookup, &b->w.env, kind, kind->id == MODEL_REGION ? NULL : region,
                         body, &c, &b->w.error);
    else if (strcmp(method, "PATCH") == 0)
        r = model_update(&b->w.lookup, &b->w.env, kind, current, body, &c, &b->w.error);
    else
        r = model_delete(&b->w.lookup, &b->w.env, kind, current, &c, &b->w.error);
    if (r < 0) {
        answer_error(b, ret);
        return;
    }
    b->changes += c.count > 0;
    shown = view(b, kind, c.count ? c.items[0].resource : current);
    if (c.warnings && json_array_size(c.warnings))
        json_object_set(shown, "warnings", c.warnings);
    world_apply(&b->w, &c);
    if (strcmp(method, "DELETE") == 0) {
        json_decref(shown);
        *ret = (struct cli_answer){204, NULL};
    } else {
        *ret = (struct cli_answer){strcmp(method, "POST") == 0 ? 201 : 200, shown};
    }
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

static int serve(struct cli *cli, const char *method, const char *path, const json_t *body,
                 const char *if_match, struct cli_answer *ret, struct buf *reason)
{
    struct bench *b = cli->transport;
    const struct model_kind *kind = model_kind(MODEL_REGION);
    const char *region = NULL, *id = NULL;
    json_t *current;
    struct url u;

    (void)if_match;
    b->requests++;
    if (b->unreachable) {
        buf_puts(reason, "nobody there");
        return -ECONNREFUSED;
    }
    split_url(&u, path);
    assert_true(u.count >= 2 && strcmp(u.segments[0], "v1") == 0);
    if (strcmp(u.segments[1], "auditLog") == 0) {
        answer_audit(b, u.query, ret);
        return 0;
    }
    region = u.count > 2 ? u.segments[2] : NULL;
    id = region;
    if (u.count > 3) {
        kind = model_kind_by_collection(u.segments[3]);
        id = u.count > 4 ? u.segments[4] : NULL;
        assert_non_null(kind);
        if (!world_find(&b->w, MODEL_REGION, region)) {
            answer_missing(b, ret);
            return 0;
        }
    }
    current = id ? world_find(&b->w, kind->id, id) : NULL;
    if (!id && strcmp(method, "GET") == 0)
        answer_list(b, kind, region, u.query, ret);
    else if (id && !current)
        answer_missing(b, ret);
    else if (u.count > 5 && strcmp(u.segments[5], "log") == 0)
        *ret = (struct cli_answer){200, json_pack("{s:[{s:s, s:s}, {s:s, s:s}]}", "items", "at",
                                                  "2026-11-22T08:00:00.000Z", "text", "calling",
                                                  "at", "2026-11-22T08:00:01.000Z", "text",
                                                  "no \xc2\x9b[2J\x1b[31manswer 中")};
    else if (strcmp(method, "GET") == 0)
        *ret = (struct cli_answer){200, view(b, kind, current)};
    else if (u.count > 5)
        *ret = (struct cli_answer){200, json_pack("{s:s}", "psk", model_str(current, "psk"))};
    else
        answer_change(b, kind, method, region, current, body, ret);
    return 0;
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
    world_init(&b->w);
    bench_now = b;
}

void bench_done(struct bench *b)
{
    world_done(&b->w);
    free(b->out);
    free(b->err);
}

static int run_argv(struct bench *b, int argc, char **argv)
{
    struct cli_args *args = calloc(1, sizeof(*args));
    int r;

    free(b->out);
    free(b->err);
    b->requests = b->changes = b->sleeps = 0;
    b->cli = (struct cli){.api = "test",
                          .timeout_s = 120,
                          .out = open_memstream(&b->out, &b->out_len),
                          .err = open_memstream(&b->err, &b->err_len),
                          .request = serve,
                          .transport = b,
                          .sleep_ms = count_sleep,
                          .now_us = bench_clock};
    r = cli_parse_args(&b->cli, argc, argv, args);
    if (!r)
        r = cli_run(&b->cli, args);
    fclose(b->cli.out);
    fclose(b->cli.err);
    free(args);
    if (r)
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
