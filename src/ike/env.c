#include "env_internal.h"

#include <stdlib.h>

#include "crypto.h"

/* ---- time and chance ---- */

static void default_random(void *context, void *ret, size_t len)
{
    (void)context;
    random_bytes(ret, len);
}

void ike_env_init(struct ike_env *env, const struct ike_options *options)
{
    *env = (struct ike_env){.random = {.fill = default_random}};
    if (options && options->random)
        env->random = (struct crypto_random){options->random, options->random_context};
    list_init(&env->actions);
    ike_jobs_init(&env->jobs);
}

int64_t ike_unix_now(const struct ike_env *env)
{
    return env->unix_offset_s + (int64_t)(env->now_us / IKE_SECOND);
}

void ike_random(struct ike_env *env, void *ret, size_t len)
{
    env->random.fill(env->random.context, ret, len);
}

uint64_t ike_random_u64(struct ike_env *env)
{
    uint64_t n;

    ike_random(env, &n, sizeof(n));
    return n;
}

bool ike_allow(uint64_t *due_us, uint64_t now_us, struct ike_rate rate, unsigned cost)
{
    uint64_t step = IKE_SECOND / rate.per_second, due = MAX(*due_us, now_us) + cost * step;

    if (due - now_us > MAX(rate.at_once, cost) * step)
        return false;
    *due_us = due;
    return true;
}

uint64_t ike_jitter(struct ike_env *env, uint64_t base, unsigned percent)
{
    uint64_t width = base / 100 * percent;

    return width ? base - width + ike_random_u64(env) % (2 * width + 1) : base;
}

void ike_lower_deadline(const struct ike_env *env, uint64_t *deadline, uint64_t at_us)
{
    *deadline = MIN(*deadline, at_us > env->now_us ? at_us : env->now_us + IKE_SECOND);
}

/* ---- the queue ---- */

/* The queue of what is to be done. A datagram's bytes lie behind its action. When memory is short
 * an action is lost: a datagram is sent again, a child whose SAs nobody acknowledges is rekeyed. */

struct queued {
    struct list link;
    struct ike_action action;
    size_t len;
    bool handed_out; /* its bytes are borrowed until the next call */
    uint8_t data[];
};

static void queued_free(struct queued *q)
{
    list_remove(&q->link);
    ike_action_wipe(&q->action);
    free(q);
}

static struct queued *queue(struct ike_env *env, enum ike_action_kind kind, const char *tunnel,
                            size_t len)
{
    struct queued *q = calloc(1, sizeof(*q) + len);

    if (!q)
        return NULL;
    q->len = len;
    q->action.kind = kind;
    text_copy(q->action.tunnel, sizeof(q->action.tunnel), tunnel);
    list_append(&env->actions, &q->link);
    return q;
}

void ike_act_send(struct ike_env *env, const struct endpoint *local, const struct endpoint *remote,
                  const void *data, size_t len)
{
    struct queued *q = queue(env, IKE_ACTION_SEND, "", len);

    if (!q)
        return;
    memcpy(q->data, data, len);
    q->action.local = *local;
    q->action.remote = *remote;
    q->action.data = q->data;
    q->action.len = len;
}

void ike_act_add(struct ike_env *env, const char *tunnel, const struct ike_esp_sa *add)
{
    struct queued *q = queue(env, IKE_ACTION_SA_ADD, tunnel, 0);

    if (q)
        q->action.add = *add;
}

void ike_act_del(struct ike_env *env, const char *tunnel, uint8_t direction, uint32_t spi)
{
    struct queued *q = queue(env, IKE_ACTION_SA_DEL, tunnel, 0);

    if (!q)
        return;
    q->action.direction = direction;
    q->action.spi = spi;
}

void ike_act_move(struct ike_env *env, const char *tunnel, uint32_t pair,
                  const struct endpoint *remote)
{
    struct queued *q = queue(env, IKE_ACTION_SA_MOVE, tunnel, 0);

    if (!q)
        return;
    q->action.spi = pair;
    q->action.remote = *remote;
}

bool ike_act_query(struct ike_env *env, const char *tunnel)
{
    return queue(env, IKE_ACTION_SA_QUERY, tunnel, 0) != NULL;
}

void ike_act_status(struct ike_env *env, const char *tunnel)
{
    (void)queue(env, IKE_ACTION_STATUS, tunnel, 0);
}

void ike_act_liveness(struct ike_env *env, const char *tunnel)
{
    (void)queue(env, IKE_ACTION_LIVENESS, tunnel, 0);
}

void ike_act_log(struct ike_env *env, const char *tunnel, enum ike_log_level level,
                 const struct words *what)
{
    struct queued *q = queue(env, IKE_ACTION_LOG, tunnel, 0);

    if (!q)
        return;
    q->action.level = level;
    words_write(what, q->action.text, sizeof(q->action.text));
}

bool ike_env_next(struct ike_env *env, struct ike_action *ret)
{
    struct queued *q = container_of(env->actions.next, struct queued, link);

    if (!list_empty(&env->actions) && q->handed_out)
        queued_free(q);
    if (list_empty(&env->actions))
        return false;
    q = container_of(env->actions.next, struct queued, link);
    *ret = q->action;
    q->handed_out = true;
    return true;
}

void ike_action_wipe(struct ike_action *action)
{
    crypto_wipe(&action->add, sizeof(action->add));
}

void ike_env_done(struct ike_env *env)
{
    list_for_each_safe (q, &env->actions, struct queued, link)
        queued_free(q);
    ike_jobs_done(&env->jobs);
}
