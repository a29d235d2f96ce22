#include "cli_internal.h"

/* --wait: looks again and again until what was asked for is so. */

#define PAUSE_MS 150

/* Whether this resource is where it should be; state says where it is. */
static bool is_there(const struct model_kind *kind, const json_t *resource, struct buf *state)
{
    const char *want, *have;

    buf_clear(state);
    switch (kind->id) {
    case MODEL_VPN_TUNNEL:
        want = model_str(resource, "adminState");
        have = model_str(resource, "operState");
        break;
    case MODEL_INSTANCE:
        want = "running";
        have = model_str(resource, "status");
        break;
    case MODEL_NODE:
        want = "online";
        have = model_str(resource, "status");
        break;
    default:
        return true; /* exists: that is all there is to it */
    }
    buf_printf(state, "%s %s is %s", kind->noun, model_str(resource, "name"),
               *have ? have : "unknown");
    if (*model_str(resource, "lastError"))
        buf_printf(state, ": %s", model_str(resource, "lastError"));
    return strcmp(want, have) == 0;
}

/* A connection is there when each of its tunnels is. */
static int check_connection(struct cli *cli, const char *region, const char *id, bool *ret,
                            struct buf *state)
{
    struct buf query = {0};
    json_t *tunnels = NULL;
    const json_t *tunnel;
    size_t i;
    int r;

    buf_puts(&query, "vpnConnectionId=");
    cli_url_add(&query, id);
    r = cli_list_all(cli, model_kind(MODEL_VPN_TUNNEL), region, buf_text(&query), &tunnels);
    buf_done(&query);
    *ret = !r;
    json_array_foreach (tunnels, i, tunnel) {
        if (!is_there(model_kind(MODEL_VPN_TUNNEL), tunnel, state)) {
            *ret = false;
            break;
        }
    }
    json_decref(tunnels);
    return r;
}

static int check_one(struct cli *cli, const struct model_kind *kind, const char *region,
                     const char *id, bool *ret, struct buf *state)
{
    json_t *found = NULL;
    int r;

    if (kind->id == MODEL_VPN_CONNECTION)
        return check_connection(cli, region, id, ret, state);
    r = cli_find(cli, kind, region, id, &found);
    if (!r && !found)
        r = cli_fail(cli, CLI_REFUSED, "%s %s is gone", kind->noun, id);
    *ret = !r && is_there(kind, found, state);
    json_decref(found);
    return r;
}

int cli_wait(struct cli *cli, const struct model_kind *kind, const char *region, const char *id)
{
    uint64_t end = cli->now_us() + cli->timeout_s * UINT64_C(1000000);
    struct buf state = {0};
    bool there = false;
    int r;

    for (;;) {
        r = check_one(cli, kind, region, id, &there, &state);
        if (r || there)
            break;
        if (cli->now_us() >= end) {
            r = cli_fail(cli, CLI_TIMEOUT, "waited %u seconds; %s", cli->timeout_s,
                         buf_text(&state));
            break;
        }
        cli->sleep_ms(PAUSE_MS);
    }
    buf_done(&state);
    return r;
}
