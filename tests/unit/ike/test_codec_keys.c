/* Key derivation and AUTH, against values computed in Python (hmac, hashlib) from the formulas of
 * RFC 7296, 2.13 - 2.18 and 2.23. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ike_message.h"

#include "../hex.h"

#define SPI_I UINT64_C(0x0102030405060708)
#define SPI_R UINT64_C(0xa1a2a3a4a5a6a7a8)

/* All keying material in the order in which it is cut. The rekeyed SA replaces one with PRF SHA-256
 * and the SK_d of counting(0x33, 32). */
static const struct vector {
    const char *prf, *encr, *integ;
    const char *first, *rekeyed, *child, *child_pfs, *auth;
} vectors[] = {{"sha256", "aes128", "sha256",
                .first = "ca1b7312930542dde885cac6d938fee718abf534542c8a0352841a936f1d7729"
                         "b7ad68b1f1d594f32043e38ec817a8bdb26724473cbe9011bc7689f1da9b5ac5"
                         "796ddc6f1f47758fed99f078fedac21ec116d3e2e8cf62545af8aaa56731411b"
                         "b3974c2ff83c910588c87094d5e909a99f9598f1603530c344d17f5dd57b4cde"
                         "0b1b83c09ad990d3e9a52b5551d912282b96d676260203329cce0a305df9da9c"
                         "4e0735f1133001bb32dd770c4cdffcfe72a7c93ccb51f0cb803379083c8a2277",
                .rekeyed = "957e29c93df2b41b8e5e5250554712bfdde3657ff74daa5fc5c6e2dfdd7dd1f0"
                           "dbedb68dba033ed23708256f4f04955840c5adfd5770126192546f553364e315"
                           "08a441f833a5e871a164c488d1a54e28d07c889f4bc381de8a4ea3919f49e86f"
                           "25325c1b8044e68d31cb585cb575c91ab732ac9e5e3ca8567b788371f11a2aca"
                           "2f2158bba26ba7fef7bda94d4f956c82d354a048cd0b1871875eb2b57d92ee67"
                           "9b0d48242722ebd29c4b68b98dd5cf2929dde4a51a3f69c3b2f5d1f6e0377ffa",
                .child = "df9e5f5a0951f34d4e8eae25c593ab62f7b02b2973b5e679ebc6d8380f377bc6"
                         "db8ae3fe3296e8cb99a02f02510e1c743f10ab8874697d84b9baa6f391248381"
                         "1ddb857b09c76c3152854f7db4eaf088beaa924555c581e76dd39f2c8d23d4f8",
                .child_pfs = "953da9eb21f97f2fc99f5d97ef003beeaead45c3b7f810b69a1cf81c3ac82af1"
                             "4a0d605a475b704608ddb3f5f371c28e8b48833ef4802bbb185c5c2359694265"
                             "ce9f73436ee2b623d5fccd7a805da6e847fe5c8777726a41fbbad4bc0357feba",
                .auth = "117d0b021325eeaf53661b009932a8b5d6d6c8967f8e05daa6b00aef8ec4867c"},
               {"sha512", "aes256gcm16", NULL,
                .first = "0e38778f0bfddd982c07657fb755621e347142d193cf5c15857daa72a9d8484d"
                         "4c5d6b3776674bcbb446299fde3c85ae98ec269a7fe94945371254e9aec5accc"
                         "315db81ee77922467d27aa9250c0c88b19e2f9e86a843d163d57ad54307caac1"
                         "30c8ebe9f89d2256cc216c347555f3adbacb42b0c72774c20174dd613bb224da"
                         "7bcedd697adce6201a255124fe6752b2b674f3e3b0e56665ab9fc2e986a164e0"
                         "cc1ee28a7377cc57ae4713a5d8a1787e19110884997db61c8621773d81454338"
                         "cfa5abb05b2a07afc253b607c8e0dd0057950af3e8d9fe3ff48013142a5a3570"
                         "20a06396e16bce7845120a0ddd20361fde91fb594182f3df20ef2c8ad7016df7"
                         "b6f9b2e922b12a23",
                .rekeyed = "2929a246642adb29052fa6c2cabace87323695115c1217fc643c023b07e9426d"
                           "989239f9bfed816b5b7099403309a251df129bafbbff66a409f24169b180c233"
                           "ea91c132c552f37f812287cc17621f87c70892936bd93ee314dc11429fbd08fa"
                           "0b69371d0109afdd80d60ef0c263cfa2b81cde344c172d9e47ffba8e6a94025d"
                           "85326f9da2f060bd1a76fec0b5f5662c64e1e25543d1cbc5226ee1e88c825ded"
                           "9630466c2f091aaa1a2f2ca0cbe6fe84a14a9da740892d285d21a94a48e9d1de"
                           "dcded7d6fc2e07bbabba77479d9f2adc0dd6d84a95ff32bdbfc726b1092220d2"
                           "81d25d0712decaf9ec1b43ef4f1187818b8bbfc2dfcf81ac09c2486c657e44aa"
                           "dd7eed2bfb6ee72b",
                .child = "c85f7636885ac8db7ed1ffd74fd5fd245fad9e8b3e14f99aa4da292fd2ffdccf"
                         "22defedf6b22fce23eafa8877210c8dd5c3d60c8b2c39af36eb8c2d2b1425da1"
                         "e4fe25e9015c99bc",
                .child_pfs = "f4304e6e4b4f2a0930a3873a68c8a0a5e923bd8054119ef293614c29d1664fa2"
                             "97ec7df4d39a104fc25b0122b07e0a094cdb97d9c675e18ad061bcc734bfefaa"
                             "513e6116f74ea2c2",
                .auth = "5160c99d402c00173d26d5c53424479a38e2618fae7bdd75689f4bb31ae75866"
                        "66088156a403a6d577a7606a8cbace9ffa34ba0babe90eeed7fe8122024b151c"},
               {"sha1", "aes256", "sha1",
                .first = "ee1fa82d81bce159c884a54cb438445f710f287c9fba65f85fa3d3d701aef615"
                         "0328b2581c856d5cbe1e81c2b50cf64aa395f021c197e741055d7b9464e9cc95"
                         "e3cab26a5a8949c13923842584962889ebe0b5920afc65f57026d209de48fb15"
                         "22be9f20fbbf46d508c870859555069e2f70b73e95b779aa6b1a4db3fbfb5711"
                         "1671c163ba8e566e63c2857e37994b7edec3f64423cddf800e5db1bf2f6fc2a6"
                         "da1cbd9d",
                .rekeyed = "7804f48f3737cf48d63e5f7cf4724a4e275b98e4b5ea5ce71baba322d0f7686a"
                           "3602e1f09db223df13ade9a8d322918f41e6da33fc41c1996963c4e4e56cb340"
                           "3cccb7224e8f0cd4e551e2b216168a1ebbc418d3a1a853481678b286f99d7881"
                           "f98073f65a7838fbad1e26e86ae3a0bb3d21c2a76e572013870d8748ba3fab5e"
                           "fa666d3bda19f4970db55dc820f7721a128b1fa8e30d7894968dec44fb198f3f"
                           "4ba45f08",
                .child = "45834551bd9a44c878cec1469a33f5ba4f611981a1be1812467fd29135f4ed38"
                         "3fda2dbb8923c5cd02a0818f2c613ecb42e2238f92cae34b8748e8de55b3ebcf"
                         "bfd80f2865f0ef93d9b841c2ba5cf263e843b009c42b31b2fe381c80a4381377"
                         "4593fe65df10ad46",
                .child_pfs = "5fb670262d2a584e2d88fdd8c63dedeb107bb84949f3a4533dc1a14c9f1472c8"
                             "a9be7563aba275d91e080c6016fa1b8ddd33b5a5184454d4cab79fcf310738af"
                             "22b7c6f1c116e43e9da3e1080b2c0e051209e529d6cda8d4f820b0bfaa3db7d8"
                             "5495214392d484a0",
                .auth = "d9a974d83e0ec537ead4d2a8e5576102f0e530bf"}};

static uint8_t nonce_i[32], nonce_r[48], secret[256];

static struct crypto_span counting(uint8_t *store, uint8_t from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        store[i] = (uint8_t)(from + i);
    return crypto_span(store, len);
}

static struct ike_key_input input(void)
{
    return (struct ike_key_input){.secret = counting(secret, 1, sizeof(secret)),
                                  .nonce_i = counting(nonce_i, 0x10, sizeof(nonce_i)),
                                  .nonce_r = counting(nonce_r, 0x80, sizeof(nonce_r)),
                                  .spi_i = SPI_I,
                                  .spi_r = SPI_R};
}

static struct ike_algs algs_of(const struct vector *v)
{
    return (struct ike_algs){.encr = crypto_encr_by_name(v->encr),
                             .integ = v->integ ? crypto_integ_by_name(v->integ) : NULL,
                             .prf = crypto_prf_by_name(v->prf)};
}

static void assert_keys(const struct ike_algs *algs, const struct ike_keys *keys, const char *want)
{
    uint8_t all[sizeof(*keys)];
    size_t n = 0, prf = algs->prf->len, integ = algs->integ ? algs->integ->key_len : 0;
    size_t encr = crypto_encr_material(algs->encr);
    const struct {
        const uint8_t *from;
        size_t len;
    } order[] = {{keys->d, prf},   {keys->ai, integ}, {keys->ar, integ}, {keys->ei, encr},
                 {keys->er, encr}, {keys->pi, prf},   {keys->pr, prf}};

    for (size_t i = 0; i < ARRAY_SIZE(order); n += order[i++].len)
        memcpy(all + n, order[i].from, order[i].len);
    assert_hex(all, n, want);
}

static void test_ike_keys(void **state)
{
    uint8_t old_d[32];

    (void)state;
    (void)counting(old_d, 0x33, sizeof(old_d));
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        struct ike_algs algs = algs_of(&vectors[i]);
        struct ike_key_input in = input();
        struct ike_keys keys;

        assert_int_equal(ike_derive_keys(&algs, &in, &keys), 0);
        assert_keys(&algs, &keys, vectors[i].first);
        assert_int_equal(ike_derive_rekeyed(&algs, &in, crypto_prf_by_name("sha256"), old_d, &keys),
                         0);
        assert_keys(&algs, &keys, vectors[i].rekeyed);
    }
}

static void test_child_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        struct ike_algs algs = algs_of(&vectors[i]);
        struct ike_key_input in = input();
        size_t encr = crypto_encr_material(algs.encr);
        size_t integ = algs.integ ? algs.integ->key_len : 0;
        struct ike_keys keys;

        assert_int_equal(ike_derive_keys(&algs, &in, &keys), 0);
        for (int pfs = 0; pfs < 2; pfs++) {
            struct crypto_span g = pfs ? in.secret : crypto_span(NULL, 0);
            struct ike_child_keys child;
            uint8_t all[sizeof(child)];

            assert_int_equal(ike_derive_child(algs.prf, keys.d, g, in.nonce_i, in.nonce_r,
                                              crypto_span(NULL, 0), algs.encr, algs.integ, &child),
                             0);
            memcpy(all, child.encr_i, encr);
            memcpy(all + encr, child.integ_i, integ);
            memcpy(all + encr + integ, child.encr_r, encr);
            memcpy(all + 2 * encr + integ, child.integ_r, integ);
            assert_hex(all, 2 * (encr + integ), pfs ? vectors[i].child_pfs : vectors[i].child);
        }
    }
}

static void test_psk_auth(void **state)
{
    struct crypto_span psk = crypto_span("a very secret key", 17);
    struct crypto_span message = crypto_span("the whole IKE_SA_INIT message", 29);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        struct ike_algs algs = algs_of(&vectors[i]);
        struct ike_key_input in = input();
        struct ike_id id = {.type = IKE_ID_FQDN, .data = crypto_span("gw.example.org", 14)};
        uint8_t auth[CRYPTO_PRF_MAX], other[CRYPTO_PRF_MAX];
        struct ike_keys keys;

        assert_int_equal(ike_derive_keys(&algs, &in, &keys), 0);
        assert_int_equal(
            ike_psk_auth(algs.prf, psk,
                         &(struct ike_auth_input){message, in.nonce_r, keys.pi, {NULL, 0}}, &id,
                         auth),
            0);
        assert_hex(auth, algs.prf->len, vectors[i].auth);

        /* Each thing it covers matters, the reserved bytes of the ID payload too. */
        id.reserved[2] = 1;
        assert_int_equal(
            ike_psk_auth(algs.prf, psk,
                         &(struct ike_auth_input){message, in.nonce_r, keys.pi, {NULL, 0}}, &id,
                         other),
            0);
        assert_memory_not_equal(auth, other, algs.prf->len);
        id.reserved[2] = 0;
        id.type = IKE_ID_KEY_ID;
        assert_int_equal(
            ike_psk_auth(algs.prf, psk,
                         &(struct ike_auth_input){message, in.nonce_r, keys.pi, {NULL, 0}}, &id,
                         other),
            0);
        assert_memory_not_equal(auth, other, algs.prf->len);
        id.type = IKE_ID_FQDN;
        assert_int_equal(
            ike_psk_auth(algs.prf, psk,
                         &(struct ike_auth_input){message, in.nonce_i, keys.pi, {NULL, 0}}, &id,
                         other),
            0);
        assert_memory_not_equal(auth, other, algs.prf->len);
        assert_int_equal(
            ike_psk_auth(algs.prf, psk,
                         &(struct ike_auth_input){message, in.nonce_r, keys.pr, {NULL, 0}}, &id,
                         other),
            0);
        assert_memory_not_equal(auth, other, algs.prf->len);
    }
}

static void test_nonces_have_a_limit(void **state)
{
    static uint8_t long_nonce[IKE_NONCE_MAX + 1];
    struct ike_algs algs = algs_of(&vectors[0]);
    struct ike_key_input in = input();
    struct ike_keys keys, zero;

    (void)state;
    in.nonce_r = crypto_span(long_nonce, sizeof(long_nonce));
    memset(&zero, 0, sizeof(zero));
    memset(&keys, 0xee, sizeof(keys));
    assert_int_equal(ike_derive_keys(&algs, &in, &keys), -EINVAL);
    assert_memory_equal(&keys, &zero, sizeof(keys));
    in.nonce_i = in.nonce_r = crypto_span(long_nonce, IKE_NONCE_MAX);
    assert_int_equal(ike_derive_keys(&algs, &in, &keys), 0);
}

static void test_nat_hash(void **state)
{
    static const struct {
        const char *addr;
        uint16_t port;
        uint64_t spi_r;
        const char *hash;
    } v[] = {
        {"192.0.2.7", 4500, SPI_R, "710155b6c4deb0f8d83fd83c6028f1f3840f420f"},
        {"2001:db8::1", 500, 0, "7fa12a60a3a27ef1b3fed26cc6d5b8fbf553292f"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        struct endpoint ep = {.port = v[i].port};
        uint8_t hash[CRYPTO_SHA1_LEN];

        assert_int_equal(addr_parse(v[i].addr, &ep.addr), 0);
        assert_int_equal(ike_nat_hash(SPI_I, v[i].spi_r, &ep, hash), 0);
        assert_hex(hash, sizeof(hash), v[i].hash);
    }
}

/* RFC 9242, 3.3.2, octet by octet: the header with the length of all that is not an IV, padding or
 * checksum, the generic header of SK with its own, the payloads. */
static void test_int_auth(void **state)
{
    static const uint8_t covered[] = {
        1,    2,    3,    4,           5, 6,  7, 8, /* SPI of the initiator */
        9,    9,    9,    9,           9, 9,  9, 9, /* and of the responder */
        46,   0x20, 43,   0x08,        0, 0,  0, 1,
        0,    0,    0,    28 + 4 + 12, /* SK; message 1; its length */
        34,   0,    0,    4 + 12,      /* KE is first */
        0,    0,    0,    12,          0, 20, 0, 0,
        0xde, 0xad, 0xbe, 0xef}; /* of group 20 */
    const struct crypto_prf *prf = crypto_prf_find(CRYPTO_PRF_SHA2_256);
    struct ike_header hdr = {.spi_i = UINT64_C(0x0102030405060708),
                             .spi_r = UINT64_C(0x0909090909090909),
                             .next_payload = IKE_PAYLOAD_SKF, /* it came in fragments */
                             .version = 0x20,
                             .exchange = IKE_EXCHANGE_INTERMEDIATE,
                             .flags = IKE_FLAG_INITIATOR,
                             .message_id = 1,
                             .length = 1236};
    struct crypto_span payloads = crypto_span(covered + 32, 12);
    uint8_t key[32], one[32], two[32], want[32], chain[32 + sizeof(covered)];
    struct crypto_span all = crypto_span(covered, sizeof(covered));

    (void)state;
    memset(key, 0x17, sizeof(key));
    assert_int_equal(
        ike_int_auth(prf, key, crypto_span(NULL, 0), &hdr, IKE_PAYLOAD_KE, payloads, one), 0);
    assert_int_equal(crypto_prf(prf, crypto_span(key, 32), &all, 1, want), 0);
    assert_memory_equal(one, want, 32);

    /* What came before goes in front. */
    assert_int_equal(
        ike_int_auth(prf, key, crypto_span(one, 32), &hdr, IKE_PAYLOAD_KE, payloads, two), 0);
    memcpy(chain, one, 32);
    memcpy(chain + 32, covered, sizeof(covered));
    all = crypto_span(chain, sizeof(chain));
    assert_int_equal(crypto_prf(prf, crypto_span(key, 32), &all, 1, want), 0);
    assert_memory_equal(two, want, 32);
}

/* RFC 9370, 2.2.4, by hand: the secrets of the additional exchanges stand behind the nonces. What
 * comes first of prf+ is SK_d, and the key of the initiator. */
static void test_more_secrets(void **state)
{
    const struct crypto_prf *prf = crypto_prf_find(CRYPTO_PRF_SHA2_256);
    struct ike_algs algs = {.encr = crypto_encr_find(CRYPTO_ENCR_AES_GCM_16, 128), .prf = prf};
    static const uint8_t old_d[32] = {4, 5, 6};
    static const char seeds[] = "g^ir|nonce-of-i|nonce-of-r|SK(1)SK(2)", one[] = {1};
    struct ike_key_input in = {.secret = crypto_span(seeds, 5),
                               .nonce_i = crypto_span(seeds + 5, 11),
                               .nonce_r = crypto_span(seeds + 16, 11),
                               .more = crypto_span(seeds + 27, 10),
                               .spi_i = UINT64_C(0x4141414141414141),
                               .spi_r = UINT64_C(0x4242424242424242)};
    struct crypto_span all = crypto_span(seeds, sizeof(seeds) - 1);
    struct crypto_span first[] = {in.nonce_i, in.nonce_r, crypto_span("AAAAAAAABBBBBBBB", 16),
                                  crypto_span(one, 1)};
    struct crypto_span keymat[] = {all, crypto_span(one, 1)};
    uint8_t seed[32], want[32];
    struct ike_keys keys;
    struct ike_child_keys child;

    (void)state;
    assert_int_equal(ike_derive_rekeyed(&algs, &in, prf, old_d, &keys), 0);
    assert_int_equal(crypto_prf(prf, crypto_span(old_d, 32), &all, 1, seed), 0);
    assert_int_equal(crypto_prf(prf, crypto_span(seed, 32), first, ARRAY_SIZE(first), want), 0);
    assert_memory_equal(keys.d, want, 32);

    assert_int_equal(ike_derive_child(prf, old_d, in.secret, in.nonce_i, in.nonce_r, in.more,
                                      algs.encr, NULL, &child),
                     0);
    assert_int_equal(crypto_prf(prf, crypto_span(old_d, 32), keymat, ARRAY_SIZE(keymat), want), 0);
    assert_memory_equal(child.encr_i, want, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ike_keys), cmocka_unit_test(test_child_keys),
        cmocka_unit_test(test_psk_auth), cmocka_unit_test(test_nonces_have_a_limit),
        cmocka_unit_test(test_nat_hash), cmocka_unit_test(test_more_secrets),
        cmocka_unit_test(test_int_auth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
