/* What must hold. */
#include "sim.h"

#include <stdio.h>

#define HEALTHY_LOSS 5U                /* percent: beyond, a peer may seem dead */
#define SETTLES_US   (20 * SIM_SECOND) /* what was under way when trouble ended */
#define CARRIED_US   (3 * SIM_SECOND)  /* an old inbound SA takes what is under way so long */

void sim_fail(const struct sim *sim, const struct sim_link *link, const char *what)
{
    struct sim *s = (struct sim *)(uintptr_t)sim;

    if (s->failed)
        return; /* what follows follows from it */
    s->failed = true;
    printf("seed %llu, %.6f s, ", (unsigned long long)sim->options.seed, (double)sim->now_us / 1e6);
    if (link)
        printf("link %u (daemons %u, %u): ", link->number, link->ends[0].at->number,
               link->ends[1].at->number);
    printf("%s\n", what);
    for (unsigned e = 0; link && e < 2; e++) {
        const struct sim_end *end = &link->ends[e];

        printf("  end %u: state %u, admin %d, algs %s, error %s\n", e, end->state, end->admin_up,
               end->algs, end->error);
        for (size_t i = 0; i < end->n_sas; i++)
            printf("    %s %08x pair %08x key %016llx\n",
                   end->sas[i].direction == IPC_SA_IN ? "in " : "out", end->sas[i].spi,
                   end->sas[i].pair, (unsigned long long)end->sas[i].key);
    }
}

void sim_say(const struct sim *sim, const struct sim_link *link, const char *what)
{
    if (sim->options.verbose)
        printf("%11.6f link %u: %s\n", (double)sim->now_us / 1e6, link->number, what);
}

void sim_trouble(struct sim_link *link)
{
    link->troubled_us = link->ends[0].at->sim->now_us;
    link->settled_us = 0;
}

void sim_touch(struct sim_link *link)
{
    struct sim *sim = link->ends[0].at->sim;

    if (link->touched)
        return;
    link->touched = true;
    sim->touched[sim->n_touched++] = link;
}

/* ---- what is told ---- */

/* Nobody on the way makes them take less than what both prefer. */
static bool is_downgraded(const struct ipc_ike_status *status)
{
    return status->ike_algs[0] && strcmp(status->ike_algs, SIM_BEST) != 0;
}

void sim_check_status(struct sim_end *end, const struct ipc_ike_status *status)
{
    struct sim_link *link = end->link;
    struct sim *sim = end->at->sim;
    bool up;

    end->state = status->state;
    text_copy(end->error, sizeof(end->error), status->last_error);
    text_copy(end->algs, sizeof(end->algs), status->ike_algs);
    up = link->ends[0].state == IPC_OPER_UP && link->ends[1].state == IPC_OPER_UP;
    if (up && !link->was_up)
        link->lives++;
    link->was_up = up;
    if (end->state == IPC_OPER_UP && is_downgraded(status))
        sim_fail(sim, link, "came up with less than the best");
    if (sim->options.verbose)
        printf("%11.6f link %u end %u: state %u %s\n", (double)sim->now_us / 1e6, link->number,
               end->number, end->state, end->error);
    sim_touch(link);
}

/* ---- what is ---- */

static bool takes_key_of(const struct sim_end *end, const struct sim_end *other)
{
    return end->key_until_us > end->at->sim->now_us + end->at->clock_us &&
           end->key_before == other->key;
}

bool sim_keys_meet(const struct sim_link *link)
{
    const struct sim_end *a = &link->ends[0], *b = &link->ends[1];

    return a->key == b->key || takes_key_of(a, b) || takes_key_of(b, a);
}

static bool is_healthy(const struct sim_link *link)
{
    const struct sim *sim = link->ends[0].at->sim;
    const struct sim_end *a = &link->ends[0], *b = &link->ends[1];
    bool wanted = a->configured && b->configured && a->admin_up && b->admin_up &&
                  sim_keys_meet(link) && !link->cut[0] && !link->cut[1];

    return wanted && link->settled_us && sim->net.loss_percent <= HEALTHY_LOSS &&
           sim->now_us >= link->settled_us + SETTLES_US;
}

/* What this end sends on, the other one takes. */
static bool carries(const struct sim_end *end)
{
    const struct sim_sa *out = sim_plane_out(end);

    return out && sim_plane_in(&end->link->ends[!end->number], out->spi, out->key);
}

void sim_check_link(struct sim_link *link)
{
    struct sim *sim = link->ends[0].at->sim;
    bool carried = carries(&link->ends[0]) && carries(&link->ends[1]);

    if (!carried) {
        if (is_healthy(link))
            sim_fail(sim, link, "no SA to send on, without a reason");
        link->settled_us = 0;
    } else if (!link->settled_us) {
        link->settled_us = sim->now_us;
    }
}

void sim_check_unknown(struct sim *sim, const struct sim_esp *esp)
{
    const struct sim_link *link = esp->to->link;

    if (is_healthy(link) && sim->now_us - esp->sent_us < CARRIED_US &&
        esp->sent_us > link->settled_us + SETTLES_US)
        sim_fail(sim, link, "a packet came to nobody");
}

/* ---- at rest ---- */

static unsigned count(const struct sim_end *end, uint8_t direction)
{
    unsigned n = 0;

    for (size_t i = 0; i < end->n_sas; i++)
        n += end->sas[i].direction == direction;
    return n;
}

/* Each has what the other one has, of one pair. */
static bool agree(const struct sim_link *link)
{
    for (unsigned e = 0; e < 2; e++) {
        const struct sim_end *end = &link->ends[e];

        if (count(end, IPC_SA_IN) != 1 || count(end, IPC_SA_OUT) != 1 || !carries(end))
            return false;
    }
    return true;
}

void sim_note_rest(struct sim *sim)
{
    for (unsigned i = 0; i < sim->options.links; i++)
        sim->links[i].agreed |= agree(&sim->links[i]);
}

void sim_check_rest(struct sim *sim)
{
    for (unsigned i = 0; i < sim->options.links; i++) {
        if (!sim->links[i].was_up)
            sim_fail(sim, &sim->links[i], "does not come up though nothing is in the way");
        else if (!sim->links[i].agreed)
            sim_fail(sim, &sim->links[i], "the ends do not agree on one pair of SAs");
    }
}
