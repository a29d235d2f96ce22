#include "sim.h"

#include <stdlib.h>

#define REST_US (240 * SIM_SECOND) /* longer than what anybody waits for anything */

#define REST_LOOKS   6
#define REST_LOOK_US (5 * SIM_SECOND)

/* ---- the world ---- */

/* Daemon 0 has a link to each other one, as a gateway has with its peers; what is left joins any
 * two, over another path where they have one already. */
static void make_links(struct sim *sim)
{
    unsigned n = sim->options.daemons;

    for (unsigned i = 0; i < sim->options.links; i++) {
        struct sim_link *link = &sim->links[i];
        unsigned a = i < n - 1 ? 0 : (unsigned)sim_below(sim, n), b = a;

        while (b == a)
            b = i < n - 1 ? i + 1 : (unsigned)sim_below(sim, n);
        *link = (struct sim_link){.number = i};
        for (unsigned before = 0; before < i; before++) {
            const struct sim_end *ends = sim->links[before].ends;

            link->path += (ends[0].at->number == a && ends[1].at->number == b) ||
                          (ends[0].at->number == b && ends[1].at->number == a);
        }
        for (unsigned e = 0; e < 2; e++)
            link->ends[e] = (struct sim_end){.link = link,
                                             .at = &sim->daemons[e ? b : a],
                                             .number = e,
                                             .configured = true,
                                             .admin_up = true};
    }
}

/* One in four is behind a NAT: but two who are cannot find one another. */
static void make_nats(struct sim *sim)
{
    for (unsigned i = 1; i < sim->options.daemons; i++)
        sim->daemons[i].nat.there = sim->options.links < sim->options.daemons && i % 4 == 3;
}

static int make_world(struct sim *sim)
{
    sim->daemons = calloc(sim->options.daemons, sizeof(*sim->daemons));
    sim->links = calloc(sim->options.links, sizeof(*sim->links));
    sim->touched = calloc(sim->options.links, sizeof(struct sim_link *));
    if (!sim->daemons || !sim->links || !sim->touched)
        return -ENOMEM;
    for (unsigned i = 0; i < sim->options.daemons; i++)
        sim->daemons[i] = (struct sim_daemon){.sim = sim, .number = i, .tick_us = UINT64_MAX};
    make_nats(sim);
    make_links(sim);
    sim->net = (struct sim_net){.loss_percent = sim->options.loss_percent,
                                .twice_percent = (unsigned)sim_below(sim, 10),
                                .change_percent = (unsigned)sim_below(sim, 30),
                                .replay_percent = (unsigned)sim_below(sim, 10),
                                .delay_us = SIM_MS + sim_below(sim, 100 * SIM_MS),
                                .jitter_us = SIM_MS + sim_below(sim, 100 * SIM_MS)};
    return 0;
}

static void free_world(struct sim *sim)
{
    for (unsigned i = 0; sim->daemons && i < sim->options.daemons; i++)
        sim_daemon_stop(&sim->daemons[i]);
    for (unsigned i = 0; sim->links && i < sim->options.links; i++) {
        free(sim->links[i].ends[0].sas);
        free(sim->links[i].ends[1].sas);
    }
    sim_queue_done(&sim->queue);
    free(sim->daemons);
    free(sim->links);
    free(sim->touched);
}

/* ---- time ---- */

static void check_touched(struct sim *sim)
{
    while (sim->n_touched) {
        struct sim_link *link = sim->touched[--sim->n_touched];

        link->touched = false;
        sim_check_link(link);
    }
}

static void run_until(struct sim *sim, uint64_t until_us)
{
    struct sim_event event;

    while (!sim->failed && sim_next(sim, &event)) {
        sim->now_us = event.at_us;
        sim->events++;
        event.happen(sim, &event);
        check_touched(sim);
        if (sim->now_us >= until_us)
            return;
    }
}

static void run(struct sim *sim)
{
    uint64_t loss = sim->net.loss_percent;

    for (unsigned i = 0; i < sim->options.daemons; i++)
        sim_daemon_start(&sim->daemons[i]);
    sim_plane_begin_traffic(sim);
    if (sim->options.trouble_every_us)
        sim_trouble_begin(sim);
    run_until(sim, sim->now_us + sim->options.for_us);
    sim_trouble_end(sim);
    sim->net = (struct sim_net){
        .delay_us = sim->net.delay_us, .jitter_us = sim->net.jitter_us, .sent = sim->net.sent};
    run_until(sim, sim->now_us + REST_US + (loss ? REST_US : 0));
    for (unsigned i = 0; i < REST_LOOKS; i++) {
        run_until(sim, sim->now_us + REST_LOOK_US);
        sim_note_rest(sim);
    }
    if (!sim->failed)
        sim_check_rest(sim);
}

bool sim_run(const struct sim_options *options, struct sim_result *ret)
{
    struct sim sim = {.options = *options, .now_us = SIM_SECOND, .state = options->seed};

    if (make_world(&sim) < 0)
        abort();
    run(&sim);
    *ret = (struct sim_result){.events = sim.events, .datagrams = sim.net.sent};
    for (unsigned i = 0; i < options->links; i++)
        ret->lives += sim.links[i].lives;
    free_world(&sim);
    return !sim.failed;
}
