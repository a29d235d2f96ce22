#include "speaker_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "netns.h"
#include "tap.h"

void speaker_tun_name(const char *tunnel, char ret[NL_NAME_MAX])
{
    const char *dash = strchr(tunnel, '-');

    (void)text_copy(ret, NL_NAME_MAX, "tun-");
    (void)text_copy(ret + 4, NL_NAME_MAX - 4, dash ? dash + 1 : tunnel);
}

int speaker_net_init(struct speaker_net *net, const char *run_dir, const char *gateway)
{
    *net = (struct speaker_net){.fd = -1};
    snprintf(net->netns, sizeof(net->netns), "rw-%s", gateway);
    return tap_mark(net->mark, run_dir, gateway);
}

void speaker_net_done(struct speaker_net *net)
{
    if (net->nl)
        nl_close(net->nl);
    if (net->fd >= 0)
        close(net->fd);
    net->nl = NULL;
    net->fd = -1;
}

/* ---- the namespace ---- */

static int mark_namespace(void *arg)
{
    const struct speaker_net *net = arg;

    return tap_mark_namespace(net->mark);
}

static int open_netlink(void *arg)
{
    struct speaker_net *net = arg;
    struct nl_link lo;
    int r = nl_open(&net->nl);

    if (r == 0)
        r = nl_link_get(net->nl, "lo", &lo);
    if (r == 0 && strcmp(lo.alias, net->mark) != 0)
        r = -EEXIST;
    if (r < 0 && net->nl) {
        nl_close(net->nl);
        net->nl = NULL;
    }
    return r;
}

/* Its name leads to what we hold. */
static bool is_there(const struct speaker_net *net)
{
    int fd, r;

    if (!net->nl || netns_open(net->netns, &fd) < 0)
        return false;
    r = netns_is_same(fd, net->fd);
    close(fd);
    return r;
}

static int ensure_namespace(struct speaker_net *net)
{
    int r;

    if (is_there(net))
        return 0;
    speaker_net_done(net);
    r = netns_open(net->netns, &net->fd);
    if (r == -ENOENT || r == -EINVAL) {
        r = netns_create(net->netns, mark_namespace, net);
        if (r == 0)
            r = netns_open(net->netns, &net->fd);
    }
    if (r == 0)
        r = netns_run(net->fd, open_netlink, net);
    if (r < 0)
        speaker_net_done(net);
    return r;
}

/* ---- TUNs ---- */

struct tun_job {
    struct nl *nl;
    const char *name, *mark;
    bool line;
    int fd;
};

static int make_inside(void *arg)
{
    struct tun_job *job = arg;

    int r = tun_make(job->nl, job->name, job->mark);

    return r == 0 && job->line ? tun_without_link_local(job->name) : r;
}

static int ensure_device(struct speaker_net *net, struct speaker_tun *tun, struct nl_link *ret)
{
    struct tun_job job = {.nl = net->nl, .name = tun->name, .mark = net->mark, .line = tun->line};
    int r = nl_link_get(net->nl, tun->name, ret);

    tun->made = r == -ENODEV;
    if (r == -ENODEV) {
        r = netns_run(net->fd, make_inside, &job);
        if (r == 0)
            r = nl_link_get(net->nl, tun->name, ret);
    }
    if (r == 0 && strcmp(ret->alias, net->mark) != 0)
        r = -EEXIST;
    if (r == 0 && ret->mtu != tun->mtu)
        r = nl_link_set_mtu(net->nl, ret->index, tun->mtu);
    tun->index = r == 0 ? ret->index : 0;
    return r;
}

/* Peers may announce IPv6 prefixes over a session by IPv4: they need a next hop of that family on
 * the same link, which both ends make of their inner address. */
static struct addr mapped(const struct addr *v4)
{
    static const uint8_t start[12] = {0xfd, 'r', 'o', 'p', 'e', 'w', 'a', 'y'};
    struct addr a = {.family = ADDR_IPV6};

    memcpy(a.bytes, start, sizeof(start));
    memcpy(a.bytes + sizeof(start), v4->bytes, 4);
    return a;
}

static size_t addresses_of(const struct speaker_tun *tun, struct nl_addr ret[2])
{
    ret[0] = (struct nl_addr){.index = tun->index, .addr = tun->local, .len = tun->len};
    if (tun->local.family != ADDR_IPV4)
        return 1;
    ret[1] = (struct nl_addr){
        .index = tun->index, .addr = mapped(&tun->local), .len = (uint8_t)(96 + tun->len)};
    return 2;
}

static bool is_wanted_address(const struct nl_addr *a, const struct nl_addr *wanted, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (addr_equal(&a->addr, &wanted[i].addr) && a->len == wanted[i].len)
            return true;
    }
    return false;
}

static int ensure_addresses(struct speaker_net *net, const struct speaker_tun *tun,
                            const struct nl_addr *all, size_t n)
{
    struct nl_addr wanted[2];
    size_t n_wanted = addresses_of(tun, wanted);
    int r = 0;

    for (size_t i = 0; i < n && r == 0; i++) {
        if (all[i].index == tun->index && all[i].protocol == NL_PROTOCOL &&
            !is_wanted_address(&all[i], wanted, n_wanted))
            r = nl_addr_del(net->nl, &all[i]);
    }
    for (size_t i = 0; i < n_wanted && r == 0; i++) {
        r = nl_addr_add(net->nl, &wanted[i]);
        if (r == -EEXIST)
            r = 0;
    }
    return r;
}

static int ensure_tuns(struct speaker_net *net, struct speaker_tun *tuns, size_t n)
{
    struct nl_addr *all;
    size_t n_all;
    int first = 0, r = nl_addr_list(net->nl, &all, &n_all);

    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        struct nl_link link;

        r = ensure_device(net, &tuns[i], &link);
        if (r == 0)
            r = ensure_addresses(net, &tuns[i], all, n_all);
        if (r == 0 && tuns[i].leave)
            tuns[i].up = link.up;
        else if (r == 0 && link.up != tuns[i].up)
            r = nl_link_set_up(net->nl, link.index, tuns[i].up);
        if (r < 0 && first == 0)
            first = r;
    }
    free(all);
    return first;
}

static bool is_wanted_link(const struct nl_link *link, const struct speaker_tun *tuns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(link->name, tuns[i].name) == 0)
            return true;
    }
    return false;
}

int speaker_net_trim(struct speaker_net *net, const struct speaker_tun *tuns, size_t n)
{
    struct nl_link *all;
    size_t n_all;
    int r = net->nl ? nl_link_list(net->nl, &all, &n_all) : -ENODEV;

    if (r < 0)
        return r;
    for (size_t i = 0; i < n_all && r == 0; i++) {
        if (text_starts_with(all[i].name, "tun-") && strcmp(all[i].alias, net->mark) == 0 &&
            !is_wanted_link(&all[i], tuns, n))
            r = nl_link_delete(net->nl, all[i].index);
    }
    free(all);
    return r;
}

int speaker_net_ensure(struct speaker_net *net, struct speaker_tun *tuns, size_t n)
{
    int r = ensure_namespace(net);

    return r < 0 ? r : ensure_tuns(net, tuns, n);
}

int speaker_net_set_up(struct speaker_net *net, int index, bool up)
{
    return net->nl && index ? nl_link_set_up(net->nl, index, up) : -ENODEV;
}

static int open_inside(void *arg)
{
    struct tun_job *job = arg;

    return tun_open(job->name, &job->fd);
}

int speaker_net_open(const char *gateway, const char *tunnel, int *ret_fd)
{
    char netns[SPEAKER_NETNS_MAX], name[NL_NAME_MAX];
    struct tun_job job = {.name = name};
    int fd, r;

    snprintf(netns, sizeof(netns), "rw-%s", gateway);
    speaker_tun_name(tunnel, name);
    r = netns_open(netns, &fd);
    if (r < 0)
        return r;
    r = netns_run(fd, open_inside, &job);
    close(fd);
    if (r == 0)
        *ret_fd = job.fd;
    return r;
}

static int open_namespace(struct speaker_net *net)
{
    int r = netns_open(net->netns, &net->fd);

    if (r == 0)
        r = netns_run(net->fd, open_netlink, net);
    if (r < 0)
        speaker_net_done(net);
    return r;
}

bool speaker_net_is_ours(struct speaker_net *net)
{
    return net->nl || open_namespace(net) == 0;
}

void speaker_net_remove(struct speaker_net *net)
{
    if (speaker_net_is_ours(net)) {
        (void)!speaker_net_trim(net, NULL, 0);
        (void)!netns_delete(net->netns);
    }
    speaker_net_done(net);
}

/* ---- routes ---- */

int speaker_route_cmp(const void *a, const void *b)
{
    const struct speaker_route *x = a, *y = b;
    int r = prefix_cmp(&x->prefix, &y->prefix);

    return r ? r : (x->metric > y->metric) - (x->metric < y->metric);
}

int speaker_net_routes(struct speaker_net *net, struct speaker_route **ret, size_t *ret_n)
{
    struct nl_route *all;
    struct speaker_route *routes;
    size_t n;
    int r = net->nl ? nl_route_list(net->nl, BGP_ANNOUNCED_TABLE, &all, &n) : -ENODEV;

    if (r < 0)
        return r;
    routes = calloc(n + 1, sizeof(*routes));
    for (size_t i = 0; routes && i < n; i++)
        routes[i] = (struct speaker_route){all[i].dst, all[i].metric};
    free(all);
    if (!routes)
        return -ENOMEM;
    qsort(routes, n, sizeof(*routes), speaker_route_cmp);
    *ret = routes;
    *ret_n = n;
    return 0;
}

static int change(struct speaker_net *net, const struct speaker_route *route, bool add)
{
    const struct nl_route kernel = {
        .dst = route->prefix, .metric = route->metric, .table = BGP_ANNOUNCED_TABLE};
    int r = add ? nl_route_add(net->nl, &kernel) : nl_route_del(net->nl, &kernel);

    return (add && r == -EEXIST) || (!add && r == -ESRCH) ? 0 : r;
}

int speaker_net_announce(struct speaker_net *net, const struct speaker_route *there, size_t n_there,
                         const struct speaker_route *wanted, size_t n_wanted)
{
    size_t i = 0, j = 0;
    int first = 0;

    if (!net->nl)
        return -ENODEV;
    while (i < n_there || j < n_wanted) {
        int order = i == n_there    ? 1
                    : j == n_wanted ? -1
                                    : speaker_route_cmp(&there[i], &wanted[j]);
        int r = 0;

        if (order < 0)
            r = change(net, &there[i], false);
        else if (order > 0)
            r = change(net, &wanted[j], true);
        if (r < 0 && first == 0)
            first = r;
        i += order <= 0;
        j += order >= 0;
    }
    return first;
}
