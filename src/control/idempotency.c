#include "control_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* A create request with an Idempotency-Key may be sent again when its answer got lost: the first
 * one is carried out, the others are told what became of it. Kept for a day. */

#define KEEP_US    (24 * 3600 * UINT64_C(1000000))
#define KEY_MAX    200
#define COLLECTION "idempotency"

/* Where this request is remembered: who asked, for what, under which key. */
static int remembered_id(const struct call *call, char ret[2 * CRYPTO_SHA256_LEN + 1])
{
    struct buf b = {0};
    int r;

    buf_printf(&b, "%d\n%s\n%s\n%s\n%s\n%s", (int)call->who.kind, call->who.id, call->who.region,
               call->region ? call->region : "", call->kind->collection,
               call->req->idempotency_key);
    r = b.failed ? -ENOMEM : auth_hash_hex(buf_text(&b), ret);
    buf_done(&b);
    return r;
}

/* Equal for equal requests, whatever the order of the members. A body may hold a psk, which a plain
 * hash would let people guess offline; so it is keyed. */
static int body_hash(const struct call *call, const struct seal_key *key,
                     char ret[2 * CRYPTO_SHA256_LEN + 1])
{
    char *text = json_dumps(call->body, JSON_COMPACT | JSON_SORT_KEYS);
    uint8_t digest[CRYPTO_SHA256_LEN];
    int r = -ENOMEM;

    if (text) {
        struct crypto_span body = crypto_span(text, strlen(text));

        r = crypto_prf(crypto_prf_find(CRYPTO_PRF_SHA2_256),
                       crypto_span(key->key, sizeof(key->key)), &body, 1, digest);
        crypto_wipe(text, strlen(text));
    }
    if (r == 0)
        auth_hex(digest, ret);
    free(text);
    return r;
}

/* Whether the request is the one that was carried out, and what it made. */
static int compare(struct call *call, const json_t *kept, char *ret_id, size_t size)
{
    const char *kept_hash = model_str(kept, "hash");
    const struct seal_ring *ring = &call->c->seal;
    char hash[2 * CRYPTO_SHA256_LEN + 1];
    bool same = !*kept_hash; /* its key is gone: the Idempotency-Key has to do */
    int r = 0;

    for (size_t i = 0; r == 0 && !same && i < ring->count; i++) {
        r = body_hash(call, &ring->keys[i], hash);
        same = r == 0 && strcmp(kept_hash, hash) == 0;
    }
    if (r < 0)
        return r;
    if (!same)
        return model_error_set(&call->error, 409, "conflict", "Idempotency-Key",
                               call->req->idempotency_key, SAY(REQUEST_KEY_REUSED));
    return text_copy(ret_id, size, model_str(kept, "id"));
}

int idempotency_find(struct call *call, char ret_key[2 * CRYPTO_SHA256_LEN + 1], char *ret_id,
                     size_t size)
{
    struct store_key key = {.collection = COLLECTION, .region = "", .id = ret_key};
    struct store_item item = {0};
    struct commit *under_way;
    json_t *kept;
    int r;

    if (!call->req->idempotency_key)
        return 0;
    if (!*call->req->idempotency_key || strlen(call->req->idempotency_key) > KEY_MAX)
        return model_error_set(&call->error, 400, "invalid-value", "Idempotency-Key", NULL,
                               SAY(REQUEST_KEY_LENGTH, KEY_MAX));
    r = remembered_id(call, ret_key);
    if (r < 0)
        return r;
    under_way = commit_find_key(call->c, ret_key);
    if (under_way) {
        call_ask_again(call, under_way);
        *ret_id = 0;
        return 1;
    }
    r = store_get(call->c->store, &key, &item);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    kept = json_loads(item.value, 0, NULL);
    store_item_done(&item);
    r = compare(call, kept, ret_id, size);
    json_decref(kept);
    return r < 0 ? r : 1;
}

void idempotency_keep(struct batch *b, const struct call *call, const char *key,
                      const char *resource_id)
{
    char hash[2 * CRYPTO_SHA256_LEN + 1];
    json_t *kept;

    if (!call->req->idempotency_key)
        return;
    if (body_hash(call, &call->c->seal.keys[0], hash) < 0) {
        b->failed = true;
        return;
    }
    kept = json_pack("{s:s, s:s, s:I}", "hash", hash, "id", resource_id, "at",
                     (json_int_t)call->now_us);
    if (kept)
        batch_put(b, COLLECTION, "", key, kept);
    else
        b->failed = true;
    json_decref(kept);
}

void idempotency_prune(struct control *c, uint64_t now_us)
{
    struct store_query query = {.collection = COLLECTION, .region = ""};
    struct store_page page = {0};
    struct batch b = {0};

    if (store_list(c->store, &query, &page) < 0)
        return;
    for (size_t i = 0; i < page.count && b.count < STORE_OPS_MAX; i++) {
        json_t *kept = json_loads(page.items[i].value, 0, NULL);

        if ((uint64_t)model_int(kept, "at", 0) + KEEP_US < now_us)
            batch_put(&b, COLLECTION, "", page.items[i].id, NULL);
        json_decref(kept);
    }
    if (b.count && (b.failed || store_commit_one(c->store, b.ops, b.count) < 0))
        log_warn("old idempotency keys could not be removed; trying again later");
    batch_done(&b);
    store_page_done(&page);
}

/* ---- another seal.key ---- */

static void forget_body(struct batch *b, const struct store_item *item)
{
    json_t *kept = json_loads(item->value, 0, NULL);

    if (kept && json_object_del(kept, "hash") == 0)
        batch_put(b, COLLECTION, "", item->id, kept);
    json_decref(kept);
}

int idempotency_forget_bodies(struct store *s)
{
    char after[STORE_NAME_MAX + 1] = "";
    bool more = true;
    int r = 0;

    while (r == 0 && more) {
        struct store_query query = {
            .collection = COLLECTION, .region = "", .after = after, .limit = STORE_OPS_MAX};
        struct store_page page = {0};
        struct batch b = {0};

        r = store_list(s, &query, &page);
        for (size_t i = 0; r == 0 && i < page.count; i++)
            forget_body(&b, &page.items[i]);
        if (r == 0 && b.count)
            r = b.failed ? -ENOMEM : store_commit_one(s, b.ops, b.count);
        more = page.more && page.count;
        if (r == 0 && more)
            r = text_copy(after, sizeof(after), page.items[page.count - 1].id);
        batch_done(&b);
        store_page_done(&page);
    }
    return r;
}
