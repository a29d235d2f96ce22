#include "control_internal.h"

#include <stdio.h>

/* Node tokens: made by the admin, each for one node (join.c binds it to the first that joins). */

#define TOKEN_CHARS   48 /* of base32 after the prefix */
#define EXPIRES_MAX_S (10 * 365 * 86400)

/* ---- what the admin asks for ---- */

static int check_members(struct call *call)
{
    static const char *const known[] = {"name", "roles", "expiresInSeconds"};
    const char *key;
    json_t *value;

    json_object_foreach (call->body, key, value) {
        bool found = false;

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
            found |= strcmp(known[i], key) == 0;
        if (!found)
            return model_error_set(&call->error, 400, "unknown-field", key, NULL,
                                   SAY(REQUEST_NODE_TOKEN_FIELDS));
    }
    return 0;
}

static int take_name(struct call *call, json_t *record)
{
    json_t *name = json_object_get(call->body, "name");

    if (name && (!json_is_string(name) || json_string_length(name) > 64))
        return model_error_set(&call->error, 400, "invalid-value", "name", NULL,
                               SAY(REQUEST_NODE_TOKEN_NAME));
    return json_object_set_new(record, "name", json_string(model_str(call->body, "name"))) ? -ENOMEM
                                                                                           : 0;
}

static const struct model_field *roles_field(void)
{
    const struct model_field *f = model_kind(MODEL_NODE)->fields;

    while (strcmp(f->name, "roles") != 0)
        f++;
    return f;
}

static bool is_role(const json_t *role)
{
    return json_is_string(role) && model_value_code(roles_field(), json_string_value(role));
}

static bool are_roles(const json_t *roles)
{
    size_t n = json_array_size(roles);

    for (size_t i = 0; i < n; i++) {
        if (!is_role(json_array_get(roles, i)))
            return false;
        for (size_t j = 0; j < i; j++) {
            if (json_equal(json_array_get(roles, i), json_array_get(roles, j)))
                return false;
        }
    }
    return n > 0;
}

/* What the node that joins with it carries. */
static int take_roles(struct call *call, json_t *record)
{
    json_t *roles = json_object_get(call->body, "roles");

    if (roles && !are_roles(roles))
        return model_error_set(&call->error, 400, "invalid-value", "roles", NULL,
                               SAY(REQUEST_NODE_TOKEN_ROLES));
    roles = roles ? json_incref(roles) : json_loads(roles_field()->default_json, 0, NULL);
    return json_object_set_new(record, "roles", roles) ? -ENOMEM : 0;
}

/* After that time nobody joins with it; who has joined stays. */
static int take_expiry(struct call *call, json_t *record)
{
    json_t *given = json_object_get(call->body, "expiresInSeconds");
    json_int_t seconds = json_integer_value(given);
    char at[CLOCK_TEXT_MAX];

    if (!given)
        return 0;
    if (!json_is_integer(given) || seconds < 1 || seconds > EXPIRES_MAX_S)
        return model_error_set(&call->error, 400, "invalid-value", "expiresInSeconds", NULL,
                               SAY(REQUEST_NODE_TOKEN_EXPIRY, EXPIRES_MAX_S));
    clock_format(call->now_us + (uint64_t)seconds * 1000000, at);
    return json_object_set_new(record, "expiresAt", json_string(at)) ? -ENOMEM : 0;
}

static int take_wishes(struct call *call, json_t *record)
{
    int r = check_members(call);

    if (r == 0)
        r = take_name(call, record);
    if (r == 0)
        r = take_roles(call, record);
    return r == 0 ? take_expiry(call, record) : r;
}

/* ---- make, list, delete ---- */

struct new_token {
    char id[32];
    char secret[TOKEN_CHARS + 5];
    char hash[2 * CRYPTO_SHA256_LEN + 1];
    char at[CLOCK_TEXT_MAX];
};

static int make_token(const struct call *call, struct new_token *ret)
{
    random_id(ret->id, "ntok-", 10);
    random_id(ret->secret, "rwn-", TOKEN_CHARS);
    clock_format(call->now_us, ret->at);
    return auth_hash_hex(ret->secret, ret->hash);
}

/* It works when it is in the store (auth_follow()). */
static int keep_token(struct call *call, const struct new_token *token, json_t *record)
{
    struct batch b = {0};
    struct write w;
    int r = write_begin(call, call->place, false, &w);

    if (r < 0)
        return r;
    audit_add(&b, call, "createNodeToken", "nodeToken", call->region, token->id,
              model_str(record, "name"), NULL);
    if (json_object_set_new(record, "hash", json_string(token->hash)))
        b.failed = true;
    batch_put(&b, "nodeTokens", call->region, token->id, record);
    r = write_commit(&w, NULL, &b);
    write_end(&w);
    batch_done(&b);
    return r;
}

int nodes_create_token(struct call *call)
{
    struct new_token token;
    json_t *record = NULL;
    int r = make_token(call, &token);

    if (r == 0) {
        record = json_pack("{s:s, s:s, s:s}", "id", token.id, "regionId", call->region, "createdAt",
                           token.at);
        r = record ? take_wishes(call, record) : -ENOMEM;
    }
    if (r == 0)
        r = keep_token(call, &token, record);
    if (r == 0) {
        (void)json_object_del(record, "hash");
        if (json_object_set_new(record, "token", json_string(token.secret)))
            r = -ENOMEM;
        else
            r = respond_json(call, 201, json_incref(record));
    }
    json_decref(record);
    crypto_wipe(&token, sizeof(token));
    return r;
}

static bool is_token_id(const struct call *call, const char *text)
{
    (void)call;
    return text_starts_with(text, "ntok-");
}

int nodes_list_tokens(struct call *call)
{
    struct store_query query = {.collection = "nodeTokens", .region = call->region};
    struct store_page page = {0};
    json_t *items = json_array();
    uint64_t limit = LIST_LIMIT;
    int r = param_number(call, "limit", 1, LIST_LIMIT_MAX, &limit);

    if (r == 0)
        r = param_cursor(call, is_token_id, &query.after);
    query.limit = (size_t)limit;
    if (r == 0)
        r = store_list(call->c->store, &query, &page);

    for (size_t i = 0; r == 0 && i < page.count; i++) {
        json_t *token = json_loads(page.items[i].value, 0, NULL);

        (void)json_object_del(token, "hash");
        if (json_array_append_new(items, token))
            r = -EIO;
    }
    if (r == 0)
        r = respond_json(call, 200,
                         json_pack("{s:O, s:s*}", "items", items, "next",
                                   page.more ? page.items[page.count - 1].id : NULL));
    store_page_done(&page);
    json_decref(items);
    return r;
}

/* Whoever joined with it is shut out, too. */
static void delete_credential(struct call *call, struct batch *b, const json_t *token)
{
    const char *node = model_str(token, "nodeId");
    json_t *credential = NULL;

    if (*node && credentials_get(call, node, &credential) < 0)
        b->failed = true;
    if (credential && strcmp(model_str(credential, "token"), call->id) == 0)
        batch_put(b, "nodeCredentials", call->region, node, NULL);
    json_decref(credential);
}

static int delete_token(struct write *w)
{
    struct call *call = w->call;
    struct store_key key = {.collection = "nodeTokens", .region = call->region, .id = call->id};
    struct store_item item = {0};
    struct batch b = {0};
    json_t *record;
    int r = store_get(call->c->store, &key, &item);

    if (r == -ENOENT)
        return model_error_set(&call->error, 404, "not-found", "id", call->id,
                               SAY(REQUEST_NO_SUCH_NODE_TOKEN));
    if (r < 0)
        return r;
    record = json_loads(item.value, 0, NULL);
    batch_check(&b, "nodeTokens", call->region, call->id, item.revision);
    batch_put(&b, "nodeTokens", call->region, call->id, NULL);
    delete_credential(call, &b, record);
    audit_add(&b, call, "deleteNodeToken", "nodeToken", call->region, call->id,
              model_str(record, "name"), NULL);
    r = write_commit(w, NULL, &b);
    if (r == 0)
        call->res->status = 204;
    json_decref(record);
    batch_done(&b);
    store_item_done(&item);
    return r;
}

int nodes_delete_token(struct call *call)
{
    struct write w;
    int r = write_begin(call, call->place, false, &w);

    if (r < 0)
        return r;
    r = delete_token(&w);
    write_end(&w);
    return r;
}
