/* Tables that are to be looked at. */
#include <stdlib.h>

#include "tables_internal.h"

void table_mark(struct tables *t, struct table_marks *marks, const char *id)
{
    size_t len = strlen(id) + 1;
    struct table_mark *m;

    if (name_map_find(&marks->by_id, id))
        return;
    m = calloc(1, sizeof(*m) + len);
    if (m)
        memcpy(m->id, id, len);
    if (!m || name_map_add(&marks->by_id, &m->link, m->id) < 0) {
        free(m);
        t->lost = true;
        return;
    }
    list_append(&marks->all, &m->all);
}

void table_unmark(struct table_marks *marks, struct table_mark *m)
{
    name_map_remove(&marks->by_id, &m->link);
    list_remove(&m->all);
    free(m);
}

void table_marks_done(struct table_marks *marks)
{
    while (!list_empty(&marks->all))
        table_unmark(marks, container_of(marks->all.next, struct table_mark, all));
    name_map_done(&marks->by_id);
}
