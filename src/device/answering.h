/* answering.h - one answer while it is made. */
#ifndef ROPEWAY_DEVICE_ANSWERING_H
#define ROPEWAY_DEVICE_ANSWERING_H

#include "device.h"
#include "values.h"

struct answering {
    const struct device_question *q;
    const struct template *t;
    struct device_answer *answer;
    bool failed; /* out of memory */
};

/* answering.c. Says it once, however often it is found. */
void answering_warn(struct answering *a, const struct words *m);
/* Answers -EDOM. field is the tunnel's member or "". */
int answering_refuse(struct answering *a, const char *field, const struct words *m);

/* The algorithms of a tunnel as the platform names them (algorithms.c). -EDOM if it lacks all of a
 * kind. */
MUST_USE int put_algorithms(struct answering *a, const struct model_vpn_tunnel *tunnel,
                            struct scope *s);
/* What is behind the two ends (networks.c). */
void put_networks(struct answering *a, struct scope *s);
/* How BGP runs over the tunnels (bgp.c). */
void put_bgp(struct answering *a, struct scope *s);
/* All else of a tunnel (tunnel.c). -EDOM. */
MUST_USE int put_tunnel(struct answering *a, const struct model_vpn_tunnel *tunnel,
                        struct scope *s);

#endif
