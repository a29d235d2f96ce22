#include "cloud.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"
#include "words.h"

#define CLOUD_SOCKET_BYTES (8 << 20)

/* Linux lets a label be anything of at most 15 characters; `ip addr` shows it behind the address.
 */
static void make_label(char label[NL_NAME_MAX], const char *run_dir)
{
    uint64_t h = hash_bytes(run_dir, strlen(run_dir), 0);

    snprintf(label, NL_NAME_MAX, "rw:%010llx", (unsigned long long)(h & 0xffffffffffULL));
}

/* IPv6 addresses have no label; but the route that each brings along has a metric, which decides
 * nothing: packets to an address of ours never look at it. With our protocol number it is a mark.
 */
static uint32_t make_metric(const char *run_dir)
{
    return (uint32_t)hash_bytes(run_dir, strlen(run_dir), 0) | 1U << 31;
}

static int fail(struct cloud_result *ret, int r, const struct words *why)
{
    words_write(why, ret->error, sizeof(ret->error));
    return r;
}

/* what is a code of {address, error}. */
static int note(struct cloud_result *ret, int first, int r, const struct addr *a,
                enum words_code what)
{
    struct words_arg args[2];

    if (r == 0)
        ret->changed = true;
    if (r == 0 || first < 0)
        return first;
    args[0] = words_from_addr(a);
    args[1] = words_from_text(strerror(-r));
    return fail(ret, r, &(const struct words){.code = what, .count = 2, .args = args});
}

static int compare(const void *a, const void *b)
{
    return addr_cmp(a, b);
}

/* A sorted copy: with many addresses each is looked for. Not NULL but without memory. */
static struct addr *sorted(const struct addr *list, size_t n)
{
    struct addr *copy = calloc(n + 1, sizeof(*copy));

    if (copy && n) {
        memcpy(copy, list, n * sizeof(*copy));
        qsort(copy, n, sizeof(*copy), compare);
    }
    return copy;
}

static bool is_in(const struct addr *list, size_t n, const struct addr *a)
{
    return bsearch(a, list, n, sizeof(*list), compare) != NULL;
}

/* What the three steps share. */
struct pass {
    struct nl *nl;
    const char *interface;
    int index; /* of the interface; 0 without */
    char label[NL_NAME_MAX];
    uint32_t metric;
    struct nl_addr *have;
    size_t n_have;
    struct cloud_result *result;
};

static bool is_ours(const struct pass *p, const struct nl_addr *a)
{
    if (a->addr.family == ADDR_IPV4)
        return strcmp(a->label, p->label) == 0;
    return a->protocol == NL_PROTOCOL && a->metric == p->metric;
}

static int remove_unwanted(struct pass *p, const struct addr *want, size_t n)
{
    int first = 0;

    for (size_t i = 0; i < p->n_have; i++) {
        const struct nl_addr *a = &p->have[i];
        int r;

        if (!is_ours(p, a) || (a->index == p->index && is_in(want, n, &a->addr)))
            continue;
        r = nl_addr_del(p->nl, a);
        p->result->removed += r == 0;
        first = note(p->result, first, r, &a->addr, WORDS_NODE_CLOUD_ADDRESS_NOT_REMOVED);
    }
    return first;
}

/* The addresses that the interface has, sorted. */
static struct addr *present(const struct pass *p, size_t *ret_n)
{
    struct addr *all = calloc(p->n_have + 1, sizeof(*all));

    *ret_n = 0;
    for (size_t i = 0; all && i < p->n_have; i++) {
        if (p->have[i].index == p->index)
            all[(*ret_n)++] = p->have[i].addr;
    }
    if (all)
        qsort(all, *ret_n, sizeof(*all), compare);
    return all;
}

static int add_one(struct pass *p, const struct addr *want)
{
    struct nl_addr a = {.index = p->index, .addr = *want, .len = (uint8_t)addr_bits(want)};

    memcpy(a.label, p->label, sizeof(a.label));
    a.metric = want->family == ADDR_IPV6 ? p->metric : 0;
    return nl_addr_add(p->nl, &a);
}

static int add_missing(struct pass *p, const struct addr *want, size_t n, int first)
{
    size_t n_there, n_added = 0;
    struct addr *there = present(p, &n_there), *added = calloc(n + 1, sizeof(*added));

    if (!there || !added)
        first = first < 0 ? first : -ENOMEM;
    for (size_t i = 0; there && added && i < n; i++) {
        int r;

        if (is_in(there, n_there, &want[i]))
            continue;
        r = add_one(p, &want[i]);
        if (r == 0)
            added[n_added++] = want[i];
        first = note(p->result, first, r, &want[i], WORDS_NODE_CLOUD_ADDRESS_NOT_ADDED);
    }
    /* All with one socket: the kernel takes its time over the end of each. */
    cloud_announce(p->interface, added, n_added);
    free(added);
    free(there);
    return first;
}

static int find_interface(struct pass *p)
{
    struct nl_link link;
    int r;

    if (!p->interface)
        return 0;
    r = nl_link_get(p->nl, p->interface, &link);
    if (r < 0)
        return fail(p->result, r, SAY(NODE_PUBLIC_INTERFACE_FAILED, p->interface, strerror(-r)));
    p->index = link.index;
    return r;
}

int cloud_ensure(const char *run_dir, const char *interface, const struct addr *want, size_t n,
                 struct cloud_result *ret)
{
    struct pass p = {.interface = interface, .result = ret};
    struct addr *wanted;
    int r;

    *ret = (struct cloud_result){0};
    make_label(p.label, run_dir);
    p.metric = make_metric(run_dir);
    r = nl_open(&p.nl);
    if (r < 0)
        return fail(ret, r, SAY(NODE_NETLINK_FAILED, strerror(-r)));
    wanted = sorted(want, n);
    r = wanted ? find_interface(&p) : -ENOMEM;
    if (r == 0) {
        r = nl_addr_list(p.nl, &p.have, &p.n_have);
        if (r < 0)
            r = fail(ret, r, SAY(NODE_ADDRESSES_NOT_LISTED, strerror(-r)));
    }
    if (r == 0) {
        r = remove_unwanted(&p, wanted, interface ? n : 0);
        if (interface)
            r = add_missing(&p, want, n, r);
    }
    free(wanted);
    free(p.have);
    nl_close(p.nl);
    return r;
}

/* Room for bursts of batches: the data plane, which has no privilege, could not ask for it. */
void cloud_set_buffers(int fd)
{
    int bytes = CLOUD_SOCKET_BYTES;

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
        log_debug("cannot enlarge a socket's buffers: %s", strerror(errno));
}

int cloud_socket(const struct endpoint *local, int *ret_fd)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(local->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(local->port)};
    bool six = local->addr.family == ADDR_IPV6;
    int one = 1, r, fd;

    memcpy(&v4.sin_addr, local->addr.bytes, sizeof(v4.sin_addr));
    memcpy(&v6.sin6_addr, local->addr.bytes, sizeof(v6.sin6_addr));
    fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (six && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0)
        r = -errno;
    else
        r = bind(fd, six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4,
                 six ? sizeof(v6) : sizeof(v4)) < 0
                ? -errno
                : 0;
    if (r < 0) {
        close(fd);
        return r;
    }
    cloud_set_buffers(fd);
    *ret_fd = fd;
    return 0;
}
