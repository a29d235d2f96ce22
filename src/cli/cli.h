/* cli.h - the command `ropeway`: nouns and verbs generated from the descriptors of model, spoken to
 * the API over a unix socket or HTTPS.
 *
 *     ropeway NOUN create|list|get|update|delete|wait ...     every kind of resource
 *     ropeway apply -f FILE, ropeway delete -f FILE           many resources, references by name
 *     ropeway completion bash, ropeway help [NOUN [VERB]]
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
};

/* The whole program; the answer is its exit code. Reads ROPEWAY_API, ROPEWAY_CA, ROPEWAY_TOKEN,
 * ROPEWAY_TOKEN_FILE and ROPEWAY_REGION from the environment, and which language to speak. */
int cli_main(int argc, char **argv);

#endif
