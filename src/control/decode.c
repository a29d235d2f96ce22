#include "control_internal.h"

#include <stdlib.h>
#include <unistd.h>

/* Stored items as resources. A whole region is decoded by several threads: it is most of what a
 * start does, and items know nothing of one another. */

#define THREADS_MAX 8
/* Fewer are not worth a thread. */
#define SHARE_MIN 2000

/* A resource that cannot be read is left out, and said. *ret stays NULL then. */
static int decode(const char *region, const struct store_item *item, struct model_text *text,
                  struct snapshot_change *ret)
{
    const struct model_kind *kind = model_kind_by_collection(item->collection);
    struct model_resource *resource = NULL;
    const char *path = "";
    struct model_in in;
    int r;

    if (!item->value) {
        *ret = (struct snapshot_change){kind->id, item->id, NULL};
        return 0;
    }
    r = model_text_read(text, item->value, strlen(item->value), &in);
    if (r == 0)
        r = model_decode_in(kind, &in, &resource, &path);
    if (r == 0 && strcmp(resource->id, item->id) != 0) {
        model_resource_unref(resource);
        path = "id";
        r = -EBADMSG;
    }
    if (r < 0) {
        log_error("the stored %s %s of region %s cannot be read (%s): %s", kind->noun, item->id,
                  region, path, strerror(-r));
        return r;
    }
    resource->stored_at = item->revision;
    *ret = (struct snapshot_change){kind->id, item->id, resource};
    return 0;
}

/* What one thread does: count items from items on, into steps. */
struct share {
    const struct region *region;
    const struct store_item *items;
    struct snapshot_change *steps;
    size_t count;
    size_t made; /* of steps */
    int status;
    pthread_t thread;
    bool runs;
};

static void *decode_share(void *arg)
{
    struct share *s = arg;
    struct model_text text = {0};

    for (size_t i = 0; i < s->count; i++) {
        int status;

        if (!model_kind_by_collection(s->items[i].collection))
            continue;
        status = decode(s->region->id, &s->items[i], &text, &s->steps[s->made]);
        if (status == -ENOMEM) {
            s->status = status;
            break;
        }
        if (status < 0)
            __atomic_store_n(&s->region->c->damaged, true, __ATOMIC_RELAXED);
        else
            s->made++;
    }
    model_text_done(&text);
    return NULL;
}

static size_t share_count(size_t items)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t most = processors > 1 ? MIN((size_t)processors, (size_t)THREADS_MAX) : 1;

    return MAX(MIN(items / SHARE_MIN, most), (size_t)1);
}

/* Puts the steps of all shares, in their order, next to one another. */
static int join_shares(struct share *shares, size_t n, struct snapshot_change *steps, size_t *ret)
{
    size_t made = 0;
    int status = 0;

    for (size_t i = 0; i < n; i++) {
        if (shares[i].runs)
            pthread_join(shares[i].thread, NULL);
        memmove(&steps[made], shares[i].steps, shares[i].made * sizeof(*steps));
        made += shares[i].made;
        status = status ? status : shares[i].status;
    }
    *ret = made;
    return status;
}

int decode_items(const struct region *r, const struct store_item *items, size_t count,
                 struct snapshot_change *steps, size_t *ret_count)
{
    struct share shares[THREADS_MAX];
    size_t n = share_count(count);

    for (size_t i = 0; i < n; i++) {
        size_t from = count * i / n;

        shares[i] = (struct share){.region = r,
                                   .items = items + from,
                                   .steps = steps + from,
                                   .count = count * (i + 1) / n - from};
        shares[i].runs =
            i + 1 < n && pthread_create(&shares[i].thread, NULL, decode_share, &shares[i]) == 0;
        if (!shares[i].runs)
            (void)decode_share(&shares[i]);
    }
    return join_shares(shares, n, steps, ret_count);
}
