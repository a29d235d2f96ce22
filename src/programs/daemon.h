/* daemon.h - the command line of a daemon that knows only a run directory and a log level. */
#ifndef ROPEWAY_DAEMON_H
#define ROPEWAY_DAEMON_H

#include "base.h"

struct daemon_program {
    const char *name;    /* "ropeway-ike" */
    const char *purpose; /* a sentence, for --help */
    const char *sockets; /* what lies in the run directory, for --help */
    /* Serves until it is told to end: 0; a negative errno if it cannot start. */
    int (*run)(const char *run_dir);
};

/* The exit status: 0, 1 if it could not run, 2 for a bad command line. */
int daemon_main(const struct daemon_program *program, int argc, char **argv);

#endif
