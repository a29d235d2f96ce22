/* What ropewayd is told of hosts: only what it does not know. */
#include "hosts_internal.h"

#include <stdlib.h>

#define TAIL      32  /* what closes the member */
#define ENTRY_MAX 256 /* bytes of one, and more */

static void write_put(const struct host *one, struct buf *ret)
{
    char address[ADDR_TEXT_MAX], seen[CLOCK_TEXT_MAX];
    const uint8_t *m = one->mac;

    buf_printf(ret,
               "%s{\"subnet\":\"%s\",\"address\":\"%s\",\"mac\":"
               "\"%02x:%02x:%02x:%02x:%02x:%02x\",\"seen\":\"%s\"}",
               ret->len ? "," : "", one->of->id, addr_format(&one->address, address), m[0], m[1],
               m[2], m[3], m[4], m[5], clock_format(one->seen_us, seen));
}

static void write_gone(const struct host *one, struct buf *ret)
{
    char address[ADDR_TEXT_MAX];

    buf_printf(ret, "%s{\"subnet\":\"%s\",\"address\":\"%s\"}", ret->len ? "," : "", one->of->id,
               addr_format(&one->address, address));
}

void hosts_report_write(struct hosts *h, size_t max, struct buf *ret)
{
    struct buf gone = {0}, put = {0};

    if (list_empty(&h->due))
        return;
    list_for_each_safe (one, &h->due, struct host, told) {
        if (gone.len + put.len + ENTRY_MAX + TAIL > max)
            break;
        if (one->gone)
            write_gone(one, &gone);
        else
            write_put(one, &put);
        one->reported = true;
        list_remove(&one->told);
        list_append(&h->sent, &one->told);
    }
    buf_printf(ret, "\"hosts\":{\"gone\":[%s],\"put\":[%s]},", buf_text(&gone), buf_text(&put));
    ret->failed |= gone.failed || put.failed;
    buf_done(&gone);
    buf_done(&put);
}

bool hosts_report_has_more(const struct hosts *h)
{
    return !list_empty(&h->due);
}

void hosts_report_sent(struct hosts *h, bool taken)
{
    list_for_each_safe (one, &h->sent, struct host, told) {
        list_remove(&one->told);
        if (!taken)
            list_append(&h->due, &one->told);
        else if (one->gone)
            host_free(h, one);
    }
}

/* Nobody has to be told any more that one is gone. */
static void take_back(struct hosts *h, struct host *one)
{
    one->reported = false;
    list_remove(&one->told);
    if (one->gone)
        host_free(h, one);
    else
        list_append(&h->due, &one->told);
}

void hosts_report_reset(struct hosts *h)
{
    for (size_t i = 0; i < h->by_name.n_slots; i++) {
        struct name_link *next;

        for (struct name_link *link = h->by_name.slots[i]; link; link = next) {
            next = link->next;
            take_back(h, container_of(link, struct host, link));
        }
    }
}
