/* attempts.h - how often somebody may try to log in. Knows nothing of requests; the clock is an
 * argument. One thread at a time.
 *
 * Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_ATTEMPTS_H
#define ROPEWAY_CONTROL_ATTEMPTS_H

#include "base.h"

#define ATTEMPTS_KEPT 1024

/* Zero-initialise, but for the seed, which nobody should guess. */
struct attempts {
    uint64_t seed;
    struct attempt {
        uint64_t key; /* of a name or an address; 0: unused */
        unsigned failures;
        uint64_t last_us; /* monotonic */
    } all[ATTEMPTS_KEPT];
};

/* Whole seconds that this one must wait before it may try; 0: none. So many failures are free; from
 * then on the wait doubles from one second to five minutes. */
unsigned attempts_wait(const struct attempts *a, const char *who, unsigned free, uint64_t now_us);
/* It failed; forgotten a quarter of an hour after the last time. */
void attempts_failed(struct attempts *a, const char *who, uint64_t now_us);
void attempts_succeeded(struct attempts *a, const char *who);

#endif
