#include "env_internal.h"

/* How long ago ESP came, the data plane is asked: once for all who ask within a moment, about one
 * tunnel or about all, and one question at a time. */

#define MOMENT (20 * IKE_MS)

static void run(struct ike_job *job)
{
    struct ike_asking *a = container_of(job, struct ike_asking, job);
    struct ike_env *env = container_of(a, struct ike_env, asking);

    if (!a->tunnels || a->under_way || !env->plane_up)
        return;
    if (env->now_us < a->due_us) {
        ike_job_set(&env->jobs, job, a->due_us);
        return;
    }
    a->under_way = ike_act_query(env, a->tunnels == 1 ? a->tunnel : "");
    a->tunnels = 0;
}

int ike_ask_begin(struct ike_env *env)
{
    return ike_job_begin(&env->jobs, &env->asking.job, run, false);
}

void ike_ask(struct ike_env *env, const char *tunnel)
{
    struct ike_asking *a = &env->asking;

    if (!a->tunnels) {
        a->due_us = env->now_us + MOMENT;
        text_copy(a->tunnel, sizeof(a->tunnel), tunnel);
        a->tunnels = 1;
    } else if (strcmp(a->tunnel, tunnel) != 0) {
        a->tunnels = 2;
    }
    ike_job_touch(&env->jobs, &a->job);
}

void ike_ask_answered(struct ike_env *env)
{
    env->asking.under_way = false;
    ike_job_touch(&env->jobs, &env->asking.job);
}
