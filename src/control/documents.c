#include "control_internal.h"
#include "still.h"

#include <stdlib.h>

/* What describes the API itself: the OpenAPI document and the catalogue of messages, in each
 * language. They are large and stay as they are, so the first who asks has them made, and all
 * others are given the same; most have them already and are told so. */

#define CACHE "no-cache"

enum document { OPENAPI, MESSAGES, DOCUMENTS };

struct documents {
    pthread_mutex_t lock; /* held while one is made */
    struct still *made[DOCUMENTS][WORDS_LANGS];
};

int documents_init(struct control *c)
{
    c->documents = calloc(1, sizeof(*c->documents));
    if (!c->documents)
        return -ENOMEM;
    pthread_mutex_init(&c->documents->lock, NULL);
    return 0;
}

static void still_free(struct still *s)
{
    if (s)
        still_done(s);
    free(s);
}

void documents_done(struct control *c)
{
    if (!c->documents)
        return;
    for (int d = 0; d < DOCUMENTS; d++) {
        for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++)
            still_free(c->documents->made[d][lang]);
    }
    pthread_mutex_destroy(&c->documents->lock);
    free(c->documents);
}

/* ---- making ---- */

static json_t *message_row(enum words_code code, enum words_lang lang)
{
    json_t *names = json_array();

    for (const char *const *name = words_code_args(code); *name; name++)
        json_array_append_new(names, json_string(*name));
    return json_pack("{s:s, s:s, s:o}", "code", words_code_name(code), "text",
                     words_template(code, lang), "arguments", names);
}

/* New; NULL if out of memory. */
static json_t *messages_in(enum words_lang lang)
{
    json_t *rows = json_array();

    for (enum words_code code = WORDS_FOREIGN + 1; code < WORDS_CODES; code++) {
        if (json_array_append_new(rows, message_row(code, lang))) {
            json_decref(rows);
            return NULL;
        }
    }
    return json_pack("{s:o}", "items", rows);
}

static int append(const char *data, size_t len, void *arg)
{
    buf_add(arg, data, len);
    return 0;
}

static int make(enum document which, enum words_lang lang, struct still **ret)
{
    json_t *json = which == OPENAPI ? model_openapi(lang) : messages_in(lang);
    struct still *s = calloc(1, sizeof(*s));
    struct buf text = {0};
    int r = json && s ? json_dump_callback(json, append, &text, JSON_COMPACT) : -1;

    buf_puts(&text, "\n");
    r = r < 0 || text.failed ? -ENOMEM : 0;
    if (r == 0)
        r = still_make(s, "application/json", text.data, text.len);
    buf_done(&text);
    json_decref(json);
    if (r < 0) {
        still_free(s);
        return r;
    }
    s->spoken = true;
    *ret = s;
    return 0;
}

/* ---- answering ---- */

static int answer(struct call *call, enum document which)
{
    struct documents *d = call->c->documents;
    struct still **made = &d->made[which][call->lang];
    int r = 0;

    pthread_mutex_lock(&d->lock);
    if (!*made)
        r = make(which, call->lang, made);
    pthread_mutex_unlock(&d->lock);
    return r < 0 ? r : still_answer(*made, call->req, CACHE, call->res);
}

int documents_openapi(struct call *call)
{
    return answer(call, OPENAPI);
}

int documents_messages(struct call *call)
{
    return answer(call, MESSAGES);
}
