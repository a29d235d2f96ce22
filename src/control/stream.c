#include "control_internal.h"

/* Answers without an end, of several kinds. */

ssize_t control_stream_read(struct control_stream *s, char *buf, size_t max)
{
    return s->ops->read(s, buf, max);
}

bool control_stream_has_news(struct control_stream *s)
{
    return s->ops->has_news(s);
}

void control_stream_beat(struct control_stream *s)
{
    s->ops->beat(s);
}

void control_stream_free(struct control_stream *s)
{
    if (s)
        s->ops->free(s);
}
