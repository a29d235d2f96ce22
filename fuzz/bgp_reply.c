/* Whatever comes out of BIRD's control socket. The first byte says in pieces of which size; they
 * give the same sessions as the whole. */
#include <stdlib.h>

#include "bgp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void told(void *arg, const struct bgp_session *s)
{
    uint64_t *events = arg;

    if (s->state >= BGP_STATES || s->trouble > BGP_TROUBLE_OTHER ||
        strnlen(s->name, sizeof(s->name)) == sizeof(s->name) ||
        strnlen(s->detail, sizeof(s->detail)) == sizeof(s->detail))
        abort();
    *events = hash_bytes(s->name, strlen(s->name), *events + s->state);
    *events = hash_bytes(s->detail, strlen(s->detail), *events + s->imported);
}

static void take(void *arg, const struct bgp_reply_line *line)
{
    struct bgp_bfd bfd;

    if (strlen(line->text) >= BGP_REPLY_LINE_MAX || line->code > 9999)
        abort();
    if (bgp_bfd_take(line, &bfd) &&
        (!*bfd.interface || strnlen(bfd.interface, sizeof(bfd.interface)) == sizeof(bfd.interface)))
        abort();
    bgp_sessions_take(arg, line);
}

static uint64_t run(const uint8_t *data, size_t size, size_t piece)
{
    uint64_t events = 1;
    struct bgp_sessions sessions = {.told = told, .arg = &events};
    struct bgp_reply reply = {0};

    for (size_t at = 0; at < size; at += piece)
        bgp_reply_receive(&reply, data + at, MIN(piece, size - at), take, &sessions);
    return events;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 2 && run(data + 1, size - 1, size) != run(data + 1, size - 1, data[0] + 1U))
        abort();
    return 0;
}
