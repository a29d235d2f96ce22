/* env_internal.h - what every layer of the IKE machine lives in: the time, randomness, the queue of
 * what is to be done outside, and the jobs that run when something changed or their time has come.
 */
#ifndef ROPEWAY_IKE_ENV_INTERNAL_H
#define ROPEWAY_IKE_ENV_INTERNAL_H

#include "ike.h"
#include "words.h"

#define IKE_MS     UINT64_C(1000)
#define IKE_SECOND UINT64_C(1000000)
#define IKE_NEVER  UINT64_MAX

/* ---- jobs (jobs.c) ---- */

/* Something that lives: an IKE SA, a tunnel. Running is level-triggered: it looks at what is, not
 * at what happened, and sets when to look again. It may end its own job. */
struct ike_job {
    void (*run)(struct ike_job *job);
    bool late; /* when no other is left to run */
    struct list dirty;
    uint64_t at_us;
    size_t slot; /* 1-based place in the heap; 0 = no deadline */
};

struct ike_jobs {
    struct ike_job **heap; /* of deadlines, with room for all jobs: setting one never fails */
    size_t n_timed, n, cap;
    struct list dirty, dirty_late;
};

void ike_jobs_init(struct ike_jobs *jobs);
void ike_jobs_done(struct ike_jobs *jobs);
/* -ENOMEM. */
MUST_USE int ike_job_begin(struct ike_jobs *jobs, struct ike_job *job,
                           void (*run)(struct ike_job *job), bool late);
void ike_job_end(struct ike_jobs *jobs, struct ike_job *job);
/* It runs before ike_jobs_settle() returns. */
void ike_job_touch(struct ike_jobs *jobs, struct ike_job *job);
/* It is touched when that time comes; IKE_NEVER. */
void ike_job_set(struct ike_jobs *jobs, struct ike_job *job, uint64_t at_us);
void ike_jobs_wake(struct ike_jobs *jobs, uint64_t now_us);
void ike_jobs_settle(struct ike_jobs *jobs);
/* The earliest deadline. */
uint64_t ike_jobs_deadline(const struct ike_jobs *jobs);

/* ---- the environment (env.c) ---- */

/* The questions to the data plane (ask.c). */
struct ike_asking {
    struct ike_job job;
    uint64_t due_us;
    unsigned tunnels;               /* that wait for one to be asked: 0, 1 or more */
    char tunnel[IKE_TUNNEL_ID_MAX]; /* the first of them */
    bool under_way;
};

/* What came and reached no tunnel (heard.c). */
enum ike_heard_kind {
    IKE_HEARD_CALL,       /* a first message between two addresses that no tunnel is between */
    IKE_HEARD_UNKNOWN_SA, /* of a tunnel's peer, about an IKE SA that is not there */
    IKE_HEARD_ANSWER,     /* to a call of ours, from another address than it went to */
};

#define IKE_HEARD_MAX 32

struct ike_heard {
    enum ike_heard_kind kind;
    struct endpoint from; /* the port of the last one */
    struct addr to;
    uint64_t spi; /* ANSWER: of the call */
    uint64_t at_us;
    unsigned count; /* 0: none */
};

struct ike_env {
    struct crypto_random random; /* of all that is made by chance */
    uint64_t now_us;
    int64_t unix_offset_s; /* seconds since 1970 when now_us was 0 */
    bool plane_up;         /* the data plane does what it is told */
    struct list actions;
    struct ike_jobs jobs;
    struct ike_asking asking;
    struct ike_heard heard[IKE_HEARD_MAX];
};

void ike_env_init(struct ike_env *env, const struct ike_options *options);
void ike_env_done(struct ike_env *env);

/* Now, in seconds since 1970. */
int64_t ike_unix_now(const struct ike_env *env);
void ike_random(struct ike_env *env, void *ret, size_t len);
uint64_t ike_random_u64(struct ike_env *env);
/* True, and counted, if so no more than at_once come in a row and per_second in the long run. What
 * costs more than one counts as so many. *due_us is where it counts; 0 at first. */
struct ike_rate {
    unsigned per_second;
    unsigned at_once;
};
bool ike_allow(uint64_t *due_us, uint64_t now_us, struct ike_rate rate, unsigned cost);
/* base plus or minus up to percent of it. */
uint64_t ike_jitter(struct ike_env *env, uint64_t base, unsigned percent);
/* Look again at at_us. What is due already and could not be done is looked at again in a second: so
 * nothing is forgotten and nothing spins. */
void ike_lower_deadline(const struct ike_env *env, uint64_t *deadline, uint64_t at_us);

/* What is to be done, in this order. */
bool ike_env_next(struct ike_env *env, struct ike_action *ret);
void ike_act_send(struct ike_env *env, const struct endpoint *local, const struct endpoint *remote,
                  const void *data, size_t len);
void ike_act_add(struct ike_env *env, const char *tunnel, const struct ike_esp_sa *add);
void ike_act_del(struct ike_env *env, const char *tunnel, uint8_t direction, uint32_t spi);
void ike_act_move(struct ike_env *env, const char *tunnel, uint32_t pair,
                  const struct endpoint *remote);
/* Of all tunnels: "". False if memory is short. */
bool ike_act_query(struct ike_env *env, const char *tunnel);
void ike_act_status(struct ike_env *env, const char *tunnel);
void ike_act_liveness(struct ike_env *env, const char *tunnel);
/* A line of its log; of nobody's: "". */
void ike_act_log(struct ike_env *env, const char *tunnel, enum ike_log_level level,
                 const struct words *what);

/* ---- heard.c ---- */

void ike_heard_note(struct ike_env *env, enum ike_heard_kind kind, const struct endpoint *from,
                    const struct addr *to, uint64_t spi);
/* What was heard in the last minutes, in no order: the one after `after`, or the first (NULL); NULL
 * at the end. */
const struct ike_heard *ike_heard_next(const struct ike_env *env, const struct ike_heard *after);

/* ---- ask.c: when ESP came last ---- */

/* -ENOMEM. */
MUST_USE int ike_ask_begin(struct ike_env *env);
/* The answer is an inventory, of this tunnel or of all. */
void ike_ask(struct ike_env *env, const char *tunnel);
/* The answer came, or there will be none. */
void ike_ask_answered(struct ike_env *env);

#endif
