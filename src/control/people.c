#include "accounts.h"

#include <stdio.h>
#include <stdlib.h>

/* Tokens and users as resources. What is kept beside what may be seen: hash (of a token),
 * passwordHash, linkHash and linkExpiresAt (of a user). */

#define SECRET_CHARS 48 /* of base32 */
#define LINK_US      (UINT64_C(24 * 3600) * 1000000)

/* ---- the store ---- */

int people_commit(struct call *call, struct batch *b)
{
    struct commit *commit;
    int r = commit_new(NULL, NULL, NULL, b, &commit);

    if (r < 0)
        return r;
    call_wait_for(call, commit);
    commit_send(call->c, commit);
    return 0;
}

int people_read(struct call *call, const struct model_kind *kind, const char *id, json_t **ret,
                uint64_t *ret_revision)
{
    struct store_key key = {.collection = kind->collection, .region = "", .id = id};
    struct store_item item = {0};
    int r = strlen(id) <= STORE_NAME_MAX && *id ? store_get(call->c->store, &key, &item) : -ENOENT;

    if (r < 0)
        return r;
    *ret = json_loads(item.value, 0, NULL);
    if (ret_revision)
        *ret_revision = item.revision;
    store_item_done(&item);
    return *ret ? 0 : -EIO;
}

/* The one of the path; 404 if there is none. */
static int find(struct call *call, json_t **ret, uint64_t *ret_revision)
{
    int r = people_read(call, call->kind, call->id, ret, ret_revision);

    return r != -ENOENT
               ? r
               : model_error_set(&call->error, 404, "not-found", "id", call->id,
                                 SAY(REQUEST_NO_SUCH_RESOURCE, model_kind_word(call->kind)));
}

static int keep(struct call *call, struct batch *b, const char *action, uint64_t revision,
                const json_t *record)
{
    const char *id = model_str(record, "id");

    batch_check(b, call->kind->collection, "", id, revision);
    batch_put(b, call->kind->collection, "", id,
              strcmp(call->req->method, "DELETE") == 0 ? NULL : record);
    audit_add(b, call, action, call->kind->name, "", id, model_str(record, "name"), NULL);
    return people_commit(call, b);
}

/* ---- what may be seen ---- */

static const char *const hidden[] = {"hash", "passwordHash", "linkHash", "linkExpiresAt"};

/* New; NULL if out of memory. */
static json_t *view_of(const json_t *record)
{
    json_t *view = json_copy((json_t *)(uintptr_t)record);

    for (size_t i = 0; view && i < ARRAY_SIZE(hidden); i++)
        (void)json_object_del(view, hidden[i]);
    return view;
}

static int respond(struct call *call, int status, const json_t *record, const char *name,
                   const char *secret)
{
    json_t *view = view_of(record);
    char etag[32];

    snprintf(etag, sizeof(etag), "\"%" PRId64 "\"", model_int(record, "revision", 0));
    respond_header(call->res, "ETag", etag);
    if (view && secret && json_object_set_new(view, name, json_string(secret))) {
        json_decref(view);
        view = NULL;
    }
    return respond_json(call, status, view);
}

/* Users are called what people chose, tokens are not. */
static bool may_be_id(const struct call *call, const char *text)
{
    return call->kind->id != MODEL_TOKEN || text_starts_with(text, "tok-");
}

int people_list(struct call *call)
{
    struct store_query query = {.collection = call->kind->collection, .region = ""};
    struct store_page page = {0};
    json_t *items = json_array();
    uint64_t limit = LIST_LIMIT;
    int r = param_number(call, "limit", 1, LIST_LIMIT_MAX, &limit);

    if (r == 0)
        r = param_cursor(call, may_be_id, &query.after);
    query.limit = (size_t)limit;
    if (r == 0)
        r = store_list(call->c->store, &query, &page);

    for (size_t i = 0; r == 0 && i < page.count; i++) {
        json_t *record = json_loads(page.items[i].value, 0, NULL);

        if (!record || json_array_append_new(items, view_of(record)))
            r = -EIO;
        json_decref(record);
    }
    if (r == 0)
        r = respond_json(call, 200,
                         json_pack("{s:O, s:s*}", "items", items, "next",
                                   page.more ? page.items[page.count - 1].id : NULL));
    store_page_done(&page);
    json_decref(items);
    return r;
}

int people_get(struct call *call)
{
    json_t *record = NULL;
    int r = find(call, &record, NULL);

    if (r == 0)
        r = respond(call, 200, record, NULL, NULL);
    json_decref(record);
    return r;
}

/* ---- secrets ---- */

/* A password that was given becomes its hash. */
static int take_password(struct call *call, json_t *record)
{
    const char *password = json_string_value(json_object_get(record, "password"));
    char hash[CRYPTO_PASSWORD_MAX];
    int r;

    if (!password)
        return 0;
    r = crypto_password_hash(crypto_span(password, strlen(password)), hash);
    if (r == 0 && (json_object_set_new(record, "passwordHash", json_string(hash)) ||
                   json_object_set_new(record, "passwordSet", json_true())))
        r = -ENOMEM;
    (void)json_object_del(record, "password");
    (void)json_object_del(record, "linkHash");
    (void)json_object_del(record, "linkExpiresAt");
    (void)call;
    return r;
}

static int make_secret(const char *prefix, char secret[SECRET_CHARS + 5], json_t *record,
                       const char *member)
{
    char hash[2 * CRYPTO_SHA256_LEN + 1];
    int r;

    random_id(secret, prefix, SECRET_CHARS);
    r = auth_hash_hex(secret, hash);
    return r < 0 || json_object_set_new(record, member, json_string(hash)) == 0 ? r : -ENOMEM;
}

static int make_link(struct call *call, char secret[SECRET_CHARS + 5], json_t *record)
{
    char until[CLOCK_TEXT_MAX];
    int r = make_secret("rwl-", secret, record, "linkHash");

    clock_format(call->now_us + LINK_US, until);
    return r < 0 || json_object_set_new(record, "linkExpiresAt", json_string(until)) == 0 ? r
                                                                                          : -ENOMEM;
}

/* ---- create ---- */

static int check_regions(struct call *call, const json_t *record)
{
    const json_t *region;
    size_t i;

    json_array_foreach (model_list(record, "regions"), i, region) {
        if (!house_find(call->c, json_string_value(region)))
            return model_error_set(&call->error, 400, "not-found", "regions",
                                   json_string_value(region), SAY(REQUEST_NO_SUCH_REGION));
    }
    return 0;
}

static int set(json_t *record, const char *name, const char *text)
{
    return json_object_set_new(record, name, json_string(text)) ? -ENOMEM : 0;
}

/* Names may hold less than ids of users. */
static int name_like_id(json_t *record)
{
    char name[65];

    (void)text_copy(name, sizeof(name), model_str(record, "id"));
    for (char *c = name; *c; c++)
        *c = strchr("@+", *c) ? '-' : *c;
    return set(record, "name", name);
}

/* Whatever the descriptors call allocated. */
static int fill(struct call *call, json_t *record)
{
    json_int_t seconds = json_integer_value(json_object_get(call->body, "expiresInSeconds"));
    char id[32], text[CLOCK_TEXT_MAX];
    int r = 0;

    random_id(id, "tok-", 10);
    if (call->kind->id == MODEL_TOKEN)
        r = set(record, "id", id);
    else if (!json_object_get(record, "passwordSet"))
        r = json_object_set_new(record, "passwordSet", json_false()) ? -ENOMEM : 0;
    if (r == 0 && !json_object_get(record, "name"))
        r = name_like_id(record);
    if (r == 0 && seconds)
        r = set(record, "expiresAt",
                clock_format(call->now_us + (uint64_t)seconds * 1000000, text));
    clock_format(call->now_us, text);
    if (r == 0)
        r = set(record, "createdAt", text);
    if (r == 0)
        r = set(record, "updatedAt", text);
    return r == 0 && json_object_set_new(record, "revision", json_integer(1)) ? -ENOMEM : r;
}

static int make(struct call *call, char secret[SECRET_CHARS + 5], json_t **ret)
{
    json_t *record = NULL;
    int r = model_validate_create(call->kind, call->body, &record, NULL, &call->error);

    if (r == 0)
        r = check_regions(call, record);
    if (r == 0)
        r = take_password(call, record);
    if (r == 0)
        r = fill(call, record);
    if (r == 0 && call->kind->id == MODEL_TOKEN)
        r = make_secret("rwt-", secret, record, "hash");
    else if (r == 0 && !json_object_get(record, "passwordHash"))
        r = make_link(call, secret, record);
    *ret = record;
    return r;
}

/* Whether there is one of this id; of users people choose it. */
static int check_absent(struct call *call, const json_t *record)
{
    json_t *known = NULL;
    int r = people_read(call, call->kind, model_str(record, "id"), &known, NULL);

    json_decref(known);
    return r == -ENOENT ? 0
           : r < 0      ? r
                   : model_error_set(&call->error, 409, "conflict", "id", model_str(record, "id"),
                                     SAY(PEOPLE_EXISTS));
}

int people_create(struct call *call)
{
    char secret[SECRET_CHARS + 5] = "";
    json_t *record = NULL;
    struct batch b = {0};
    bool token = call->kind->id == MODEL_TOKEN;
    int r = make(call, secret, &record);

    if (r == 0)
        r = check_absent(call, record);
    if (r == 0)
        r = keep(call, &b, token ? "createToken" : "createUser", STORE_ABSENT, record);
    if (r == 0)
        r = respond(call, 201, record, token ? "token" : "link", *secret ? secret : NULL);
    json_decref(record);
    batch_done(&b);
    crypto_wipe(secret, sizeof(secret));
    return r;
}

/* ---- change ---- */

int people_choose_password(struct call *call, const char *id, const char *password, struct batch *b)
{
    json_t *record = NULL, *checked = NULL, *patch = json_pack("{s:s}", "password", password),
           *shown = NULL;
    uint64_t revision;
    int r = patch ? people_read(call, &model_user_kind, id, &record, &revision) : -ENOMEM;

    if (r == 0) {
        shown = view_of(record);
        r = shown ? model_validate_update(&model_user_kind, shown, patch, &checked, NULL,
                                          &call->error)
                  : -ENOMEM;
    }
    if (r == 0 && json_object_set(record, "password", json_object_get(patch, "password")))
        r = -ENOMEM;
    if (r == 0)
        r = take_password(call, record);
    if (r == 0) {
        batch_check(b, "users", "", id, revision);
        batch_put(b, "users", "", id, record);
        accounts_end_all(call->c, PRINCIPAL_USER, id, b);
    }
    json_decref(patch);
    json_decref(shown);
    json_decref(checked);
    json_decref(record);
    return r;
}

/* What the patch makes of the record, with what is hidden. New. */
static int patched(struct call *call, const json_t *record, json_t **ret)
{
    json_t *shown = view_of(record), *made = NULL;
    char now[CLOCK_TEXT_MAX];
    int r = shown ? model_validate_update(call->kind, shown, call->body, &made, NULL, &call->error)
                  : -ENOMEM;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(hidden); i++) {
        json_t *value = json_object_get(record, hidden[i]);

        if (value && json_object_set(made, hidden[i], value))
            r = -ENOMEM;
    }
    if (r == 0)
        r = check_regions(call, made);
    if (r == 0)
        r = take_password(call, made);
    if (r == 0 &&
        (set(made, "updatedAt", clock_format(call->now_us, now)) ||
         json_object_set_new(made, "revision", json_integer(model_int(record, "revision", 0) + 1))))
        r = -ENOMEM;
    json_decref(shown);
    *ret = made;
    return r;
}

/* Whether who was let in by what there was must come again. */
static bool shuts_out(const json_t *before, const json_t *after)
{
    return json_is_true(json_object_get(after, "disabled")) ||
           !json_equal(json_object_get(before, "passwordHash"),
                       json_object_get(after, "passwordHash"));
}

static enum principal_kind principal_of(const struct model_kind *kind)
{
    return kind->id == MODEL_TOKEN ? PRINCIPAL_TOKEN : PRINCIPAL_USER;
}

int people_update(struct call *call)
{
    json_t *record = NULL, *made = NULL;
    uint64_t revision;
    struct batch b = {0};
    int r = find(call, &record, &revision);

    if (r == 0)
        r = resources_check_revision(call, model_int(record, "revision", 0), call->req->if_match);
    if (r == 0)
        r = patched(call, record, &made);
    if (r == 0 && shuts_out(record, made))
        accounts_end_all(call->c, principal_of(call->kind), call->id, &b);
    if (r == 0)
        r = keep(call, &b, call->kind->id == MODEL_TOKEN ? "updateToken" : "updateUser", revision,
                 made);
    if (r == 0)
        r = respond(call, 200, made, NULL, NULL);
    json_decref(record);
    json_decref(made);
    batch_done(&b);
    return r;
}

int people_delete(struct call *call)
{
    json_t *record = NULL;
    uint64_t revision;
    struct batch b = {0};
    int r = find(call, &record, &revision);

    if (r == 0)
        r = resources_check_revision(call, model_int(record, "revision", 0), call->req->if_match);
    if (r == 0) {
        accounts_end_all(call->c, principal_of(call->kind), call->id, &b);
        r = keep(call, &b, call->kind->id == MODEL_TOKEN ? "deleteToken" : "deleteUser", revision,
                 record);
    }
    if (r == 0)
        call->res->status = 204;
    json_decref(record);
    batch_done(&b);
    return r;
}

/* Another invitation: for whoever forgot the password, or let the first one pass. */
int people_invite(struct call *call)
{
    char secret[SECRET_CHARS + 5] = "";
    json_t *record = NULL;
    uint64_t revision;
    struct batch b = {0};
    int r;

    call->kind = &model_user_kind;
    r = find(call, &record, &revision);
    if (r == 0)
        r = make_link(call, secret, record);
    if (r == 0)
        r = keep(call, &b, "inviteUser", revision, record);
    if (r == 0)
        r = respond_json(call, 200,
                         json_pack("{s:s, s:s}", "link", secret, "expiresAt",
                                   model_str(record, "linkExpiresAt")));
    json_decref(record);
    batch_done(&b);
    crypto_wipe(secret, sizeof(secret));
    return r;
}
