#include "control_internal.h"

#include <stdio.h>

/* The live part of resources: what their nodes say of them, how old that is, and which revision is
 * carried out. */

#if !JSON_HAVE_ATOMIC_BUILTINS
#error "what nodes said is shared by threads, which need references that are counted atomically"
#endif

enum { TUNNEL_UP = 3 }; /* code of operState */

static json_t *node_status(struct region *r, const struct model_resource *resource)
{
    static const char *const names[] = {
        [LIVE_UNKNOWN] = "unknown", [LIVE_ONLINE] = "online", [LIVE_OFFLINE] = "offline"};
    const struct node_state *n = live_node(r, resource->id, false);
    enum live_state state = live_state(r, n);
    char seen[CLOCK_TEXT_MAX];

    return json_pack("{s:s, s:s*, s:s}", "status", names[state], "lastSeen",
                     n && n->seen_us ? clock_format(n->seen_us, seen) : NULL, "lastError",
                     state == LIVE_ONLINE && n->itself ? model_str(n->itself, "lastError") : "");
}

/* The states of a session that is not confirmed. */
static int add_unknown(json_t *status, const json_t *said)
{
    static const char *const states[] = {"bgpState", "bfdState"};
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(states); i++) {
        if (json_object_get(said, states[i]))
            r = json_object_set_new(status, states[i], json_string("unknown"));
    }
    return r;
}

/* What is not confirmed: the state is unknown, and says since when and why. */
static json_t *unconfirmed(const char *member, const struct node_state *n, bool placed,
                           const json_t *said)
{
    bool silent = said && n && n->seen_us;
    char seen[CLOCK_TEXT_MAX], said_at[CLOCK_TEXT_MAX], why[WORDS_TEXT_MAX];
    json_t *status;

    words_write(silent   ? SAY(STATE_NODE_SILENT, clock_say(n->seen_us, said_at))
                : placed ? SAY(STATE_UNREPORTED)
                         : SAY(STATE_UNPLACED),
                why, sizeof(why));
    status = json_pack("{s:s, s:s, s:s*}", member, "unknown", "lastError", why, "since",
                       silent ? clock_format(n->seen_us, seen) : NULL);
    if (!status || add_unknown(status, said) == 0)
        return status;
    json_decref(status);
    return NULL;
}

/* A tunnel or instance. */
static json_t *reported_status(struct region *r, const struct snapshot *s,
                               const struct model_resource *resource, json_t **ret_said)
{
    const char *member = resource->kind->id == MODEL_INSTANCE ? "status" : "operState";
    struct node_state *n;
    const struct said *said = live_said(r, s, resource, &n);

    *ret_said = said ? json_incref(said->status) : NULL;
    if (*ret_said && live_state(r, n) == LIVE_ONLINE)
        return json_object();
    return unconfirmed(member, n, live_is_placed(s, resource), *ret_said);
}

/* ---- high availability ---- */

#define HA_ADDRESSES_MAX 8

/* up[i][j]: there is a tunnel up between cloud address i and customer address j. */
struct availability {
    size_t clouds, customers;
    bool up[HA_ADDRESSES_MAX][HA_ADDRESSES_MAX];
};

/* Whether each cloud address from i on can have a customer address of its own; used is a set. */
static bool each_has_its_own(const struct availability *a, size_t i, unsigned used)
{
    if (i == a->clouds)
        return true;
    for (size_t j = 0; j < a->customers; j++) {
        if (a->up[i][j] && !(used & 1U << j) && each_has_its_own(a, i + 1, used | 1U << j))
            return true;
    }
    return false;
}

static size_t index_of(const struct model_addrs *list, const struct addr *a)
{
    for (size_t i = 0; i < list->count; i++) {
        if (addr_equal(&list->items[i], a))
            return i;
    }
    return SIZE_MAX;
}

bool live_is_up(struct region *r, const struct snapshot *s, const struct model_vpn_tunnel *tunnel)
{
    struct node_state *n;
    const struct said *said = live_said(r, s, &tunnel->head, &n);

    return said && said->state == TUNNEL_UP && live_state(r, n) == LIVE_ONLINE;
}

bool live_has_session(struct region *r, const struct snapshot *s, const struct model_resource *of)
{
    struct node_state *n;
    const struct said *said = live_said(r, s, of, &n);

    return said && live_state(r, n) == LIVE_ONLINE &&
           strcmp(model_str(said->status, "bgpState"), "established") == 0;
}

static bool is_reported(struct region *r, const struct snapshot *s,
                        const struct model_vpn_tunnel *tunnel)
{
    struct node_state *n;

    return live_said(r, s, &tunnel->head, &n) && live_state(r, n) == LIVE_ONLINE;
}

bool live_is_available(struct region *r, const struct snapshot *s,
                       const struct model_vpn_connection *connection, bool *ret_reported)
{
    const struct model_customer_gateway *customer =
        snapshot_get(s, MODEL_CUSTOMER_GATEWAY, connection->customer_gateway_id);
    struct availability a = {.clouds = connection->cloud_addresses.count,
                             .customers = customer ? customer->addresses.count : 0};

    *ret_reported = true;
    snapshot_each_linked (struct model_vpn_tunnel, tunnel, it, s, LINK_TUNNEL_CONNECTION,
                          connection->head.id) {
        size_t cloud = index_of(&connection->cloud_addresses, &tunnel->cloud_address);
        size_t peer =
            customer ? index_of(&customer->addresses, &tunnel->customer_address) : SIZE_MAX;

        if (cloud < HA_ADDRESSES_MAX && peer < HA_ADDRESSES_MAX)
            a.up[cloud][peer] |= live_is_up(r, s, tunnel);
        *ret_reported &= is_reported(r, s, tunnel);
    }
    return a.customers >= 2 && a.customers <= HA_ADDRESSES_MAX && a.clouds <= HA_ADDRESSES_MAX &&
           each_has_its_own(&a, 0, 0);
}

static json_t *connection_status(struct region *r, const struct snapshot *s,
                                 const struct model_vpn_connection *connection)
{
    bool reported, available = live_is_available(r, s, connection, &reported);

    return json_pack("{s:s}", "highAvailability", available ? "available" : "unavailable");
}

/* ---- what every resource has ---- */

static int add_observed(struct region *r, const struct snapshot *s,
                        const struct model_resource *resource, json_t *status)
{
    char why[WORDS_TEXT_MAX], since[CLOCK_TEXT_MAX];
    int64_t revision;
    bool observed = observed_is(r, s, resource, &revision, why, sizeof(why));
    json_t *condition;

    condition = json_pack("{s:s, s:s, s:s, s:s, s:s*}", "type", "Observed", "status",
                          observed ? "true" : "false", "reason",
                          observed ? "CarriedOut" : "Pending", "message", why, "since",
                          observed ? NULL : clock_format(resource->updated_us, since));
    if (json_object_set_new(status, "observedRevision", json_integer(revision)) ||
        json_object_set_new(status, "conditions", json_pack("[o]", condition)))
        return -ENOMEM;
    return 0;
}

static json_t *computed_status(struct region *r, const struct snapshot *s,
                               const struct model_resource *resource, json_t **ret_said)
{
    switch (resource->kind->id) {
    case MODEL_NODE:
        return node_status(r, resource);
    case MODEL_VPN_TUNNEL:
    case MODEL_PRIVATE_INTERFACE:
    case MODEL_INSTANCE:
        return reported_status(r, s, resource, ret_said);
    case MODEL_SUBNET:
        return ((const struct model_subnet *)resource)->interface ? reported_status(r, s, resource,
                                                                                    ret_said)
                                                                  : json_object();
    case MODEL_ALARM:
        return alarms_status(r, resource);
    case MODEL_VPN_CONNECTION:
        return connection_status(r, s, (const struct model_vpn_connection *)resource);
    default:
        return json_object();
    }
}

int status_take(struct region *r, const struct snapshot *s, const struct model_resource *resource,
                struct status *ret)
{
    struct status made = {0};
    int result = -ENOMEM;

    pthread_mutex_lock(&r->live);
    made.computed = computed_status(r, s, resource, &made.said);
    if (made.computed)
        result = add_observed(r, s, resource, made.computed);
    pthread_mutex_unlock(&r->live);
    if (result < 0)
        status_done(&made);
    else
        *ret = made;
    return result;
}

void status_done(struct status *status)
{
    json_decref(status->computed);
    json_decref(status->said);
    *status = (struct status){0};
}
