/* vlan_filter.h - whether a network interface leaves out frames of VLANs. */
#ifndef ROPEWAY_NODE_VLAN_FILTER_H
#define ROPEWAY_NODE_VLAN_FILTER_H

#include "base.h"

/* Whether the interface passes on frames of those VLANs only that the kernel has told it of; also
 * true if it does not say. It does so no more while it hears all frames (promiscuous). */
bool vlan_filter_is_on(const char *device);

#endif
