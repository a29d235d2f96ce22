#include "api.h"

#include "accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Tokens, users, roles, projects, log-in. */

/* One request as whoever has this bearer token or, if it begins with "rws-", this cookie. */
static int as(struct api *a, const char *secret, const char *method, const char *path,
              const char *body)
{
    char uri[512], bearer[160], cookie[160], text[1024];
    bool is_cookie = strncmp(secret, "rws-", 4) == 0;
    struct control_request req = {.method = method,
                                  .uri = uri,
                                  .authorization = is_cookie || !*secret ? NULL : bearer,
                                  .cookie = is_cookie ? cookie : NULL,
                                  .origin = is_cookie ? "https://ropeway.example:8443" : NULL,
                                  .host = "ropeway.example:8443",
                                  .tls = true,
                                  .peer = "192.0.2.7",
                                  .content_type = "application/json"};

    snprintf(bearer, sizeof(bearer), "Bearer %s", secret);
    snprintf(cookie, sizeof(cookie), "theme=dark; __Host-ropeway=%s; x=y", secret);
    if (*path == '/')
        snprintf(uri, sizeof(uri), "%s", path);
    else
        snprintf(uri, sizeof(uri), "/v1/regions/r1/%s", path);
    snprintf(text, sizeof(text), "%s", body ? body : "");
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    req.body = body ? text : NULL;
    req.body_len = body ? strlen(text) : 0;
    return api_request(a, &req);
}

static const char *code(const struct api *a)
{
    return api_str(a, "code");
}

/* A token with these rights; in one of a few buffers in turn. */
static const char *make_token(struct api *a, const char *rights)
{
    static char secrets[8][80];
    static unsigned turn;
    char body[512];

    snprintf(body, sizeof(body), "{'name': 't', %s}", rights);
    if (api(a, "POST", "//v1/tokens", body) != 201)
        print_error("%s\n", buf_text(&a->res.body));
    assert_int_equal(a->status, 201);
    turn = (turn + 1) % ARRAY_SIZE(secrets);
    assert_int_equal(text_copy(secrets[turn], sizeof(secrets[turn]), api_str(a, "token")), 0);
    return secrets[turn];
}

/* The cookie of the answer. */
static const char *cookie_of(const struct api *a)
{
    static char cookies[4][80];
    static unsigned turn;
    const char *header = api_header(a, "Set-Cookie");

    assert_true(text_starts_with(header, "__Host-ropeway="));
    assert_non_null(strstr(header, "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age="));
    turn = (turn + 1) % ARRAY_SIZE(cookies);
    snprintf(cookies[turn], sizeof(cookies[turn]), "%.*s", (int)strcspn(header + 15, ";"),
             header + 15);
    return cookies[turn];
}

/* ---- tokens ---- */

static void test_tokens_are_resources(void **state)
{
    struct api *a = *state;
    char id[64], path[96];
    const char *secret = make_token(a, "'role': 'operator', 'description': 'terraform'");

    strcpy(id, api_str(a, "id"));
    snprintf(path, sizeof(path), "//v1/tokens/%s", id);
    assert_true(text_starts_with(secret, "rwt-"));
    assert_true(text_starts_with(id, "tok-"));
    assert_string_equal(api_header(a, "ETag"), "\"1\"");
    /* Shown once. */
    assert_int_equal(api(a, "GET", path, NULL), 200);
    assert_null(json_object_get(a->answer, "token"));
    assert_null(json_object_get(a->answer, "hash"));
    assert_string_equal(api_str(a, "description"), "terraform");
    assert_int_equal(api(a, "GET", "//v1/tokens", NULL), 200);
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    assert_null(strstr(buf_text(&a->res.body), "hash"));
    assert_int_equal(as(a, secret, "GET", "vpcs", NULL), 200);
    assert_int_equal(as(a, secret, "GET", "/v1/session", NULL), 200);
    assert_string_equal(api_str(a, "kind"), "token");
    assert_string_equal(api_str(a, "id"), id);
    assert_string_equal(api_str(a, "role"), "operator");
    /* What changes holds at once. */
    assert_int_equal(as(a, secret, "POST", "vpcs", "{'cidr': '10.1.0.0/16'}"), 201);
    assert_int_equal(api(a, "PATCH", path, "{'role': 'viewer'}"), 200);
    assert_int_equal(as(a, secret, "POST", "vpcs", "{'cidr': '10.1.0.0/16'}"), 403);
    assert_string_equal(code(a), "access.role");
    assert_int_equal(as(a, secret, "GET", "vpcs", NULL), 200);
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    assert_int_equal(as(a, secret, "GET", "vpcs", NULL), 401);
    assert_string_equal(code(a), "request.token-unknown");
    assert_int_equal(api(a, "DELETE", path, NULL), 404);
}

static void test_lists_come_in_pages(void **state)
{
    static const char *const refused[] = {"tokens?cursor=zz",
                                          "tokens?limit=0",
                                          "tokens?name=x",
                                          "users?limit=1001",
                                          "regions/r1/nodeTokens?cursor=zz",
                                          "regions/r1/vpcs?cursor=zz",
                                          "auditLog?cursor=zz"};
    struct api *a = *state;
    char next[64] = "";

    for (unsigned i = 0; i < 3; i++) {
        (void)make_token(a, "'role': 'viewer'");
        api_make_token(a, NULL);
    }
    api_get(a, 200, "//v1/tokens?limit=2");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 2);
    strcpy(next, api_str(a, "next"));
    api_get(a, 200, "//v1/tokens?limit=2&cursor=%s", next);
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    assert_null(json_object_get(a->answer, "next"));
    api_get(a, 200, "nodeTokens?limit=2");
    strcpy(next, api_str(a, "next"));
    api_get(a, 200, "nodeTokens?limit=2&cursor=%s", next);
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    api_get(a, 200, "//v1/users?limit=1");
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
        api_get(a, 400, "//v1/%s", refused[i]);
}

static void test_bad_tokens(void **state)
{
    static const struct {
        const char *body, *field, *code;
    } cases[] = {
        {"{}", "role", "value.required"},
        {"{'role': 'root'}", "role", "value.choice"},
        {"{'role': 'viewer', 'colour': 1}", "colour", "value.unknown-field"},
        {"{'role': 'viewer', 'hash': 'x'}", "hash", "value.unknown-field"},
        {"{'role': 'viewer', 'expiresAt': '2030-01-01T00:00:00Z'}", "expiresAt",
         "value.set-by-server"},
        {"{'role': 'viewer', 'expiresInSeconds': 0}", "expiresInSeconds", "value.range"},
        {"{'role': 'viewer', 'regions': ['r9']}", "regions", "request.no-such-region"},
        {"{'role': 'viewer', 'regions': ['r1', 'r1']}", "regions", "value.twice"},
        {"{'role': 'viewer', 'projectId': 'a b'}", "projectId", "value.must-be"},
        {"{'role': 'admin', 'projectId': 'a'}", "role", "value.admin-bound"},
        {"{'role': 'admin', 'regions': ['r1']}", "role", "value.admin-bound"},
        {"{'role': 'viewer', 'mayRevealKeys': true}", "mayRevealKeys", "value.viewer-keys"},
    };
    struct api *a = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (api(a, "POST", "//v1/tokens", cases[i].body) != 400 ||
            strcmp(code(a), cases[i].code) != 0 ||
            !text_starts_with(api_str(a, "field"), cases[i].field))
            fail_msg("%s: %s", cases[i].body, buf_text(&a->res.body));
    }
}

static void test_a_token_expires(void **state)
{
    struct api *a = *state;
    const char *secret = make_token(a, "'role': 'viewer', 'expiresInSeconds': 1");

    assert_true(*api_str(a, "expiresAt"));
    assert_int_equal(as(a, secret, "GET", "vpcs", NULL), 200);
    pthread_mutex_lock(&a->control->auth_lock);
    usleep(1100000);
    pthread_mutex_unlock(&a->control->auth_lock);
    assert_int_equal(as(a, secret, "GET", "vpcs", NULL), 401);
    assert_string_equal(code(a), "request.token-expired");
}

/* ---- roles ---- */

static void test_roles(void **state)
{
    static const struct {
        const char *method, *path, *body;
        int viewer, operator, admin;
    } cases[] = {
        {"GET", "vpcs", NULL, 200, 200, 200},
        {"GET", "/v1/regions", NULL, 200, 200, 200},
        {"GET", "/v1/regions/r1", NULL, 200, 200, 200},
        {"GET", "/v1/auditLog", NULL, 200, 200, 200},
        {"GET", "/metrics", NULL, 200, 200, 200},
        {"GET", "/v1/tokens", NULL, 200, 200, 200},
        {"GET", "/v1/users", NULL, 200, 200, 200},
        {"GET", "nodeTokens", NULL, 200, 200, 200},
        {"GET", "problems", NULL, 200, 200, 200},
        {"GET", "/v1/messages", NULL, 200, 200, 200},
        {"GET", "/v1/nothing", NULL, 404, 404, 404},
        {"POST", "vpcs", "{'cidr': '10.1.0.0/16'}", 403, 201, 201},
        {"PATCH", "vpcs/vpc-aaaaaaaaaa", "{}", 403, 404, 404},
        {"DELETE", "vpcs/vpc-aaaaaaaaaa", NULL, 403, 404, 404},
        {"POST", "batch", "{'operations': []}", 403, 200, 200},
        {"POST", "batch", "{'operations': [{'op': 'update', 'collection': 'nodes', 'id': 'x'}]}",
         403, 403, 404},
        {"POST", "nodeTokens", "{}", 403, 403, 201},
        {"DELETE", "nodeTokens/ntok-a", NULL, 403, 403, 404},
        {"POST", "/v1/regions", "{'id': 'r2'}", 403, 403, 201},
        {"PATCH", "/v1/regions/r1", "{'name': 'x'}", 403, 403, 200},
        {"PATCH", "nodes/node-aaaaaaaaaa", "{}", 403, 403, 404},
        {"DELETE", "nodes/node-aaaaaaaaaa", NULL, 403, 403, 404},
        {"PATCH", "placements/bgw-aaaaaaaaaa", "{}", 403, 403, 404},
        {"POST", "/v1/tokens", "{'role': 'viewer'}", 403, 403, 201},
        {"DELETE", "/v1/tokens/tok-x", NULL, 403, 403, 404},
        {"POST", "/v1/users", "{'role': 'viewer'}", 403, 403, 400},
        {"POST", "/v1/users/x/invite", NULL, 403, 403, 404},
        {"POST", "nodes/node-a/status", "{}", 403, 403, 403},
    };
    struct api *a = *state;
    const char *viewer = make_token(a, "'role': 'viewer'");
    const char *operator= make_token(a, "'role': 'operator'");
    const char *admin = make_token(a, "'role': 'admin'");

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int got[] = {as(a, viewer, cases[i].method, cases[i].path, cases[i].body),
                     as(a, operator, cases[i].method, cases[i].path, cases[i].body),
                     as(a, admin, cases[i].method, cases[i].path, cases[i].body)};

        if (got[0] != cases[i].viewer || got[1] != cases[i].operator|| got[2] != cases[i].admin)
            fail_msg("%s %s: %d %d %d", cases[i].method, cases[i].path, got[0], got[1], got[2]);
    }
}

static void test_who_sees_keys(void **state)
{
    struct api *a = *state;
    const char *plain = make_token(a, "'role': 'operator'");
    const char *trusted = make_token(a, "'role': 'operator', 'mayRevealKeys': true");
    const char *viewer = make_token(a, "'role': 'viewer'");
    struct api_vpn v;
    char path[160];

    api_make_vpn(a, &v);
    snprintf(path, sizeof(path), "vpnTunnels/%s/revealPsk", v.tunnels[0]);
    assert_int_equal(as(a, viewer, "POST", path, NULL), 403);
    assert_int_equal(as(a, plain, "POST", path, NULL), 403);
    assert_string_equal(code(a), "access.reveal");
    assert_int_equal(as(a, trusted, "POST", path, NULL), 200);
    assert_true(*api_str(a, "psk"));
    assert_int_equal(api(a, "GET", "//v1/auditLog?action=revealPsk", NULL), 200);
    assert_string_equal(
        model_str(json_array_get(json_object_get(a->answer, "items"), 0), "who.kind"), "token");
    assert_string_equal(
        model_str(json_array_get(json_object_get(a->answer, "items"), 0), "who.name"), "t");

    /* In the configuration of a device it is the same. */
    snprintf(path, sizeof(path), "vpnTunnels/%s/deviceConfiguration?platform=ropeway",
             v.tunnels[0]);
    assert_int_equal(as(a, viewer, "GET", path, NULL), 200);
    strcat(path, "&reveal=true");
    assert_int_equal(as(a, viewer, "GET", path, NULL), 403);
    assert_int_equal(as(a, plain, "GET", path, NULL), 403);
    assert_string_equal(code(a), "access.reveal");
    assert_int_equal(as(a, trusted, "GET", path, NULL), 200);
}

/* ---- projects and regions ---- */

static void test_a_project_sees_itself(void **state)
{
    struct api *a = *state;
    const char *blue = make_token(a, "'role': 'operator', 'projectId': 'blue'");
    char mine[48], theirs[48], path[96];

    strcpy(theirs, api_make(a, "vpcs", "{'cidr': '10.1.0.0/16', 'projectId': 'red'}"));
    assert_int_equal(as(a, blue, "POST", "vpcs", "{'cidr': '10.1.0.0/16'}"), 201);
    assert_string_equal(api_str(a, "projectId"), "blue");
    strcpy(mine, api_str(a, "id"));
    assert_int_equal(as(a, blue, "POST", "vpcs", "{'cidr': '10.2.0.0/16', 'projectId': 'red'}"),
                     400);
    assert_int_equal(as(a, blue, "GET", "vpcs", NULL), 200);
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    assert_string_equal(model_str(json_array_get(json_object_get(a->answer, "items"), 0), "id"),
                        mine);
    assert_int_equal(as(a, blue, "GET", "vpcs?projectId=red", NULL), 200);
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 0);
    snprintf(path, sizeof(path), "vpcs/%s", theirs);
    assert_int_equal(as(a, blue, "GET", path, NULL), 404);
    assert_int_equal(as(a, blue, "PATCH", path, "{'name': 'x'}"), 404);
    assert_int_equal(as(a, blue, "DELETE", path, NULL), 404);
    snprintf(path, sizeof(path),
             "{'operations': [{'op': 'delete', 'collection': 'vpcs', 'id': "
             "'%s'}]}",
             theirs);
    assert_int_equal(as(a, blue, "POST", "batch", path), 404);
    snprintf(path, sizeof(path), "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", theirs);
    assert_int_equal(as(a, blue, "POST", "subnets", path), 400);
    assert_string_equal(code(a), "change.ref-missing");
    /* What is about all is not for a part. */
    assert_int_equal(as(a, blue, "GET", "/metrics", NULL), 403);
    assert_string_equal(code(a), "access.whole");
    assert_int_equal(as(a, blue, "GET", "/v1/tokens", NULL), 403);
    assert_int_equal(as(a, blue, "GET", "nodeTokens", NULL), 403);
    /* The log shows what happened in the project. */
    api_make(a, "vpcs", "{'cidr': '10.9.0.0/16'}");
    assert_int_equal(as(a, blue, "GET", "/v1/auditLog", NULL), 200);
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    assert_string_equal(
        model_str(json_array_get(json_object_get(a->answer, "items"), 0), "resourceId"), mine);
}

static void test_problems_of_a_project(void **state)
{
    struct api *a = *state;
    const char *blue = make_token(a, "'role': 'viewer', 'projectId': 'blue'");
    const char *mine = api_make(a, "borderGateways", "{'projectId': 'blue'}");

    api_make(a, "borderGateways", "{'projectId': 'red'}");
    assert_int_equal(as(a, blue, "GET", "problems", NULL), 200);
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    assert_string_equal(model_str(json_array_get(json_object_get(a->answer, "items"), 0), "id"),
                        mine);
}

/* What is not carried out of others' is no secret, what it is is. */
static void test_waiting_of_a_project(void **state)
{
    struct api *a = *state;
    const char *blue = make_token(a, "'role': 'viewer', 'projectId': 'blue'");
    const char *red = make_token(a, "'role': 'viewer', 'projectId': 'red'");

    (void)api_join(a);
    api_make(a, "borderGateways", "{'projectId': 'red'}");
    assert_int_equal(as(a, blue, "GET", "observed", NULL), 200);
    assert_true(json_is_false(json_object_get(a->answer, "observed")));
    assert_int_equal(json_array_size(model_list(a->answer, "waitingFor")), 0);
    assert_int_equal(as(a, red, "GET", "observed", NULL), 200);
    assert_true(json_array_size(model_list(a->answer, "waitingFor")) > 0);
    api_get(a, 200, "observed");
    assert_true(json_array_size(model_list(a->answer, "waitingFor")) > 0);
}

static const json_t *quota(struct api *a, const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(a->answer, "items"), i, item) {
        if (strcmp(model_str(item, "name"), name) == 0)
            return item;
    }
    fail_msg("no quota %s", name);
    return NULL;
}

static void test_quotas_of_a_project(void **state)
{
    struct api *a = *state;
    const char *blue = make_token(a, "'role': 'viewer', 'projectId': 'blue'");
    char mine[48], theirs[48];

    assert_int_equal(as(a, blue, "GET", "quotas", NULL), 200);
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 15);
    assert_int_equal(model_int(quota(a, "vpcs"), "limit", -1), 10);
    assert_int_equal(model_int(quota(a, "vpcs"), "used", -1), 0);
    assert_string_equal(model_str(quota(a, "vpcs"), "description"), "VPCs in a region");
    assert_int_equal(model_int(quota(a, "subnetsPerVpc"), "used", -1), 0);
    assert_null(json_object_get(quota(a, "subnetsPerVpc"), "resourceId"));
    assert_null(json_object_get(quota(a, "dynamicRoutesPerBorderGateway"), "used"));
    strcpy(mine, api_make(a, "vpcs", "{'projectId': 'blue', 'cidr': '10.1.0.0/16'}"));
    strcpy(theirs, api_make(a, "vpcs", "{'projectId': 'red', 'cidr': '10.1.0.0/16'}"));
    api_make(a, "subnets", "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", theirs);
    api_make(a, "subnets", "{'vpcId': '%s', 'cidr': '10.1.2.0/24'}", theirs);
    api_make(a, "subnets", "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", mine);
    /* The region's are all projects' together, of others' resources nothing is told. */
    assert_int_equal(as(a, blue, "GET", "quotas", NULL), 200);
    assert_int_equal(model_int(quota(a, "vpcs"), "used", -1), 2);
    assert_int_equal(model_int(quota(a, "subnetsPerVpc"), "used", -1), 1);
    assert_string_equal(model_str(quota(a, "subnetsPerVpc"), "resourceId"), mine);
    assert_int_equal(api(a, "PATCH", "//v1/regions/r1", "{'quotas': {'subnetsPerVpc': 3}}"), 200);
    a->lang = WORDS_ZH;
    api_get(a, 200, "quotas");
    assert_int_equal(model_int(quota(a, "subnetsPerVpc"), "used", -1), 2);
    assert_int_equal(model_int(quota(a, "subnetsPerVpc"), "limit", -1), 3);
    assert_string_equal(model_str(quota(a, "subnetsPerVpc"), "resourceId"), theirs);
    assert_string_equal(model_str(quota(a, "subnetsPerVpc"), "description"), "每个VPC的子网数");
    a->lang = WORDS_EN;
}

/* A placement is as much of a project as what it places. */
static void test_placements_of_a_project(void **state)
{
    struct api *a = *state;
    const char *blue = make_token(a, "'role': 'viewer', 'projectId': 'blue'");
    char mine[48], theirs[48], customer[48], path[96];

    (void)api_join(a);
    strcpy(mine, api_make(a, "borderGateways", "{'projectId': 'blue'}"));
    strcpy(theirs, api_make(a, "borderGateways", "{'projectId': 'red'}"));
    strcpy(customer,
           api_make(a, "customerGateways", "{'projectId': 'red', 'addresses': ['203.0.113.1']}"));
    api_make(a, "vpnConnections", "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}", theirs,
             customer);
    api_get(a, 200, "placements");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 4);
    assert_int_equal(as(a, blue, "GET", "placements", NULL), 200);
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 1);
    assert_string_equal(model_str(json_array_get(model_list(a->answer, "items"), 0), "id"), mine);
    snprintf(path, sizeof(path), "placements/%s", theirs);
    assert_int_equal(as(a, blue, "GET", path, NULL), 404);
    assert_int_equal(as(a, blue, "GET", "placements/198.51.100.1", NULL), 404);
}

/* What is in the way may be another project's: that something is there is all that is told. */
static void test_interfaces_of_a_project(void **state)
{
    struct api *a = *state;
    const char *blue = make_token(a, "'role': 'operator', 'projectId': 'blue'");
    static const char *const projects[] = {"red", "blue"};
    char subnet[2][48], theirs[48], body[120];

    for (int i = 0; i < 2; i++)
        strcpy(subnet[i], api_make(a, "subnets", "{'vpcId': '%s', 'cidr': '10.1.0.0/24'}",
                                   api_make(a, "vpcs", "{'projectId': '%s', 'cidr': '10.1.0.0/16'}",
                                            projects[i])));
    strcpy(theirs,
           api_make(a, "instances", "{'subnetId': '%s', 'attachment': 'tap', 'interface': 't0'}",
                    subnet[0]));
    snprintf(body, sizeof(body), "{'subnetId': '%s', 'attachment': 'tap', 'interface': 't0'}",
             subnet[1]);
    assert_int_equal(as(a, blue, "POST", "instances", body), 409);
    assert_string_equal(api_str(a, "detail"), "The interface t0 of this node is taken.");
    assert_int_equal(api(a, "POST", "instances", body), 409);
    assert_non_null(strstr(api_str(a, "detail"), theirs));
}

static void test_regions_of_a_token(void **state)
{
    struct api *a = *state;
    const char *token = make_token(a, "'role': 'operator', 'regions': ['r1']");

    assert_int_equal(api(a, "POST", "//v1/regions", "{'id': 'r2'}"), 201);
    assert_int_equal(as(a, token, "GET", "vpcs", NULL), 200);
    assert_int_equal(as(a, token, "GET", "/v1/regions/r2/vpcs", NULL), 403);
    assert_string_equal(code(a), "access.region");
    assert_int_equal(as(a, token, "GET", "/v1/regions/r2", NULL), 403);
    assert_int_equal(as(a, token, "POST", "/v1/regions/r2/vpcs", "{'cidr': '10.1.0.0/16'}"), 403);
    assert_int_equal(as(a, token, "GET", "/v1/regions", NULL), 200);
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    assert_int_equal(as(a, token, "GET", "/v1/watch?region=r2", NULL), 403);
    assert_int_equal(as(a, token, "GET", "/metrics", NULL), 403);
}

/* ---- following ---- */

static size_t read_stream(struct control_stream *s, char *buf, size_t size)
{
    size_t len = 0;
    ssize_t n;

    while ((n = control_stream_read(s, buf + len, size - 1 - len)) > 0)
        len += (size_t)n;
    buf[len] = 0;
    return n < 0 ? SIZE_MAX : len;
}

/* Reads for at most ten seconds until it is there, or (NULL) until the stream ends. */
static bool stream_says(struct control_stream *s, const char *wanted)
{
    static char text[200000];

    for (int i = 0; i < 10000; i++) {
        size_t len = read_stream(s, text, sizeof(text));

        if (len == SIZE_MAX)
            return !wanted;
        if (wanted && strstr(text, wanted))
            return true;
        usleep(1000);
    }
    return false;
}

/* Nor the ids of what others delete, even if it is gone before anybody was told of it. */
static void test_following_deletions_of_a_project(void **state)
{
    struct api *a = *state;
    const char *blue = make_token(a, "'role': 'viewer', 'projectId': 'blue'");
    struct control_stream *s;
    char path[96], mine[48], theirs[48];
    static char text[200000];
    size_t len = 0;

    strcpy(theirs, api_make(a, "vpcs", "{'cidr': '10.1.0.0/16', 'projectId': 'red'}"));
    strcpy(mine, api_make(a, "vpcs", "{'cidr': '10.1.0.0/16', 'projectId': 'blue'}"));
    assert_int_equal(as(a, blue, "GET", "/v1/watch?collection=vpcs", NULL), 200);
    s = a->res.stream;
    a->res.stream = NULL;
    assert_int_not_equal(read_stream(s, text, sizeof(text)), SIZE_MAX);
    snprintf(path, sizeof(path), "vpcs/%s", theirs);
    assert_int_equal(api(a, "PATCH", path, "{'name': 'other'}"), 200);
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    snprintf(path, sizeof(path), "vpcs/%s", mine);
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    *text = 0;
    for (int i = 0; i < 10000 && !strstr(text, mine); i++) {
        len += read_stream(s, text + len, sizeof(text) - len);
        usleep(1000);
    }
    assert_non_null(strstr(text, "event: delete"));
    assert_non_null(strstr(text, mine));
    assert_null(strstr(text, theirs));
    control_stream_free(s);
}

static void test_following_ends_with_the_right_to_it(void **state)
{
    struct api *a = *state;
    const char *blue = make_token(a, "'role': 'viewer', 'projectId': 'blue'");
    struct control_stream *s;
    char path[96], theirs[48];
    static char text[200000];

    snprintf(path, sizeof(path), "//v1/tokens/%s", api_str(a, "id"));
    strcpy(theirs, api_make(a, "vpcs", "{'cidr': '10.1.0.0/16', 'projectId': 'red'}"));
    assert_int_equal(as(a, blue, "GET", "/v1/watch?collection=vpcs", NULL), 200);
    s = a->res.stream;
    a->res.stream = NULL;
    assert_int_not_equal(read_stream(s, text, sizeof(text)), SIZE_MAX);
    assert_non_null(strstr(text, "event: listed"));
    assert_null(strstr(text, theirs));
    /* What is another's does not come; what is ours does. */
    api_make(a, "vpcs", "{'cidr': '10.1.0.0/16', 'projectId': 'red', 'name': 'theirs'}");
    api_make(a, "vpcs", "{'cidr': '10.1.0.0/16', 'projectId': 'blue', 'name': 'ours'}");
    assert_true(stream_says(s, "\"name\":\"ours\""));
    /* Other rights: it has to come again. */
    assert_int_equal(api(a, "PATCH", path, "{'projectId': 'red'}"), 200);
    assert_true(control_stream_has_news(s));
    assert_true(stream_says(s, NULL));
    control_stream_free(s);
    assert_int_equal(as(a, blue, "GET", "/v1/watch", NULL), 200);
    s = a->res.stream;
    a->res.stream = NULL;
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    assert_true(stream_says(s, NULL));
    control_stream_free(s);
}

/* ---- logging in ---- */

static void test_log_in_with_a_token(void **state)
{
    struct api *a = *state;
    const char *secret = make_token(a, "'role': 'operator'"), *cookie;
    char body[128], path[96];

    snprintf(path, sizeof(path), "//v1/tokens/%s", api_str(a, "id"));
    snprintf(body, sizeof(body), "{'token': '%s'}", secret);
    assert_int_equal(as(a, "", "POST", "/v1/session", body), 201);
    cookie = cookie_of(a);
    assert_string_equal(api_str(a, "role"), "operator");
    assert_true(*api_str(a, "expiresAt"));
    assert_int_equal(as(a, cookie, "GET", "vpcs", NULL), 200);
    assert_int_equal(as(a, cookie, "POST", "vpcs", "{'cidr': '10.1.0.0/16'}"), 201);
    /* A cookie is no token, and a token no cookie. */
    assert_int_equal(as(a, secret, "GET", "vpcs", NULL), 200);
    snprintf(body, sizeof(body), "Bearer %s", cookie);
    assert_int_equal(api_request(a, &(struct control_request){.method = "GET",
                                                              .uri = "/v1/regions",
                                                              .authorization = body}),
                     401);
    snprintf(body, sizeof(body), "__Host-ropeway=%s", secret);
    assert_int_equal(
        api_request(
            a, &(struct control_request){.method = "GET", .uri = "/v1/regions", .cookie = body}),
        401);
    assert_string_equal(code(a), "session.over");
    /* It ends with the token. */
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    assert_int_equal(as(a, cookie, "GET", "vpcs", NULL), 401);
}

static void test_log_in_as_a_user(void **state)
{
    struct api *a = *state;
    char link[80], body[256], first[80];
    const char *cookie;

    assert_int_equal(api(a, "POST", "//v1/users", "{'id': 'li@example.com', 'role': 'operator'}"),
                     201);
    assert_string_equal(api_str(a, "name"), "li-example.com");
    assert_int_equal(json_is_true(json_object_get(a->answer, "passwordSet")), false);
    strcpy(link, api_str(a, "link"));
    /* Nobody logs in without a password. */
    assert_int_equal(
        as(a, "", "POST", "/v1/session", "{'user': 'li@example.com', 'password': 'correct horse'}"),
        401);
    snprintf(body, sizeof(body), "{'link': '%s', 'password': 'short'}", link);
    assert_int_equal(as(a, "", "POST", "/v1/session", body), 400);
    assert_string_equal(api_str(a, "field"), "password");
    snprintf(body, sizeof(body), "{'link': '%s', 'password': 'correct horse'}", link);
    assert_int_equal(as(a, "", "POST", "/v1/session", body), 201);
    strcpy(first, cookie_of(a));
    assert_int_equal(as(a, first, "GET", "vpcs", NULL), 200);
    /* Once. */
    assert_int_equal(as(a, "", "POST", "/v1/session", body), 401);
    assert_string_equal(code(a), "session.link");
    assert_int_equal(
        as(a, "", "POST", "/v1/session", "{'user': 'li@example.com', 'password': 'correct horse'}"),
        201);
    cookie = cookie_of(a);
    assert_int_equal(
        as(a, "", "POST", "/v1/session", "{'user': 'li@example.com', 'password': 'correct house'}"),
        401);
    assert_string_equal(code(a), "session.refused");
    assert_int_equal(
        as(a, "", "POST", "/v1/session", "{'user': 'nobody', 'password': 'correct horse'}"), 401);
    assert_string_equal(code(a), "session.refused");
    /* Nothing of it is ever shown. */
    assert_int_equal(api(a, "GET", "//v1/users/li@example.com", NULL), 200);
    assert_true(json_is_true(json_object_get(a->answer, "passwordSet")));
    assert_null(strstr(buf_text(&a->res.body), "scrypt"));
    assert_null(strstr(buf_text(&a->res.body), "link"));
    /* Out, here and everywhere. */
    assert_int_equal(as(a, cookie, "DELETE", "/v1/session", NULL), 204);
    assert_non_null(strstr(api_header(a, "Set-Cookie"), "Max-Age=0"));
    assert_int_equal(as(a, cookie, "GET", "vpcs", NULL), 401);
    assert_int_equal(as(a, first, "GET", "vpcs", NULL), 200);
    assert_int_equal(as(a, first, "DELETE", "/v1/session?everywhere=true", NULL), 204);
    assert_int_equal(as(a, first, "GET", "vpcs", NULL), 401);
}

static void test_who_is_shut_out(void **state)
{
    static const char *const patches[] = {"{'disabled': true}", "{'password': 'another one 7'}"};
    struct api *a = *state;
    const char *cookie;

    for (size_t i = 0; i < ARRAY_SIZE(patches); i++) {
        assert_int_equal(api(a, "POST", "//v1/users",
                             "{'id': 'wang', 'role': 'viewer', 'password': 'correct horse'}"),
                         201);
        assert_null(json_object_get(a->answer, "link"));
        assert_int_equal(
            as(a, "", "POST", "/v1/session", "{'user': 'wang', 'password': 'correct horse'}"), 201);
        cookie = cookie_of(a);
        assert_int_equal(api(a, "PATCH", "//v1/users/wang", "{'description': 'x'}"), 200);
        assert_int_equal(as(a, cookie, "GET", "vpcs", NULL), 200);
        assert_int_equal(api(a, "PATCH", "//v1/users/wang", patches[i]), 200);
        assert_int_equal(as(a, cookie, "GET", "vpcs", NULL), 401);
        assert_int_equal(
            as(a, "", "POST", "/v1/session", "{'user': 'wang', 'password': 'correct horse'}"), 401);
        assert_int_equal(api(a, "DELETE", "//v1/users/wang", NULL), 204);
    }
    assert_int_equal(api(a, "POST", "//v1/users", "{'id': 'wang', 'role': 'viewer'}"), 201);
    assert_int_equal(api(a, "POST", "//v1/users", "{'id': 'wang', 'role': 'viewer'}"), 409);
    assert_string_equal(code(a), "people.exists");
    assert_int_equal(api(a, "POST", "//v1/users/wang/invite", NULL), 200);
    assert_true(text_starts_with(api_str(a, "link"), "rwl-"));
}

static void test_pages_of_others(void **state)
{
    static const struct {
        const char *method, *origin, *host;
        bool tls;
        int status;
    } cases[] = {
        {"POST", "https://ropeway.example:8443", "ropeway.example:8443", true, 201},
        {"POST", "https://ropeway.example", "ropeway.example:8443", true, 403},
        {"POST", "http://ropeway.example:8443", "ropeway.example:8443", true, 403},
        {"POST", "https://evil.example", "ropeway.example:8443", true, 403},
        {"POST", "null", "ropeway.example:8443", true, 403},
        {"POST", NULL, "ropeway.example:8443", true, 403},
        {"POST", "https://ropeway.example:8443", NULL, true, 403},
        {"DELETE", "https://evil.example", "ropeway.example:8443", true, 403},
        {"GET", NULL, "ropeway.example:8443", true, 200},
    };
    struct api *a = *state;
    char cookie[160], body[160];
    struct control_request req;

    snprintf(body, sizeof(body), "{'token': '%s'}", control_admin_token(a->control));
    assert_int_equal(as(a, "", "POST", "/v1/session", body), 201);
    snprintf(cookie, sizeof(cookie), "__Host-ropeway=%s", cookie_of(a));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        bool post = strcmp(cases[i].method, "POST") == 0;

        req = (struct control_request){.method = cases[i].method,
                                       .uri = post ? "/v1/regions/r1/vpcs" : "/v1/regions/r1",
                                       .cookie = cookie,
                                       .origin = cases[i].origin,
                                       .host = cases[i].host,
                                       .tls = cases[i].tls,
                                       .content_type = "application/json",
                                       .body = post ? "{\"cidr\": \"10.1.0.0/16\"}" : NULL,
                                       .body_len = post ? 23 : 0};
        assert_int_equal(api_request(a, &req), cases[i].status);
    }
    /* Nor may they log anybody in. */
    req = (struct control_request){.method = "POST",
                                   .uri = "/v1/session",
                                   .origin = "https://evil.example",
                                   .host = "ropeway.example:8443",
                                   .tls = true,
                                   .content_type = "application/json",
                                   .body = "{\"token\": \"x\"}",
                                   .body_len = 14};
    assert_int_equal(api_request(a, &req), 403);
}

static void test_log_ins_are_limited(void **state)
{
    static const char *const bodies[] = {"{}", "{'user': 'x'}", "{'user': 7, 'password': 'x'}",
                                         "{'token': 'a', 'user': 'b'}"};
    struct api *a = *state;

    for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
        assert_int_equal(as(a, "", "POST", "/v1/session", bodies[i]), 400);
        assert_string_equal(code(a), "session.body");
    }
    for (int i = 0; i < 5; i++)
        assert_int_equal(as(a, "", "POST", "/v1/session", "{'token': 'rwt-wrong'}"), 401);
    assert_int_equal(as(a, "", "POST", "/v1/session", "{'token': 'rwt-wrong'}"), 429);
    assert_string_equal(code(a), "session.wait");
    assert_string_equal(api_header(a, "Retry-After"), "1");
    /* Another user from there may try; and whoever comes in otherwise is not concerned. */
    assert_int_equal(as(a, "", "POST", "/v1/session", "{'user': 'x', 'password': 'y'}"), 401);
    assert_int_equal(api(a, "GET", "vpcs", NULL), 200);
    api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");
    assert_int_equal(api(a, "GET", "//v1/auditLog?action=refused&limit=1", NULL), 200);
    assert_string_equal(model_str(json_array_get(json_object_get(a->answer, "items"), 0), "code"),
                        "session.refused");
}

static void test_sessions_end_by_themselves(void **state)
{
    struct api *a = *state;
    char body[160];
    const char *cookie;
    struct session *s;

    snprintf(body, sizeof(body), "{'token': '%s'}", control_admin_token(a->control));
    assert_int_equal(as(a, "", "POST", "/v1/session", body), 201);
    cookie = cookie_of(a);
    assert_int_equal(as(a, cookie, "GET", "vpcs", NULL), 200);
    s = &a->control->auth.sessions[0];
    s->made_us -= SESSION_IDLE_US;
    s->seen_us -= SESSION_IDLE_US - 10000000;
    assert_int_equal(as(a, cookie, "GET", "vpcs", NULL), 200); /* which uses it */
    s->seen_us -= SESSION_IDLE_US;
    assert_int_equal(as(a, cookie, "GET", "vpcs", NULL), 401);
    session_prune(a->control, clock_realtime_us());
    assert_int_equal(a->control->auth.session_count, 0);
    assert_int_equal(as(a, "", "POST", "/v1/session", body), 201);
    cookie = cookie_of(a);
    a->control->auth.sessions[0].until_us = clock_realtime_us();
    assert_int_equal(as(a, cookie, "GET", "vpcs", NULL), 401);
}

/* Whoever was known and let in is so after a restart. */
static void test_after_a_restart(void **state)
{
    static const char body[] = "{'user': 'wang', 'password': 'correct horse'}";
    char dir[] = "/tmp/ropeway-people-XXXXXX", path[64];
    struct api a = {0};
    struct store *store;
    const char *token, *cookie;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/db", dir);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_open_sqlite(path, i == 0, &store), 0);
        assert_int_equal(control_new(store, NULL, &a.control), 0);
        if (i == 0) {
            token = make_token(&a, "'role': 'viewer'");
            assert_int_equal(api(&a, "POST", "//v1/users",
                                 "{'id': 'wang', 'role': 'viewer', 'password': 'correct horse'}"),
                             201);
            assert_int_equal(as(&a, "", "POST", "/v1/session", body), 201);
            cookie = cookie_of(&a);
        }
        assert_int_equal(as(&a, token, "GET", "/v1/regions", NULL), 200);
        assert_int_equal(as(&a, cookie, "GET", "/v1/regions", NULL), 200);
        assert_int_equal(as(&a, "", "POST", "/v1/session", body), 201);
        json_decref(a.answer);
        a.answer = NULL;
        control_response_done(&a.res);
        control_free(a.control);
    }
    snprintf(path, sizeof(path), "rm -r %s", dir);
    assert_int_equal(system(path), 0);
}

static void test_cookies_of_all_kinds(void **state)
{
    static const struct {
        const char *header, *value;
    } cases[] = {
        {NULL, NULL},
        {"", NULL},
        {"__Host-ropeway=", NULL},
        {"__Host-ropeway=abc", "abc"},
        {" a=b ;  __Host-ropeway=abc ; c", "abc"},
        {"x__Host-ropeway=abc", NULL},
        {"__Host-ropewayx=abc", NULL},
        {"a=__Host-ropeway=abc", NULL},
        {";;;__Host-ropeway=abc;;", "abc"},
        {"__Host-ropeway=abcdefghijklmnop", NULL},
    };
    char value[16];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        bool found = session_cookie(cases[i].header, value, sizeof(value));

        if (found != (cases[i].value != NULL) || (found && strcmp(value, cases[i].value) != 0))
            fail_msg("%s", cases[i].header);
    }
}

static void test_attempts(void **state)
{
    static struct attempts a;
    uint64_t now = UINT64_C(1000000000);

    (void)state;
    for (int i = 0; i < 4; i++)
        attempts_failed(&a, "x", now);
    assert_int_equal(attempts_wait(&a, "x", 5, now), 0);
    attempts_failed(&a, "x", now);
    assert_int_equal(attempts_wait(&a, "x", 5, now), 1);
    assert_int_equal(attempts_wait(&a, "x", 5, now + 999999), 1);
    assert_int_equal(attempts_wait(&a, "x", 5, now + 1000000), 0);
    assert_int_equal(attempts_wait(&a, "y", 5, now), 0);
    for (int i = 0; i < 60; i++)
        attempts_failed(&a, "x", now);
    assert_int_equal(attempts_wait(&a, "x", 5, now), 300);
    assert_int_equal(attempts_wait(&a, "x", 5, now + UINT64_C(900000000)), 0);
    attempts_failed(&a, "x", now + UINT64_C(900000000)); /* from the beginning */
    assert_int_equal(attempts_wait(&a, "x", 5, now + UINT64_C(900000000)), 0);
    /* Many strangers do not push out whoever failed lately. */
    for (int i = 0; i < 60; i++)
        attempts_failed(&a, "x", now + UINT64_C(900000000) + 1);
    for (int i = 0; i < ATTEMPTS_KEPT; i++) {
        char name[16];

        snprintf(name, sizeof(name), "n%d", i);
        attempts_failed(&a, name, now + UINT64_C(900000000));
    }
    assert_int_equal(attempts_wait(&a, "x", 5, now + UINT64_C(900000001)), 300);
    attempts_succeeded(&a, "x");
    assert_int_equal(attempts_wait(&a, "x", 5, now + UINT64_C(900000001)), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_tokens_are_resources),
        T(test_lists_come_in_pages),
        T(test_bad_tokens),
        T(test_a_token_expires),
        T(test_roles),
        T(test_who_sees_keys),
        T(test_a_project_sees_itself),
        T(test_problems_of_a_project),
        T(test_waiting_of_a_project),
        T(test_quotas_of_a_project),
        T(test_placements_of_a_project),
        T(test_following_deletions_of_a_project),
        T(test_interfaces_of_a_project),
        T(test_regions_of_a_token),
        T(test_following_ends_with_the_right_to_it),
        T(test_log_in_with_a_token),
        T(test_log_in_as_a_user),
        T(test_who_is_shut_out),
        T(test_pages_of_others),
        T(test_log_ins_are_limited),
        T(test_sessions_end_by_themselves),
        cmocka_unit_test(test_after_a_restart),
        cmocka_unit_test(test_cookies_of_all_kinds),
        cmocka_unit_test(test_attempts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
