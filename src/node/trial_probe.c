#include "trial.h"

#include <sys/socket.h>
#include <unistd.h>

#include "netns.h"

/* A run of echo requests (reach.h) on a socket of the instance's namespace and on the node's loop.
 */

static void go_on(struct trial *t);

static void on_time(uv_timer_t *timer)
{
    struct trial *t = timer->data;

    reach_time(&t->run, clock_monotonic_us());
    go_on(t);
}

static void tell_rows(struct trial *t)
{
    struct reach_row row;

    while (reach_row(&t->run, &row))
        trial_tell_row(t, &row);
}

/* False: nothing gets out at all. */
static bool send_one(struct trial *t, const struct reach_probe *probe)
{
    int r =
        t->send ? t->send(t->arg, t, probe) : trial_socket_send(t->fd, &t->want, t->ident, probe);

    if (r == -EMSGSIZE)
        reach_too_large(&t->run, clock_monotonic_us(), probe->seq, 0);
    else if (r < 0 && r != -EAGAIN && r != -ENOBUFS) /* those are like a loss */
        trial_end(t, SAY(NODE_TRIAL_SEND, strerror(-r)));
    return !t->over;
}

static void arm(struct trial *t)
{
    uint64_t now = clock_monotonic_us(), due = MIN(reach_due(&t->run), t->deadline_us);

    uv_update_time(t->timer.loop);
    uv_timer_start(&t->timer, on_time, due > now ? (due - now + 999) / 1000 : 0, 0);
}

static void go_on(struct trial *t)
{
    struct reach_probe probe;

    tell_rows(t);
    while (!t->over && reach_next(&t->run, clock_monotonic_us(), &probe)) {
        if (!send_one(t, &probe))
            break;
        tell_rows(t);
    }
    if (reach_is_over(&t->run))
        trial_end(t, NULL);
    else if (clock_monotonic_us() >= t->deadline_us)
        trial_end(t, SAY(NODE_TRIAL_TOO_LONG));
    if (!t->over) {
        arm(t);
        return;
    }
    uv_timer_stop(&t->timer);
    if (!t->send)
        uv_poll_stop(&t->poll);
}

void trial_probe_take(struct trial *t, uint64_t now_us, const struct reach_packet *packet)
{
    if (t->over)
        return;
    reach_take(&t->run, now_us, packet);
    go_on(t);
}

void trial_probe_begin(struct trial *t)
{
    int r;

    t->ident = (uint16_t)random_u64();
    r = reach_begin(&t->run, &t->want.spec, clock_monotonic_us());
    if (r < 0)
        trial_end(t, SAY(NODE_TRIAL_SOCKET, strerror(-r)));
    else
        go_on(t);
}

static void on_packet(uv_poll_t *poll, int status, int events)
{
    struct trial *t = poll->data;
    struct reach_packet packet;

    (void)status, (void)events;
    while (!t->over && trial_socket_receive(t->fd, &t->want, t->ident, &packet) == 0)
        trial_probe_take(t, clock_monotonic_us(), &packet);
}

static int open_inside(void *arg)
{
    struct trial *t = arg;

    return trial_socket_open((enum addr_family)t->want.destination.family,
                             t->want.kind == REACH_PATH_MTU, &t->fd);
}

void trial_probe_start(struct trial *t, int netns)
{
    int r = netns_run(netns, open_inside, t);

    if (r == 0)
        r = uv_poll_init(t->timer.loop, &t->poll, t->fd);
    if (r < 0) {
        trial_end(t, SAY(NODE_TRIAL_SOCKET, strerror(-r)));
        return;
    }
    t->poll.data = t;
    t->handles++;
    r = uv_poll_start(&t->poll, UV_READABLE, on_packet);
    if (r < 0)
        trial_end(t, SAY(NODE_TRIAL_SOCKET, strerror(-r)));
    else
        trial_probe_begin(t);
}
