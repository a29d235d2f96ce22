/* api.h - a control without a network, for the tests of this room. */
#ifndef ROPEWAY_TEST_CONTROL_API_H
#define ROPEWAY_TEST_CONTROL_API_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control_internal.h"

struct api {
    struct control *control;
    char node_token[128];
    struct buf certificate; /* DER, of the node that joined last */
    const char *region;     /* that nodes join; NULL: r1 */
    int sequence;           /* of the node's reports */
    enum words_lang lang;   /* of requests */
    /* Of the last answer: */
    int status;
    json_t *answer; /* NULL if there was no JSON */
    struct control_response res;
};

/* A fresh one in memory, with region r1 (pool 198.51.100.0/28). As cmocka setup and teardown. */
int api_setup(void **state);
int api_teardown(void **state);

/* One request; path below /v1/regions/r1 unless it begins with "//". body is JSON text with single
 * quotes for double ones, or NULL. Answers the status. */
int api(struct api *a, const char *method, const char *path, const char *body);
PRINTF(3, 4) int api_get(struct api *a, int expected, const char *path, ...);
/* Creates, asserts 201 and answers the id (borrowed until the next request, so it is copied into
 * one of a few buffers in turn). */
PRINTF(3, 4)
const char *api_make(struct api *a, const char *collection, const char *body, ...);
/* Any request with all there is. */
int api_request(struct api *a, const struct control_request *req);
const char *api_header(const struct api *a, const char *name);
/* A member of the last answer, "" if it has none. */
const char *api_str(const struct api *a, const char *path);

/* ---- nodes ---- */

/* A request with the certificate of the node that joined. body is JSON text as it is. */
int api_as_node(struct api *a, const char *method, const char *uri, const char *body);
/* A request with a node token. */
int api_with_token(struct api *a, const char *token, const char *method, const char *uri,
                   const char *body);
/* Makes a node token from body (as for api(); NULL: nothing special) and keeps it. */
void api_make_token(struct api *a, const char *body);
/* Joins the region with the token kept and a new key: said is more of the body, as for api(), such
 * as ", 'address': '192.0.2.9'". Keeps the certificate if there is one. */
int api_join_as(struct api *a, const char *name, const char *said);
/* Makes a node token, joins as node n with it, and asks for the desired state once, which shows
 * that it is there; answers its id, borrowed until the next call. */
const char *api_join(struct api *a);
/* A call of that node about itself: .../nodes/ID/REST. */
int api_node(struct api *a, const char *method, const char *id, const char *rest, const char *body);

/* A connection with two tunnels between two addresses each. */
struct api_vpn {
    char connection[48], tunnels[2][48];
};

void api_make_vpn(struct api *a, struct api_vpn *v);
/* A report of the node with these entries (taken); answers the status. */
int api_put(struct api *a, const char *node, json_t *entries);
/* Reports the operState of both. */
void api_report(struct api *a, const char *node, const struct api_vpn *v, const char *first,
                const char *second);

#endif
