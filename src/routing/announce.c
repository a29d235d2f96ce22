/* What peers are told of. */
#include "routing_build.h"

static bool is_there(const struct routing_announced *a, const char *connection)
{
    for (size_t i = 0; i < a->n_except; i++) {
        if (strcmp(a->except[i], connection) == 0)
            return true;
    }
    return false;
}

bool routing_is_announced_to(const struct routing_announced *a, const char *connection)
{
    return !is_there(a, connection);
}

/* False: nobody is told because of this route. */
static bool take(const struct routing_route *r, bool transit, struct routing_announced *a)
{
    bool outside = r->hop == ROUTING_HOP_CONNECTION || r->hop == ROUTING_HOP_PRIVATE_INTERFACE;

    if (r->hop == ROUTING_HOP_LOCAL || (outside && !transit))
        return false;
    if (outside && !is_there(a, r->target))
        a->except[a->n_except++] = r->target;
    a->learned |= r->via[0] && !r->translated;
    return true;
}

int routing_announce(const struct routing_table *selected, bool transit,
                     routing_announce_emit *emit, void *arg)
{
    for (size_t i = 0; i < selected->count;) {
        struct routing_announced a = {.prefix = selected->routes[i].destination};
        bool told = false;
        int r;

        for (; i < selected->count && prefix_equal(&selected->routes[i].destination, &a.prefix);
             i++) {
            if (selected->routes[i].reason == ROUTING_EFFECTIVE)
                told |= take(&selected->routes[i], transit, &a);
        }
        r = told ? emit(arg, &a) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}
