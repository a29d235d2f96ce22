#include "control_internal.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* Tokens are 256-bit random texts, so a plain hash is enough to keep them at rest. All of them are
 * compared each time, in constant time. */

#define ADMIN_TOKEN_CHARS 48 /* of base32 after the prefix */

void auth_done(struct auth *a)
{
    free(a->tokens);
    crypto_wipe(a->admin_token, sizeof(a->admin_token));
    *a = (struct auth){0};
}

static int hash(const char *text, size_t len, uint8_t ret[CRYPTO_SHA256_LEN])
{
    struct crypto_span part = crypto_span(text, len);

    return crypto_sha256(&part, 1, ret);
}

void auth_hex(const uint8_t digest[CRYPTO_SHA256_LEN], char ret[2 * CRYPTO_SHA256_LEN + 1])
{
    for (size_t i = 0; i < CRYPTO_SHA256_LEN; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

int auth_hash_hex(const char *text, char ret[2 * CRYPTO_SHA256_LEN + 1])
{
    uint8_t digest[CRYPTO_SHA256_LEN];
    int r = hash(text, strlen(text), digest);

    if (r == 0)
        auth_hex(digest, ret);
    return r;
}

static int add_hash(struct auth *a, const uint8_t digest[CRYPTO_SHA256_LEN],
                    const struct principal *who)
{
    struct auth_token *tokens = realloc(a->tokens, (a->count + 1) * sizeof(*tokens));

    if (!tokens)
        return -ENOMEM;
    a->tokens = tokens;
    memcpy(tokens[a->count].hash, digest, CRYPTO_SHA256_LEN);
    tokens[a->count++].who = *who;
    return 0;
}

/* Forgets a node token. */
static void forget(struct auth *a, const char *region, const char *id)
{
    size_t kept = 0;

    for (size_t i = 0; i < a->count; i++) {
        const struct principal *p = &a->tokens[i].who;

        if (p->kind != PRINCIPAL_TOKEN || strcmp(p->region, region) != 0 || strcmp(p->id, id) != 0)
            a->tokens[kept++] = a->tokens[i];
    }
    a->count = kept;
}

static int add_admin(struct auth *a)
{
    struct principal admin = {.kind = PRINCIPAL_ADMIN, .id = "admin"};
    uint8_t digest[CRYPTO_SHA256_LEN];
    int r = hash(a->admin_token, strlen(a->admin_token), digest);

    return r < 0 ? r : add_hash(a, digest, &admin);
}

/* Reads the token from the file, or makes both. */
static int load_admin_token(struct auth *a, const char *state_dir)
{
    char path[PATH_MAX];
    struct buf b = {0};
    int r = -ENOENT;

    if (state_dir) {
        if (snprintf(path, sizeof(path), "%s/admin.token", state_dir) >= (int)sizeof(path))
            return -ENAMETOOLONG;
        r = file_read(path, 4096, &b);
    }
    if (r == 0) {
        while (b.len && isspace(b.data[b.len - 1]))
            b.data[--b.len] = 0;
        if (b.len < 16 || b.len >= sizeof(a->admin_token) || memchr(b.data, 0, b.len))
            r = -EBADMSG; /* a short one could be guessed */
        else
            memcpy(a->admin_token, b.data, b.len + 1);
    } else if (r == -ENOENT) {
        random_id(a->admin_token, "rwa-", ADMIN_TOKEN_CHARS);
        buf_printf(&b, "%s\n", a->admin_token);
        r = b.failed ? -ENOMEM : state_dir ? file_write_atomic(path, b.data, b.len, 0600) : 0;
    }
    buf_wipe(&b);
    if (r < 0)
        log_error("%s: %s", state_dir ? path : "admin token",
                  r == -EBADMSG ? "not one token of 16 to 63 characters" : strerror(-r));
    return r;
}

static int parse_hash(const char *hex, uint8_t ret[CRYPTO_SHA256_LEN])
{
    if (strlen(hex) != 2 * CRYPTO_SHA256_LEN)
        return -EINVAL;
    for (size_t i = 0; i < CRYPTO_SHA256_LEN; i++) {
        unsigned byte;

        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return -EINVAL;
        ret[i] = (uint8_t)byte;
    }
    return 0;
}

/* What a node token is from now on; value NULL: it was deleted. */
static int follow(struct auth *a, const char *region, const char *id, const char *value)
{
    struct principal who = {.kind = PRINCIPAL_TOKEN};
    uint8_t digest[CRYPTO_SHA256_LEN];
    json_t *token = value ? json_loads(value, 0, NULL) : NULL;
    int r = value ? -EBADMSG : 0;

    forget(a, region, id);
    if (value && parse_hash(model_str(token, "hash"), digest) == 0 &&
        text_copy(who.id, sizeof(who.id), id) == 0 &&
        text_copy(who.region, sizeof(who.region), region) == 0)
        r = add_hash(a, digest, &who);
    json_decref(token);
    return r;
}

static bool is_token(const char *collection)
{
    return strcmp(collection, "nodeTokens") == 0;
}

static void follow_one(struct control *c, const char *region, const char *id, const char *value)
{
    int r;

    pthread_mutex_lock(&c->auth_lock);
    r = follow(&c->auth, region, id, value);
    pthread_mutex_unlock(&c->auth_lock);
    if (r < 0)
        log_error("node token %s of region %s cannot be read: %s", id, region, strerror(-r));
}

void auth_follow(struct control *c, const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct store_op *op = &b->ops[i];

        if ((op->kind == STORE_PUT || op->kind == STORE_DELETE) && is_token(op->key.collection))
            follow_one(c, op->key.region, op->key.id, op->value);
    }
}

void auth_follow_log(struct control *c, const struct store_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct store_item *item = &log->items[i];

        if (is_token(item->collection))
            follow_one(c, item->region, item->id, item->value);
    }
}

int auth_load(struct auth *a, struct store *store, const char *state_dir)
{
    struct store_query query = {.collection = "nodeTokens"};
    struct store_page page = {0};
    int r = load_admin_token(a, state_dir);

    if (r == 0)
        r = add_admin(a);
    if (r == 0)
        r = store_list(store, &query, &page);
    for (size_t i = 0; r == 0 && i < page.count; i++)
        r = follow(a, page.items[i].region, page.items[i].id, page.items[i].value);
    store_page_done(&page);
    return r;
}

void auth_check(const struct auth *a, const char *authorization, struct principal *ret)
{
    uint8_t digest[CRYPTO_SHA256_LEN];

    *ret = (struct principal){0};
    if (!authorization || strncasecmp(authorization, "Bearer ", 7) != 0)
        return;
    authorization += 7;
    authorization += strspn(authorization, " ");
    if (hash(authorization, strlen(authorization), digest) < 0)
        return;
    for (size_t i = 0; i < a->count; i++) {
        if (mem_equal_ct(a->tokens[i].hash, digest, sizeof(digest)))
            *ret = a->tokens[i].who;
    }
}
