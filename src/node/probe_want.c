/* What is wanted of probes, of a tunnel or a private interface. */
#include "desired.h"

int desired_probe_parse(const json_t *of, uint32_t *ret_ms, uint16_t *ret_count,
                        struct desired_error *err)
{
    uint64_t interval, count;
    const json_t *obj;
    bool enabled;

    if (!json_object_get(of, "probe"))
        return 0;
    if (desired_object(of, "probe", &obj, err) < 0 ||
        desired_bool(obj, "enabled", &enabled, err) < 0 ||
        desired_number(obj, "intervalMs", UINT32_MAX, &interval, err) < 0 ||
        desired_number(obj, "count", UINT16_MAX, &count, err) < 0)
        return -EBADMSG;
    if (enabled && (!interval || !count))
        return desired_fail(err, SAY(NODE_FIELD_MISSING, "probe"));
    *ret_ms = enabled ? (uint32_t)interval : 0;
    *ret_count = (uint16_t)count;
    return 0;
}
