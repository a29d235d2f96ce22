#include "talk_internal.h"

#include "wire.h"

#define MAGIC 0x52777072U /* "Rwpr" */

int dp_report_parse(const uint8_t data[DP_REPORT_LEN], struct dp_report *ret)
{
    struct wire_reader in = wire_reader_make(data, DP_REPORT_LEN);
    struct dp_report r = {0};
    uint32_t magic;
    uint8_t version;

    if (wire_get_be32(&in, &magic) || wire_get_u8(&in, &version) || magic != MAGIC)
        return -EBADMSG;
    if (version != DP_REPORT_VERSION)
        return -EPROTONOSUPPORT;
    if (wire_get_u8(&in, &r.flags) || wire_get_be16(&in, &r.hold_ms) ||
        wire_get_be64(&in, &r.life) || wire_get_be64(&in, &r.about) ||
        wire_get_be32(&in, &r.order) || wire_get_be32(&in, &r.number) ||
        wire_get_be32(&in, &r.received) || wire_get_be32(&in, &r.highest) || r.life == 0)
        return -EBADMSG;
    *ret = r;
    return 0;
}

void dp_report_build(const struct dp_report *report, uint8_t out[DP_REPORT_LEN])
{
    struct wire_writer w = wire_writer_make(out, DP_REPORT_LEN);

    wire_put_be32(&w, MAGIC);
    wire_put_u8(&w, DP_REPORT_VERSION);
    wire_put_u8(&w, report->flags);
    wire_put_be16(&w, report->hold_ms);
    wire_put_be64(&w, report->life);
    wire_put_be64(&w, report->about);
    wire_put_be32(&w, report->order);
    wire_put_be32(&w, report->number);
    wire_put_be32(&w, report->received);
    wire_put_be32(&w, report->highest);
}
