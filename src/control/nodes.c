#include "control_internal.h"

/* How nodes come to be known. */

/* Nodes join with their token; an admin says what a node is before or after that. The same name
 * again updates the same node. */
int nodes_register(struct call *call)
{
    const char *name = model_str(call->body, "name");
    const struct model_resource *node;
    char id[STORE_NAME_MAX + 1];
    int r;

    if (call->who.kind == PRINCIPAL_NODE_TOKEN)
        return join_node(call);
    if (!json_object_get(call->body, "name"))
        return model_error_set(&call->error, 400, "required", "name", NULL, SAY(REQUEST_NODE_NAME));
    node = resources_find_named(call, MODEL_NODE, name);
    if (!node)
        return resources_create(call);
    (void)text_copy(id, sizeof(id), node->id);
    call->id = id;
    r = resources_update(call);
    call->id = NULL;
    return r;
}
