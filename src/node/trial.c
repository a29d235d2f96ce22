#include "trial.h"

#include <stdlib.h>
#include <unistd.h>

#include "netns.h"

/* The life of a test. */

static struct trial *make(uv_loop_t *loop, const struct trial_want *want, void (*news)(void *arg),
                          void *arg)
{
    struct trial *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    list_init(&t->link);
    t->want = *want;
    t->news = news;
    t->arg = arg;
    t->fd = -1;
    t->deadline_us = clock_monotonic_us() + TRIAL_MAX_US;
    t->rows = json_array();
    if (!t->rows || uv_timer_init(loop, &t->timer) < 0) {
        json_decref(t->rows);
        free(t);
        return NULL;
    }
    t->timer.data = t;
    t->handles = 1;
    return t;
}

static void begin(struct trial *t, const char *netns)
{
    int fd, r = netns_open(netns, &fd);

    if (r < 0) {
        trial_end(t, SAY(NODE_TRIAL_NAMESPACE, netns, strerror(-r)));
        return;
    }
    if (t->want.kind == REACH_THROUGHPUT)
        trial_child_start(t, fd);
    else
        trial_probe_start(t, fd);
    close(fd);
}

struct trial *trial_start(uv_loop_t *loop, const struct trial_want *want, const char *netns,
                          void (*news)(void *arg), void *arg)
{
    struct trial *t = make(loop, want, news, arg);

    if (t) {
        trial_tell(t, json_pack("{s:s}", "type", "begun"));
        begin(t, netns);
    }
    return t;
}

struct trial *trial_start_by(uv_loop_t *loop, const struct trial_want *want,
                             int (*send)(void *arg, struct trial *t,
                                         const struct reach_probe *probe),
                             void (*news)(void *arg), void *arg)
{
    struct trial *t = make(loop, want, news, arg);

    if (t) {
        t->send = send;
        trial_tell(t, json_pack("{s:s}", "type", "begun"));
        trial_probe_begin(t);
    }
    return t;
}

struct trial *trial_refuse(uv_loop_t *loop, const struct trial_want *want, const struct words *why,
                           void (*news)(void *arg), void *arg)
{
    struct trial *t = make(loop, want, news, arg);

    if (t)
        trial_end(t, why);
    return t;
}

void trial_stop(struct trial *t, const struct words *why)
{
    uv_timer_stop(&t->timer);
    if (t->handles > 1)
        uv_poll_stop(&t->poll);
    trial_child_stop(t);
    trial_end(t, why);
}

static void on_closed(uv_handle_t *handle)
{
    struct trial *t = handle->data;

    if (--t->handles)
        return;
    if (t->fd >= 0)
        close(t->fd);
    json_decref(t->rows);
    free(t->drops);
    free(t);
}

void trial_free(struct trial *t)
{
    bool polls = t->handles > 1;

    list_remove(&t->link);
    trial_child_stop(t);
    uv_close((uv_handle_t *)&t->timer, on_closed);
    if (polls)
        uv_close((uv_handle_t *)&t->poll, on_closed);
}
