/* fake_tables.h - what a data plane has of packet tables, by what a node says of them. */
#ifndef ROPEWAY_FAKE_TABLES_H
#define ROPEWAY_FAKE_TABLES_H

#include "ipc.h"

#define FAKE_TABLES 8
#define FAKE_ROUTES 16

struct fake_table {
    char id[IPC_ID_MAX];
    bool named; /* by the configuration that comes */
    unsigned n_routes;
    struct prefix routes[FAKE_ROUTES];
};

struct fake_tables {
    unsigned n;
    struct fake_table list[FAKE_TABLES];
};

/* A configuration begins; whole: what it does not name goes at the end. False from the others: it
 * says what no node may say. */
void fake_tables_begin(struct fake_tables *t, bool whole);
bool fake_tables_table(struct fake_tables *t, const struct ipc_table *table, bool whole);
bool fake_tables_routes(struct fake_tables *t, const struct ipc_routes *routes);
void fake_tables_end(struct fake_tables *t);
/* Of all tables. */
unsigned fake_tables_n_routes(const struct fake_tables *t);

#endif
