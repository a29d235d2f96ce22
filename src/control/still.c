#include "still.h"

#include <stdio.h>
#include <strings.h>
#include <zlib.h>

#include "control_internal.h"

/* ---- making ---- */

#define GZIP_BITS (MAX_WBITS + 16) /* zlib's way to ask for the header of gzip */
#define LEVEL     9                /* it is done once */

static int compress_into(struct buf *ret, const void *data, size_t len)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len};
    uLong room;
    int r;

    if (deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_BITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return -ENOMEM;
    room = deflateBound(&z, (uLong)len);
    z.next_out = buf_extend(ret, room);
    z.avail_out = (uInt)room;
    r = !z.next_out ? -ENOMEM : deflate(&z, Z_FINISH) == Z_STREAM_END ? 0 : -EIO;
    if (r == 0)
        ret->len = z.total_out;
    (void)deflateEnd(&z);
    return r;
}

int still_make(struct still *s, const char *type, const void *data, size_t len)
{
    const struct crypto_span whole = crypto_span(data, len);
    uint8_t digest[CRYPTO_SHA256_LEN];
    char hex[2 * CRYPTO_SHA256_LEN + 1];
    int r = crypto_sha256(&whole, 1, digest);

    if (r == 0)
        r = compress_into(&s->small, data, len);
    if (r < 0)
        return r;
    if (s->small.len >= len)
        buf_done(&s->small);
    s->type = type;
    buf_add(&s->plain, data, len);
    auth_hex(digest, hex);
    snprintf(s->etag, sizeof(s->etag), "W/\"%.20s\"", hex);
    return s->plain.failed ? -ENOMEM : 0;
}

void still_done(struct still *s)
{
    buf_done(&s->plain);
    buf_done(&s->small);
}

/* ---- what the client can take ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Cuts the next of a list with commas off, without the space around it. False at the end. */
static bool next_of_list(const char **at, const char **ret, size_t *ret_len)
{
    const char *begin = *at, *end;

    while (is_space(*begin) || *begin == ',')
        begin++;
    if (!*begin)
        return false;
    end = begin + strcspn(begin, ",");
    *at = end;
    while (is_space(end[-1]))
        end--;
    *ret = begin;
    *ret_len = (size_t)(end - begin);
    return true;
}

/* Whether the parameters of a coding (";q=0.5", or none) leave it any weight; what is no weight
 * does not. */
static bool has_weight(const char *at, const char *end)
{
    while (at < end && (is_space(*at) || *at == ';'))
        at++;
    if (at == end)
        return true;
    if (end - at < 3 || strncasecmp(at, "q=", 2) != 0)
        return false;
    if (at[2] == '1')
        return true;
    for (at += 2; at < end && (*at == '0' || *at == '.'); at++)
        ;
    return at < end && *at >= '1' && *at <= '9';
}

bool still_takes_gzip(const char *accept_encoding)
{
    const char *at = accept_encoding ? accept_encoding : "", *item;
    bool named = false, gzip = false, others = false;
    size_t len;

    while (next_of_list(&at, &item, &len)) {
        size_t name = 0;
        bool wanted;

        while (name < len && item[name] != ';' && !is_space(item[name]))
            name++;
        wanted = has_weight(item + name, item + len);
        if ((name == 4 && strncasecmp(item, "gzip", 4) == 0) ||
            (name == 6 && strncasecmp(item, "x-gzip", 6) == 0)) {
            gzip = named ? gzip || wanted : wanted;
            named = true;
        } else if (name == 1 && *item == '*') {
            others = wanted;
        }
    }
    return named ? gzip : others;
}

bool still_is_known(const char *if_none_match, const char *etag)
{
    const char *at = if_none_match ? if_none_match : "";
    const char *tag = etag + 2; /* weak or not does not count here */

    while (is_space(*at))
        at++;
    if (*at == '*')
        return true;
    for (;;) {
        const char *end;

        while (is_space(*at) || *at == ',')
            at++;
        if (text_starts_with(at, "W/"))
            at += 2;
        end = *at == '"' ? strchr(at + 1, '"') : NULL; /* there may be commas between the two */
        if (!end)
            return false;
        end++;
        if ((size_t)(end - at) == strlen(tag) && memcmp(at, tag, strlen(tag)) == 0)
            return true;
        at = end;
    }
}

/* ---- answering ---- */

static int put_body(const struct still *s, const struct control_request *req,
                    struct control_response *res)
{
    bool gzip = s->small.len && still_takes_gzip(req->accept_encoding);
    const struct buf *body = gzip ? &s->small : &s->plain;

    buf_add(&res->body, body->data, body->len);
    if (res->body.failed) {
        buf_wipe(&res->body);
        return -ENOMEM;
    }
    if (gzip)
        respond_header(res, "Content-Encoding", "gzip");
    res->content_type = s->type;
    res->status = 200;
    return 0;
}

int still_answer(const struct still *s, const struct control_request *req, const char *cache,
                 struct control_response *res)
{
    int r = 0;

    if (still_is_known(req->if_none_match, s->etag))
        res->status = 304;
    else
        r = put_body(s, req, res);
    if (r < 0)
        return r;
    res->any_language = !s->spoken;
    respond_header(res, "Cache-Control", cache);
    respond_header(res, "ETag", s->etag);
    respond_header(res, "Vary", s->spoken ? "Accept-Language, Accept-Encoding" : "Accept-Encoding");
    return 0;
}
