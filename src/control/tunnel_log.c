#include "control_internal.h"

#include <stdlib.h>

/* The negotiation logs of tunnels: what each tunnel's node has reported, {at, level, text}, the
 * text written (words.h) or, of an older node, plain. Kept beyond what the node itself still has. A
 * node tells its newest lines again and again, and after a restart begins anew; so known lines are
 * left out and the others added. In memory, and in a file (log_keeper.c). */

#define LINES_MAX    100 /* of a tunnel: what one node has before and after a restart */
#define REPORTED_MAX 50  /* the newest of a report are looked at */
#define TEXT_MAX     512

static bool same_line(const json_t *a, const json_t *b)
{
    return strcmp(model_str(a, "at"), model_str(b, "at")) == 0 &&
           strcmp(model_str(a, "text"), model_str(b, "text")) == 0;
}

static bool holds(const json_t *log, const json_t *line)
{
    for (size_t i = json_array_size(log); i > 0; i--) {
        if (same_line(json_array_get(log, i - 1), line))
            return true;
    }
    return false;
}

/* Of a node that says none, or one that we do not know: no reason to worry. */
static const char *take_level(const char *said)
{
    static const char *const levels[] = {"error", "warning"};

    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        if (strcmp(said, levels[i]) == 0)
            return levels[i];
    }
    return "info";
}

/* A line as it is kept, new; NULL if it is none. */
static json_t *make_line(const char *when, const char *level, const char *what)
{
    char text[TEXT_MAX];
    uint64_t at;

    if (clock_parse(when, &at) < 0 || !*what)
        return NULL;
    untrusted_text(text, sizeof(text), what);
    return json_pack("{s:s, s:s, s:s}", "at", when, "level", take_level(level), "text", text);
}

static json_t *take_line(struct model_in *said)
{
    return make_line(model_in_text(said, "at"), model_in_text(said, "level"),
                     model_in_text(said, "text"));
}

static bool knows(const json_t *log, struct model_in *said)
{
    json_t *line = take_line(said);
    bool known = line && holds(log, line);

    json_decref(line);
    return known;
}

static json_t *log_of(struct region *r, const char *tunnel)
{
    json_t *log = json_object_get(r->logs, tunnel);

    if (log)
        return log;
    log = json_array();
    return json_object_set_new(r->logs, tunnel, log) == 0 ? log : NULL;
}

/* The newest lines of a report; how many. */
static size_t newest(const struct model_in *lines, struct model_in ret[REPORTED_MAX])
{
    size_t all = model_in_size(lines), skip = all > REPORTED_MAX ? all - REPORTED_MAX : 0;
    struct model_in_walk w = model_in_values(lines);
    struct model_in line;
    size_t count = 0;

    while (model_in_next(&w, NULL, &line)) {
        if (skip)
            skip--;
        else
            ret[count++] = line;
    }
    return count;
}

/* As the file has it; new. NULL: memory is short. */
static char *pack_line(const struct region *r, const char *tunnel, const json_t *line)
{
    json_t *packed = json_pack("[s,s,s,s,s]", r->id, tunnel, model_str(line, "at"),
                               model_str(line, "level"), model_str(line, "text"));
    char *text = json_dumps(packed, JSON_COMPACT);

    json_decref(packed);
    return text;
}

static void keep_line(struct region *r, const char *tunnel, const json_t *line)
{
    char *text = pack_line(r, tunnel, line);

    log_pending_add(&r->c->log_keeper, text);
    free(text);
}

static void bound(json_t *log)
{
    while (json_array_size(log) > LINES_MAX)
        (void)json_array_remove(log, 0);
}

int tunnel_log_take(struct region *r, const char *tunnel, const struct model_in *lines)
{
    struct model_in said[REPORTED_MAX];
    size_t count = newest(lines, said), first = count;
    json_t *log = count ? log_of(r, tunnel) : NULL;

    if (count && !log)
        return -ENOMEM;
    /* A node adds to the end: what comes before a known line is known, too. */
    while (first > 0 && !knows(log, &said[first - 1]))
        first--;
    for (size_t i = first; i < count; i++) {
        json_t *line = take_line(&said[i]);

        if (line)
            keep_line(r, tunnel, line);
        if (line && json_array_append_new(log, line))
            return -ENOMEM;
    }
    bound(log);
    return 0;
}

/* ---- in the file ---- */

void tunnel_log_restore(struct region *r, const json_t *packed)
{
    const char *region, *tunnel, *at, *level, *text;
    struct snapshot *now;
    json_t *line, *log;
    bool there;

    if (json_unpack((json_t *)packed, "[s,s,s,s,s]", &region, &tunnel, &at, &level, &text))
        return;
    now = region_now(r);
    there = snapshot_get(now, MODEL_VPN_TUNNEL, tunnel);
    snapshot_unref(now);
    line = there ? make_line(at, level, text) : NULL;
    log = line ? log_of(r, tunnel) : NULL;
    if (log && !holds(log, line)) {
        (void)json_array_append(log, line);
        bound(log);
    }
    json_decref(line);
}

void tunnel_logs_write(const struct region *r, struct buf *ret)
{
    const char *tunnel;
    json_t *log, *line;
    size_t i;

    json_object_foreach (r->logs, tunnel, log) {
        json_array_foreach (log, i, line) {
            char *text = pack_line(r, tunnel, line);

            if (text)
                buf_printf(ret, "%s\n", text);
            free(text);
        }
    }
}

/* By time, and lines of the same time in the order in which they came in. */
struct numbered {
    json_t *line;
    size_t number;
};

static int by_time(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    int order = strcmp(model_str(x->line, "at"), model_str(y->line, "at"));

    return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* As people read it: the sentence in their language; beside it, unless it is a plain text, what
 * programs look at. */
static json_t *tell_line(const json_t *line, enum words_lang lang)
{
    struct words_read read;
    const struct words *m = words_read(model_str(line, "text"), &read);
    json_t *coded = model_words_json(m), *told;
    char text[WORDS_TEXT_MAX];

    told =
        json_pack("{s:O, s:O, s:s}", "at", json_object_get(line, "at"), "level",
                  json_object_get(line, "level"), "text", words_say(m, lang, text, sizeof(text)));
    if (told && coded)
        (void)json_object_update(told, coded);
    json_decref(coded);
    return told;
}

static json_t *tell_lines(const json_t *log, enum words_lang lang)
{
    struct numbered lines[LINES_MAX];
    json_t *items = json_array();
    size_t count = MIN(json_array_size(log), ARRAY_SIZE(lines));

    for (size_t i = 0; i < count; i++)
        lines[i] = (struct numbered){json_array_get(log, i), i};
    qsort(lines, count, sizeof(*lines), by_time);
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(items, tell_line(lines[i].line, lang));
    return items;
}

int tunnel_log_list(struct call *call)
{
    json_t *items;

    if (!resources_find(call))
        return -ENOENT;
    pthread_mutex_lock(&call->place->live);
    items = tell_lines(json_object_get(call->place->logs, call->id), call->lang);
    pthread_mutex_unlock(&call->place->live);
    return respond_json(call, 200, json_pack("{s:o}", "items", items));
}
