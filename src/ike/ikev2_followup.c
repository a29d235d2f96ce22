#include "ikev2_internal.h"

#include <stdlib.h>

/* A rekey of the IKE SA of which more key exchanges follow, each in an IKE_FOLLOWUP_KE (RFC 9370,
 * 2.2.4): what both ends keep until the last one. */

#define PATIENCE (30 * IKE_SECOND) /* of a responder, for the next exchange */

void ikev2_followup_end(struct ike_sa *sa)
{
    struct ikev2_followup *f = sa->v2->followup;

    if (!f)
        return;
    crypto_wipe(f, sizeof(*f));
    free(f);
    sa->v2->followup = NULL;
}

struct ikev2_followup *ikev2_followup_begin(struct ike_sa *sa, const struct ike_choice *choice,
                                            struct crypto_span secret)
{
    struct ikev2_followup *f;

    ikev2_followup_end(sa);
    f = calloc(1, sizeof(*f));
    if (!f)
        return NULL;
    f->choice = *choice;
    memcpy(f->secret, secret.data, secret.len);
    f->secret_len = secret.len;
    f->end_us = sa->env->now_us + PATIENCE;
    sa->v2->followup = f;
    return f;
}

const struct crypto_dh_group *ikev2_followup_method(const struct ikev2_followup *f)
{
    return f->done < ike_count_additional(&f->choice.algs)
               ? crypto_dh_find(f->choice.algs.additional[f->done])
               : NULL;
}

int ikev2_followup_add(struct ikev2_followup *f, struct crypto_span secret)
{
    if (secret.len > sizeof(f->more) - f->more_len)
        return -ENOSPC;
    memcpy(f->more + f->more_len, secret.data, secret.len);
    f->more_len += secret.len;
    f->done++;
    return 0;
}

bool ikev2_followup_take_link(struct ikev2_followup *f, const struct ike_message *m)
{
    const struct ike_notify *n = ike_message_notify(m, IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE);

    if (!n || n->data.len == 0 || n->data.len > sizeof(f->link))
        return false;
    memcpy(f->link, n->data.data, n->data.len);
    f->link_len = n->data.len;
    return true;
}

void ikev2_followup_make_link(struct ike_sa *sa, struct ikev2_followup *f)
{
    f->link_len = IKEV2_LINK_LEN;
    ike_random(sa->env, f->link, f->link_len);
}

struct ikev2_followup *ikev2_followup_of(struct ike_sa *sa, const struct ike_message *m)
{
    const struct ike_notify *n = ike_message_notify(m, IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE);
    struct ikev2_followup *f = sa->v2->followup;

    if (!f || f->ours || sa->env->now_us >= f->end_us || !n || n->data.len != f->link_len ||
        memcmp(n->data.data, f->link, f->link_len) != 0)
        return NULL;
    f->end_us = sa->env->now_us + PATIENCE;
    return f;
}
