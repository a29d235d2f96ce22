#include "events_internal.h"

#include <stdlib.h>

/* What was last said of things: in memory, and in the store one item each. */

static const struct pmap_type plain = {0};

static struct state *get(struct events *e, const char *region, const char *id, bool make)
{
    char key[STORE_NAME_MAX + 1];
    struct state *s;
    size_t len;

    if (text_printf(key, sizeof(key), "%s/%s", region, id) < 0)
        return NULL;
    len = strlen(key);
    s = pmap_get(e->states, key, len);
    if (s || !make)
        return s;
    s = calloc(1, sizeof(*s) + len + 1);
    if (!s)
        return NULL;
    list_init(&s->link);
    s->key_len = len;
    memcpy(s->key, key, len);
    if (pmap_put(&plain, &e->states, key, len, s, 0) < 0) {
        free(s);
        return NULL;
    }
    return s;
}

void events_state(struct events *e, const char *region, const char *id, char *ret, size_t size)
{
    const struct state *s;

    pthread_mutex_lock(&e->lock);
    s = get(e, region, id, false);
    (void)text_copy(ret, size, s ? s->text : "");
    pthread_mutex_unlock(&e->lock);
}

void events_set_state(struct events *e, const char *region, const char *id, const char *state)
{
    struct state *s;

    pthread_mutex_lock(&e->lock);
    s = get(e, region, id, *state);
    if (s && strcmp(s->text, state) != 0) {
        (void)text_copy(s->text, sizeof(s->text), state);
        if (list_empty(&s->link))
            list_append(&e->dirty, &s->link);
        pthread_cond_signal(&e->wake);
    }
    pthread_mutex_unlock(&e->lock);
}

void events_each_state(struct events *e, const char *region, const char *prefix,
                       void (*take)(void *arg, const char *id, const char *state), void *arg)
{
    char key[STORE_NAME_MAX + 1];
    const struct state *s;
    struct pmap_iter it;

    if (text_printf(key, sizeof(key), "%s/%s", region, prefix) < 0)
        return;
    pthread_mutex_lock(&e->lock);
    pmap_begin(&it, e->states, key, strlen(key));
    while ((s = pmap_next(&it, NULL, NULL)) && text_starts_with(s->key, key)) {
        if (*s->text)
            take(arg, s->key + strlen(region) + 1, s->text);
    }
    pthread_mutex_unlock(&e->lock);
}

int states_load(struct events *e, const char *key, const char *value)
{
    json_t *text = json_loads(value, JSON_DECODE_ANY, NULL);
    const char *slash = strchr(key, '/');
    char region[STORE_NAME_MAX + 1];
    struct state *s = NULL;
    int r = -EBADMSG;

    if (slash && json_is_string(text)) {
        (void)text_printf(region, sizeof(region), "%.*s", (int)(slash - key), key);
        s = get(e, region, slash + 1, true);
        r = s ? 0 : -ENOMEM;
    }
    if (s)
        (void)text_copy(s->text, sizeof(s->text), json_string_value(text));
    json_decref(text);
    return r;
}

void states_done(struct events *e)
{
    struct pmap_iter it;
    struct state *s;

    pmap_begin(&it, e->states, NULL, 0);
    while ((s = pmap_next(&it, NULL, NULL)))
        free(s);
    pmap_unref(&plain, e->states);
    e->states = NULL;
}
