#include "ike_internal.h"

#include <stdio.h>

/* Algorithms and refusals in words, for the log and for the diagnosis of a failed negotiation. */

static void add_word(char *text, size_t size, const char *word)
{
    size_t len = strlen(text);

    snprintf(text + len, size - len, "%s%s", len ? ", " : "", word);
}

static void name_of(uint8_t type, uint16_t id, uint16_t key_bits, char *ret, size_t size)
{
    const struct crypto_encr *encr = crypto_encr_find(id, key_bits);
    const struct crypto_integ *integ = crypto_integ_find(id);
    const struct crypto_dh_group *dh = crypto_dh_find(id);
    const char *name = type == IKE_TRANSFORM_ENCR && encr     ? encr->name
                       : type == IKE_TRANSFORM_INTEG && integ ? integ->name
                       : type == IKE_TRANSFORM_DH && dh       ? dh->name
                       : type == IKE_TRANSFORM_DH && !id      ? "none"
                                                              : NULL;

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
    size_t n = type == IKE_TRANSFORM_ENCR    ? offer->n_ciphers
               : type == IKE_TRANSFORM_INTEG ? offer->n_integrity
                                             : offer->n_groups;

    if (i >= n)
        return false;
    *ret_bits = type == IKE_TRANSFORM_ENCR ? offer->ciphers[i].key_bits : 0;
    *ret_id = type == IKE_TRANSFORM_ENCR    ? offer->ciphers[i].encr
              : type == IKE_TRANSFORM_INTEG ? offer->integrity[i]
                                            : offer->groups[i];
    return true;
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

/* What the peer offered of a type, each once; returns true if something of it is ours. */
static bool list_peer(const struct ike_message *m, const struct ike_offer *offer, uint8_t type,
                      char *text, size_t size)
{
    bool common = false;
    char word[32];

    text[0] = 0;
    for (size_t i = 0; i < m->n_proposals; i++) {
        for (size_t j = 0; j < m->proposals[i].n_transforms; j++) {
            const struct ike_transform *t = &m->proposals[i].transforms[j];

            if (t->type != type)
                continue;
            common = common || offer_has(offer, t);
            name_of(type, t->id, t->key_bits, word, sizeof(word));
            if (!strstr(text, word))
                add_word(text, size, word);
        }
    }
    return common;
}

void ike_explain_mismatch(const struct ike_message *m, const struct ike_offer *offer,
                          bool with_groups, char *text, size_t size)
{
    static const struct {
        uint8_t type;
        const char *name;
    } kinds[] = {{IKE_TRANSFORM_ENCR, "encryption"},
                 {IKE_TRANSFORM_DH, "DH group"},
                 {IKE_TRANSFORM_INTEG, "integrity"}};
    char theirs[180], ours[180];

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (kinds[i].type == IKE_TRANSFORM_DH && !with_groups)
            continue;
        if (list_peer(m, offer, kinds[i].type, theirs, sizeof(theirs)))
            continue;
        if (kinds[i].type == IKE_TRANSFORM_INTEG && !theirs[0])
            continue; /* all AEAD */
        list_offer(offer, kinds[i].type, ours, sizeof(ours));
        snprintf(text, size, "no common %s: peer offered %s; this tunnel accepts %s", kinds[i].name,
                 theirs[0] ? theirs : "none", ours[0] ? ours : "none");
        return;
    }
    snprintf(text, size,
             "no common combination of algorithms: the peer offered each of them, "
             "but not together");
}

void ike_describe_offer(const struct ike_offer *offer, char *text, size_t size)
{
    char part[3][160];

    list_offer(offer, IKE_TRANSFORM_ENCR, part[0], sizeof(part[0]));
    list_offer(offer, IKE_TRANSFORM_INTEG, part[1], sizeof(part[1]));
    list_offer(offer, IKE_TRANSFORM_DH, part[2], sizeof(part[2]));
    snprintf(text, size, "encryption %s; integrity %s; DH %s", part[0],
             part[1][0] ? part[1] : "none", part[2][0] ? part[2] : "none");
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

void ike_child_report_refusal(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->ike->in);
    char ours[IKE_TEXT_MAX / 2];

    if (n && n->type == IKE_NOTIFY_NO_PROPOSAL_CHOSEN) {
        ike_describe_offer(&sa->tunnel->config.child, ours, sizeof(ours));
        ike_tunnel_fail(sa->tunnel,
                        "the peer accepts none of our IPsec proposals; this tunnel offers %s",
                        ours);
    } else if (n && n->type == IKE_NOTIFY_TS_UNACCEPTABLE) {
        ike_report_selectors(sa, "the peer accepts none of our traffic selectors");
    } else {
        ike_tunnel_fail(sa->tunnel, "the peer refused the child SA: %s",
                        n ? ike_notify_name(n->type) : "no reason given");
    }
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
