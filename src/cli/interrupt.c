#include "cli_internal.h"

#include <signal.h>

/* Ctrl-C in commands that have something to put right before they end. */

static volatile sig_atomic_t noted;

static void note(int number)
{
    (void)number;
    noted = 1;
}

void cli_interrupt_watch(bool on)
{
    /* One that comes again while what the first began hangs ends the process. */
    struct sigaction action = {.sa_handler = on ? note : SIG_DFL, .sa_flags = (int)SA_RESETHAND};
    struct sigaction before;

    noted = 0;
    if (sigaction(SIGINT, NULL, &before) < 0 || before.sa_handler == SIG_IGN)
        return;
    (void)sigaction(SIGINT, &action, NULL);
}

bool cli_interrupted(void)
{
    bool was = noted;

    noted = 0;
    return was;
}
