#include "ikev2_internal.h"

#include <stdlib.h>

/* What is kept of the exchanges between IKE_SA_INIT and IKE_AUTH until AUTH has covered them. */

int ikev2_intermediate_begin(struct ike_sa *sa)
{
    if (ike_count_additional(&sa->algs) == 0)
        return 0;
    sa->v2->intermediate = calloc(1, sizeof(*sa->v2->intermediate));
    return sa->v2->intermediate ? 0 : -ENOMEM;
}

void ikev2_intermediate_end(struct ike_sa *sa)
{
    struct ikev2_intermediate *x = sa->v2->intermediate;

    if (!x)
        return;
    ike_sk_free(x->sk_before);
    crypto_wipe(x, sizeof(*x));
    free(x);
    sa->v2->intermediate = NULL;
}

bool ikev2_intermediate_is_due(const struct ike_sa *sa)
{
    const struct ikev2_intermediate *x = sa->v2->intermediate;

    return x && x->done < ike_count_additional(&sa->algs);
}

/* RFC 9242, 3.3.2: IntAuth_iN | IntAuth_rN | message ID of IKE_AUTH. */
struct crypto_span ikev2_intermediate_octets(const struct ike_sa *sa)
{
    struct ikev2_intermediate *x = sa->v2->intermediate;
    size_t len = sa->algs.prf->len;

    if (!x)
        return crypto_span(NULL, 0);
    memcpy(x->octets, x->int_auth[0], len);
    memcpy(x->octets + len, x->int_auth[1], len);
    wire_store_be32(x->octets + 2 * len, x->done + 1);
    return crypto_span(x->octets, 2 * len + 4);
}

struct ike_sk *ikev2_intermediate_sk_before(const struct ike_sa *sa, const struct ike_header *hdr)
{
    const struct ikev2_intermediate *x = sa->v2->intermediate;
    bool repeated = !(hdr->flags & IKE_FLAG_RESPONSE) && hdr->message_id + 1 == sa->v2->recv_id &&
                    sa->v2->response.len > 0;

    return x && repeated && !sa->initiator ? x->sk_before : NULL;
}
