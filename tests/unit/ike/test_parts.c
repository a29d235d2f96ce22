#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tunnel_internal.h"

#include <stdlib.h>

#include "../said.h"

/* The pure parts: deadlines, selectors, nonces, cookies, proposals. */

/* ---- jobs against a naive twin ---- */

#define JOBS 200

struct counted {
    struct ike_job job;
    unsigned ran;
};

static void count_run(struct ike_job *job)
{
    container_of(job, struct counted, job)->ran++;
}

static void test_jobs_run_in_their_time(void **state)
{
    static struct counted list[JOBS];
    struct ike_jobs jobs;
    uint64_t at[JOBS];

    (void)state;
    srand(7);
    ike_jobs_init(&jobs);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(ike_job_begin(&jobs, &list[i].job, count_run, i % 2), 0);
        at[i] = IKE_NEVER;
    }
    for (int round = 0; round < 20000; round++) {
        size_t i = (size_t)rand() % JOBS;
        uint64_t earliest = IKE_NEVER;

        at[i] = rand() % 4 ? (uint64_t)rand() % 1000 : IKE_NEVER;
        ike_job_set(&jobs, &list[i].job, at[i]);
        for (size_t k = 0; k < JOBS; k++)
            earliest = MIN(earliest, at[k]);
        assert_int_equal(ike_jobs_deadline(&jobs), earliest);
        assert_int_equal(list[i].job.slot != 0, at[i] != IKE_NEVER);
    }
    ike_jobs_wake(&jobs, 500);
    ike_jobs_settle(&jobs);
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(list[i].ran, at[i] <= 500);
        ike_job_end(&jobs, &list[i].job);
    }
    ike_jobs_done(&jobs);
}

/* ---- selectors ---- */

static struct ike_ts range(const char *start, const char *end)
{
    struct ike_ts ts = {.end_port = UINT16_MAX};

    assert_int_equal(addr_parse(start, &ts.start), 0);
    assert_int_equal(addr_parse(end, &ts.end), 0);
    return ts;
}

static void test_narrowing(void **state)
{
    static const struct {
        const char *start, *end; /* what the peer asks for */
        const char *allowed;
        const char *expected[5];
    } cases[] = {
        {"0.0.0.0", "255.255.255.255", "10.1.0.0/16", {"10.1.0.0/16"}},
        {"10.1.2.0", "10.1.2.255", "10.1.0.0/16", {"10.1.2.0/24"}},
        {"10.1.2.3", "10.1.2.3", "10.1.0.0/16", {"10.1.2.3/32"}},
        {"10.2.0.0", "10.2.255.255", "10.1.0.0/16", {NULL}},
        {"10.0.255.0", "10.1.0.255", "10.1.0.0/16", {"10.1.0.0/24"}},
        {"10.1.0.1",
         "10.1.0.6",
         "10.1.0.0/16",
         {"10.1.0.1/32", "10.1.0.2/31", "10.1.0.4/31", "10.1.0.6/32"}},
        {"255.255.255.254", "255.255.255.255", "0.0.0.0/0", {"255.255.255.254/31"}},
        {"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::/32", {"2001:db8::/32"}},
        {"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0", {"::/0"}},
        {"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "10.1.0.0/16", {NULL}},
        /* 10.0.0.1-10.255.255.254 is more pieces than an SA takes: left out */
        {"10.0.0.1", "10.255.255.254", "0.0.0.0/0", {NULL}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ike_ts_list list = {.count = 1};
        struct prefix allowed, ret[IKE_PREFIXES_MAX], expected;
        size_t n, k = 0;

        list.ts[0] = range(cases[i].start, cases[i].end);
        assert_int_equal(prefix_parse(cases[i].allowed, &allowed), 0);
        n = ike_ts_narrow(&list, &allowed, 1, ret);
        for (; cases[i].expected[k]; k++) {
            assert_int_equal(prefix_parse(cases[i].expected[k], &expected), 0);
            assert_true(k < n && prefix_equal(&ret[k], &expected));
        }
        assert_int_equal(n, k);
    }
}

/* Several prefixes together may cover what one alone does not. */
static void test_what_is_wider(void **state)
{
    static const struct {
        const char *start, *end, *allowed[3];
        bool within;
    } cases[] = {
        {"10.1.0.0", "10.1.255.255", {"10.0.0.0/8"}, true},
        {"10.0.0.0", "10.255.255.255", {"10.0.0.0/8"}, true},
        {"0.0.0.0", "255.255.255.255", {"0.0.0.0/0"}, true},
        {"10.0.0.0", "11.0.0.0", {"10.0.0.0/8"}, false},
        {"9.255.255.255", "10.0.0.0", {"10.0.0.0/8"}, false},
        {"10.0.0.0", "10.0.2.255", {"10.0.2.0/24", "10.0.0.0/24", "10.0.1.0/24"}, true},
        {"10.0.0.0", "10.0.2.255", {"10.0.2.0/24", "10.0.0.0/24", "10.0.3.0/24"}, false},
        {"0.0.0.0", "255.255.255.255", {"0.0.0.0/1", "128.0.0.0/1"}, true},
        {"fd00::", "fd00::1", {"fd00::/16", "0.0.0.0/0"}, true},
        {"fd00::", "fe00::", {"fd00::/16", "0.0.0.0/0"}, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static struct ike_ts_list list;
        struct prefix allowed[3];
        size_t n = 0;

        for (; n < 3 && cases[i].allowed[n]; n++)
            assert_int_equal(prefix_parse(cases[i].allowed[n], &allowed[n]), 0);
        list.count = 1;
        list.ts[0] = range(cases[i].start, cases[i].end);
        if (ike_ts_is_within(&list, allowed, n) != cases[i].within)
            fail_msg("row %zu", i);
    }
}

static void test_single_ports_are_passed_over(void **state)
{
    struct ike_ts_list list = {.count = 2};
    struct prefix allowed, ret[IKE_PREFIXES_MAX];

    (void)state;
    assert_int_equal(prefix_parse("10.0.0.0/8", &allowed), 0);
    list.ts[0] = range("10.1.0.1", "10.1.0.1"); /* of the packet that began it (2.9) */
    list.ts[0].protocol = 6;
    list.ts[0].start_port = list.ts[0].end_port = 80;
    list.ts[1] = range("10.1.0.0", "10.1.255.255");
    assert_int_equal(ike_ts_narrow(&list, &allowed, 1, ret), 1);
    assert_int_equal(ret[0].len, 16);
    list.count = 1;
    assert_int_equal(ike_ts_narrow(&list, &allowed, 1, ret), 0);
}

/* ---- nonces ---- */

static void test_nonce_order(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {{"aa", "ab", -1}, {"b", "ab", 1}, {"ab", "abc", -1}, {"abc", "abc", 0}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ike_nonce a, b;
        int c;

        ike_nonce_set(&a, crypto_span(cases[i].a, strlen(cases[i].a)));
        ike_nonce_set(&b, crypto_span(cases[i].b, strlen(cases[i].b)));
        c = ike_nonce_cmp(&a, &b);
        assert_int_equal((c > 0) - (c < 0), cases[i].order);
    }
}

/* ---- cookies ---- */

static void test_cookie_is_bound_to_its_asker(void **state)
{
    struct ike *ike;
    struct ike_message m = {.hdr = {.spi_i = 7}};
    struct endpoint here = {addr_v4(192, 0, 2, 1), 500}, there = {addr_v4(192, 0, 2, 2), 500};
    uint8_t nonce[32] = {1}, other[32] = {2}, cookie[IKE_COOKIE_LEN];
    struct crypto_span span = crypto_span(cookie, sizeof(cookie));

    (void)state;
    assert_int_equal(ike_new(NULL, &ike), 0);
    ikev2_cookies_rotate(&ike->ikev2, 1);
    m.nonce = crypto_span(nonce, sizeof(nonce));
    assert_int_equal(ike_cookie_make(&ike->ikev2.cookies, &m, &here, cookie), 0);
    assert_true(ike_cookie_holds(&ike->ikev2.cookies, &m, &here, span));
    assert_false(ike_cookie_holds(&ike->ikev2.cookies, &m, &there, span));
    assert_false(ike_cookie_holds(&ike->ikev2.cookies, &m, &here, crypto_span(cookie, 32)));
    m.hdr.spi_i = 8;
    assert_false(ike_cookie_holds(&ike->ikev2.cookies, &m, &here, span));
    m.hdr.spi_i = 7;
    m.nonce = crypto_span(other, sizeof(other));
    assert_false(ike_cookie_holds(&ike->ikev2.cookies, &m, &here, span));
    m.nonce = crypto_span(nonce, sizeof(nonce));
    ikev2_cookies_rotate(&ike->ikev2, 61 * IKE_SECOND); /* the secret before this one still holds */
    assert_true(ike_cookie_holds(&ike->ikev2.cookies, &m, &here, span));
    ikev2_cookies_rotate(&ike->ikev2, 122 * IKE_SECOND);
    assert_false(ike_cookie_holds(&ike->ikev2.cookies, &m, &here, span));
    ike_free(ike);
}

/* ---- proposals ---- */

static const struct ike_offer offer = {
    .n_ciphers = 3,
    .ciphers = {{CRYPTO_ENCR_AES_CBC, 128},
                {CRYPTO_ENCR_AES_GCM_16, 128},
                {CRYPTO_ENCR_AES_CBC, 256}},
    .n_integrity = 2,
    .integrity = {CRYPTO_INTEG_SHA2_256_128, CRYPTO_INTEG_SHA2_384_192},
    .n_groups = 2,
    .groups = {CRYPTO_DH_MODP_2048, CRYPTO_DH_ECP_256},
};

static void test_proposals_do_not_mix_aead(void **state)
{
    static struct ike_message m;

    (void)state;
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, 0, 1, 0, 0);
    assert_int_equal(ike_propose_ike(&m, &offer, 0), 0);
    assert_int_equal(m.n_proposals, 2);
    /* The kind of the first cipher comes first: 2 ciphers, 2 integrity, 2 PRFs, 2 groups. */
    assert_int_equal(m.proposals[0].n_transforms, 8);
    assert_int_equal(m.proposals[1].n_transforms, 5);
    ike_message_init(&m, IKE_EXCHANGE_AUTH, 0, 1, 2, 1);
    assert_int_equal(ike_propose_child(&m, &offer, true, false, 0x1234), 0);
    assert_int_equal(m.proposals[0].n_transforms, 6); /* ESN both ways, no groups in IKE_AUTH */
    assert_int_equal(m.proposals[1].spi, 0x1234);
}

/* Asks for what one bad answer each would say. */
static void test_answers_that_were_not_offered(void **state)
{
    static const struct ike_transform aes = {IKE_TRANSFORM_ENCR, CRYPTO_ENCR_AES_CBC, 128, 0},
                                      sha = {IKE_TRANSFORM_INTEG, CRYPTO_INTEG_SHA2_256_128, 0, 0},
                                      prf = {IKE_TRANSFORM_PRF, CRYPTO_PRF_SHA2_256, 0, 0},
                                      dh = {IKE_TRANSFORM_DH, CRYPTO_DH_ECP_256, 0, 0};
    static const struct {
        const char *name;
        struct ike_transform t[5];
        int r;
    } cases[] = {
        {"good", {aes, sha, prf, dh}, 0},
        {"no group", {aes, sha, prf}, -EPROTO},
        {"no PRF", {aes, sha, dh}, -EPROTO},
        {"no integrity", {aes, prf, dh}, -EPROTO},
        {"two groups", {aes, sha, prf, dh, {IKE_TRANSFORM_DH, CRYPTO_DH_MODP_2048, 0, 0}}, -EPROTO},
        {"another group", {aes, sha, prf, {IKE_TRANSFORM_DH, CRYPTO_DH_ECP_384, 0, 0}}, -EPROTO},
        {"another key size",
         {{IKE_TRANSFORM_ENCR, CRYPTO_ENCR_AES_CBC, 192, 0}, sha, prf, dh},
         -EPROTO},
        {"an unknown attribute",
         {{IKE_TRANSFORM_ENCR, CRYPTO_ENCR_AES_CBC, 128, 0x8099}, sha, prf, dh},
         -EPROTO},
        {"AEAD with integrity",
         {{IKE_TRANSFORM_ENCR, CRYPTO_ENCR_AES_GCM_16, 128, 0}, sha, prf, dh},
         -EPROTO},
        {"an unknown transform type", {aes, sha, prf, dh, {9, 1, 0, 0}}, -EPROTO},
    };
    static struct ike_message m;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ike_choice choice;
        struct ike_proposal *p;

        ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_RESPONSE, 1, 2, 0);
        p = ike_message_add_proposal(&m, IKE_PROTOCOL_IKE, 0, 0);
        for (size_t k = 0; k < ARRAY_SIZE(cases[i].t) && cases[i].t[k].type; k++)
            p->transforms[p->n_transforms++] = cases[i].t[k];
        if (ike_accept_ike(&m, &offer, &choice) != cases[i].r)
            fail_msg("%s", cases[i].name);
        assert_non_null(ike_message_add_proposal(&m, IKE_PROTOCOL_IKE, 0, 0));
        assert_int_equal(ike_accept_ike(&m, &offer, &choice), -EPROTO); /* there may be but one */
    }
}

/* Algorithms agreed under one tunnel's offer are held against another one's. */
static void test_algorithms_of_another_offer(void **state)
{
    static const struct ike_offer ours = {
        .n_ciphers = 2,
        .n_integrity = 1,
        .n_groups = 1,
        .ciphers = {{CRYPTO_ENCR_AES_GCM_16, 128}, {CRYPTO_ENCR_AES_CBC, 128}},
        .integrity = {CRYPTO_INTEG_SHA2_256_128},
        .groups = {CRYPTO_DH_ECP_256}};
    static const struct {
        uint16_t encr, key_bits, integ, prf, group;
        bool allowed;
    } cases[] = {
        {CRYPTO_ENCR_AES_GCM_16, 128, 0, CRYPTO_PRF_SHA2_256, CRYPTO_DH_ECP_256, true},
        {CRYPTO_ENCR_AES_CBC, 128, CRYPTO_INTEG_SHA2_256_128, CRYPTO_PRF_SHA2_256,
         CRYPTO_DH_ECP_256, true},
        {CRYPTO_ENCR_AES_GCM_16, 256, 0, CRYPTO_PRF_SHA2_256, CRYPTO_DH_ECP_256, false},
        {CRYPTO_ENCR_AES_CBC, 128, CRYPTO_INTEG_SHA1_96, CRYPTO_PRF_SHA2_256, CRYPTO_DH_ECP_256,
         false},
        {CRYPTO_ENCR_AES_GCM_16, 128, 0, CRYPTO_PRF_SHA1, CRYPTO_DH_ECP_256, false},
        {CRYPTO_ENCR_AES_GCM_16, 128, 0, CRYPTO_PRF_SHA2_256, CRYPTO_DH_MODP_1024, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ike_algs algs = {
            .encr = crypto_encr_find(cases[i].encr, cases[i].key_bits),
            .integ = cases[i].integ ? crypto_integ_find(cases[i].integ) : NULL,
            .prf = crypto_prf_find(cases[i].prf),
            .dh = crypto_dh_find(cases[i].group),
        };

        if (ike_offer_allows(&ours, &algs) != cases[i].allowed)
            fail_msg("case %zu", i);
    }
}

static void test_group_already_sent_is_taken(void **state)
{
    static struct ike_message m;
    struct ike_choice choice;

    (void)state;
    ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, 0, 1, 0, 0);
    assert_int_equal(ike_propose_ike(&m, &offer, 7), 0);
    assert_int_equal(ike_choose_ike(&m, &offer, CRYPTO_DH_ECP_256, &choice), 0);
    assert_int_equal(choice.algs.dh->id, CRYPTO_DH_ECP_256);
    assert_int_equal(ike_choose_ike(&m, &offer, CRYPTO_DH_ECP_384, &choice), 0);
    assert_int_equal(choice.algs.dh->id, CRYPTO_DH_MODP_2048);
    assert_int_equal(choice.algs.encr->key_bits, 128);
    assert_false(choice.algs.encr->aead);
}

/* Unless both name another one first, and anybody may have asked for this one. */
static void test_group_that_was_asked_for_in_clear(void **state)
{
    static struct ike_message m;
    struct ike_offer theirs = offer;
    struct ike_choice choice;

    (void)state;
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, 0, 1, 0, 0);
    assert_int_equal(ike_propose_ike(&m, &theirs, 0), 0);
    assert_int_equal(ike_choose_ike(&m, &offer, CRYPTO_DH_ECP_256, &choice), 0);
    assert_int_equal(choice.algs.dh->id, CRYPTO_DH_MODP_2048);
    theirs.groups[0] = CRYPTO_DH_ECP_256;
    theirs.groups[1] = CRYPTO_DH_MODP_2048;
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, 0, 1, 0, 0);
    assert_int_equal(ike_propose_ike(&m, &theirs, 0), 0);
    assert_int_equal(ike_choose_ike(&m, &offer, CRYPTO_DH_ECP_256, &choice), 0);
    assert_int_equal(choice.algs.dh->id, CRYPTO_DH_ECP_256);
}

/* What peers send beside what they need: the proposal that fits is found, and the answer has one
 * transform of each type that it names, and no other. */
static void test_generous_choice(void **state)
{
    static const struct ike_transform gcm = {IKE_TRANSFORM_ENCR, CRYPTO_ENCR_AES_GCM_16, 128, 0},
                                      none = {IKE_TRANSFORM_INTEG, CRYPTO_INTEG_NONE, 0, 0},
                                      no = {IKE_TRANSFORM_ESN, IKE_ESN_NO, 0, 0},
                                      yes = {IKE_TRANSFORM_ESN, IKE_ESN_YES, 0, 0},
                                      more = {6, 36, 0, 0}; /* RFC 9370 */
    static const struct {
        const char *name;
        struct ike_transform t[4];
        bool fits, esn;
        size_t answered; /* transforms */
    } cases[] = {
        {"as usual", {gcm, no}, true, false, 2},
        {"no ESN transform", {gcm}, true, false, 1},
        {"only ESN", {gcm, yes}, true, true, 2},
        {"INTEG=NONE", {gcm, none, no}, true, false, 3},
        {"INTEG=NONE, no ESN transform", {gcm, none}, true, false, 2},
        {"another key exchange", {gcm, no, more}, false, false, 0},
    };
    static struct ike_message m, answer;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ike_choice choice;
        struct ike_proposal *p;

        ike_message_init(&m, IKE_EXCHANGE_AUTH, IKE_FLAG_INITIATOR, 1, 2, 1);
        for (unsigned n = 0; n < 240; n++) { /* before it: what nobody has */
            p = ike_message_add_proposal(&m, IKE_PROTOCOL_ESP, 4, 0x1000);
            for (uint16_t id = 0; id < 8; id++)
                assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_ENCR, 50000 + id, 0), 0);
        }
        p = ike_message_add_proposal(&m, IKE_PROTOCOL_ESP, 4, 0x2000);
        for (size_t k = 0; k < ARRAY_SIZE(cases[i].t) && cases[i].t[k].type; k++)
            assert_int_equal(
                ike_proposal_add(p, cases[i].t[k].type, cases[i].t[k].id, cases[i].t[k].key_bits),
                0);
        if ((ike_choose_child(&m, &offer, true, false, 0, &choice) == 0) != cases[i].fits)
            fail_msg("%s", cases[i].name);
        if (!cases[i].fits)
            continue;
        assert_int_equal(choice.peer_spi, 0x2000);
        assert_int_equal(choice.esn, cases[i].esn);
        ike_message_init(&answer, IKE_EXCHANGE_AUTH, IKE_FLAG_RESPONSE, 1, 2, 1);
        assert_int_equal(ike_answer_proposal(&answer, &choice, IKE_PROTOCOL_ESP, 0x3000), 0);
        assert_int_equal(answer.n_transforms, cases[i].answered);
        assert_int_equal(answer.proposals[0].number, 241);
        assert_int_equal(ike_accept_child(&answer, &offer, true, false, &choice), 0);
    }
}

static void add_proposal(struct ike_message *m, uint16_t key_bits, uint16_t group)
{
    struct ike_proposal *p = ike_message_add_proposal(m, IKE_PROTOCOL_IKE, 0, 0);

    assert_non_null(p);
    assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_ENCR, CRYPTO_ENCR_AES_CBC, key_bits), 0);
    assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_INTEG, CRYPTO_INTEG_SHA2_256_128, 0), 0);
    assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_PRF, CRYPTO_PRF_SHA2_256, 0), 0);
    assert_int_equal(ike_proposal_add(p, IKE_TRANSFORM_DH, group, 0), 0);
}

static void test_mismatches_in_words(void **state)
{
    static const struct ike_offer ours = {.n_ciphers = 1,
                                          .n_integrity = 1,
                                          .n_groups = 1,
                                          .ciphers = {{CRYPTO_ENCR_AES_CBC, 128}},
                                          .integrity = {CRYPTO_INTEG_SHA2_256_128},
                                          .groups = {CRYPTO_DH_MODP_2048}};
    static const struct {
        uint8_t type;
        const char *code;
    } foreign[] = {
        {IKE_TRANSFORM_INTEG, "ike.unknown-integrity"},
        {IKE_TRANSFORM_PRF, "ike.unknown-prf"},
        {IKE_TRANSFORM_DH, "ike.unknown-dh-group"},
    };
    static const struct ike_offer without_pfs = {.n_ciphers = 1,
                                                 .n_integrity = 1,
                                                 .ciphers = {{CRYPTO_ENCR_AES_CBC, 128}},
                                                 .integrity = {CRYPTO_INTEG_SHA2_256_128}};
    static struct ike_message m;
    char text[512];

    (void)state;
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_INITIATOR, 1, 0, 0);
    add_proposal(&m, 256, CRYPTO_DH_MODP_2048);
    add_proposal(&m, 128, CRYPTO_DH_ECP_384);
    ike_explain_mismatch(&m, &ours, true, text, sizeof(text));
    assert_written(text);
    assert_true(said_has(text, "ike.no-common-combination-of"));
    assert_string_equal(
        said(text),
        "no common combination of algorithms: peer offered aes256 sha256 sha256 modp2048 or "
        "aes128 sha256 sha256 ecp384; this tunnel accepts encryption aes128; integrity "
        "sha256; DH modp2048");

    /* A list of things that nobody knows, longer than there is room for: cut between two of them.
     */
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_INITIATOR, 1, 0, 0);
    add_proposal(&m, 999, CRYPTO_DH_MODP_2048);
    for (uint16_t i = 0; i < 50; i++)
        assert_int_equal(ike_proposal_add(&m.proposals[0], IKE_TRANSFORM_ENCR, 60000 + i, 1024), 0);
    ike_explain_mismatch(&m, &ours, true, text, sizeof(text));
    assert_said(text, "ike.unknown-encryption", "peer offered #12/999, #60000/1024, ");
    assert_non_null(strstr(said(text), "/1024, ...; this tunnel accepts aes128; change the peer"));
    assert_null(strstr(text, "#60049"));

    /* A name that another one begins with is a name of its own; each is told once. */
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_INITIATOR, 1, 0, 0);
    add_proposal(&m, 256, CRYPTO_DH_MODP_2048);
    m.proposals[0].transforms[0] =
        (struct ike_transform){IKE_TRANSFORM_ENCR, CRYPTO_ENCR_AES_GCM_16, 256, 0};
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            ike_proposal_add(&m.proposals[0], IKE_TRANSFORM_ENCR, CRYPTO_ENCR_AES_CBC, 256), 0);
    ike_explain_mismatch(&m, &ours, true, text, sizeof(text));
    assert_said(text, "ike.no-common-encryption", "peer offered aes256gcm16, aes256; this tunnel");

    /* Of one kind only things that nobody here knows. */
    for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
        ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_INITIATOR, 1, 0, 0);
        add_proposal(&m, 128, CRYPTO_DH_MODP_2048);
        for (size_t j = 0; j < m.proposals[0].n_transforms; j++)
            if (m.proposals[0].transforms[j].type == foreign[i].type)
                m.proposals[0].transforms[j].id = 60000;
        ike_explain_mismatch(&m, &ours, true, text, sizeof(text));
        assert_said(text, foreign[i].code, "peer offered #60000; this tunnel accepts");
    }

    /* All else is there. */
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_INITIATOR, 1, 0, 0);
    add_proposal(&m, 128, CRYPTO_DH_MODP_2048);
    assert_int_equal(ike_proposal_add(&m.proposals[0], 6, 60000, 0), 0);
    ike_explain_mismatch(&m, &ours, true, text, sizeof(text));
    assert_said(text, "ike.no-common-additional", "peer offered #60000; this tunnel accepts none");
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_INITIATOR, 1, 0, 0);
    add_proposal(&m, 128, CRYPTO_DH_MODP_2048);
    assert_int_equal(ike_proposal_add(&m.proposals[0], 14, 60000, 0), 0); /* of no type we know */
    ike_explain_mismatch(&m, &ours, true, text, sizeof(text));
    assert_said(text, "ike.no-common-combination", "peer offered aes128 sha256 sha256 modp2048");

    /* Without PFS at both ends the groups are no mismatch. */
    ike_message_init(&m, IKE_EXCHANGE_CREATE_CHILD_SA, IKE_FLAG_INITIATOR, 1, 0, 0);
    add_proposal(&m, 256, 0);
    m.proposals[0].protocol = IKE_PROTOCOL_ESP;
    m.proposals[0].n_transforms = 2;
    ike_explain_mismatch(&m, &without_pfs, true, text, sizeof(text));
    assert_said(text, "ike.no-common-encryption", "peer offered aes256; this tunnel");
    m.proposals[0].transforms[0].key_bits = 128;
    ike_explain_mismatch(&m, &ours, true, text, sizeof(text));
    assert_said(text, "ike.peer-without-pfs", "turn on PFS at the peer");
    ike_explain_mismatch(&m, &without_pfs, true, text, sizeof(text));
    assert_false(said_has(text, "ike.peer-without-pfs"));

    /* Nothing at all. */
    ike_message_init(&m, IKE_EXCHANGE_SA_INIT, IKE_FLAG_INITIATOR, 1, 0, 0);
    ike_message_mark(&m, IKE_PAYLOAD_SA);
    ike_explain_mismatch(&m, &ours, true, text, sizeof(text));
    assert_said(text, "ike.unknown-encryption", "peer offered none; this tunnel accepts aes128");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs_run_in_their_time),
        cmocka_unit_test(test_narrowing),
        cmocka_unit_test(test_what_is_wider),
        cmocka_unit_test(test_single_ports_are_passed_over),
        cmocka_unit_test(test_nonce_order),
        cmocka_unit_test(test_cookie_is_bound_to_its_asker),
        cmocka_unit_test(test_proposals_do_not_mix_aead),
        cmocka_unit_test(test_answers_that_were_not_offered),
        cmocka_unit_test(test_algorithms_of_another_offer),
        cmocka_unit_test(test_group_already_sent_is_taken),
        cmocka_unit_test(test_group_that_was_asked_for_in_clear),
        cmocka_unit_test(test_generous_choice),
        cmocka_unit_test(test_mismatches_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
