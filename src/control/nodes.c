#include "control_internal.h"

#include <stdio.h>

/* The calls of gateway nodes, and the tokens with which they make them. */

#define WAIT_MAX_SECONDS 300
#define TOKEN_CHARS      48 /* of base32 after the prefix */

/* The node of the region that has this name; new, NULL if there is none. */
static json_t *find_by_name(struct call *call, const char *name)
{
    json_t *list = records_list(call->c, call->kind, call->region, false), *node, *found = NULL;
    size_t i;

    json_array_foreach (list, i, node) {
        if (!found && name[0] && strcmp(model_str(node, "name"), name) == 0)
            found = json_incref(node);
    }
    json_decref(list);
    return found;
}

/* The answer again, now that the node counts as online. */
static int respond_seen(struct call *call, const json_t *node)
{
    int status = call->res->status, r = status_seen(call, model_str(node, "id"));

    if (r < 0)
        return r;
    buf_wipe(&call->res->body);
    return respond_json(call, status, resources_view(call, call->kind, node));
}

/* Registering again under the same name updates the same node. */
int nodes_register(struct call *call)
{
    const char *name = model_str(call->body, "name");
    json_t *node;
    int r;

    if (!json_object_get(call->body, "name"))
        return model_error_set(&call->error, 400, "required", "name", NULL,
                               "A node needs a name, by which it is known when it comes back.");
    node = find_by_name(call, name);
    if (node) {
        call->id = model_str(node, "id");
        r = resources_update(call);
        call->id = NULL;
    } else {
        r = resources_create(call);
    }
    if (r == 0) {
        json_decref(node);
        node = find_by_name(call, name);
        r = node ? respond_seen(call, node) : -EIO;
    }
    json_decref(node);
    return r;
}

static int check_node(struct call *call)
{
    json_t *node = resources_load(call, call->kind, call->id);

    if (!node)
        return -ENOENT;
    json_decref(node);
    return 0;
}

static int get_number(struct call *call, const char *name, uint64_t max, uint64_t *ret)
{
    const char *text = uri_param(&call->uri, name);

    if (text && text_parse_u64(text, max, ret) < 0)
        return model_error_set(&call->error, 400, "invalid-value", name, text,
                               "%s must be a whole number from 0 to %" PRIu64 ".", name, max);
    return 0;
}

/* Keys are for nodes; people ask for one at a time, which leaves a trace in the audit log. */
static void hide_keys(json_t *desired)
{
    json_t *tunnel;
    size_t i;

    json_array_foreach (json_object_get(desired, "tunnels"), i, tunnel)
        (void)json_object_del(tunnel, "psk");
}

int nodes_desired(struct call *call)
{
    uint64_t known = 0, wait = 0, now;
    const struct plan *plan;
    json_t *desired = NULL;
    int r = get_number(call, "revision", INT64_MAX, &known);

    if (r == 0)
        r = get_number(call, "wait", WAIT_MAX_SECONDS, &wait);
    if (r == 0)
        r = check_node(call);
    if (r == 0 && call->who.kind == PRINCIPAL_NODE)
        r = status_seen(call, call->id);
    if (r < 0)
        return r;
    now = store_revision(call->c->store, call->region);
    if (now == known) {
        if (wait == 0 || call->req->expired) {
            call->res->status = 304;
        } else {
            (void)text_copy(call->res->wait.region, sizeof(call->res->wait.region), call->region);
            call->res->wait.revision = now;
            call->res->wait.timeout_ms = (unsigned)wait * 1000;
        }
        return 0;
    }
    r = plans_get(call->c, call->region, &plan);
    if (r == 0)
        r = plan_desired(plan, call->id, &desired);
    if (r == 0 && call->who.kind != PRINCIPAL_NODE)
        hide_keys(desired);
    return r < 0 ? r : respond_json(call, 200, desired);
}

int nodes_status(struct call *call)
{
    int r = check_node(call);

    if (r == 0)
        r = report_take(call, call->id, call->body);
    if (r == 0)
        call->res->status = 204;
    return r;
}

/* ---- tokens ---- */

static int check_token_body(struct call *call, const char **ret_name)
{
    json_t *name = json_object_get(call->body, "name");
    const char *key;
    json_t *value;

    json_object_foreach (call->body, key, value) {
        if (strcmp(key, "name") != 0)
            return model_error_set(&call->error, 400, "unknown-field", key, NULL,
                                   "A node token has no such field; it may be given a name.");
    }
    if (name && (!json_is_string(name) || json_string_length(name) > 64))
        return model_error_set(&call->error, 400, "invalid-value", "name", NULL,
                               "name must be a text of at most 64 bytes.");
    *ret_name = model_str(call->body, "name");
    return 0;
}

struct new_token {
    char id[32];
    char secret[TOKEN_CHARS + 5];
    char hash[2 * CRYPTO_SHA256_LEN + 1];
    char at[CLOCK_TEXT_MAX];
};

static int make_token(const struct call *call, struct new_token *ret)
{
    strcpy(ret->id, "ntok-");
    random_base32(ret->id + 5, 10);
    strcpy(ret->secret, "rwn-");
    random_base32(ret->secret + 4, TOKEN_CHARS);
    clock_format(call->now_us, ret->at);
    return auth_hash_hex(ret->secret, ret->hash);
}

/* In the store first, then in memory: a token that works survives. */
static int keep_token(struct call *call, const struct new_token *token, json_t *record)
{
    struct principal who = {.kind = PRINCIPAL_NODE};
    struct batch b = {0};
    int r;

    (void)text_copy(who.id, sizeof(who.id), token->id);
    (void)text_copy(who.region, sizeof(who.region), call->region);
    batch_guard(&b, call, call->region);
    audit_add(&b, call, "createNodeToken", "nodeToken", call->region, record, NULL);
    if (json_object_set_new(record, "hash", json_string(token->hash)))
        b.failed = true;
    batch_put(&b, "nodeTokens", call->region, token->id, record);
    r = batch_commit(&b, call);
    if (r == 0)
        r = auth_add(&call->c->auth, token->secret, &who);
    batch_done(&b);
    return r;
}

int nodes_create_token(struct call *call)
{
    struct new_token token;
    const char *name = "";
    json_t *record = NULL;
    int r = check_token_body(call, &name);

    if (r == 0)
        r = make_token(call, &token);
    if (r == 0) {
        record = json_pack("{s:s, s:s, s:s, s:s}", "id", token.id, "regionId", call->region, "name",
                           name, "createdAt", token.at);
        r = record ? keep_token(call, &token, record) : -ENOMEM;
    }
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

int nodes_list_tokens(struct call *call)
{
    struct store_query query = {.collection = "nodeTokens", .region = call->region};
    struct store_page page = {0};
    json_t *items = json_array();
    int r = store_list(call->c->store, &query, &page);

    for (size_t i = 0; r == 0 && i < page.count; i++) {
        json_t *token = json_loads(page.items[i].value, 0, NULL);

        (void)json_object_del(token, "hash");
        if (json_array_append_new(items, token))
            r = -EIO;
    }
    if (r == 0)
        r = respond_json(call, 200, json_pack("{s:O}", "items", items));
    store_page_done(&page);
    json_decref(items);
    return r;
}

int nodes_delete_token(struct call *call)
{
    struct store_key key = {.collection = "nodeTokens", .region = call->region, .id = call->id};
    struct store_item item = {0};
    struct batch b = {0};
    json_t *record;
    int r = store_get(call->c->store, &key, &item);

    if (r == -ENOENT)
        return model_error_set(&call->error, 404, "not-found", "id", call->id,
                               "There is no such node token.");
    if (r < 0)
        return r;
    record = json_loads(item.value, 0, NULL);
    batch_put(&b, "nodeTokens", call->region, call->id, NULL);
    audit_add(&b, call, "deleteNodeToken", "nodeToken", call->region, record, NULL);
    r = batch_commit(&b, call);
    if (r == 0) {
        auth_remove(&call->c->auth, PRINCIPAL_NODE, call->region, call->id);
        call->res->status = 204;
    }
    json_decref(record);
    batch_done(&b);
    store_item_done(&item);
    return r;
}
