#include "control_internal.h"

void respond_header(struct control_response *res, const char *name, const char *value)
{
    struct control_header *h = &res->headers[res->header_count];

    if (res->header_count == CONTROL_HEADERS_MAX ||
        text_copy(h->value, sizeof(h->value), value) < 0)
        return;
    h->name = name;
    res->header_count++;
}

static int append(const char *data, size_t len, void *arg)
{
    struct buf *b = arg;

    buf_add(b, data, len);
    return b->failed ? -1 : 0;
}

/* Takes body. */
static int put_json(struct control_response *res, int status, const char *type, json_t *body)
{
    int r = body && json_dump_callback(body, append, &res->body, JSON_COMPACT) == 0 ? 0 : -ENOMEM;

    buf_puts(&res->body, "\n");
    json_decref(body);
    if (r < 0 || res->body.failed) {
        buf_wipe(&res->body);
        return -ENOMEM;
    }
    res->status = status;
    res->content_type = type;
    return 0;
}

int respond_json(struct call *call, int status, json_t *body)
{
    return put_json(call->res, status, "application/json", body);
}

int respond_text(struct call *call, int status, struct model_out *out)
{
    struct control_response *res = call->res;
    size_t len;
    const char *text = model_out_written(out, &len);

    if (text)
        buf_add(&res->body, text, len);
    buf_puts(&res->body, "\n");
    if (!text || res->body.failed) {
        buf_wipe(&res->body);
        return -ENOMEM;
    }
    res->status = status;
    res->content_type = "application/json";
    return 0;
}

void respond_error(struct control_response *res, const struct model_error *error,
                   enum words_lang lang)
{
    buf_wipe(&res->body);
    if (put_json(res, error->status, "application/problem+json", model_error_problem(error, lang)) <
        0) {
        res->status = 500; /* out of memory: an empty answer is still an answer */
        res->content_type = "application/problem+json";
    }
}

void control_problem(struct control_response *res, enum words_lang lang, int status,
                     const char *type, const struct words *rule)
{
    struct model_error error = {0};
    int r = model_error_set(&error, status, type, NULL, NULL, rule);

    (void)r; /* says which status it was, which we know */
    respond_error(res, &error, lang);
    model_error_done(&error);
}
