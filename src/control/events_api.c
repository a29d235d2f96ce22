#include "control_internal.h"

/* GET …/events: what happened in a region, the newest first. */

static const char *const parameters[] = {"resource", "collection", "severity", "code",
                                         "from",     "to",         "limit",    "cursor"};

static int check_names(struct call *call)
{
    for (size_t i = 0; i < call->uri.param_count; i++) {
        const char *name = call->uri.params[i].name;
        bool known = false;

        for (size_t k = 0; k < ARRAY_SIZE(parameters); k++)
            known |= strcmp(parameters[k], name) == 0;
        if (!known)
            return model_error_set(&call->error, 400, "invalid-value", name, NULL,
                                   SAY(REQUEST_EVENTS_FILTER, name));
    }
    return 0;
}

static int take_time(struct call *call, const char *name, uint64_t *ret)
{
    const char *text = uri_param(&call->uri, name);

    if (text && param_parse_time(text, ret) < 0)
        return model_error_set(&call->error, 400, "invalid-value", name, text,
                               SAY(REQUEST_TIME, name));
    return 0;
}

static int take_severity(struct call *call, enum events_severity *ret)
{
    const char *text = uri_param(&call->uri, "severity");

    if (text && events_severity_parse(text, ret) < 0)
        return model_error_set(&call->error, 400, "invalid-value", "severity", text,
                               SAY(REQUEST_EVENTS_SEVERITY));
    return 0;
}

static int take_cursor(struct call *call, uint64_t *ret)
{
    const char *text = uri_param(&call->uri, "cursor");

    if (text && text_parse_u64(text, INT64_MAX, ret) < 0)
        return model_error_set(&call->error, 400, "invalid-value", "cursor", NULL,
                               SAY(REQUEST_CURSOR));
    return 0;
}

static int read_query(struct call *call, struct events_query *q)
{
    const char *project = call->who.rights.project;
    uint64_t limit = LIST_LIMIT;
    int r = check_names(call);

    *q = (struct events_query){.region = call->region,
                               .project = *project ? project : NULL,
                               .resource = uri_param(&call->uri, "resource"),
                               .collection = uri_param(&call->uri, "collection"),
                               .code = uri_param(&call->uri, "code"),
                               .to_us = UINT64_MAX,
                               .before = UINT64_MAX};
    if (r == 0)
        r = take_severity(call, &q->severity);
    if (r == 0)
        r = take_time(call, "from", &q->from_us);
    if (r == 0)
        r = take_time(call, "to", &q->to_us);
    if (r == 0)
        r = take_cursor(call, &q->before);
    if (r == 0)
        r = param_number(call, "limit", 1, LIST_LIMIT_MAX, &limit);
    q->limit = (size_t)limit;
    return r;
}

static void show(void *arg, const struct event *event)
{
    event_show(event, arg);
}

int events_list_call(struct call *call)
{
    struct model_out *out;
    struct events_query q;
    char next[24];
    uint64_t at = 0;
    int r = read_query(call, &q);

    if (r < 0)
        return r;
    out = model_out_text(call->lang);
    if (!out)
        return -ENOMEM;
    model_out_object(out);
    model_out_key(out, "items");
    model_out_array(out);
    r = events_list(call->c->events, &q, show, out, &at);
    model_out_end(out);
    if (at) {
        (void)text_printf(next, sizeof(next), "%" PRIu64, at);
        model_out_key(out, "next");
        model_out_string(out, next);
    }
    model_out_end(out);
    if (r == 0)
        r = respond_text(call, 200, out);
    model_out_free(out);
    return r;
}
