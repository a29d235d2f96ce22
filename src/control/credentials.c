#include "control_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "authority_internal.h"
#include "sealed_internal.h"

/* What nodes prove with who they are, as it lies in the store.
 *
 *     authorities      id = the region's: {"certificate": PEM, "key": sealed PEM}
 *     nodeCredentials  id = the node's: {"key", "issuedAt", "notAfter", "token"}
 *
 * A node has one credential: only the certificate over the key that stands there is taken. So
 * another join, or the end of the node or of its token, ends the one before at once. */

/* An authority that ends sooner than what it signs is replaced; its nodes join again by token. */
#define AUTHORITY_SPARE_US (UINT64_C(30) * 24 * 3600 * 1000000)

struct known_authority {
    struct list link;
    char region[STORE_NAME_MAX + 1];
    uint64_t revision; /* of the stored record */
    struct authority *authority;
};

static void forget(struct known_authority *k)
{
    list_remove(&k->link);
    authority_unref(k->authority);
    free(k);
}

int credentials_init(struct credentials *s)
{
    pthread_mutex_init(&s->lock, NULL);
    list_init(&s->known);
    return verified_init(s);
}

void credentials_done(struct credentials *s)
{
    list_for_each_safe (k, &s->known, struct known_authority, link)
        forget(k);
    verified_done(s);
    pthread_mutex_destroy(&s->lock);
}

/* ---- the authority of a region ---- */

int credentials_authority_record(const struct seal_ring *ring, const char *region,
                                 const struct authority *a, json_t **ret)
{
    char place[SEAL_PLACE_MAX];
    struct buf pem = {0};
    char *sealed = NULL;
    int r = authority_key(a, &pem);

    if (r == 0)
        r = secrets_seal_text(ring, secrets_place(region, SEALED_AUTHORITY_PLACE, place),
                              buf_text(&pem), &sealed);
    buf_wipe(&pem);
    if (r < 0)
        return r;
    *ret = json_pack("{s:s, s:s}", "certificate", authority_certificate(a), SEALED_AUTHORITY_KEY,
                     sealed);
    secrets_free(sealed);
    return *ret ? 0 : -ENOMEM;
}

int credentials_authority_read(const struct seal_ring *ring, const char *region,
                               const json_t *record, struct authority **ret)
{
    char place[SEAL_PLACE_MAX], why[SEAL_WHY_MAX];
    const char *sealed = model_str(record, SEALED_AUTHORITY_KEY);
    char *opened = NULL;
    int r = secrets_open_text(ring, secrets_place(region, SEALED_AUTHORITY_PLACE, place), sealed,
                              &opened);

    if (r < 0) /* who lost seal.key can still tell its nodes from strangers */
        log_error("the key of the authority of region %s does not open: %s", region,
                  secrets_why(sealed, r, why));
    r = authority_open(region, model_str(record, "certificate"), opened, ret);
    secrets_free(opened);
    return r;
}

/* The one in memory if it is that of the stored record; a reference, or NULL. Two who read it at
 * once have both remembered it: one is enough. */
static struct authority *recall(struct credentials *s, const char *region, uint64_t revision)
{
    struct authority *found = NULL;

    pthread_mutex_lock(&s->lock);
    list_for_each_safe (k, &s->known, struct known_authority, link) {
        if (strcmp(k->region, region) != 0)
            continue;
        if (k->revision == revision && !found)
            found = authority_ref(k->authority);
        else
            forget(k);
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

static void remember(struct credentials *s, const char *region, uint64_t revision,
                     struct authority *a)
{
    struct known_authority *k = calloc(1, sizeof(*k));

    if (!k)
        return; /* then it is read again */
    (void)text_copy(k->region, sizeof(k->region), region);
    k->revision = revision;
    k->authority = authority_ref(a);
    pthread_mutex_lock(&s->lock);
    list_append(&s->known, &k->link);
    pthread_mutex_unlock(&s->lock);
}

/* A reference, and the revision of the stored record; -ENOENT if the region has none yet. */
static int get_authority(struct control *c, const char *region, struct authority **ret,
                         uint64_t *ret_revision)
{
    struct store_key key = {.collection = "authorities", .region = region, .id = region};
    struct store_item item = {0};
    json_t *record;
    int r = store_get(c->store, &key, &item);

    if (r < 0) {
        (void)recall(&c->credentials, region, 0); /* that of a region that was deleted */
        *ret_revision = STORE_ABSENT;
        return r;
    }
    *ret_revision = item.revision;
    *ret = recall(&c->credentials, region, item.revision);
    if (!*ret) {
        record = json_loads(item.value, 0, NULL);
        r = credentials_authority_read(&c->seal, region, record, ret);
        json_decref(record);
        if (r == 0)
            remember(&c->credentials, region, item.revision, *ret);
    }
    store_item_done(&item);
    return r;
}

/* One that can sign; when it is made here, its record goes into the same commit. */
static int get_signer(struct call *call, struct batch *b, struct authority **ret)
{
    struct authority *a = NULL;
    json_t *record = NULL;
    uint64_t revision = STORE_ABSENT;
    int r = get_authority(call->c, call->region, &a, &revision);

    batch_check(b, "authorities", call->region, call->region, revision);
    if (r == 0 && authority_can_sign(a) &&
        authority_until_us(a) > call->now_us + AUTHORITY_SPARE_US) {
        *ret = a;
        return 0;
    }
    if (r < 0 && r != -ENOENT && r != -EBADMSG)
        return r;
    authority_unref(a);
    r = authority_new(call->region, call->now_us, &a);
    if (r < 0)
        return r;
    r = credentials_authority_record(&call->c->seal, call->region, a, &record);
    if (r < 0) {
        authority_unref(a);
        return r;
    }
    batch_put(b, "authorities", call->region, call->region, record);
    json_decref(record);
    log_info("region %s has a new certificate authority", call->region);
    *ret = a;
    return 0;
}

/* ---- credentials ---- */

/* The record, new. -ENOENT if it has none. */
static int get_credential(struct control *c, const char *region, const char *node, json_t **ret)
{
    struct store_key key = {.collection = "nodeCredentials", .region = region, .id = node};
    struct store_item item = {0};
    int r = store_get(c->store, &key, &item);

    if (r < 0)
        return r;
    *ret = json_loads(item.value, 0, NULL);
    store_item_done(&item);
    return *ret ? 0 : -EIO;
}

int credentials_get(struct call *call, const char *node, json_t **ret)
{
    int r = get_credential(call->c, call->region, node, ret);

    if (r == -ENOENT)
        *ret = NULL;
    return r == -ENOENT ? 0 : r;
}

int credentials_issue(struct call *call, struct batch *b, EVP_PKEY *key, const char *node,
                      const char *token, json_t *answer)
{
    char issued[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX];
    struct authority *a = NULL;
    struct certificate_claim claim;
    struct buf pem = {0};
    json_t *record = NULL;
    int r = get_signer(call, b, &a);

    if (r == 0)
        r = authority_sign(a, key, node, call->now_us, call->c->certificate_life_s, &pem, &claim);
    if (r == 0) {
        record = json_pack("{s:s, s:s, s:s, s:s}", "key", claim.key, "issuedAt",
                           clock_format(call->now_us, issued), "notAfter",
                           clock_format(claim.until_us, until), "token", token);
        r = record ? 0 : -ENOMEM;
    }
    if (r == 0 && (json_object_set_new(answer, "certificate", json_string(buf_text(&pem))) ||
                   json_object_set_new(answer, "authority", json_string(authority_certificate(a)))))
        r = -ENOMEM;
    if (r == 0)
        batch_put(b, "nodeCredentials", call->region, node, record);
    json_decref(record);
    buf_done(&pem);
    authority_unref(a);
    return r;
}

/* Whether it is the certificate over the key that is the node's now. */
static int check_current(struct control *c, const struct certificate_claim *claim,
                         enum words_code *ret_why)
{
    json_t *record = NULL;
    int r = get_credential(c, claim->region, claim->node, &record);

    if (r == -ENOENT)
        *ret_why = WORDS_REQUEST_CERTIFICATE_REVOKED;
    if (r == 0 && strcmp(model_str(record, "key"), claim->key) != 0) {
        *ret_why = WORDS_REQUEST_CERTIFICATE_OLD;
        r = -EACCES;
    }
    json_decref(record);
    return r;
}

static int verify_anew(struct control *c, const uint8_t *der, size_t len, uint64_t now_us,
                       const uint8_t *digest, struct certificate_claim *ret)
{
    struct authority *a = NULL;
    uint64_t revision = 0;
    int r = certificate_read(der, len, ret, NULL);

    if (r == 0)
        r = get_authority(c, ret->region, &a, &revision);
    if (r == 0)
        r = authority_verify(a, der, len, now_us, ret);
    if (r == 0)
        verified_add(&c->credentials, digest, revision, ret);
    authority_unref(a);
    return r;
}

/* The authority is still the one that the certificate was verified with. */
static bool is_authority(struct control *c, const char *region, uint64_t revision)
{
    struct authority *a = NULL;
    uint64_t now = 0;
    bool same = get_authority(c, region, &a, &now) == 0 && now == revision;

    authority_unref(a);
    return same;
}

/* What the certificate says, if its region's authority has signed it and it is valid now. */
static int verify(struct control *c, const uint8_t *der, size_t len, uint64_t now_us,
                  struct certificate_claim *ret)
{
    struct crypto_span bytes = crypto_span(der, len);
    uint8_t digest[CRYPTO_SHA256_LEN];
    uint64_t authority;
    int r = crypto_sha256(&bytes, 1, digest);

    if (r < 0)
        return r;
    if (verified_find(&c->credentials, digest, now_us, ret, &authority) &&
        is_authority(c, ret->region, authority))
        return 0;
    return verify_anew(c, der, len, now_us, digest, ret);
}

/* A store that cannot be read is no reason to tell a node that it is a stranger. */
static bool is_trouble(int r)
{
    return r == -ENOMEM || r == -EIO || r == -ENOSPC;
}

int credentials_check(struct control *c, const uint8_t *der, size_t len, uint64_t now_us,
                      struct principal *ret, enum words_code *ret_why)
{
    struct certificate_claim claim = {0};
    struct principal who = {.kind = PRINCIPAL_NODE};
    int r = verify(c, der, len, now_us, &claim);

    *ret_why = WORDS_REQUEST_CERTIFICATE_FOREIGN;
    if (r == -ESTALE)
        *ret_why = WORDS_REQUEST_CERTIFICATE_EXPIRED;
    if (r == 0)
        r = check_current(c, &claim, ret_why);
    if (r == 0 && (text_copy(who.id, sizeof(who.id), claim.node) < 0 ||
                   text_copy(who.region, sizeof(who.region), claim.region) < 0))
        r = -EACCES;
    if (r == 0)
        *ret = who;
    return r == 0 || is_trouble(r) ? r : -EACCES;
}
