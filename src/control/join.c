#include "control_internal.h"

#include <stdio.h>

#include "authority_internal.h"

/* How a node becomes one: it joins with a node token and a certificate request, and from then on
 * speaks with its certificate, which it renews. A token belongs to the node that first joined with
 * it, and says which roles that gets. */

int join_refuse_old(struct call *call)
{
    return model_error_set(&call->error, 403, "forbidden", NULL, NULL,
                           SAY(REQUEST_NODE_TOO_OLD, ROPEWAY_VERSION));
}

/* One join on its way. */
struct join {
    struct write w;
    json_t *token; /* the stored record */
    uint64_t token_revision;
    const struct model_resource *node; /* as it is stored; NULL if there is none of this name */
    EVP_PKEY *key;
    struct model_changes changes;
    struct batch batch;
    json_t *answer;
};

static void join_done(struct join *j)
{
    json_decref(j->token);
    json_decref(j->answer);
    EVP_PKEY_free(j->key);
    batch_done(&j->batch);
    model_changes_done(&j->changes);
}

/* ---- what is asked ---- */

static int take_request(struct call *call, EVP_PKEY **ret)
{
    const json_t *request = json_object_get(call->body, "certificateRequest");
    enum words_code why;

    if (!json_is_string(request))
        return model_error_set(&call->error, 400, request ? "invalid-value" : "required",
                               "certificateRequest", NULL, SAY(REQUEST_CSR_NEEDED));
    if (certificate_request_parse(json_string_value(request), json_string_length(request), ret,
                                  &why) < 0)
        return model_error_set(&call->error, 400, "invalid-value", "certificateRequest", NULL,
                               SAY_CODE(why));
    return 0;
}

/* Read anew: what was deleted or used elsewhere meanwhile does not hold here either. */
static int get_token(struct call *call, struct join *j)
{
    struct store_key key = {.collection = "nodeTokens", .region = call->region, .id = call->who.id};
    struct store_item item = {0};
    int r = store_get(call->c->store, &key, &item);
    char now[CLOCK_TEXT_MAX];
    const char *until;

    if (r == -ENOENT)
        return model_error_set(&call->error, 401, "unauthorized", NULL, NULL,
                               SAY(REQUEST_NODE_TOKEN_DELETED));
    if (r < 0)
        return r;
    j->token = json_loads(item.value, 0, NULL);
    j->token_revision = item.revision;
    store_item_done(&item);
    if (!j->token)
        return -EIO;
    until = model_str(j->token, "expiresAt");
    if (*until && strcmp(until, clock_format(call->now_us, now)) <= 0)
        return model_error_set(&call->error, 401, "unauthorized", NULL, NULL,
                               SAY(REQUEST_NODE_TOKEN_EXPIRED, until));
    return 0;
}

/* ---- who may ---- */

static int check_bound(struct call *call, const struct join *j, const char *bound)
{
    const struct model_resource *owner = snapshot_get(call->seen, MODEL_NODE, bound);

    if (j->node && strcmp(j->node->id, bound) == 0)
        return 0;
    if (owner)
        return model_error_set(&call->error, 403, "forbidden", "name",
                               model_str(call->body, "name"),
                               SAY(REQUEST_NODE_TOKEN_TAKEN, owner->name, bound));
    return model_error_set(&call->error, 403, "forbidden", NULL, NULL,
                           SAY(REQUEST_NODE_TOKEN_ORPHANED, bound));
}

/* A fresh token makes a new node, or takes over one that nobody holds a credential of. */
static int check_fresh(struct call *call, const struct join *j)
{
    json_t *credential = NULL;
    int r = j->node ? credentials_get(call, j->node->id, &credential) : 0;

    if (r == 0 && credential)
        r = model_error_set(&call->error, 403, "forbidden", "name", j->node->name,
                            SAY(REQUEST_NODE_HAS_OTHER_TOKEN, j->node->name, j->node->id,
                                model_str(credential, "token")));
    json_decref(credential);
    return r;
}

static int check_right(struct call *call, const struct join *j)
{
    const char *bound = model_str(j->token, "nodeId");

    return *bound ? check_bound(call, j, bound) : check_fresh(call, j);
}

/* ---- what changes ---- */

/* What a node may say of itself. Roles are the admin's; a node of any version may still send them.
 */
static int take_words(struct call *call, json_t **ret)
{
    static const char *const known[] = {"name", "address", "publicAddresses"};
    json_t *said = json_copy(call->body), *value;
    const char *name;

    (void)json_object_del(said, "certificateRequest");
    (void)json_object_del(said, "roles");
    json_object_foreach (said, name, value) {
        bool found = false;

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
            found |= strcmp(known[i], name) == 0;
        if (!found) {
            (void)model_error_set(&call->error, 400, "unknown-field", name, NULL,
                                  SAY(REQUEST_JOIN_FIELDS));
            json_decref(said);
            return -EINVAL;
        }
    }
    *ret = said;
    return said ? 0 : -ENOMEM;
}

static int plan_node(struct call *call, struct join *j)
{
    json_t *said = NULL, *roles = json_object_get(j->token, "roles");
    int r = take_words(call, &said);

    if (r < 0)
        return r;
    if (!j->node && roles && json_object_set(said, "roles", roles))
        r = -ENOMEM;
    else if (j->node)
        r = model_update(j->w.base, &j->w.env, j->node, said, &j->changes, &call->error);
    else
        r = model_create(j->w.base, &j->w.env, call->kind, said, &j->changes, &call->error);
    json_decref(said);
    return r;
}

static const struct model_resource *node_after(const struct join *j)
{
    return j->changes.count ? j->changes.items[0].after : j->node;
}

static void bind_token(struct call *call, struct join *j)
{
    batch_check(&j->batch, "nodeTokens", call->region, call->who.id, j->token_revision);
    if (*model_str(j->token, "nodeId"))
        return;
    if (json_object_set_new(j->token, "nodeId", json_string(node_after(j)->id)))
        j->batch.failed = true;
    batch_put(&j->batch, "nodeTokens", call->region, call->who.id, j->token);
}

/* The node, its credential, the token's owner and the audit entry, in one commit. */
static int commit(struct call *call, struct join *j)
{
    const struct model_resource *node = node_after(j);
    int r;

    j->answer = json_object();
    r = credentials_issue(call, &j->batch, j->key, node->id, call->who.id, j->answer);
    if (r < 0)
        return r;
    bind_token(call, j);
    audit_add(&j->batch, call, "join", call->kind->name, call->region, node->id, node->name, NULL);
    return write_commit(&j->w, j->changes.count ? &j->changes : NULL, &j->batch);
}

static int respond_joined(struct call *call, const struct join *j)
{
    const struct model_resource *node = node_after(j);
    json_t *view = resources_view(call, node);

    if (view && json_object_update(view, j->answer)) {
        json_decref(view);
        return -ENOMEM;
    }
    resources_point_at(call, node);
    return respond_json(call, j->node ? 200 : 201, view);
}

static int join(struct call *call, struct join *j)
{
    int r;

    snapshot_unref(call->seen);
    call->seen = snapshot_ref(j->w.base);
    j->node = resources_find_named(call, MODEL_NODE, model_str(call->body, "name"));
    r = check_right(call, j);
    if (r == 0)
        r = plan_node(call, j);
    if (r == 0)
        r = commit(call, j);
    if (r == 0) {
        log_info("node %s of region %s joins with token %s", node_after(j)->id, call->region,
                 call->who.id);
        r = respond_joined(call, j);
    }
    return r;
}

int join_node(struct call *call)
{
    struct join j = {0};
    int r;

    if (!json_object_get(call->body, "certificateRequest"))
        return join_refuse_old(call);
    r = take_request(call, &j.key);
    if (r == 0)
        r = get_token(call, &j);
    if (r == 0)
        r = write_begin(call, call->place, false, &j.w);
    if (r == 0) {
        r = join(call, &j);
        write_end(&j.w);
    }
    join_done(&j);
    return r;
}

/* ---- renewal ---- */

static int check_only_request(struct call *call)
{
    const char *name;
    json_t *value;

    json_object_foreach (call->body, name, value) {
        if (strcmp(name, "certificateRequest") != 0)
            return model_error_set(&call->error, 400, "unknown-field", name, NULL,
                                   SAY(REQUEST_RENEW_FIELDS));
    }
    return 0;
}

static int renew(struct write *w, EVP_PKEY *key)
{
    struct call *call = w->call;
    const struct model_resource *node = resources_find(call);
    json_t *credential = NULL, *answer = json_object();
    struct batch b = {0};
    int r = node ? credentials_get(call, call->id, &credential) : -ENOENT;

    if (r == 0)
        r = credentials_issue(call, &b, key, call->id, model_str(credential, "token"), answer);
    if (r == 0) {
        audit_add(&b, call, "renewCertificate", call->kind->name, call->region, node->id,
                  node->name, NULL);
        r = write_commit(w, NULL, &b);
    }
    if (r == 0)
        r = respond_json(call, 200, json_incref(answer));
    batch_done(&b);
    json_decref(credential);
    json_decref(answer);
    return r;
}

int join_renew(struct call *call)
{
    EVP_PKEY *key = NULL;
    struct write w;
    int r = check_only_request(call);

    if (r == 0)
        r = take_request(call, &key);
    if (r == 0)
        r = write_begin(call, call->place, false, &w);
    if (r == 0) {
        r = renew(&w, key);
        write_end(&w);
    }
    EVP_PKEY_free(key);
    return r;
}
