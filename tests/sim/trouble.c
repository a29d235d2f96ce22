/* What happens to links and daemons: each thing has its weight. */
#include "sim.h"

/* ---- what does no harm: not a packet may be lost over it ---- */

static void rekey_both(struct sim *sim, struct sim_link *link)
{
    enum ipc_ike_action action = sim_percent(sim, 50) ? IPC_IKE_REKEY_IKE : IPC_IKE_REKEY_CHILD;

    sim_node_command(&link->ends[0], action);
    sim_node_command(&link->ends[1], action);
}

static void rekey_mixed(struct sim *sim, struct sim_link *link)
{
    unsigned first = (unsigned)sim_below(sim, 2);

    sim_node_command(&link->ends[first], IPC_IKE_REKEY_IKE);
    sim_node_command(&link->ends[!first], IPC_IKE_REKEY_CHILD);
}

static void rekey_one(struct sim *sim, struct sim_link *link)
{
    sim_node_command(&link->ends[sim_below(sim, 2)],
                     sim_percent(sim, 50) ? IPC_IKE_REKEY_IKE : IPC_IKE_REKEY_CHILD);
}

static void restart_ike(struct sim *sim, struct sim_link *link)
{
    struct sim_daemon *daemon = link->ends[sim_below(sim, 2)].at;

    sim_daemon_stop(daemon);
    sim_daemon_start(daemon);
}

static void change_one(struct sim *sim, struct sim_link *link)
{
    struct sim_end *end = &link->ends[sim_below(sim, 2)];

    end->changed = !end->changed;
    sim_node_change(end);
}

static void jump(struct sim *sim, struct sim_link *link)
{
    struct sim_daemon *daemon = link->ends[sim_below(sim, 2)].at;

    daemon->clock_us += sim_below(sim, 100000 * SIM_SECOND);
    for (unsigned i = 0; i < sim->options.links; i++) {
        if (sim->links[i].ends[0].key != sim->links[i].ends[1].key)
            sim_trouble(&sim->links[i]); /* the key before may be over */
    }
}

/* ---- what may take a link down ---- */

static void terminate(struct sim *sim, struct sim_link *link)
{
    sim_trouble(link);
    sim_node_command(&link->ends[sim_below(sim, 2)], IPC_IKE_TERMINATE);
}

static void terminate_both(struct sim *sim, struct sim_link *link)
{
    (void)sim;
    sim_trouble(link);
    sim_node_command(&link->ends[0], IPC_IKE_TERMINATE);
    sim_node_command(&link->ends[1], IPC_IKE_TERMINATE);
}

static void disable(struct sim *sim, struct sim_link *link)
{
    struct sim_end *end = &link->ends[sim_below(sim, 2)];

    sim_trouble(link);
    end->admin_up = !end->admin_up;
    sim_node_change(end);
}

static void unconfigure(struct sim *sim, struct sim_link *link)
{
    struct sim_end *end = &link->ends[sim_below(sim, 2)];

    sim_trouble(link);
    end->configured = !end->configured;
    sim_node_change(end);
}

static void on_key_ends(struct sim *sim, struct sim_event *event)
{
    struct sim_link *link = event->what;

    (void)sim;
    if (link->ends[0].key != link->ends[1].key)
        sim_trouble(link);
}

/* Nothing may be lost over it as long as the key before counts. */
static void change_key(struct sim *sim, struct sim_link *link)
{
    struct sim_end *end = &link->ends[sim_below(sim, 2)];
    struct sim_event event = {.happen = on_key_ends, .what = link};

    sim_node_change_key(end, (uint8_t)(end->key + 1));
    if (!sim_keys_meet(link))
        sim_trouble(link);
    sim_later(sim, end->key_until_us - end->at->clock_us - sim->now_us, &event);
}

static void trouble_all(struct sim_daemon *daemon)
{
    struct sim *sim = daemon->sim;

    for (unsigned i = 0; i < sim->options.links; i++) {
        if (sim->links[i].ends[0].at == daemon || sim->links[i].ends[1].at == daemon)
            sim_trouble(&sim->links[i]);
    }
}

static void restart_plane(struct sim *sim, struct sim_link *link)
{
    struct sim_daemon *daemon = link->ends[sim_below(sim, 2)].at;

    trouble_all(daemon);
    sim_plane_forget(daemon);
}

static void reboot(struct sim *sim, struct sim_link *link)
{
    struct sim_daemon *daemon = link->ends[sim_below(sim, 2)].at;

    trouble_all(daemon);
    sim_daemon_stop(daemon);
    sim_plane_forget(daemon);
    sim_daemon_start(daemon);
}

static void on_mended(struct sim *sim, struct sim_event *event)
{
    struct sim_link *link = event->what;

    sim_trouble(link);
    sim->cuts -= link->cut[0] + link->cut[1];
    link->cut[0] = link->cut[1] = false;
}

static void cut(struct sim *sim, struct sim_link *link)
{
    struct sim_event event = {.happen = on_mended, .what = link};
    unsigned which = (unsigned)sim_below(sim, 3);

    sim_trouble(link);
    sim->cuts -= link->cut[0] + link->cut[1];
    link->cut[0] = which != 1;
    link->cut[1] = which != 0;
    sim->cuts += link->cut[0] + link->cut[1];
    sim_later(sim, SIM_SECOND + sim_below(sim, 60 * SIM_SECOND), &event);
}

static void remap(struct sim *sim, struct sim_link *link)
{
    for (unsigned e = 0; e < 2; e++) {
        if (!link->ends[e].at->nat.there)
            continue;
        trouble_all(link->ends[e].at);
        link->ends[e].at->nat.n = 0;
    }
    (void)sim;
}

static const struct {
    const char *name;
    unsigned weight;
    void (*make)(struct sim *sim, struct sim_link *link);
} troubles[] = {
    {"both rekey", 10, rekey_both},
    {"one rekeys the IKE SA, one a child", 10, rekey_mixed},
    {"one rekeys", 10, rekey_one},
    {"ropeway-ike is restarted", 4, restart_ike},
    {"other parameters", 6, change_one},
    {"the clock jumps", 2, jump},
    {"terminated", 10, terminate},
    {"terminated at both ends", 6, terminate_both},
    {"disabled or enabled", 8, disable},
    {"removed or added", 4, unconfigure},
    {"another key", 4, change_key},
    {"the data plane is restarted", 3, restart_plane},
    {"reboot", 3, reboot},
    {"cut", 4, cut},
    {"the NAT forgets", 4, remap},
};

static void make_one(struct sim *sim, struct sim_link *link)
{
    unsigned all = 0, at;

    for (size_t i = 0; i < ARRAY_SIZE(troubles); i++)
        all += troubles[i].weight;
    at = (unsigned)sim_below(sim, all);
    for (size_t i = 0; i < ARRAY_SIZE(troubles); i++) {
        if (at < troubles[i].weight) {
            sim_say(sim, link, troubles[i].name);
            troubles[i].make(sim, link);
            return;
        }
        at -= troubles[i].weight;
    }
}

static void plan_next(struct sim *sim, struct sim_link *link);

static void on_trouble(struct sim *sim, struct sim_event *event)
{
    if (sim->calm)
        return;
    make_one(sim, event->what);
    plan_next(sim, event->what);
}

static void plan_next(struct sim *sim, struct sim_link *link)
{
    struct sim_event event = {.happen = on_trouble, .what = link};

    sim_later(sim, sim_below(sim, 2 * sim->options.trouble_every_us), &event);
}

void sim_trouble_begin(struct sim *sim)
{
    for (unsigned i = 0; i < sim->options.links; i++)
        plan_next(sim, &sim->links[i]);
}

void sim_trouble_end(struct sim *sim)
{
    sim->calm = true;
    sim->cuts = 0;
    for (unsigned i = 0; i < sim->options.links; i++) {
        struct sim_link *link = &sim->links[i];

        sim_trouble(link);
        link->cut[0] = link->cut[1] = false;
        for (unsigned e = 0; e < 2; e++) {
            link->ends[e].admin_up = link->ends[e].configured = true;
            link->ends[e].changed = false;
            sim_node_change_key(&link->ends[e], 0);
        }
    }
}
