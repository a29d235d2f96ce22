#include "reach_internal.h"

/* What a test has found and nobody has taken yet. */

void reach_tell(struct reach_run *run, const struct reach_row *row)
{
    if (run->row_count == REACH_ROWS_QUEUED)
        return;
    run->rows[(run->row_first + run->row_count) % REACH_ROWS_QUEUED] = *row;
    run->row_count++;
}

bool reach_row(struct reach_run *run, struct reach_row *ret)
{
    if (!run->row_count)
        return false;
    *ret = run->rows[run->row_first];
    run->row_first = (uint8_t)((run->row_first + 1) % REACH_ROWS_QUEUED);
    run->row_count--;
    return true;
}
