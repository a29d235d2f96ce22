#include "daemon.h"
#include "dataplane.h"

static int run(const char *run_dir)
{
    return dataplane_run(&(struct dataplane_options){.run_dir = run_dir});
}

int main(int argc, char **argv)
{
    static const struct daemon_program program = {
        .name = "ropeway-dataplane",
        .purpose = "Moves the packets of a gateway machine. ropeway-node gives it its "
                   "configuration, sockets and\n"
                   "devices; ropeway-ike gives it the keys.",
        .sockets = "dataplane.sock lies",
        .run = run,
    };

    return daemon_main(&program, argc, argv);
}
