#include "world.h"

/* Why tunnels do not come up, and what is said about it. */

typedef void change_fn(struct ike_tunnel_config *a, struct ike_tunnel_config *b);

static void other_psk(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    (void)b;
    a->psk[3] ^= 1;
}

static void set_fqdn(struct ike_ident *id, const char *name)
{
    id->type = IKE_ID_FQDN;
    id->len = (uint16_t)strlen(name);
    memcpy(id->data, name, id->len);
}

static void other_id_of_initiator(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    (void)b;
    set_fqdn(&a->local_id, "branch.example");
}

static void other_id_of_responder(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    (void)a;
    set_fqdn(&b->local_id, "cloud.example");
}

static void other_id_asked_for(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    (void)b;
    set_fqdn(&a->remote_id, "cloud.example");
}

static void other_integrity(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    a->ike.ciphers[0] = a->ike.ciphers[1];
    b->ike.ciphers[0] = b->ike.ciphers[1];
    a->ike.integrity[0] = CRYPTO_INTEG_SHA2_512_256;
}

static void other_prf(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    a->ike.n_ciphers = b->ike.n_ciphers = 1; /* AES-GCM: no integrity, but a PRF */
    a->ike.integrity[0] = CRYPTO_INTEG_SHA2_384_192;
}

static void other_groups(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    a->ike.groups[0] = a->ike.groups[1] = CRYPTO_DH_ECP_521;
    b->ike.n_groups = 1;
}

static void other_ciphers(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    a->ike.n_ciphers = 1;
    a->ike.ciphers[0] = (struct ike_cipher){CRYPTO_ENCR_AES_CBC, 256};
    (void)b;
}

static void other_child_ciphers(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    a->child.n_ciphers = 1;
    a->child.ciphers[0] = (struct ike_cipher){CRYPTO_ENCR_CHACHA20_POLY1305, 0};
    (void)b;
}

static void other_selectors(struct ike_tunnel_config *a, struct ike_tunnel_config *b)
{
    assert_int_equal(prefix_parse("10.1.0.0/16", &a->local_ts[0]), 0);
    assert_int_equal(prefix_parse("10.2.0.0/16", &b->remote_ts[0]), 0);
}

static void test_refusals_are_explained(void **state)
{
    static const struct {
        change_fn *change;
        const char *code_a, *at_a; /* begins */
        const char *code_b, *at_b;
        bool ike_up;
    } cases[] = {
        {other_psk, "ike.peer-refused-us",
         "PSK mismatch, or it expects another ID than ours, 198.51.100.1; compare the PSKs, and "
         "localId with the remote ID that the peer has for us",
         "ike.psk-mismatch",
         "PSK mismatch: the peer 198.51.100.1 does not use the same pre-shared key", false},
        {other_id_of_initiator, "ike.peer-refused-us",
         "another ID than ours, branch.example; compare the PSKs", "ike.wrong-id",
         "the peer's ID is branch.example, expected 198.51.100.1; if it is right, set remoteId",
         false},
        {other_id_of_responder, "ike.wrong-id",
         "the peer's ID is cloud.example, expected 198.51.100.2; if it is right, set remoteId",
         "ike.peer-expects-another-id",
         "it expects another ID than ours, cloud.example; set localId to it, or the remote ID at",
         false},
        {other_id_asked_for, "ike.wrong-id",
         "the peer's ID is 198.51.100.2, expected cloud.example", "ike.peer-expects-id",
         "it expects the ID cloud.example, another ID than ours, 198.51.100.2; set localId", false},
        {other_groups, "ike.peer-refused-ike-proposals",
         "none of our IKE proposals, or has no IKEv2 connection for 198.51.100.1; this tunnel "
         "offers encryption aes128gcm16, aes128; integrity sha256; DH ecp521, ecp521",
         "ike.no-common-dh-group",
         "no common DH group: peer offered ecp521; this tunnel accepts curve25519; add 21 (ecp521) "
         "to ike.dhGroups, or change the peer",
         false},
        {other_ciphers, "ike.peer-refused-ike-proposals", "none of our IKE proposals",
         "ike.no-common-encryption",
         "no common encryption: peer offered aes256; this tunnel accepts aes128gcm16, aes128; add "
         "aes256 to ike.encryption, or change the peer",
         false},
        {other_integrity, "ike.peer-refused-ike-proposals", "none of our IKE proposals",
         "ike.no-common-integrity",
         "no common integrity: peer offered sha512; this tunnel accepts sha256; add sha512 to "
         "ike.integrity",
         false},
        {other_prf, "ike.peer-refused-ike-proposals", "none of our IKE proposals",
         "ike.no-common-prf",
         "no common PRF: peer offered sha384; this tunnel accepts sha256; add sha384 to "
         "ike.integrity",
         false},
        {other_child_ciphers, "ike.peer-refused-ipsec-proposals",
         "the peer accepts none of our IPsec proposals; this tunnel offers encryption "
         "chacha20poly1305; integrity sha256",
         "ike.ipsec-mismatch",
         "IPsec: no common encryption: peer offered chacha20poly1305; this tunnel accepts "
         "aes128gcm16, aes128; add chacha20poly1305 to ipsec.encryption, or change the peer",
         true},
        {other_selectors, "ike.peer-refused-selectors",
         "none of our traffic selectors: this tunnel has 10.1.0.0/16 on our side and 0.0.0.0/0",
         "ike.no-common-selectors",
         "peer named 0.0.0.0/0 on our side and 10.1.0.0/16 on its own; this tunnel has 0.0.0.0/0 "
         "on our side and 10.2.0.0/16 on the peer's",
         true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1), good;

        b.initiate = false;
        good = a;
        cases[i].change(&a, &b);
        world_set(w, 1, &b);
        world_set(w, 0, &a);
        world_run(w, 3 * SECOND);
        assert_false(world_is_up(w, 0) || world_is_up(w, 1));
        world_assert_nobody_sends(w);
        world_assert_error(w, 0, cases[i].code_a, cases[i].at_a);
        world_assert_error(w, 1, cases[i].code_b, cases[i].at_b);
        world_run(w, 300 * SECOND);
        assert_true(w->sent < 400); /* it goes on trying, but calmly */
        /* Both mended: it comes up without further ado. */
        world_set(w, 0, &good);
        b = world_config(w, 1);
        world_set(w, 1, &b);
        world_run_until_up(w, 2 * SECOND);
        world_run(w, 40 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* Both call: what the peer's own call showed stays in front of its refusals of ours, as long as
 * neither changes. */
static void test_the_exact_reason_stays(void **state)
{
    static const struct {
        change_fn *change;
        const char *code_a, *code_b;
    } cases[] = {
        {other_groups, "ike.no-common-dh-group", "ike.no-common-dh-group"},
        {other_ciphers, "ike.no-common-encryption", "ike.no-common-encryption"},
        {other_psk, "ike.psk-mismatch", "ike.psk-mismatch"},
        {other_child_ciphers, "ike.ipsec-mismatch", "ike.ipsec-mismatch"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct world *w = world_new(i + 1);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

        cases[i].change(&a, &b);
        world_set(w, 1, &b);
        world_set(w, 0, &a);
        world_run(w, 3 * SECOND);
        for (unsigned k = 0; k < 200; k++) {
            world_assert_error(w, 0, cases[i].code_a, "");
            world_assert_error(w, 1, cases[i].code_b, "");
            world_run(w, SECOND);
        }
        assert_non_null(strstr(w->nodes[0].said, cases[i].code_a)); /* the logs have it, too */
        assert_non_null(strstr(w->nodes[1].said, cases[i].code_b));
        /* Another configuration, that does not fit either: what was exact of the one before no
         * longer counts. */
        b.initiate = false;
        other_groups(&a, &b);
        a.ike.groups[0] = a.ike.groups[1] = CRYPTO_DH_ECP_384;
        world_set(w, 1, &b);
        world_run(w, 5 * SECOND); /* what it had begun is over */
        world_set(w, 0, &a);
        world_run(w, 3 * SECOND);
        world_assert_error(w, 0, "ike.peer-refused-ike-proposals", "");
        world_free(w);
    }
}

static bool lose_first_auth_answer(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)len;
    return from == 0 || data[18] != IKE_EXCHANGE_AUTH || w->filter_count++ > 0;
}

/* The refusal itself is lost: asked again, it is said again. */
static void test_a_lost_refusal_is_repeated(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    b.initiate = false;
    other_psk(&a, &b);
    w->filter = lose_first_auth_answer;
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run(w, SECOND);
    assert_int_equal(w->filter_count, 2);
    world_assert_error(w, 0, "ike.peer-refused-us", "PSK mismatch");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals_are_explained),
        cmocka_unit_test(test_the_exact_reason_stays),
        cmocka_unit_test(test_a_lost_refusal_is_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
