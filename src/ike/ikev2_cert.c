#include "ikev2_internal.h"

#include <stdio.h>
#include <time.h>

/* Proof by a certificate (2.15, 3.6 - 3.8; RFC 7427; RFC 8420; RFC 4945). */

#define DAY_S     86400
#define WARN_DAYS 30
#define NAMES_MAX 160
#define DATE_MAX  24

#define REQUESTS_MAX 8 /* of several tunnels that may be meant */

/* ---- IKE_SA_INIT ---- */

#define HASH_BIT(hash) (1U << (hash))
#define OUR_HASHES                                                                                 \
    (HASH_BIT(CRYPTO_SIGN_SHA256) | HASH_BIT(CRYPTO_SIGN_SHA384) | HASH_BIT(CRYPTO_SIGN_SHA512) |  \
     HASH_BIT(CRYPTO_SIGN_IDENTITY))

/* Which tunnel is meant is not known yet: the CAs of all of them are asked for. */
static int ask_for_certificates(struct ike_sa *sa, struct ike_message *m, bool *ret_any)
{
    unsigned n = 0;
    int r = 0;

    ike_for_each_between(peer, sa->v2->ikev2->peers, &sa->local.addr, &sa->remote.addr)
    {
        const struct ike_credentials *c = peer->config.credentials;

        if (!peer->config.admin_up || !c || n++ >= REQUESTS_MAX || r < 0)
            continue;
        r = ike_message_add_opaque(m, IKE_PAYLOAD_CERTREQ, ike_credentials_request(c));
    }
    *ret_any = n > 0;
    return r;
}

int ikev2_cert_announce(struct ike_sa *sa, struct ike_message *m)
{
    static const uint8_t hashes[] = {0, CRYPTO_SIGN_SHA256, 0, CRYPTO_SIGN_SHA384,
                                     0, CRYPTO_SIGN_SHA512, 0, CRYPTO_SIGN_IDENTITY};
    bool any = sa->peer && sa->peer->config.credentials;
    int r = 0;

    if (!sa->initiator)
        r = ask_for_certificates(sa, m, &any);
    if (r == 0 && any &&
        !ike_message_add_notify(m, IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, hashes, sizeof(hashes)))
        r = -ENOSPC;
    return r;
}

void ikev2_cert_read_init(struct ike_sa *sa, const struct ike_message *m)
{
    const struct ike_notify *n = ike_message_notify(m, IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS);

    sa->v2->peer_hashes = 0;
    for (size_t i = 0; n && i + 1 < n->data.len; i += 2) {
        uint16_t hash = wire_load_be16(n->data.data + i);

        if (hash <= CRYPTO_SIGN_IDENTITY)
            sa->v2->peer_hashes |= (uint16_t)HASH_BIT(hash);
    }
}

/* ---- methods ---- */

static bool takes(uint8_t method)
{
    return method == IKE_AUTH_RSA || method == IKE_AUTH_SIGNATURE ||
           (method >= IKE_AUTH_ECDSA_256 && method <= IKE_AUTH_ECDSA_521);
}

/* RFC 4754: a curve has one hash. */
static const struct {
    uint8_t method;
    unsigned bits;
    uint8_t hash;
} curves[] = {
    {IKE_AUTH_ECDSA_256, 256, CRYPTO_SIGN_SHA256},
    {IKE_AUTH_ECDSA_384, 384, CRYPTO_SIGN_SHA384},
    {IKE_AUTH_ECDSA_521, 521, CRYPTO_SIGN_SHA512},
};

/* The best that the peer verifies, from wanted on; 0: none. */
static uint8_t common_hash(uint16_t peer_hashes, uint8_t wanted)
{
    static const uint8_t others[] = {CRYPTO_SIGN_SHA256, CRYPTO_SIGN_SHA384, CRYPTO_SIGN_SHA512};

    if (peer_hashes & HASH_BIT(wanted))
        return wanted;
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (peer_hashes & HASH_BIT(others[i]))
            return others[i];
    return 0;
}

static const size_t salt_lens[] = {
    [CRYPTO_SIGN_SHA256] = 32, [CRYPTO_SIGN_SHA384] = 48, [CRYPTO_SIGN_SHA512] = 64};

/* A peer that knows nothing of RFC 7427 verifies RSA with SHA-1 (3.8), and ECDSA with the hash of
 * the curve. */
static uint8_t choose_rsa(uint16_t peer_hashes, struct crypto_scheme *ret)
{
    uint8_t hash = common_hash(peer_hashes, CRYPTO_SIGN_SHA256);

    if (!hash) {
        *ret = (struct crypto_scheme){.kind = CRYPTO_SIGN_RSA, .hash = CRYPTO_SIGN_SHA1};
        return IKE_AUTH_RSA;
    }
    *ret = (struct crypto_scheme){
        .kind = CRYPTO_SIGN_RSA_PSS, .hash = hash, .salt_len = (uint16_t)salt_lens[hash]};
    return IKE_AUTH_SIGNATURE;
}

static uint8_t choose_ecdsa(uint16_t peer_hashes, unsigned bits, struct crypto_scheme *ret)
{
    size_t i = bits == 256 ? 0 : bits == 384 ? 1 : 2;
    uint8_t hash = common_hash(peer_hashes, curves[i].hash);

    *ret = (struct crypto_scheme){.kind = hash ? CRYPTO_SIGN_ECDSA : CRYPTO_SIGN_ECDSA_RAW,
                                  .hash = hash ? hash : curves[i].hash};
    return hash ? IKE_AUTH_SIGNATURE : curves[i].method;
}

/* The method; 0 if the peer knows none for that key. */
static uint8_t choose(const struct ike_sa *sa, const struct crypto_key *key,
                      struct crypto_scheme *ret)
{
    uint16_t hashes = sa->v2->peer_hashes;
    unsigned bits;

    switch (crypto_key_kind(key, &bits)) {
    case CRYPTO_SIGN_RSA:
        return choose_rsa(hashes, ret);
    case CRYPTO_SIGN_ECDSA:
        return choose_ecdsa(hashes, bits, ret);
    default:
        *ret = (struct crypto_scheme){.kind = CRYPTO_SIGN_ED25519, .hash = CRYPTO_SIGN_IDENTITY};
        return hashes & HASH_BIT(CRYPTO_SIGN_IDENTITY) ? IKE_AUTH_SIGNATURE : 0;
    }
}

/* ---- proving ---- */

static int octets(const struct ike_sa *sa, bool ours, const struct ike_id *id, struct buf *ret)
{
    struct ike_auth_input in;

    ikev2_proven(sa, ours, &in);
    return ike_signed_octets(sa->algs.prf, &in, id, ret);
}

/* RFC 7427, 3: the length of the AlgorithmIdentifier, itself, the signature. Older methods have the
 * signature alone. */
static int sign(const struct ike_sa *sa, const struct crypto_key *key, const struct ike_id *id,
                uint8_t *room, struct ike_auth *ret)
{
    struct crypto_scheme scheme;
    struct buf data = {0};
    size_t head = 0, len = 0;
    int r;

    ret->method = choose(sa, key, &scheme);
    if (!ret->method) {
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_CERT_PEER_TOO_OLD, "Ed25519"));
        return -EPROTONOSUPPORT;
    }
    if (ret->method == IKE_AUTH_SIGNATURE) {
        head = 1 + crypto_scheme_write(&scheme, room + 1);
        room[0] = (uint8_t)(head - 1);
    }
    r = octets(sa, true, id, &data);
    if (r == 0)
        r = crypto_sign(key, &scheme, crypto_span(data.data, data.len), room + head, &len);
    buf_done(&data);
    ret->data = crypto_span(room, head + len);
    return r;
}

static int prove(struct ike_sa *sa, const struct ike_id *id, uint8_t room[IKEV2_PROOF_MAX])
{
    const struct ike_credentials *c = sa->peer->config.credentials;
    struct ike_message *m = &sa->v2->ikev2->out;
    struct crypto_span body;
    int r = sign(sa, ike_credentials_key(c), id, room, &m->auth);

    for (size_t i = 0; r == 0 && (body = ike_credentials_cert(c, i)).len > 0; i++)
        r = ike_message_add_opaque(m, IKE_PAYLOAD_CERT, body);
    if (r == 0 && sa->initiator)
        r = ike_message_add_opaque(m, IKE_PAYLOAD_CERTREQ, ike_credentials_request(c));
    if (r == 0)
        ike_message_mark(m, IKE_PAYLOAD_AUTH);
    return r;
}

/* ---- what is told ---- */

static const char *write_date(int64_t at_s, char buf[DATE_MAX])
{
    time_t t = (time_t)at_s;
    struct tm tm;

    if (!gmtime_r(&t, &tm) || !strftime(buf, DATE_MAX, "%Y-%m-%d %H:%M UTC", &tm))
        buf[0] = 0;
    return buf;
}

/* To the hour: the same sentence for a while. */
static const char *write_now(const struct ike_peer *peer, char buf[DATE_MAX])
{
    int64_t now_s = ike_unix_now(peer->env);

    return write_date(now_s - now_s % 3600, buf);
}

static void report_verdict(struct ike_peer *peer, const struct crypto_verdict *v)
{
    static const struct {
        enum words_code code;
        uint8_t count;
        bool dated;
    } sentences[CRYPTO_CERT_FAULTS] = {
        [CRYPTO_CERT_EXPIRED] = {WORDS_IKE_CERT_EXPIRED, 3, true},
        [CRYPTO_CERT_EARLY] = {WORDS_IKE_CERT_EARLY, 3, true},
        [CRYPTO_CERT_UNKNOWN_CA] = {WORDS_IKE_CERT_UNKNOWN_CA, 2, false},
        [CRYPTO_CERT_REVOKED] = {WORDS_IKE_CERT_REVOKED, 1, false},
        [CRYPTO_CERT_FORGED] = {WORDS_IKE_CERT_FORGED, 1, false},
        [CRYPTO_CERT_WEAK_KEY] = {WORDS_IKE_CERT_WEAK_KEY, 1, false},
        [CRYPTO_CERT_WEAK_HASH] = {WORDS_IKE_CERT_WEAK_HASH, 1, false},
        [CRYPTO_CERT_KEY_TYPE] = {WORDS_IKE_CERT_KEY_TYPE, 1, false},
        [CRYPTO_CERT_NOT_CA] = {WORDS_IKE_CERT_NOT_CA, 1, false},
        [CRYPTO_CERT_USAGE] = {WORDS_IKE_CERT_USAGE, 1, false},
    };
    const typeof(sentences[0]) *s = &sentences[v->fault];
    char date[DATE_MAX], now[DATE_MAX];
    struct words_arg args[] = {words_from_text(v->subject),
                               words_from_text(s->dated ? write_date(v->at_s, date) : v->issuer),
                               words_from_text(write_now(peer, now))};
    struct words m = {.code = s->code ? s->code : WORDS_IKE_CERT_UNSUPPORTED,
                      .count = s->code ? s->count : 1,
                      .args = args};

    ike_tell(peer, IKE_EVENT_SUSPECTED, &m);
}

static void report_other_id(struct ike_peer *peer, const struct crypto_certs *certs,
                            const struct ike_id *id)
{
    char text[IKE_ID_TEXT_MAX], names[NAMES_MAX];

    ike_id_format(id, text);
    crypto_certs_write_names(certs, names, sizeof(names));
    ike_tell(peer, IKE_EVENT_SUSPECTED, SAY(IKE_CERT_OTHER_ID, text, names));
}

void ikev2_cert_report_refused(struct ike_sa *sa, const char *id)
{
    const struct crypto_certs *own = ike_credentials_own(sa->peer->config.credentials);
    char subject[CRYPTO_DN_TEXT_MAX], issuer[CRYPTO_DN_TEXT_MAX], date[DATE_MAX];

    crypto_certs_write_subject(own, subject, sizeof(subject));
    crypto_certs_write_issuer(own, issuer, sizeof(issuer));
    write_date(crypto_certs_end(own), date);
    if (crypto_certs_end(own) < ike_unix_now(sa->env))
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_CERT_OWN_EXPIRED, subject, date));
    else
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_CERT_REFUSED, subject, id, issuer));
}

/* ---- verifying ---- */

/* What is not X.509 (a URL, say) or cannot be read is passed over, except the first: that has to be
 * the peer's own (3.6). */
static int collect(const struct ike_message *m, struct crypto_certs *ret)
{
    for (size_t i = 0; i < m->n_opaques; i++) {
        struct crypto_span body = m->opaques[i].body;

        if (m->opaques[i].type != IKE_PAYLOAD_CERT || body.len < 2 ||
            body.data[0] != IKE_CERT_X509_SIGNATURE)
            continue;
        if (crypto_certs_add(ret, crypto_span(body.data + 1, body.len - 1)) < 0 &&
            !crypto_certs_count(ret))
            return -EBADMSG;
    }
    return crypto_certs_count(ret) ? 0 : -ENOENT;
}

static bool bears(const struct crypto_certs *certs, const struct ike_id *id)
{
    switch (id->type) {
    case IKE_ID_IPV4:
    case IKE_ID_IPV6:
        return crypto_certs_bear(certs, CRYPTO_NAME_IP, id->data);
    case IKE_ID_FQDN:
        return crypto_certs_bear(certs, CRYPTO_NAME_DNS, id->data);
    case IKE_ID_EMAIL:
        return crypto_certs_bear(certs, CRYPTO_NAME_EMAIL, id->data);
    case IKE_ID_DN:
        return crypto_certs_bear(certs, CRYPTO_NAME_DN, id->data);
    default:
        return false;
    }
}

/* The schemes that AUTH may be made by, at most four; none if it is not to be taken. */
static size_t schemes_of(const struct ike_sa *sa, const struct ike_auth *auth,
                         struct crypto_scheme ret[4], struct crypto_span *ret_signature)
{
    size_t n = 0, head;

    *ret_signature = auth->data;
    if (auth->method == IKE_AUTH_RSA) {
        for (uint8_t hash = CRYPTO_SIGN_SHA1; hash <= CRYPTO_SIGN_SHA512; hash++)
            if (hash != CRYPTO_SIGN_SHA1 || !(sa->v2->peer_hashes & OUR_HASHES))
                ret[n++] = (struct crypto_scheme){.kind = CRYPTO_SIGN_RSA, .hash = hash};
        return n;
    }
    if (auth->method != IKE_AUTH_SIGNATURE) {
        ret[0] = (struct crypto_scheme){.kind = CRYPTO_SIGN_ECDSA_RAW,
                                        .hash = curves[auth->method - IKE_AUTH_ECDSA_256].hash};
        return 1;
    }
    head = auth->data.len ? 1U + auth->data.data[0] : 1;
    if (head > auth->data.len ||
        crypto_scheme_parse(crypto_span(auth->data.data + 1, head - 1), &ret[0]) < 0 ||
        !(OUR_HASHES & HASH_BIT(ret[0].hash)))
        return 0;
    *ret_signature = crypto_span(auth->data.data + head, auth->data.len - head);
    return 1;
}

/* RFC 4754: each method is for one curve. */
static bool fits_curve(const struct crypto_certs *certs, uint8_t method)
{
    unsigned bits;

    (void)crypto_certs_kind(certs, &bits);
    for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
        if (curves[i].method == method)
            return curves[i].bits == bits;
    return true;
}

#define SCHEMES_MAX 4

/* By the method and scheme that AUTH names; some leave a choice. */
struct signature {
    struct crypto_scheme schemes[SCHEMES_MAX];
    size_t n_schemes;
    struct crypto_span bytes;
};

static bool is_over(const struct ike_sa *sa, const struct crypto_certs *certs,
                    const struct ike_id *id, const struct signature *signature)
{
    struct buf data = {0};
    bool holds = false;

    if (octets(sa, false, id, &data) == 0) {
        for (size_t i = 0; i < signature->n_schemes && !holds; i++)
            holds = crypto_sign_verify(certs, &signature->schemes[i],
                                       crypto_span(data.data, data.len), signature->bytes) == 0;
    }
    buf_done(&data);
    return holds;
}

static bool signature_holds(struct ike_sa *sa, struct ike_peer *peer,
                            const struct crypto_certs *certs, const struct ike_message *m)
{
    const struct ike_id *id = sa->initiator ? &m->idr : &m->idi;
    struct words method = {.code = ike_auth_method_code(m->auth.method)};
    char text[IKE_ID_TEXT_MAX], subject[CRYPTO_DN_TEXT_MAX];
    struct signature s;
    bool holds;

    s.n_schemes = schemes_of(sa, &m->auth, s.schemes, &s.bytes);

    if (!s.n_schemes) {
        ike_tell(peer, IKE_EVENT_SUSPECTED, SAY(IKE_CERT_SIGNS_WEAKLY, &method));
        return false;
    }
    holds = fits_curve(certs, m->auth.method);
    /* By one of the answers that the peer may have given to our call. */
    while (holds && !is_over(sa, certs, id, &s))
        holds = ikev2_answer_next(sa);
    if (!holds) {
        ike_id_format(id, text);
        crypto_certs_write_subject(certs, subject, sizeof(subject));
        ike_tell(peer, IKE_EVENT_SUSPECTED, SAY(IKE_CERT_BAD_SIGNATURE, text, subject));
    }
    return holds;
}

/* The chain, the name, the signature: in this order, since the words of the first ones help more.
 */
static bool is_proven(struct ike_sa *sa, struct ike_peer *peer, const struct crypto_certs *certs,
                      const struct ike_message *m)
{
    const struct crypto_trust *trust = ike_credentials_trust(peer->config.credentials);
    const struct ike_id *id = sa->initiator ? &m->idr : &m->idi;
    struct crypto_verdict v;

    if (crypto_trust_verify(trust, certs, ike_unix_now(sa->env), &v) < 0) {
        report_verdict(peer, &v);
        return false;
    }
    if (!bears(certs, id)) {
        report_other_id(peer, certs, id);
        return false;
    }
    if (!signature_holds(sa, peer, certs, m))
        return false;
    sa->v2->peer_end_s = v.at_s;
    return true;
}

static bool verify(struct ike_sa *sa, struct ike_peer *peer, const struct ike_message *m)
{
    struct words method = {.code = ike_auth_method_code(m->auth.method)};
    struct crypto_certs *certs;
    bool proven = false;

    if (!takes(m->auth.method)) {
        ike_tell(peer, IKE_EVENT_SUSPECTED, SAY(IKE_CERT_WRONG_METHOD, &method));
        return false;
    }
    if (crypto_certs_new(&certs) < 0)
        return false;
    if (collect(m, certs) < 0)
        ike_tell(peer, IKE_EVENT_SUSPECTED, SAY(IKE_CERT_MISSING));
    else
        proven = is_proven(sa, peer, certs, m);
    crypto_certs_free(certs);
    return proven;
}

const struct ikev2_proof ikev2_cert = {.prove = prove, .verify = verify, .takes = takes};

/* ---- how long it lasts ---- */

/* Of ours, which the peer took to be valid, and of the peer's; in seconds from now. */
static int64_t left(const struct ike_sa *sa)
{
    int64_t now = ike_unix_now(sa->env);
    int64_t own = crypto_certs_end(ike_credentials_own(sa->peer->config.credentials)) - now;
    int64_t theirs = sa->v2->peer_end_s - now;

    return own > 0 ? MIN(own, theirs) : theirs;
}

void ikev2_cert_set_end(struct ike_sa *sa)
{
    uint64_t life, margin;

    if (!sa->peer->config.credentials)
        return;
    life = (uint64_t)MAX(left(sa), 1) * IKE_SECOND;
    margin = ike_jitter(sa->env, MIN(life / 10, 3600 * IKE_SECOND), 20);
    sa->v2->auth_end_us = sa->env->now_us + life;
    sa->v2->reauth_us = life < 60 * IKE_SECOND ? 0 : sa->v2->auth_end_us - margin;
}

void ikev2_cert_warn(struct ike_sa *sa)
{
    struct ike_peer *peer = sa->peer;
    const struct ike_credentials *c = peer->config.credentials;
    char subject[CRYPTO_DN_TEXT_MAX], date[DATE_MAX];
    int64_t now = ike_unix_now(sa->env), own, theirs;

    if (!c || (peer->ends_told_us && sa->env->now_us < peer->ends_told_us + DAY_S * IKE_SECOND))
        return;
    own = (crypto_certs_end(ike_credentials_own(c)) - now) / DAY_S;
    theirs = (sa->v2->peer_end_s - now) / DAY_S;
    if (own < WARN_DAYS) {
        crypto_certs_write_subject(ike_credentials_own(c), subject, sizeof(subject));
        write_date(crypto_certs_end(ike_credentials_own(c)), date);
        ike_log(peer, IKE_LOG_WARNING, SAY(IKE_CERT_OWN_ENDS, subject, date, MAX(own, 0)));
    }
    if (theirs < WARN_DAYS)
        ike_log(peer, IKE_LOG_WARNING,
                SAY(IKE_CERT_PEER_ENDS, write_date(sa->v2->peer_end_s, date), MAX(theirs, 0)));
    if (MIN(own, theirs) < WARN_DAYS)
        peer->ends_told_us = sa->env->now_us;
}
