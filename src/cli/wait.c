#include "cli_internal.h"

/* --wait, second part, and the verb wait: looks again and again until a resource is as one would
 * want it. A state that nobody has confirmed ("unknown") is neither up nor down nor anything. */

#define PAUSE_MS 150

struct goal {
    const struct model_kind *kind;
    const char *region;
    const char *id;
    bool changed; /* after a change, which may leave nothing to wait for */
    int64_t revision;
};

static bool says(const json_t *resource, const char *name, const char *text)
{
    return strcmp(model_str(resource, name), text) == 0;
}

/* The member that tells the state, and what it should be; NULL if there is nothing to it. */
static const char *wanted(const struct goal *g, const json_t *resource, const char **ret_member)
{
    *ret_member = g->kind->id == MODEL_VPN_TUNNEL ? "operState" : "status";
    if (g->kind->id == MODEL_INSTANCE)
        return "running";
    if (g->kind->id == MODEL_NODE)
        return "online";
    if (g->kind->id != MODEL_VPN_TUNNEL)
        return NULL;
    if (says(resource, "adminState", "up"))
        return g->changed && !model_bool(resource, "initiate", true) ? NULL : "up";
    /* A change that is carried out has taken it down; only an older state may still be shown. */
    return g->changed && !says(resource, "operState", "up") &&
                   !says(resource, "operState", "negotiating")
               ? NULL
               : "down";
}

/* Whether this resource is where it should be; state says where it is. */
static bool is_there(const struct cli *cli, const struct goal *g, const json_t *resource,
                     struct buf *state)
{
    const char *member, *want = wanted(g, resource, &member), *have = model_str(resource, member);
    const char *kind = cli_noun(cli, g->kind), *name = model_str(resource, "name");
    const char *error = model_str(resource, "lastError"), *now = *have ? have : "unknown";
    int64_t observed = model_int(resource, "observedRevision", INT64_MAX);

    buf_clear(state);
    if (g->changed && observed < g->revision) {
        cli_add(cli, state, SAY(COMMAND_NOT_OBSERVED, g->revision, kind, name));
        return false;
    }
    if (*error)
        cli_add(cli, state, SAY(COMMAND_STATE_ERROR, kind, name, now, error));
    else
        cli_add(cli, state, SAY(COMMAND_STATE, kind, name, now));
    return !want || strcmp(want, have) == 0;
}

/* A connection is there when each of its tunnels is. */
static int check_connection(struct cli *cli, const struct goal *g, bool *ret, struct buf *state)
{
    struct goal each = {.kind = model_kind(MODEL_VPN_TUNNEL)};
    struct buf query = {0};
    json_t *tunnels = NULL;
    const json_t *tunnel;
    size_t i;
    int r;

    buf_puts(&query, "vpnConnectionId=");
    cli_url_add(&query, g->id);
    r = cli_list_all(cli, each.kind, g->region, buf_text(&query), &tunnels);
    buf_done(&query);
    if (!r && !json_array_size(tunnels))
        r = cli_fail(cli, CLI_REFUSED, SAY(COMMAND_NO_TUNNEL, g->id));
    *ret = !r;
    json_array_foreach (tunnels, i, tunnel) {
        if (!is_there(cli, &each, tunnel, state)) {
            *ret = false;
            break;
        }
    }
    json_decref(tunnels);
    return r;
}

static int check_one(struct cli *cli, const struct goal *g, bool *ret, struct buf *state)
{
    json_t *found = NULL;
    int r;

    if (g->kind->id == MODEL_VPN_CONNECTION && !g->changed)
        return check_connection(cli, g, ret, state);
    r = cli_find_id(cli, g->kind, g->region, g->id, &found);
    if (!r && !found)
        r = cli_fail(cli, CLI_REFUSED, SAY(COMMAND_IS_GONE, cli_noun(cli, g->kind), g->id));
    *ret = !r && is_there(cli, g, found, state);
    json_decref(found);
    return r;
}

static int wait_for(struct cli *cli, const struct goal *g, uint64_t end)
{
    struct cli_patience p = {0};
    struct buf state = {0};
    bool there = false;
    int r;

    for (;;) {
        r = check_one(cli, g, &there, &state);
        if (r || there)
            break;
        if (cli->now_us() >= end) {
            r = cli_fail(cli, CLI_TIMEOUT, SAY(COMMAND_WAITED, cli->timeout_s, buf_text(&state)));
            break;
        }
        cli_still_waiting(cli, &p, buf_text(&state));
        cli->sleep_ms(PAUSE_MS);
    }
    buf_done(&state);
    buf_done(&p.said);
    return r;
}

int cli_wait(struct cli *cli, const struct model_kind *kind, const char *region, const char *id,
             uint64_t end)
{
    struct goal g = {.kind = kind, .region = region, .id = id};

    return wait_for(cli, &g, end);
}

int cli_wait_changed(struct cli *cli, const struct model_kind *kind, const char *region,
                     const json_t *resource, uint64_t end)
{
    struct goal g = {.kind = kind,
                     .region = region,
                     .id = model_str(resource, "id"),
                     .changed = true,
                     .revision = model_int(resource, "revision", 0)};
    const char *member;

    if (!wanted(&g, resource, &member) &&
        model_int(resource, "observedRevision", INT64_MAX) >= g.revision)
        return CLI_OK;
    return wait_for(cli, &g, end);
}
