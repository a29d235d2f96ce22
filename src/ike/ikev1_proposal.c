#include "ikev1_internal.h"

/* Offers as lists of transforms, each a whole combination, and back (RFC 2407, 4.5; RFC 2409,
 * appendix A; RFC 5903). AEAD is for ESP alone; a cipher, hash or group that IKEv1 has no number
 * for is left out. */

#define TRANSFORMS_MAX 200 /* that we offer: they are numbered by a byte */
#define KEY_IKE        1
#define IKE_AES_CBC    7

static const struct {
    uint16_t integrity;
    uint16_t prf;
    uint16_t hash; /* of an IKE SA */
    uint16_t auth; /* of ESP */
} hashes[] = {
    {CRYPTO_INTEG_SHA1_96, CRYPTO_PRF_SHA1, 2, 2},
    {CRYPTO_INTEG_SHA2_256_128, CRYPTO_PRF_SHA2_256, 4, 5},
    {CRYPTO_INTEG_SHA2_384_192, CRYPTO_PRF_SHA2_384, 5, 6},
    {CRYPTO_INTEG_SHA2_512_256, CRYPTO_PRF_SHA2_512, 6, 7},
};

static uint16_t number_of(uint16_t integrity, bool is_ike)
{
    for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
        if (hashes[i].integrity == integrity)
            return is_ike ? hashes[i].hash : hashes[i].auth;
    }
    return 0;
}

static bool has_group(uint16_t group)
{
    return group < CRYPTO_DH_CURVE25519 && crypto_dh_find(group);
}

size_t ikev1_groups(const struct ike_offer *offer, uint16_t ret[IKE_OFFER_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < offer->n_groups; i++) {
        if (has_group(offer->groups[i]) || offer->groups[i] == CRYPTO_DH_NONE)
            ret[n++] = offer->groups[i];
    }
    return n;
}

static bool is_aead(const struct ike_cipher *c)
{
    const struct crypto_encr *alg = crypto_encr_find(c->encr, c->key_bits);

    return alg && alg->aead;
}

static bool cipher_works(const struct ike_cipher *c, bool is_ike)
{
    return c->encr == CRYPTO_ENCR_AES_CBC || (!is_ike && c->encr == CRYPTO_ENCR_AES_GCM_16);
}

bool ikev1_offer_works(const struct ike_offer *offer, bool is_ike)
{
    uint16_t groups[IKE_OFFER_MAX];
    bool any = false;

    for (size_t i = 0; i < offer->n_ciphers; i++)
        any = any || (cipher_works(&offer->ciphers[i], is_ike) &&
                      (is_aead(&offer->ciphers[i]) || offer->n_integrity));
    return any && (ikev1_groups(offer, groups) || (!is_ike && !offer->n_groups));
}

/* ---- offering ---- */

static void put_life(struct ike1_builder *b, uint16_t type, uint64_t seconds, uint64_t kilobytes)
{
    if (seconds) {
        ike1_put_attribute(b, type, 1);
        ike1_put_attribute(b, type + 1, seconds);
    }
    if (kilobytes) {
        ike1_put_attribute(b, type, 2);
        ike1_put_attribute(b, type + 1, kilobytes);
    }
}

static void put_ike(struct ike1_builder *b, unsigned *n, const struct ike_cipher *c, uint16_t hash,
                    uint16_t group, uint32_t lifetime_s)
{
    if (*n == TRANSFORMS_MAX)
        return;
    ike1_transform_begin(b, (uint8_t)++ * n, KEY_IKE);
    ike1_put_attribute(b, 1, IKE_AES_CBC);
    ike1_put_attribute(b, 14, c->key_bits);
    ike1_put_attribute(b, 2, hash);
    ike1_put_attribute(b, 3, IKE1_AUTH_PSK);
    ike1_put_attribute(b, 4, group);
    put_life(b, 11, lifetime_s, 0);
    ike1_transform_end(b);
}

void ikev1_propose_ike(struct ike1_builder *b, const struct ike_offer *offer, uint16_t group,
                       uint32_t lifetime_s)
{
    uint16_t groups[IKE_OFFER_MAX];
    size_t n_groups = ikev1_groups(offer, groups);
    unsigned n = 0;

    ike1_sa_begin(b, IKE_PROTOCOL_IKE, 1, crypto_span(NULL, 0));
    for (size_t i = 0; i < offer->n_ciphers; i++) {
        for (size_t j = 0; j < offer->n_integrity && cipher_works(&offer->ciphers[i], true); j++) {
            for (size_t k = 0; k < n_groups; k++) {
                if (groups[k] && (!group || groups[k] == group))
                    put_ike(b, &n, &offer->ciphers[i], number_of(offer->integrity[j], true),
                            groups[k], lifetime_s);
            }
        }
    }
    ike1_sa_end(b);
}

struct esp_offer {
    const struct ike_tunnel_config *config;
    uint16_t group;
    uint16_t encap;
};

static void put_esp(struct ike1_builder *b, unsigned *n, const struct ike_cipher *c, uint16_t auth,
                    const struct esp_offer *o)
{
    if (*n == TRANSFORMS_MAX)
        return;
    ike1_transform_begin(b, (uint8_t)++ * n, (uint8_t)c->encr);
    ike1_put_attribute(b, 6, c->key_bits);
    if (auth)
        ike1_put_attribute(b, 5, auth);
    ike1_put_attribute(b, 4, o->encap);
    if (o->group)
        ike1_put_attribute(b, 3, o->group);
    put_life(b, 1, o->config->child_lifetime_s, o->config->child_lifetime_bytes / 1024);
    ike1_transform_end(b);
}

void ikev1_propose_esp(struct ike1_builder *b, const struct ike_tunnel_config *config,
                       uint16_t group, uint16_t encap, uint32_t spi)
{
    const struct ike_offer *offer = &config->child;
    struct esp_offer o = {.config = config, .group = group, .encap = encap};
    uint8_t spi_bytes[4];
    unsigned n = 0;

    wire_store_be32(spi_bytes, spi);
    ike1_sa_begin(b, IKE_PROTOCOL_ESP, 1, crypto_span(spi_bytes, sizeof(spi_bytes)));
    for (size_t i = 0; i < offer->n_ciphers; i++) {
        const struct ike_cipher *c = &offer->ciphers[i];

        if (!cipher_works(c, false))
            continue;
        if (is_aead(c))
            put_esp(b, &n, c, 0, &o);
        for (size_t j = 0; j < offer->n_integrity && !is_aead(c); j++)
            put_esp(b, &n, c, number_of(offer->integrity[j], false), &o);
    }
    ike1_sa_end(b);
}

void ikev1_put_choice(struct ike1_builder *b, const struct ikev1_choice *choice, uint32_t spi)
{
    const struct ike1_transform *t = choice->transform;
    uint8_t spi_bytes[4];
    bool esp = choice->proposal->protocol == IKE_PROTOCOL_ESP;

    wire_store_be32(spi_bytes, spi);
    ike1_sa_begin(b, choice->proposal->protocol, choice->proposal->number,
                  crypto_span(spi_bytes, esp ? sizeof(spi_bytes) : 0));
    ike1_transform_begin(b, t->number, t->id);
    wire_put_bytes(&b->w, t->attributes.data, t->attributes.len);
    ike1_transform_end(b);
    ike1_sa_end(b);
}

/* ---- choosing ---- */

/* Taken together with another protocol, which we do not have. */
static bool is_alone(const struct ike1_message *m, const struct ike1_proposal *p)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_proposals; i++)
        n += m->proposals[i].number == p->number;
    return n == 1;
}

/* An AES without a length is one of 128 bits. */
static uint16_t key_bits_of(const struct ike1_transform *t)
{
    return t->key_bits ? t->key_bits : 128;
}

static uint16_t integrity_of(const struct ike_offer *offer, uint16_t number, bool is_ike)
{
    for (size_t i = 0; i < offer->n_integrity; i++) {
        if (number && number_of(offer->integrity[i], is_ike) == number)
            return offer->integrity[i];
    }
    return 0;
}

static const struct crypto_prf *prf_of(uint16_t integrity)
{
    for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
        if (hashes[i].integrity == integrity)
            return crypto_prf_find(hashes[i].prf);
    }
    return NULL;
}

static bool fits_ike(const struct ike1_transform *t, const struct ike_offer *offer,
                     const struct ike_cipher *c, struct ike_algs *ret)
{
    uint16_t integrity = integrity_of(offer, t->hash, true);

    if (!cipher_works(c, true) || t->id != KEY_IKE || t->unknown || t->encr != IKE_AES_CBC ||
        key_bits_of(t) != c->key_bits || t->auth_method != IKE1_AUTH_PSK || !integrity ||
        !has_group(t->group) || !ike_offer_has_group(offer, t->group))
        return false;
    *ret = (struct ike_algs){.encr = crypto_encr_find(c->encr, c->key_bits),
                             .prf = prf_of(integrity),
                             .dh = crypto_dh_find(t->group)};
    return ret->encr && ret->prf && ret->dh;
}

static bool fits_esp(const struct ike1_transform *t, const struct ike_offer *offer,
                     const struct ike_cipher *c, struct ike_algs *ret)
{
    bool udp = t->encap == IKE1_ENCAP_UDP || t->encap == IKE1_ENCAP_UDP_DRAFT;
    uint16_t integrity = integrity_of(offer, t->hash, false);
    bool without = t->group == 0 && (!offer->n_groups || ike_offer_has_group(offer, 0));

    if (!cipher_works(c, false) || t->id != c->encr || t->unknown || t->esn || !udp ||
        key_bits_of(t) != c->key_bits || (is_aead(c) ? t->hash != 0 : !integrity) ||
        (!without && (!has_group(t->group) || !ike_offer_has_group(offer, t->group))))
        return false;
    *ret = (struct ike_algs){.encr = crypto_encr_find(c->encr, c->key_bits),
                             .integ = is_aead(c) ? NULL : crypto_integ_find(integrity),
                             .dh = t->group ? crypto_dh_find(t->group) : NULL};
    return ret->encr;
}

static bool proposal_works(const struct ike1_message *m, const struct ike1_proposal *p, bool is_ike)
{
    if (is_ike)
        return p->protocol == IKE_PROTOCOL_IKE;
    return p->protocol == IKE_PROTOCOL_ESP && p->spi_len == 4 && p->spi >= IKE_ESP_SPI_MIN &&
           is_alone(m, p);
}

static bool choose_from(const struct ike1_message *m, const struct ike1_proposal *p,
                        const struct ike_offer *offer, const struct ike_cipher *c, bool is_ike,
                        struct ikev1_choice *ret)
{
    for (size_t i = p->first; proposal_works(m, p, is_ike) && i < (size_t)p->first + p->count;
         i++) {
        const struct ike1_transform *t = &m->transforms[i];

        if (!(is_ike ? fits_ike : fits_esp)(t, offer, c, &ret->algs))
            continue;
        ret->proposal = p;
        ret->transform = t;
        return true;
    }
    return false;
}

static int choose(const struct ike1_message *m, const struct ike_offer *offer, bool is_ike,
                  struct ikev1_choice *ret)
{
    struct ikev1_choice c = {0};

    for (size_t i = 0; i < offer->n_ciphers; i++) {
        for (size_t j = 0; j < m->n_proposals; j++) {
            if (!choose_from(m, &m->proposals[j], offer, &offer->ciphers[i], is_ike, &c))
                continue;
            *ret = c;
            return 0;
        }
    }
    return -ENOENT;
}

int ikev1_choose_ike(const struct ike1_message *m, const struct ike_offer *offer,
                     struct ikev1_choice *ret)
{
    return choose(m, offer, true, ret);
}

int ikev1_choose_esp(const struct ike1_message *m, const struct ike_offer *offer,
                     struct ikev1_choice *ret)
{
    return choose(m, offer, false, ret);
}

int ikev1_accept(const struct ike1_message *m, const struct ike_offer *offer, bool is_ike,
                 struct ikev1_choice *ret)
{
    if (m->n_proposals != 1 || m->n_transforms != 1 || choose(m, offer, is_ike, ret) < 0)
        return -EPROTO;
    return 0;
}

/* ---- explaining ---- */

static uint16_t encr_of(const struct ike1_transform *t, bool is_ike)
{
    if (is_ike)
        return t->encr == IKE_AES_CBC ? CRYPTO_ENCR_AES_CBC : (uint16_t)(t->encr | 0x4000);
    return t->id;
}

static uint16_t integ_of(const struct ike1_transform *t, bool is_ike)
{
    for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
        if ((is_ike ? hashes[i].hash : hashes[i].auth) == t->hash)
            return hashes[i].integrity;
    }
    return (uint16_t)(t->hash | 0x4000); /* a number that IKEv2 has no name for */
}

/* Once each; there is room for all that a proposal of IKEv1 may name. */
static void add(struct ike_proposal *p, enum ike_transform_type type, uint16_t id, uint16_t bits)
{
    for (size_t i = 0; i < p->n_transforms; i++) {
        if (p->transforms[i].type == type && p->transforms[i].id == id &&
            p->transforms[i].key_bits == bits)
            return;
    }
    (void)!ike_proposal_add(p, type, id, bits);
}

/* What the peer offers in the numbers of IKEv2, of which the difference is explained. */
void ikev1_explain(struct ikev1 *ikev1, const struct ike_offer *offer, bool is_ike, char *text,
                   size_t size)
{
    const struct ike1_message *in = &ikev1->in;
    struct ike_message *m = &ikev1->offered;
    struct ike_proposal *p;

    ike_message_init(m, IKE_EXCHANGE_SA_INIT, 0, 0, 0, 0);
    p = ike_message_add_proposal(m, is_ike ? IKE_PROTOCOL_IKE : IKE_PROTOCOL_ESP, 0, 0);
    for (size_t i = 0; p && i < in->n_transforms; i++) {
        const struct ike1_transform *t = &in->transforms[i];
        uint16_t encr = encr_of(t, is_ike), integ = integ_of(t, is_ike);
        bool aes = encr == CRYPTO_ENCR_AES_CBC || encr == CRYPTO_ENCR_AES_GCM_16;

        add(p, IKE_TRANSFORM_ENCR, encr, aes ? key_bits_of(t) : t->key_bits);
        if (t->hash)
            add(p, IKE_TRANSFORM_INTEG, integ, 0);
        if (is_ike)
            add(p, IKE_TRANSFORM_PRF, prf_of(integ) ? prf_of(integ)->id : integ, 0);
        if (t->group || !is_ike)
            add(p, IKE_TRANSFORM_DH, t->group, 0);
    }
    ike_explain_mismatch(m, offer, true, text, size);
}
