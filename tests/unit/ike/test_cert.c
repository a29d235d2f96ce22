/* Two machines that authenticate by certificates. Time begins in the year 2031. */
#include <stdlib.h>

#include "tunnel_internal.h"
#include "world.h"

#include "../pki.h"

#define BEGIN (PKI_2030 + PKI_YEAR)

/* ---- a CA and its certificates ---- */

struct authority {
    EVP_PKEY *key;
    X509 *cert;
    char *pem;
};

static struct authority authority_new(const char *cn)
{
    struct authority a = {.key = pki_key(PKI_P256)};

    a.cert = pki_cert(&(struct pki_order){.cn = cn, .ca = true}, a.key, NULL, a.key);
    a.pem = pki_cert_pem(a.cert, NULL);
    return a;
}

static void authority_free(struct authority *a)
{
    EVP_PKEY_free(a->key);
    X509_free(a->cert);
    free(a->pem);
}

static struct crypto_span text(const char *pem)
{
    return crypto_span(pem, strlen(pem));
}

static struct ike_credentials *issue(const struct authority *by, const char *trusted,
                                     const char *crl, enum pki_kind kind,
                                     const struct pki_order *order)
{
    EVP_PKEY *key = pki_key(kind);
    X509 *cert = pki_cert(order, key, by->cert, by->key);
    char *pem = pki_cert_pem(cert, NULL), *key_pem = pki_key_pem(key, NULL);
    struct ike_credentials_text t = {
        .certificate = text(pem), .key = text(key_pem), .ca = text(trusted), .crl = text(crl)};
    struct ike_credentials *c;
    enum crypto_cert_fault fault;

    assert_int_equal(ike_credentials_new(&t, &c, &fault), 0);
    EVP_PKEY_free(key);
    X509_free(cert);
    free(pem);
    free(key_pem);
    return c;
}

static struct ike_ident fqdn(const char *name)
{
    struct ike_ident id = {.type = IKE_ID_FQDN, .len = (uint16_t)strlen(name)};

    memcpy(id.data, name, id.len);
    return id;
}

/* ---- a world with certificates ---- */

struct setting {
    struct authority ca[2]; /* node i has a certificate of ca[i]; by default both are the same */
    struct world *w;
    struct ike_tunnel_config config[2];
};

static struct setting setting_new(uint64_t seed)
{
    struct setting s = {.w = world_new(seed)};

    s.ca[0] = authority_new("first");
    s.ca[1] = authority_new("second");
    for (int i = 0; i < 2; i++) {
        s.config[i] = world_config(s.w, i);
        s.config[i].psk_len = 0;
        ike_set_clock(s.w->nodes[i].ike, BEGIN, s.w->now_us);
    }
    return s;
}

/* Node i gets that certificate, of the first CA, which it trusts. */
static void equip(struct setting *s, int i, enum pki_kind kind, const struct pki_order *order)
{
    ike_credentials_unref(s->config[i].credentials);
    s->config[i].credentials = issue(&s->ca[0], s->ca[0].pem, "", kind, order);
}

static void start(struct setting *s)
{
    for (int i = 0; i < 2; i++)
        world_set(s->w, i, &s->config[i]);
}

static void setting_free(struct setting *s)
{
    world_free(s->w);
    for (int i = 0; i < 2; i++) {
        ike_credentials_unref(s->config[i].credentials);
        authority_free(&s->ca[i]);
    }
}

static void set_up(struct setting *s)
{
    start(s);
    world_run_until_up(s->w, 5 * SECOND);
    world_run(s->w, 5 * SECOND);
    assert_true(world_flows(s->w, 0) && world_flows(s->w, 1));
    assert_string_equal(world_error(s->w, 0), "");
    assert_string_equal(world_error(s->w, 1), "");
}

/* ---- stories ---- */

static void test_each_kind_of_key_comes_up_in_both_roles(void **state)
{
    static const enum pki_kind kinds[] = {PKI_RSA, PKI_P256, PKI_P384, PKI_P521, PKI_ED25519};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(kinds); j += 2) {
            struct setting s = setting_new(i + 1);

            equip(&s, 0, kinds[i], &(struct pki_order){.cn = "a"});
            equip(&s, 1, kinds[j], &(struct pki_order){.cn = "b"});
            s.config[1].initiate = false;
            set_up(&s);
            setting_free(&s);
        }
    }
}

static void test_both_begin_at_once(void **state)
{
    struct setting s = setting_new(7);

    (void)state;
    equip(&s, 0, PKI_P256, &(struct pki_order){.cn = "a"});
    equip(&s, 1, PKI_P256, &(struct pki_order){.cn = "b"});
    set_up(&s);
    world_run(s.w, 20 * SECOND);
    world_assert_one_pair(s.w);
    setting_free(&s);
}

static void test_names_of_the_certificate_are_ids(void **state)
{
    struct setting s = setting_new(8);

    (void)state;
    equip(&s, 0, PKI_P256, &(struct pki_order){.cn = "a", .san = "DNS:a.example.org"});
    equip(&s, 1, PKI_P256, &(struct pki_order){.cn = "b", .san = "DNS:b.example.org"});
    s.config[0].local_id = s.config[1].remote_id = fqdn("a.example.org");
    s.config[1].local_id = s.config[0].remote_id = fqdn("b.example.org");
    set_up(&s);
    setting_free(&s);
}

static void run_into(struct setting *s, int teller, const char *code, const char *part)
{
    start(s);
    world_run(s->w, 8 * SECOND);
    assert_false(world_is_up(s->w, 0) || world_is_up(s->w, 1));
    world_assert_error(s->w, teller, code, part);
    setting_free(s);
}

static void test_a_name_that_the_certificate_lacks_is_refused(void **state)
{
    for (int teller = 0; teller < 2; teller++) {
        struct setting s = setting_new(9);

        (void)state;
        equip(&s, 0, PKI_P256, &(struct pki_order){.cn = "a", .san = "DNS:a.example.org"});
        equip(&s, 1, PKI_P256, &(struct pki_order){.cn = "b", .san = "DNS:b.example.org"});
        s.config[1].initiate = false;
        s.config[!teller].local_id = s.config[teller].remote_id = fqdn("c.example.org");
        run_into(&s, teller, "ike.cert-other-id", "c.example.org");
    }
}

/* teller judges the other one's certificate, as responder and as initiator. */
static void test_certificates_that_are_no_good_are_told(void **state)
{
    static const struct {
        struct pki_order order;
        const char *code;
        const char *part;
    } rows[] = {
        {{.cn = "x", .until_s = PKI_YEAR - 86400}, "ike.cert-expired", "2030-12-31"},
        {{.cn = "x", .from_s = PKI_YEAR + 86400}, "ike.cert-early", "2031-01-02"},
        {{.cn = "x", .usage = "keyEncipherment"}, "ike.cert-usage", "CN=x"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        for (int teller = 0; teller < 2; teller++) {
            struct setting s = setting_new(10);

            equip(&s, teller, PKI_P256, &(struct pki_order){.cn = "good"});
            equip(&s, !teller, PKI_P256, &rows[i].order);
            s.config[1].initiate = false;
            run_into(&s, teller, rows[i].code, rows[i].part);
        }
    }
}

static void test_whose_certificate_expired_is_told_himself(void **state)
{
    struct setting s = setting_new(11);

    (void)state;
    equip(&s, 0, PKI_P256, &(struct pki_order){.cn = "x", .until_s = PKI_YEAR - 86400});
    equip(&s, 1, PKI_P256, &(struct pki_order){.cn = "good"});
    s.config[1].initiate = false;
    run_into(&s, 0, "ike.cert-own-expired", "2030-12-31");
}

static void test_an_unknown_ca_is_told_to_both(void **state)
{
    for (int teller = 0; teller < 2; teller++) {
        struct setting s = setting_new(12);

        (void)state;
        equip(&s, 1, PKI_P256, &(struct pki_order){.cn = "b"});
        s.config[0].credentials =
            issue(&s.ca[1], s.ca[0].pem, "", PKI_P256, &(struct pki_order){.cn = "a"});
        s.config[1].initiate = false;
        if (teller)
            run_into(&s, 1, "ike.cert-unknown-ca", "CN=second");
        else
            run_into(&s, 0, "ike.cert-refused", "CN=second");
    }
}

static void test_a_revoked_certificate_is_refused(void **state)
{
    struct setting s = setting_new(13);
    X509_CRL *crl = pki_crl(s.ca[0].cert, s.ca[0].key, 77, 0, 5 * PKI_YEAR);
    char *pem = pki_crl_pem(crl);

    (void)state;
    equip(&s, 0, PKI_P256, &(struct pki_order){.cn = "a", .serial = 77});
    s.config[1].credentials =
        issue(&s.ca[0], s.ca[0].pem, pem, PKI_P256, &(struct pki_order){.cn = "b"});
    s.config[1].initiate = false;
    X509_CRL_free(crl);
    free(pem);
    run_into(&s, 1, "ike.cert-revoked", "CN=a");
}

static void test_a_key_against_a_certificate_is_told(void **state)
{
    for (int teller = 0; teller < 2; teller++) {
        struct setting s = setting_new(14);
        struct ike_tunnel_config psk = world_config(s.w, 0);

        (void)state;
        equip(&s, 1, PKI_P256, &(struct pki_order){.cn = "b"});
        s.config[0] = psk;
        s.config[teller].initiate = false;
        if (teller)
            run_into(&s, 1, "ike.cert-wrong-method", "pre-shared key");
        else
            run_into(&s, 0, "ike.wrong-id", "dn:");
    }
}

/* ---- signatures ---- */

static struct ike_sa *half_open(struct setting *s)
{
    struct list *l = &s->w->nodes[1].ike->ikev2.half_open;

    assert_false(list_empty(l));
    return &container_of(l->next, struct ikev2_sa, half_link)->sa;
}

static bool only_the_first(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)data;
    (void)len;
    return from == 1 || w->filter_count++ == 0;
}

/* IKE_SA_INIT is answered, IKE_AUTH is still to come. */
static struct ike_sa *stop_before_auth(struct setting *s, enum pki_kind kind)
{
    equip(s, 0, PKI_P256, &(struct pki_order){.cn = "a"});
    equip(s, 1, kind, &(struct pki_order){.cn = "b"});
    s->config[1].initiate = false;
    s->w->filter = only_the_first;
    s->w->filter_count = 0;
    start(s);
    world_run(s->w, 100 * MS);
    s->w->filter = NULL;
    return half_open(s);
}

static void test_ecdsa_of_peers_without_rfc7427_is_taken(void **state)
{
    static const enum pki_kind kinds[] = {PKI_P256, PKI_P384, PKI_P521};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct setting s = setting_new(15);

        stop_before_auth(&s, kinds[i])->v2->peer_hashes = 0; /* as if nothing were announced */
        world_run_until_up(s.w, 5 * SECOND);
        setting_free(&s);
    }
}

static void test_sha1_is_not_taken_from_who_can_do_better(void **state)
{
    struct setting s = setting_new(16);

    (void)state;
    stop_before_auth(&s, PKI_RSA)->v2->peer_hashes = 0; /* so it signs with SHA-1 */
    world_run(s.w, 2 * SECOND);
    assert_false(world_is_up(s.w, 0));
    world_assert_error(s.w, 0, "ike.cert-bad-signature", "CN=b");
    setting_free(&s);
}

static void test_ed25519_is_not_signed_with_for_who_cannot_verify(void **state)
{
    struct setting s = setting_new(17);

    (void)state;
    stop_before_auth(&s, PKI_ED25519)->v2->peer_hashes = 0;
    world_run(s.w, 2 * SECOND);
    assert_false(world_is_up(s.w, 0));
    world_assert_error(s.w, 1, "ike.cert-peer-too-old", "Ed25519");
    setting_free(&s);
}

static void test_ed25519_is_not_sent_to_who_announces_nothing(void **state)
{
    struct setting s = setting_new(22);

    (void)state;
    equip(&s, 0, PKI_ED25519, &(struct pki_order){.cn = "a"});
    s.config[1] = world_config(s.w, 1); /* by PSK */
    s.config[1].initiate = false;
    run_into(&s, 0, "ike.cert-peer-too-old", "Ed25519");
}

static void test_who_signs_something_else_is_refused(void **state)
{
    struct setting s = setting_new(18);
    struct ike_sa *sa = stop_before_auth(&s, PKI_P256);

    (void)state;
    sa->v2->init_response.data[sa->v2->init_response.len - 1] ^= 1;
    world_run(s.w, 2 * SECOND);
    assert_false(world_is_up(s.w, 0));
    world_assert_error(s.w, 0, "ike.cert-bad-signature", "CN=b");
    setting_free(&s);
}

/* ---- the end of a certificate ---- */

static void test_it_ends_with_the_certificate_and_not_before(void **state)
{
    struct setting s = setting_new(19);

    (void)state;
    equip(&s, 0, PKI_P256, &(struct pki_order){.cn = "a", .until_s = PKI_YEAR + 7200});
    equip(&s, 1, PKI_P256, &(struct pki_order){.cn = "b"});
    s.config[1].initiate = false;
    set_up(&s);
    for (unsigned t = 60; t < 7140; t += 60) {
        world_run(s.w, 60 * SECOND);
        assert_true(world_is_up(s.w, 0) && world_is_up(s.w, 1));
    }
    world_run(s.w, 300 * SECOND);
    assert_false(world_is_up(s.w, 0) || world_is_up(s.w, 1));
    world_assert_error(s.w, 1, "ike.cert-expired", "CN=a");
    setting_free(&s);
}

static void test_a_new_certificate_in_time_keeps_it_up(void **state)
{
    struct setting s = setting_new(20);

    (void)state;
    equip(&s, 0, PKI_P256, &(struct pki_order){.cn = "a", .until_s = PKI_YEAR + 7200});
    equip(&s, 1, PKI_P256, &(struct pki_order){.cn = "b"});
    set_up(&s);
    world_start_esp(s.w, 100 * MS);
    world_run(s.w, 3600 * SECOND);
    equip(&s, 0, PKI_P256, &(struct pki_order){.cn = "a"});
    s.config[0].config = 2;
    world_set(s.w, 0, &s.config[0]);
    world_run(s.w, 7200 * SECOND);
    assert_true(world_is_up(s.w, 0) && world_is_up(s.w, 1));
    world_assert_nothing_lost(s.w);
    assert_int_equal(world_status(s.w, 0).config_in_force, 2);
    setting_free(&s);
}

static void test_the_end_is_told_30_days_ahead(void **state)
{
    for (int days = 29; days <= 31; days += 2) {
        struct setting s = setting_new(21);

        (void)state;
        equip(&s, 0, PKI_P256, &(struct pki_order){.cn = "a", .until_s = PKI_YEAR + days * 86400});
        equip(&s, 1, PKI_P256, &(struct pki_order){.cn = "b"});
        set_up(&s);
        assert_int_equal(strstr(s.w->nodes[0].said, "ike.cert-own-ends") != NULL, days == 29);
        assert_int_equal(strstr(s.w->nodes[1].said, "ike.cert-peer-ends") != NULL, days == 29);
        setting_free(&s);
    }
}

/* ---- what is configured ---- */

static void test_a_key_of_another_certificate_is_no_credential(void **state)
{
    struct authority ca = authority_new("ca");
    EVP_PKEY *other = pki_key(PKI_P256);
    char *key = pki_key_pem(other, NULL);
    struct ike_credentials_text t = {
        .certificate = text(ca.pem), .key = text(key), .ca = text(ca.pem)};
    struct ike_credentials *c;
    enum crypto_cert_fault fault;

    (void)state;
    assert_int_equal(ike_credentials_new(&t, &c, &fault), -EBADMSG);
    assert_int_equal(fault, CRYPTO_CERT_OTHER_KEY);
    EVP_PKEY_free(other);
    free(key);
    authority_free(&ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_of_key_comes_up_in_both_roles),
        cmocka_unit_test(test_both_begin_at_once),
        cmocka_unit_test(test_names_of_the_certificate_are_ids),
        cmocka_unit_test(test_a_name_that_the_certificate_lacks_is_refused),
        cmocka_unit_test(test_certificates_that_are_no_good_are_told),
        cmocka_unit_test(test_whose_certificate_expired_is_told_himself),
        cmocka_unit_test(test_an_unknown_ca_is_told_to_both),
        cmocka_unit_test(test_a_revoked_certificate_is_refused),
        cmocka_unit_test(test_a_key_against_a_certificate_is_told),
        cmocka_unit_test(test_ecdsa_of_peers_without_rfc7427_is_taken),
        cmocka_unit_test(test_sha1_is_not_taken_from_who_can_do_better),
        cmocka_unit_test(test_ed25519_is_not_signed_with_for_who_cannot_verify),
        cmocka_unit_test(test_ed25519_is_not_sent_to_who_announces_nothing),
        cmocka_unit_test(test_who_signs_something_else_is_refused),
        cmocka_unit_test(test_it_ends_with_the_certificate_and_not_before),
        cmocka_unit_test(test_a_new_certificate_in_time_keeps_it_up),
        cmocka_unit_test(test_the_end_is_told_30_days_ahead),
        cmocka_unit_test(test_a_key_of_another_certificate_is_no_credential),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
