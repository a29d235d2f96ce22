#include "node.h"

#include "cloud.h"
#include "instance.h"
#include "netns.h"

/* ---- cleanup ---- */

struct cleanup {
    const char *run_dir;
    int removed;
    int error;
};

static int clean_namespace(void *arg, const char *netns)
{
    struct cleanup *c = arg;
    char id[IPC_ID_MAX];
    int r = instance_owner(c->run_dir, netns, id);

    if (r < 0)
        return 0; /* somebody else's */
    r = instance_remove(c->run_dir, netns);
    if (r == 0)
        c->removed++;
    else
        log_error("remove namespace %s: %s", netns, strerror(-r));
    if (r < 0 && c->error == 0)
        c->error = r;
    return 0;
}

int node_cleanup(const char *run_dir)
{
    struct cleanup c = {.run_dir = run_dir};
    struct cloud_result cloud;
    int r = netns_each("rw-", clean_namespace, &c);

    if (r < 0 && c.error == 0)
        c.error = r;
    r = cloud_ensure(run_dir, NULL, NULL, 0, &cloud);
    c.removed += (int)cloud.removed;
    if (r < 0) {
        log_error("%s", cloud.error);
        c.error = c.error ? c.error : r;
    }
    return c.error ? c.error : c.removed;
}
