#include "speaker_md5.h"

#include <stdlib.h>

#include "netns.h"

#define NETSTAT     "/proc/thread-self/net/netstat"
#define NETSTAT_MAX 65536

/* A line of names and one of values, each after "TcpExt:". */
int md5_counts_parse(char *text, struct md5_counts *ret)
{
    struct md5_counts c = {0};
    unsigned found = 0;
    char *names, *values, *name, *value, *rest_names, *rest_values;

    names = strtok_r(text, "\n", &rest_names);
    values = strtok_r(NULL, "\n", &rest_names);
    if (!names || !values || !text_starts_with(names, "TcpExt:") ||
        !text_starts_with(values, "TcpExt:"))
        return -EBADMSG;
    name = strtok_r(names, " ", &rest_names);
    value = strtok_r(values, " ", &rest_values);
    while (name && value) {
        uint64_t n = strtoull(value, NULL, 10);

        if (strcmp(name, "TCPMD5Failure") == 0 || strcmp(name, "TCPMD5NotFound") == 0)
            c.wrong += n;
        else if (strcmp(name, "TCPMD5Unexpected") == 0)
            c.unexpected += n;
        found += text_starts_with(name, "TCPMD5");
        name = strtok_r(NULL, " ", &rest_names);
        value = strtok_r(NULL, " ", &rest_values);
    }
    if (found < 3)
        return -EBADMSG;
    c.known = true;
    *ret = c;
    return 0;
}

static int read_inside(void *arg)
{
    struct buf *text = arg;

    return file_read(NETSTAT, NETSTAT_MAX, text);
}

int md5_counts_read(int netns_fd, struct md5_counts *ret)
{
    struct buf text = {0};
    int r = netns_run(netns_fd, read_inside, &text);

    if (r == 0)
        r = md5_counts_parse((char *)(uintptr_t)buf_text(&text), ret);
    buf_done(&text);
    return r;
}
