/* rows.h - all messages: WORDS_ROW(id, "code", "English", "Chinese", "argument"...). Included where
 * WORDS_ROW is defined, so without a guard.
 *
 * Whole sentences end with a full stop (. and 。). What stands inside of another sentence, or after
 * a name and a colon, begins small and has none. A code stays what it is for ever: people and
 * programs look for it. */
#include "rows_change.h"
#include "rows_command.h"
#include "rows_device.h"
#include "rows_drop.h"
#include "rows_event.h"
#include "rows_history.h"
#include "rows_kinds.h"
#include "rows_negotiation.h"
#include "rows_node.h"
#include "rows_problem.h"
#include "rows_request.h"
#include "rows_route.h"
#include "rows_trial.h"
#include "rows_tunnel.h"
#include "rows_value.h"
