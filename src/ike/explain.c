#include "ike_internal.h"

#include <stdio.h>

/* Algorithms and refusals in words, for the log and for the diagnosis of a failed negotiation. */

/* The lists of a tunnel, and what they are called in its configuration. A PRF goes by the name of
 * the integrity algorithm that brings it along. */
static const struct kind {
    uint8_t type;
    const char *name;
    const char *field;
} kinds[] = {
    {IKE_TRANSFORM_ENCR, "encryption", "encryption"},
    {IKE_TRANSFORM_DH, "DH group", "dhGroups"},
    {IKE_TRANSFORM_INTEG, "integrity", "integrity"},
    {IKE_TRANSFORM_PRF, "PRF", "integrity"},
};

/* What does not fit is left out as a whole. */
static void add_word(char *text, size_t size, const char *word)
{
    static const char more[] = ", ...";
    size_t len = strlen(text), n = strlen(word);

    if (len + 2 + n + sizeof(more) <= size)
        snprintf(text + len, size - len, "%s%s", len ? ", " : "", word);
    else if (len + sizeof(more) <= size && !strstr(text, more))
        memcpy(text + len, more, sizeof(more));
}

/* NULL if we do not have it. */
static const char *known_name(uint8_t type, uint16_t id, uint16_t key_bits)
{
    const struct crypto_encr *encr = crypto_encr_find(id, key_bits);
    const struct crypto_integ *integ = crypto_integ_find(id);
    const struct crypto_prf *prf = crypto_prf_find(id);
    const struct crypto_dh_group *dh = crypto_dh_find(id);

    switch (type) {
    case IKE_TRANSFORM_ENCR:
        return encr ? encr->name : NULL;
    case IKE_TRANSFORM_INTEG:
        return integ ? integ->name : NULL;
    case IKE_TRANSFORM_PRF:
        return prf ? prf->name : NULL;
    default:
        return dh ? dh->name : !id ? "none" : NULL;
    }
}

static void name_of(uint8_t type, uint16_t id, uint16_t key_bits, char *ret, size_t size)
{
    const char *name = known_name(type, id, key_bits);

    if (name)
        snprintf(ret, size, "%s", name);
    else if (key_bits)
        snprintf(ret, size, "#%u/%u", id, key_bits);
    else
        snprintf(ret, size, "#%u", id);
}

/* The offer's own list of one transform type; false beyond its end. */
static bool offer_at(const struct ike_offer *offer, uint8_t type, size_t i, uint16_t *ret_id,
                     uint16_t *ret_bits)
{
    *ret_bits = 0;
    switch (type) {
    case IKE_TRANSFORM_ENCR:
        if (i >= offer->n_ciphers)
            return false;
        *ret_id = offer->ciphers[i].encr;
        *ret_bits = offer->ciphers[i].key_bits;
        return true;
    case IKE_TRANSFORM_PRF:
        *ret_id = ike_offer_prf(offer, i);
        return i < MAX(offer->n_integrity, 1U);
    case IKE_TRANSFORM_INTEG:
        *ret_id = i < offer->n_integrity ? offer->integrity[i] : 0;
        return i < offer->n_integrity;
    default:
        *ret_id = i < offer->n_groups ? offer->groups[i] : 0;
        return i < offer->n_groups;
    }
}

static bool offer_has(const struct ike_offer *offer, const struct ike_transform *t)
{
    uint16_t id, bits;

    for (size_t i = 0; offer_at(offer, t->type, i, &id, &bits); i++) {
        if (id == t->id && bits == t->key_bits && !t->other_attr)
            return true;
    }
    return false;
}

static void list_offer(const struct ike_offer *offer, uint8_t type, char *text, size_t size)
{
    uint16_t id, bits;
    char word[32];

    text[0] = 0;
    for (size_t i = 0; offer_at(offer, type, i, &id, &bits); i++) {
        name_of(type, id, bits, word, sizeof(word));
        add_word(text, size, word);
    }
}

/* What the peer offered of a type, each once. */
struct peer_list {
    char text[180];
    bool common;                       /* something of it is ours */
    const struct ike_transform *first; /* that we have, though not for this tunnel; NULL */
};

static void list_peer(const struct ike_message *m, const struct ike_offer *offer, uint8_t type,
                      struct peer_list *ret)
{
    char word[32];

    *ret = (struct peer_list){0};
    for (size_t i = 0; i < m->n_proposals; i++) {
        for (size_t j = 0; j < m->proposals[i].n_transforms; j++) {
            const struct ike_transform *t = &m->proposals[i].transforms[j];

            if (t->type != type)
                continue;
            ret->common = ret->common || offer_has(offer, t);
            if (!ret->first && known_name(type, t->id, t->key_bits))
                ret->first = t;
            name_of(type, t->id, t->key_bits, word, sizeof(word));
            if (!strstr(ret->text, word))
                add_word(ret->text, sizeof(ret->text), word);
        }
    }
}

/* What would fix it: "; add 20 (ecp384) to ike.dhGroups, or change the peer". */
static void advise(const struct kind *kind, bool is_ike, const struct peer_list *theirs, char *text,
                   size_t size)
{
    const struct ike_transform *t = theirs->first;
    const char *part = is_ike ? "ike" : "ipsec";

    text[0] = 0;
    if (kind->type == IKE_TRANSFORM_DH && !theirs->text[0] && !is_ike)
        snprintf(text, size, "; add none to ipsec.dhGroups, or turn on PFS at the peer");
    else if (t && kind->type == IKE_TRANSFORM_DH && t->id)
        snprintf(text, size, "; add %u (%s) to %s.dhGroups, or change the peer", t->id,
                 known_name(t->type, t->id, 0), part);
    else if (t)
        snprintf(text, size, "; add %s to %s.%s, or change the peer",
                 known_name(t->type, t->id, t->key_bits), part, kind->field);
    else
        snprintf(text, size, "; change the peer");
}

/* Each of the peer's proposals on its own: "aes128 sha1 modp1024 or aes256 sha256 modp2048". */
static void list_proposals(const struct ike_message *m, char *text, size_t size)
{
    size_t len = 0;
    char word[32];

    text[0] = 0;
    for (size_t i = 0; i < m->n_proposals; i++) {
        for (size_t j = 0; j < m->proposals[i].n_transforms; j++) {
            const struct ike_transform *t = &m->proposals[i].transforms[j];

            if (t->type == IKE_TRANSFORM_ESN)
                continue;
            name_of(t->type, t->id, t->key_bits, word, sizeof(word));
            if (len + strlen(word) + 8 > size)
                return;
            len += (size_t)snprintf(text + len, size - len, "%s%s",
                                    !len ? ""
                                    : !j ? " or "
                                         : " ",
                                    word);
        }
    }
}

void ike_explain_mismatch(const struct ike_message *m, const struct ike_offer *offer,
                          bool with_groups, char *text, size_t size)
{
    bool is_ike = m->n_proposals > 0 && m->proposals[0].protocol == IKE_PROTOCOL_IKE;
    struct peer_list theirs;
    char ours[180], advice[100];

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct kind *kind = &kinds[i];

        if ((kind->type == IKE_TRANSFORM_DH && !with_groups) ||
            (kind->type == IKE_TRANSFORM_PRF && !is_ike))
            continue;
        list_peer(m, offer, kind->type, &theirs);
        if (theirs.common || (kind->type == IKE_TRANSFORM_INTEG && !theirs.text[0]))
            continue; /* without integrity: all AEAD */
        list_offer(offer, kind->type, ours, sizeof(ours));
        advise(kind, is_ike, &theirs, advice, sizeof(advice));
        snprintf(text, size, "no common %s: peer offered %s; this tunnel accepts %s%s", kind->name,
                 theirs.text[0] ? theirs.text : "none", ours[0] ? ours : "none", advice);
        return;
    }
    list_proposals(m, theirs.text, sizeof(theirs.text));
    ike_describe_offer(offer, ours, sizeof(ours));
    snprintf(text, size,
             "no common combination of algorithms: peer offered %s; this tunnel accepts %s",
             theirs.text, ours);
}

void ike_describe_group(uint16_t group, char *text, size_t size)
{
    const struct crypto_dh_group *known = crypto_dh_find(group);

    snprintf(text, size, "%s (%u)", known ? known->name : !group ? "none" : "group", group);
}

void ike_describe_offer(const struct ike_offer *offer, char *text, size_t size)
{
    char part[3][160];

    list_offer(offer, IKE_TRANSFORM_ENCR, part[0], sizeof(part[0]));
    list_offer(offer, IKE_TRANSFORM_INTEG, part[1], sizeof(part[1]));
    list_offer(offer, IKE_TRANSFORM_DH, part[2], sizeof(part[2]));
    snprintf(text, size, "encryption %s; integrity %s%s%s", part[0], part[1][0] ? part[1] : "none",
             part[2][0] ? "; DH " : "", part[2]);
}

void ike_describe_algs(const struct ike_algs *algs, char *text, size_t size)
{
    const char *hash = algs->integ ? algs->integ->name : algs->prf ? algs->prf->name : NULL;

    if (!algs->encr)
        snprintf(text, size, "%s", "");
    else
        snprintf(text, size, "%s%s%s%s%s", algs->encr->name, hash ? "-" : "", hash ? hash : "",
                 algs->dh ? "-" : "", algs->dh ? algs->dh->name : "");
}

/* ---- refusals ---- */

void ike_report_selectors(struct ike_sa *sa, const char *what)
{
    const struct ike_message *in = &sa->ike->in;
    const struct ike_tunnel_config *c = &sa->tunnel->config;
    bool response = ike_message_is_response(in);
    char ours[2][80], theirs[2][80], peer[200] = "";
    struct ike_ts_list list;

    for (size_t i = 0; i < 2; i++) {
        if (ike_ts_fill(&list, i ? c->remote_ts : c->local_ts, i ? c->n_remote_ts : c->n_local_ts))
            return;
        ike_describe_ts(&list, ours[i], sizeof(ours[i]));
    }
    if (in->tsi.count && in->tsr.count) {
        ike_describe_ts(response ? &in->tsi : &in->tsr, theirs[0], sizeof(theirs[0]));
        ike_describe_ts(response ? &in->tsr : &in->tsi, theirs[1], sizeof(theirs[1]));
        snprintf(peer, sizeof(peer), "peer named %s on our side and %s on its own; ", theirs[0],
                 theirs[1]);
    }
    ike_tunnel_fail(sa->tunnel, "%s: %sthis tunnel has %s on our side and %s on the peer's", what,
                    peer, ours[0], ours[1]);
}

static void report_no_proposal(struct ike_sa *sa)
{
    bool later = sa->ike->in.hdr.exchange == IKE_EXCHANGE_CREATE_CHILD_SA;
    const struct ike_offer *child = &sa->tunnel->config.child;
    struct ike_offer without_groups = *child;
    char ours[IKE_TEXT_MAX / 2];

    without_groups.n_groups = 0; /* IKE_AUTH has none for the child */
    ike_describe_offer(later ? child : &without_groups, ours, sizeof(ours));
    ike_tunnel_fail(sa->tunnel,
                    "the peer accepts none of our IPsec proposals%s; this tunnel offers %s%s",
                    later && sa->had_child ? " for a rekey" : "", ours,
                    later && sa->had_child
                        ? "; it accepted the first child SA, which has no PFS: set ipsec.dhGroups "
                          "to the peer's PFS group, or to none if it has no PFS"
                        : "");
}

void ike_child_report_refusal(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->ike->in);

    if (n && n->type == IKE_NOTIFY_NO_PROPOSAL_CHOSEN)
        report_no_proposal(sa);
    else if (n && n->type == IKE_NOTIFY_TS_UNACCEPTABLE)
        ike_report_selectors(sa, "the peer accepts none of our traffic selectors");
    else
        ike_tunnel_fail(sa->tunnel, "the peer refused the child SA: %s",
                        n ? ike_notify_name(n->type) : "no reason given");
}

void ike_report_refused(struct ike_sa *sa)
{
    const char *asked = sa->tunnel->asked_id;
    struct ike_ident storage;
    struct ike_id own;
    char id[IKE_ID_TEXT_MAX];

    ike_tunnel_ident(sa->tunnel, false, &storage, &own);
    ike_id_format(&own, id);
    if (sa->initiator)
        ike_tunnel_fail(sa->tunnel,
                        "the peer refused our authentication: PSK mismatch, or it expects another "
                        "ID than ours, %.120s; compare the PSKs, and localId with the remote ID "
                        "that the peer has for us",
                        id);
    else /* it has proved that it knows the PSK */
        ike_tunnel_fail(sa->tunnel,
                        "the peer refused our authentication: it expects %s%.120s%sID than ours, "
                        "%.120s; set localId to it, or the remote ID at the peer",
                        asked[0] ? "the ID " : "", asked, asked[0] ? ", another " : "another ", id);
}

/* ---- nonces ---- */

int ike_nonce_cmp(const struct ike_nonce *a, const struct ike_nonce *b)
{
    int c = memcmp(a->bytes, b->bytes, MIN(a->len, b->len));

    return c ? c : (int)a->len - (int)b->len;
}

void ike_nonce_set(struct ike_nonce *nonce, struct crypto_span bytes)
{
    nonce->len = (uint16_t)MIN(bytes.len, sizeof(nonce->bytes));
    memcpy(nonce->bytes, bytes.data, nonce->len);
}

struct crypto_span ike_nonce_span(const struct ike_nonce *nonce)
{
    return crypto_span(nonce->bytes, nonce->len);
}
