#include "sa_internal.h"

/* What all IKE SAs have in common: where they belong, and how their state moves. */

#define NOWHERE IKE_SA_STATES

/* Whatever a version exchanges, an IKE SA moves like this. */
static const uint8_t moves[IKE_SA_STATES][IKE_SA_STEPS] = {
    /*                          PROVE             REPLACE         CLOSE           KILL ANSWER */
    [IKE_SA_CALLING] = {NOWHERE, NOWHERE, NOWHERE, IKE_SA_DEAD, IKE_SA_AUTHENTICATING},
    [IKE_SA_CALLED] = {IKE_SA_ESTABLISHED, NOWHERE, NOWHERE, IKE_SA_DEAD, NOWHERE},
    /* Closed before it was established: the peer proved nothing, but thinks that all is well. */
    [IKE_SA_AUTHENTICATING] = {IKE_SA_ESTABLISHED, NOWHERE, IKE_SA_CLOSING, IKE_SA_DEAD, NOWHERE},
    [IKE_SA_ESTABLISHED] = {NOWHERE, IKE_SA_REPLACED, IKE_SA_CLOSING, IKE_SA_DEAD, NOWHERE},
    [IKE_SA_REPLACED] = {NOWHERE, IKE_SA_REPLACED, IKE_SA_CLOSING, IKE_SA_DEAD, NOWHERE},
    [IKE_SA_CLOSING] = {NOWHERE, NOWHERE, NOWHERE, IKE_SA_DEAD, NOWHERE},
    [IKE_SA_DEAD] = {NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE},
};

bool ike_sa_move(struct ike_sa *sa, enum ike_sa_step step)
{
    uint8_t next = moves[sa->state][step];

    if (next == NOWHERE)
        return false;
    sa->state = (enum ike_sa_state)next;
    ike_sa_touch(sa);
    if (!sa->peer)
        return true;
    if (sa->peer->lead == sa && sa->state != IKE_SA_ESTABLISHED)
        sa->peer->lead = NULL;
    ike_peer_touch(sa->peer);
    return true;
}

static void run(struct ike_job *job)
{
    struct ike_sa *sa = container_of(job, struct ike_sa, job);
    uint64_t deadline = IKE_NEVER;

    if (sa->state != IKE_SA_DEAD && sa->env->plane_up)
        deadline = sa->version->run(sa);
    if (sa->state == IKE_SA_DEAD)
        sa->version->free(sa);
    else
        ike_job_set(&sa->env->jobs, &sa->job, deadline);
}

int ike_sa_begin(struct ike_sa *sa, struct ike_env *env, const struct ike_version *version,
                 enum ike_sa_state state)
{
    int r = ike_job_begin(&env->jobs, &sa->job, run, false);

    if (r < 0)
        return r;
    sa->env = env;
    sa->version = version;
    sa->state = state;
    sa->began_us = sa->made_us = sa->heard_us = env->now_us;
    list_init(&sa->peer_link);
    list_init(&sa->pairs);
    ike_sa_touch(sa);
    return 0;
}

void ike_sa_end(struct ike_sa *sa)
{
    if (sa->peer && sa->peer->lead == sa)
        sa->peer->lead = NULL;
    list_remove(&sa->peer_link);
    ike_job_end(&sa->env->jobs, &sa->job);
}

void ike_sa_attach(struct ike_sa *sa, struct ike_peer *peer)
{
    list_remove(&sa->peer_link);
    sa->peer = peer;
    sa->config_epoch = peer->ike_epoch;
    sa->config = peer->config.config;
    list_append(&peer->sas, &sa->peer_link);
    ike_peer_touch(peer);
}

void ike_sa_touch(struct ike_sa *sa)
{
    ike_job_touch(&sa->env->jobs, &sa->job);
}

void ike_sa_kill(struct ike_sa *sa)
{
    if (!ike_sa_move(sa, IKE_SA_KILL))
        return;
    ike_pairs_end(&sa->pairs, IKE_PAIR_GRACE);
}

struct ike_sa *ike_sa_of_pair(const struct ike_pair *pair)
{
    return container_of(pair->owner, struct ike_sa, job);
}

uint64_t ike_sa_local_spi(const struct ike_sa *sa)
{
    return sa->initiator ? sa->spi_i : sa->spi_r;
}

bool ike_sa_is_live(const struct ike_sa *sa)
{
    return sa->state == IKE_SA_ESTABLISHED;
}

bool ike_sa_is_calling(const struct ike_sa *sa)
{
    return sa->state == IKE_SA_CALLING || sa->state == IKE_SA_AUTHENTICATING;
}
