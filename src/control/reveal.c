#include "control_internal.h"

/* Shows a tunnel's key, after the audit log says so. */
int reveal_psk(struct call *call)
{
    json_t *tunnel = resources_load(call, call->kind, call->id);
    struct batch b = {0};
    int r;

    if (!tunnel)
        return -ENOENT;
    if (json_object_size(call->body)) {
        json_decref(tunnel);
        return model_error_set(&call->error, 400, "unknown-field",
                               json_object_iter_key(json_object_iter(call->body)), NULL,
                               "This call takes no fields.");
    }
    if (secrets_missing(call->kind, tunnel)) {
        json_decref(tunnel);
        return model_error_set(&call->error, 409, "conflict", "psk", NULL,
                               "The stored psk does not open: seal.key is not the one it was "
                               "sealed with. Bring that back, or set another psk.");
    }
    audit_add(&b, call, "revealPsk", call->kind->name, call->region, tunnel, NULL);
    r = batch_commit(&b, call);
    if (r == 0)
        r = respond_json(call, 200, json_pack("{s:s}", "psk", model_str(tunnel, "psk")));
    batch_done(&b);
    json_decref(tunnel);
    return r;
}
