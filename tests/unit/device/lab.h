/* lab.h - a connection with tunnels, and what a device is told of them, for tests and the fuzzer.
 */
#ifndef ROPEWAY_TEST_DEVICE_LAB_H
#define ROPEWAY_TEST_DEVICE_LAB_H

#include "device.h"

/* What tests alter; NULL or 0 is as usual. */
struct lab_case {
    const char *name;
    const char
        *connection;    /* members of the connection, JSON with single quotes: "'routing': 'bgp'" */
    const char *tunnel; /* of each tunnel */
    const char *psk, *bgp_password;
    /* Members that hold anything; over those of tunnel. */
    const char *description, *local_id, *remote_id;
    unsigned tunnels; /* 1 or 2 */
    bool hidden;      /* without keys */
    bool v6;          /* outside */
    bool unknown;     /* no networks */
};

/* The answer of a platform, as device_configure(); asserts nothing, may be called without cmocka.
 * -EINVAL if the model does not take the case. */
MUST_USE int lab_ask(const struct lab_case *c, const char *platform, struct device_answer *ret);

/* The rich one of the golden files, and the others of them; a NULL name ends. */
extern const struct lab_case lab_cases[];

#endif
