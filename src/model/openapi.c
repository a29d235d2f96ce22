#include "openapi_internal.h"

#include <stdio.h>

/* The OpenAPI 3.1 document, generated from the descriptors. Failures of allocation surface as NULL
 * values, which the jansson functions pass on; model_openapi() looks at the end whether all is
 * there. */

/* ---- paths ---- */

static json_t *parameter(const char *in, const char *name, bool required, const char *type,
                         const char *description)
{
    return json_pack("{s:s, s:s, s:b, s:{s:s}, s:s}", "in", in, "name", name, "required",
                     (int)required, "schema", "type", type, "description", description);
}

static json_t *json_content(const char *media, json_t *schema)
{
    return json_pack("{s:{s:o}}", media, "schema", schema);
}

static json_t *answer(const char *description, json_t *schema)
{
    if (!schema)
        return json_pack("{s:s}", "description", description);
    return json_pack("{s:s, s:o}", "description", description, "content",
                     json_content("application/json", schema));
}

/* Every operation may be refused in the same way. */
static json_t *operation(const char *id, const char *summary, const char *tag, const char *status,
                         json_t *ok, json_t *body)
{
    json_t *o = json_pack("{s:s, s:s, s:[s], s:{s:o, s:{s:s}}}", "operationId", id, "summary",
                          summary, "tags", tag, "responses", status, ok, "default", "$ref",
                          "#/components/responses/problem");

    if (o && body)
        openapi_set(o, "requestBody", body);
    return o;
}

static json_t *body_of(const char *media, const struct model_kind *kind)
{
    return json_pack("{s:b, s:o}", "required", 1, "content",
                     json_content(media, openapi_ref("schemas", kind->name)));
}

static json_t *patch_body(const struct model_kind *kind)
{
    char name[64];

    snprintf(name, sizeof(name), "%sPatch", kind->name);
    return json_pack("{s:b, s:{s:{s:o}, s:{s:o}}}", "required", 1, "content",
                     "application/merge-patch+json", "schema", openapi_ref("schemas", name),
                     "application/json", "schema", openapi_ref("schemas", name));
}

/* "createVpnTunnel" */
static const char *operation_id(const char *verb, const char *name, char buf[64])
{
    snprintf(buf, 64, "%s%c%s", verb, name[0] - 'a' + 'A', name + 1);
    return buf;
}

struct filters {
    const struct model_kind *kind;
    enum words_lang lang;
    json_t *parameters;
};

static int add_filter(void *arg, const char *path, const struct model_field *f)
{
    const struct filters *filters = arg;
    char name[96];

    (void)text_printf(name, sizeof(name), "%s%s", path, f->flags & MODEL_WORDS ? "Code" : "");
    if (model_filter_field(filters->kind, name))
        json_array_append_new(filters->parameters, parameter("query", name, false, "string",
                                                             f->description[filters->lang]));
    return 0;
}

static json_t *list_parameters(const struct model_kind *kind, enum words_lang lang)
{
    json_t *all = json_array();
    struct filters filters = {kind, lang, all};

    json_array_append_new(
        all, parameter("query", "limit", false, "integer", "At most this many (1-1000)"));
    json_array_append_new(
        all, parameter("query", "cursor", false, "string", "The next of an earlier answer"));
    json_array_append_new(all, parameter("query", "selector", false, "string",
                                         "Labels: env=prod,team!=x,tier,!old; a backslash before a "
                                         "character takes it as it is"));
    (void)model_each_field(kind, add_filter, &filters);
    return all;
}

static json_t *collection_path(const struct model_kind *kind, enum words_lang lang)
{
    char id[64];
    json_t *path = json_object(), *get, *post;

    get = operation(
        operation_id("list", kind->collection, id), "List", kind->name, "200",
        answer("One page",
               json_pack("{s:o}", "$ref", json_sprintf("#/components/schemas/%sList", kind->name))),
        NULL);
    if (get && kind->id < MODEL_KINDS) /* of the others there are few */
        openapi_set(get, "parameters", list_parameters(kind, lang));
    openapi_set(path, "get", get);
    if (kind->id == MODEL_PLACEMENT) /* comes and goes with what is placed */
        return path;
    post = operation(operation_id("create", kind->name, id), "Create", kind->name, "201",
                     answer("Created", openapi_ref("schemas", kind->name)),
                     body_of("application/json", kind));
    if (post)
        openapi_set(
            post, "parameters",
            json_pack("[o]",
                      parameter("header", "Idempotency-Key", false, "string",
                                "Repeating a request with the same key repeats its answer")));
    openapi_set(path, "post", post);
    return path;
}

static json_t *item_path(const struct model_kind *kind)
{
    char id[64];
    json_t *path = json_object(), *patch, *gone, *match;

    match = parameter("header", "If-Match", false, "string",
                      "The revision in quotes; refused with 412 when it has moved on");
    openapi_set(path, "get",
                operation(operation_id("get", kind->name, id), "Get", kind->name, "200",
                          answer("The resource", openapi_ref("schemas", kind->name)), NULL));
    patch = operation(
        operation_id("update", kind->name, id), "Change (JSON merge patch)", kind->name, "200",
        answer("The changed resource", openapi_ref("schemas", kind->name)), patch_body(kind));
    if (patch)
        openapi_set(patch, "parameters", json_pack("[O]", match));
    openapi_set(path, "patch", patch);
    if (kind->id != MODEL_PLACEMENT) {
        gone = operation(operation_id("delete", kind->name, id), "Delete", kind->name, "204",
                         answer("Gone", NULL), NULL);
        if (gone)
            openapi_set(gone, "parameters", json_pack("[O]", match));
        openapi_set(path, "delete", gone);
    }
    json_decref(match);
    return path;
}

static void set_path_parameters(json_t *path, bool region, bool id)
{
    json_t *all = json_array();

    if (region)
        json_array_append_new(all, parameter("path", "region", true, "string", "Id of the region"));
    if (id)
        json_array_append_new(all, parameter("path", "id", true, "string", "Id of the resource"));
    openapi_set(path, "parameters", all);
}

static void add_kind_paths(json_t *paths, const struct model_kind *kind, enum words_lang lang)
{
    bool is_region = kind->id == MODEL_REGION, in_region = !is_region && kind->id < MODEL_KINDS;
    json_t *collection = collection_path(kind, lang), *item = item_path(kind);
    char url[64], item_url[128];

    set_path_parameters(collection, in_region, false);
    set_path_parameters(item, in_region || is_region, !is_region);
    snprintf(url, sizeof(url), in_region ? "/v1/regions/{region}/%s" : "/v1/%s", kind->collection);
    openapi_set(paths, url, collection);
    snprintf(item_url, sizeof(item_url), "%s/{%s}", url, is_region ? "region" : "id");
    openapi_set(paths, item_url, item);
}

/* What is not a plain resource. */
static const struct {
    const char *url, *method, *id, *summary, *tag, *status;
    const char *member; /* of the answer: a string or "items"; NULL: see summary */
} actions[] = {
    {"/v1/regions/{region}/vpnTunnels/{id}/revealPsk", "post", "revealVpnTunnelPsk",
     "Show the pre-shared key (audited)", "vpnTunnel", "200", "psk"},
    {"/v1/regions/{region}/vpnTunnels/{id}/log", "get", "listVpnTunnelLog",
     "The negotiation log in plain words, {at, text}, the oldest first", "vpnTunnel", "200",
     "items"},
    {"/v1/regions/{region}/vpnTunnels/{id}/deviceConfiguration", "get",
     "getVpnTunnelDeviceConfiguration",
     "Configuration of the customer's device for this tunnel; as text/plain with format=text",
     "vpnTunnel", "200", NULL},
    {"/v1/regions/{region}/vpnConnections/{id}/deviceConfiguration", "get",
     "getVpnConnectionDeviceConfiguration",
     "Configuration of the customer's device for all tunnels of this connection; as text/plain "
     "with format=text",
     "vpnConnection", "200", NULL},
    {"/v1/devicePlatforms", "get", "listDevicePlatforms",
     "What customers' devices there is configuration for", "service", "200", "items"},
    {"/v1/regions/{region}/borderGateways/{id}/routes", "get", "listBorderGatewayTable",
     "Routes of a table", "borderGateway", "200", "items"},
    {"/v1/regions/{region}/borderGateways/{id}/explain", "get", "explainBorderGateway",
     "Why packets to an address go where they go", "borderGateway", "200", "answer"},
    {"/v1/regions/{region}/routeTables/{id}/routes", "get", "listRouteTableRoutes",
     "Routes of the table", "routeTable", "200", "items"},
    {"/v1/regions/{region}/routeTables/{id}/explain", "get", "explainRouteTable",
     "Why packets to an address go where they go", "routeTable", "200", "answer"},
    {"/v1/regions/{region}/problems", "get", "listProblems",
     "Resources that cannot be served in full, and why", "region", "200", "items"},
    {"/v1/regions/{region}/observed", "get", "getObserved",
     "Whether the nodes have carried out a change: revision, observed, and waitingFor (nodeId, "
     "key, "
     "resourceId, error)",
     "region", "200", NULL},
    {"/v1/regions/{region}/batch", "post", "changeSeveral",
     "Several changes in one commit, or none; with dryRun only what would be refused. A refusal "
     "names the index of its operation",
     "region", "200", NULL},
    {"/v1/regions/{region}/nodeTokens", "get", "listNodeTokens",
     "The node tokens of the region, without what is secret", "node", "200", "items"},
    {"/v1/regions/{region}/nodeTokens", "post", "createNodeToken",
     "Make the token with which one node joins (shown once)", "node", "201", "token"},
    {"/v1/regions/{region}/nodeTokens/{id}", "delete", "deleteNodeToken",
     "Delete the token, and shut out the node that joined with it", "node", "204", NULL},
    {"/v1/regions/{region}/nodes/{id}/desired", "get", "getDesiredState",
     "Objects of the node that changed since what the caller has; with wait a long poll, 304 when "
     "nothing changed (docs/protocol.md)",
     "node", "200", NULL},
    {"/v1/regions/{region}/nodes/{id}/status", "post", "reportStatus",
     "What the node has carried out, and the state of its objects; for the node itself, with its "
     "certificate (docs/protocol.md)",
     "node", "200", NULL},
    {"/v1/regions/{region}/nodes/{id}/certificate", "post", "renewNodeCertificate",
     "Renew the certificate of the node; for the node itself. With certificateRequest (PEM) in the "
     "body; answers certificate and authority",
     "node", "200", "certificate"},
    {"/v1/session", "get", "getSession",
     "Who asks: kind, id, role, projectId, regions, mayRevealKeys, expiresAt", "session", "200",
     NULL},
    {"/v1/session", "post", "createSession",
     "Log in with token, with user and password, or with link and password (of an invitation); the "
     "answer sets a cookie. Needs no token",
     "session", "201", NULL},
    {"/v1/session", "delete", "deleteSession", "Log out; with everywhere=true in all browsers",
     "session", "204", NULL},
    {"/v1/users/{id}/invite", "post", "inviteUser",
     "Make a link with which the user chooses a password, once, within a day", "user", "200",
     "link"},
    {"/v1/regions/{region}/vpnTunnels/{id}/metrics", "get", "getVpnTunnelMetrics",
     "How things went: series of averages, as JSON or CSV", "vpnTunnel", "200", NULL},
    {"/v1/regions/{region}/vpnConnections/{id}/metrics", "get", "getVpnConnectionMetrics",
     "How things went: series of averages, as JSON or CSV", "vpnConnection", "200", NULL},
    {"/v1/regions/{region}/borderGateways/{id}/metrics", "get", "getBorderGatewayMetrics",
     "How things went: series of averages, as JSON or CSV", "borderGateway", "200", NULL},
    {"/v1/regions/{region}/nodes/{id}/metrics", "get", "getNodeMetrics",
     "How things went: series of averages, as JSON or CSV", "node", "200", NULL},
    {"/v1/auditLog", "get", "listAuditLog",
     "Who did what to which resource, the newest first; a page may hold fewer than limit", "audit",
     "200", "items"},
    {"/v1/watch", "get", "watch",
     "Follow what is there and what changes, as server-sent events: list, put, status, delete and "
     "listed (docs/protocol.md)",
     "service", "200", NULL},
    {"/v1/messages", "get", "listMessages",
     "Every message by its code: its sentence in the reader's language, with the names of its "
     "arguments in braces",
     "service", "200", "items"},
    {"/openapi.json", "get", "getOpenapi", "This, for programs", "service", "200", NULL},
    {"/healthz", "get", "getHealth", "Whether the server works; needs no token", "service", "200",
     "status"},
};

#define METRICS_QUERIES(action)                                                                    \
    {action, "from",                                                                               \
     "From when: a time in UTC, seconds since 1970, or how long ago (-90m); an hour before to "    \
     "when "                                                                                       \
     "not given",                                                                                  \
     false},                                                                                       \
        {action, "to", "Until when; now when not given", false},                                   \
        {action, "step", "Seconds of a point, a multiple of 10; chosen when not given", false},    \
        {action, "names", "Series, separated by commas; all when not given", false},               \
    {                                                                                              \
        action, "format", "json or csv; else the header Accept says it", false                     \
    }

/* Their parameters. */
static const struct {
    const char *action, *name, *help;
    bool required;
} queries[] = {
    {"listBorderGatewayTable", "table", "static, propagated or effective", false},
    {"explainBorderGateway", "destination", "An address", true},
    {"explainRouteTable", "destination", "An address", true},
    {"getVpnTunnelDeviceConfiguration", "platform", "An id of /v1/devicePlatforms", true},
    {"getVpnTunnelDeviceConfiguration", "reveal",
     "true: with the pre-shared keys (audited); else placeholders", false},
    {"getVpnTunnelDeviceConfiguration", "format", "json, or text: the configuration alone", false},
    {"getVpnConnectionDeviceConfiguration", "platform", "An id of /v1/devicePlatforms", true},
    {"getVpnConnectionDeviceConfiguration", "reveal",
     "true: with the pre-shared keys (audited); else placeholders", false},
    {"getVpnConnectionDeviceConfiguration", "format", "json, or text: the configuration alone",
     false},
    {"getDesiredState", "since", "EPOCH:VERSION of the last answer", false},
    {"getDesiredState", "digest", "The digest of all objects that the caller has", false},
    {"getDesiredState", "wait", "Seconds to wait for a change (0-300)", false},
    {"getObserved", "revision", "Ropeway-Revision of the answer to the change", false},
    {"getObserved", "wait", "Seconds to wait until it is carried out (0-300)", false},
    METRICS_QUERIES("getVpnTunnelMetrics"),
    METRICS_QUERIES("getVpnConnectionMetrics"),
    METRICS_QUERIES("getBorderGatewayMetrics"),
    METRICS_QUERIES("getNodeMetrics"),
    {"watch", "region", "Only this region; may be given several times", false},
    {"watch", "collection", "Only this collection; may be given several times", false},
    {"watch", "lastEventId", "The last id that came, as the header Last-Event-ID", false},
    {"deleteSession", "everywhere", "true: also in all other browsers", false},
    {"listAuditLog", "limit", "At most this many (1-1000; 100 when not given)", false},
    {"listAuditLog", "cursor", "The next of an earlier answer", false},
    {"listAuditLog", "from", "From this time on: 2026-11-22 or 2026-11-22T08:27:24Z", false},
    {"listAuditLog", "to", "Until this time", false},
    {"listAuditLog", "actor", "Who did it: an id, or admin, node or nodeToken", false},
    {"listAuditLog", "action", "What was done, such as create", false},
    {"listAuditLog", "kind", "Kind of the resource", false},
    {"listAuditLog", "regionId", "Region of the resource", false},
    {"listAuditLog", "resourceId", "Id of the resource", false},
    {"listAuditLog", "name", "Name of the resource at that time", false},
};

static json_t *action_answer(const char *status, const char *member)
{
    bool items = member && strcmp(member, "items") == 0;

    if (strcmp(status, "204") == 0)
        return json_pack("{s:s}", "description", "Done");
    if (!member)
        return answer("The answer", json_pack("{s:s}", "type", "object"));
    return answer("The answer",
                  json_pack("{s:s, s:{s:{s:s}}, s:[s]}", "type", "object", "properties", member,
                            "type", items ? "array" : "string", "required", member));
}

static json_t *find_operation(json_t *paths, const char *url, const char *method)
{
    return json_object_get(json_object_get(paths, url), method);
}

/* What one may log in with. */
static json_t *login_schema(void)
{
    return json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}, s:b}", "type", "object",
                     "properties", "token", "type", "string", "user", "type", "string", "link",
                     "type", "string", "password", "type", "string", "additionalProperties", 0);
}

/* What may be said of a new node token. */
static json_t *token_schema(void)
{
    return json_pack("{s:s, s:{s:{s:s, s:i}, s:{s:s, s:i, s:b, s:{s:s, s:[s,s]}}, s:{s:s, s:i}}, "
                     "s:b}",
                     "type", "object", "properties", "name", "type", "string", "maxLength", 64,
                     "roles", "type", "array", "minItems", 1, "uniqueItems", 1, "items", "type",
                     "string", "enum", "gateway", "compute", "expiresInSeconds", "type", "integer",
                     "minimum", 1, "additionalProperties", 0);
}

/* What a batch of changes is. */
static json_t *batch_schema(void)
{
    json_t *operation = json_pack(
        "{s:s, s:{s:{s:s, s:[s,s,s]}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}, s:[s,s], s:b}", "type",
        "object", "properties", "op", "type", "string", "enum", "create", "update", "delete",
        "collection", "type", "string", "id", "type", "string", "ifMatch", "type", "integer",
        "body", "type", "object", "required", "op", "collection", "additionalProperties", 0);

    return json_pack("{s:s, s:{s:{s:s}, s:{s:s, s:i, s:o}}, s:[s], s:b}", "type", "object",
                     "properties", "dryRun", "type", "boolean", "operations", "type", "array",
                     "maxItems", 1000, "items", operation, "required", "operations",
                     "additionalProperties", 0);
}

/* What the answers of these are made of. */
static void add_answers(json_t *paths)
{
    static const struct {
        const char *url, *schema;
        bool list;
    } described[] = {
        {"/v1/regions/{region}/borderGateways/{id}/routes", "route", true},
        {"/v1/regions/{region}/borderGateways/{id}/explain", "explanation", false},
        {"/v1/regions/{region}/routeTables/{id}/routes", "route", true},
        {"/v1/regions/{region}/routeTables/{id}/explain", "explanation", false},
        {"/v1/regions/{region}/problems", "regionProblem", true},
        {"/v1/regions/{region}/vpnTunnels/{id}/deviceConfiguration", "deviceConfiguration", false},
        {"/v1/regions/{region}/vpnConnections/{id}/deviceConfiguration", "deviceConfiguration",
         false},
        {"/v1/devicePlatforms", "devicePlatform", true},
        {"/v1/regions/{region}/vpnTunnels/{id}/metrics", "metrics", false},
        {"/v1/regions/{region}/vpnConnections/{id}/metrics", "metrics", false},
        {"/v1/regions/{region}/borderGateways/{id}/metrics", "metrics", false},
        {"/v1/regions/{region}/nodes/{id}/metrics", "metrics", false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(described); i++) {
        json_t *get = find_operation(paths, described[i].url, "get");
        json_t *schema = openapi_ref("schemas", described[i].schema);

        if (described[i].list)
            schema = json_pack("{s:s, s:{s:{s:s, s:o}}, s:[s]}", "type", "object", "properties",
                               "items", "type", "array", "items", schema, "required", "items");
        openapi_set(json_object_get(get, "responses"), "200", answer("The answer", schema));
    }
}

/* What a general row does not say of one operation. */
static void add_details(json_t *paths)
{
    json_t *create_node = find_operation(paths, "/v1/regions/{region}/nodes", "post");
    json_t *desired = find_operation(paths, "/v1/regions/{region}/nodes/{id}/desired", "get");
    json_t *status = find_operation(paths, "/v1/regions/{region}/nodes/{id}/status", "post");
    json_t *renew = find_operation(paths, "/v1/regions/{region}/nodes/{id}/certificate", "post");
    json_t *token = find_operation(paths, "/v1/regions/{region}/nodeTokens", "post");
    json_t *health = find_operation(paths, "/healthz", "get");
    json_t *batch = find_operation(paths, "/v1/regions/{region}/batch", "post");
    json_t *login = find_operation(paths, "/v1/session", "post");

    openapi_set(json_object_get(create_node, "responses"), "200",
                answer("A node of this name was there: it is updated",
                       openapi_ref("schemas", model_kind(MODEL_NODE)->name)));
    openapi_set(json_object_get(desired, "responses"), "304", answer("Nothing changed", NULL));
    openapi_set(status, "requestBody",
                json_pack("{s:b, s:o}", "required", 1, "content",
                          json_content("application/json", json_pack("{s:s}", "type", "object"))));
    openapi_set(batch, "requestBody",
                json_pack("{s:b, s:o}", "required", 1, "content",
                          json_content("application/json", batch_schema())));
    openapi_set(
        renew, "requestBody",
        json_pack("{s:b, s:o}", "required", 1, "content",
                  json_content("application/json",
                               json_pack("{s:s, s:{s:{s:s, s:i}}, s:[s], s:b}", "type", "object",
                                         "properties", "certificateRequest", "type", "string",
                                         "maxLength", 8192, "required", "certificateRequest",
                                         "additionalProperties", 0))));
    openapi_set(token, "requestBody",
                json_pack("{s:b, s:o}", "required", 0, "content",
                          json_content("application/json", token_schema())));
    openapi_set(health, "security", json_array());
    openapi_set(login, "security", json_array());
    openapi_set(login, "requestBody",
                json_pack("{s:b, s:o}", "required", 1, "content",
                          json_content("application/json", login_schema())));
    openapi_set(
        paths, "/metrics",
        json_pack(
            "{s:o}", "get",
            operation("getMetrics",
                      "Metrics for Prometheus: requests, resources, nodes, tunnels, drops",
                      "service", "200",
                      json_pack("{s:s, s:o}", "description", "The counters", "content",
                                json_content("text/plain", json_pack("{s:s}", "type", "string"))),
                      NULL)));
}

static json_t *action_parameters(const char *action)
{
    json_t *all = json_array();

    for (size_t i = 0; i < ARRAY_SIZE(queries); i++) {
        if (strcmp(queries[i].action, action) == 0)
            json_array_append_new(all, parameter("query", queries[i].name, queries[i].required,
                                                 "string", queries[i].help));
    }
    return all;
}

static void add_actions(json_t *paths)
{
    for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
        const char *url = actions[i].url;
        json_t *o = operation(actions[i].id, actions[i].summary, actions[i].tag, actions[i].status,
                              action_answer(actions[i].status, actions[i].member), NULL);
        json_t *path = json_object_get(paths, url), *parameters = action_parameters(actions[i].id);

        if (o && json_array_size(parameters))
            openapi_set(o, "parameters", json_incref(parameters));
        json_decref(parameters);
        if (!path) {
            path = json_object();
            set_path_parameters(path, strstr(url, "{region}") != NULL, strstr(url, "{id}") != NULL);
            openapi_set(paths, url, path);
        }
        openapi_set(path, actions[i].method, o);
    }
}

json_t *model_openapi(enum words_lang lang)
{
    json_t *paths = json_object(), *problem;

    for (int i = 0; i < MODEL_KINDS; i++)
        add_kind_paths(paths, model_kind((enum model_kind_id)i), lang);
    add_kind_paths(paths, &model_token_kind, lang);
    add_kind_paths(paths, &model_user_kind, lang);
    add_actions(paths);
    add_details(paths);
    add_answers(paths);
    problem =
        json_pack("{s:s, s:o}", "description", "Refused, with the field, value and rule", "content",
                  json_content("application/problem+json", openapi_ref("schemas", "problem")));
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:o, s:{s:o}, s:{s:{s:s, s:s}}}, "
                     "s:[{s:[]}]}",
                     "openapi", "3.1.0", "info", "title", "Ropeway", "version", ROPEWAY_VERSION,
                     "description", "Site-to-site VPN between clouds and customers", "paths", paths,
                     "components", "schemas", openapi_schemas(lang), "responses", "problem",
                     problem, "securitySchemes", "token", "type", "http", "scheme", "bearer",
                     "security", "token");
}
