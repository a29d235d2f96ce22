/* packet_rate - sends and counts small UDP datagrams, for bench/packet-rate.
 *
 *     packet_rate send ADDRESS PORT SECONDS SIZE...
 * sends payloads of these sizes in turn, as fast as the socket takes them;
 *
 *     packet_rate receive PORT SECONDS
 * prints how many arrive a second, from the first one on.
 *
 * One flow, one thread, batches of 64 a system call on both ends. */
#include "base.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define BATCH     64
#define SIZE_MAX_ 65000
#define FIRST_MS  10000 /* to wait for the first packet */
#define LAST_MS   1000  /* without one: it is over */

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct mmsghdr msgs[BATCH];
static struct iovec iov[BATCH];
static uint8_t bytes[SIZE_MAX_];

static int open_socket(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;

    if (fd < 0)
        die("socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
    return fd;
}

static int send_all(char **arguments)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(arguments[1]))};
    uint64_t end = clock_monotonic_us() + (uint64_t)(atof(arguments[2]) * 1e6);
    char **size = arguments + 3;
    int fd = open_socket();

    if (inet_pton(AF_INET, arguments[0], &to.sin_addr) != 1 ||
        connect(fd, (void *)&to, sizeof(to)) < 0)
        die(arguments[0]);
    while (clock_monotonic_us() < end) {
        for (unsigned i = 0; i < BATCH; i++) {
            size_t len = strtoul(*size, NULL, 10);

            iov[i] = (struct iovec){bytes, MIN(len, sizeof(bytes))};
            msgs[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
            if (!*++size)
                size = arguments + 3;
        }
        if (sendmmsg(fd, msgs, BATCH, 0) < 0 && errno != ENOBUFS && errno != ECONNREFUSED)
            die("sendmmsg");
    }
    return 0;
}

static int receive_all(char **arguments)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(arguments[0]))};
    uint64_t window = (uint64_t)(atof(arguments[1]) * 1e6), start = 0, now = 0, packets = 0;
    int fd = open_socket(), n;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint8_t byte;

    if (bind(fd, (void *)&at, sizeof(at)) < 0)
        die("bind");
    for (unsigned i = 0; i < BATCH; i++) {
        iov[i] = (struct iovec){&byte, 1};
        msgs[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
    }
    while (poll(&p, 1, start ? LAST_MS : FIRST_MS) > 0) {
        n = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL);
        now = clock_monotonic_us();
        if (n < 0)
            continue;
        if (!start)
            start = now; /* what came before the clock ran does not count */
        else
            packets += (unsigned)n;
        if (now - start >= window)
            break;
    }
    if (!start || now == start) {
        fputs("packet_rate: nothing arrived\n", stderr);
        return 1;
    }
    printf("%.0f\n", (double)packets * 1e6 / (double)(now - start));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 6 && strcmp(argv[1], "send") == 0)
        return send_all(argv + 2);
    if (argc == 4 && strcmp(argv[1], "receive") == 0)
        return receive_all(argv + 2);
    fputs("usage: packet_rate send ADDRESS PORT SECONDS SIZE... | receive PORT SECONDS\n", stderr);
    return 2;
}
