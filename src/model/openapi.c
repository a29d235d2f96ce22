#include "model_internal.h"

#include <stdio.h>

/* The OpenAPI 3.1 document, generated from the descriptors. Failures of allocation surface as NULL
 * values, which the jansson functions pass on; model_openapi() looks at the end whether all is
 * there. */

static bool set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static json_t *ref(const char *section, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", section, name));
}

/* ---- schemas ---- */

static json_t *object_schema(const struct model_field *const *tables, size_t count, bool create);

static json_t *values_schema(const struct model_field *f)
{
    json_t *values = json_array();

    for (size_t i = 0; f->values[i]; i++) {
        uint64_t n;

        if (f->type == MODEL_GROUP && text_parse_u64(f->values[i], 1000, &n) == 0)
            json_array_append_new(values, json_integer((json_int_t)n));
        else
            json_array_append_new(values, json_string(f->values[i]));
    }
    return json_pack("{s:o}", "enum", values);
}

static json_t *int_schema(const struct model_field *f)
{
    json_t *s = json_pack("{s:s, s:I}", "type", "integer", "minimum", (json_int_t)f->min);

    if (s && f->max != INT64_MAX)
        set(s, "maximum", json_integer(f->max));
    return s;
}

static json_t *string_schema(const struct model_field *f)
{
    json_t *s =
        json_pack("{s:s, s:i}", "type", "string", "maxLength", f->max_len ? (int)f->max_len : 255);

    if (s && f->rule && f->rule->pattern)
        set(s, "pattern", json_string(f->rule->pattern));
    if (s && (f->flags & MODEL_SECRET))
        set(s, "format", json_string("password"));
    return s;
}

/* "^(vpc-|subnet-)[a-z2-7]{10}$" */
static json_t *ref_schema(const struct model_field *f)
{
    struct buf pattern = {0};
    json_t *s;

    buf_puts(&pattern, "^(");
    for (int i = 0; i < MODEL_KINDS; i++) {
        if (f->refs & 1U << i)
            buf_printf(&pattern, "%s%s[a-z2-7]{10}", pattern.len > 2 ? "|" : "",
                       model_kind((enum model_kind_id)i)->prefix);
    }
    buf_printf(&pattern, "%s)$", f->type == MODEL_NEXT_HOP ? "|blackhole" : "");
    s = json_pack("{s:s, s:s}", "type", "string", "pattern", buf_text(&pattern));
    buf_done(&pattern);
    return s;
}

static json_t *element_schema(const struct model_field *f, bool create)
{
    switch (f->type) {
    case MODEL_ENUM:
    case MODEL_GROUP:
        return values_schema(f);
    case MODEL_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case MODEL_INT:
        return int_schema(f);
    case MODEL_CIDR:
        return json_pack("{s:s, s:s}", "type", "string", "format", "cidr");
    case MODEL_INTERFACE:
        return json_pack("{s:s, s:s}", "type", "string", "format", "address-with-prefix");
    case MODEL_ADDRESS:
        return json_pack("{s:s, s:[{s:s},{s:s}]}", "type", "string", "anyOf", "format", "ipv4",
                         "format", "ipv6");
    case MODEL_TIME:
        return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
    case MODEL_REF:
    case MODEL_NEXT_HOP:
        return ref_schema(f);
    case MODEL_TEXT_MAP:
        return json_pack("{s:s, s:{s:s, s:i}}", "type", "object", "additionalProperties", "type",
                         "string", "maxLength", 256);
    case MODEL_INT_MAP:
        return json_pack("{s:s, s:{s:s, s:i}}", "type", "object", "additionalProperties", "type",
                         "integer", "minimum", 0);
    case MODEL_OBJECT:
        return object_schema(&f->fields, 1, create);
    default:
        return string_schema(f);
    }
}

static json_t *field_schema(const struct model_field *f, bool create)
{
    json_t *s = element_schema(f, create), *usual;

    if (f->list) {
        s = json_pack("{s:s, s:o, s:i}", "type", "array", "items", s, "maxItems",
                      f->max_items ? (int)f->max_items : 256);
        if (s && f->min_items)
            set(s, "minItems", json_integer(f->min_items));
        if (s && (f->flags & MODEL_DISTINCT))
            set(s, "uniqueItems", json_true());
    }
    if (!s)
        return NULL;
    set(s, "description", json_string(f->description));
    set(s, "title", json_string(f->zh));
    usual = model_default(f);
    if (usual && f->type != MODEL_OBJECT)
        set(s, "default", json_incref(usual));
    json_decref(usual);
    if (f->access == MODEL_READ_ONLY || f->access == MODEL_STATUS)
        set(s, "readOnly", json_true());
    if ((f->flags & MODEL_SECRET) || f->access == MODEL_ACTION)
        set(s, "writeOnly", json_true());
    if (f->access == MODEL_CREATE_ONLY)
        set(s, "x-ropeway-create-only", json_true());
    if (f->flags & MODEL_ALLOCATED)
        set(s, "x-ropeway-allocated", json_true());
    if (f->unit)
        set(s, "x-ropeway-unit", json_string(f->unit));
    if (f->example && f->type != MODEL_INT && f->type != MODEL_INT_MAP &&
        f->type != MODEL_TEXT_MAP && !f->list)
        set(s, "examples", json_pack("[s]", f->example));
    return s;
}

static json_t *object_schema(const struct model_field *const *tables, size_t count, bool create)
{
    json_t *properties = json_object(), *required = json_array(), *s;

    for (size_t t = 0; t < count; t++) {
        for (const struct model_field *f = tables[t]; f->name; f++) {
            set(properties, f->name, field_schema(f, create));
            if (create && (f->flags & MODEL_REQUIRED))
                json_array_append_new(required, json_string(f->name));
        }
    }
    s = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                  "additionalProperties", 0);
    if (s && json_array_size(required))
        set(s, "required", json_incref(required));
    json_decref(required);
    return s;
}

static json_t *problem_schema(void)
{
    return json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, "
                     "s:{s:s, s:{s:s}}}, s:[s,s,s,s,s]}",
                     "type", "object", "properties", "type", "type", "string", "title", "type",
                     "string", "status", "type", "integer", "detail", "type", "string", "field",
                     "type", "string", "value", "type", "string", "rule", "type", "string",
                     "holders", "type", "array", "items", "type", "object", "required", "type",
                     "title", "status", "detail", "rule");
}

static json_t *all_schemas(void)
{
    json_t *schemas = json_pack("{s:o}", "problem", problem_schema());

    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)i);
        const struct model_field *tables[] = {model_common_fields(kind), kind->fields};
        json_t *s = object_schema(tables, 2, true);
        char list[64];

        if (s) {
            set(s, "description", json_string(kind->description));
            set(s, "title", json_string(kind->zh));
        }
        set(schemas, kind->name, s);
        snprintf(list, sizeof(list), "%sList", kind->name);
        set(schemas, list,
            json_pack("{s:s, s:{s:{s:s, s:o}, s:{s:s, s:s}}, s:[s]}", "type", "object",
                      "properties", "items", "type", "array", "items", ref("schemas", kind->name),
                      "next", "type", "string", "description",
                      "Cursor of the next page; absent on the last one", "required", "items"));
    }
    return schemas;
}

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
        set(o, "requestBody", body);
    return o;
}

static json_t *body_of(const char *media, const struct model_kind *kind)
{
    return json_pack("{s:b, s:o}", "required", 1, "content",
                     json_content(media, ref("schemas", kind->name)));
}

/* "createVpnTunnel" */
static const char *operation_id(const char *verb, const char *name, char buf[64])
{
    snprintf(buf, 64, "%s%c%s", verb, name[0] - 'a' + 'A', name + 1);
    return buf;
}

static int add_filter(void *arg, const char *path, const struct model_field *f)
{
    const struct model_kind *kind = ((void **)arg)[0];
    json_t *parameters = ((void **)arg)[1];

    if (model_filter_field(kind, path))
        json_array_append_new(parameters,
                              parameter("query", path, false, "string", f->description));
    return 0;
}

static json_t *list_parameters(const struct model_kind *kind)
{
    json_t *all = json_array();
    void *arg[] = {(void *)kind, all};

    json_array_append_new(
        all, parameter("query", "limit", false, "integer", "At most this many (1-1000)"));
    json_array_append_new(
        all, parameter("query", "cursor", false, "string", "The next of an earlier answer"));
    (void)model_each_field(kind, add_filter, arg);
    return all;
}

static json_t *collection_path(const struct model_kind *kind)
{
    char id[64];
    json_t *path = json_object(), *get, *post;

    get = operation(
        operation_id("list", kind->collection, id), "List", kind->name, "200",
        answer("One page",
               json_pack("{s:o}", "$ref", json_sprintf("#/components/schemas/%sList", kind->name))),
        NULL);
    if (get)
        set(get, "parameters", list_parameters(kind));
    set(path, "get", get);
    post =
        operation(operation_id("create", kind->name, id), "Create", kind->name, "201",
                  answer("Created", ref("schemas", kind->name)), body_of("application/json", kind));
    if (post)
        set(post, "parameters",
            json_pack("[o]",
                      parameter("header", "Idempotency-Key", false, "string",
                                "Repeating a request with the same key repeats its answer")));
    set(path, "post", post);
    return path;
}

static json_t *item_path(const struct model_kind *kind)
{
    char id[64];
    json_t *path = json_object(), *patch, *match;

    match = parameter("header", "If-Match", false, "string",
                      "The revision in quotes; refused with 412 when it has moved on");
    set(path, "get",
        operation(operation_id("get", kind->name, id), "Get", kind->name, "200",
                  answer("The resource", ref("schemas", kind->name)), NULL));
    patch = operation(operation_id("update", kind->name, id), "Change (JSON merge patch)",
                      kind->name, "200", answer("The changed resource", ref("schemas", kind->name)),
                      json_pack("{s:b, s:o}", "required", 1, "content",
                                json_content("application/merge-patch+json",
                                             json_pack("{s:s}", "type", "object"))));
    if (patch)
        set(patch, "parameters", json_pack("[o]", match));
    set(path, "patch", patch);
    set(path, "delete",
        operation(operation_id("delete", kind->name, id), "Delete", kind->name, "204",
                  answer("Gone", NULL), NULL));
    return path;
}

static void set_path_parameters(json_t *path, bool region, bool id)
{
    json_t *all = json_array();

    if (region)
        json_array_append_new(all, parameter("path", "region", true, "string", "Id of the region"));
    if (id)
        json_array_append_new(all, parameter("path", "id", true, "string", "Id of the resource"));
    set(path, "parameters", all);
}

static void add_kind_paths(json_t *paths, const struct model_kind *kind)
{
    bool is_region = kind->id == MODEL_REGION;
    json_t *collection = collection_path(kind), *item = item_path(kind);
    char url[128];

    set_path_parameters(collection, !is_region, false);
    set_path_parameters(item, true, !is_region);
    snprintf(url, sizeof(url), is_region ? "/v1/regions" : "/v1/regions/{region}/%s",
             kind->collection);
    set(paths, url, collection);
    snprintf(url, sizeof(url), is_region ? "/v1/regions/{region}" : "/v1/regions/{region}/%s/{id}",
             kind->collection);
    set(paths, url, item);
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
    {"/v1/regions/{region}/nodeTokens", "get", "listNodeTokens",
     "The node tokens of the region, without what is secret", "node", "200", "items"},
    {"/v1/regions/{region}/nodeTokens", "post", "createNodeToken",
     "Make the token with which a node joins (shown once)", "node", "201", "token"},
    {"/v1/regions/{region}/nodeTokens/{id}", "delete", "deleteNodeToken",
     "Shut out the nodes that use the token", "node", "204", NULL},
    {"/v1/regions/{region}/nodes/{id}/desired", "get", "getDesiredState",
     "What the node should be; with revision and wait a long poll, 304 when nothing changed",
     "node", "200", NULL},
    {"/v1/regions/{region}/nodes/{id}/status", "post", "reportStatus",
     "What the node is: tunnels, instances", "node", "204", NULL},
    {"/v1/auditLog", "get", "listAuditLog",
     "Who did what to which resource, the newest first; a page may hold fewer than limit", "audit",
     "200", "items"},
};

/* Their parameters. */
static const struct {
    const char *action, *name, *help;
    bool required;
} queries[] = {
    {"listBorderGatewayTable", "table", "static, propagated or effective", false},
    {"explainBorderGateway", "destination", "An address", true},
    {"explainRouteTable", "destination", "An address", true},
    {"getDesiredState", "revision", "The revision that the caller knows", false},
    {"getDesiredState", "wait", "Seconds to wait for another revision (0-300)", false},
    {"listAuditLog", "limit", "At most this many (1-1000; 100 when not given)", false},
    {"listAuditLog", "cursor", "The next of an earlier answer", false},
    {"listAuditLog", "from", "From this time on: 2026-11-22 or 2026-11-22T08:27:24Z", false},
    {"listAuditLog", "to", "Until this time", false},
    {"listAuditLog", "actor", "Who did it: an id, or admin or node", false},
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
            set(o, "parameters", json_incref(parameters));
        json_decref(parameters);
        if (!path) {
            path = json_object();
            set_path_parameters(path, strstr(url, "{region}") != NULL, strstr(url, "{id}") != NULL);
            set(paths, url, path);
        }
        set(path, actions[i].method, o);
    }
}

json_t *model_openapi(void)
{
    json_t *paths = json_object(), *problem;

    for (int i = 0; i < MODEL_KINDS; i++)
        add_kind_paths(paths, model_kind((enum model_kind_id)i));
    add_actions(paths);
    problem =
        json_pack("{s:s, s:o}", "description", "Refused, with the field, value and rule", "content",
                  json_content("application/problem+json", ref("schemas", "problem")));
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:o, s:{s:o, s:{s:o}, s:{s:{s:s, s:s}}}, "
                     "s:[{s:[]}]}",
                     "openapi", "3.1.0", "info", "title", "Ropeway", "version", ROPEWAY_VERSION,
                     "description", "Site-to-site VPN between clouds and customers", "paths", paths,
                     "components", "schemas", all_schemas(), "responses", "problem", problem,
                     "securitySchemes", "token", "type", "http", "scheme", "bearer", "security",
                     "token");
}
