#include "parts_internal.h"

#include <stdio.h>

/* Algorithms and refusals in words, for the log and for the diagnosis of a failed negotiation. */

/* The lists of a tunnel, and what they are called in its configuration. A PRF goes by the name of
 * the integrity algorithm that brings it along. */
static const struct kind {
    uint8_t type;
    const char *field;
    enum words_code no_common; /* of {offered, accepted, add, field} */
    enum words_code unknown;   /* of {offered, accepted}: nothing that we know was offered */
} kinds[] = {
    {IKE_TRANSFORM_ENCR, "encryption", WORDS_IKE_NO_COMMON_ENCRYPTION,
     WORDS_IKE_UNKNOWN_ENCRYPTION},
    {IKE_TRANSFORM_DH, "dhGroups", WORDS_IKE_NO_COMMON_DH_GROUP, WORDS_IKE_UNKNOWN_DH_GROUP},
    {IKE_TRANSFORM_INTEG, "integrity", WORDS_IKE_NO_COMMON_INTEGRITY, WORDS_IKE_UNKNOWN_INTEGRITY},
    {IKE_TRANSFORM_PRF, "integrity", WORDS_IKE_NO_COMMON_PRF, WORDS_IKE_UNKNOWN_PRF},
};

/* Whether a list made by add_word() has it. */
static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = text; *at; at += strcspn(at, ","), at += strspn(at, ", ")) {
        if (strncmp(at, word, n) == 0 && (!at[n] || at[n] == ','))
            return true;
    }
    return false;
}

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
            if (!has_word(ret->text, word))
                add_word(ret->text, sizeof(ret->text), word);
        }
    }
}

/* What of the peer's list would help: "20 (ecp384)", "aes256". */
static void name_remedy(const struct ike_transform *t, char *text, size_t size)
{
    const char *name = known_name(t->type, t->id, t->key_bits);

    if (t->type == IKE_TRANSFORM_DH && t->id)
        snprintf(text, size, "%u (%s)", t->id, name);
    else
        snprintf(text, size, "%s", name);
}

/* Why this kind of algorithm fits nothing, and what would fix it. */
static void explain_kind(const struct kind *kind, bool is_ike, const struct peer_list *theirs,
                         const char *ours, char *text, size_t size)
{
    char field[32], add[48] = "";
    struct words_arg args[] = {words_from_text(theirs->text[0] ? theirs->text : "none"),
                               words_from_text(ours[0] ? ours : "none"), words_from_text(add),
                               words_from_text(field)};
    struct words no_common = {.code = kind->no_common, .count = 4, .args = args};
    struct words unknown = {.code = kind->unknown, .count = 2, .args = args};

    snprintf(field, sizeof(field), "%s.%s", is_ike ? "ike" : "ipsec", kind->field);
    if (theirs->first)
        name_remedy(theirs->first, add, sizeof(add));
    if (kind->type == IKE_TRANSFORM_DH && !theirs->text[0] && !is_ike)
        words_write(SAY(IKE_PEER_WITHOUT_PFS, args[1]), text, size);
    else
        words_write(theirs->first ? &no_common : &unknown, text, size);
}

/* One of the peer's proposals: "aes128 sha1 modp1024". */
static void list_proposal(const struct ike_proposal *p, char *text, size_t size)
{
    size_t len = 0;
    char word[32];

    text[0] = 0;
    for (size_t j = 0; j < p->n_transforms; j++) {
        const struct ike_transform *t = &p->transforms[j];

        if (t->type == IKE_TRANSFORM_ESN)
            continue;
        name_of(t->type, t->id, t->key_bits, word, sizeof(word));
        if (len + strlen(word) + 2 > size)
            return;
        len += (size_t)snprintf(text + len, size - len, "%s%s", len ? " " : "", word);
    }
}

/* The lists of an offer, each "none" if it is empty. */
struct own_lists {
    char encryption[160], integrity[160], groups[160];
};

static void list_own(const struct ike_offer *offer, struct own_lists *ret)
{
    list_offer(offer, IKE_TRANSFORM_ENCR, ret->encryption, sizeof(ret->encryption));
    list_offer(offer, IKE_TRANSFORM_INTEG, ret->integrity, sizeof(ret->integrity));
    list_offer(offer, IKE_TRANSFORM_DH, ret->groups, sizeof(ret->groups));
    if (!ret->integrity[0])
        text_copy(ret->integrity, sizeof(ret->integrity), "none");
    if (!ret->groups[0])
        text_copy(ret->groups, sizeof(ret->groups), "none");
}

static void explain_combination(const struct ike_message *m, const struct ike_offer *offer,
                                char *text, size_t size)
{
    struct own_lists ours;
    char theirs[180] = "", last[90] = "";

    for (size_t i = 0; i < m->n_proposals; i++) {
        if (last[0])
            add_word(theirs, sizeof(theirs), last);
        list_proposal(&m->proposals[i], last, sizeof(last));
    }
    list_own(offer, &ours);
    words_write(theirs[0] ? SAY(IKE_NO_COMMON_COMBINATION_OF, theirs, last, ours.encryption,
                                ours.integrity, ours.groups)
                          : SAY(IKE_NO_COMMON_COMBINATION, last, ours.encryption, ours.integrity,
                                ours.groups),
                text, size);
}

static void list_additional(const struct ike_offer *offer, char *text, size_t size)
{
    char word[32];

    text[0] = 0;
    for (size_t i = 0; i < offer->n_additional; i++) {
        name_of(IKE_TRANSFORM_ADDKE_1, offer->additional[i].method, 0, word, sizeof(word));
        if (!has_word(text, word))
            add_word(text, size, word);
    }
}

/* Of all rounds; a proposal without any offers none. */
static void list_peers_additional(const struct ike_message *m, char *text, size_t size)
{
    char word[32];

    text[0] = 0;
    for (size_t i = 0; i < m->n_proposals; i++) {
        bool any = false;

        for (size_t j = 0; j < m->proposals[i].n_transforms; j++) {
            const struct ike_transform *t = &m->proposals[i].transforms[j];

            if (t->type < IKE_TRANSFORM_ADDKE_1 || t->type > IKE_TRANSFORM_ADDKE_7)
                continue;
            any = true;
            name_of(t->type, t->id, t->key_bits, word, sizeof(word));
            if (!has_word(text, word))
                add_word(text, size, word);
        }
        if (!any && !has_word(text, "none"))
            add_word(text, size, "none");
    }
}

/* Whether it is the key exchanges after the first one that fit nothing. */
static bool explain_additional(const struct ike_message *m, const struct ike_offer *offer,
                               bool is_ike, char *text, size_t size)
{
    char theirs[180], ours[180];

    for (size_t i = 0; i < m->n_proposals; i++) {
        struct ike_choice c = {.algs.dh = crypto_dh_find(ike_offer_first_group(offer))};

        if (ike_choose_additional(&m->proposals[i], offer, true, &c))
            return false;
    }
    list_peers_additional(m, theirs, sizeof(theirs));
    list_additional(offer, ours, sizeof(ours));
    words_write(SAY(IKE_NO_COMMON_ADDITIONAL, theirs, ours[0] ? ours : "none",
                    is_ike ? "ike.additionalKeyExchanges" : "ipsec.additionalKeyExchanges"),
                text, size);
    return true;
}

void ike_explain_mismatch(const struct ike_message *m, const struct ike_offer *offer,
                          bool with_groups, char *text, size_t size)
{
    bool is_ike = m->n_proposals > 0 ? m->proposals[0].protocol == IKE_PROTOCOL_IKE
                                     : m->hdr.exchange == IKE_EXCHANGE_SA_INIT;
    struct peer_list theirs;
    char ours[180];

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct kind *kind = &kinds[i];

        if ((kind->type == IKE_TRANSFORM_DH && !with_groups) ||
            (kind->type == IKE_TRANSFORM_PRF && !is_ike))
            continue;
        list_peer(m, offer, kind->type, &theirs);
        list_offer(offer, kind->type, ours, sizeof(ours));
        if (theirs.common || (kind->type == IKE_TRANSFORM_INTEG && !theirs.text[0]))
            continue; /* without integrity: all AEAD */
        if (kind->type == IKE_TRANSFORM_DH && !theirs.text[0] && !ours[0])
            continue; /* PFS at neither end */
        explain_kind(kind, is_ike, &theirs, ours, text, size);
        return;
    }
    if (!with_groups || !explain_additional(m, offer, is_ike, text, size))
        explain_combination(m, offer, text, size);
}

void ike_list_lacking(const struct ike_offer *offer, char *text, size_t size)
{
    text[0] = 0;
    for (size_t i = 0; i < offer->n_additional; i++) {
        const struct crypto_dh_group *group = crypto_dh_find(offer->additional[i].method);

        if (group && !crypto_dh_is_there(group) && !has_word(text, group->name))
            add_word(text, size, group->name);
    }
}

void ike_describe_group(uint16_t group, char *text, size_t size)
{
    const struct crypto_dh_group *known = crypto_dh_find(group);

    if (known || !group)
        snprintf(text, size, "%s (%u)", known ? known->name : "none", group);
    else
        snprintf(text, size, "#%u", group);
}

void ike_write_offer(const struct ike_offer *offer, char *text, size_t size)
{
    struct own_lists own;
    char more[120];

    list_own(offer, &own);
    list_additional(offer, more, sizeof(more));
    if (more[0] && offer->n_groups)
        words_write(SAY(IKE_OFFER_ADDITIONAL, own.encryption, own.integrity, own.groups, more),
                    text, size);
    else
        words_write(offer->n_groups ? SAY(IKE_OFFER, own.encryption, own.integrity, own.groups)
                                    : SAY(IKE_OFFER_WITHOUT_DH, own.encryption, own.integrity),
                    text, size);
}

void ike_describe_algs(const struct ike_algs *algs, char *text, size_t size)
{
    const char *hash = algs->integ ? algs->integ->name : algs->prf ? algs->prf->name : NULL;

    if (!algs->encr)
        snprintf(text, size, "%s", "");
    else
        snprintf(text, size, "%s%s%s%s%s", algs->encr->name, hash ? "-" : "", hash ? hash : "",
                 algs->dh ? "-" : "", algs->dh ? algs->dh->name : "");
    for (size_t i = 0; i < ike_count_additional(algs); i++) {
        const struct crypto_dh_group *group = crypto_dh_find(algs->additional[i]);
        size_t len = strlen(text);

        snprintf(text + len, size - len, "+%s", group ? group->name : "");
    }
}

/* ---- refusals ---- */

struct words_arg ike_reason(const struct ike_notify *error, char buf[IKE_REASON_MAX])
{
    const char *name = error ? ike_notify_name(error->type) : NULL;

    if (name && strcmp(name, "unknown") != 0)
        return words_from_text(name);
    words_write(error ? SAY(IKE_UNKNOWN_NOTIFY, error->type) : SAY(IKE_NO_REASON), buf,
                IKE_REASON_MAX);
    return words_written(buf);
}

void ike_describe_payload(uint8_t type, char text[IKE_PAYLOAD_TEXT_MAX])
{
    const char *name = ike_payload_name(type);

    if (strcmp(name, "unknown") == 0)
        snprintf(text, IKE_PAYLOAD_TEXT_MAX, "#%u", type);
    else
        snprintf(text, IKE_PAYLOAD_TEXT_MAX, "%s", name);
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
