/* ropeway-node: one per gateway node; see node.h. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "node.h"

static const char help[] =
    "Usage: ropeway-node --api URL --region ID --name NAME [--token-file FILE] [OPTION]...\n"
    "       ropeway-node --cleanup [--run DIR]\n"
    "\n"
    "Makes this machine a gateway node of a Ropeway region.\n"
    "\n"
    "  --api URL              unix:/path/to/nodes.sock or https://host:port\n"
    "  --token-file FILE      holds the node's token: needed to join, not any more once the\n"
    "                         node has its certificate\n"
    "  --region ID            region to join\n"
    "  --name NAME            name of the node; the same name is the same node\n"
    "  --address IP           address at which other nodes of the region reach this one\n"
    "  --public-interface IF  interface that gets the cloud public addresses;\n"
    "                         without it they must be there already\n"
    "  --run DIR              folder of the sockets (default /run/ropeway)\n"
    "  --state DIR            folder of the node's key and certificate (default\n"
    "                         /var/lib/ropeway-node)\n"
    "  --ca FILE              certificates that ropewayd's is checked with (for https)\n"
    "  --log LEVEL            debug, info, warn or error (default info)\n"
    "  --cleanup              remove every instance and address a node with this run\n"
    "                         directory made here, and end\n"
    "  --help, --version\n"
    "\n"
    "SIGTERM ends it and leaves everything in place: packets flow on without it.\n"
    "\n"
    "Example:\n"
    "  ropeway-node --api unix:/run/ropeway/nodes.sock --token-file /etc/ropeway/node.token \\\n"
    "      --region cn-north-1 --name gw-1 --public-interface eth0\n";

enum {
    OPT_API = 256,
    OPT_TOKEN,
    OPT_REGION,
    OPT_NAME,
    OPT_ADDRESS,
    OPT_INTERFACE,
    OPT_RUN,
    OPT_CA,
    OPT_STATE,
    OPT_LOG,
    OPT_CLEANUP,
    OPT_VERSION
};

static const struct option options[] = {
    {"api", required_argument, NULL, OPT_API},
    {"token-file", required_argument, NULL, OPT_TOKEN},
    {"region", required_argument, NULL, OPT_REGION},
    {"name", required_argument, NULL, OPT_NAME},
    {"address", required_argument, NULL, OPT_ADDRESS},
    {"public-interface", required_argument, NULL, OPT_INTERFACE},
    {"run", required_argument, NULL, OPT_RUN},
    {"ca", required_argument, NULL, OPT_CA},
    {"state", required_argument, NULL, OPT_STATE},
    {"log", required_argument, NULL, OPT_LOG},
    {"cleanup", no_argument, NULL, OPT_CLEANUP},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

struct arguments {
    struct node_config config;
    bool cleanup;
};

static int usage_error(const char *text, const char *value)
{
    fprintf(stderr, "ropeway-node: %s%s\nTry 'ropeway-node --help'.\n", text, value);
    return -EINVAL;
}

static int take_option(struct arguments *args, int option)
{
    const char **const texts[] = {
        &args->config.api,     &args->config.token_file, &args->config.region,
        &args->config.name,    &args->config.address,    &args->config.public_interface,
        &args->config.run_dir, &args->config.ca_file,    &args->config.state_dir,
    };
    enum log_level level;

    if (option >= OPT_API && option < OPT_API + (int)ARRAY_SIZE(texts)) {
        *texts[option - OPT_API] = optarg;
        return 0;
    }
    switch (option) {
    case OPT_LOG:
        if (log_parse_level(optarg, &level) < 0)
            return usage_error("--log must be debug, info, warn or error, not ", optarg);
        log_set_level(level);
        return 0;
    case OPT_CLEANUP:
        args->cleanup = true;
        return 0;
    case 'h':
        fputs(help, stdout);
        exit(0);
    case OPT_VERSION:
        puts("ropeway-node " ROPEWAY_VERSION);
        exit(0);
    default:
        fputs("Try 'ropeway-node --help'.\n", stderr); /* getopt said why */
        return -EINVAL;
    }
}

static int check(const struct arguments *args)
{
    const struct node_config *c = &args->config;
    struct addr a;

    if (args->cleanup)
        return 0;
    if (!c->api || !c->region || !c->name)
        return usage_error("--api, --region and --name are needed", "");
    /* It becomes a part of paths of the API. */
    if (!*c->region || c->region[strspn(c->region, "abcdefghijklmnopqrstuvwxyz0123456789-")])
        return usage_error("--region has lower case letters, digits and - only, not ", c->region);
    if (!text_starts_with(c->api, "unix:/") && !(text_starts_with(c->api, "https://") && c->api[8]))
        return usage_error("--api must be unix:/path/to/socket or https://host:port, not ", c->api);
    if (c->address && addr_parse(c->address, &a) < 0)
        return usage_error("--address must be an IPv4 or IPv6 address, not ", c->address);
    if (!text_is_utf8(c->name, strlen(c->name)))
        return usage_error("--name must be UTF-8", "");
    return 0;
}

int main(int argc, char **argv)
{
    struct arguments args = {
        .config = {.run_dir = "/run/ropeway", .state_dir = "/var/lib/ropeway-node"}};
    int option, r;

    log_set_program("ropeway-node");
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (take_option(&args, option) < 0)
            return 2;
    }
    if (optind < argc) {
        (void)usage_error("unexpected argument: ", argv[optind]);
        return 2;
    }
    if (check(&args) < 0)
        return 2;
    r = args.cleanup ? node_cleanup(args.config.run_dir) : node_run(&args.config);
    if (r < 0) {
        log_error("%s: %s", args.config.run_dir,
                  r == -EBUSY ? "another ropeway-node runs with these directories" : strerror(-r));
        return 1;
    }
    if (args.cleanup)
        log_info("%d things removed", r);
    return 0;
}
