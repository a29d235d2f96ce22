/* seal_internal.h - the keys under which secrets lie at rest: their file, and moving from one to
 * the next.
 *
 * STATE/seal.key, mode 0600, holds one key a line, the current one first:
 *
 *     ropeway-seal-key ID BASE64
 *
 * The first key seals, all of them open. ID is derived from the key and no secret: it names the key
 * in what is sealed, in logs and answers. Two such files in a row are one again. A file of a
 * version before keys had ids is 32 raw bytes, which no file of lines is. */
#ifndef ROPEWAY_CONTROL_SEAL_INTERNAL_H
#define ROPEWAY_CONTROL_SEAL_INTERNAL_H

#include "base.h"
#include "crypto.h"
#include "store.h"

#define SEAL_ID_LEN   12 /* hex */
#define SEAL_KEYS_MAX 16
#define SEAL_FILE_MAX 2048 /* bytes; what is longer is not read */

struct seal_key {
    uint8_t key[CRYPTO_SEAL_KEY_LEN];
    char id[SEAL_ID_LEN + 1];
};

/* Zero-initialise; wipe it when done. */
struct seal_ring {
    struct seal_key keys[SEAL_KEYS_MAX];
    size_t count;
};

/* ---- rings (seal_ring.c) ---- */

void seal_ring_wipe(struct seal_ring *ring);
MUST_USE int seal_key_from(const uint8_t key[CRYPTO_SEAL_KEY_LEN], struct seal_key *ret);
MUST_USE int seal_key_make(struct seal_key *ret);
/* Borrowed; NULL if it is not there. id need not be terminated but has SEAL_ID_LEN bytes. */
const struct seal_key *seal_ring_find(const struct seal_ring *ring, const char *id);
/* Puts it first, wherever it was; or last, unless it is there. -ENOSPC: SEAL_KEYS_MAX are. */
MUST_USE int seal_ring_lead(struct seal_ring *ring, const struct seal_key *key);
MUST_USE int seal_ring_follow(struct seal_ring *ring, const struct seal_key *key);
/* What a file holds. A key that stands there twice counts once. -EBADMSG. */
MUST_USE int seal_ring_parse(const uint8_t *data, size_t len, struct seal_ring *ret);
/* What is written to one; a secret. */
MUST_USE int seal_ring_print(const struct seal_ring *ring, struct buf *ret);
/* Reads the file at path; says in the log what is wrong, but for -ENOENT, and warns of a mode that
 * lets others read it. */
MUST_USE int seal_ring_load(const char *path, struct seal_ring *ret);
/* Replaces it, all or nothing, durably. */
MUST_USE int seal_ring_save(const char *path, const struct seal_ring *ring);
/* That of a state directory, made with one key if it is missing; state_dir NULL: in memory. */
MUST_USE int seal_ring_open(const char *state_dir, struct seal_ring *ret);
MUST_USE int seal_ring_path(const char *state_dir, char *ret, size_t size);

/* ---- sealed texts (secrets.c) ---- */

#define SEAL_WHY_MAX 128

/* "sealed:ID:BASE64"; place is what it is bound to. The result is the caller's: secrets_free(). */
MUST_USE int secrets_seal_text(const struct seal_ring *ring, const char *place, const char *clear,
                               char **ret);
/* Also of "sealed:BASE64", as it was before keys had ids: any key may open that. -ENOKEY: its key
 * is not in the ring; -EBADMSG: it does not open with it, or with any. */
MUST_USE int secrets_open_text(const struct seal_ring *ring, const char *place, const char *sealed,
                               char **ret);
/* The same for the field of a resource; for model_env, whose user is the struct seal_ring. */
MUST_USE int secrets_seal(void *ring, const char *id, const char *field, const char *clear,
                          char **ret);
MUST_USE int secrets_open(void *ring, const char *id, const char *field, const char *sealed,
                          char **ret);
/* The id of the key that it says it was sealed under; "" if it says none. */
void secrets_key_of(const char *sealed, char ret[SEAL_ID_LEN + 1]);
/* For logs: why it did not open. */
const char *secrets_why(const char *sealed, int error, char ret[SEAL_WHY_MAX]);
/* Wipes and frees; NULL is fine. */
void secrets_free(char *text);
/* What a secret of a resource is bound to, so that it opens nowhere else. */
#define SEAL_PLACE_MAX (2 * STORE_NAME_MAX + 2)
const char *secrets_place(const char *id, const char *field, char ret[SEAL_PLACE_MAX]);

#endif
