/* main.c - ropeway-sim [--seed N] [--lives N] [--daemons N] [--links N] [--loss PERCENT] [--trouble
 * SECONDS] [--for SECONDS]
 * [--verbose]: one world after another, with a seed each, until so many tunnels have come up and
 * gone; ends with 1 when something that must hold does not, and says the seed, which alone is run
 * by --lives 1. */
#include "sim.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

struct asked {
    struct sim_options options;
    uint64_t lives;
    bool any_loss;
};

static int parse(int argc, char **argv, struct asked *ret)
{
    static const struct option names[] = {
        {"seed", required_argument, NULL, 's'},
        {"lives", required_argument, NULL, 'n'},
        {"daemons", required_argument, NULL, 'd'},
        {"links", required_argument, NULL, 'l'},
        {"loss", required_argument, NULL, 'p'},
        {"trouble", required_argument, NULL, 't'},
        {"for", required_argument, NULL, 'f'},
        {"verbose", no_argument, NULL, 'v'},
        {0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        uint64_t value = optarg ? strtoull(optarg, NULL, 10) : 0;

        switch (c) {
        case 's':
            ret->options.seed = value;
            break;
        case 'n':
            ret->lives = value;
            break;
        case 'd':
            ret->options.daemons = (unsigned)value;
            break;
        case 'l':
            ret->options.links = (unsigned)value;
            break;
        case 'p':
            ret->options.loss_percent = (unsigned)value;
            ret->any_loss = false;
            break;
        case 't':
            ret->options.trouble_every_us = value * SIM_SECOND;
            break;
        case 'f':
            ret->options.for_us = value * SIM_SECOND;
            break;
        case 'v':
            ret->options.verbose = true;
            break;
        default:
            return -EINVAL;
        }
    }
    return optind == argc && ret->options.daemons >= 2 && ret->options.links >= 1 ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
    struct asked asked = {.options = {.seed = 1,
                                      .daemons = 6,
                                      .links = 5,
                                      .trouble_every_us = 20 * SIM_SECOND,
                                      .for_us = 900 * SIM_SECOND},
                          .lives = 1000,
                          .any_loss = true};
    static const unsigned losses[] = {0, 2, 5, 10, 20, 30};
    struct sim_result all = {0};
    unsigned worlds = 0;

    if (parse(argc, argv, &asked) < 0) {
        fprintf(stderr, "usage: ropeway-sim [--seed N] [--lives N] [--daemons N] [--links N] "
                        "[--loss PERCENT] [--trouble SECONDS] [--for SECONDS] [--verbose]\n");
        return 2;
    }
    log_set_level(LOG_ERROR);
    for (; all.lives < asked.lives; asked.options.seed++, worlds++) {
        struct sim_result one;

        if (asked.any_loss)
            asked.options.loss_percent = losses[asked.options.seed % ARRAY_SIZE(losses)];
        if (!sim_run(&asked.options, &one))
            return 1;
        all.lives += one.lives;
        all.events += one.events;
        all.datagrams += one.datagrams;
    }
    printf("%u worlds, %llu lives, %llu events, %llu datagrams of IKE\n", worlds,
           (unsigned long long)all.lives, (unsigned long long)all.events,
           (unsigned long long)all.datagrams);
    return 0;
}
