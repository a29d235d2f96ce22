#include "api.h"

#include <stdio.h>
#include <stdlib.h>

static void forget(struct api *a)
{
    control_response_done(&a->res);
    json_decref(a->answer);
    a->answer = NULL;
    a->status = 0;
}

int api_request(struct api *a, const struct control_request *req)
{
    forget(a);
    control_handle(a->control, req, &a->res);
    a->status = a->res.status;
    if (a->res.body.len)
        a->answer = json_loads(buf_text(&a->res.body), 0, NULL);
    return a->status;
}

int api(struct api *a, const char *method, const char *path, const char *body)
{
    char uri[512], bearer[160];
    char *text = body ? strdup(body) : NULL;
    struct control_request req = {
        .method = method, .uri = uri, .authorization = bearer, .content_type = "application/json"};
    int status;

    snprintf(bearer, sizeof(bearer), "Bearer %s", control_admin_token(a->control));
    if (text_starts_with(path, "//"))
        snprintf(uri, sizeof(uri), "%s", path + 1);
    else
        snprintf(uri, sizeof(uri), "/v1/regions/r1/%s", path);
    for (char *c = text; c && *c; c++)
        *c = *c == '\'' ? '"' : *c;
    req.body = text;
    req.body_len = text ? strlen(text) : 0;
    status = api_request(a, &req);
    free(text);
    return status;
}

int api_get(struct api *a, int expected, const char *path, ...)
{
    char text[384];
    va_list args;
    int status;

    va_start(args, path);
    vsnprintf(text, sizeof(text), path, args);
    va_end(args);
    status = api(a, "GET", text, NULL);
    if (status != expected)
        print_error("GET %s: %s\n", text, buf_text(&a->res.body));
    assert_int_equal(status, expected);
    return status;
}

const char *api_make(struct api *a, const char *collection, const char *body, ...)
{
    static char ids[16][48];
    static unsigned turn;
    char text[1024];
    va_list args;

    va_start(args, body);
    vsnprintf(text, sizeof(text), body, args);
    va_end(args);
    if (api(a, "POST", collection, text) != 201)
        print_error("%s %s: %s\n", collection, text, buf_text(&a->res.body));
    assert_int_equal(a->status, 201);
    turn = (turn + 1) % ARRAY_SIZE(ids);
    strcpy(ids[turn], api_str(a, "id"));
    return ids[turn];
}

const char *api_header(const struct api *a, const char *name)
{
    for (size_t i = 0; i < a->res.header_count; i++) {
        if (strcmp(a->res.headers[i].name, name) == 0)
            return a->res.headers[i].value;
    }
    return "";
}

const char *api_str(const struct api *a, const char *path)
{
    return model_str(a->answer, path);
}

int api_setup(void **state)
{
    struct api *a = calloc(1, sizeof(*a));
    struct store *store;

    assert_non_null(a);
    log_set_level(LOG_ERROR);
    assert_int_equal(store_open_sqlite(":memory:", &store), 0);
    assert_int_equal(control_new(store, NULL, &a->control), 0);
    assert_int_equal(api(a, "POST", "//v1/regions",
                         "{'id': 'r1', 'name': 'One', 'publicPools': ['198.51.100.0/28']}"),
                     201);
    *state = a;
    return 0;
}

int api_teardown(void **state)
{
    struct api *a = *state;

    forget(a);
    control_free(a->control);
    free(a);
    return 0;
}

/* ---- nodes ---- */

int api_as_node(struct api *a, const char *method, const char *uri, const char *body)
{
    char bearer[160];
    struct control_request req = {.method = method,
                                  .uri = uri,
                                  .authorization = bearer,
                                  .content_type = "application/json",
                                  .body = body,
                                  .body_len = body ? strlen(body) : 0};

    snprintf(bearer, sizeof(bearer), "Bearer %s", a->node_token);
    return api_request(a, &req);
}

const char *api_join(struct api *a)
{
    static char id[48];

    assert_int_equal(api(a, "POST", "nodeTokens", "{'name': 'n'}"), 201);
    strcpy(a->node_token, api_str(a, "token"));
    assert_int_equal(api_as_node(a, "POST", "/v1/regions/r1/nodes",
                                 "{\"name\": \"n\", \"address\": \"192.0.2.9\"}"),
                     201);
    strcpy(id, api_str(a, "id"));
    return id;
}

int api_node(struct api *a, const char *method, const char *id, const char *rest, const char *body)
{
    char uri[160];

    snprintf(uri, sizeof(uri), "/v1/regions/r1/nodes/%s/%s", id, rest);
    return api_as_node(a, method, uri, body);
}

void api_make_vpn(struct api *a, struct api_vpn *v)
{
    const char *gateway = api_make(a, "borderGateways", "{}");
    const char *customer =
        api_make(a, "customerGateways", "{'addresses': ['192.0.2.1', '192.0.2.2']}");

    strcpy(v->connection,
           api_make(a, "vpnConnections", "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
                    gateway, customer));
    for (size_t i = 0; i < 2; i++)
        strcpy(v->tunnels[i],
               api_make(a, "vpnTunnels", "{'vpnConnectionId': '%s'}", v->connection));
}

void api_report(struct api *a, const char *node, const struct api_vpn *v, const char *first,
                const char *second)
{
    char body[512];

    snprintf(body, sizeof(body),
             "{\"revision\": 1, \"tunnels\": [{\"id\": \"%s\", \"operState\": \"%s\","
             " \"lastError\": \"why\", \"childRekeys\": 3, \"secret\": 1},"
             " {\"id\": \"%s\", \"operState\": \"%s\"}]}",
             v->tunnels[0], first, v->tunnels[1], second);
    assert_int_equal(api_node(a, "POST", node, "status", body), 204);
}
