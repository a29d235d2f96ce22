/* reach_cli.h - the two halves of `ropeway test`. */
#ifndef ROPEWAY_CLI_REACH_CLI_H
#define ROPEWAY_CLI_REACH_CLI_H

#include "cli_internal.h"

/* A row of a connectivity test on a line of cli->out; one that is unknown is passed over. */
void cli_show_test_row(const struct cli *cli, const json_t *row);

#endif
