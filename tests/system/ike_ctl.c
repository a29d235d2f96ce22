/* ike_ctl RUN/ike.sock TUNNEL-ID initiate|rekey-ike|rekey-child|terminate [SECONDS] - tells a
 * running ropeway-ike, as the node would, and prints what it says of the tunnel next; fails if that
 * is nothing for 5 s. With SECONDS: the rekey again as soon as it is counted, for so long; prints
 * how many there were. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "ipc.h"

#define PATIENCE_MS 5000

static const char *const actions[] = {[IPC_IKE_INITIATE] = "initiate",
                                      [IPC_IKE_REKEY_IKE] = "rekey-ike",
                                      [IPC_IKE_REKEY_CHILD] = "rekey-child",
                                      [IPC_IKE_TERMINATE] = "terminate"};

static struct ipc_msg msg;

static int greet(struct ipc_conn *conn)
{
    msg.type = IPC_HELLO;
    msg.hello =
        (struct ipc_hello){.role = IPC_ROLE_NODE, .boot = random_u64(), .program = "ike_ctl"};
    return ipc_send(conn, &msg);
}

static int command(struct ipc_conn *conn, const char *tunnel, uint8_t action)
{
    int r;

    msg.type = IPC_IKE_COMMAND;
    msg.ike_command = (struct ipc_ike_command){.action = action};
    r = text_copy(msg.ike_command.tunnel, sizeof(msg.ike_command.tunnel), tunnel);
    return r < 0 ? r : ipc_send(conn, &msg);
}

/* The next message of that type about the tunnel, in msg. */
static int hear(struct ipc_conn *conn, enum ipc_type type, const char *tunnel)
{
    uint64_t end = clock_monotonic_us() + PATIENCE_MS * 1000;

    while (clock_monotonic_us() < end) {
        int r = ipc_receive(conn, &msg);
        const char *of = type == IPC_IKE_LOG ? msg.ike_log.tunnel : msg.ike_status.tunnel;

        if (r == -EAGAIN)
            (void)poll(&(struct pollfd){.fd = ipc_fd(conn), .events = POLLIN}, 1, 100);
        else if (r < 0)
            return r;
        else if (msg.type == type && strcmp(of, tunnel) == 0)
            return 0;
    }
    return -ETIMEDOUT;
}

static int once(struct ipc_conn *conn, const char *tunnel, uint8_t action)
{
    int r = command(conn, tunnel, action);

    if (r == 0)
        r = hear(conn, IPC_IKE_LOG, tunnel);
    if (r == 0)
        puts(msg.ike_log.text);
    return r;
}

/* Commands what a status counts; -ETIMEDOUT if none counts it. */
static int count_one(struct ipc_conn *conn, const char *tunnel, uint8_t action, uint32_t *counted)
{
    uint32_t before = *counted;
    int r = command(conn, tunnel, action);

    while (r == 0 && *counted == before) {
        r = hear(conn, IPC_IKE_STATUS, tunnel);
        if (r == 0)
            *counted = msg.ike_status.ike_rekeys + msg.ike_status.child_rekeys;
    }
    return r;
}

static int again(struct ipc_conn *conn, const char *tunnel, uint8_t action, unsigned seconds)
{
    uint64_t end = clock_monotonic_us() + (uint64_t)seconds * 1000000;
    uint32_t first, counted;
    int r = hear(conn, IPC_IKE_STATUS, tunnel); /* all are told to who greets */

    first = counted = r == 0 ? msg.ike_status.ike_rekeys + msg.ike_status.child_rekeys : 0;
    while (r == 0 && clock_monotonic_us() < end)
        r = count_one(conn, tunnel, action, &counted);
    printf("%u\n", counted - first);
    return r;
}

int main(int argc, char **argv)
{
    struct ipc_conn *conn;
    unsigned seconds = argc == 5 ? (unsigned)atoi(argv[4]) : 0;
    int r, done = -EINVAL;

    if (argc < 4 || argc > 5 || ipc_connect(argv[1], &conn) < 0) {
        fprintf(stderr, "usage: ike_ctl SOCKET TUNNEL ACTION [SECONDS]\n");
        return 2;
    }
    r = greet(conn);
    for (size_t i = 1; r == 0 && i < ARRAY_SIZE(actions); i++) {
        if (strcmp(actions[i], argv[3]) == 0)
            done = seconds ? again(conn, argv[2], (uint8_t)i, seconds)
                           : once(conn, argv[2], (uint8_t)i);
    }
    r = r < 0 ? r : done;
    if (r < 0)
        fprintf(stderr, "ike_ctl: %s\n", strerror(-r));
    ipc_close(conn);
    return r < 0;
}
