#include "deliver_internal.h"

#include <stdlib.h>
#include <time.h>

/* Who delivers: one thread posts, another mails, so that neither waits for the other. */

#define FIRST_DELAY_US UINT64_C(1000000)
#define DIGEST_LINES   200

static void wait_a_moment(struct deliver *d)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 200000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_cond_timedwait(&d->wake, &d->lock, &until);
}

static void tell(struct deliver *d, const struct letter *l, bool ok, const struct words *what)
{
    if (d->told)
        d->told(d->arg, l->region, l->alarm, ok, what);
}

/* ---- posting ---- */

static bool is_busy(struct deliver *d, const char *url)
{
    list_for_each (l, &d->under_way, struct letter, link) {
        if (strcmp(l->url, url) == 0)
            return true;
    }
    return false;
}

/* The first that is due and for whom nothing is under way. The lock is held. */
static struct letter *take_due(struct deliver *d)
{
    uint64_t now = clock_monotonic_us();

    list_for_each (l, &d->posts_waiting, struct letter, link) {
        if (l->due_us <= now && !is_busy(d, l->url)) {
            list_remove(&l->link);
            list_append(&d->under_way, &l->link);
            return l;
        }
    }
    return NULL;
}

/* Whether it is to be tried again, and when. */
static bool goes_on(struct letter *l, int r)
{
    if (r == 0 || r == -EACCES || ++l->tries >= DELIVER_TRIES)
        return false;
    l->due_us = clock_monotonic_us() + (FIRST_DELAY_US << (l->tries - 1));
    return true;
}

static void settle(struct deliver *d, struct letter *l, int r)
{
    struct words_read read;
    bool again = goes_on(l, r);

    if (again) /* while it is ours alone */
        tell(d, l, false, words_read(l->why, &read));
    pthread_mutex_lock(&d->lock);
    list_remove(&l->link);
    if (again)
        list_append(&d->posts_waiting, &l->link);
    else
        d->count--;
    d->changed = true;
    pthread_mutex_unlock(&d->lock);
    deliver_keep_now(d, false);
    if (again)
        return;
    if (r == 0 || r == -EACCES)
        tell(d, l, r == 0, words_read(l->why, &read));
    else
        tell(d, l, false, SAY(ACTION_GIVEN_UP, l->tries, words_written(l->why)));
    letter_free(l);
}

void *deliver_post_all(void *arg)
{
    struct deliver *d = arg;

    pthread_mutex_lock(&d->lock);
    while (!d->stopping) {
        struct letter *l;

        pthread_mutex_unlock(&d->lock);
        deliver_keep_now(d, false);
        pthread_mutex_lock(&d->lock);
        l = d->stopping ? NULL : take_due(d);
        if (!l) {
            wait_a_moment(d);
            continue;
        }
        pthread_mutex_unlock(&d->lock);
        settle(d, l, post(l));
        pthread_mutex_lock(&d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* ---- mailing ---- */

static bool same_recipients(const struct letter *a, const struct letter *b)
{
    for (size_t i = 0; i < DELIVER_TO_MAX; i++) {
        if (!a->to[i] || !b->to[i])
            return a->to[i] == b->to[i];
        if (strcmp(a->to[i], b->to[i]) != 0)
            return false;
    }
    return true;
}

static void join(const struct letter *l, struct buf *ret)
{
    for (size_t i = 0; l->to[i]; i++)
        buf_printf(ret, "%s,", l->to[i]);
}

/* Whether these recipients may have a mail now; then that is noted. The lock is held. */
static bool may_have(struct deliver *d, const struct letter *l)
{
    uint64_t now = clock_monotonic_us();
    struct buf to = {0};
    struct recent *known = NULL, *made;

    join(l, &to);
    list_for_each_safe (r, &d->recent, struct recent, link) {
        if (now > r->at_us + DELIVER_MAIL_GAP_US) {
            list_remove(&r->link);
            free(r->to);
            free(r);
        } else if (strcmp(r->to, buf_text(&to)) == 0) {
            known = r;
        }
    }
    made = known ? NULL : calloc(1, sizeof(*made));
    if (made) {
        made->at_us = now;
        made->to = strdup(buf_text(&to));
        list_init(&made->link);
        if (made->to)
            list_append(&d->recent, &made->link);
        else
            free(made);
    }
    buf_done(&to);
    return !known;
}

void deliver_forget_recent(struct deliver *d)
{
    list_for_each_safe (r, &d->recent, struct recent, link) {
        free(r->to);
        free(r);
    }
}

/* All that waits for the recipients of one that may be mailed; the lock is held. */
static bool take_digest(struct deliver *d, struct list *ret)
{
    const struct letter *first = NULL;

    list_for_each (l, &d->mails_waiting, struct letter, link) {
        if (may_have(d, l)) {
            first = l;
            break;
        }
    }
    if (!first)
        return false;
    list_for_each_safe (l, &d->mails_waiting, struct letter, link) {
        if (same_recipients(first, l)) {
            list_remove(&l->link);
            list_append(ret, &l->link);
            d->count--;
            d->changed = true;
        }
    }
    return true;
}

static void mail_digest(struct deliver *d, struct list *letters)
{
    struct letter *first = container_of(letters->next, struct letter, link);
    struct words_read read;
    struct buf text = {0};
    size_t count = 0;
    int r;

    list_for_each (l, letters, struct letter, link) {
        if (count++ < DIGEST_LINES)
            buf_printf(&text, "%s\n", l->text);
    }
    r = text.failed ? -ENOMEM
                    : mail(d->sendmail, first, buf_text(&text),
                           count > DIGEST_LINES ? count - DIGEST_LINES : 0);
    list_for_each_safe (l, letters, struct letter, link) {
        tell(d, l, r == 0, words_read(first->why, &read));
        if (l != first)
            letter_free(l);
    }
    letter_free(first);
    buf_done(&text);
}

void *deliver_mail_all(void *arg)
{
    struct deliver *d = arg;

    pthread_mutex_lock(&d->lock);
    while (!d->stopping) {
        struct list letters;

        list_init(&letters);
        if (!take_digest(d, &letters)) {
            wait_a_moment(d);
            continue;
        }
        pthread_mutex_unlock(&d->lock);
        mail_digest(d, &letters);
        pthread_mutex_lock(&d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}
