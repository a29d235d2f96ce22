/* in_internal.h - what a text becomes when it is read: its values in the order in which they stand
 * there, a container right before what is in it. */
#ifndef ROPEWAY_MODEL_IN_INTERNAL_H
#define ROPEWAY_MODEL_IN_INTERNAL_H

#include "in.h"

struct model_token {
    enum model_in_type type;
    uint32_t number;   /* how many stand before it in its container */
    uint32_t size;     /* bytes of a string; values of a container */
    uint32_t tokens;   /* that it takes, itself included: its neighbour is so much further on */
    uint32_t name_len; /* of a member */
    const char *name;  /* NULL: it is none */
    union {
        const char *string;
        int64_t integer; /* or truth */
    };
};

#endif
