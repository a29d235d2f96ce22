#include "accounts.h"

#include <stdlib.h>

/* Logging in and out: a browser shows a token, or a user and password, or an invitation, and gets a
 * cookie that stands for it. */

#define COOKIE         "__Host-ropeway" /* RFC 6265bis, 4.1.3.2: of this host alone, over TLS alone */
#define SECRET_CHARS   48               /* of base32 */
#define FREE_PAIR      5                /* failures of a user from an address ... */
#define FREE_ADDRESS   20               /* of anybody from an address ... */
#define FREE_USER      100              /* of a user from anywhere that cost no wait */
#define HASHES_AT_ONCE 4

/* ---- the cookie ---- */

bool session_cookie(const char *header, char *ret, size_t size)
{
    size_t name = strlen(COOKIE);

    for (const char *at = header; at && *at; at = strchr(at, ';')) {
        size_t len;

        at += strspn(at, "; ");
        if (strncmp(at, COOKIE, name) != 0 || at[name] != '=')
            continue;
        len = strcspn(at + name + 1, "; ");
        if (len == 0 || len >= size)
            return false;
        memcpy(ret, at + name + 1, len);
        ret[len] = 0;
        return true;
    }
    return false;
}

static void set_cookie(struct call *call, const char *value, unsigned max_age_s)
{
    char text[160];

    (void)text_printf(text, sizeof(text),
                      COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%u", value,
                      max_age_s);
    respond_header(call->res, "Set-Cookie", text);
}

/* ---- who it is ---- */

static json_t *describe(const struct call *call)
{
    static const char *const kinds[] = {
        [PRINCIPAL_ADMIN] = "admin", [PRINCIPAL_TOKEN] = "token", [PRINCIPAL_USER] = "user"};
    const struct principal *who = &call->who;
    const struct rights *rights = &who->rights;
    json_t *regions = json_array();
    char until[CLOCK_TEXT_MAX];

    for (size_t i = 0; i < rights->region_count; i++)
        json_array_append_new(regions, json_string(rights->regions[i]));
    return json_pack("{s:s, s:s, s:s*, s:s, s:s*, s:o, s:b, s:s*}", "kind", kinds[who->kind], "id",
                     who->id, "name", *who->name ? who->name : NULL, "role",
                     model_find_field(&model_token_kind, "role")->values[rights->role - 1].name,
                     "projectId", *rights->project ? rights->project : NULL, "regions", regions,
                     "mayRevealKeys", rights->reveals, "expiresAt",
                     who->expires_us ? clock_format(who->expires_us, until) : NULL);
}

int session_get(struct call *call)
{
    return respond_json(call, 200, describe(call));
}

/* ---- out ---- */

void session_prune(struct control *c, uint64_t now_us)
{
    struct batch b = {0};

    pthread_mutex_lock(&c->auth_lock);
    for (size_t i = 0; i < c->auth.session_count; i++) {
        if (!session_is_alive(&c->auth.sessions[i], now_us))
            accounts_end(&b, c->auth.sessions[i].hash);
    }
    pthread_mutex_unlock(&c->auth_lock);
    if (b.count && (b.failed || store_commit_one(c->store, b.ops, b.count) < 0))
        log_warn("sessions that are over could not be removed; trying again later");
    else
        auth_follow(c, &b);
    batch_done(&b);
}

int session_delete(struct call *call)
{
    const char *everywhere = uri_param(&call->uri, "everywhere");
    struct batch b = {0};
    int r;

    if (everywhere && strcmp(everywhere, "true") == 0)
        accounts_end_all(call->c, call->who.kind, call->who.id, &b);
    else if (call->who.by_cookie)
        accounts_end(&b, call->who.credential);
    audit_add(&b, call, "logOut", "session", "", call->who.id, "", NULL);
    r = people_commit(call, &b);
    batch_done(&b);
    if (r < 0)
        return r;
    set_cookie(call, "", 0);
    call->res->status = 204;
    return 0;
}

/* ---- in ---- */

/* Who tries, in the words under which failures are counted. */
struct tries {
    char pair[400], address[80], user[80];
};

static void name_tries(const struct call *call, const char *user, struct tries *ret)
{
    const char *peer = call->req->peer ? call->req->peer : "local";

    (void)text_printf(ret->pair, sizeof(ret->pair), "pair %s %s", peer, user);
    (void)text_printf(ret->address, sizeof(ret->address), "address %s", peer);
    (void)text_printf(ret->user, sizeof(ret->user), "user %s", user);
}

static int check_tries(struct call *call, const struct tries *t)
{
    const struct attempts *a = &call->c->attempts;
    uint64_t now_us = clock_monotonic_us();
    char text[16];
    unsigned wait;

    pthread_mutex_lock(&call->c->auth_lock);
    wait = attempts_wait(a, t->pair, FREE_PAIR, now_us);
    wait = MAX(wait, attempts_wait(a, t->address, FREE_ADDRESS, now_us));
    wait = MAX(wait, attempts_wait(a, t->user, FREE_USER, now_us));
    pthread_mutex_unlock(&call->c->auth_lock);
    if (!wait)
        return 0;
    (void)text_printf(text, sizeof(text), "%u", wait);
    respond_header(call->res, "Retry-After", text);
    return model_error_set(&call->error, 429, "too-many-requests", NULL, NULL,
                           SAY(SESSION_WAIT, wait));
}

static void note_try(struct call *call, const struct tries *t, bool failed)
{
    struct attempts *a = &call->c->attempts;
    uint64_t now_us = clock_monotonic_us();

    pthread_mutex_lock(&call->c->auth_lock);
    if (failed) {
        attempts_failed(a, t->pair, now_us);
        attempts_failed(a, t->address, now_us);
        attempts_failed(a, t->user, now_us);
    } else {
        attempts_succeeded(a, t->pair);
    }
    pthread_mutex_unlock(&call->c->auth_lock);
}

static int refuse_login(struct call *call)
{
    return model_error_set(&call->error, 401, "unauthorized", NULL, NULL, SAY(SESSION_REFUSED));
}

/* A hash takes a while and much memory: strangers must not keep the machine busy with them. */
static int check_password(struct call *call, const char *password, const char *stored)
{
    struct control *c = call->c;
    int r = -EBUSY;

    if (__atomic_add_fetch(&c->hashing, 1, __ATOMIC_RELAXED) <= HASHES_AT_ONCE)
        r = crypto_password_check(crypto_span(password, strlen(password)), stored);
    (void)__atomic_sub_fetch(&c->hashing, 1, __ATOMIC_RELAXED);
    if (r == -EBUSY) {
        respond_header(call->res, "Retry-After", "1");
        return model_error_set(&call->error, 429, "too-many-requests", NULL, NULL,
                               SAY(SESSION_WAIT, 1));
    }
    return r == 0 ? 0 : r == -EACCES || r == -EBADMSG ? refuse_login(call) : r;
}

/* Of nobody's password: whoever is unknown waits as long as whoever is known. */
#define NOBODY "scrypt$15$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static int by_password(struct call *call, const char *user, const char *password)
{
    json_t *record = NULL;
    int r = people_read(call, &model_user_kind, user, &record, NULL);
    const char *stored = r == 0 ? model_str(record, "passwordHash") : "";

    if (r < 0 && r != -ENOENT)
        return r;
    r = check_password(call, password, *stored ? stored : NOBODY);
    json_decref(record);
    if (r < 0)
        return r;
    call->who.kind = PRINCIPAL_USER;
    return text_copy(call->who.id, sizeof(call->who.id), user);
}

static int by_token(struct call *call, const char *token)
{
    uint8_t hash[CRYPTO_SHA256_LEN];
    int r = auth_hash(token, hash);

    if (r < 0)
        return r;
    pthread_mutex_lock(&call->c->auth_lock);
    auth_find(&call->c->auth, hash, call->now_us, &call->who);
    pthread_mutex_unlock(&call->c->auth_lock);
    if (call->who.kind == PRINCIPAL_NONE || call->who.by_cookie ||
        (call->who.expires_us && call->now_us >= call->who.expires_us))
        return refuse_login(call);
    return 0;
}

/* An invitation is used by whoever chooses the password. */
static int by_link(struct call *call, const char *link, const char *password, struct batch *b)
{
    uint8_t hash[CRYPTO_SHA256_LEN];
    const struct account *who;
    int r = auth_hash(link, hash);

    if (r < 0)
        return r;
    pthread_mutex_lock(&call->c->auth_lock);
    who = accounts_invited(&call->c->auth, hash, call->now_us);
    if (who) {
        call->who.kind = PRINCIPAL_USER;
        (void)text_copy(call->who.id, sizeof(call->who.id), who->id);
    }
    pthread_mutex_unlock(&call->c->auth_lock);
    if (!who)
        return model_error_set(&call->error, 401, "unauthorized", NULL, NULL, SAY(SESSION_LINK));
    return people_choose_password(call, call->who.id, password, b);
}

static const char *text_of(const json_t *body, const char *name)
{
    const json_t *value = json_object_get(body, name);

    return json_is_string(value) && json_string_length(value) == strlen(json_string_value(value))
               ? json_string_value(value)
               : NULL;
}

/* Whether the body has exactly these texts. */
static bool has_only(const json_t *body, const char *a, const char *b)
{
    return text_of(body, a) && (!b || text_of(body, b)) && json_object_size(body) == (b ? 2U : 1U);
}

static int identify(struct call *call, struct batch *b)
{
    const json_t *body = call->body;

    if (has_only(body, "token", NULL))
        return by_token(call, text_of(body, "token"));
    if (has_only(body, "link", "password"))
        return by_link(call, text_of(body, "link"), text_of(body, "password"), b);
    if (has_only(body, "user", "password"))
        return by_password(call, text_of(body, "user"), text_of(body, "password"));
    return model_error_set(&call->error, 400, "invalid-value", NULL, NULL, SAY(SESSION_BODY));
}

/* The session is there when it is stored. */
static int begin(struct call *call, struct batch *b)
{
    char cookie[SECRET_CHARS + 5], id[2 * CRYPTO_SHA256_LEN + 1], made[CLOCK_TEXT_MAX],
        until[CLOCK_TEXT_MAX];
    json_t *record;
    int r;

    if (__atomic_load_n(&call->c->auth.session_count, __ATOMIC_RELAXED) >= SESSIONS_MAX)
        return model_error_set(&call->error, 429, "too-many-requests", NULL, NULL,
                               SAY(SESSION_MANY));
    random_id(cookie, "rws-", SECRET_CHARS);
    r = auth_hash_hex(cookie, id);
    if (r < 0)
        return r;
    record = json_pack("{s:i, s:s, s:s, s:s}", "kind", (int)call->who.kind, "id", call->who.id,
                       "createdAt", clock_format(call->now_us, made), "expiresAt",
                       clock_format(call->now_us + SESSION_LIFE_US, until));
    batch_put(b, "sessions", "", id, record);
    b->failed |= !record;
    json_decref(record);
    audit_add(b, call, "logIn", "session", "", call->who.id, "", NULL);
    r = people_commit(call, b);
    if (r == 0)
        set_cookie(call, cookie, (unsigned)(SESSION_LIFE_US / 1000000));
    crypto_wipe(cookie, sizeof(cookie));
    return r;
}

/* With the rights that the account has now; refused if it has none any more. */
static int take_rights(struct call *call)
{
    const struct account *who;
    bool good = true;

    if (call->who.kind == PRINCIPAL_USER) {
        pthread_mutex_lock(&call->c->auth_lock);
        who = accounts_find(&call->c->auth, PRINCIPAL_USER, call->who.id);
        good = who && !who->disabled;
        if (good) {
            call->who.rights = who->rights;
            (void)text_copy(call->who.name, sizeof(call->who.name), who->name);
        }
        pthread_mutex_unlock(&call->c->auth_lock);
    }
    call->who.expires_us = call->now_us + SESSION_LIFE_US;
    return good ? 0 : refuse_login(call);
}

int session_create(struct call *call)
{
    const char *user = text_of(call->body, "user");
    struct batch b = {0};
    struct tries tries;
    int r;

    name_tries(call, user ? user : "", &tries);
    r = check_tries(call, &tries);
    if (r == 0) {
        r = identify(call, &b);
        if (r == 0)
            r = take_rights(call);
        if (r == 0 || call->error.status == 401)
            note_try(call, &tries, r < 0);
    }
    if (r == 0)
        r = begin(call, &b);
    batch_done(&b);
    return r < 0 ? r : respond_json(call, 201, describe(call));
}
