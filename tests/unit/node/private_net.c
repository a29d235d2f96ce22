#include "private_net.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netlink.h"
#include "netns.h"

bool private_net_possible(void)
{
    if (geteuid() != 0) {
        fprintf(stderr, "skipped: network namespaces need root\n");
        return false;
    }
    if (access("/dev/net/tun", R_OK | W_OK) < 0) {
        fprintf(stderr, "skipped: /dev/net/tun cannot be opened\n");
        return false;
    }
    return true;
}

static int remove_namespace(void *arg, const char *name)
{
    (void)arg;
    return netns_delete(name);
}

int private_net_main(int (*all_tests)(void))
{
    char start_of_name[64];
    int status = 0;
    pid_t child;

    if (!private_net_possible())
        return 77;
    child = fork();
    if (child < 0)
        return 99;
    if (child == 0)
        exit(all_tests());
    if (waitpid(child, &status, 0) != child)
        return 99;
    snprintf(start_of_name, sizeof(start_of_name), PRIVATE_NET_NAME, (int)child);
    if (netns_each(start_of_name, remove_namespace, NULL) < 0)
        return 99;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

void private_net_enter(void)
{
    struct nl_link lo;
    struct nl *nl;

    if (unshare(CLONE_NEWNET) < 0 || nl_open(&nl) < 0 || nl_link_get(nl, "lo", &lo) < 0 ||
        nl_link_set_up(nl, lo.index, true) < 0)
        abort();
    nl_close(nl);
}

void private_net_await_carrier(const char *name)
{
    for (int i = 0; i < 100 && !private_net_shows("", "state UP", "ip link show %s", name); i++)
        usleep(50000);
    if (!private_net_shows("", "state UP", "ip link show %s", name))
        abort();
}

void private_net_add_interface(void)
{
    if (private_net_run("", "ip link add pub type veth peer name far && ip link set pub up && "
                            "ip link set far up"))
        abort();
}

/* The environment is left out of it: a sanitizer's options are for this program alone. */
static FILE *start(const char *netns, const char *fmt, va_list ap)
{
    char command[1024], whole[1200];

    vsnprintf(command, sizeof(command), fmt, ap);
    snprintf(whole, sizeof(whole), "%s%s%s sh -c '%s' 2>&1", *netns ? "ip netns exec " : "", netns,
             *netns ? "" : "env", command);
    return popen(whole, "r");
}

static int finish(FILE *from, char *text, size_t size)
{
    size_t n = 0, got;
    char rest[256];
    int status;

    while (n < size - 1 && (got = fread(text + n, 1, size - 1 - n, from)) > 0)
        n += got;
    text[n] = 0;
    while (fread(rest, 1, sizeof(rest), from) > 0)
        ;
    status = pclose(from);
    return status;
}

int private_net_run(const char *netns, const char *fmt, ...)
{
    char text[4096];
    va_list ap;
    FILE *from;
    int r;

    va_start(ap, fmt);
    from = start(netns, fmt, ap);
    va_end(ap);
    if (!from)
        return -1;
    r = finish(from, text, sizeof(text));
    if (r)
        fprintf(stderr, "%s", text);
    return r;
}

bool private_net_shows(const char *netns, const char *text, const char *fmt, ...)
{
    char output[8192];
    va_list ap;
    FILE *from;

    va_start(ap, fmt);
    from = start(netns, fmt, ap);
    va_end(ap);
    if (!from || finish(from, output, sizeof(output)) != 0)
        return false;
    return strstr(output, text) != NULL;
}
