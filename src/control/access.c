#include "control_internal.h"

/* Who may do what. A viewer reads all but keys, an operator changes what is in regions, an admin
 * does everything; each may be bound to one project and to some regions. */

static bool reads(const struct control_request *req)
{
    return strcmp(req->method, "GET") == 0 || strcmp(req->method, "HEAD") == 0;
}

static int refuse(struct call *call, const struct words *why)
{
    return model_error_set(&call->error, 403, "forbidden", NULL, NULL, why);
}

/* A descriptor's text of the role. */
static const char *name_of(enum role role)
{
    return model_find_field(&model_token_kind, "role")->values[role - 1].name;
}

static int check_role(struct call *call, enum role needed)
{
    if (call->who.rights.role >= needed)
        return 0;
    return refuse(call, SAY(ACCESS_ROLE, name_of(needed), name_of(call->who.rights.role)));
}

static bool in_region(const struct rights *rights, const char *region)
{
    for (size_t i = 0; i < rights->region_count; i++) {
        if (strcmp(rights->regions[i], region) == 0)
            return true;
    }
    return rights->region_count == 0;
}

bool access_has_region(const struct principal *who, const char *region)
{
    return in_region(&who->rights, region);
}

bool access_sees(const struct principal *who, const struct snapshot *s,
                 const struct model_resource *resource)
{
    const char *own = who->rights.project, *project = *own ? model_project_of(s, resource) : NULL;

    return !project || strcmp(own, project) == 0;
}

bool access_sees_id(const struct principal *who, const struct snapshot *s, const char *id)
{
    const struct model_kind *kind = model_kind_of_id(id);
    const struct model_resource *resource =
        snapshot_get(s, kind ? kind->id : MODEL_PLACEMENT, id); /* which may be an address */

    if (!resource)
        resource = snapshot_get(s, MODEL_NODE, id);
    return !*who->rights.project || (resource && access_sees(who, s, resource));
}

int access_check_kind(struct call *call, const struct model_kind *kind)
{
    return model_is_shared(kind) && !reads(call->req) ? check_role(call, ROLE_ADMIN) : 0;
}

const char *access_region(const struct call *call)
{
    return call->region                                   ? call->region
           : call->kind && call->kind->id == MODEL_REGION ? call->id
                                                          : NULL;
}

int access_check(struct call *call, enum role needed, bool whole)
{
    const struct rights *rights = &call->who.rights;
    const char *region = access_region(call);
    bool inside = call->region && call->kind && call->kind->id == MODEL_REGION;
    int r = check_role(call, needed ? needed : reads(call->req) ? ROLE_VIEWER : ROLE_OPERATOR);

    if (r == 0 && call->kind && !inside) /* what is in a region does not change the region */
        r = access_check_kind(call, call->kind);
    if (r == 0 && region && !in_region(rights, region))
        r = refuse(call, SAY(ACCESS_REGION, region));
    if (r == 0 && whole && (*rights->project || rights->region_count))
        r = refuse(call, SAY(ACCESS_WHOLE));
    return r;
}

int access_check_reveal(struct call *call)
{
    return call->who.rights.reveals ? 0 : refuse(call, SAY(ACCESS_REVEAL));
}

/* RFC 6454: a browser says from where a page asks. What it sends by itself it must not send for
 * somebody else's page. */
int access_check_origin(struct call *call)
{
    const struct control_request *req = call->req;
    const char *scheme = req->tls ? "https://" : "http://", *origin = req->origin;

    if (reads(req) || (!origin && !call->who.by_cookie))
        return 0;
    if (origin && req->host && text_starts_with(origin, scheme) &&
        strcmp(origin + strlen(scheme), req->host) == 0)
        return 0;
    return refuse(call, SAY(ACCESS_ORIGIN));
}
