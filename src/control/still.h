/* still.h - answers that stay as they are: kept ready, as they are and compressed, each with an
 * ETag. */
#ifndef ROPEWAY_CONTROL_STILL_H
#define ROPEWAY_CONTROL_STILL_H

#include "control.h"

struct still {
    const char *type; /* Content-Type; borrowed for ever */
    bool spoken;      /* there is one for each language */
    struct buf plain;
    struct buf small; /* by gzip; empty where that gains nothing */
    char etag[32];    /* weak: it is of both */
};

/* Zero-initialise. Copies data; -ENOMEM, or -EIO if the libraries fail. */
MUST_USE int still_make(struct still *s, const char *type, const void *data, size_t len);
void still_done(struct still *s);
/* 200, or 304 where the client has it already. cache is Cache-Control. -ENOMEM. */
MUST_USE int still_answer(const struct still *s, const struct control_request *req,
                          const char *cache, struct control_response *res);

/* Whether an Accept-Encoding (NULL: there is none) asks for gzip: RFC 9110, 12.5.3. */
bool still_takes_gzip(const char *accept_encoding);
/* Whether an If-None-Match (NULL: there is none) names the weak ETag: RFC 9110, 13.1.2. */
bool still_is_known(const char *if_none_match, const char *etag);

#endif
