#include "accounts.h"

#include <stdlib.h>

void accounts_done(struct auth *a)
{
    free(a->accounts);
    free(a->sessions);
}

/* ---- as stored ---- */

static enum principal_kind kind_of(const char *collection)
{
    return strcmp(collection, "tokens") == 0  ? PRINCIPAL_TOKEN
           : strcmp(collection, "users") == 0 ? PRINCIPAL_USER
                                              : PRINCIPAL_NONE;
}

bool accounts_are_in(const char *collection)
{
    return kind_of(collection) != PRINCIPAL_NONE || strcmp(collection, "sessions") == 0;
}

static uint64_t time_of(const json_t *record, const char *member)
{
    uint64_t us = 0;

    return clock_parse(model_str(record, member), &us) == 0 ? us : 0;
}

static int read_rights(const json_t *record, struct rights *ret)
{
    const char *role = model_str(record, "role");
    const json_t *regions = json_object_get(record, "regions"), *region;
    struct rights r = {.reveals = json_is_true(json_object_get(record, "mayRevealKeys"))};
    const struct model_field *field = model_find_field(&model_token_kind, "role");
    size_t i;

    for (i = 0; field->values[i].name && strcmp(field->values[i].name, role) != 0; i++)
        ;
    if (!field->values[i].name || json_array_size(regions) > ARRAY_SIZE(r.regions) ||
        text_copy(r.project, sizeof(r.project), model_str(record, "projectId")) < 0)
        return -EBADMSG;
    r.role = (enum role)(i + 1);
    r.reveals |= r.role == ROLE_ADMIN;
    json_array_foreach (regions, i, region) {
        if (!json_is_string(region) ||
            text_copy(r.regions[i], sizeof(r.regions[i]), json_string_value(region)) < 0)
            return -EBADMSG;
    }
    r.region_count = json_array_size(regions);
    *ret = r;
    return 0;
}

static int read_account(enum principal_kind kind, const char *id, const json_t *record,
                        struct account *ret)
{
    const char *hash = model_str(record, kind == PRINCIPAL_TOKEN ? "hash" : "linkHash");
    struct account a = {.kind = kind,
                        .disabled = json_is_true(json_object_get(record, "disabled")),
                        .expires_us = time_of(record, "expiresAt"),
                        .link_until_us = time_of(record, "linkExpiresAt")};

    if (text_copy(a.id, sizeof(a.id), id) < 0 ||
        text_copy(a.name, sizeof(a.name), model_str(record, "name")) < 0 ||
        ((*hash || kind == PRINCIPAL_TOKEN) && auth_parse_hash(hash, a.hash) < 0))
        return -EBADMSG;
    *ret = a;
    return read_rights(record, &ret->rights);
}

static int read_session(const char *id, const json_t *record, struct session *ret)
{
    struct session s = {.kind = (enum principal_kind)model_int(record, "kind", 0),
                        .made_us = time_of(record, "createdAt"),
                        .until_us = time_of(record, "expiresAt")};

    if (auth_parse_hash(id, s.hash) < 0 ||
        text_copy(s.id, sizeof(s.id), model_str(record, "id")) < 0)
        return -EBADMSG;
    *ret = s;
    return 0;
}

/* ---- in memory ---- */

static void forget_account(struct auth *a, enum principal_kind kind, const char *id)
{
    size_t kept = 0;

    for (size_t i = 0; i < a->account_count; i++) {
        if (a->accounts[i].kind != kind || strcmp(a->accounts[i].id, id) != 0)
            a->accounts[kept++] = a->accounts[i];
    }
    a->account_count = kept;
}

static void forget_session(struct auth *a, const uint8_t hash[CRYPTO_SHA256_LEN])
{
    size_t kept = 0;

    for (size_t i = 0; i < a->session_count; i++) {
        if (memcmp(a->sessions[i].hash, hash, CRYPTO_SHA256_LEN) != 0)
            a->sessions[kept++] = a->sessions[i];
    }
    a->session_count = kept;
}

static int add_account(struct auth *a, const struct account *account)
{
    struct account *grown = reallocarray(a->accounts, a->account_count + 1, sizeof(*a->accounts));

    if (!grown)
        return -ENOMEM;
    a->accounts = grown;
    a->accounts[a->account_count++] = *account;
    return 0;
}

static int add_session(struct auth *a, const struct session *session)
{
    struct session *grown = reallocarray(a->sessions, a->session_count + 1, sizeof(*a->sessions));

    if (!grown)
        return -ENOMEM;
    a->sessions = grown;
    a->sessions[a->session_count++] = *session;
    return 0;
}

static int follow_account(struct auth *a, enum principal_kind kind, const char *id,
                          const json_t *record)
{
    struct account account;
    int r;

    forget_account(a, kind, id);
    if (!record)
        return 0;
    r = read_account(kind, id, record, &account);
    return r < 0 ? r : add_account(a, &account);
}

static int follow_session(struct auth *a, const char *id, const json_t *record)
{
    uint8_t hash[CRYPTO_SHA256_LEN];
    struct session session;
    int r = auth_parse_hash(id, hash);

    if (r == 0)
        forget_session(a, hash);
    if (r < 0 || !record)
        return r;
    r = read_session(id, record, &session);
    return r < 0 ? r : add_session(a, &session);
}

int accounts_follow(struct auth *a, const char *collection, const char *id, const char *value)
{
    enum principal_kind kind = kind_of(collection);
    json_t *record = value ? json_loads(value, 0, NULL) : NULL;
    int r = kind == PRINCIPAL_NONE ? follow_session(a, id, record)
                                   : follow_account(a, kind, id, record);

    if (r == 0 && value && !record)
        r = -EBADMSG;
    json_decref(record);
    (void)__atomic_add_fetch(&a->generation, 1, __ATOMIC_RELAXED);
    return r;
}

/* ---- finding ---- */

const struct account *accounts_find(const struct auth *a, enum principal_kind kind, const char *id)
{
    for (size_t i = 0; i < a->account_count; i++) {
        if (a->accounts[i].kind == kind && strcmp(a->accounts[i].id, id) == 0)
            return &a->accounts[i];
    }
    return NULL;
}

const struct account *accounts_invited(const struct auth *a, const uint8_t hash[CRYPTO_SHA256_LEN],
                                       uint64_t now_us)
{
    const struct account *found = NULL;

    for (size_t i = 0; i < a->account_count; i++) {
        const struct account *who = &a->accounts[i];

        if (mem_equal_ct(who->hash, hash, sizeof(who->hash)) && who->kind == PRINCIPAL_USER &&
            now_us < who->link_until_us)
            found = who;
    }
    return found;
}

bool session_is_alive(const struct session *s, uint64_t now_us)
{
    uint64_t used_us = MAX(s->seen_us, s->made_us);

    /* What ropewayd cannot know after a restart counts for the reader. */
    return now_us < s->until_us && (!s->seen_us || now_us < used_us + SESSION_IDLE_US);
}

static void become(const struct account *account, struct principal *ret)
{
    ret->kind = account->kind;
    (void)text_copy(ret->id, sizeof(ret->id), account->id);
    (void)text_copy(ret->name, sizeof(ret->name), account->name);
    ret->rights = account->rights;
}

static void find_token(const struct auth *a, const uint8_t hash[CRYPTO_SHA256_LEN],
                       struct principal *ret)
{
    for (size_t i = 0; i < a->account_count; i++) {
        const struct account *who = &a->accounts[i];

        if (mem_equal_ct(who->hash, hash, sizeof(who->hash)) && who->kind == PRINCIPAL_TOKEN) {
            become(who, ret);
            ret->expires_us = who->expires_us;
        }
    }
}

static const struct rights admin_rights = {.role = ROLE_ADMIN, .reveals = true};

static void become_admin(struct principal *ret)
{
    ret->kind = PRINCIPAL_ADMIN;
    (void)text_copy(ret->id, sizeof(ret->id), "admin");
    ret->rights = admin_rights;
}

/* Sets whose session it is. */
static void find_session(const struct auth *a, const struct session *s, uint64_t now_us,
                         struct principal *ret)
{
    const struct account *who = accounts_find(a, s->kind, s->id);

    if (!session_is_alive(s, now_us))
        return;
    if (s->kind == PRINCIPAL_ADMIN)
        become_admin(ret);
    else if (who && !who->disabled && (!who->expires_us || now_us < who->expires_us))
        become(who, ret);
    else
        return;
    ret->expires_us = s->until_us;
    ret->by_cookie = true;
}

void auth_find(const struct auth *a, const uint8_t hash[CRYPTO_SHA256_LEN], uint64_t now_us,
               struct principal *ret)
{
    struct principal found = {0};

    if (mem_equal_ct(a->admin_hash, hash, sizeof(a->admin_hash)))
        become_admin(&found);
    find_token(a, hash, &found);
    for (size_t i = 0; i < a->session_count; i++) {
        if (mem_equal_ct(a->sessions[i].hash, hash, CRYPTO_SHA256_LEN))
            find_session(a, &a->sessions[i], now_us, &found);
    }
    memcpy(found.credential, hash, sizeof(found.credential));
    *ret = found;
}

void auth_use(struct auth *a, const struct principal *who, uint64_t now_us)
{
    for (size_t i = 0; i < a->session_count; i++) {
        if (memcmp(a->sessions[i].hash, who->credential, CRYPTO_SHA256_LEN) == 0)
            a->sessions[i].seen_us = now_us;
    }
}

bool auth_still_holds(struct control *c, const struct principal *who, uint64_t now_us)
{
    struct principal now;

    pthread_mutex_lock(&c->auth_lock);
    auth_find(&c->auth, who->credential, now_us, &now);
    pthread_mutex_unlock(&c->auth_lock);
    return now.kind == who->kind && strcmp(now.id, who->id) == 0 &&
           memcmp(&now.rights, &who->rights, sizeof(now.rights)) == 0 &&
           (!now.expires_us || now_us < now.expires_us);
}

uint64_t auth_generation(struct control *c)
{
    return __atomic_load_n(&c->auth.generation, __ATOMIC_RELAXED);
}

/* ---- the end of sessions ---- */

void accounts_end(struct batch *b, const uint8_t hash[CRYPTO_SHA256_LEN])
{
    char id[2 * CRYPTO_SHA256_LEN + 1];

    auth_hex(hash, id);
    batch_put(b, "sessions", "", id, NULL);
}

void accounts_end_all(struct control *c, enum principal_kind kind, const char *id, struct batch *b)
{
    pthread_mutex_lock(&c->auth_lock);
    for (size_t i = 0; i < c->auth.session_count; i++) {
        const struct session *s = &c->auth.sessions[i];

        if (s->kind == kind && strcmp(s->id, id) == 0)
            accounts_end(b, s->hash);
    }
    pthread_mutex_unlock(&c->auth_lock);
}
