/* http.h - requests to ropewayd on the node's event loop, several at a time, connections kept.
 * Private to the node room. */
#ifndef ROPEWAY_NODE_HTTP_H
#define ROPEWAY_NODE_HTTP_H

#include <uv.h>

#include "base.h"

struct http;

/* What came back. status 0: nothing did, error says why (also that the unix socket is the one for
 * operators, which speaks no TLS). body is wiped after the callback. */
struct http_answer {
    int status;
    const char *error;
    const char *body;
    size_t len;
};

typedef void http_done(void *arg, const struct http_answer *answer);

/* api: "unix:/path" or "https://host:port"; -EINVAL for others. ca_file may be NULL. */
MUST_USE int http_new(uv_loop_t *loop, const char *api, const char *ca_file, struct http **ret);
/* Requests under way end without a callback. The loop must run once more afterwards. */
void http_free(struct http *http);

/* What every later request shows: certificate and key, PEM; copied. NULL: nothing. */
void http_set_credential(struct http *http, const struct buf *certificate, const struct buf *key);

/* Sends body as JSON if it is not NULL. done is called once from the loop, unless -ENOMEM is
 * returned. All arguments are borrowed for the call only. */
MUST_USE int http_start(struct http *http, const char *method, const char *path, const char *body,
                        unsigned timeout_s, http_done *done, void *arg);
/* The same as whoever holds the token. */
MUST_USE int http_start_with_token(struct http *http, const char *token, const char *method,
                                   const char *path, const char *body, unsigned timeout_s,
                                   http_done *done, void *arg);
#define HTTP_WHY_MAX 320
/* The sentence of a problem+json answer, or the transport's error. */
void http_describe(const struct http_answer *answer, char *ret, size_t size);

#endif
