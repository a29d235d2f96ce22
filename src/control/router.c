#include "trials.h"

#include <stdio.h>
#include <strings.h>

/* Which handler answers what. Earlier rows win over the general ones further down. */

enum {
    ROUTE_NODE = 1 << 0,       /* the node in the path may use it, besides the admin */
    ROUTE_BODY = 1 << 1,       /* needs a JSON object */
    ROUTE_MAYBE_BODY = 1 << 2, /* takes one */
    ROUTE_FILTERS = 1 << 3,    /* the handler looks at the parameters of the query itself */
    ROUTE_JOIN = 1 << 4,       /* node tokens of the region may use it, besides the admin */
    ROUTE_NODE_ONLY = 1 << 5,  /* not even the admin may speak for a node */
    ROUTE_TEXT = 1 << 6,       /* the body may be large: it is call->in, no tree is made of it */
    ROUTE_REPEATS = 1 << 7,    /* each parameter of the query may be given several times */
    ROUTE_ADMIN = 1 << 8,      /* an admin's alone */
    ROUTE_WHOLE = 1 << 9,      /* not for whoever is bound to a project or to regions */
    ROUTE_READS = 1 << 10,     /* changes nothing that a role would be needed for */
    ROUTE_LOGIN = 1 << 11,     /* for whoever is nobody yet */
};

struct route {
    const char *method;
    const char *path;
    unsigned flags;
    call_handler *handler;
    const char *params[5]; /* of the query, beside those of ROUTE_FILTERS */
};

static const struct route routes[] = {
    {"GET", "/openapi.json", 0, documents_openapi},
    {"GET", "/metrics", ROUTE_WHOLE, metrics_text},
    {"GET", "/v1/auditLog", ROUTE_FILTERS, audit_list},
    {"GET", "/v1/session", ROUTE_READS, session_get},
    {"POST", "/v1/session", ROUTE_BODY | ROUTE_LOGIN, session_create},
    {"DELETE", "/v1/session", ROUTE_READS, session_delete, {"everywhere"}},
    {"GET", "/v1/tokens", ROUTE_WHOLE, people_list, {"limit", "cursor"}},
    {"POST", "/v1/tokens", ROUTE_BODY | ROUTE_ADMIN, people_create},
    {"GET", "/v1/tokens/{id}", ROUTE_WHOLE, people_get},
    {"PATCH", "/v1/tokens/{id}", ROUTE_BODY | ROUTE_ADMIN, people_update},
    {"DELETE", "/v1/tokens/{id}", ROUTE_ADMIN, people_delete},
    {"GET", "/v1/users", ROUTE_WHOLE, people_list, {"limit", "cursor"}},
    {"POST", "/v1/users", ROUTE_BODY | ROUTE_ADMIN, people_create},
    {"GET", "/v1/users/{id}", ROUTE_WHOLE, people_get},
    {"PATCH", "/v1/users/{id}", ROUTE_BODY | ROUTE_ADMIN, people_update},
    {"DELETE", "/v1/users/{id}", ROUTE_ADMIN, people_delete},
    {"POST", "/v1/users/{id}/invite", ROUTE_ADMIN | ROUTE_MAYBE_BODY, people_invite},
    {"GET", "/v1/devicePlatforms", 0, devices_platforms},
    {"GET", "/v1/messages", 0, documents_messages},
    {"GET", "/v1/watch", ROUTE_FILTERS | ROUTE_REPEATS, watch_begin},
    {"GET", "/v1/regions", ROUTE_FILTERS, resources_list},
    {"POST", "/v1/regions", ROUTE_BODY | ROUTE_ADMIN, resources_create},
    {"GET", "/v1/regions/{id}", 0, resources_get},
    {"PATCH", "/v1/regions/{id}", ROUTE_BODY, resources_update},
    {"DELETE", "/v1/regions/{id}", 0, resources_delete},
    {"GET", "/v1/regions/{region}/problems", 0, routes_problems},
    {"GET", "/v1/regions/{region}/quotas", 0, quotas_list},
    {"GET", "/v1/regions/{region}/events", ROUTE_FILTERS, events_list_call},
    {"GET", "/v1/regions/{region}/observed", 0, nodes_observed, {"revision", "wait"}},
    {"GET",
     "/v1/regions/{region}/explain",
     0,
     explain_way,
     {"from", "to", "protocol", "sourcePort", "destinationPort"}},
    {"POST", "/v1/regions/{region}/batch", ROUTE_BODY, resources_several},
    {"GET", "/v1/regions/{region}/nodeTokens", ROUTE_WHOLE, nodes_list_tokens, {"limit", "cursor"}},
    {"POST", "/v1/regions/{region}/nodeTokens", ROUTE_MAYBE_BODY | ROUTE_ADMIN, nodes_create_token},
    {"DELETE", "/v1/regions/{region}/nodeTokens/{id}", ROUTE_ADMIN, nodes_delete_token},
    {"GET", "/v1/regions/{region}/nodes", ROUTE_FILTERS, resources_list},
    {"POST", "/v1/regions/{region}/nodes", ROUTE_BODY | ROUTE_JOIN, nodes_register},
    {"GET",
     "/v1/regions/{region}/nodes/{id}/desired",
     ROUTE_NODE | ROUTE_WHOLE,
     nodes_desired,
     {"since", "digest", "wait", "tests"}},
    {"POST", "/v1/regions/{region}/nodes/{id}/status",
     ROUTE_BODY | ROUTE_TEXT | ROUTE_NODE | ROUTE_NODE_ONLY, nodes_status},
    {"POST", "/v1/regions/{region}/nodes/{id}/tests",
     ROUTE_BODY | ROUTE_TEXT | ROUTE_NODE | ROUTE_NODE_ONLY, trials_report},
    {"POST", "/v1/regions/{region}/nodes/{id}/certificate",
     ROUTE_BODY | ROUTE_NODE | ROUTE_NODE_ONLY, join_renew},
    {"POST", "/v1/regions/{region}/vpnTunnels/{id}/revealPsk", ROUTE_MAYBE_BODY, reveal_psk},
    {"POST", "/v1/regions/{region}/alarms/{id}/test", ROUTE_MAYBE_BODY, alarms_test},
    {"GET", "/v1/regions/{region}/vpnTunnels/{id}/log", 0, tunnel_log_list},
    {"GET",
     "/v1/regions/{region}/vpnTunnels/{id}/deviceConfiguration",
     0,
     devices_configure,
     {"platform", "reveal", "format"}},
    {"GET",
     "/v1/regions/{region}/vpnConnections/{id}/deviceConfiguration",
     0,
     devices_configure,
     {"platform", "reveal", "format"}},
    {"GET",
     "/v1/regions/{region}/vpnTunnels/{id}/routes",
     0,
     routes_of_tunnel,
     {"table", "limit", "cursor"}},
    {"GET", "/v1/regions/{region}/subnets/{id}/hosts", 0, hosts_of_subnet, {"limit", "cursor"}},
    {"GET",
     "/v1/regions/{region}/privateInterfaces/{id}/routes",
     0,
     routes_of_tunnel,
     {"table", "limit", "cursor"}},
    {"GET",
     "/v1/regions/{region}/borderGateways/{id}/routes",
     0,
     routes_of_gateway,
     {"table", "limit", "cursor"}},
    {"GET", "/v1/regions/{region}/borderGateways/{id}/explain", 0, explain_table, {"destination"}},
    {"GET",
     "/v1/regions/{region}/routeTables/{id}/routes",
     0,
     routes_of_table,
     {"limit", "cursor"}},
    {"GET", "/v1/regions/{region}/routeTables/{id}/explain", 0, explain_table, {"destination"}},
    {"GET", "/v1/regions/{region}/connectivityTests", 0, trials_list},
    {"POST", "/v1/regions/{region}/connectivityTests", ROUTE_BODY, trials_create},
    {"GET", "/v1/regions/{region}/connectivityTests/{id}", 0, trials_get},
    {"DELETE", "/v1/regions/{region}/connectivityTests/{id}", 0, trials_delete},
    {"GET",
     "/v1/regions/{region}/connectivityTests/{id}/stream",
     0,
     trials_stream,
     {"lastEventId"}},
    {"GET", "/v1/regions/{region}/{collection}", ROUTE_FILTERS, resources_list},
    {"POST", "/v1/regions/{region}/{collection}", ROUTE_BODY, resources_create},
    {"GET",
     "/v1/regions/{region}/{collection}/{id}/metrics",
     0,
     recorder_metrics,
     {"from", "to", "step", "names", "format"}},
    {"GET", "/v1/regions/{region}/{collection}/{id}", 0, resources_get},
    {"PATCH", "/v1/regions/{region}/{collection}/{id}", ROUTE_BODY, resources_update},
    {"DELETE", "/v1/regions/{region}/{collection}/{id}", 0, resources_delete},
};

static bool is(const char *part, size_t len, const char *text)
{
    return strlen(text) == len && memcmp(part, text, len) == 0;
}

/* Compares one part of a pattern with a segment and takes down what it stands for. */
static bool match_part(struct call *call, const char *part, size_t len, const char *segment)
{
    if (is(part, len, "{region}")) {
        call->region = segment;
        return true;
    }
    if (is(part, len, "{id}")) {
        call->id = segment;
        return true;
    }
    if (is(part, len, "{collection}")) {
        call->kind = model_kind_by_collection(segment);
        return call->kind && call->kind->id != MODEL_REGION;
    }
    if (!is(part, len, segment))
        return false;
    if (model_kind_by_collection(segment))
        call->kind = model_kind_by_collection(segment);
    else if (strcmp(segment, "tokens") == 0 || strcmp(segment, "users") == 0)
        call->kind = *segment == 't' ? &model_token_kind : &model_user_kind;
    return true;
}

static bool match(struct call *call, const char *path)
{
    size_t i = 0;

    call->region = call->id = NULL;
    call->kind = NULL;
    while (*path == '/') {
        size_t len = strcspn(++path, "/");

        if (i == call->uri.segment_count || !match_part(call, path, len, call->uri.segments[i++]))
            return false;
        path += len;
    }
    return i == call->uri.segment_count;
}

static int refuse_method(struct call *call, const struct route *first)
{
    char allow[64] = "";

    for (const struct route *r = first; r < routes + ARRAY_SIZE(routes); r++) {
        size_t len = strlen(allow);

        if (strcmp(r->path, first->path) == 0)
            snprintf(allow + len, sizeof(allow) - len, "%s%s", len ? ", " : "", r->method);
    }
    respond_header(call->res, "Allow", allow);
    return model_error_set(&call->error, 405, "method-not-allowed", NULL, call->req->method,
                           SAY(REQUEST_METHOD, allow));
}

static int refuse_path(struct call *call)
{
    const struct uri *u = &call->uri;

    if (u->segment_count >= 4 && strcmp(u->segments[0], "v1") == 0 &&
        strcmp(u->segments[1], "regions") == 0 && !model_kind_by_collection(u->segments[3])) {
        char known[256] = "";

        for (int k = 0; k < MODEL_KINDS; k++) {
            size_t len = strlen(known);

            if (k != MODEL_REGION)
                snprintf(known + len, sizeof(known) - len, "%s%s", len ? ", " : "",
                         model_kind((enum model_kind_id)k)->collection);
        }
        return model_error_set(&call->error, 404, "not-found", NULL, u->segments[3],
                               SAY(REQUEST_NO_SUCH_COLLECTION, known));
    }
    return model_error_set(&call->error, 404, "not-found", NULL, call->req->uri,
                           SAY(REQUEST_NO_SUCH_PATH));
}

/* A node token joins a node to its region. What a node of the version before did with it besides
 * is answered with what to do now. */
static int check_token(struct call *call, const struct route *route)
{
    bool joins = (route->flags & ROUTE_JOIN) && strcmp(call->who.region, call->region) == 0;

    if ((route->flags & ROUTE_NODE) || (joins && call->req->operators_only))
        return join_refuse_old(call);
    return joins ? 0
                 : model_error_set(&call->error, 403, "forbidden", NULL, NULL,
                                   SAY(REQUEST_ONLY_JOIN, call->who.region));
}

static int check_node(struct call *call, const struct route *route)
{
    if ((route->flags & ROUTE_NODE) && strcmp(call->who.region, call->region) == 0 &&
        strcmp(call->who.id, call->id) == 0)
        return 0;
    return model_error_set(&call->error, 403, "forbidden", NULL, NULL,
                           SAY(REQUEST_ONLY_ITS_NODE, call->who.id, call->who.region));
}

static int check_person(struct call *call, const struct route *route)
{
    enum role needed = route->flags & ROUTE_ADMIN   ? ROLE_ADMIN
                       : route->flags & ROUTE_READS ? ROLE_VIEWER
                                                    : ROLE_NONE;
    int r;

    if (route->flags & ROUTE_NODE_ONLY)
        return model_error_set(&call->error, 403, "forbidden", NULL, NULL,
                               SAY(REQUEST_ONLY_THE_NODE));
    r = access_check_origin(call);
    return r < 0 ? r : access_check(call, needed, route->flags & ROUTE_WHOLE);
}

static int check_access(struct call *call, const struct route *route)
{
    if (route->flags & ROUTE_LOGIN)
        return access_check_origin(call);
    switch (call->who.kind) {
    case PRINCIPAL_ADMIN:
    case PRINCIPAL_TOKEN:
    case PRINCIPAL_USER:
        return check_person(call, route);
    case PRINCIPAL_NODE_TOKEN:
        return check_token(call, route);
    case PRINCIPAL_NODE:
        return check_node(call, route);
    default:
        return -EACCES;
    }
}

/* The region of the path, as this request sees it. */
static int check_region(struct call *call)
{
    const char *region = access_region(call);

    if (!region)
        return 0;
    call->place = house_find(call->c, region);
    call->seen = call->place ? region_now(call->place) : NULL;
    if (call->seen && snapshot_region(call->seen))
        return 0;
    return model_error_set(&call->error, 404, "not-found", call->region ? "regionId" : "id", region,
                           SAY(REQUEST_NO_SUCH_REGION));
}

/* ---- bodies ---- */

/* Brackets within brackets, outside of texts: deeper than anything we take. */
#define DEPTH_MAX 16

static bool too_deep(const char *text, size_t len)
{
    bool quoted = false;
    int depth = 0;

    for (size_t i = 0; i < len; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '{' || text[i] == '['))
            depth++;
        else if (!quoted && (text[i] == '}' || text[i] == ']'))
            depth--;
        if (depth > DEPTH_MAX)
            return true;
    }
    return false;
}

static int check_content_type(struct call *call)
{
    const char *type = call->req->content_type ? call->req->content_type : "";
    size_t len = strcspn(type, "; \t");
    bool patch = strcmp(call->req->method, "PATCH") == 0;

    if ((len == 16 && strncasecmp(type, "application/json", len) == 0) ||
        (patch && len == 28 && strncasecmp(type, "application/merge-patch+json", len) == 0))
        return 0;
    return model_error_set(&call->error, 415, "unsupported-media-type", NULL, type,
                           SAY(REQUEST_CONTENT_TYPE));
}

static int refuse_type(struct call *call)
{
    return model_error_set(&call->error, 400, "malformed", NULL, NULL, SAY(REQUEST_BODY_NO_OBJECT));
}

static int read_tree(struct call *call)
{
    const struct control_request *req = call->req;
    json_error_t at;

    call->body = json_loadb(req->body, req->body_len, JSON_REJECT_DUPLICATES, &at);
    if (!call->body) {
        char *near = strstr(at.text, " near '");          /* what stands there may be a secret */
        char *option = strstr(at.text, " without JSON_"); /* the parser's own, not the user's */

        if (near)
            *near = 0;
        if (option)
            *option = 0;
        return model_error_set(&call->error, 400, "malformed", NULL, NULL,
                               SAY(REQUEST_BODY_SYNTAX_AT, at.line, at.column, at.text));
    }
    return json_is_object(call->body) ? 0 : refuse_type(call);
}

static int read_text(struct call *call)
{
    int r = model_text_read(&call->text, call->req->body, call->req->body_len, &call->in);

    if (r == -EBADMSG)
        return model_error_set(&call->error, 400, "malformed", NULL, NULL,
                               SAY(REQUEST_BODY_SYNTAX));
    return r == 0 && model_in_type(&call->in) != MODEL_IN_OBJECT ? refuse_type(call) : r;
}

static int parse_body(struct call *call, const struct route *route)
{
    const struct control_request *req = call->req;
    struct model_error *e = &call->error;
    int r;

    if (!(route->flags & (ROUTE_BODY | ROUTE_MAYBE_BODY)))
        return 0;
    if (req->body_len == 0)
        return route->flags & ROUTE_MAYBE_BODY
                   ? 0
                   : model_error_set(e, 400, "malformed", NULL, NULL, SAY(REQUEST_BODY_EMPTY));
    r = check_content_type(call);
    if (r < 0)
        return r;
    if (req->body_len > CONTROL_BODY_MAX)
        return model_error_set(e, 413, "too-large", NULL, NULL,
                               SAY(REQUEST_BODY_TOO_LARGE, CONTROL_BODY_MAX));
    if (!text_is_utf8(req->body, req->body_len))
        return model_error_set(e, 400, "malformed", NULL, NULL, SAY(REQUEST_BODY_UTF8));
    if (too_deep(req->body, req->body_len))
        return model_error_set(e, 400, "malformed", NULL, NULL, SAY(REQUEST_BODY_DEPTH, DEPTH_MAX));
    return route->flags & ROUTE_TEXT ? read_text(call) : read_tree(call);
}

/* Filters of resources may be repeated, and then all must match; of anything else the first one
 * would silently win. */
static int check_repeated(struct call *call, const struct route *route)
{
    bool filters = (route->flags & ROUTE_REPEATS) || ((route->flags & ROUTE_FILTERS) && call->kind);

    for (size_t i = 0; i < call->uri.param_count; i++) {
        const char *name = call->uri.params[i].name;

        if (uri_param(&call->uri, name) != call->uri.params[i].value &&
            (!filters || strcmp(name, "limit") == 0 || strcmp(name, "cursor") == 0 ||
             strcmp(name, "selector") == 0))
            return model_error_set(&call->error, 400, "invalid-value", name,
                                   call->uri.params[i].value, SAY(REQUEST_PARAM_TWICE, name));
    }
    return 0;
}

static bool is_known(const struct route *route, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(route->params); i++) {
        if (route->params[i] && strcmp(route->params[i], name) == 0)
            return true;
    }
    return false;
}

static int check_params(struct call *call, const struct route *route)
{
    char text[96] = "";

    for (size_t i = 0; i < ARRAY_SIZE(route->params) && route->params[i]; i++) {
        size_t len = strlen(text);

        snprintf(text + len, sizeof(text) - len, "%s%s", i ? ", " : "", route->params[i]);
    }
    for (size_t i = 0; i < call->uri.param_count && !(route->flags & ROUTE_FILTERS); i++) {
        const char *name = call->uri.params[i].name;

        if (!is_known(route, name))
            return model_error_set(&call->error, 400, "invalid-value", name, NULL,
                                   *text ? SAY(REQUEST_PARAMS, text, name)
                                         : SAY(REQUEST_NO_PARAMS, name));
    }
    return 0;
}

static int carry_out(struct call *call, const struct route *route)
{
    int r = check_access(call, route);

    if (r == 0)
        r = check_repeated(call, route);
    if (r == 0)
        r = check_params(call, route);
    if (r == 0)
        r = check_region(call);
    if (r == 0)
        r = parse_body(call, route);
    return r == 0 ? route->handler(call) : r;
}

int router_run(struct call *call)
{
    const char *method = strcmp(call->req->method, "HEAD") == 0 ? "GET" : call->req->method;
    const struct route *first = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
        if ((first && strcmp(routes[i].path, first->path) != 0) || !match(call, routes[i].path))
            continue;
        if (strcmp(routes[i].method, method) == 0)
            return carry_out(call, &routes[i]);
        if (!first)
            first = &routes[i];
    }
    return first ? refuse_method(call, first) : refuse_path(call);
}

bool router_is_login(const struct call *call)
{
    const struct uri *u = &call->uri;

    return strcmp(call->req->method, "POST") == 0 && u->segment_count == 2 &&
           strcmp(u->segments[0], "v1") == 0 && strcmp(u->segments[1], "session") == 0;
}
