#include "api.h"

#include <stdio.h>
#include <stdlib.h>

#include "pki.h"

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
    struct control_request req = {.method = method,
                                  .uri = uri,
                                  .authorization = bearer,
                                  .content_type = "application/json",
                                  .lang = a->lang};
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
    assert_int_equal(store_open_sqlite(":memory:", true, &store), 0);
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
    buf_done(&a->certificate);
    control_free(a->control);
    free(a);
    return 0;
}

/* ---- nodes ---- */

int api_as_node(struct api *a, const char *method, const char *uri, const char *body)
{
    struct control_request req = {.method = method,
                                  .uri = uri,
                                  .client_certificate = a->certificate.data,
                                  .client_certificate_len = a->certificate.len,
                                  .content_type = "application/json",
                                  .body = body,
                                  .body_len = body ? strlen(body) : 0};

    return api_request(a, &req);
}

int api_with_token(struct api *a, const char *token, const char *method, const char *uri,
                   const char *body)
{
    char bearer[160];
    struct control_request req = {.method = method,
                                  .uri = uri,
                                  .authorization = bearer,
                                  .content_type = "application/json",
                                  .body = body,
                                  .body_len = body ? strlen(body) : 0};

    snprintf(bearer, sizeof(bearer), "Bearer %s", token);
    return api_request(a, &req);
}

static const char *region_of(const struct api *a)
{
    return a->region ? a->region : "r1";
}

void api_make_token(struct api *a, const char *body)
{
    char path[96];

    snprintf(path, sizeof(path), "//v1/regions/%s/nodeTokens", region_of(a));
    assert_int_equal(api(a, "POST", path, body), 201);
    strcpy(a->node_token, api_str(a, "token"));
}

int api_join_as(struct api *a, const char *name, const char *said)
{
    EVP_PKEY *key = pki_key(PKI_P256);
    struct buf request = {0}, text = {0};
    char uri[96], *joined;
    json_t *body;

    pki_request(key, key, &request);
    buf_printf(&text, "{'name': '%s'%s}", name, said);
    for (size_t i = 0; i < text.len; i++)
        text.data[i] = text.data[i] == '\'' ? '"' : text.data[i];
    body = json_loads(buf_text(&text), 0, NULL);
    assert_non_null(body);
    json_object_set_new(body, "certificateRequest", json_string(buf_text(&request)));
    joined = json_dumps(body, 0);
    snprintf(uri, sizeof(uri), "/v1/regions/%s/nodes", region_of(a));
    api_with_token(a, a->node_token, "POST", uri, joined);
    if (a->status < 300)
        pki_der(api_str(a, "certificate"), &a->certificate);
    free(joined);
    json_decref(body);
    buf_done(&text);
    buf_done(&request);
    EVP_PKEY_free(key);
    return a->status;
}

const char *api_join(struct api *a)
{
    static char id[48];

    api_make_token(a, "{'name': 'n'}");
    assert_int_equal(api_join_as(a, "n", ", 'address': '192.0.2.9'"), 201);
    strcpy(id, api_str(a, "id"));
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    control_tick(a->control); /* what waited for a node has one now */
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

int api_put(struct api *a, const char *node, json_t *entries)
{
    json_t *doc = json_pack("{s:s, s:i, s:b, s:o}", "epoch", "e1", "sequence", a->sequence + 1,
                            "reset", a->sequence == 0, "put", entries);
    char *body = json_dumps(doc, 0);
    int status = api_node(a, "POST", node, "status", body);

    if (status == 200)
        a->sequence++;
    free(body);
    json_decref(doc);
    return status;
}

void api_report(struct api *a, const char *node, const struct api_vpn *v, const char *first,
                const char *second)
{
    json_t *entries = json_array();

    for (size_t i = 0; i < 2; i++) {
        char key[64];

        snprintf(key, sizeof(key), "tunnel/%s", v->tunnels[i]);
        json_array_append_new(entries,
                              json_pack("{s:s, s:{s:s, s:s, s:i, s:i}}", "key", key, "status",
                                        "operState", i ? second : first, "lastError",
                                        i ? "" : "why", "childRekeys", 3, "secret", 1));
    }
    assert_int_equal(api_put(a, node, entries), 200);
    assert_int_equal(json_array_size(model_list(a->answer, "refused")), 0);
}
