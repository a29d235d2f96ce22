#include "notice.h"

/* The log of events begins and ends, and what time brings is looked for. */

#define EXPIRY_US (3600 * UINT64_C(1000000))

/* Events are told to those who follow the region. */
static void tell(void *arg, const struct event *event)
{
    struct region *r = house_find(arg, event->region);

    if (r)
        feed_event(r, event);
}

int notice_start(struct control *c)
{
    int r = events_open(c->store, tell, c, &c->events);

    return r < 0 ? r : events_start(c->events);
}

void notice_stop(struct control *c)
{
    events_close(c->events);
    c->events = NULL;
}

static void say_started(struct control *c)
{
    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        struct snapshot *now = region_now(r);

        if (snapshot_region(now))
            notice_resource(r, &snapshot_region(now)->head, &(struct notice){0},
                            SAY(EVENT_CONTROL_STARTED, ROPEWAY_VERSION));
        snapshot_unref(now);
    }
}

void notice_tick(struct control *c, uint64_t now_us)
{
    if (!c->notices.started)
        say_started(c);
    c->notices.started = true;
    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        notice_silence(r);
        notice_routes(r);
        notice_available(r);
    }
    if (!c->notices.expiry_us || now_us > c->notices.expiry_us + EXPIRY_US) {
        c->notices.expiry_us = now_us;
        notice_expiry(c, now_us);
    }
}
