/* identity.h - an IKE identity as we write it, taken apart. */
#ifndef ROPEWAY_DEVICE_IDENTITY_H
#define ROPEWAY_DEVICE_IDENTITY_H

#include "model.h"

struct identity {
    enum model_identity type;
    struct buf value; /* owned; bytes: those of keyid:0x… may be any */
};

/* False if it is none; then there is nothing to free. Out of memory is ret->value.failed. */
MUST_USE bool identity_read(const char *text, struct identity *ret);

#endif
