/* codec_internal.h - what the files of the message codec share. */
#ifndef ROPEWAY_IKE_CODEC_INTERNAL_H
#define ROPEWAY_IKE_CODEC_INTERNAL_H

#include "ike_message.h"
#include "wire.h"

#define IKE_VERSION_2           0x20
#define IKE_PAYLOAD_HEADER_LEN  4
#define IKE_FRAGMENT_HEADER_LEN 8 /* RFC 7383, 2.5 */
#define IKE_PAYLOAD_CRITICAL    0x80
#define IKE_TS_IPV4             7 /* 3.13.1 */
#define IKE_TS_IPV6             8
#define IKE_ATTR_KEY_LENGTH     14     /* 3.3.5 */
#define IKE_ATTR_SHORT          0x8000 /* the value stands where the length would */
#define IKE_PROPOSAL_HEADER_LEN 8
#define IKE_TRANSFORM_HDR_LEN   8
#define IKE_MORE_PROPOSALS      2
#define IKE_MORE_TRANSFORMS     3

/* Payloads known by name; the body (after the generic header) in, fields of m out. -EBADMSG. The
 * bit in m->present is the caller's. */
typedef int ike_body_parser(struct wire_reader *body, uint8_t type, struct ike_message *m);

ike_body_parser ike_parse_sa;
ike_body_parser ike_parse_ts;

/* Builders of the same bodies. False if a field cannot be encoded; lack of room shows in w. */
bool ike_put_sa(struct wire_writer *w, const struct ike_message *m);
bool ike_put_ts(struct wire_writer *w, const struct ike_ts_list *list);

/* A number of n <= 8 big-endian bytes: SPIs. */
MUST_USE static inline int ike_get_number(struct wire_reader *r, size_t n, uint64_t *ret)
{
    uint8_t bytes[8];
    uint64_t value = 0;

    if (n > sizeof(bytes) || wire_get_bytes(r, bytes, n))
        return -EBADMSG;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | bytes[i];
    *ret = value;
    return 0;
}

static inline void ike_put_number(struct wire_writer *w, size_t n, uint64_t value)
{
    for (size_t i = n; i > 0; i--)
        wire_put_u8(w, (uint8_t)(value >> (8 * (i - 1))));
}

/* Clears all of a message but its arrays, which its counts rule. */
static inline void ike_message_clear(struct ike_message *m)
{
    memset(m, 0, offsetof(struct ike_message, proposals));
}

/* Header with a length still to be patched (4 bytes at IKE_LENGTH_OFFSET). */
#define IKE_LENGTH_OFFSET 24
void ike_put_header(struct wire_writer *w, const struct ike_header *hdr, uint8_t next_payload);

/* Fills in ret_problem if there is one; returns err. */
int ike_problem_set(struct ike_problem *ret_problem, enum ike_fault fault, uint8_t payload,
                    int err);

#endif
