/* What a worker says to the control thread. */
#include "worker_internal.h"

int dp_note_send(struct dp_worker *w, const struct dp_note *note, const uint8_t *data, size_t len)
{
    struct iovec iov[2] = {{(void *)(uintptr_t)note, sizeof(*note)},
                           {(void *)(uintptr_t)data, len}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = len ? 2 : 1};
    bool stranger = note->kind == DP_NOTE_DATAGRAM && !note->known;
    int fd = w->notes[stranger ? DP_LANE_STRANGERS : DP_LANE_OURS];

    if (len > DP_NOTE_DATA_MAX)
        return -EMSGSIZE;
    return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}
