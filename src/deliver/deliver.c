#include "deliver_internal.h"

#include <curl/curl.h>
#include <stdlib.h>

/* Beginning and end, and what comes in. */

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int start(struct deliver *d)
{
    int r = 0;

    for (; r == 0 && d->posters < DELIVER_POSTERS; d->posters += r == 0)
        r = -pthread_create(&d->posting[d->posters], NULL, deliver_post_all, d);
    if (r == 0)
        r = -pthread_create(&d->mailing, NULL, deliver_mail_all, d);
    d->mails = r == 0;
    return r;
}

int deliver_open(const char *sendmail, deliver_told *told, void *arg, struct deliver **ret)
{
    struct deliver *d = calloc(1, sizeof(*d));
    int r;

    if (!d)
        return -ENOMEM;
    (void)pthread_once(&once, init_curl);
    d->told = told;
    d->arg = arg;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->wake, NULL);
    pthread_mutex_init(&d->keeping, NULL);
    list_init(&d->posts_waiting);
    list_init(&d->mails_waiting);
    list_init(&d->under_way);
    list_init(&d->recent);
    d->sendmail = strdup(sendmail);
    r = d->sendmail ? start(d) : -ENOMEM;
    if (r < 0)
        deliver_close(d);
    else
        *ret = d;
    return r;
}

static void drop(struct list *letters)
{
    list_for_each_safe (l, letters, struct letter, link) {
        list_remove(&l->link);
        letter_free(l);
    }
}

void deliver_close(struct deliver *d)
{
    if (!d)
        return;
    pthread_mutex_lock(&d->lock);
    d->stopping = true;
    pthread_cond_broadcast(&d->wake);
    pthread_mutex_unlock(&d->lock);
    for (size_t i = 0; i < d->posters; i++)
        pthread_join(d->posting[i], NULL);
    if (d->mails)
        pthread_join(d->mailing, NULL);
    deliver_keep_now(d, true);
    drop(&d->posts_waiting);
    drop(&d->mails_waiting);
    deliver_forget_recent(d);
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->wake);
    pthread_mutex_destroy(&d->keeping);
    free(d->keep);
    free(d->sendmail);
    free(d);
}

/* ---- what comes in ---- */

int deliver_send(struct deliver *d, const struct deliver_message *m)
{
    struct letter *l = letter_new(m);
    int r = l ? 0 : -ENOMEM;

    pthread_mutex_lock(&d->lock);
    if (l && d->count >= DELIVER_QUEUE)
        r = -ENOBUFS;
    if (r == 0) {
        list_append(m->url ? &d->posts_waiting : &d->mails_waiting, &l->link);
        d->count++;
        d->changed = true;
        pthread_cond_broadcast(&d->wake);
    }
    pthread_mutex_unlock(&d->lock);
    if (r < 0)
        letter_free(l);
    return r;
}

bool deliver_now(struct deliver *d, const struct deliver_message *m, char *ret, size_t size)
{
    struct letter *l = letter_new(m);
    int r = -ENOMEM;

    if (l)
        r = m->url ? post(l) : mail(d->sendmail, l, l->text, 0);
    (void)text_copy(ret, size, l ? l->why : strerror(ENOMEM));
    letter_free(l);
    return r == 0;
}
