#include "deliver_internal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* What waits, in a file: one JSON object, written whole. */

#define KEEP_MAX    (16U << 20) /* bytes that are read */
#define KEEP_FEW    50          /* messages that are written each time one changes */
#define KEEP_GAP_US UINT64_C(1000000)

static void add(json_t *all, const struct letter *l)
{
    json_t *m = json_pack("{s:s, s:s, s:i}", "region", l->region, "alarm", l->alarm, "tries",
                          (int)l->tries);

    if (m && l->body)
        json_object_set_new(m, "body", json_string(l->body));
    if (m && l->subject)
        json_object_set_new(m, "subject", json_string(l->subject));
    if (m && l->text)
        json_object_set_new(m, "text", json_string(l->text));
    (void)json_array_append_new(all, m);
}

/* New; the lock is held. */
static json_t *waiting(struct deliver *d)
{
    json_t *all = json_array();

    list_for_each (l, &d->under_way, struct letter, link)
        add(all, l);
    list_for_each (l, &d->posts_waiting, struct letter, link)
        add(all, l);
    list_for_each (l, &d->mails_waiting, struct letter, link)
        add(all, l);
    return json_pack("{s:o}", "waiting", all);
}

static void write_file(const char *path, const json_t *all)
{
    char *text = all ? json_dumps(all, JSON_COMPACT) : NULL;
    int r = text ? file_write_atomic(path, text, strlen(text), 0600) : -ENOMEM;

    if (r < 0)
        log_warn("what waits to be told of alarms cannot be kept in %s: %s", path, strerror(-r));
    free(text);
}

void deliver_keep_now(struct deliver *d, bool at_once)
{
    uint64_t now = clock_monotonic_us();
    json_t *all = NULL;
    bool due;

    pthread_mutex_lock(&d->keeping);
    pthread_mutex_lock(&d->lock);
    due = d->keep && d->changed &&
          (at_once || d->count <= KEEP_FEW || now >= d->kept_us + KEEP_GAP_US);
    if (due) {
        d->changed = false;
        d->kept_us = now;
        all = waiting(d);
    }
    pthread_mutex_unlock(&d->lock);
    if (due)
        write_file(d->keep, all);
    pthread_mutex_unlock(&d->keeping);
    json_decref(all);
}

void deliver_keep(struct deliver *d, const char *path)
{
    pthread_mutex_lock(&d->keeping);
    pthread_mutex_lock(&d->lock);
    free(d->keep);
    d->keep = strdup(path);
    d->changed = true;
    pthread_mutex_unlock(&d->lock);
    pthread_mutex_unlock(&d->keeping);
    deliver_keep_now(d, true);
}

/* ---- reading ---- */

static const char *text_of(const json_t *m, const char *name)
{
    return json_string_value(json_object_get(m, name));
}

static void put_one(const json_t *m, void (*put)(void *arg, const struct deliver_message *m),
                    void *arg)
{
    json_int_t tries = json_integer_value(json_object_get(m, "tries"));
    const struct deliver_message message = {
        .region = text_of(m, "region"),
        .alarm = text_of(m, "alarm"),
        .body = text_of(m, "body"),
        .subject = text_of(m, "subject"),
        .text = text_of(m, "text"),
        .tries = tries > 0 && tries < DELIVER_TRIES ? (unsigned)tries : 0,
    };

    if (message.region && message.alarm && (message.body || (message.subject && message.text)))
        put(arg, &message);
}

static void set_aside(const char *path, const char *why)
{
    char to[4096];

    snprintf(to, sizeof(to), "%s.damaged", path);
    log_warn("%s is damaged (%s); what it held is not told, it is kept as %s", path, why, to);
    if (rename(path, to) < 0)
        log_warn("%s cannot be renamed: %s", path, strerror(errno));
}

void deliver_each_kept(const char *path, void (*put)(void *arg, const struct deliver_message *m),
                       void *arg)
{
    struct buf text = {0};
    int r = file_read(path, KEEP_MAX, &text);
    json_error_t error = {0};
    const json_t *m;
    json_t *all = NULL;
    size_t i;

    if (r == 0)
        all = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &error);
    if (r < 0 && r != -ENOENT)
        set_aside(path, strerror(-r));
    else if (r == 0 && !json_is_array(json_object_get(all, "waiting")))
        set_aside(path, *error.text ? error.text : "it has no list of what waits");
    json_array_foreach (json_object_get(all, "waiting"), i, m)
        put_one(m, put, arg);
    json_decref(all);
    buf_done(&text);
}
