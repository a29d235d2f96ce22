#include "state_internal.h"

#include <stdlib.h>

static struct dp_sa *find_in_path(const struct dp_state *state, const char *tunnel,
                                  uint8_t direction, uint32_t spi)
{
    uint32_t index = dp_names_find(&state->path_names, tunnel);

    if (index == DP_NONE)
        return NULL;
    list_for_each (sa, &state->paths[index]->sas, struct dp_sa, link)
        if (sa->direction == direction && sa->spi == spi)
            return sa;
    return NULL;
}

static void sa_free(void *context, void *object)
{
    struct dp_state *state = context;
    struct dp_sa *sa = object;

    esp_sa_free(sa->esp);
    dp_stats_give(state->shared.stats, IPC_STATS_SA, sa->stats);
    free(sa->remote);
    free(sa);
}

static void remote_free(void *context, void *object)
{
    (void)context;
    free(object);
}

static int make_esp(const struct ipc_sa_add *add, struct esp_sa **ret)
{
    struct esp_sa_params params = {
        .spi = add->spi,
        .direction = add->direction == IPC_SA_IN ? ESP_INBOUND : ESP_OUTBOUND,
        .engine = ESP_ENGINE_AUTO,
        .encr = add->encr,
        .auth = add->integrity,
        .encr_key = add->encr_key.bytes,
        .encr_key_len = add->encr_key.len,
        .auth_key = add->integrity_key.len ? add->integrity_key.bytes : NULL,
        .auth_key_len = add->integrity_key.len,
        .esn = add->esn,
        .replay_window = add->replay_window,
        .soft_bytes = add->soft_bytes,
        .hard_bytes = add->hard_bytes,
        .soft_packets = add->soft_packets,
        .hard_packets = add->hard_packets,
    };

    return esp_sa_new(&params, ret);
}

static bool is_everything(const struct prefix *ts, unsigned n, uint8_t family)
{
    for (unsigned i = 0; i < n; i++)
        if (ts[i].addr.family == family && ts[i].len == 0)
            return true;
    return n == 0;
}

static bool allows_all(const struct dp_sa *sa, uint8_t family)
{
    return is_everything(sa->local_ts, sa->n_local_ts, family) &&
           is_everything(sa->remote_ts, sa->n_remote_ts, family);
}

static int check(const struct dp_state *state, const struct ipc_sa_add *add)
{
    if (add->direction != IPC_SA_IN && add->direction != IPC_SA_OUT)
        return -EINVAL;
    if (!add->encap)
        return -EOPNOTSUPP; /* the node gives us no raw sockets */
    if (add->spi == 0 || !add->tunnel[0] || add->local.addr.family != add->remote.addr.family ||
        add->n_local_ts > IPC_TS_MAX || add->n_remote_ts > IPC_TS_MAX)
        return -EINVAL;
    if (find_in_path(state, add->tunnel, add->direction, add->spi))
        return -EEXIST;
    return 0;
}

static int sa_new(struct dp_state *state, const struct ipc_sa_add *add, struct dp_sa **ret)
{
    struct dp_sa *sa = calloc(1, sizeof(*sa));
    int r;

    if (!sa)
        return -ENOMEM;
    sa->spi = add->spi;
    sa->pair = add->pair;
    sa->direction = add->direction;
    sa->local = add->local;
    sa->n_local_ts = add->n_local_ts;
    sa->n_remote_ts = add->n_remote_ts;
    memcpy(sa->local_ts, add->local_ts, sizeof(sa->local_ts));
    memcpy(sa->remote_ts, add->remote_ts, sizeof(sa->remote_ts));
    sa->any4 = allows_all(sa, ADDR_IPV4);
    sa->any6 = allows_all(sa, ADDR_IPV6);
    sa->remote = malloc(sizeof(*sa->remote));
    sa->stats =
        dp_stats_take(state->shared.stats, IPC_STATS_SA, add->tunnel, add->spi, add->direction);
    r = sa->remote && sa->stats ? make_esp(add, &sa->esp) : -ENOMEM;
    if (r < 0) {
        sa_free(state, sa);
        return r;
    }
    dp_sockaddr_from(&add->remote, sa->remote);
    *ret = sa;
    return 0;
}

int dp_sa_add(struct dp_state *state, const struct ipc_sa_add *add)
{
    struct dp_path *path;
    struct dp_sa *sa;
    int r;

    r = check(state, add);
    if (r < 0)
        return r;
    r = sa_new(state, add, &sa);
    if (r < 0)
        return r;
    r = dp_state_path(state, add->tunnel, &path);
    if (r < 0) {
        sa_free(state, sa);
        return r;
    }
    sa->path = path;
    r = dp_sa_publish(&state->shared, sa);
    if (r < 0) {
        sa_free(state, sa);
        dp_state_path_release(state, path);
        return r;
    }
    list_append(&path->sas, &sa->link);
    dp_state_touch(state, path);
    return dp_state_publish(state);
}

static void sa_remove(struct dp_state *state, struct dp_sa *sa)
{
    dp_sa_withdraw(&state->shared, sa);
    list_remove(&sa->link);
    dp_state_touch(state, sa->path);
    dp_state_discard(state, sa_free, state, sa);
    dp_state_path_release(state, sa->path);
}

int dp_sa_del(struct dp_state *state, const struct ipc_sa_ref *ref)
{
    struct dp_sa *sa = find_in_path(state, ref->tunnel, ref->direction, ref->spi);

    if (!sa)
        return -ENOENT;
    sa_remove(state, sa);
    return dp_state_publish(state);
}

int dp_sa_move(struct dp_state *state, const struct ipc_sa_move *move)
{
    uint32_t index = dp_names_find(&state->path_names, move->tunnel);
    int r = -ENOENT;

    if (index == DP_NONE)
        return -ENOENT;
    list_for_each (sa, &state->paths[index]->sas, struct dp_sa, link) {
        struct dp_remote *remote;

        if (sa->pair != move->pair || move->remote.addr.family != sa->local.addr.family)
            continue;
        remote = malloc(sizeof(*remote));
        if (!remote)
            return -ENOMEM;
        dp_sockaddr_from(&move->remote, remote);
        if (!addr_equal(&sa->remote->endpoint.addr, &move->remote.addr)) /* another path */
            __atomic_store_n(&sa->path->pmtu, 0, __ATOMIC_RELAXED);
        dp_state_discard(state, remote_free, NULL, sa->remote);
        rcu_assign_pointer(sa->remote, remote);
        r = 0;
    }
    return r;
}

void dp_sa_info(const struct dp_sa *sa, uint64_t now_us, struct ipc_sa_info *ret)
{
    uint64_t used = __atomic_load_n(&sa->used_us, __ATOMIC_RELAXED);
    struct ipc_sa_info info = {.direction = sa->direction,
                               .spi = sa->spi,
                               .pair = sa->pair,
                               .local = sa->local,
                               .remote = sa->remote->endpoint,
                               .encap = true,
                               .idle_ms = UINT64_MAX,
                               .n_local_ts = sa->n_local_ts,
                               .n_remote_ts = sa->n_remote_ts};
    struct esp_sa_stats stats;

    esp_sa_read(sa->esp, &stats);
    memcpy(info.local_ts, sa->local_ts, sizeof(info.local_ts));
    memcpy(info.remote_ts, sa->remote_ts, sizeof(info.remote_ts));
    info.packets = stats.packets;
    info.bytes = stats.plain_bytes;
    if (used)
        info.idle_ms = now_us > used ? (now_us - used) / 1000 : 0;
    (void)text_copy(info.tunnel, sizeof(info.tunnel), sa->path->id);
    *ret = info;
}

void dp_sa_free_all(struct dp_state *state)
{
    for (uint32_t i = 0; i < state->n_paths; i++) {
        while (state->paths[i] && !list_empty(&state->paths[i]->sas))
            sa_remove(state, container_of(state->paths[i]->sas.next, struct dp_sa, link));
    }
}
