/* deliver_internal.h - what the files of this room share. */
#ifndef ROPEWAY_DELIVER_INTERNAL_H
#define ROPEWAY_DELIVER_INTERNAL_H

#include <pthread.h>

#include "deliver.h"

/* A message that waits. Owns all of it. */
struct letter {
    struct list link;
    char *region, *alarm;
    char *url, *secret, *body;
    char *to[DELIVER_TO_MAX + 1]; /* NULL at the end */
    char *subject, *text;
    unsigned tries;
    uint64_t due_us;          /* monotonic */
    char why[WORDS_TEXT_MAX]; /* written: what came of the last try */
};

struct letter *letter_new(const struct deliver_message *m);
void letter_free(struct letter *l);

/* ---- ways (post.c, mail.c) ---- */

/* 0, or negative if it was not taken; l->why says what came of it in any case. */
MUST_USE int post(struct letter *l);
/* The same of a mail with this text; more: how many further messages are left out of it. */
MUST_USE int mail(const char *sendmail, struct letter *l, const char *text, size_t more);

/* When something was mailed last, to whom. */
struct recent {
    struct list link;
    char *to;
    uint64_t at_us;
};

#define DELIVER_POSTERS 4 /* threads, so that one that does not answer holds up no other */

struct deliver {
    char *sendmail;
    deliver_told *told;
    void *arg;
    pthread_t posting[DELIVER_POSTERS], mailing;
    size_t posters;
    bool mails;
    pthread_mutex_t lock; /* around what follows */
    pthread_cond_t wake;
    bool stopping;
    struct list posts_waiting, mails_waiting; /* struct letter */
    struct list under_way;                    /* being posted: one to an address at a time */
    size_t count;
    struct list recent;
    char *keep;              /* path; NULL: nothing is kept */
    bool changed;            /* what waits, since it was kept */
    uint64_t kept_us;        /* monotonic */
    pthread_mutex_t keeping; /* around writing the file; taken before lock */
};

/* Writes the file if something changed and, of a long one, a second is over since, or at_once. The
 * lock is not held (kept.c). */
void deliver_keep_now(struct deliver *d, bool at_once);

/* The threads (queue.c). */
void *deliver_post_all(void *arg);
void *deliver_mail_all(void *arg);
void deliver_forget_recent(struct deliver *d);

#endif
