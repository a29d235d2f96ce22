/* Key exchange: known answers, agreement, lengths, the values RFC 6989 forbids, and where private
 * values come from. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "crypto_internal.h"

#include "../hex.h"

struct side {
    const char *private, *public;
};

/* RFC 5903, section 8; RFC 7748, 6.1. */
static const struct {
    uint16_t group;
    struct side a, b;
    const char *secret;
} vectors[] = {
    {19,
     {"c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
      "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
      "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3"},
     {"c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
      "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
      "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"},
     "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"},
    {20,
     {"099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655"
      "e35b538041e649ee3faef896783ab194",
      "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6"
      "de3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9cafc4984625ccfc23f"
      "65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c"},
     {"41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942"
      "e0308312916b8ed2960e4bd55a7448fc",
      "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d"
      "0d1ac43a0336def96fda41d0774a3571dcfbec7aacf3196472169e838430367f"
      "66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c"},
     "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
     "d603135569b9e9d09cf5d4a270f59746"},
    {21,
     {"0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a0"
      "95aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d4a52",
      "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbe"
      "e1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176c"
      "ed3e017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4"
      "a10ad8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582"},
     {"0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e"
      "9c677d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4effc311f5cb151685eb9",
      "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a21"
      "9b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9"
      "460f015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d985207"
      "7b87220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a"},
     "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04"
     "d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddea"},
    {31,
     {"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
      "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"},
     {"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"},
     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
};

/* A source of the given bytes, with zeros before them to the length that is asked for. */
static struct crypto_span given;

static void fill_given(void *context, void *ret, size_t len)
{
    (void)context;
    assert_true(len >= given.len);
    memset(ret, 0, len - given.len);
    memcpy((uint8_t *)ret + len - given.len, given.data, given.len);
}

static const struct crypto_random known = {.fill = fill_given};

static void fill_random(void *context, void *ret, size_t len)
{
    (void)context;
    random_bytes(ret, len);
}

static const struct crypto_random fresh = {.fill = fill_random};

static struct crypto_dh *start(const struct crypto_dh_group *group, struct crypto_span private)
{
    struct crypto_dh *dh = NULL;

    given = private;
    assert_int_equal(crypto_dh_start(group, &known, &dh), 0);
    return dh;
}

static struct crypto_dh *start_fresh(uint16_t group)
{
    struct crypto_dh *dh = NULL;

    assert_int_equal(crypto_dh_start(crypto_dh_find(group), &fresh, &dh), 0);
    return dh;
}

static struct crypto_dh *from_side(const struct crypto_dh_group *group, const struct side *s)
{
    uint8_t private[128];
    size_t len = hex_read(s->private, private, sizeof(private));
    struct crypto_dh *dh = start(group, crypto_span(private, len));

    assert_hex(crypto_dh_public(dh).data, crypto_dh_public(dh).len, s->public);
    return dh;
}

static void test_known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        const struct crypto_dh_group *group = crypto_dh_find(vectors[i].group);
        struct crypto_dh *a = from_side(group, &vectors[i].a);
        uint8_t private[128], public[CRYPTO_DH_PUBLIC_MAX], secret[CRYPTO_DH_SECRET_MAX];

        given = crypto_span(private, hex_read(vectors[i].b.private, private, sizeof(private)));
        assert_int_equal(crypto_dh_respond(group, &known, crypto_dh_public(a), public, secret), 0);
        assert_hex(public, group->public_len, vectors[i].b.public);
        assert_hex(secret, group->secret_len, vectors[i].secret);
        assert_int_equal(crypto_dh_finish(a, crypto_span(public, group->public_len), secret), 0);
        assert_hex(secret, group->secret_len, vectors[i].secret);
        crypto_dh_free(a);
    }
}

/* 2^x mod p, hashed: p computed in Python from the formulas of RFC 2409, 6.2 and RFC 3526. */
static void test_modp_known_answers(void **state)
{
    static const char x_hex[] = "b68d652768da4634ca044738f702fff26b6299c69896805433bc6f44a9caf6d9";
    static const struct {
        uint16_t group;
        const char *hash;
    } v[] = {
        {2, "dc23b5a13520f441e3fafbd31f73aaadc8609e0b2725da8c75ec481dbe6d07e0"},
        {5, "51d9889d5ff3e710516fb232dc66dffce1b72235e1f7b5a47f22317bd2867fab"},
        {14, "76052d03f83dd45e336cf48b7518c18d61458af2e96b1051e1b2ee0fef9150f1"},
        {15, "983781f527a8efb67a15c8520275f27be0c73ce1fef67187910dae81c8f8230b"},
        {16, "45d41e02f9bd3c33d5e96aa26b0a9d1836293317663c481208434e54e61c7d90"},
        {18, "05887590bb9c0ddf98529822949478f0afdf37682b408b11c5a8febd87b9398a"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        const struct crypto_dh_group *group = crypto_dh_find(v[i].group);
        uint8_t x[32], two[CRYPTO_DH_PUBLIC_MAX] = {0}, secret[CRYPTO_DH_SECRET_MAX], hash[32];
        struct crypto_span peer = crypto_span(two, group->public_len);
        struct crypto_span whole = crypto_span(secret, group->secret_len);
        struct crypto_dh *dh;

        two[group->public_len - 1] = 2;
        (void)hex_read(x_hex, x, sizeof(x));
        dh = start(group, crypto_span(x, sizeof(x)));
        assert_int_equal(crypto_dh_finish(dh, peer, secret), 0);
        assert_memory_equal(crypto_dh_public(dh).data, secret, group->public_len);
        assert_int_equal(crypto_sha256(&whole, 1, hash), 0);
        assert_hex(hash, sizeof(hash), v[i].hash);
        crypto_dh_free(dh);
    }
}

/* 2^10 = 1024: the secret is nearly all leading zeros, and they stay (RFC 7296, 2.14). */
static void test_modp_secret_keeps_leading_zeros(void **state)
{
    const struct crypto_dh_group *group = crypto_dh_find(14);
    uint8_t ten = 10, two[256] = {0}, want[256] = {0}, secret[CRYPTO_DH_SECRET_MAX];
    struct crypto_span peer = crypto_span(two, sizeof(two));
    struct crypto_dh *dh = start(group, crypto_span(&ten, 1));

    (void)state;
    two[255] = 2;
    want[254] = 4;
    assert_int_equal(crypto_dh_finish(dh, peer, secret), 0);
    assert_memory_equal(secret, want, sizeof(want));
    crypto_dh_free(dh);
}

static void test_fresh_pairs_agree(void **state)
{
    (void)state;
    for (size_t i = 0; crypto_dh_at(i); i++) {
        const struct crypto_dh_group *group = crypto_dh_at(i);
        uint8_t public[CRYPTO_DH_PUBLIC_MAX];
        uint8_t one[CRYPTO_DH_SECRET_MAX], two[CRYPTO_DH_SECRET_MAX];
        struct crypto_dh *a, *b;

        if (!crypto_dh_is_there(group))
            continue;
        a = start_fresh(group->id);
        b = start_fresh(group->id);
        assert_ptr_equal(group, crypto_dh_find(group->id));
        assert_ptr_equal(crypto_dh_group(a), group);
        assert_int_equal(crypto_dh_public(a).len, group->public_len);
        assert_memory_not_equal(crypto_dh_public(a).data, crypto_dh_public(b).data,
                                group->public_len);
        assert_int_equal(crypto_dh_respond(group, &fresh, crypto_dh_public(a), public, one), 0);
        assert_int_equal(crypto_dh_finish(a, crypto_span(public, group->answer_len), two), 0);
        assert_memory_equal(one, two, group->secret_len);
        crypto_dh_free(a);
        crypto_dh_free(b);
    }
    crypto_dh_free(NULL);
}

/* ---- private values ---- */

struct tape {
    uint8_t first; /* what the first answer is full of; then 5 */
    unsigned asked;
    size_t len;
};

static void fill_tape(void *context, void *ret, size_t len)
{
    struct tape *t = context;

    memset(ret, t->asked++ ? 5 : t->first, len);
    t->len = len;
}

/* Bytes that make no number between 1 and the order are thrown away, not bent; and a MODP exponent
 * has twice the bits of the group's strength at least. */
static void test_private_values(void **state)
{
    static const struct {
        uint16_t group;
        uint8_t first;
        unsigned asked;
        size_t len;
    } v[] = {
        {19, 0xff, 2, 32}, {20, 0xff, 2, 48}, {21, 0xff, 2, 66}, {19, 0, 2, 32},
        {21, 0, 2, 66},    {19, 1, 1, 32},    {31, 0xff, 1, 32}, {2, 0, 2, 32},
        {14, 0xff, 1, 32}, {15, 1, 1, 40},    {16, 1, 1, 40},    {18, 1, 1, 52},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        struct tape a = {.first = v[i].first}, b = {.first = 5};
        struct crypto_random from_a = {fill_tape, &a}, from_b = {fill_tape, &b};
        struct crypto_dh *one = NULL, *two = NULL;

        assert_int_equal(crypto_dh_start(crypto_dh_find(v[i].group), &from_a, &one), 0);
        assert_int_equal(crypto_dh_start(crypto_dh_find(v[i].group), &from_b, &two), 0);
        assert_int_equal(a.asked, v[i].asked);
        assert_int_equal(a.len, v[i].len);
        if (v[i].asked == 2)
            assert_memory_equal(crypto_dh_public(one).data, crypto_dh_public(two).data,
                                crypto_dh_public(two).len);
        crypto_dh_free(one);
        crypto_dh_free(two);
    }
}

static void fill_never(void *context, void *ret, size_t len)
{
    (void)context, (void)ret, (void)len;
    fail_msg("a key is made for a value that was not looked at");
}

/* ---- the peer's value ---- */

/* Neither end takes it; who is asked has not made a key for it before it looked. For the values of
 * small order a key is needed to see what they are. */
static void assert_refused_by(const struct crypto_dh *dh, const struct crypto_random *random,
                              const uint8_t *value, size_t len)
{
    uint8_t secret[CRYPTO_DH_SECRET_MAX], public[CRYPTO_DH_PUBLIC_MAX];
    uint8_t untouched[CRYPTO_DH_PUBLIC_MAX];

    memset(secret, 0xee, sizeof(secret));
    memset(public, 0xee, sizeof(public));
    memset(untouched, 0xee, sizeof(untouched));
    assert_int_equal(crypto_dh_finish(dh, crypto_span(value, len), secret), -EBADMSG);
    assert_int_equal(
        crypto_dh_respond(crypto_dh_group(dh), random, crypto_span(value, len), public, secret),
        -EBADMSG);
    assert_memory_equal(secret, untouched, sizeof(secret));
    assert_memory_equal(public, untouched, sizeof(public));
}

static void assert_refused(const struct crypto_dh *dh, const uint8_t *value, size_t len)
{
    static const struct crypto_random never = {.fill = fill_never};

    assert_refused_by(dh, &never, value, len);
}

static void test_wrong_lengths(void **state)
{
    (void)state;
    for (size_t i = 0; crypto_dh_at(i); i++) {
        const struct crypto_dh_group *group = crypto_dh_at(i);
        uint8_t value[CRYPTO_DH_PUBLIC_MAX + 1] = {0};
        struct crypto_dh *dh;

        if (!crypto_dh_is_there(group) || group->id >= CRYPTO_DH_ML_KEM_512)
            continue; /* see test_mlkem.c */
        dh = start_fresh(group->id);
        memcpy(value, crypto_dh_public(dh).data, group->public_len);
        assert_refused(dh, value, group->public_len - 1U);
        assert_refused(dh, value, group->public_len + 1U);
        assert_refused(dh, value, 0);
        crypto_dh_free(dh);
    }
}

static void test_modp_range(void **state)
{
    BIGNUM *p = BN_get_rfc3526_prime_2048(NULL);
    uint8_t value[256];
    struct crypto_dh *dh = start_fresh(14);
    /* Relative to 0, or to p: all the values outside 1 < y < p - 1 that fit. */
    static const struct {
        bool from_p;
        unsigned add, sub;
    } bad[] = {{false, 0, 0}, {false, 1, 0}, {true, 0, 1}, {true, 0, 0}, {true, 1, 0}};

    (void)state;
    assert_non_null(p);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        BIGNUM *y = bad[i].from_p ? BN_dup(p) : BN_new();

        assert_true(BN_add_word(y, bad[i].add) && BN_sub_word(y, bad[i].sub));
        assert_int_equal(BN_bn2binpad(y, value, sizeof(value)), sizeof(value));
        assert_refused(dh, value, sizeof(value));
        BN_free(y);
    }
    memset(value, 0xff, sizeof(value));
    assert_refused(dh, value, sizeof(value));

    /* p - 2 is the largest that may be. */
    assert_true(BN_sub_word(p, 2));
    assert_int_equal(BN_bn2binpad(p, value, sizeof(value)), sizeof(value));
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    assert_int_equal(crypto_dh_finish(dh, crypto_span(value, sizeof(value)), secret), 0);
    BN_free(p);
    crypto_dh_free(dh);
}

static void test_ecp_point_must_be_on_the_curve(void **state)
{
    (void)state;
    for (uint16_t id = 19; id <= 21; id++) {
        const struct crypto_dh_group *group = crypto_dh_find(id);
        uint8_t value[CRYPTO_DH_PUBLIC_MAX] = {0};
        struct crypto_dh *dh = start_fresh(id);

        assert_refused(dh, value, group->public_len); /* (0, 0) */
        memcpy(value, crypto_dh_public(dh).data, group->public_len);
        value[group->public_len - 1] ^= 1;
        assert_refused(dh, value, group->public_len);
        memset(value, 0xff, group->public_len); /* coordinates beyond the field */
        assert_refused(dh, value, group->public_len);
        crypto_dh_free(dh);
    }
}

/* The curve y^2 = x^3 - 3x + b: a point with x = 0 is one; the same point with x written as p is
 * none, nor is one of a curve with another b, nor the same coordinates in the other order. */
static void test_ecp_points_that_look_alike(void **state)
{
    static const int nids[] = {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};

    (void)state;
    for (uint16_t id = 19; id <= 21; id++) {
        const struct crypto_dh_group *group = crypto_dh_find(id);
        uint8_t value[CRYPTO_DH_PUBLIC_MAX], secret[CRYPTO_DH_SECRET_MAX];
        struct crypto_dh *dh = start_fresh(id);
        EC_GROUP *curve = EC_GROUP_new_by_curve_name(nids[id - 19]);
        EC_POINT *point = EC_POINT_new(curve);
        BIGNUM *p = BN_new(), *x = BN_new(), *y = BN_new();
        int half = group->public_len / 2;

        assert_true(EC_GROUP_get_curve(curve, p, NULL, NULL, NULL) == 1);
        BN_zero(x);
        assert_true(EC_POINT_set_compressed_coordinates(curve, point, x, 0, NULL) == 1);
        assert_true(EC_POINT_get_affine_coordinates(curve, point, x, y, NULL) == 1);
        assert_int_equal(BN_bn2binpad(x, value, half), half);
        assert_int_equal(BN_bn2binpad(y, value + half, half), half);
        assert_int_equal(crypto_dh_finish(dh, crypto_span(value, group->public_len), secret), 0);

        assert_int_equal(BN_bn2binpad(p, value, half), half);
        assert_refused(dh, value, group->public_len);
        assert_int_equal(BN_bn2binpad(y, value, half), half);
        assert_int_equal(BN_bn2binpad(x, value + half, half), half);
        assert_refused(dh, value, group->public_len);
        assert_true(BN_add_word(y, 1) == 1);
        assert_int_equal(BN_bn2binpad(x, value, half), half);
        assert_int_equal(BN_bn2binpad(y, value + half, half), half);
        assert_refused(dh, value, group->public_len);
        BN_free(p);
        BN_free(x);
        BN_free(y);
        EC_POINT_free(point);
        EC_GROUP_free(curve);
        crypto_dh_free(dh);
    }
}

/* RFC 7748, 5: the top bit does not count, and a value beyond the field is taken modulo it. 5.2 has
 * the numbers. */
static void test_curve25519_takes_what_is_not_canonical(void **state)
{
    static const struct {
        const char *private, *peer, *secret;
    } v[] = {
        {"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
         "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
         "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"},
        {"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
         "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
         "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"},
        {"0900000000000000000000000000000000000000000000000000000000000000",
         "0900000000000000000000000000000000000000000000000000000000000000",
         "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"},
        {"0900000000000000000000000000000000000000000000000000000000000000",
         "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p + 9 */
         "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        uint8_t private[32], peer[32], secret[CRYPTO_DH_SECRET_MAX];
        struct crypto_dh *dh;

        (void)hex_read(v[i].private, private, sizeof(private));
        (void)hex_read(v[i].peer, peer, sizeof(peer));
        dh = start(crypto_dh_find(31), crypto_span(private, sizeof(private)));
        assert_int_equal(crypto_dh_finish(dh, crypto_span(peer, sizeof(peer)), secret), 0);
        assert_hex(secret, 32, v[i].secret);
        crypto_dh_free(dh);
    }
}

static void test_curve25519_small_order(void **state)
{
    /* RFC 7748, 6.1 and RFC 8031, 3.1: points of small order make the secret zero. */
    static const char *const bad[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    struct crypto_dh *dh = start_fresh(31);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        uint8_t value[32];

        assert_int_equal(hex_read(bad[i], value, sizeof(value)), sizeof(value));
        assert_refused_by(dh, &fresh, value, sizeof(value));
        value[31] |= 0x80; /* a bit that does not count */
        assert_refused_by(dh, &fresh, value, sizeof(value));
    }
    crypto_dh_free(dh);
}

/* As on Debian 12, whose libcrypto is OpenSSL 3.0: known by name, and not to be had. */
static void test_without_mlkem(void **state)
{
    const struct crypto_dh_group *group = crypto_dh_find(CRYPTO_DH_ML_KEM_768);
    uint8_t value[CRYPTO_DH_PUBLIC_MAX] = {0}, secret[CRYPTO_DH_SECRET_MAX];
    struct crypto_dh *dh = NULL;

    (void)state;
    if (crypto_dh_is_there(group))
        skip();
    assert_int_equal(crypto_dh_start(group, &fresh, &dh), -EIO);
    assert_null(dh);
    assert_int_equal(
        crypto_dh_respond(group, &fresh, crypto_span(value, group->public_len), value, secret),
        -EIO);
}

static void test_unknown_groups(void **state)
{
    static const uint16_t unknown[] = {0, 1, 3, 17, 22, 23, 24, 25, 32, 65535};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
        assert_null(crypto_dh_find(unknown[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_modp_known_answers),
        cmocka_unit_test(test_modp_secret_keeps_leading_zeros),
        cmocka_unit_test(test_fresh_pairs_agree),
        cmocka_unit_test(test_private_values),
        cmocka_unit_test(test_wrong_lengths),
        cmocka_unit_test(test_modp_range),
        cmocka_unit_test(test_ecp_point_must_be_on_the_curve),
        cmocka_unit_test(test_ecp_points_that_look_alike),
        cmocka_unit_test(test_curve25519_takes_what_is_not_canonical),
        cmocka_unit_test(test_curve25519_small_order),
        cmocka_unit_test(test_unknown_groups),
        cmocka_unit_test(test_without_mlkem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
