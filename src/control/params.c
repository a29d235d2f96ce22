#include "control_internal.h"

#include <time.h>

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

int param_cursor(struct call *call, bool (*is_cursor)(const struct call *call, const char *text),
                 const char **ret)
{
    const char *text = uri_param(&call->uri, "cursor");

    if (text && *text && (strlen(text) > STORE_NAME_MAX || !is_cursor(call, text)))
        return model_error_set(&call->error, 400, "invalid-value", "cursor", NULL,
                               SAY(REQUEST_CURSOR));
    *ret = text ? text : "";
    return 0;
}

int param_parse_time(const char *text, uint64_t *ret)
{
    struct tm tm = {0};
    int day;
    const char *rest = strptime(text, "%Y-%m-%d", &tm);
    uint64_t us = 0, unit = 1000000;
    time_t seconds;

    if (rest && *rest) {
        rest = strptime(rest, "T%H:%M:%S", &tm);
        if (rest && *rest == '.') {
            while (*++rest >= '0' && *rest <= '9' && unit > 1)
                us += (uint64_t)(*rest - '0') * (unit /= 10);
        }
        if (!rest || strcmp(rest, "Z") != 0)
            return -EINVAL;
    }
    day = tm.tm_mday;
    seconds = rest ? timegm(&tm) : -1;
    if (seconds < 0 || tm.tm_mday != day)
        return -EINVAL; /* the 31st of June became the 1st of July */
    *ret = (uint64_t)seconds * 1000000 + us;
    return 0;
}
