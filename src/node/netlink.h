/* netlink.h - links, addresses and routes of one network namespace. Private to the node room.
 *
 * A handle belongs to the network namespace in which it was opened, whatever the thread that uses
 * it. Calls are answered by the kernel at once. Errors are the kernel's, negated. */
#ifndef ROPEWAY_NODE_NETLINK_H
#define ROPEWAY_NODE_NETLINK_H

#include "base.h"

/* 'R': the protocol number of our addresses (IFA_PROTO) and routes (rtm_protocol). */
#define NL_PROTOCOL  82
#define NL_NAME_MAX  16
#define NL_ALIAS_MAX 256

struct nl;

/* In the current network namespace of the calling thread. */
MUST_USE int nl_open(struct nl **ret);
void nl_close(struct nl *nl);

struct nl_link {
    int index;
    bool up;
    bool ethernet;
    bool carrier; /* the other end of the line is there */
    uint32_t mtu;
    uint8_t mac[6];
    char name[NL_NAME_MAX];
    char alias[NL_ALIAS_MAX]; /* "" without */
};

/* -ENODEV. */
MUST_USE int nl_link_get(struct nl *nl, const char *name, struct nl_link *ret);
/* All links; *ret is the caller's to free. */
MUST_USE int nl_link_list(struct nl *nl, struct nl_link **ret, size_t *ret_n);
MUST_USE int nl_link_set_up(struct nl *nl, int index, bool up);
MUST_USE int nl_link_set_mtu(struct nl *nl, int index, uint32_t mtu);
MUST_USE int nl_link_set_mac(struct nl *nl, int index, const uint8_t mac[6]);
MUST_USE int nl_link_set_alias(struct nl *nl, int index, const char *alias);
MUST_USE int nl_link_delete(struct nl *nl, int index);

struct nl_addr {
    int index; /* of the link */
    struct addr addr;
    uint8_t len;
    uint8_t protocol;        /* 0 if the kernel tells none */
    uint32_t metric;         /* of the prefix route it brings; 0: the kernel's choice */
    char label[NL_NAME_MAX]; /* of an IPv4 address; "" otherwise */
};

/* All addresses; *ret is the caller's to free. */
MUST_USE int nl_addr_list(struct nl *nl, struct nl_addr **ret, size_t *ret_n);
/* With our protocol. -EEXIST if the link has it already. */
MUST_USE int nl_addr_add(struct nl *nl, const struct nl_addr *a);
MUST_USE int nl_addr_del(struct nl *nl, const struct nl_addr *a);

#define NL_TABLE_MAIN 254

struct nl_route {
    struct prefix dst;
    struct addr gateway; /* family ADDR_NONE: it is an unreachable route, of the next two */
    int index;           /* of the link */
    uint32_t table;      /* 0: the main one */
    uint32_t metric;     /* 0: the kernel's choice */
    uint8_t protocol;
};

/* The unicast and unreachable routes of a table; *ret is the caller's to free. */
MUST_USE int nl_route_list(struct nl *nl, uint32_t table, struct nl_route **ret, size_t *ret_n);
/* With our protocol and, to a gateway, onlink. -EEXIST if there is one of the same destination and
 * metric. */
MUST_USE int nl_route_add(struct nl *nl, const struct nl_route *route);
MUST_USE int nl_route_del(struct nl *nl, const struct nl_route *route);

#endif
