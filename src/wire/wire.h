/* wire.h - bounded reading and building of network bytes. Does no I/O and logs nothing. */
#ifndef ROPEWAY_WIRE_H
#define ROPEWAY_WIRE_H

#include "base.h"

/* What is left to read of a datagram. Borrows the bytes: they outlive every reader on them. */
struct wire_reader {
    const uint8_t *pos;
    const uint8_t *end;
};

struct wire_reader wire_reader_make(const void *data, size_t len);
size_t wire_left(const struct wire_reader *r);

/* Each returns 0, or -EBADMSG if fewer bytes are left; then neither reader nor *ret changed. */
MUST_USE int wire_get_u8(struct wire_reader *r, uint8_t *ret);
MUST_USE int wire_get_be16(struct wire_reader *r, uint16_t *ret);
MUST_USE int wire_get_be32(struct wire_reader *r, uint32_t *ret);
MUST_USE int wire_get_be64(struct wire_reader *r, uint64_t *ret);
MUST_USE int wire_get_bytes(struct wire_reader *r, void *ret, size_t n);
/* Borrows the next n bytes. */
MUST_USE int wire_get_view(struct wire_reader *r, size_t n, const uint8_t **ret);
MUST_USE int wire_skip(struct wire_reader *r, size_t n);
/* Cuts the next n bytes off as a reader of their own, which can never see past them. */
MUST_USE int wire_get_sub(struct wire_reader *r, size_t n, struct wire_reader *ret);

/* Builds into caller's memory. A write that does not fit sets `full` and changes nothing else;
 * later writes do nothing: check wire_done() once at the end. */
struct wire_writer {
    uint8_t *start;
    uint8_t *pos;
    uint8_t *end;
    bool full;
};

struct wire_writer wire_writer_make(void *data, size_t cap);
size_t wire_written(const struct wire_writer *w);
void wire_put_u8(struct wire_writer *w, uint8_t v);
void wire_put_be16(struct wire_writer *w, uint16_t v);
void wire_put_be32(struct wire_writer *w, uint32_t v);
void wire_put_be64(struct wire_writer *w, uint64_t v);
void wire_put_bytes(struct wire_writer *w, const void *data, size_t n);
void wire_put_zero(struct wire_writer *w, size_t n);
/* Room for n bytes to be filled by the caller; NULL when full. */
uint8_t *wire_put_room(struct wire_writer *w, size_t n);
/* Overwrites the two bytes at offset from the start, which must have been written: a length known
 * only later. */
void wire_patch_be16(struct wire_writer *w, size_t offset, uint16_t v);
void wire_patch_be32(struct wire_writer *w, size_t offset, uint32_t v);
/* 0 with the bytes written so far, or -ENOBUFS if something did not fit. */
MUST_USE int wire_done(const struct wire_writer *w, size_t *ret_len);

/* Unaligned loads and stores, for rooms that own the memory they look at. */
static inline uint16_t wire_load_be16(const void *p)
{
    const uint8_t *b = p;
    return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t wire_load_be32(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline uint64_t wire_load_be64(const void *p)
{
    return (uint64_t)wire_load_be32(p) << 32 | wire_load_be32((const uint8_t *)p + 4);
}

static inline void wire_store_be16(void *p, uint16_t v)
{
    uint8_t *b = p;
    b[0] = (uint8_t)(v >> 8);
    b[1] = (uint8_t)v;
}

static inline void wire_store_be32(void *p, uint32_t v)
{
    wire_store_be16(p, (uint16_t)(v >> 16));
    wire_store_be16((uint8_t *)p + 2, (uint16_t)v);
}

static inline void wire_store_be64(void *p, uint64_t v)
{
    wire_store_be32(p, (uint32_t)(v >> 32));
    wire_store_be32((uint8_t *)p + 4, (uint32_t)v);
}

#endif
