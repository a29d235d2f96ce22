#include "control_internal.h"

#include <stdio.h>

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

/* The model names what its own errors are called; these are ours. */
static const char *title_of(const char *type)
{
    static const struct {
        const char *type, *title;
    } titles[] = {
        {"malformed", "Malformed request"},
        {"unauthorized", "No valid token"},
        {"forbidden", "Not allowed with this token"},
        {"method-not-allowed", "Method not allowed"},
        {"unsupported-media-type", "Unsupported content type"},
        {"precondition-failed", "Changed meanwhile"},
        {"too-large", "Too large"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
        if (strcmp(titles[i].type, type) == 0)
            return titles[i].title;
    }
    return NULL;
}

void respond_error(struct control_response *res, const struct model_error *error)
{
    json_t *problem = model_error_problem(error);
    const char *title = title_of(error->type);

    buf_wipe(&res->body);
    if (title && problem && json_object_set_new(problem, "title", json_string(title))) {
        json_decref(problem);
        problem = NULL;
    }
    if (put_json(res, error->status, "application/problem+json", problem) < 0) {
        res->status = 500; /* out of memory: an empty answer is still an answer */
        res->content_type = "application/problem+json";
    }
}

void control_problem(struct control_response *res, int status, const char *type, const char *rule,
                     ...)
{
    struct model_error error = {0};
    char sentence[sizeof(error.rule)];
    va_list args;
    int r;

    va_start(args, rule);
    (void)text_vprintf(sentence, sizeof(sentence), rule, args);
    va_end(args);
    r = model_error_set(&error, status, type, NULL, NULL, "%s", sentence);
    (void)r; /* says which status it was, which we know */
    respond_error(res, &error);
    model_error_done(&error);
}
