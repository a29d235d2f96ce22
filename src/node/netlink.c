#include "netlink.h"

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>

#define LOWER_UP (1U << 16) /* IFF_LOWER_UP: <linux/if.h> does not go with <net/if.h> */

struct nl {
    struct mnl_socket *socket;
    unsigned seq;
    unsigned port;
    _Alignas(struct nlmsghdr) char out[1024];
    _Alignas(struct nlmsghdr) char in[32768];
};

int nl_open(struct nl **ret)
{
    struct nl *nl = calloc(1, sizeof(*nl));
    int one = 1, r;

    if (!nl)
        return -ENOMEM;
    nl->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (!nl->socket || mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        r = -errno;
        nl_close(nl);
        return r;
    }
    /* Refused instead of ignored: a filter of a dump that this kernel does not know. */
    (void)mnl_socket_setsockopt(nl->socket, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
    nl->port = mnl_socket_get_portid(nl->socket);
    *ret = nl;
    return 0;
}

void nl_close(struct nl *nl)
{
    if (!nl)
        return;
    if (nl->socket)
        mnl_socket_close(nl->socket);
    free(nl);
}

/* ---- one request and its answers ---- */

static struct nlmsghdr *begin(struct nl *nl, uint16_t type, uint16_t flags)
{
    struct nlmsghdr *msg = mnl_nlmsg_put_header(nl->out);

    msg->nlmsg_type = type;
    msg->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    msg->nlmsg_seq = ++nl->seq;
    return msg;
}

static bool holds_end(const void *answer, size_t len)
{
    int rest = (int)len;

    for (const struct nlmsghdr *msg = answer; mnl_nlmsg_ok(msg, rest);
         msg = mnl_nlmsg_next(msg, &rest)) {
        if (msg->nlmsg_type == NLMSG_DONE || msg->nlmsg_type == NLMSG_ERROR)
            return true;
    }
    return false;
}

/* -EINTR for a dump that was disturbed. The rest of it is of no use, but it is under way, and
 * before its end the socket takes no other question. */
static int run(struct nl *nl, const struct nlmsghdr *msg, mnl_cb_t each, void *arg)
{
    bool disturbed = false;
    int r;

    if (mnl_socket_sendto(nl->socket, msg, msg->nlmsg_len) < 0)
        return -errno;
    do {
        ssize_t n = mnl_socket_recvfrom(nl->socket, nl->in, sizeof(nl->in));

        if (n < 0 && errno == EINTR) {
            r = MNL_CB_OK;
            continue;
        }
        if (n < 0)
            return -errno;
        r = mnl_cb_run(nl->in, (size_t)n, nl->seq, nl->port, each, arg);
        if (r < 0 && errno == EINTR) {
            disturbed = true;
            r = holds_end(nl->in, (size_t)n) ? MNL_CB_STOP : MNL_CB_OK;
        }
    } while (r > MNL_CB_STOP);
    return disturbed ? -EINTR : r < 0 ? -errno : 0;
}

static int commit(struct nl *nl, struct nlmsghdr *msg)
{
    msg->nlmsg_flags |= NLM_F_ACK;
    return run(nl, msg, NULL, NULL);
}

/* An array that grows while a dump is read. */
struct rows {
    void *data;
    size_t n;
    size_t size; /* of a row */
};

static void *add_row(struct rows *rows)
{
    char *grown = realloc(rows->data, (rows->n + 1) * rows->size);

    if (!grown)
        return NULL;
    rows->data = grown;
    return memset(grown + rows->n++ * rows->size, 0, rows->size);
}

/* A dump that was disturbed (EINTR) is asked for again: half a picture would look like a loss. */
static int dump(struct nl *nl, uint16_t type, size_t header, uint8_t family, mnl_cb_t each,
                struct rows *rows)
{
    for (unsigned attempt = 0;; attempt++) {
        struct nlmsghdr *msg = begin(nl, type, NLM_F_DUMP);
        uint8_t *family_at = mnl_nlmsg_put_extra_header(msg, header);
        int r;

        *family_at = family; /* the first byte of ifinfomsg, ifaddrmsg and rtmsg */
        r = run(nl, msg, each, rows);
        if (r == 0)
            return 0;
        free(rows->data);
        rows->data = NULL;
        rows->n = 0;
        if (r != -EINTR || attempt >= 10)
            return r;
    }
}

static bool copy_addr(const struct nlattr *attr, uint8_t family, struct addr *ret)
{
    struct addr a = {.family = family == AF_INET ? ADDR_IPV4 : ADDR_IPV6};

    if (mnl_attr_get_payload_len(attr) != addr_len(&a))
        return false;
    memcpy(a.bytes, mnl_attr_get_payload(attr), addr_len(&a));
    *ret = a;
    return true;
}

static uint8_t family_of(const struct addr *a)
{
    return a->family == ADDR_IPV6 ? AF_INET6 : AF_INET;
}

static void put_addr(struct nlmsghdr *msg, uint16_t type, const struct addr *a)
{
    mnl_attr_put(msg, type, addr_len(a), a->bytes);
}

static bool attr_fits(const struct nlattr *attr, const struct nlmsghdr *msg)
{
    const char *tail = mnl_nlmsg_get_payload_tail(msg);

    return mnl_attr_ok(attr, (int)(tail - (const char *)attr));
}

#define for_each_attr(attr, msg, header)                                                           \
    for (const struct nlattr *attr = mnl_nlmsg_get_payload_offset(msg, header);                    \
         attr_fits(attr, msg); attr = mnl_attr_next(attr))

/* Text of an attribute, cut to size. */
static void copy_text(const struct nlattr *attr, char *ret, size_t size)
{
    size_t len = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

    len = MIN(len, size - 1);
    memcpy(ret, mnl_attr_get_payload(attr), len);
    ret[len] = 0;
}

/* ---- links ---- */

static int read_link(const struct nlmsghdr *msg, void *arg)
{
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);
    struct nl_link *link = arg;

    link->index = info->ifi_index;
    link->up = info->ifi_flags & IFF_UP;
    link->carrier = info->ifi_flags & LOWER_UP;
    link->ethernet = info->ifi_type == ARPHRD_ETHER;
    for_each_attr(attr, msg, sizeof(*info))
    {
        switch (mnl_attr_get_type(attr)) {
        case IFLA_IFNAME:
            copy_text(attr, link->name, sizeof(link->name));
            break;
        case IFLA_IFALIAS:
            copy_text(attr, link->alias, sizeof(link->alias));
            break;
        case IFLA_MTU:
            if (mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
                link->mtu = mnl_attr_get_u32(attr);
            break;
        case IFLA_ADDRESS:
            if (mnl_attr_get_payload_len(attr) == sizeof(link->mac))
                memcpy(link->mac, mnl_attr_get_payload(attr), sizeof(link->mac));
            break;
        default:
            break;
        }
    }
    return MNL_CB_OK;
}

int nl_link_get(struct nl *nl, const char *name, struct nl_link *ret)
{
    struct nlmsghdr *msg = begin(nl, RTM_GETLINK, NLM_F_ACK);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
    struct nl_link link = {0};
    int r;

    if (strlen(name) >= NL_NAME_MAX)
        return -ENAMETOOLONG;
    info->ifi_family = AF_UNSPEC;
    mnl_attr_put_strz(msg, IFLA_IFNAME, name);
    r = run(nl, msg, read_link, &link);
    if (r < 0)
        return r;
    *ret = link;
    return 0;
}

static int add_link(const struct nlmsghdr *msg, void *arg)
{
    struct nl_link *link = add_row(arg);

    return link ? read_link(msg, link) : MNL_CB_ERROR;
}

int nl_link_list(struct nl *nl, struct nl_link **ret, size_t *ret_n)
{
    struct rows rows = {.size = sizeof(struct nl_link)};
    int r = dump(nl, RTM_GETLINK, sizeof(struct ifinfomsg), AF_UNSPEC, add_link, &rows);

    if (r < 0)
        return r;
    *ret = rows.data;
    *ret_n = rows.n;
    return 0;
}

static struct nlmsghdr *begin_link(struct nl *nl, uint16_t type, int index,
                                   struct ifinfomsg **ret_info)
{
    struct nlmsghdr *msg = begin(nl, type, 0);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));

    info->ifi_family = AF_UNSPEC;
    info->ifi_index = index;
    *ret_info = info;
    return msg;
}

int nl_link_set_up(struct nl *nl, int index, bool up)
{
    struct ifinfomsg *info;
    struct nlmsghdr *msg = begin_link(nl, RTM_NEWLINK, index, &info);

    info->ifi_flags = up ? IFF_UP : 0;
    info->ifi_change = IFF_UP;
    return commit(nl, msg);
}

int nl_link_set_mtu(struct nl *nl, int index, uint32_t mtu)
{
    struct ifinfomsg *info;
    struct nlmsghdr *msg = begin_link(nl, RTM_NEWLINK, index, &info);

    mnl_attr_put_u32(msg, IFLA_MTU, mtu);
    return commit(nl, msg);
}

int nl_link_set_mac(struct nl *nl, int index, const uint8_t mac[6])
{
    struct ifinfomsg *info;
    struct nlmsghdr *msg = begin_link(nl, RTM_NEWLINK, index, &info);

    mnl_attr_put(msg, IFLA_ADDRESS, 6, mac);
    return commit(nl, msg);
}

int nl_link_set_alias(struct nl *nl, int index, const char *alias)
{
    struct ifinfomsg *info;
    struct nlmsghdr *msg = begin_link(nl, RTM_NEWLINK, index, &info);

    if (strlen(alias) >= NL_ALIAS_MAX)
        return -ENAMETOOLONG;
    mnl_attr_put_str(msg, IFLA_IFALIAS, alias);
    return commit(nl, msg);
}

int nl_link_delete(struct nl *nl, int index)
{
    struct ifinfomsg *info;

    return commit(nl, begin_link(nl, RTM_DELLINK, index, &info));
}

/* ---- addresses ---- */

static int read_addr(const struct nlmsghdr *msg, void *arg)
{
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(msg);
    struct nl_addr *a = add_row(arg);
    bool local = false;

    if (!a)
        return MNL_CB_ERROR;
    a->index = (int)info->ifa_index;
    a->len = info->ifa_prefixlen;
    for_each_attr(attr, msg, sizeof(*info))
    {
        switch (mnl_attr_get_type(attr)) {
        case IFA_LOCAL: /* IPv4 has both, and IFA_ADDRESS may be the peer's */
            local = copy_addr(attr, info->ifa_family, &a->addr);
            break;
        case IFA_ADDRESS:
            if (!local)
                (void)copy_addr(attr, info->ifa_family, &a->addr);
            break;
        case IFA_LABEL:
            copy_text(attr, a->label, sizeof(a->label));
            break;
        case IFA_PROTO:
            a->protocol = mnl_attr_get_u8(attr);
            break;
        case IFA_RT_PRIORITY:
            a->metric = mnl_attr_get_u32(attr);
            break;
        default:
            break;
        }
    }
    return MNL_CB_OK;
}

int nl_addr_list(struct nl *nl, struct nl_addr **ret, size_t *ret_n)
{
    struct rows rows = {.size = sizeof(struct nl_addr)};
    int r = dump(nl, RTM_GETADDR, sizeof(struct ifaddrmsg), AF_UNSPEC, read_addr, &rows);

    if (r < 0)
        return r;
    *ret = rows.data;
    *ret_n = rows.n;
    return 0;
}

static struct nlmsghdr *begin_addr(struct nl *nl, uint16_t type, uint16_t flags,
                                   const struct nl_addr *a)
{
    struct nlmsghdr *msg = begin(nl, type, flags);
    struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));

    info->ifa_family = family_of(&a->addr);
    info->ifa_prefixlen = a->len;
    info->ifa_scope = RT_SCOPE_UNIVERSE;
    info->ifa_index = (unsigned)a->index;
    put_addr(msg, IFA_LOCAL, &a->addr);
    put_addr(msg, IFA_ADDRESS, &a->addr);
    return msg;
}

int nl_addr_add(struct nl *nl, const struct nl_addr *a)
{
    struct nlmsghdr *msg = begin_addr(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, a);

    if (*a->label && a->addr.family == ADDR_IPV4)
        mnl_attr_put_strz(msg, IFA_LABEL, a->label);
    mnl_attr_put_u8(msg, IFA_PROTO, NL_PROTOCOL);
    if (a->metric)
        mnl_attr_put_u32(msg, IFA_RT_PRIORITY, a->metric);
    if (a->addr.family == ADDR_IPV4 && a->len < 31) {
        struct prefix net = prefix_make(&a->addr, a->len);
        struct addr last = prefix_last(&net);

        put_addr(msg, IFA_BROADCAST, &last);
    }
    if (a->addr.family == ADDR_IPV6)
        mnl_attr_put_u32(msg, IFA_FLAGS, IFA_F_NODAD); /* usable at once: sockets bind to it */
    return commit(nl, msg);
}

int nl_addr_del(struct nl *nl, const struct nl_addr *a)
{
    return commit(nl, begin_addr(nl, RTM_DELADDR, 0, a));
}

/* ---- routes ---- */

struct route_rows {
    struct rows rows;
    uint32_t table;
};

static bool is_listed(const struct rtmsg *info)
{
    return (info->rtm_type == RTN_UNICAST || info->rtm_type == RTN_UNREACHABLE) &&
           (info->rtm_family == AF_INET || info->rtm_family == AF_INET6);
}

static int read_route(const struct nlmsghdr *msg, void *arg)
{
    const struct rtmsg *info = mnl_nlmsg_get_payload(msg);
    struct addr dst = {.family = info->rtm_family == AF_INET ? ADDR_IPV4 : ADDR_IPV6};
    struct route_rows *routes = container_of(arg, struct route_rows, rows);
    struct nl_route *route;

    if (!is_listed(info))
        return MNL_CB_OK;
    route = add_row(&routes->rows);
    if (!route)
        return MNL_CB_ERROR;
    route->protocol = info->rtm_protocol;
    route->table = info->rtm_table;
    for_each_attr(attr, msg, sizeof(*info))
    {
        switch (mnl_attr_get_type(attr)) {
        case RTA_DST:
            (void)copy_addr(attr, info->rtm_family, &dst);
            break;
        case RTA_GATEWAY:
            (void)copy_addr(attr, info->rtm_family, &route->gateway);
            break;
        case RTA_OIF:
            route->index = (int)mnl_attr_get_u32(attr);
            break;
        case RTA_PRIORITY:
            route->metric = mnl_attr_get_u32(attr);
            break;
        case RTA_TABLE:
            route->table = mnl_attr_get_u32(attr);
            break;
        default:
            break;
        }
    }
    route->dst = prefix_make(&dst, info->rtm_dst_len);
    if (route->table != routes->table)
        routes->rows.n--;
    return MNL_CB_OK;
}

int nl_route_list(struct nl *nl, uint32_t table, struct nl_route **ret, size_t *ret_n)
{
    struct route_rows routes = {.rows = {.size = sizeof(struct nl_route)}, .table = table};
    int r = dump(nl, RTM_GETROUTE, sizeof(struct rtmsg), AF_UNSPEC, read_route, &routes.rows);

    if (r < 0)
        return r;
    *ret = routes.rows.data;
    *ret_n = routes.rows.n;
    return 0;
}

static struct nlmsghdr *begin_route(struct nl *nl, uint16_t type, uint16_t flags,
                                    const struct nl_route *route)
{
    struct nlmsghdr *msg = begin(nl, type, flags);
    struct rtmsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
    bool leads = route->gateway.family != ADDR_NONE;

    info->rtm_family = family_of(&route->dst.addr);
    info->rtm_dst_len = route->dst.len;
    info->rtm_table = route->table ? RT_TABLE_UNSPEC : RT_TABLE_MAIN;
    info->rtm_protocol = NL_PROTOCOL;
    info->rtm_scope = RT_SCOPE_UNIVERSE;
    info->rtm_type = leads ? RTN_UNICAST : RTN_UNREACHABLE;
    info->rtm_flags = leads ? RTNH_F_ONLINK : 0;
    if (route->dst.len)
        put_addr(msg, RTA_DST, &route->dst.addr);
    if (route->table)
        mnl_attr_put_u32(msg, RTA_TABLE, route->table);
    if (route->metric)
        mnl_attr_put_u32(msg, RTA_PRIORITY, route->metric);
    if (leads) {
        put_addr(msg, RTA_GATEWAY, &route->gateway);
        mnl_attr_put_u32(msg, RTA_OIF, (uint32_t)route->index);
    }
    return msg;
}

int nl_route_add(struct nl *nl, const struct nl_route *route)
{
    return commit(nl, begin_route(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route));
}

int nl_route_del(struct nl *nl, const struct nl_route *route)
{
    return commit(nl, begin_route(nl, RTM_DELROUTE, 0, route));
}
