/* Whatever stands in BIRD's log. The first byte says in pieces of which size; they give the same
 * news as the whole. */
#include <stdlib.h>

#include "bgp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *arg, const char *line)
{
    uint64_t *events = arg;
    struct bgp_fault f;

    if (strlen(line) >= BGP_REPLY_LINE_MAX)
        abort();
    if (!bgp_log_read(line, &f))
        return;
    if (f.trouble == BGP_TROUBLE_NONE || f.trouble > BGP_TROUBLE_OTHER || !*f.name ||
        strnlen(f.name, sizeof(f.name)) == sizeof(f.name) ||
        strnlen(f.detail, sizeof(f.detail)) == sizeof(f.detail))
        abort();
    *events = hash_bytes(f.name, strlen(f.name), *events + f.trouble);
    *events = hash_bytes(f.detail, strlen(f.detail), *events);
}

static uint64_t run(const uint8_t *data, size_t size, size_t piece)
{
    struct bgp_lines lines = {0};
    uint64_t events = 1;

    for (size_t at = 0; at < size; at += piece)
        bgp_lines_receive(&lines, data + at, MIN(piece, size - at), take, &events);
    return events;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 2 && run(data + 1, size - 1, size) != run(data + 1, size - 1, data[0] + 1U))
        abort();
    return 0;
}
