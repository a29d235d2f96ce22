#include "control_internal.h"

/* Lines of tunnels' logs that wait to be written (log_keeper.c). */

void log_pending_add(struct log_keeper *k, const char *line)
{
    if (!k->runs)
        return;
    pthread_mutex_lock(&k->lock);
    if (!line || k->pending.len > LOG_PENDING_MAX)
        k->incomplete = true;
    else
        buf_printf(&k->pending, "%s\n", line);
    pthread_mutex_unlock(&k->lock);
}
