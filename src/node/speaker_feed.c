#include "speaker_feed.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "netns.h"

#define BGP_PORT 179

/* Outlives the feed until libuv has closed it. */
struct feed_line {
    uv_tcp_t tcp;
    struct feed *feed; /* NULL: nobody listens any more */
    char in[65536];
};

void feed_init(struct feed *feed, uv_loop_t *loop, const struct bgp_feed_calls *calls,
               void (*came)(void *arg), void *arg)
{
    *feed = (struct feed){.calls = *calls, .came = came, .arg = arg, .loop = loop};
}

static void on_closed(uv_handle_t *handle)
{
    free(container_of(handle, struct feed_line, tcp));
}

void feed_done(struct feed *feed)
{
    struct feed_line *line = feed->line;

    if (!line)
        return;
    feed->line = NULL;
    feed->bgp.established = false;
    line->feed = NULL;
    uv_close((uv_handle_t *)&line->tcp, on_closed);
}

bool feed_is_up(const struct feed *feed)
{
    return feed->line && feed->bgp.established;
}

/* What we have to say is an OPEN and a KEEPALIVE, which the socket takes at once. */
static void send_out(struct feed *feed, struct buf *out)
{
    uv_buf_t bytes = uv_buf_init((char *)out->data, (unsigned)out->len);

    if (out->len && uv_try_write((uv_stream_t *)&feed->line->tcp, &bytes, 1) != (int)out->len)
        feed_done(feed);
    buf_done(out);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
    struct feed_line *line = container_of(handle, struct feed_line, tcp);

    (void)size;
    *ret = uv_buf_init(line->in, sizeof(line->in));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct feed_line *line = container_of(stream, struct feed_line, tcp);
    struct feed *feed = line->feed;
    struct buf out = {0};
    int r = 0;

    if (!feed)
        return;
    if (n > 0)
        r = bgp_feed_receive(&feed->bgp, buf->base, (size_t)n, &out);
    if (n < 0 || r < 0) {
        buf_done(&out);
        if (r == -EBADMSG)
            log_error("what BIRD tells of learned routes cannot be read");
        feed_done(feed);
        return;
    }
    send_out(feed, &out);
}

static int bind_and_connect(int fd)
{
    struct sockaddr_in from = {.sin_family = AF_INET},
                       to = {.sin_family = AF_INET, .sin_port = htons(BGP_PORT)};

    if (inet_pton(AF_INET, BGP_FEED_LOCAL, &from.sin_addr) != 1 ||
        inet_pton(AF_INET, BGP_FEED_BIRD, &to.sin_addr) != 1)
        return -EINVAL;
    if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
        connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        return -errno;
    return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* In a thread inside the namespace. Over loopback the kernel answers for whoever listens: it takes
 * no time. */
static int connect_inside(void *arg)
{
    int *ret = arg, r, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    r = bind_and_connect(fd);
    if (r < 0)
        close(fd);
    else
        *ret = fd;
    return r;
}

/* Takes fd. */
static struct feed_line *open_line(struct feed *feed, int fd)
{
    struct feed_line *line = calloc(1, sizeof(*line));
    int r = line ? uv_tcp_init(feed->loop, &line->tcp) : -ENOMEM;

    if (r < 0) {
        free(line);
        close(fd);
        return NULL;
    }
    r = uv_tcp_open(&line->tcp, fd);
    if (r < 0)
        close(fd);
    if (r == 0)
        r = uv_read_start((uv_stream_t *)&line->tcp, on_alloc, on_read);
    if (r < 0) {
        uv_close((uv_handle_t *)&line->tcp, on_closed);
        return NULL;
    }
    line->feed = feed;
    return line;
}

void feed_tick(struct feed *feed, int netns_fd, uint32_t asn)
{
    struct buf out = {0};
    int fd = -1;

    if (feed->line || netns_fd < 0 || netns_run(netns_fd, connect_inside, &fd) < 0)
        return;
    feed->line = open_line(feed, fd);
    if (!feed->line)
        return;
    feed->came(feed->arg);
    bgp_feed_begin(&feed->bgp, asn, &feed->calls, &out);
    send_out(feed, &out);
}
