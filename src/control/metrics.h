/* metrics.h - GET /metrics: the text format of Prometheus, version 0.0.4. Private to the control
 * room.
 *
 * Names follow its conventions: base units, _total at the end of counters, one HELP and TYPE for
 * each. What is not known is left out: a counter that is shown as 0 and then as what it is would
 * look like a jump. */
#ifndef ROPEWAY_CONTROL_METRICS_H
#define ROPEWAY_CONTROL_METRICS_H

#include "control_internal.h"

/* ---- lines (metrics_lines.c) ---- */

/* region="…",id="…",name="…" of a resource. */
struct metrics_labels {
    char text[1024];
};

/* A label's value: backslashes, quotes and ends of lines are escaped; cut to fit. */
void metrics_escape(const char *text, char *ret, size_t size);
/* The lines "# HELP" and "# TYPE". */
void metrics_begin(struct buf *out, const char *name, const char *type, const char *help);
void metrics_label(const struct region *r, const struct model_resource *resource,
                   struct metrics_labels *ret);
/* Calls visit for each region, with the region as it is now. */
typedef void metrics_visit(struct region *r, const struct snapshot *s, void *arg);
void metrics_each_region(struct control *c, metrics_visit *visit, void *arg);

/* ---- metrics_tunnels.c, metrics_private.c, metrics_objects.c, metrics_nodes.c, metrics_self.c
 * ---- */

void metrics_tunnels(struct control *c, struct buf *out);
/* Private interfaces. */
void metrics_private(struct control *c, struct buf *out);
/* Instances and attachments. */
void metrics_objects(struct control *c, struct buf *out);
void metrics_nodes(struct control *c, struct buf *out);
void metrics_self(struct control *c, struct buf *out);

#endif
