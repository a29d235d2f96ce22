#include "daemon.h"

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

static int usage(const struct daemon_program *program)
{
    printf("Usage: %s [--run DIR] [--log LEVEL]\n"
           "\n"
           "%s\n"
           "\n"
           "  --run DIR    where %s (default /run/ropeway)\n"
           "  --log LEVEL  debug, info, warn or error (default info)\n"
           "  --help, --version\n",
           program->name, program->purpose, program->sockets);
    return 0;
}

static int refuse(const struct daemon_program *program, const char *text, const char *value)
{
    if (text)
        fprintf(stderr, "%s: %s%s\n", program->name, text, value);
    fprintf(stderr, "Try '%s --help'.\n", program->name);
    return 2;
}

static int run(const struct daemon_program *program, const char *run_dir)
{
    int r = program->run(run_dir);

    if (r < 0)
        log_error("cannot run in %s: %s", run_dir, strerror(-r));
    return r < 0;
}

int daemon_main(const struct daemon_program *program, int argc, char **argv)
{
    static const struct option options[] = {{"run", required_argument, NULL, 'r'},
                                            {"log", required_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {0}};
    const char *run_dir = "/run/ropeway";
    enum log_level level;
    int c;

    log_set_program(program->name);
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 'r':
            run_dir = optarg;
            break;
        case 'l':
            if (log_parse_level(optarg, &level) < 0)
                return refuse(program, "--log must be debug, info, warn or error, not ", optarg);
            log_set_level(level);
            break;
        case 'h':
            return usage(program);
        case 'v':
            printf("%s %s\n", program->name, ROPEWAY_VERSION);
            return 0;
        default:
            return refuse(program, NULL, NULL); /* getopt said why */
        }
    }
    if (optind < argc)
        return refuse(program, "unexpected argument: ", argv[optind]);
    return run(program, run_dir);
}
