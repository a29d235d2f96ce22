#include "store_internal.h"

#include <time.h>

/* Waiting until a region moves. */

static struct timespec deadline(unsigned timeout_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return until;
}

/* Waits until anything moved since `moves`. */
static int wait_for_move(struct store *s, uint64_t moves, const struct timespec *until)
{
    int r = 0;

    pthread_mutex_lock(&s->lock);
    while (r == 0 && s->moves == moves)
        r = -pthread_cond_timedwait(&s->moved, &s->lock, until);
    pthread_mutex_unlock(&s->lock);
    return r;
}

static uint64_t count_moves(struct store *s)
{
    uint64_t moves;

    pthread_mutex_lock(&s->lock);
    moves = s->moves;
    pthread_mutex_unlock(&s->lock);
    return moves;
}

int store_wait(struct store *s, const char *region, uint64_t revision, unsigned timeout_ms)
{
    struct timespec until = deadline(timeout_ms);
    uint64_t moves, now = 0;
    int r, waited = 0;

    if (store_revision(s, region) > revision)
        return 0;
    r = store_watch(s);
    if (r < 0)
        return r;
    for (;;) {
        /* Counted before the look at the revision: what moves after it ends the next wait. */
        moves = count_moves(s);
        r = s->backend->revision(s->self, region, &now);
        if (r < 0 || now > revision)
            break;
        if (waited < 0) {
            r = waited;
            break;
        }
        waited = wait_for_move(s, moves, &until);
    }
    store_unwatch(s);
    return r;
}
