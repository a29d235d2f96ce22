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

/* Once; if it does not get through it is tried again when there is more to say of the SA. */
static void tell(struct dp_worker *w, struct dp_sa *sa, enum ipc_sa_event_kind kind, unsigned flag)
{
    struct dp_note note = {.kind = DP_NOTE_EVENT};

    if (__atomic_load_n(&sa->told, __ATOMIC_RELAXED) & flag)
        return;
    note.event.kind = (uint8_t)kind;
    note.event.direction = sa->direction;
    note.event.spi = sa->spi;
    note.event.local = sa->local;
    note.event.remote = rcu_dereference(sa->remote)->endpoint;
    (void)text_copy(note.event.tunnel, sizeof(note.event.tunnel), sa->path->id);
    if (dp_note_send(w, &note, NULL, 0) == 0)
        __atomic_fetch_or(&sa->told, flag, __ATOMIC_RELAXED);
}

void dp_sa_watch(struct dp_worker *w, struct dp_sa *sa)
{
    unsigned flags = esp_sa_flags(sa->esp);

    if (flags & ESP_SA_SOFT)
        tell(w, sa, IPC_SA_SOFT, ESP_SA_SOFT);
    if (flags & ESP_SA_HARD)
        tell(w, sa, IPC_SA_HARD, ESP_SA_HARD);
}

void dp_sa_used(struct dp_worker *w, struct dp_sa *sa)
{
    tell(w, sa, IPC_SA_USED, DP_SA_USED);
}
