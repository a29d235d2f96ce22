#include "dataplane.h"

#include <getopt.h>
#include <stdio.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
/* The leak checker stops threads with ptrace() and spins where, as in the sandbox, it may not. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

static void usage(FILE *out)
{
    fputs("usage: ropeway-dataplane [--run DIR] [--log LEVEL]\n"
          "  --run DIR    where dataplane.sock lies (default /run/ropeway)\n"
          "  --log LEVEL  debug, info, warn or error (default info)\n",
          out);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"run", required_argument, NULL, 'r'},
                                            {"log", required_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {0}};
    struct dataplane_options o = {.run_dir = "/run/ropeway"};
    enum log_level level;
    int c, r;

    log_set_program("ropeway-dataplane");
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'r':
            o.run_dir = optarg;
            break;
        case 'l':
            if (log_parse_level(optarg, &level) < 0) {
                usage(stderr);
                return 2;
            }
            log_set_level(level);
            break;
        case 'h':
            usage(stdout);
            return 0;
        case 'v':
            puts("ropeway-dataplane " ROPEWAY_VERSION);
            return 0;
        default:
            usage(stderr);
            return 2;
        }
    }
    if (optind != argc) {
        usage(stderr);
        return 2;
    }
    r = dataplane_run(&o);
    if (r < 0) {
        log_error("cannot run: %s", strerror(-r));
        return 1;
    }
    return 0;
}
