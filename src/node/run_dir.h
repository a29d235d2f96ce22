/* run_dir.h - the run directory, which tells one node's things from another's. Private to the node
 * room. */
#ifndef ROPEWAY_NODE_RUN_DIR_H
#define ROPEWAY_NODE_RUN_DIR_H

#include "base.h"

/* The one name of the folder, since marks are made of it. One that does not exist keeps its name
 * if that is absolute; otherwise -ENOENT. */
MUST_USE int node_name_run_dir(const char *given, char *ret, size_t size);
/* Two nodes with one run directory would undo each other's work: -EBUSY. The lock lasts until the
 * descriptor is closed. */
MUST_USE int node_lock_run_dir(const char *run_dir, int *ret_fd);

#endif
