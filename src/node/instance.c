#include "instance.h"

#include <stdlib.h>
#include <unistd.h>

#include "attached.h"
#include "netns.h"
#include "tap.h"

#define TAP_NAME "eth0" /* named in the catalogue, too */

/* What the thread inside the namespace works on. */
struct job {
    const struct desired_instance *want;
    char mark[NL_ALIAS_MAX]; /* of this instance; of any instance of the run directory for owner */
    struct instance_result *result;
    struct nl *nl;
    int fd; /* of a TAP that was opened */
    char id[IPC_ID_MAX];
};

static int fail(struct job *job, int r, const struct words *why)
{
    words_write(why, job->result->error, sizeof(job->result->error));
    return r;
}

/* step is a code without arguments. */
static int fail_step(struct job *job, int r, enum words_code step)
{
    struct words m = {.code = step};

    return fail(job, r, SAY(NODE_NAMESPACE_FAILED, &m, job->want->netns, strerror(-r)));
}

/* A step of bringing it to the desired state: notes that it changed something, or why it failed. */
static int did(struct job *job, int r, enum words_code step)
{
    if (r < 0)
        return fail_step(job, r, step);
    job->result->changed = true;
    return 0;
}

/* ---- the namespace ---- */

static int mark_namespace(void *arg)
{
    const struct job *job = arg;

    return tap_mark_namespace(job->mark);
}

/* Opens the namespace, made if it is not there. */
static int ensure_namespace(struct job *job, int *ret_fd)
{
    const char *name = job->want->netns;
    int r = netns_open(name, ret_fd);

    if (r != -ENOENT && r != -EINVAL)
        return r < 0 ? fail(job, r, SAY(NODE_NAMESPACE_NOT_OPENED, name, strerror(-r))) : 0;
    r = netns_create(name, mark_namespace, job);
    if (r < 0)
        return fail(job, r, SAY(NODE_NAMESPACE_NOT_MADE, name, strerror(-r)));
    job->result->changed = true;
    r = netns_open(name, ret_fd);
    return r < 0 ? fail(job, r, SAY(NODE_NAMESPACE_NOT_OPENED, name, strerror(-r))) : 0;
}

/* ---- the TAP ---- */

static int ensure_tap(struct job *job, struct nl_link *ret)
{
    int r = nl_link_get(job->nl, TAP_NAME, ret);

    if (r == -ENODEV) {
        r = did(job, tap_make(job->nl, TAP_NAME, job->mark, job->want->port.mac),
                WORDS_NODE_STEP_MAKE_TAP);
        if (r < 0)
            return r;
        job->result->new_tap = true;
        r = nl_link_get(job->nl, TAP_NAME, ret);
    }
    if (r < 0)
        return fail_step(job, r, WORDS_NODE_STEP_SEE_TAP);
    if (strcmp(ret->alias, job->mark) != 0)
        return fail(job, -EEXIST, SAY(NODE_NAMESPACE_TAP_FOREIGN, TAP_NAME, job->want->netns));
    return 0;
}

static int ensure_link(struct job *job, const struct nl_link *link)
{
    const struct ipc_port *port = &job->want->port;
    int r = 0;

    if (memcmp(link->mac, port->mac, sizeof(port->mac)) != 0)
        r = did(job, nl_link_set_mac(job->nl, link->index, port->mac), WORDS_NODE_STEP_SET_MAC);
    if (r == 0 && link->mtu != port->mtu)
        r = did(job, nl_link_set_mtu(job->nl, link->index, port->mtu), WORDS_NODE_STEP_SET_MTU);
    if (r == 0 && !link->up)
        r = did(job, nl_link_set_up(job->nl, link->index, true), WORDS_NODE_STEP_TAP_UP);
    return r;
}

/* An IPv4 instance does not speak IPv6 on its own: no router is there to be found. */
static int ensure_ipv6(struct job *job)
{
    int r = tap_switch_ipv6(TAP_NAME, job->want->port.address.family == ADDR_IPV6);

    return r == 0 ? 0 : did(job, r, WORDS_NODE_STEP_SWITCH_IPV6);
}

/* ---- address and route ---- */

static int ensure_address(struct job *job, int index)
{
    const struct ipc_port *port = &job->want->port;
    struct nl_addr *all, want = {.index = index, .addr = port->address, .len = port->subnet.len};
    bool there = false;
    size_t n;
    int r = nl_addr_list(job->nl, &all, &n);

    if (r < 0)
        return fail_step(job, r, WORDS_NODE_STEP_LIST_ADDRESSES);
    for (size_t i = 0; i < n && r == 0; i++) {
        if (all[i].index != index)
            continue;
        if (addr_equal(&all[i].addr, &want.addr) && all[i].len == want.len)
            there = true;
        else if (all[i].protocol == NL_PROTOCOL)
            r = did(job, nl_addr_del(job->nl, &all[i]), WORDS_NODE_STEP_REMOVE_ADDRESS);
    }
    free(all);
    if (r == 0 && !there)
        r = did(job, nl_addr_add(job->nl, &want), WORDS_NODE_STEP_ADD_ADDRESS);
    return r;
}

static int ensure_route(struct job *job, int index)
{
    const struct ipc_port *port = &job->want->port;
    struct addr any = {.family = port->address.family};
    struct nl_route *all,
        want = {.dst = prefix_make(&any, 0), .gateway = port->gateway, .index = index};
    bool there = false;
    size_t n;
    int r = nl_route_list(job->nl, NL_TABLE_MAIN, &all, &n);

    if (r < 0)
        return fail_step(job, r, WORDS_NODE_STEP_LIST_ROUTES);
    for (size_t i = 0; i < n && r == 0; i++) {
        if (!prefix_equal(&all[i].dst, &want.dst))
            continue;
        if (addr_equal(&all[i].gateway, &want.gateway) && all[i].index == index)
            there = true;
        else if (all[i].protocol == NL_PROTOCOL)
            r = did(job, nl_route_del(job->nl, &all[i]), WORDS_NODE_STEP_REMOVE_ROUTE);
    }
    free(all);
    if (r < 0 || there)
        return r;
    r = nl_route_add(job->nl, &want);
    if (r == -EEXIST)
        return fail(job, r, SAY(NODE_NAMESPACE_ROUTE_FOREIGN, job->want->netns));
    return did(job, r, WORDS_NODE_STEP_ADD_ROUTE);
}

/* ---- all of it ---- */

static int check_owner(struct job *job, const struct nl_link *lo)
{
    if (strcmp(lo->alias, job->mark) == 0)
        return 0;
    return fail(job, -EEXIST, SAY(NODE_NAMESPACE_FOREIGN, job->want->netns));
}

static int ensure_inside(void *arg)
{
    struct job *job = arg;
    struct nl_link lo, tap;
    int r = nl_open(&job->nl);

    if (r < 0)
        return fail_step(job, r, WORDS_NODE_STEP_NETLINK);
    r = nl_link_get(job->nl, "lo", &lo);
    if (r < 0)
        r = fail_step(job, r, WORDS_NODE_STEP_SEE_LO);
    if (r == 0)
        r = check_owner(job, &lo);
    if (r == 0 && !lo.up)
        r = did(job, nl_link_set_up(job->nl, lo.index, true), WORDS_NODE_STEP_LO_UP);
    if (r == 0)
        r = ensure_tap(job, &tap);
    if (r == 0)
        r = ensure_ipv6(job);
    if (r == 0)
        r = ensure_link(job, &tap);
    if (r == 0)
        r = ensure_address(job, tap.index);
    if (r == 0)
        r = ensure_route(job, tap.index);
    nl_close(job->nl);
    return r;
}

int instance_ensure(const char *run_dir, const struct desired_instance *want,
                    struct instance_result *ret)
{
    struct job job = {.want = want, .result = ret};
    int fd, r;

    if (want->attachment != DESIRED_NETNS)
        return attached_ensure(run_dir, want, ret);
    *ret = (struct instance_result){0};
    r = tap_mark(job.mark, run_dir, want->port.id);
    if (r < 0)
        return fail(&job, r, SAY(NODE_MARK_TOO_LONG));
    r = ensure_namespace(&job, &fd);
    if (r < 0)
        return r;
    r = netns_run(fd, ensure_inside, &job);
    close(fd);
    return r;
}

static int open_inside(void *arg)
{
    struct job *job = arg;
    struct nl_link link;
    int r = nl_open(&job->nl);

    if (r < 0)
        return r;
    r = nl_link_get(job->nl, TAP_NAME, &link);
    nl_close(job->nl);
    if (r == 0 && strcmp(link.alias, job->mark) != 0)
        r = -EPERM;
    return r < 0 ? r : tap_open(TAP_NAME, &job->fd);
}

int instance_open(const char *run_dir, const struct desired_instance *want, int *ret_fd)
{
    struct job job = {.want = want, .fd = -1};
    int fd, r = tap_mark(job.mark, run_dir, want->port.id);

    if (want->attachment != DESIRED_NETNS)
        return attached_open(run_dir, want, ret_fd);
    if (r == 0)
        r = netns_open(want->netns, &fd);
    if (r < 0)
        return r;
    r = netns_run(fd, open_inside, &job);
    close(fd);
    if (r == 0)
        *ret_fd = job.fd;
    return r;
}

/* ---- removal ---- */

/* Whose namespace this is; job->mark is the part before the instance's id. */
static int read_owner(struct job *job)
{
    struct nl_link lo;
    int r = nl_link_get(job->nl, "lo", &lo);

    if (r < 0)
        return r;
    if (!text_starts_with(lo.alias, job->mark))
        return -EPERM;
    return text_copy(job->id, sizeof(job->id), lo.alias + strlen(job->mark));
}

static int owner_inside(void *arg)
{
    struct job *job = arg;
    int r = nl_open(&job->nl);

    if (r < 0)
        return r;
    r = read_owner(job);
    nl_close(job->nl);
    return r;
}

/* The TAP goes first: a process that still holds it or lives in the namespace would keep both. */
static int empty_inside(void *arg)
{
    struct job *job = arg;
    struct nl_link tap;
    int r = nl_open(&job->nl);

    if (r < 0)
        return r;
    r = read_owner(job);
    if (r == 0)
        r = nl_link_get(job->nl, TAP_NAME, &tap);
    if (r == 0 && text_starts_with(tap.alias, job->mark))
        r = nl_link_delete(job->nl, tap.index);
    nl_close(job->nl);
    return r == -ENODEV ? 0 : r;
}

static int visit_namespace(const char *run_dir, const char *netns, netns_call *call,
                           struct job *job)
{
    int fd, r = tap_mark(job->mark, run_dir, "");

    if (r == 0)
        r = netns_open(netns, &fd);
    if (r < 0)
        return r;
    r = netns_run(fd, call, job);
    close(fd);
    return r;
}

int instance_remove(const char *run_dir, const char *netns)
{
    struct job job = {0};
    int r = visit_namespace(run_dir, netns, empty_inside, &job);

    return r < 0 ? r : netns_delete(netns);
}

int instance_owner(const char *run_dir, const char *netns, char ret_id[IPC_ID_MAX])
{
    struct job job = {0};
    int r = visit_namespace(run_dir, netns, owner_inside, &job);

    if (r == 0)
        memcpy(ret_id, job.id, IPC_ID_MAX);
    return r;
}
