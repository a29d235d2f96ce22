#include "control_internal.h"

/* What the query of a request may ask for. */

int param_number(struct call *call, const char *name, uint64_t min, uint64_t max, uint64_t *ret)
{
    const char *text = uri_param(&call->uri, name);
    uint64_t n = 0;

    if (!text)
        return 0;
    if (text_parse_u64(text, max, &n) < 0 || n < min)
        return model_error_set(&call->error, 400, "invalid-value", name, text,
                               SAY(REQUEST_NUMBER, name, min, max));
    *ret = n;
    return 0;
}
