#include "model_internal.h"

/* Projects are walls: what belongs to one refers to nothing of another. Regions, nodes and
 * placements are the operator's and belong to none. */

bool model_is_shared(const struct model_kind *kind)
{
    return kind->id == MODEL_REGION || kind->id == MODEL_NODE || kind->id == MODEL_PLACEMENT;
}

/* What the placement places: a border gateway, or the connection with this cloud address. */
static const struct model_resource *placed(const struct snapshot *s, const char *id)
{
    struct prefix host;
    struct addr cloud;

    if (addr_parse(id, &cloud) < 0)
        return snapshot_get(s, MODEL_BORDER_GATEWAY, id);
    host = prefix_make(&cloud, (uint8_t)addr_bits(&cloud));
    return snapshot_overlap(s, SPACE_CLOUD, "", &host, NULL);
}

const char *model_project_of(const struct snapshot *s, const struct model_resource *resource)
{
    if (resource->kind->id == MODEL_PLACEMENT) {
        resource = placed(s, resource->id);
        return resource ? resource->project_id : "";
    }
    return model_is_shared(resource->kind) ? NULL : resource->project_id;
}

/* Of the first thing that it must refer to; NULL if there is none. */
static const char *project_of_parent(const struct model_request *q, const json_t *resource)
{
    for (const struct model_field *f = q->kind->fields; f->name; f++) {
        const char *id = model_str(resource, f->name);
        const struct model_kind *kind =
            f->type == MODEL_REF && (f->flags & MODEL_REQUIRED) ? model_kind_of_id(id) : NULL;
        const struct model_resource *parent =
            kind && !model_is_shared(kind) ? snapshot_get(q->s, kind->id, id) : NULL;

        if (parent)
            return parent->project_id;
    }
    return NULL;
}

int model_fill_project(struct model_request *q, json_t *resource)
{
    const char *given = json_string_value(json_object_get(resource, "projectId"));
    const char *own = q->env->project, *parent;

    if (own && given && strcmp(own, given) != 0)
        return model_error_set(q->error, 400, "invalid-value", "projectId", given,
                               SAY(CHANGE_OTHER_PROJECT, own));
    if (given)
        return 0;
    parent = own ? NULL : project_of_parent(q, resource);
    return model_set_text(q, resource, "projectId", own ? own : parent ? parent : "default");
}

bool model_may_see(const struct model_request *q, const struct model_resource *resource)
{
    const char *project = model_project_of(q->s, resource);

    return !q->env->project || !project || strcmp(q->env->project, project) == 0;
}
