/* ipc_internal.h - how a message's struct lies in memory and on the socket. */
#ifndef ROPEWAY_IPC_INTERNAL_H
#define ROPEWAY_IPC_INTERNAL_H

#include "ipc.h"

enum ipc_field_kind {
    FIELD_END = 0,
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_U64,
    FIELD_BOOL,
    FIELD_RAW,  /* max bytes as they are */
    FIELD_TEXT, /* char[max], at most max - 1 characters */
    FIELD_ADDR,
    FIELD_ENDPOINT,
    FIELD_PREFIX,
    FIELD_NESTED, /* a struct described by nested */
    FIELD_BYTES,  /* uint16_t count at count_offset, then bytes up to max */
    FIELD_LIST,   /* uint16_t count at count_offset, up to max structs or scalars of stride bytes */
    FIELD_VIEW,   /* const uint8_t * with a uint32_t length at count_offset */
};

struct ipc_field {
    enum ipc_field_kind kind;
    enum ipc_field_kind item; /* of a list: FIELD_NESTED, FIELD_U16 or FIELD_PREFIX */
    size_t offset;
    size_t count_offset;
    size_t max;
    size_t stride;
    const struct ipc_field *nested;
};

/* "RW": the first two bytes of every record. */
#define IPC_MAGIC 0x5257

/* The descriptor of a message type, ended by FIELD_END. */
const struct ipc_field *ipc_describe(enum ipc_type type);

#endif
