#include "alarms.h"

#include <stdlib.h>

/* The alarms that are there by themselves, for every VPN connection and private interface. They are
 * not stored: a region and a connection say which of them are off. */

#define PREFIX "alarm-default-"

/* In the order of ids. */
static const struct default_row {
    const char *id, *name;
    enum model_default_alarm code;
    enum model_alarm_cause state;
    enum events_severity severity;
    unsigned for_s;
} rows[ALARM_DEFAULTS] = {
    {PREFIX "line-down", "default-line-down", MODEL_DEFAULT_LINE_DOWN, MODEL_LINE_DOWN,
     EVENTS_ERROR, 30},
    {PREFIX "loss-high", "default-loss-high", MODEL_DEFAULT_LOSS_HIGH, MODEL_LOSS_HIGH,
     EVENTS_WARNING, 60},
    {PREFIX "only-one-tunnel-up", "default-only-one-tunnel-up", MODEL_DEFAULT_ONE_TUNNEL_UP,
     MODEL_ONE_TUNNEL_UP, EVENTS_WARNING, 30},
    {PREFIX "replay-drops", "default-replay-drops", MODEL_DEFAULT_REPLAY_DROPS, MODEL_REPLAY_DROPS,
     EVENTS_WARNING, 60},
    {PREFIX "rtt-doubled", "default-rtt-doubled", MODEL_DEFAULT_RTT_DOUBLED, MODEL_RTT_DOUBLED,
     EVENTS_WARNING, 60},
    {PREFIX "too-big-drops", "default-too-big-drops", MODEL_DEFAULT_TOO_BIG_DROPS,
     MODEL_TOO_BIG_DROPS, EVENTS_WARNING, 60},
    {PREFIX "tunnel-down", "default-tunnel-down", MODEL_DEFAULT_TUNNEL_DOWN, MODEL_TUNNEL_DOWN,
     EVENTS_ERROR, 30},
};

static bool lists(const struct model_codes *off, enum model_default_alarm code)
{
    for (size_t i = 0; i < off->count; i++) {
        if (off->items[i] == code)
            return true;
    }
    return false;
}

/* Of nobody's project: who looks at it sees what is of theirs. */
void alarm_default(const struct snapshot *s, const char *region, size_t i, const char *project,
                   struct model_alarm *ret)
{
    const struct default_row *row = &rows[i];
    const struct model_region *of = snapshot_region(s);

    *ret = (struct model_alarm){
        .head = {.kind = model_kind(MODEL_ALARM),
                 .refs = 1,
                 .id = row->id,
                 .region_id = region,
                 .project_id = project,
                 .name = row->name,
                 .description = "",
                 .created_us = of ? of->head.created_us : 1,
                 .updated_us = of ? of->head.updated_us : 1,
                 .revision = 1},
        .enabled = of && !lists(&of->alarms_off, row->code),
        .severity = (uint8_t)(1 + row->severity),
        .state = (uint8_t)row->state,
        .comparison = MODEL_ABOVE,
        .for_s = row->for_s,
    };
}

bool alarms_is_built_in(const char *id)
{
    return text_starts_with(id, PREFIX);
}

uint64_t alarms_built_in_bit(const char *id)
{
    for (size_t i = 0; i < ALARM_DEFAULTS; i++) {
        if (strcmp(rows[i].id, id) == 0)
            return UINT64_C(1) << i;
    }
    return 0;
}

bool alarm_is_off(const struct snapshot *s, const struct model_alarm *a,
                  const struct model_resource *member)
{
    const struct model_vpn_connection *c = (const struct model_vpn_connection *)member;

    if (!alarms_is_built_in(a->head.id) || member->kind->id == MODEL_PRIVATE_INTERFACE)
        return false;
    if (member->kind->id == MODEL_VPN_TUNNEL)
        c = snapshot_get(s, MODEL_VPN_CONNECTION,
                         ((const struct model_vpn_tunnel *)member)->vpn_connection_id);
    for (size_t i = 0; c && i < ALARM_DEFAULTS; i++) {
        if (rows[i].state == a->state)
            return lists(&c->alarms_off, rows[i].code);
    }
    return false;
}

enum model_default_alarm alarm_suspicion(uint8_t state)
{
    for (size_t i = 0; i < ALARM_DEFAULTS; i++) {
        if (rows[i].state == state && rows[i].code >= MODEL_DEFAULT_RTT_DOUBLED &&
            rows[i].code <= MODEL_DEFAULT_TOO_BIG_DROPS)
            return rows[i].code;
    }
    return (enum model_default_alarm)0;
}

/* ---- as who asks sees them ---- */

static const char *project_of(struct call *call)
{
    const char *own = call->who.rights.project, *asked = uri_param(&call->uri, "projectId");

    return *own ? own : asked && *asked ? asked : NULL;
}

static bool make(struct call *call)
{
    struct model_alarm *made = call->built_in;

    if (!snapshot_region(call->seen))
        return false;
    if (!made)
        made = call->built_in = calloc(ALARM_DEFAULTS, sizeof(*made));
    for (size_t i = 0; made && i < ALARM_DEFAULTS; i++)
        alarm_default(call->seen, call->place->id, i, project_of(call), &made[i]);
    return made;
}

const struct model_resource *alarms_built_in(struct call *call, const char *id)
{
    uint64_t bit = alarms_built_in_bit(id);

    return bit && make(call) ? &call->built_in[__builtin_ctzll(bit)].head : NULL;
}

const struct model_resource *alarms_next_built_in(struct call *call, const char *after)
{
    if (!call->built_in && !make(call))
        return NULL;
    for (size_t i = 0; i < ALARM_DEFAULTS; i++) {
        if (strcmp(rows[i].id, after) > 0)
            return &call->built_in[i].head;
    }
    return NULL;
}
