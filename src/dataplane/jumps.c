#include "state_internal.h"

#include <stdlib.h>

/* The ways from a table to others, which are counted: one for each table that a route of it leads
 * to. A table that is replaced hands on what its successor has as well. */

static int compare_jumps(const void *a, const void *b)
{
    const struct dp_jump *const *x = a, *const *y = b;

    return ((*x)->to > (*y)->to) - ((*x)->to < (*y)->to);
}

static struct dp_jump *find(const struct dp_table *table, uint32_t to)
{
    for (size_t i = 0; table && i < table->n_jumps; i++) {
        if (table->jumps[i]->to == to)
            return table->jumps[i];
    }
    return NULL;
}

static struct dp_jump *jump_new(struct dp_state *state, const char *id, uint32_t to)
{
    struct dp_jump *jump = calloc(1, sizeof(*jump));

    if (!jump)
        return NULL;
    jump->to = to;
    (void)text_copy(jump->id, sizeof(jump->id), id);
    jump->stats = dp_stats_take(state->shared.stats, IPC_STATS_JUMP, id, 0, 0);
    if (jump->stats)
        return jump;
    free(jump);
    return NULL;
}

/* That to the table, or NULL: out of memory. */
static struct dp_jump *jump_for(struct dp_state *state, const struct dp_table *table,
                                const struct dp_table *old, uint32_t to)
{
    struct dp_jump *jump = find(old, to);
    char id[IPC_ID_MAX];

    /* Names that are too long together are cut: whoever reads them knows none like that. */
    (void)text_printf(id, sizeof(id), "%s>%s", table->id, state->table_names.names[to]);
    return jump && strcmp(jump->id, id) == 0 ? jump : jump_new(state, id, to);
}

static int add(struct dp_state *state, struct dp_table *table, const struct dp_table *old,
               uint32_t to)
{
    struct dp_jump **grown, *jump;

    if (find(table, to))
        return 0;
    grown = reallocarray(table->jumps, table->n_jumps + 1, sizeof(struct dp_jump *));
    if (!grown)
        return -ENOMEM;
    table->jumps = grown;
    jump = jump_for(state, table, old, to);
    if (!jump)
        return -ENOMEM;
    jump->refs++;
    table->jumps[table->n_jumps++] = jump;
    return 0;
}

struct making {
    struct dp_state *state;
    struct dp_table *table;
    const struct dp_table *old;
    int error;
};

static void add_hops(void *arg, const struct fib_hops *hops)
{
    struct making *m = arg;

    for (uint32_t h = 0; h < hops->count && m->error == 0; h++) {
        if (dp_hop_kind(hops->ids[h]) == DP_HOP_TABLE)
            m->error = add(m->state, m->table, m->old, dp_hop_index(hops->ids[h]));
    }
}

int dp_jumps_make(struct dp_state *state, struct dp_table *table, const struct dp_table *old)
{
    struct making m = {.state = state, .table = table, .old = old};

    fib_table_each_hops(table->fib, add_hops, &m);
    if (table->n_jumps)
        qsort(table->jumps, table->n_jumps, sizeof(struct dp_jump *), compare_jumps);
    return m.error;
}

bool dp_jumps_equal(const struct dp_table *a, const struct dp_table *b)
{
    return a->n_jumps == b->n_jumps &&
           (!a->n_jumps || memcmp(a->jumps, b->jumps, a->n_jumps * sizeof(struct dp_jump *)) == 0);
}

void dp_jumps_release(struct dp_state *state, struct dp_table *table)
{
    for (size_t i = 0; i < table->n_jumps; i++) {
        struct dp_jump *jump = table->jumps[i];

        if (--jump->refs)
            continue;
        dp_stats_give(state->shared.stats, IPC_STATS_JUMP, jump->stats);
        free(jump);
    }
    free(table->jumps);
}
