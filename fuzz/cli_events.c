/* Server-sent events as a server might send them, in pieces of any size: the first byte says of
 * which. However they are cut, the same is heard. */
#include <stdlib.h>

#include "cli_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int hear(void *arg, const char *name, const char *data, const char *id)
{
    struct buf *heard = arg;

    buf_printf(heard, "[%s|%s|%s]", name, data, id ? id : "-");
    return strcmp(name, "stop") == 0;
}

static void read_in_pieces(const uint8_t *data, size_t size, size_t piece, struct buf *heard)
{
    const struct cli_events events = {hear, heard};
    struct cli_event_reader r = {.events = &events};
    int result = 0;

    for (size_t at = 0; at < size && result == 0; at += piece)
        result = cli_events_read(&r, (const char *)data + at, MIN(piece, size - at));
    if (result < 0)
        abort();
    cli_events_done(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0}, pieces = {0};

    if (size < 2)
        return 0;
    read_in_pieces(data + 1, size - 1, size, &whole);
    read_in_pieces(data + 1, size - 1, 1U + data[0] % 16, &pieces);
    if (whole.len != pieces.len || (whole.len && memcmp(whole.data, pieces.data, whole.len) != 0))
        abort();
    buf_done(&whole);
    buf_done(&pieces);
    return 0;
}
