/* links.h - hears at once when an interface of this machine goes up or down, comes or goes. Private
 * to the node room. */
#ifndef ROPEWAY_NODE_LINKS_H
#define ROPEWAY_NODE_LINKS_H

#include <uv.h>

#include "base.h"

struct links {
    uv_poll_t poll;
    int fd; /* -1: none is open */
    void (*changed)(void *arg);
    void *arg;
};

/* A negative errno: nothing is heard. */
MUST_USE int links_init(struct links *l, uv_loop_t *loop, void (*changed)(void *arg), void *arg);
/* Its handle is the loop's to close. */
void links_done(struct links *l);

#endif
