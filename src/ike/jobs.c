#include "env_internal.h"

#include <stdlib.h>

/* Deadlines are in a binary heap whose members know their place, so that moving one costs O(log n).
 */

void ike_jobs_init(struct ike_jobs *jobs)
{
    *jobs = (struct ike_jobs){0};
    list_init(&jobs->dirty);
    list_init(&jobs->dirty_late);
}

void ike_jobs_done(struct ike_jobs *jobs)
{
    free(jobs->heap);
    *jobs = (struct ike_jobs){0};
}

/* ---- the heap ---- */

static void place(struct ike_jobs *jobs, struct ike_job *job, size_t slot)
{
    jobs->heap[slot - 1] = job;
    job->slot = slot;
}

static void sift_up(struct ike_jobs *jobs, struct ike_job *job)
{
    size_t slot = job->slot;

    while (slot > 1 && jobs->heap[slot / 2 - 1]->at_us > job->at_us) {
        place(jobs, jobs->heap[slot / 2 - 1], slot);
        slot /= 2;
    }
    place(jobs, job, slot);
}

static void sift_down(struct ike_jobs *jobs, struct ike_job *job)
{
    size_t slot = job->slot;

    for (;;) {
        size_t child = slot * 2;

        if (child > jobs->n_timed)
            break;
        if (child < jobs->n_timed && jobs->heap[child]->at_us < jobs->heap[child - 1]->at_us)
            child++;
        if (jobs->heap[child - 1]->at_us >= job->at_us)
            break;
        place(jobs, jobs->heap[child - 1], slot);
        slot = child;
    }
    place(jobs, job, slot);
}

static void cancel(struct ike_jobs *jobs, struct ike_job *job)
{
    struct ike_job *last;

    if (!job->slot)
        return;
    last = jobs->heap[--jobs->n_timed];
    if (last != job) {
        place(jobs, last, job->slot);
        sift_up(jobs, last);
        sift_down(jobs, last);
    }
    job->slot = 0;
}

void ike_job_set(struct ike_jobs *jobs, struct ike_job *job, uint64_t at_us)
{
    if (at_us == IKE_NEVER) {
        cancel(jobs, job);
        return;
    }
    job->at_us = at_us;
    if (!job->slot)
        place(jobs, job, ++jobs->n_timed);
    sift_up(jobs, job);
    sift_down(jobs, job);
}

uint64_t ike_jobs_deadline(const struct ike_jobs *jobs)
{
    return jobs->n_timed ? jobs->heap[0]->at_us : IKE_NEVER;
}

/* ---- coming, running and going ---- */

static int make_room(struct ike_jobs *jobs)
{
    size_t cap = MAX(jobs->cap * 2, jobs->n + 1);
    struct ike_job **grown;

    if (jobs->n < jobs->cap)
        return 0;
    grown = reallocarray(jobs->heap, cap, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    jobs->heap = grown;
    jobs->cap = cap;
    return 0;
}

int ike_job_begin(struct ike_jobs *jobs, struct ike_job *job, void (*run)(struct ike_job *job),
                  bool late)
{
    int r = make_room(jobs);

    if (r < 0)
        return r;
    jobs->n++;
    *job = (struct ike_job){.run = run, .late = late};
    list_init(&job->dirty);
    return 0;
}

void ike_job_end(struct ike_jobs *jobs, struct ike_job *job)
{
    cancel(jobs, job);
    list_remove(&job->dirty);
    jobs->n--;
}

void ike_job_touch(struct ike_jobs *jobs, struct ike_job *job)
{
    if (list_empty(&job->dirty))
        list_append(job->late ? &jobs->dirty_late : &jobs->dirty, &job->dirty);
}

void ike_jobs_wake(struct ike_jobs *jobs, uint64_t now_us)
{
    while (ike_jobs_deadline(jobs) <= now_us) {
        struct ike_job *job = jobs->heap[0];

        cancel(jobs, job);
        ike_job_touch(jobs, job);
    }
}

void ike_jobs_settle(struct ike_jobs *jobs)
{
    while (!list_empty(&jobs->dirty) || !list_empty(&jobs->dirty_late)) {
        const struct list *from = list_empty(&jobs->dirty) ? &jobs->dirty_late : &jobs->dirty;
        struct ike_job *job = container_of(from->next, struct ike_job, dirty);

        list_remove(&job->dirty);
        job->run(job);
    }
}
