#include "deliver_internal.h"

#include <stdlib.h>

/* What is on its way: an own copy of a message. */

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void letter_free(struct letter *l)
{
    if (!l)
        return;
    free(l->region);
    free(l->alarm);
    free(l->url);
    wipe(l->secret);
    free(l->body);
    for (size_t i = 0; i < DELIVER_TO_MAX; i++)
        free(l->to[i]);
    free(l->subject);
    free(l->text);
    free(l);
}

/* True: it was copied, or there is nothing to copy. */
static bool copy(char **ret, const char *text)
{
    *ret = text ? strdup(text) : NULL;
    return *ret || !text;
}

struct letter *letter_new(const struct deliver_message *m)
{
    struct letter *l = calloc(1, sizeof(*l));
    bool whole;

    if (!l)
        return NULL;
    list_init(&l->link);
    l->tries = m->tries;
    whole = copy(&l->region, m->region) && copy(&l->alarm, m->alarm) && copy(&l->url, m->url) &&
            copy(&l->secret, m->secret) && copy(&l->body, m->body) &&
            copy(&l->subject, m->subject) && copy(&l->text, m->text);
    for (size_t i = 0; whole && i < m->to_count && i < DELIVER_TO_MAX; i++)
        whole = copy(&l->to[i], m->to[i]);
    if (whole)
        return l;
    letter_free(l);
    return NULL;
}
