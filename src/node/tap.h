/* tap.h - TAP devices in the network namespace of the calling thread. Private to the node room. */
#ifndef ROPEWAY_NODE_TAP_H
#define ROPEWAY_NODE_TAP_H

#include "netlink.h"

/* "ropeway:RUN_DIR:ID", the alias by which a node knows what it made; without id what all of them
 * begin with. -ENAMETOOLONG. */
MUST_USE int tap_mark(char ret[NL_ALIAS_MAX], const char *run_dir, const char *id);
/* A namespace carries the mark of what it is for on its loopback interface, which is set up: that
 * of the calling thread. */
MUST_USE int tap_mark_namespace(const char *mark);
/* Opens the queue of a TAP with a virtio-net header, made if it is not there. -EBUSY while another
 * process has it. */
MUST_USE int tap_open(const char *name, int *ret_fd);
/* Makes a persistent TAP with this alias and MAC address. nl is of the same network namespace. */
MUST_USE int tap_make(struct nl *nl, const char *name, const char *mark, const uint8_t mac[6]);
/* The same of a TUN: IP packets, no header in front of them. */
MUST_USE int tun_open(const char *name, int *ret_fd);
MUST_USE int tun_make(struct nl *nl, const char *name, const char *mark);
/* It gives itself no link-local address. Before it is set up. */
MUST_USE int tun_without_link_local(const char *name);
/* Switches IPv6 on an interface. Returns 1 if that changed something, 0 if not (also in a kernel
 * without IPv6), or a negative errno. */
MUST_USE int tap_switch_ipv6(const char *name, bool on);

#endif
