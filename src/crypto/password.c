#include "crypto_internal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

/* scrypt (RFC 7914). What is kept says with which cost it was made, so that a later version may ask
 * for more: "scrypt$LOG2N$R$P$SALT$HASH", the last two in base64. */

#define LOG2_N     15 /* 32 MiB with R */
#define LOG2_N_MAX 20
#define R          8
#define P          1
#define R_MAX      32
#define P_MAX      16
#define SALT_LEN   16
#define HASH_LEN   32
#define MEMORY_MAX (UINT64_C(1) << 30)

struct cost {
    unsigned log2_n, r, p;
};

static int derive(struct crypto_span password, const uint8_t salt[SALT_LEN],
                  const struct cost *cost, uint8_t ret[HASH_LEN])
{
    /* libcrypto asks for the text even if it is empty. */
    const char *text = password.len ? (const char *)password.data : "";

    return EVP_PBE_scrypt(text, password.len, salt, SALT_LEN, UINT64_C(1) << cost->log2_n, cost->r,
                          cost->p, MEMORY_MAX, ret, HASH_LEN) == 1
               ? 0
               : -EIO;
}

int crypto_password_hash(struct crypto_span password, char ret[CRYPTO_PASSWORD_MAX])
{
    const struct cost cost = {LOG2_N, R, P};
    uint8_t salt[SALT_LEN], hash[HASH_LEN];
    char salt_text[4 * SALT_LEN], hash_text[4 * HASH_LEN];
    int r = RAND_bytes(salt, sizeof(salt)) == 1 ? derive(password, salt, &cost, hash) : -EIO;

    if (r < 0)
        return r;
    EVP_EncodeBlock((uint8_t *)salt_text, salt, sizeof(salt));
    EVP_EncodeBlock((uint8_t *)hash_text, hash, sizeof(hash));
    crypto_wipe(hash, sizeof(hash));
    return text_printf(ret, CRYPTO_PASSWORD_MAX, "scrypt$%u$%u$%u$%s$%s", cost.log2_n, cost.r,
                       cost.p, salt_text, hash_text);
}

/* The next field, up to '$' or the end, as a number from 1 to max. */
static int take_number(const char **pos, unsigned max, unsigned *ret)
{
    size_t len = strcspn(*pos, "$");
    char text[8];
    uint64_t n;

    if (len == 0 || len >= sizeof(text) || (*pos)[len] != '$')
        return -EBADMSG;
    memcpy(text, *pos, len);
    text[len] = 0;
    if (text_parse_u64(text, max, &n) < 0 || n == 0)
        return -EBADMSG;
    *ret = (unsigned)n;
    *pos += len + 1;
    return 0;
}

/* The next field as exactly size bytes in base64. */
static int take_bytes(const char **pos, uint8_t *ret, size_t size)
{
    uint8_t bytes[4 * HASH_LEN];
    size_t len = strcspn(*pos, "$"), wanted = 4 * ((size + 2) / 3);

    if (len != wanted ||
        EVP_DecodeBlock(bytes, (const uint8_t *)*pos, (int)len) != (int)(3 * wanted / 4))
        return -EBADMSG;
    memcpy(ret, bytes, size);
    *pos += len;
    return 0;
}

int crypto_password_check(struct crypto_span password, const char *stored)
{
    uint8_t salt[SALT_LEN], wanted[HASH_LEN], hash[HASH_LEN];
    const char *pos = stored;
    struct cost cost;
    int r;

    if (!text_starts_with(pos, "scrypt$"))
        return -EBADMSG;
    pos += strlen("scrypt$");
    if (take_number(&pos, LOG2_N_MAX, &cost.log2_n) < 0 || take_number(&pos, R_MAX, &cost.r) < 0 ||
        take_number(&pos, P_MAX, &cost.p) < 0 || take_bytes(&pos, salt, sizeof(salt)) < 0 ||
        *pos++ != '$' || take_bytes(&pos, wanted, sizeof(wanted)) < 0 || *pos)
        return -EBADMSG;
    r = derive(password, salt, &cost, hash);
    if (r == 0 && !mem_equal_ct(hash, wanted, sizeof(hash)))
        r = -EACCES;
    crypto_wipe(hash, sizeof(hash));
    return r;
}
