#include "control_internal.h"

static int check_body(struct call *call)
{
    if (!json_object_size(call->body))
        return 0;
    return model_error_set(&call->error, 400, "unknown-field",
                           json_object_iter_key(json_object_iter(call->body)), NULL,
                           SAY(REQUEST_NO_FIELDS));
}

/* A secret that does not open, for whoever asked to see it. */
static int refuse(struct call *call, const char *field, const char *sealed, int r)
{
    char id[SEAL_ID_LEN + 1];

    if (r == -EBADMSG)
        return model_error_set(&call->error, 409, "conflict", field, NULL,
                               SAY(REQUEST_PSK_SEALED, field));
    if (r != -ENOKEY)
        return r;
    secrets_key_of(sealed, id);
    return model_error_set(&call->error, 409, "conflict", field, NULL,
                           SAY(REQUEST_PSK_KEY_MISSING, field, id));
}

static int open_secret(struct call *call, const struct model_resource *resource, const char *field,
                       const char *sealed, char **ret)
{
    int r = sealed ? secrets_open(&call->c->seal, resource->id, field, sealed, ret) : -EBADMSG;

    return r < 0 ? refuse(call, field, sealed, r) : 0;
}

int reveal_open(struct call *call, const struct model_vpn_tunnel *tunnel, char **ret)
{
    int r = open_secret(call, &tunnel->head, "psk", tunnel->psk, ret);

    if (r == 0)
        model_key_trim(*ret);
    return r;
}

int reveal_open_bgp(struct call *call, const struct model_vpn_connection *connection, char **ret)
{
    return open_secret(call, &connection->head, "bgpPassword", connection->bgp_password, ret);
}

/* Shows a tunnel's key, after the audit log says so. */
int reveal_psk(struct call *call)
{
    const struct model_resource *resource = resources_find(call);
    const struct model_vpn_tunnel *tunnel = (const struct model_vpn_tunnel *)resource;
    struct batch b = {0};
    struct commit *commit;
    char *psk = NULL;
    int r = resource ? access_check_reveal(call) : -ENOENT;

    if (r == 0)
        r = check_body(call);
    if (r == 0)
        r = reveal_open(call, tunnel, &psk);
    if (r == 0) {
        json_t *note = json_pack("{s:s}", "projectId", resource->project_id);

        audit_add(&b, call, "revealPsk", call->kind->name, call->region, resource->id,
                  resource->name, note);
        json_decref(note);
        r = commit_new(NULL, NULL, NULL, &b, &commit);
    }
    if (r == 0) {
        call_wait_for(call, commit);
        commit_send(call->c, commit);
        r = respond_json(call, 200, json_pack("{s:s}", "psk", psk));
    }
    secrets_free(psk);
    batch_done(&b);
    return r;
}
