#include "accounts.h"

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
    accounts_done(a);
    crypto_wipe(a->admin_token, sizeof(a->admin_token));
    *a = (struct auth){0};
}

static int add_token(struct auth *a, const struct auth_token *token)
{
    struct auth_token *tokens = reallocarray(a->tokens, a->count + 1, sizeof(*tokens));

    if (!tokens)
        return -ENOMEM;
    a->tokens = tokens;
    tokens[a->count++] = *token;
    return 0;
}

/* Forgets a node token. */
static void forget(struct auth *a, const char *region, const char *id)
{
    size_t kept = 0;

    for (size_t i = 0; i < a->count; i++) {
        const struct auth_token *t = &a->tokens[i];

        if (strcmp(t->region, region) != 0 || strcmp(t->id, id) != 0)
            a->tokens[kept++] = *t;
    }
    a->count = kept;
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

/* What a node token is from now on; value NULL: it was deleted. */
static int follow_node_token(struct auth *a, const char *region, const char *id, const char *value)
{
    struct auth_token made;
    json_t *token = value ? json_loads(value, 0, NULL) : NULL;
    int r = value ? -EBADMSG : 0;

    forget(a, region, id);
    if (value && auth_parse_hash(model_str(token, "hash"), made.hash) == 0 &&
        text_copy(made.id, sizeof(made.id), id) == 0 &&
        text_copy(made.region, sizeof(made.region), region) == 0)
        r = add_token(a, &made);
    json_decref(token);
    return r;
}

static bool is_node_token(const char *collection)
{
    return strcmp(collection, "nodeTokens") == 0;
}

static bool is_followed(const char *collection)
{
    return is_node_token(collection) || accounts_are_in(collection);
}

static int follow(struct auth *a, const char *collection, const char *region, const char *id,
                  const char *value)
{
    return is_node_token(collection) ? follow_node_token(a, region, id, value)
                                     : accounts_follow(a, collection, id, value);
}

static void follow_one(struct control *c, const char *collection, const char *region,
                       const char *id, const char *value)
{
    int r;

    pthread_mutex_lock(&c->auth_lock);
    r = follow(&c->auth, collection, region, id, value);
    pthread_mutex_unlock(&c->auth_lock);
    if (r < 0)
        log_error("%s of %s cannot be read: %s", id, collection, strerror(-r));
    if (accounts_are_in(collection)) /* streams of those who may not any more end */
        control_tell(c, CONTROL_WAIT_WATCH, "", "");
}

void auth_follow(struct control *c, const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct store_op *op = &b->ops[i];

        if ((op->kind == STORE_PUT || op->kind == STORE_DELETE) && is_followed(op->key.collection))
            follow_one(c, op->key.collection, op->key.region, op->key.id, op->value);
    }
}

void auth_follow_log(struct control *c, const struct store_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct store_item *item = &log->items[i];

        if (is_followed(item->collection))
            follow_one(c, item->collection, item->region, item->id, item->value);
    }
}

static int load(struct auth *a, struct store *store, const char *collection)
{
    /* Tokens of nodes are in regions, what people have is in none. */
    struct store_query query = {.collection = collection,
                                .region = accounts_are_in(collection) ? "" : NULL};
    struct store_page page = {0};
    int r = store_list(store, &query, &page);

    for (size_t i = 0; r == 0 && i < page.count; i++) {
        r = follow(a, collection, page.items[i].region, page.items[i].id, page.items[i].value);
        if (r < 0)
            log_error("%s of %s cannot be read: %s", page.items[i].id, collection, strerror(-r));
    }
    store_page_done(&page);
    return r;
}

int auth_load(struct auth *a, struct store *store, const char *state_dir)
{
    static const char *const collections[] = {"nodeTokens", "tokens", "users", "sessions"};
    int r = load_admin_token(a, state_dir);

    if (r == 0)
        r = auth_hash(a->admin_token, a->admin_hash);
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(collections); i++)
        r = load(a, store, collections[i]);
    return r;
}

static void find_node_token(const struct auth *a, const uint8_t hash[CRYPTO_SHA256_LEN],
                            struct principal *ret)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct auth_token *t = &a->tokens[i];

        if (!mem_equal_ct(t->hash, hash, CRYPTO_SHA256_LEN))
            continue;
        ret->kind = PRINCIPAL_NODE_TOKEN;
        (void)text_copy(ret->id, sizeof(ret->id), t->id);
        (void)text_copy(ret->region, sizeof(ret->region), t->region);
    }
}

void auth_check(const struct auth *a, const char *authorization, uint64_t now_us,
                struct principal *ret)
{
    uint8_t digest[CRYPTO_SHA256_LEN];

    *ret = (struct principal){0};
    if (!authorization || strncasecmp(authorization, "Bearer ", 7) != 0)
        return;
    authorization += 7;
    authorization += strspn(authorization, " ");
    if (auth_hash(authorization, digest) < 0)
        return;
    auth_find(a, digest, now_us, ret);
    if (ret->by_cookie) /* a cookie is no token */
        *ret = (struct principal){0};
    if (ret->kind == PRINCIPAL_NONE)
        find_node_token(a, digest, ret);
}
