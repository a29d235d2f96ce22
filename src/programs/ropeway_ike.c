#include "daemon.h"
#include "iked.h"

static int run(const char *run_dir)
{
    return iked_run(&(struct iked_options){.run_dir = run_dir});
}

int main(int argc, char **argv)
{
    static const struct daemon_program program = {
        .name = "ropeway-ike",
        .purpose = "Negotiates the keys of a gateway machine's tunnels. ropeway-node says which "
                   "tunnels there\n"
                   "are; datagrams travel through ropeway-dataplane.",
        .sockets = "ike.sock and dataplane.sock lie",
        .run = run,
    };

    return daemon_main(&program, argc, argv);
}
