/* device.h - ready configuration for the customer's device: the other end of our tunnels, as its
 * maker writes it. Pure: no I/O, no clock.
 *
 * A platform is one template in templates/device, compiled in; what it may say is in its head (what
 * the platform can do, how it names algorithms) and in fields.h (what is known of a tunnel). Local
 * and remote are the device's here: its own address is customerAddress, what is behind our border
 * gateway is remote. */
#ifndef ROPEWAY_DEVICE_H
#define ROPEWAY_DEVICE_H

#include <jansson.h>

#include "snapshot.h"
#include "words.h"

/* What people choose from. All texts are borrowed for ever. */
struct device_platform {
    const char *id;                       /* "strongswan-swanctl" */
    const char *name;                     /* "strongSwan (swanctl)" */
    const char *written_for[WORDS_LANGS]; /* the product and version whose documentation was
                                             followed */
    const char *documentation;            /* where that is */
    const char *file;                     /* how the name of the file ends: "swanctl.conf" */
    const char *routing;                  /* what it can set up: "static bgp", "static", "bgp" */
};

/* All of them in the order of ids: the first after NULL, NULL at the end. Borrowed for ever. */
const struct device_platform *device_next_platform(const struct device_platform *after);
/* NULL if there is none with this id. */
const struct device_platform *device_find_platform(const char *id);
/* Their ids, with commas. */
void device_list_platforms(struct buf *out);
/* What its reader must know, in their language: a new list of sentences. NULL if out of memory. */
json_t *device_notes(const struct device_platform *platform, enum words_lang lang);

struct device_question {
    const struct device_platform *platform;
    const struct snapshot *s;
    const struct model_vpn_connection *connection;
    const struct model_vpn_tunnel *tunnel; /* NULL: all of the connection */
    /* What the border gateway leads to by other ways than this connection, and what it leads to by
     * this connection. */
    const struct prefix *cloud, *customer;
    size_t cloud_count, customer_count;
    /* The key of a tunnel, which the caller wipes after the answer; NULL: keys are not shown. */
    const char *(*psk)(void *user, const struct model_vpn_tunnel *tunnel);
    void *user;
    const char *bgp_password; /* the connection's, opened; NULL: not shown, or there is none */
};

struct device_answer {
    struct buf text;                    /* wipe it: it may hold keys */
    json_t *warnings;                   /* written messages; owned */
    char file[128];                     /* a name for it */
    char refusal[WORDS_TEXT_MAX];       /* of -EDOM: why there is none, a written message */
    char refused_field[MODEL_FLAG_MAX]; /* the tunnel's member that it is about, or "" */
};

/* Zero-initialised before the first use; NULL is no answer. */
void device_answer_done(struct device_answer *a);
/* -EDOM if the platform cannot do it, with the refusal; -ENOMEM. */
MUST_USE int device_configure(const struct device_question *q, struct device_answer *ret);

#endif
