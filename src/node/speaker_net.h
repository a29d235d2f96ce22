/* speaker_net.h - the network namespace in which a border gateway speaks BGP: a TUN for each tunnel
 * with its inner addresses, and a table of routes for BIRD to announce. Private to the node room.
 *
 * It is named after the gateway: rw- and its id. What we made carries our mark (tap.h). */
#ifndef ROPEWAY_NODE_SPEAKER_NET_H
#define ROPEWAY_NODE_SPEAKER_NET_H

#include "bgp.h"
#include "ipc.h"
#include "netlink.h"

#define SPEAKER_NETNS_START "rw-bgw-"
#define SPEAKER_NETNS_MAX   (IPC_ID_MAX + 4)
#define SPEAKER_MTU         1400 /* of a tunnel that says none: BGP needs no more */

/* One tunnel's. */
struct speaker_tun {
    char tunnel[IPC_ID_MAX];
    char name[NL_NAME_MAX]; /* speaker_tun_name() */
    struct addr local, remote;
    uint8_t len; /* of the network that both are in */
    uint16_t mtu;
    bool line; /* of a private interface: without a link-local address, which BIRD would announce as
                  next hop and nobody on the line could find */
    bool up;   /* traffic passes the tunnel */
    bool leave; /* that is not known: the TUN stays as it is, and up says how */
    /* Written by speaker_net_ensure(): */
    bool made; /* it was not there */
    int index;
};

/* "tun-" and the id without its prefix. */
void speaker_tun_name(const char *tunnel, char ret[NL_NAME_MAX]);

struct speaker_net {
    char netns[SPEAKER_NETNS_MAX];
    char mark[NL_ALIAS_MAX]; /* of the gateway */
    int fd;                  /* of the namespace; -1: it is not there */
    struct nl *nl;           /* inside; NULL: likewise */
};

/* -ENAMETOOLONG. */
MUST_USE int speaker_net_init(struct speaker_net *net, const char *run_dir, const char *gateway);
void speaker_net_done(struct speaker_net *net);
/* The namespace is there with these TUNs, in this state. -EEXIST if somebody else's is in the way,
 * or another errno; then what could be done is done. */
MUST_USE int speaker_net_ensure(struct speaker_net *net, struct speaker_tun *tuns, size_t n);
/* And no others of ours. */
MUST_USE int speaker_net_trim(struct speaker_net *net, const struct speaker_tun *tuns, size_t n);
/* At once. */
MUST_USE int speaker_net_set_up(struct speaker_net *net, int index, bool up);
/* The namespace is there, with our mark. */
bool speaker_net_is_ours(struct speaker_net *net);
/* A descriptor of the tunnel's TUN for the data plane. */
MUST_USE int speaker_net_open(const char *gateway, const char *tunnel, int *ret_fd);
/* Removes the TUNs and the namespace's name. */
void speaker_net_remove(struct speaker_net *net);

/* ---- routes that BIRD announces ---- */

struct speaker_route {
    struct prefix prefix;
    uint32_t metric; /* says to whom (bgp.h) */
};

/* Those in the table now, sorted; *ret is the caller's. */
MUST_USE int speaker_net_routes(struct speaker_net *net, struct speaker_route **ret, size_t *ret_n);
/* From what is there to what is wanted, both sorted by speaker_route_cmp(). The first error; what
 * could be done is done. */
MUST_USE int speaker_net_announce(struct speaker_net *net, const struct speaker_route *there,
                                  size_t n_there, const struct speaker_route *wanted,
                                  size_t n_wanted);
int speaker_route_cmp(const void *a, const void *b);

#endif
