#include "metrics.h"

/* All of it. */

int metrics_text(struct call *call)
{
    struct buf *out = &call->res->body;

    metrics_self(call->c, out);
    metrics_nodes(call->c, out);
    metrics_tunnels(call->c, out);
    metrics_private(call->c, out);
    metrics_objects(call->c, out);
    if (out->failed)
        return -ENOMEM;
    call->res->status = 200;
    call->res->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return 0;
}
