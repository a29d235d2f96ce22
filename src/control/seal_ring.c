#include "seal_internal.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The keys that secrets lie sealed under, and their file (seal_internal.h). */

#define LINE_START "ropeway-seal-key "
#define START_LEN  (sizeof(LINE_START) - 1)
#define BASE64_LEN 44 /* of a key */
#define LINE_LEN   (START_LEN + SEAL_ID_LEN + 1 + BASE64_LEN + 1)

static_assert(SEAL_KEYS_MAX * LINE_LEN <= SEAL_FILE_MAX, "a full ring fits into its file");
static_assert(LINE_LEN > CRYPTO_SEAL_KEY_LEN, "no file of lines is as long as a raw key");

void seal_ring_wipe(struct seal_ring *ring)
{
    crypto_wipe(ring, sizeof(*ring));
}

int seal_key_from(const uint8_t key[CRYPTO_SEAL_KEY_LEN], struct seal_key *ret)
{
    static const char purpose[] = "ropeway seal key id";
    struct crypto_span part = crypto_span(purpose, sizeof(purpose) - 1);
    uint8_t digest[CRYPTO_SHA256_LEN];
    int r = crypto_prf(crypto_prf_find(CRYPTO_PRF_SHA2_256), crypto_span(key, CRYPTO_SEAL_KEY_LEN),
                       &part, 1, digest);

    if (r < 0)
        return r;
    memcpy(ret->key, key, CRYPTO_SEAL_KEY_LEN);
    for (size_t i = 0; i < SEAL_ID_LEN / 2; i++)
        snprintf(ret->id + 2 * i, 3, "%02x", digest[i]);
    return 0;
}

int seal_key_make(struct seal_key *ret)
{
    uint8_t key[CRYPTO_SEAL_KEY_LEN];
    int r;

    random_bytes(key, sizeof(key));
    r = seal_key_from(key, ret);
    crypto_wipe(key, sizeof(key));
    return r;
}

const struct seal_key *seal_ring_find(const struct seal_ring *ring, const char *id)
{
    for (size_t i = 0; i < ring->count; i++) {
        if (strncmp(ring->keys[i].id, id, SEAL_ID_LEN) == 0)
            return &ring->keys[i];
    }
    return NULL;
}

int seal_ring_follow(struct seal_ring *ring, const struct seal_key *key)
{
    if (seal_ring_find(ring, key->id))
        return 0;
    if (ring->count == SEAL_KEYS_MAX)
        return -ENOSPC;
    ring->keys[ring->count++] = *key;
    return 0;
}

int seal_ring_lead(struct seal_ring *ring, const struct seal_key *key)
{
    struct seal_ring led = {.keys = {*key}, .count = 1};
    int r = 0;

    for (size_t i = 0; r == 0 && i < ring->count; i++)
        r = seal_ring_follow(&led, &ring->keys[i]);
    if (r == 0)
        *ring = led;
    seal_ring_wipe(&led);
    return r;
}

/* ---- the file ---- */

/* Only the one text that seal_ring_print() would write for these bytes. */
static int decode_key(const char text[BASE64_LEN], uint8_t ret[CRYPTO_SEAL_KEY_LEN])
{
    uint8_t bytes[BASE64_LEN / 4 * 3], again[BASE64_LEN + 1];
    int r = EVP_DecodeBlock(bytes, (const uint8_t *)text, BASE64_LEN) == (int)sizeof(bytes)
                ? 0
                : -EBADMSG;

    if (r == 0) {
        EVP_EncodeBlock(again, bytes, CRYPTO_SEAL_KEY_LEN);
        r = mem_equal_ct(again, text, BASE64_LEN) ? 0 : -EBADMSG;
    }
    if (r == 0)
        memcpy(ret, bytes, CRYPTO_SEAL_KEY_LEN);
    crypto_wipe(bytes, sizeof(bytes));
    crypto_wipe(again, sizeof(again));
    return r;
}

/* The id must be that of the key: so a damaged one is noticed. */
static int parse_line(const char line[LINE_LEN], struct seal_key *ret)
{
    const char *id = line + START_LEN, *base64 = id + SEAL_ID_LEN + 1;
    uint8_t key[CRYPTO_SEAL_KEY_LEN];
    int r = -EBADMSG;

    if (memcmp(line, LINE_START, START_LEN) == 0 && id[SEAL_ID_LEN] == ' ' &&
        line[LINE_LEN - 1] == '\n' && decode_key(base64, key) == 0)
        r = seal_key_from(key, ret);
    if (r == 0 && memcmp(ret->id, id, SEAL_ID_LEN) != 0)
        r = -EBADMSG;
    crypto_wipe(key, sizeof(key));
    return r;
}

static int parse_lines(const char *data, size_t len, struct seal_ring *ring)
{
    struct seal_key key = {0};
    int r = len % LINE_LEN ? -EBADMSG : 0;

    for (size_t at = 0; r == 0 && at < len; at += LINE_LEN) {
        r = parse_line(data + at, &key);
        if (r == 0)
            r = seal_ring_follow(ring, &key);
    }
    crypto_wipe(&key, sizeof(key));
    return r == -ENOSPC ? -EBADMSG : r;
}

int seal_ring_parse(const uint8_t *data, size_t len, struct seal_ring *ret)
{
    struct seal_ring ring = {.count = 0};
    int r;

    if (len == 0 || len > SEAL_FILE_MAX)
        return -EBADMSG;
    if (len == CRYPTO_SEAL_KEY_LEN) {
        ring.count = 1;
        r = seal_key_from(data, &ring.keys[0]);
    } else {
        r = parse_lines((const char *)data, len, &ring);
    }
    if (r == 0)
        *ret = ring;
    seal_ring_wipe(&ring);
    return r;
}

int seal_ring_print(const struct seal_ring *ring, struct buf *ret)
{
    char base64[BASE64_LEN + 1];

    for (size_t i = 0; i < ring->count; i++) {
        EVP_EncodeBlock((uint8_t *)base64, ring->keys[i].key, CRYPTO_SEAL_KEY_LEN);
        buf_printf(ret, LINE_START "%s %s\n", ring->keys[i].id, base64);
    }
    crypto_wipe(base64, sizeof(base64));
    return ret->failed ? -ENOMEM : 0;
}

static void warn_of_readers(const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && (st.st_mode & 077))
        log_warn("%s can be read by others than its owner (mode %04o): chmod 600", path,
                 (unsigned)st.st_mode & 07777);
}

int seal_ring_load(const char *path, struct seal_ring *ret)
{
    struct buf b = {0};
    int r = file_read(path, SEAL_FILE_MAX, &b);

    if (r == 0)
        r = seal_ring_parse(b.data, b.len, ret);
    else if (r == -EFBIG)
        r = -EBADMSG;
    buf_wipe(&b);
    if (r == 0)
        warn_of_readers(path);
    else if (r == -EBADMSG)
        log_error("%s: neither 32 bytes nor lines of 1 to %d keys that are whole", path,
                  SEAL_KEYS_MAX);
    else if (r != -ENOENT)
        log_error("%s: %s", path, strerror(-r));
    return r;
}

int seal_ring_save(const char *path, const struct seal_ring *ring)
{
    struct buf b = {0};
    int r = seal_ring_print(ring, &b);

    if (r == 0)
        r = file_write_atomic(path, b.data, b.len, 0600);
    buf_wipe(&b);
    if (r < 0)
        log_error("%s: %s", path, strerror(-r));
    return r;
}

int seal_ring_path(const char *state_dir, char *ret, size_t size)
{
    return snprintf(ret, size, "%s/seal.key", state_dir) < (int)size ? 0 : -ENAMETOOLONG;
}

static int make_ring(struct seal_ring *ret)
{
    struct seal_ring ring = {.count = 1};
    int r = seal_key_make(&ring.keys[0]);

    if (r == 0)
        *ret = ring;
    seal_ring_wipe(&ring);
    return r;
}

int seal_ring_open(const char *state_dir, struct seal_ring *ret)
{
    char path[PATH_MAX];
    int r;

    if (!state_dir)
        return make_ring(ret);
    r = seal_ring_path(state_dir, path, sizeof(path));
    if (r == 0)
        r = seal_ring_load(path, ret);
    if (r != -ENOENT)
        return r;
    r = make_ring(ret);
    return r < 0 ? r : seal_ring_save(path, ret);
}
