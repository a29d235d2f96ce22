#include "tunnel_internal.h"
#include "world.h"
#include "raw_seal.h"

#include "../pki.h"

/* What is said of tunnels and no other story provokes. */

static struct ike_sa *sa_of(struct world *w, int node)
{
    return ike_tunnel_find(w->nodes[node].ike, "vpntun-0")->peer.lead;
}

/* ---- what our own side lacks ---- */

static int fail_dh, fail_seal;

int __real_crypto_dh_start(const struct crypto_dh_group *group, const struct crypto_random *random,
                           struct crypto_dh **ret);
int __wrap_crypto_dh_start(const struct crypto_dh_group *group, const struct crypto_random *random,
                           struct crypto_dh **ret);
int __wrap_crypto_dh_start(const struct crypto_dh_group *group, const struct crypto_random *random,
                           struct crypto_dh **ret)
{
    return fail_dh ? -ENOMEM : __real_crypto_dh_start(group, random, ret);
}

int __real_ikev2_seal(struct ike_sa *sa, struct buf *ret);
int __wrap_ikev2_seal(struct ike_sa *sa, struct buf *ret);
int __wrap_ikev2_seal(struct ike_sa *sa, struct buf *ret)
{
    return fail_seal ? -ENOMEM : __real_ikev2_seal(sa, ret);
}

static void test_memory_is_short(void **state)
{
    (void)state;
    for (int seal = 0; seal < 2; seal++) {
        struct world *w = world_new(1);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

        b.initiate = false;
        world_set(w, 1, &b);
        fail_dh = !seal;
        world_set(w, 0, &a);
        fail_seal = seal;
        world_run(w, SECOND);
        world_assert_error(w, 0, seal ? "ike.auth-not-built" : "ike.not-started", "could not be");
        fail_dh = fail_seal = 0;
        world_run(w, 60 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* ---- answers of a hand-made peer in an IKE SA ---- */

static bool drop_answers(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)len;
    return from == 0 || data[18] != w->filter_arg;
}

/* b: its IKE SA, since it may have another one by now. */
static void answer_as_b(struct world *w, struct ike_sa *b, const struct ike_message *m)
{
    struct endpoint local = {w->nodes[0].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[1].address, IKE_PORT_NATT};
    struct raw_request q = {
        .exchange = m->hdr.exchange, .flags = IKE_FLAG_RESPONSE, .id = sa_of(w, 0)->v2->request.id};
    uint8_t chain[1024], out[1200];
    size_t n;

    assert_int_equal(ike_message_build_inner(m, chain, sizeof(chain), &q.first, &q.len), 0);
    q.chain = chain;
    n = raw_seal(b, &q, out, sizeof(out));
    assert_true(n > 0);
    ike_input(w->nodes[0].ike, &local, &remote, out, n, w->now_us);
    world_collect(w, 0);
}

static void test_refused_requests(void **state)
{
    static const struct {
        enum ike_command command;
        uint16_t notify;
        uint8_t data[2];
        uint8_t len;
        const char *code, *part;
    } cases[] = {
        {IKE_COMMAND_REKEY_CHILD,
         IKE_NOTIFY_INVALID_KE_PAYLOAD,
         {0, CRYPTO_DH_MODP_2048},
         2,
         "ike.peer-wants-pfs-group",
         "peer wants modp2048 (14) for PFS; this tunnel offers"},
        {IKE_COMMAND_REKEY_CHILD,
         IKE_NOTIFY_NO_ADDITIONAL_SAS,
         {0},
         0,
         "ike.peer-makes-no-more",
         NULL},
        {IKE_COMMAND_REKEY_CHILD,
         IKE_NOTIFY_NO_PROPOSAL_CHOSEN,
         {0},
         0,
         "ike.peer-refused-ipsec-with-pfs",
         "ipsec.integrity and ipsec.dhGroups (PFS) to what the peer has for ESP"},
        {IKE_COMMAND_REKEY_IKE,
         8191,
         {0},
         0,
         "ike.peer-refused-rekey",
         "refused to rekey the IKE SA: unknown error 8191; the tunnel is negotiated anew"},
    };
    static struct ike_message m;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new_up(i + 1);
        struct ike_sa *b = sa_of(w, 1);

        w->filter = drop_answers;
        w->filter_arg = IKE_EXCHANGE_CREATE_CHILD_SA;
        world_command(w, 0, cases[i].command);
        sa_of(w, 0)->had_pair = false; /* as if it were the first that is asked for */
        world_run(w, 20 * MS);
        ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, IKE_FLAG_RESPONSE, 0, 0, 0);
        assert_non_null(ike_message_add_notify(&m, cases[i].notify, cases[i].data, cases[i].len));
        answer_as_b(w, b, &m);
        world_assert_logged(w, 0, cases[i].code);
        if (cases[i].part)
            world_assert_error(w, 0, cases[i].code, cases[i].part);
        world_free(w);
    }
}

/* The answer to one exchange says what would answer another. */
static void test_the_answer_to_something_else(void **state)
{
    static struct ike_message m;
    struct world *w = world_new_up(1);
    struct ike_sa *b = sa_of(w, 1);

    (void)state;
    w->filter = drop_answers;
    w->filter_arg = IKE_EXCHANGE_INFORMATIONAL;
    ikev2_liveness_send(sa_of(w, 0));
    world_collect(w, 0);
    world_run(w, 20 * MS);
    ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, IKE_FLAG_RESPONSE, 0, 0, 0);
    assert_non_null(ike_message_add_notify(&m, 8191, NULL, 0));
    answer_as_b(w, b, &m);
    world_assert_error(w, 0, "ike.answer-unusable", "a response of CREATE_CHILD_SA that does not");
    world_assert_error(w, 0, "ike.fault-other-answer", "see whether the peer needs an update");
    world_free(w);
}

/* A rekey of the IKE SA is answered with a value for a group that was not asked for. */
static void test_a_rekey_answered_amiss(void **state)
{
    static const uint8_t bytes[64] = {7};
    static struct ike_message m;
    struct world *w = world_new_up(1);
    struct ike_sa *b = sa_of(w, 1);
    struct ike_choice choice = {.number = 1,
                                .algs = {.encr = crypto_encr_find(CRYPTO_ENCR_AES_GCM_16, 128),
                                         .prf = crypto_prf_find(CRYPTO_PRF_SHA2_256),
                                         .dh = crypto_dh_find(CRYPTO_DH_CURVE25519)}};

    (void)state;
    w->filter = drop_answers;
    w->filter_arg = IKE_EXCHANGE_CREATE_CHILD_SA;
    world_command(w, 0, IKE_COMMAND_REKEY_IKE);
    world_run(w, 20 * MS);
    ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, IKE_FLAG_RESPONSE, 0, 0, 0);
    assert_int_equal(ike_answer_proposal(&m, &choice, IKE_PROTOCOL_IKE, 0x7777), 0);
    m.ke = (struct ike_ke){.group = CRYPTO_DH_ECP_256, .data = crypto_span(bytes, 64)};
    m.nonce = crypto_span(bytes, 32);
    ike_message_mark(&m, IKE_PAYLOAD_KE);
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    answer_as_b(w, b, &m);
    world_assert_error(w, 0, "ike.rekey-answer-unusable", "answer to the IKE rekey");
    world_free(w);
}

/* What A offers is answered with something else, in the clear. */
static void test_an_answer_that_was_not_offered(void **state)
{
    static const uint8_t bytes[32] = {9, 1};
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0);
    struct ike_choice choice = {.number = 1,
                                .algs = {.encr = crypto_encr_find(CRYPTO_ENCR_AES_GCM_16, 256),
                                         .prf = crypto_prf_find(CRYPTO_PRF_SHA2_256),
                                         .dh = crypto_dh_find(CRYPTO_DH_CURVE25519)}};
    struct endpoint local = {w->nodes[0].address, IKE_PORT};
    struct endpoint remote = {w->nodes[1].address, IKE_PORT};
    const struct ike_peer *peer;
    static struct ike_message m;
    uint8_t out[1024];
    size_t n;

    (void)state;
    world_set(w, 0, &a);
    peer = &ike_tunnel_find(w->nodes[0].ike, "vpntun-0")->peer;
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_RESPONSE,
                     container_of(peer->sas.next, struct ike_sa, peer_link)->spi_i, 5, 0);
    assert_int_equal(ike_answer_proposal(&m, &choice, IKE_PROTOCOL_IKE, 0), 0);
    m.ke = (struct ike_ke){.group = CRYPTO_DH_CURVE25519, .data = crypto_span(bytes, 32)};
    m.nonce = crypto_span(bytes, 32);
    ike_message_mark(&m, IKE_PAYLOAD_KE);
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    assert_int_equal(ike_message_build(&m, out, sizeof(out), &n), 0);
    ike_input(w->nodes[0].ike, &local, &remote, out, n, w->now_us);
    world_collect(w, 0);
    world_assert_error(w, 0, "ike.not-offered", "leave one encryption, one integrity");
    world_free(w);
}

/* ---- what is left of before ---- */

static void test_an_old_sa_ends(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    world_start_esp(w, SECOND);
    w->nodes[1].deaf = true;
    world_restart_ike(w, 0);
    world_run(w, 4000 * SECOND);
    world_assert_logged(w, 0, "ike.old-sa-ended");
    world_free(w);
}

/* Both call at once: of the two IKE SAs one is closed. */
static void test_one_of_two_is_closed(void **state)
{
    struct world *w = world_new(1);

    (void)state;
    world_set_both(w);
    world_run(w, 60 * SECOND);
    assert_true(said_has(w->nodes[0].said, "ike.peer-closed-one") ||
                said_has(w->nodes[1].said, "ike.peer-closed-one"));
    world_assert_one_pair(w);
    world_free(w);
}

/* ---- identities ---- */

static struct ike_ident fqdn(const char *name)
{
    struct ike_ident id = {.type = IKE_ID_FQDN, .len = (uint16_t)strlen(name)};

    memcpy(id.data, name, id.len);
    return id;
}

/* Two tunnels between the same addresses: the call fits the one, the caller is the other one's. */
static void test_algorithms_of_another_tunnel(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), other = a, b = world_config(w, 1);

    (void)state;
    a.initiate = other.initiate = false;
    a.remote_id = b.local_id = fqdn("one");
    a.ike.ciphers[0] = a.ike.ciphers[1];
    a.ike.n_ciphers = 1;
    text_copy(other.id, sizeof(other.id), "vpntun-1");
    other.remote_id = fqdn("two");
    b.ike.n_ciphers = 1;
    ike_sync_begin(w->nodes[0].ike);
    assert_true(ike_tunnel_set(w->nodes[0].ike, &a, w->now_us) >= 0);
    assert_true(ike_tunnel_set(w->nodes[0].ike, &other, w->now_us) >= 0);
    ike_sync_end(w->nodes[0].ike, w->now_us);
    world_collect(w, 0);
    world_set(w, 1, &b);
    world_run(w, 2 * SECOND);
    world_assert_error(w, 0, "ike.other-tunnels-algorithms", "give both the same list");
    world_free(w);
}

static void test_a_wrong_id_behind_nat(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    a.initiate = false;
    a.remote = w->nodes[1].seen_as = addr_v4(203, 0, 113, 7);
    world_set(w, 0, &a);
    world_set(w, 1, &b);
    world_run(w, 2 * SECOND);
    world_assert_error(w, 0, "ike.wrong-id-behind-nat",
                       "the peer's ID is 198.51.100.2, expected 203.0.113.7: it is behind NAT; if "
                       "it is right, set remoteId to 198.51.100.2");
    world_free(w);
}

/* ---- certificates ---- */

static enum crypto_cert_fault verdict;

int __real_crypto_trust_verify(const struct crypto_trust *trust, const struct crypto_certs *certs,
                               int64_t now_s, struct crypto_verdict *ret);
int __wrap_crypto_trust_verify(const struct crypto_trust *trust, const struct crypto_certs *certs,
                               int64_t now_s, struct crypto_verdict *ret);
int __wrap_crypto_trust_verify(const struct crypto_trust *trust, const struct crypto_certs *certs,
                               int64_t now_s, struct crypto_verdict *ret)
{
    int r = __real_crypto_trust_verify(trust, certs, now_s, ret);

    if (!verdict)
        return r;
    ret->fault = verdict;
    return -EPERM;
}

/* Two nodes with certificates of one CA. */
struct certified {
    struct world *w;
    struct ike_tunnel_config config[2];
};

static void certify(struct certified *c, int i, EVP_PKEY *ca_key, X509 *ca)
{
    char *ca_pem = pki_cert_pem(ca, NULL);
    EVP_PKEY *key = pki_key(PKI_P256);
    X509 *cert = pki_cert(
        &(struct pki_order){.cn = i ? "b" : "a", .san = i ? "IP:198.51.100.2" : "IP:198.51.100.1"},
        key, ca, ca_key);
    char *pem = pki_cert_pem(cert, NULL), *key_pem = pki_key_pem(key, NULL);
    struct ike_credentials_text t = {.certificate = crypto_span(pem, strlen(pem)),
                                     .key = crypto_span(key_pem, strlen(key_pem)),
                                     .ca = crypto_span(ca_pem, strlen(ca_pem)),
                                     .crl = crypto_span("", 0)};
    enum crypto_cert_fault fault;

    assert_int_equal(ike_credentials_new(&t, &c->config[i].credentials, &fault), 0);
    c->config[i].psk_len = 0;
    ike_set_clock(c->w->nodes[i].ike, PKI_2030 + PKI_YEAR, c->w->now_us);
    EVP_PKEY_free(key);
    X509_free(cert);
    free(pem);
    free(key_pem);
    free(ca_pem);
}

/* A calls. */
static struct certified certified_new(void)
{
    struct certified c = {.w = world_new(1)};
    EVP_PKEY *key = pki_key(PKI_P256);
    X509 *ca = pki_cert(&(struct pki_order){.cn = "ca", .ca = true}, key, NULL, key);

    for (int i = 0; i < 2; i++) {
        c.config[i] = world_config(c.w, i);
        certify(&c, i, key, ca);
    }
    c.config[1].initiate = false;
    EVP_PKEY_free(key);
    X509_free(ca);
    return c;
}

static void certified_free(struct certified *c)
{
    world_free(c->w);
    for (int i = 0; i < 2; i++)
        ike_credentials_unref(c->config[i].credentials);
}

static void certified_start(struct certified *c)
{
    for (int i = 1; i >= 0; i--)
        world_set(c->w, i, &c->config[i]);
    world_run(c->w, 500 * MS);
}

/* What test_x509.c shows the verdicts to be about. */
static void test_verdicts_on_certificates(void **state)
{
    static const struct {
        enum crypto_cert_fault fault;
        const char *code, *part;
    } cases[] = {
        {CRYPTO_CERT_FORGED, "ike.cert-forged", "another CA of the same name signed it"},
        {CRYPTO_CERT_WEAK_KEY, "ike.cert-weak-key", "RSA of 2048 bits or more"},
        {CRYPTO_CERT_WEAK_HASH, "ike.cert-weak-hash", "SHA-256 or better is accepted"},
        {CRYPTO_CERT_KEY_TYPE, "ike.cert-key-type", "Ed25519 are accepted"},
        {CRYPTO_CERT_NOT_CA, "ike.cert-not-ca", "have the peer's certificate issued by a CA"},
        {CRYPTO_CERT_UNSUPPORTED, "ike.cert-unsupported", "a critical extension"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct certified c = certified_new();

        verdict = cases[i].fault;
        certified_start(&c);
        verdict = CRYPTO_CERT_GOOD;
        world_assert_error(c.w, 1, cases[i].code, cases[i].part);
        certified_free(&c);
    }
}

/* A peer with a certificate calls a tunnel with a key. */
static void test_the_other_method(void **state)
{
    struct certified c = certified_new();
    struct ike_tunnel_config psk = world_config(c.w, 0);

    (void)state;
    psk.initiate = false;
    c.config[1].initiate = true;
    world_set(c.w, 0, &psk);
    world_set(c.w, 1, &c.config[1]);
    world_run(c.w, 500 * MS);
    world_assert_error(c.w, 0, "ike.wrong-method",
                       "the peer authenticates by ECDSA-256, this tunnel by pre-shared key: set");
    certified_free(&c);
}

int __real_ike_message_add_opaque(struct ike_message *m, enum ike_payload_type type,
                                  struct crypto_span body);
int __wrap_ike_message_add_opaque(struct ike_message *m, enum ike_payload_type type,
                                  struct crypto_span body);
static enum ike_payload_type left_out;
int __wrap_ike_message_add_opaque(struct ike_message *m, enum ike_payload_type type,
                                  struct crypto_span body)
{
    return left_out && type == left_out ? 0 : __real_ike_message_add_opaque(m, type, body);
}

static void test_no_certificate_comes(void **state)
{
    struct certified c = certified_new();

    (void)state;
    left_out = IKE_PAYLOAD_CERT;
    certified_start(&c);
    left_out = 0;
    world_assert_error(c.w, 1, "ike.cert-missing", "as X.509 (not by a URL)");
    certified_free(&c);
}

static bool weak_scheme;

int __real_crypto_scheme_parse(struct crypto_span der, struct crypto_scheme *ret);
int __wrap_crypto_scheme_parse(struct crypto_span der, struct crypto_scheme *ret);
int __wrap_crypto_scheme_parse(struct crypto_span der, struct crypto_scheme *ret)
{
    return weak_scheme ? -EOPNOTSUPP : __real_crypto_scheme_parse(der, ret);
}

static void test_a_signature_by_something_unknown(void **state)
{
    struct certified c = certified_new();

    (void)state;
    weak_scheme = true;
    certified_start(&c);
    weak_scheme = false;
    world_assert_error(c.w, 1, "ike.cert-signs-weakly", "not accepted (digital signature): RSA");
    certified_free(&c);
}

/* ---- IKEv1 ---- */

static struct ike_tunnel_config v1_config(struct world *w, int node)
{
    struct ike_tunnel_config c = world_config(w, node);

    c.ikev1 = true;
    c.initiate = node == 0;
    return c;
}

static struct world *v1_begin(bool aggressive)
{
    struct world *w = world_new(1);

    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = v1_config(w, i);

        c.aggressive = aggressive;
        world_set(w, i, &c);
    }
    return w;
}

static bool drop_late_answers(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)data;
    (void)len;
    return from == 0 || w->filter_count++ < w->filter_arg;
}

static bool drop_quick_of_b(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    (void)len;
    return from == 0 || data[18] != 32;
}

static void test_v1_silence(void **state)
{
    static const struct {
        bool aggressive;
        bool (*filter)(struct world *w, int from, const uint8_t *data, size_t len);
        int answers;
        const char *code, *part;
    } cases[] = {
        {false, drop_late_answers, 2, "ike.v1-no-answer-to-proof", "our identity 198.51.100.1"},
        {true, drop_late_answers, 0, "ike.v1-no-answer-to-aggressive", "allow aggressive mode?"},
        {false, drop_quick_of_b, 0, "ike.v1-quick-unanswered", "it may have forgotten the IKE SA"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = v1_begin(cases[i].aggressive);

        w->filter = cases[i].filter;
        w->filter_arg = cases[i].answers;
        world_run(w, 90 * SECOND);
        world_assert_logged(w, 0, cases[i].code);
        world_free(w);
    }
}

/* An error in clear: header, and a Notify of ISAKMP. */
static void test_v1_refused(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = v1_config(w, 0);
    uint8_t m[28 + 12] = {[16] = 11, [17] = 0x10, [18] = 5, [23] = 9, [27] = sizeof(m),
                          [31] = 12, [35] = 1,    [36] = 1, [39] = 16 /* PAYLOAD-MALFORMED */};
    struct endpoint local = {w->nodes[0].address, IKE_PORT};
    struct endpoint remote = {w->nodes[1].address, IKE_PORT};
    const struct ike_peer *peer;

    (void)state;
    world_set(w, 0, &a);
    peer = &ike_tunnel_find(w->nodes[0].ike, "vpntun-0")->peer;
    wire_store_be64(m, container_of(peer->sas.next, struct ike_sa, peer_link)->spi_i);
    ike_input(w->nodes[0].ike, &local, &remote, m, sizeof(m), w->now_us);
    world_collect(w, 0);
    world_assert_error(w, 0, "ike.v1-peer-refused", "PAYLOAD-MALFORMED; look for that in its log");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_short),
        cmocka_unit_test(test_refused_requests),
        cmocka_unit_test(test_the_answer_to_something_else),
        cmocka_unit_test(test_a_rekey_answered_amiss),
        cmocka_unit_test(test_an_answer_that_was_not_offered),
        cmocka_unit_test(test_an_old_sa_ends),
        cmocka_unit_test(test_one_of_two_is_closed),
        cmocka_unit_test(test_algorithms_of_another_tunnel),
        cmocka_unit_test(test_a_wrong_id_behind_nat),
        cmocka_unit_test(test_verdicts_on_certificates),
        cmocka_unit_test(test_the_other_method),
        cmocka_unit_test(test_no_certificate_comes),
        cmocka_unit_test(test_a_signature_by_something_unknown),
        cmocka_unit_test(test_v1_silence),
        cmocka_unit_test(test_v1_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
