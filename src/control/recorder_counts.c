#include "recorder.h"

#include <stdlib.h>

/* What was known of each counter of a node at its last sample. */

static void counts_unref(void *p)
{
    free(((struct recorder_counts *)p)->last);
    free(p);
}

static void counts_ref(void *p)
{
    (void)p; /* each is in one map only */
}

static const struct pmap_type counts_type = {.ref = counts_ref, .unref = counts_unref};

void recorder_forget(struct node_state *n)
{
    pmap_unref(&counts_type, n->counts);
    n->counts = NULL;
}

struct recorder_counts *recorder_counts_of(struct node_state *n, const char *id)
{
    struct recorder_counts *c = pmap_get(n->counts, id, strlen(id));

    if (c)
        return c;
    c = calloc(1, sizeof(*c));
    if (c)
        c->recent.suspect = UINT8_MAX;
    if (c && pmap_put(&counts_type, &n->counts, id, strlen(id), c, 0) < 0) {
        free(c);
        return NULL;
    }
    return c;
}
