#include "tables_internal.h"

static int update_vpc(struct tables *t, const char *id)
{
    struct packet_routes routes = {0};
    struct packet_table *table;
    struct table_self self;
    int r;

    if (!objects_value(t->set, DESIRED_VPC, id)) {
        table_drop(t, id);
        return 0;
    }
    table = table_for(t, id);
    r = table ? table_build_vpc(t->set, id, &routes, &self) : -ENOMEM;
    if (r == 0)
        r = table_become(t, table, &routes);
    if (r == 0)
        table_set_self(t, table, &self);
    packet_routes_done(&routes);
    return r;
}

typedef int update_one(struct tables *t, const char *id);

static int update_all(struct tables *t, struct table_marks *marks, update_one *update)
{
    while (!list_empty(&marks->all)) {
        struct table_mark *m = container_of(marks->all.next, struct table_mark, all);
        int r = update(t, m->id);

        if (r < 0)
            return r;
        table_unmark(marks, m);
    }
    return 0;
}

/* After a change was lost. */
static void mark_everything(struct tables *t)
{
    t->lost = false;
    table_gateways_forget(t);
    table_routes_forget(t);
    while (!list_empty(&t->all))
        table_drop(t, container_of(t->all.next, struct packet_table, all)->table.id);
    list_for_each (o, &t->set->all, struct object, all)
        tables_touch(t, o, NULL, o->value);
}

int tables_update(struct tables *t)
{
    int r;

    if (t->lost)
        mark_everything(t);
    r = update_all(t, &t->dirty_gateways, table_gateway_update);
    if (r == 0)
        r = update_all(t, &t->dirty_vpcs, update_vpc);
    if (r == 0)
        r = update_all(t, &t->dirty_tables, table_routes_update);
    t->lost |= r < 0; /* it may have been taken out of what knows it, and not put in elsewhere */
    return t->lost ? -ENOMEM : 0;
}

const char *tables_next_announced(const struct tables *t)
{
    return list_empty(&t->announced.all)
               ? NULL
               : container_of(t->announced.all.next, struct table_mark, all)->id;
}

void tables_announced(struct tables *t, const char *gateway)
{
    struct name_link *link = name_map_find(&t->announced.by_id, gateway);

    if (link)
        table_unmark(&t->announced, container_of(link, struct table_mark, link));
}

void tables_told(struct tables *t)
{
    t->reshaped = false;
    list_for_each_safe (table, &t->changed, struct packet_table, changed) {
        table->n_changes = 0;
        table->whole = false;
        list_remove(&table->changed);
    }
}

/* ---- life ---- */

void tables_init(struct tables *t, const struct objects *set)
{
    *t = (struct tables){.set = set};
    list_init(&t->all);
    list_init(&t->changed);
    list_init(&t->dirty_vpcs.all);
    list_init(&t->dirty_gateways.all);
    list_init(&t->dirty_tables.all);
    list_init(&t->announced.all);
}

void tables_done(struct tables *t)
{
    table_gateways_forget(t);
    table_routes_forget(t);
    while (!list_empty(&t->all))
        table_drop(t, container_of(t->all.next, struct packet_table, all)->table.id);
    name_map_done(&t->by_id);
    table_marks_done(&t->dirty_vpcs);
    table_marks_done(&t->dirty_gateways);
    table_marks_done(&t->dirty_tables);
    table_marks_done(&t->announced);
}
