/* ike_ctl RUN/ike.sock TUNNEL-ID initiate|rekey-ike|rekey-child|terminate - tells a running
 * ropeway-ike, as the node would. */
#include <poll.h>
#include <stdio.h>

#include "ipc.h"

static const char *const actions[] = {[IPC_IKE_INITIATE] = "initiate",
                                      [IPC_IKE_REKEY_IKE] = "rekey-ike",
                                      [IPC_IKE_REKEY_CHILD] = "rekey-child",
                                      [IPC_IKE_TERMINATE] = "terminate"};

static int command(struct ipc_conn *conn, const char *tunnel, uint8_t action)
{
    static struct ipc_msg hello = {.type = IPC_HELLO,
                                   .hello = {.role = IPC_ROLE_NODE, .program = "ike_ctl"}};
    static struct ipc_msg msg = {.type = IPC_IKE_COMMAND};
    int r;

    hello.hello.boot = random_u64();
    msg.ike_command.action = action;
    r = text_copy(msg.ike_command.tunnel, sizeof(msg.ike_command.tunnel), tunnel);
    if (r == 0)
        r = ipc_send(conn, &hello);
    return r < 0 ? r : ipc_send(conn, &msg);
}

int main(int argc, char **argv)
{
    struct ipc_conn *conn;
    int r = -EINVAL;

    if (argc != 4 || ipc_connect(argv[1], &conn) < 0) {
        fprintf(stderr, "usage: ike_ctl SOCKET TUNNEL ACTION\n");
        return 2;
    }
    for (size_t i = 1; i < ARRAY_SIZE(actions); i++) {
        if (strcmp(actions[i], argv[3]) == 0)
            r = command(conn, argv[2], (uint8_t)i);
    }
    /* Give the daemon time to read before the socket closes: its first answer is the sign. */
    (void)poll(&(struct pollfd){.fd = ipc_fd(conn), .events = POLLIN}, 1, 2000);
    ipc_close(conn);
    return r < 0;
}
