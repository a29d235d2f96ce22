#include "cli_internal.h"

/* Server-sent events, as the HTML standard has them: lines "field: value", an empty one ends an
 * event, those that begin with a colon say nothing. */

#define EVENT_MAX (16U << 20)

/* What stands behind the colon and one space. */
static void take_line(struct cli_event_reader *r, const char *line)
{
    size_t name = strcspn(line, ":");
    const char *value = line + name + (line[name] == ':');

    value += *value == ' ';
    if (name == 5 && memcmp(line, "event", name) == 0) {
        r->name.len = 0;
        buf_puts(&r->name, value);
    } else if (name == 4 && memcmp(line, "data", name) == 0) {
        buf_printf(&r->data, "%s%s", r->data.len ? "\n" : "", value);
    } else if (name == 2 && memcmp(line, "id", name) == 0) {
        r->id.len = 0;
        buf_puts(&r->id, value);
        r->has_id = true;
    }
}

static int end_event(struct cli_event_reader *r)
{
    bool something = r->name.len || r->data.len || r->has_id;
    const struct cli_events *e = r->events;

    if (something)
        r->stopped =
            e->take(e->arg, r->name.len ? buf_text(&r->name) : "message",
                    r->data.len ? buf_text(&r->data) : "", r->has_id ? buf_text(&r->id) : NULL);
    r->name.len = r->data.len = r->id.len = 0;
    r->has_id = false;
    return r->stopped ? 1 : 0;
}

static int end_line(struct cli_event_reader *r)
{
    const char *line = r->line.len ? buf_text(&r->line) : "";
    size_t len = r->line.len;
    int result = 0;

    if (len && line[len - 1] == '\r')
        r->line.data[--len] = 0;
    if (len == 0)
        result = end_event(r);
    else if (*line != ':')
        take_line(r, line);
    r->line.len = 0;
    return result;
}

int cli_events_read(struct cli_event_reader *r, const char *bytes, size_t len)
{
    int result = 0;

    while (len && result == 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t part = end ? (size_t)(end - bytes) : len;

        buf_add(&r->line, bytes, part);
        part += end != NULL;
        bytes += part;
        len -= part;
        if (r->line.len > EVENT_MAX || r->data.len > EVENT_MAX)
            return -EMSGSIZE;
        if (end)
            result = end_line(r);
        if (r->line.failed || r->data.failed || r->name.failed || r->id.failed)
            return -ENOMEM;
    }
    return result;
}

void cli_events_done(struct cli_event_reader *r)
{
    buf_done(&r->line);
    buf_done(&r->name);
    buf_done(&r->data);
    buf_done(&r->id);
}
