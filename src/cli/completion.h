/* completion.h - what can be completed, as branches of the scripts of shells. */
#ifndef ROPEWAY_CLI_COMPLETION_H
#define ROPEWAY_CLI_COMPLETION_H

#include "cli_internal.h"

enum shell { SHELL_BASH, SHELL_ZSH, SHELL_FISH, SHELLS };

/* "a b c" of all kinds and what has verbs like them; of all that may stand first. */
void completion_kinds(FILE *out);
void completion_nouns(FILE *out);
/* Flags of fields that need no value, each as a pattern of its own. */
void completion_switches(FILE *out, enum shell shell);
/* Branches on "NOUN FLAG" for what may stand behind a flag: they fill list, and set known where
 * nothing else can stand there. */
void completion_values(FILE *out, enum shell shell);
/* Branches on "NOUN VERB" for what may come next: they fill list. */
void completion_words(FILE *out, enum shell shell);

#endif
