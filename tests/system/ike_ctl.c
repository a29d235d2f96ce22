/* ike_ctl RUN/ike.sock TUNNEL-ID initiate|rekey-ike|rekey-child|terminate - tells a running
 * ropeway-ike, as the node would, and prints what it says of the tunnel next; fails if that is
 * nothing for 5 s. */
#include <poll.h>
#include <stdio.h>

#include "ipc.h"

#define PATIENCE_MS 5000

static const char *const actions[] = {[IPC_IKE_INITIATE] = "initiate",
                                      [IPC_IKE_REKEY_IKE] = "rekey-ike",
                                      [IPC_IKE_REKEY_CHILD] = "rekey-child",
                                      [IPC_IKE_TERMINATE] = "terminate"};

static struct ipc_msg msg;

static int command(struct ipc_conn *conn, const char *tunnel, uint8_t action)
{
    int r;

    msg.type = IPC_HELLO;
    msg.hello =
        (struct ipc_hello){.role = IPC_ROLE_NODE, .boot = random_u64(), .program = "ike_ctl"};
    r = ipc_send(conn, &msg);
    if (r < 0)
        return r;
    msg.type = IPC_IKE_COMMAND;
    msg.ike_command = (struct ipc_ike_command){.action = action};
    r = text_copy(msg.ike_command.tunnel, sizeof(msg.ike_command.tunnel), tunnel);
    return r < 0 ? r : ipc_send(conn, &msg);
}

static int wait_for_word(struct ipc_conn *conn, const char *tunnel)
{
    uint64_t end = clock_monotonic_us() + PATIENCE_MS * 1000;

    while (clock_monotonic_us() < end) {
        int r = ipc_receive(conn, &msg);

        if (r == -EAGAIN)
            (void)poll(&(struct pollfd){.fd = ipc_fd(conn), .events = POLLIN}, 1, 100);
        else if (r < 0)
            return r;
        else if (msg.type == IPC_IKE_LOG && strcmp(msg.ike_log.tunnel, tunnel) == 0)
            return puts(msg.ike_log.text) < 0 ? -EIO : 0;
    }
    return -ETIMEDOUT;
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
    if (r == 0)
        r = wait_for_word(conn, argv[2]);
    if (r < 0)
        fprintf(stderr, "ike_ctl: %s\n", strerror(-r));
    ipc_close(conn);
    return r < 0;
}
