/* cli.h - the command `ropeway`: nouns and verbs generated from the descriptors of model, spoken to
 * the API over a unix socket or HTTPS.
 *
 *     ropeway NOUN create|list|get|update|delete|wait ...     every kind of resource
 *     ropeway apply|diff|delete -f FILE                       many resources, references by name
 *     ropeway context list|use|set|delete|show                servers, by name
 *     ropeway completion bash|zsh|fish, ropeway help [NOUN [VERB]]
 *
 * Results go to stdout, everything else to stderr. */
#ifndef ROPEWAY_CLI_H
#define ROPEWAY_CLI_H

enum cli_exit {
    CLI_OK = 0,
    CLI_REFUSED = 1,     /* the API said no, or something in a file could not be carried out */
    CLI_USAGE = 2,       /* the command line or the file makes no sense */
    CLI_UNREACHABLE = 3, /* no answer from the server */
    CLI_TIMEOUT = 4,     /* --wait gave up */
    /* Of diff, as diff(1) does: */
    CLI_DIFFERENT = 1,    /* something differs */
    CLI_DIFF_REFUSED = 5, /* what is CLI_REFUSED elsewhere */
};

/* The whole program; the answer is its exit code. Reads ROPEWAY_API, ROPEWAY_CA, ROPEWAY_TOKEN,
 * ROPEWAY_TOKEN_FILE, ROPEWAY_REGION, ROPEWAY_PROJECT and ROPEWAY_CONTEXT from the environment,
 * which language to speak, and the contexts from $XDG_CONFIG_HOME/ropeway/config. */
int cli_main(int argc, char **argv);

#endif
