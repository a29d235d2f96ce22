#include "control_internal.h"

/* Who waits, and who is told. */

/* ---- answers that wait for the disk ---- */

void call_wait_for(struct call *call, struct commit *commit)
{
    commit_unref(call->commit);
    call->commit = commit;
}

void call_ask_again(struct call *call, struct commit *commit)
{
    commit_unref(call->commit);
    call->commit = commit;
    call->again = true;
}

/* ---- requests that wait for something to happen ---- */

void control_on_told(struct control *c, control_told *told, void *arg)
{
    pthread_mutex_lock(&c->told_lock);
    c->told = told;
    c->told_arg = arg;
    pthread_mutex_unlock(&c->told_lock);
}

void control_tell(struct control *c, enum control_wait_kind kind, const char *region,
                  const char *node)
{
    pthread_mutex_lock(&c->told_lock);
    if (c->told)
        c->told(c->told_arg, kind, region, node);
    pthread_mutex_unlock(&c->told_lock);
}
