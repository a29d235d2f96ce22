/* ipc_samples.h - messages with every field filled, for tests. */
#ifndef ROPEWAY_IPC_SAMPLES_H
#define ROPEWAY_IPC_SAMPLES_H

#include "ipc_internal.h"

/* Fills the body of a message of this type through its descriptor: every scalar gets its largest
 * value, every text and list is as long as it may be (or as `part` quarters of it). Views point at
 * `bytes`. */
void ipc_sample_fill(struct ipc_msg *msg, enum ipc_type type, unsigned part, const uint8_t *bytes,
                     uint32_t len);

#endif
