/* log_keeper.h - the negotiation logs of tunnels in a file, so that they outlive every program. A
 * thread writes what came once a second and syncs it: a crash of the machine loses that second. */
#ifndef ROPEWAY_CONTROL_LOG_KEEPER_H
#define ROPEWAY_CONTROL_LOG_KEEPER_H

#include "control_internal.h"

/* Reads the logs in and begins to keep them, in STATE/tunnel-logs. What cannot be read or kept is
 * told in the log, and nothing else comes of it. */
void log_keeper_start(struct control *c, const char *state_dir);
/* What came is written at last. */
void log_keeper_stop(struct control *c);

#endif
