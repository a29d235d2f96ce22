/* accounts.h - the tokens, users and sessions there are, in memory: what every request looks at.
 * All under the control's auth_lock.
 *
 * Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_ACCOUNTS_H
#define ROPEWAY_CONTROL_ACCOUNTS_H

#include "control_internal.h"

/* A token or user, as stored. */
struct account {
    enum principal_kind kind;
    char id[65];
    char name[PEOPLE_NAME_MAX];
    struct rights rights;
    bool disabled;
    uint64_t expires_us;             /* of a token; since 1970; 0: never */
    uint8_t hash[CRYPTO_SHA256_LEN]; /* of a token; of a user of the link, zero if there is none */
    uint64_t link_until_us;          /* of a user's link */
};

/* A browser that is logged in. */
struct session {
    uint8_t hash[CRYPTO_SHA256_LEN]; /* of the cookie */
    enum principal_kind kind;        /* of whom */
    char id[65];
    uint64_t made_us, until_us; /* since 1970 */
    uint64_t seen_us;           /* since 1970; 0: not since ropewayd started */
};

#define SESSION_IDLE_US (UINT64_C(3600) * 1000000)      /* so long unused it ends */
#define SESSION_LIFE_US (UINT64_C(12 * 3600) * 1000000) /* and so long after the log-in anyway */
#define SESSIONS_MAX    10000

void accounts_done(struct auth *a);
bool accounts_are_in(const char *collection);
/* What the item is from now on; value NULL: it was deleted. -EBADMSG if it cannot be read: then it
 * is not there. */
MUST_USE int accounts_follow(struct auth *a, const char *collection, const char *id,
                             const char *value);

/* NULL if there is none. Lent until the lock is given back. */
const struct account *accounts_find(const struct auth *a, enum principal_kind kind, const char *id);
/* The user whom this link invites; NULL if there is none, or it is too late. */
const struct account *accounts_invited(const struct auth *a, const uint8_t hash[CRYPTO_SHA256_LEN],
                                       uint64_t now_us);
/* Puts the end of the session into b, or of all that somebody has. */
void accounts_end(struct batch *b, const uint8_t hash[CRYPTO_SHA256_LEN]);
void accounts_end_all(struct control *c, enum principal_kind kind, const char *id, struct batch *b);

/* Whether it still lets anybody in. */
bool session_is_alive(const struct session *s, uint64_t now_us);

#endif
