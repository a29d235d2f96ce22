#include "openapi_internal.h"

#include <stdio.h>

/* The OpenAPI 3.1 document, generated from the descriptors. Failures of allocation surface as NULL
 * values, which the jansson functions pass on; model_openapi() looks at the end whether all is
 * there. */

/* ---- paths ---- */

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

static const char *const list_summary[] = {"List", "列出"};
static const char *const create_summary[] = {"Create", "创建"};
static const char *const get_summary[] = {"Get", "查询"};
static const char *const update_summary[] = {"Change (JSON merge patch)",
                                             "修改（JSON merge patch）"};
static const char *const delete_summary[] = {"Delete", "删除"};
static const char *const metrics_summary[] = {
    "Metrics for Prometheus: requests, resources, nodes, tunnels, instances, attachments",
    "Prometheus指标：请求、资源、节点、隧道、实例、VPC接口"};

/* Every operation may be refused in the same way. */
static json_t *operation(enum words_lang lang, const char *id,
                         const char *const summary[WORDS_LANGS], const char *tag,
                         const char *status, json_t *ok, json_t *body)
{
    json_t *o = json_pack("{s:s, s:s, s:[s], s:{s:o, s:{s:s}}}", "operationId", id, "summary",
                          summary[lang], "tags", tag, "responses", status, ok, "default", "$ref",
                          "#/components/responses/problem");

    if (o)
        openapi_set(o, "x-ropeway-summary", openapi_both(summary));
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
        json_array_append_new(
            filters->parameters,
            openapi_parameter("query", name, false, "string", f->description[filters->lang]));
    return 0;
}

static json_t *list_parameters(const struct model_kind *kind, enum words_lang lang)
{
    json_t *all = json_array();
    struct filters filters = {kind, lang, all};

    json_array_append_new(
        all, openapi_parameter("query", "limit", false, "integer", "At most this many (1-1000)"));
    json_array_append_new(all, openapi_parameter("query", "cursor", false, "string",
                                                 "The next of an earlier answer"));
    if (kind->id >= MODEL_KINDS) /* of people there are few: they are not filtered */
        return all;
    json_array_append_new(
        all, openapi_parameter("query", "selector", false, "string",
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
        lang, operation_id("list", kind->collection, id), list_summary, kind->name, "200",
        answer("One page",
               json_pack("{s:o}", "$ref", json_sprintf("#/components/schemas/%sList", kind->name))),
        NULL);
    openapi_set(get, "parameters", list_parameters(kind, lang));
    openapi_set(path, "get", get);
    if (kind->id == MODEL_PLACEMENT) /* comes and goes with what is placed */
        return path;
    post = operation(lang, operation_id("create", kind->name, id), create_summary, kind->name,
                     "201", answer("Created", openapi_ref("schemas", kind->name)),
                     body_of("application/json", kind));
    if (post)
        openapi_set(
            post, "parameters",
            json_pack("[o]", openapi_parameter(
                                 "header", "Idempotency-Key", false, "string",
                                 "Repeating a request with the same key repeats its answer")));
    openapi_set(path, "post", post);
    return path;
}

static json_t *item_path(const struct model_kind *kind, enum words_lang lang)
{
    char id[64];
    json_t *path = json_object(), *patch, *gone, *match;

    match = openapi_parameter("header", "If-Match", false, "string",
                              "The revision in quotes; refused with 412 when it has moved on");
    openapi_set(path, "get",
                operation(lang, operation_id("get", kind->name, id), get_summary, kind->name, "200",
                          answer("The resource", openapi_ref("schemas", kind->name)), NULL));
    patch = operation(lang, operation_id("update", kind->name, id), update_summary, kind->name,
                      "200", answer("The changed resource", openapi_ref("schemas", kind->name)),
                      patch_body(kind));
    if (patch)
        openapi_set(patch, "parameters", json_pack("[O]", match));
    openapi_set(path, "patch", patch);
    if (kind->id != MODEL_PLACEMENT) {
        gone = operation(lang, operation_id("delete", kind->name, id), delete_summary, kind->name,
                         "204", answer("Gone", NULL), NULL);
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
        json_array_append_new(
            all, openapi_parameter("path", "region", true, "string", "Id of the region"));
    if (id)
        json_array_append_new(
            all, openapi_parameter("path", "id", true, "string", "Id of the resource"));
    openapi_set(path, "parameters", all);
}

static void add_kind_paths(json_t *paths, const struct model_kind *kind, enum words_lang lang)
{
    bool is_region = kind->id == MODEL_REGION, in_region = !is_region && kind->id < MODEL_KINDS;
    json_t *collection = collection_path(kind, lang), *item = item_path(kind, lang);
    char url[64], item_url[128];

    set_path_parameters(collection, in_region, false);
    set_path_parameters(item, in_region || is_region, !is_region);
    snprintf(url, sizeof(url), in_region ? "/v1/regions/{region}/%s" : "/v1/%s", kind->collection);
    openapi_set(paths, url, collection);
    snprintf(item_url, sizeof(item_url), "%s/{%s}", url, is_region ? "region" : "id");
    openapi_set(paths, item_url, item);
}

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
        {"/v1/regions/{region}/vpnTunnels/{id}/routes", "tunnelRoute", true},
        {"/v1/regions/{region}/privateInterfaces/{id}/routes", "tunnelRoute", true},
        {"/v1/regions/{region}/subnets/{id}/hosts", "subnetHost", true},
        {"/v1/regions/{region}/borderGateways/{id}/routes", "route", true},
        {"/v1/regions/{region}/borderGateways/{id}/explain", "explanation", false},
        {"/v1/regions/{region}/routeTables/{id}/routes", "route", true},
        {"/v1/regions/{region}/routeTables/{id}/explain", "explanation", false},
        {"/v1/regions/{region}/explain", "explanation", false},
        {"/v1/regions/{region}/problems", "regionProblem", true},
        {"/v1/regions/{region}/quotas", "quotaUse", true},
        {"/v1/regions/{region}/vpnTunnels/{id}/log", "negotiationLine", true},
        {"/v1/regions/{region}/connectivityTests", "connectivityTest", true},
        {"/v1/regions/{region}/connectivityTests/{id}", "connectivityTest", false},
        {"/v1/regions/{region}/vpnTunnels/{id}/deviceConfiguration", "deviceConfiguration", false},
        {"/v1/regions/{region}/vpnConnections/{id}/deviceConfiguration", "deviceConfiguration",
         false},
        {"/v1/devicePlatforms", "devicePlatform", true},
        {"/v1/regions/{region}/vpnTunnels/{id}/metrics", "metrics", false},
        {"/v1/regions/{region}/vpnConnections/{id}/metrics", "metrics", false},
        {"/v1/regions/{region}/borderGateways/{id}/metrics", "metrics", false},
        {"/v1/regions/{region}/vpcAttachments/{id}/metrics", "metrics", false},
        {"/v1/regions/{region}/privateInterfaces/{id}/metrics", "metrics", false},
        {"/v1/regions/{region}/instances/{id}/metrics", "metrics", false},
        {"/v1/regions/{region}/nodes/{id}/metrics", "metrics", false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(described); i++) {
        json_t *get = find_operation(paths, described[i].url, "get");
        json_t *schema = openapi_ref("schemas", described[i].schema);

        if (described[i].list)
            schema = json_pack("{s:s, s:{s:{s:s, s:o}, s:{s:s}}, s:[s]}", "type", "object",
                               "properties", "items", "type", "array", "items", schema, "next",
                               "type", "string", "required", "items");
        openapi_set(json_object_get(get, "responses"), "200", answer("The answer", schema));
    }
}

/* What a general row does not say of one operation. */
static void add_details(json_t *paths, enum words_lang lang)
{
    json_t *create_node = find_operation(paths, "/v1/regions/{region}/nodes", "post");
    json_t *desired = find_operation(paths, "/v1/regions/{region}/nodes/{id}/desired", "get");
    json_t *status = find_operation(paths, "/v1/regions/{region}/nodes/{id}/status", "post");
    json_t *renew = find_operation(paths, "/v1/regions/{region}/nodes/{id}/certificate", "post");
    json_t *token = find_operation(paths, "/v1/regions/{region}/nodeTokens", "post");
    json_t *health = find_operation(paths, "/healthz", "get");
    json_t *batch = find_operation(paths, "/v1/regions/{region}/batch", "post");
    json_t *login = find_operation(paths, "/v1/session", "post");
    json_t *tests = find_operation(paths, "/v1/regions/{region}/nodes/{id}/tests", "post");
    json_t *test = find_operation(paths, "/v1/regions/{region}/connectivityTests", "post");

    openapi_set(json_object_get(create_node, "responses"), "200",
                answer("A node of this name was there: it is updated",
                       openapi_ref("schemas", model_kind(MODEL_NODE)->name)));
    openapi_set(json_object_get(desired, "responses"), "304", answer("Nothing changed", NULL));
    openapi_set(status, "requestBody",
                json_pack("{s:b, s:o}", "required", 1, "content",
                          json_content("application/json", json_pack("{s:s}", "type", "object"))));
    openapi_set(tests, "requestBody",
                json_pack("{s:b, s:o}", "required", 1, "content",
                          json_content("application/json", json_pack("{s:s}", "type", "object"))));
    openapi_set(test, "requestBody",
                json_pack("{s:b, s:o}", "required", 1, "content",
                          json_content("application/json", openapi_test_request())));
    openapi_set(json_object_get(test, "responses"), "201",
                answer("It begins", openapi_ref("schemas", "connectivityTest")));
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
            operation(lang, "getMetrics", metrics_summary, "service", "200",
                      json_pack("{s:s, s:o}", "description", "The counters", "content",
                                json_content("text/plain", json_pack("{s:s}", "type", "string"))),
                      NULL)));
}

static void add_actions(json_t *paths, enum words_lang lang)
{
    const struct openapi_action *a;

    for (size_t i = 0; (a = openapi_action(i)); i++) {
        json_t *o = operation(lang, a->id, a->summary, a->tag, a->status,
                              action_answer(a->status, a->member), NULL);
        json_t *path = json_object_get(paths, a->url);
        json_t *parameters = openapi_action_parameters(a->id);

        if (o && json_array_size(parameters))
            openapi_set(o, "parameters", json_incref(parameters));
        json_decref(parameters);
        if (!path) {
            path = json_object();
            set_path_parameters(path, strstr(a->url, "{region}") != NULL,
                                strstr(a->url, "{id}") != NULL);
            openapi_set(paths, a->url, path);
        }
        openapi_set(path, a->method, o);
    }
}

json_t *model_openapi(enum words_lang lang)
{
    json_t *paths = json_object(), *problem;

    for (int i = 0; i < MODEL_KINDS; i++)
        add_kind_paths(paths, model_kind((enum model_kind_id)i), lang);
    add_kind_paths(paths, &model_token_kind, lang);
    add_kind_paths(paths, &model_user_kind, lang);
    add_actions(paths, lang);
    add_details(paths, lang);
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
