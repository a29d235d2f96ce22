#include "trials.h"

#include <stdio.h>
#include <stdlib.h>

/* GET .../connectivityTests/ID/stream: the rows of a test as server-sent events, numbered from 1,
 * and at its end the summary, behind which the answer ends. Whoever comes back with Last-Event-ID
 * goes on from there. */

#define END_ID "end"

struct follower {
    struct control_stream head;
    struct control *c;
    enum words_lang lang;
    struct principal who;
    uint64_t generation; /* of rights, when it was last looked whether these still hold */
    bool over;           /* they do not */
    char region[STORE_NAME_MAX + 1], id[32];
    size_t next; /* row */
    bool ended;  /* the summary was written, or the test is gone */
    struct buf out;
    size_t sent; /* of out */
};

static struct follower *of(struct control_stream *s)
{
    return container_of(s, struct follower, head);
}

/* Takes data. */
static void write_event(struct follower *f, const char *name, const char *id, json_t *data)
{
    char *text = data ? json_dumps(data, JSON_COMPACT) : NULL;

    if (text)
        buf_printf(&f->out, "event: %s\nid: %s\ndata: %s\n\n", name, id, text);
    else
        f->out.failed = true;
    free(text);
    json_decref(data);
}

static void write_rows(struct follower *f, const struct trial *t)
{
    char id[24];

    while (f->next < json_array_size(t->rows)) {
        json_t *row = json_array_get(t->rows, f->next++);

        snprintf(id, sizeof(id), "%zu", f->next);
        write_event(f, "row", id, json_incref(row));
    }
}

static void fill(struct follower *f)
{
    struct trial *t;

    f->out.len = f->sent = 0;
    trials_lock(f->c);
    t = trials_find(f->c, f->region, f->id);
    if (t)
        write_rows(f, t);
    if (t && t->state == TRIAL_ENDED && !f->ended)
        write_event(f, "summary", END_ID, trial_view(t, false, f->lang));
    f->ended = !t || t->state == TRIAL_ENDED;
    trials_unlock(f->c);
}

static void look_at_rights(struct follower *f)
{
    f->generation = auth_generation(f->c);
    f->over |= !auth_still_holds(f->c, &f->who, clock_realtime_us());
}

static ssize_t stream_read(struct control_stream *s, char *buf, size_t max)
{
    struct follower *f = of(s);
    size_t len;

    if (f->generation != auth_generation(f->c))
        look_at_rights(f);
    if (f->sent == f->out.len && f->ended)
        return CONTROL_STREAM_END;
    if (f->sent == f->out.len)
        fill(f);
    if (f->over || f->out.failed)
        return -1;
    len = MIN(f->out.len - f->sent, max);
    if (len)
        memcpy(buf, f->out.data + f->sent, len);
    f->sent += len;
    return len == 0 && f->ended ? CONTROL_STREAM_END : (ssize_t)len;
}

/* Under the server's lock: nobody is told of anything here. */
static bool stream_has_news(struct control_stream *s)
{
    struct follower *f = of(s);
    const struct trial *t;
    bool news = f->sent < f->out.len || f->over || f->ended;

    pthread_mutex_lock(&f->c->trials->lock);
    t = trials_find(f->c, f->region, f->id);
    news |= !t || t->state == TRIAL_ENDED || f->next < json_array_size(t->rows);
    pthread_mutex_unlock(&f->c->trials->lock);
    return news;
}

static void stream_beat(struct control_stream *s)
{
    struct follower *f = of(s);

    look_at_rights(f);
    if (f->sent == f->out.len) {
        f->out.len = f->sent = 0;
        buf_puts(&f->out, ": still here\n\n");
    }
}

static void stream_free(struct control_stream *s)
{
    buf_done(&of(s)->out);
    free(of(s));
}

static const struct stream_ops ops = {stream_read, stream_has_news, stream_beat, stream_free};

/* Rows that the reader has, of what it had last; false: it has all. */
static bool place_of(const char *last, size_t *ret)
{
    uint64_t n;

    *ret = 0;
    if (last && strcmp(last, END_ID) == 0)
        return false;
    if (last && text_parse_u64(last, TRIAL_ROWS_MAX, &n) == 0)
        *ret = (size_t)n;
    return true;
}

static int begin(struct call *call, size_t next)
{
    struct follower *f = calloc(1, sizeof(*f));
    struct control_wait *wait = &call->res->wait;

    if (!f)
        return -ENOMEM;
    f->head.ops = &ops;
    f->c = call->c;
    f->lang = call->lang;
    f->who = call->who;
    f->generation = auth_generation(call->c);
    f->next = next;
    (void)text_copy(f->region, sizeof(f->region), call->region);
    (void)text_copy(f->id, sizeof(f->id), call->id);
    (void)text_copy(wait->region, sizeof(wait->region), call->region);
    (void)text_copy(wait->node, sizeof(wait->node), call->id);
    call->res->status = 200;
    call->res->content_type = "text/event-stream";
    call->res->stream = &f->head;
    return 0;
}

int trials_stream(struct call *call)
{
    const char *last = call->req->last_event_id;
    const struct trial *t;
    size_t next;
    bool more = place_of(last ? last : uri_param(&call->uri, "lastEventId"), &next);

    trials_lock(call->c);
    t = trials_look_up(call);
    trials_unlock(call->c);
    if (!t)
        return -ENOENT;
    if (more)
        return begin(call, next);
    call->res->status = 204; /* a browser then comes back no more */
    return 0;
}
