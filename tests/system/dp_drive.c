/* dp_drive RUN-DIR: plays ropeway-node and ropeway-ike towards one data plane, with SAs made by
 * hand. Reads commands from standard input, one a line, and prints what came of them:
 *
 *   underlay NETNS ADDRESS    sockets on ports 500 and 4500
 *   port ID NETNS INTERFACE ADDRESS/LEN GATEWAY TABLE MTU
 *   lan ID NETNS INTERFACE SUBNET GATEWAY TABLE HOSTS    a real network on an interface that is
 *                       there
 *   table ID SELF|-
 *   route TABLE PREFIX KIND [TARGET [VIA]]
 *   tunnel ID CONNECTION TABLE INNER-LOCAL INNER-REMOTE MTU up|down
 *   sync                      sends all of the above as one configuration
 *   sa TUNNEL in|out SPI PAIR LOCAL REMOTE SUITE SEED [KEY=VALUE...]
 *   delsa TUNNEL in|out SPI
 *   move TUNNEL PAIR REMOTE
 *   info | stats | holds
 *   ike LOCAL REMOTE SPIS TEXT    sends an IKE datagram
 *   hosts MS                  prints the hosts of real networks that it is told of meanwhile
 *   wait MS                   prints datagrams and SA events that arrive
 *   lost                      waits until a port loses its device
 *   say TEXT
 *
 * Addresses of underlays carry port 4500 unless written ADDRESS#PORT. NETNS "-" is this one. */
#include "ipc_stats.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define OBJECTS_MAX 512
#define WORDS_MAX   24
#define ANSWER_MS   5000
#define IKE_HEADER  28

struct object {
    struct ipc_msg msg;
    char netns[64];
    char interface[IFNAMSIZ];
};

static struct object *objects[OBJECTS_MAX];
static size_t n_objects;
static struct ipc_conn *node, *ike;
static struct ipc_stats_map *stats;
static struct ipc_holds held[OBJECTS_MAX];
static size_t n_held;

static _Noreturn void die(const char *what, int r)
{
    fprintf(stderr, "dp_drive: %s: %s\n", what, strerror(-r));
    exit(1);
}

static void must(const char *what, int r)
{
    if (r < 0)
        die(what, r);
}

/* ---- messages ---- */

static void print_event(const struct ipc_msg *msg)
{
    static const char *const kinds[] = {"?", "soft", "hard", "moved", "unknown-spi", "used"};
    char remote[ENDPOINT_TEXT_MAX];

    if (msg->type == IPC_SA_EVENT)
        printf("event %s %s %u %s\n", kinds[msg->sa_event.kind < 6 ? msg->sa_event.kind : 0],
               msg->sa_event.tunnel[0] ? msg->sa_event.tunnel : "-", msg->sa_event.spi,
               endpoint_format(&msg->sa_event.remote, remote));
    else if (msg->type == IPC_DATAGRAM && msg->datagram.len >= IKE_HEADER)
        printf("datagram %s %.*s\n", endpoint_format(&msg->datagram.remote, remote),
               (int)(msg->datagram.len - IKE_HEADER),
               (const char *)msg->datagram.data + IKE_HEADER);
}

/* Waits for a message; false after ms. */
static bool receive(struct ipc_conn *conn, int ms, struct ipc_msg *msg)
{
    for (;;) {
        struct pollfd p = {.fd = ipc_fd(conn),
                           .events = (short)(POLLIN | (ipc_pending(conn) ? POLLOUT : 0))};
        int r = ipc_receive(conn, msg);

        if (r == 0)
            return true;
        if (r != -EAGAIN)
            die("receive", r);
        if (poll(&p, 1, ms) == 0)
            return false;
        must("flush", ipc_flush(conn));
    }
}

/* Waits for one of that type; prints what else is worth it. */
static void await_for(struct ipc_conn *conn, int ms, enum ipc_type type, struct ipc_msg *msg)
{
    for (;;) {
        if (!receive(conn, ms, msg))
            die(ipc_type_name(type), -ETIMEDOUT);
        if (msg->type == type)
            return;
        print_event(msg);
        ipc_msg_close_fds(msg);
    }
}

static void await(struct ipc_conn *conn, enum ipc_type type, struct ipc_msg *msg)
{
    await_for(conn, ANSWER_MS, type, msg);
}

static void connect_both(const char *run_dir)
{
    struct ipc_msg msg = {.type = IPC_HELLO};
    char path[256];

    snprintf(path, sizeof(path), "%s/dataplane.sock", run_dir);
    must("connect", ipc_connect(path, &node));
    must("connect", ipc_connect(path, &ike));
    msg.hello.role = IPC_ROLE_NODE;
    strcpy(msg.hello.program, "dp_drive node");
    must("hello", ipc_send(node, &msg));
    msg.hello.role = IPC_ROLE_IKE;
    strcpy(msg.hello.program, "dp_drive ike");
    must("hello", ipc_send(ike, &msg));
    for (;;) {
        if (!receive(node, ANSWER_MS, &msg))
            die("holds", -ETIMEDOUT);
        if (msg.type == IPC_DP_HOLDS && n_held < OBJECTS_MAX)
            held[n_held++] = msg.holds;
        if (msg.type == IPC_DP_STATS)
            break;
    }
    must("statistics", ipc_stats_open(msg.fds[0], msg.stats.bytes, &stats));
    ipc_msg_close_fds(&msg);
}

/* ---- words ---- */

static struct addr parse_addr(const char *text)
{
    struct addr a = {0};

    if (strcmp(text, "-") != 0)
        must(text, addr_parse(text, &a));
    return a;
}

static struct endpoint parse_endpoint(const char *text)
{
    struct endpoint e = {.port = 4500};
    char copy[64];
    char *mark;

    must(text, text_copy(copy, sizeof(copy), text));
    mark = strchr(copy, '#');
    if (mark) {
        *mark = 0;
        e.port = (uint16_t)atoi(mark + 1);
    }
    e.addr = parse_addr(copy);
    return e;
}

static struct prefix parse_prefix(const char *text)
{
    struct prefix p;

    must(text, prefix_parse(text, &p));
    return p;
}

static uint8_t parse_direction(const char *text)
{
    return strcmp(text, "in") == 0 ? IPC_SA_IN : IPC_SA_OUT;
}

static void copy_id(char *dst, const char *src)
{
    must(src, text_copy(dst, IPC_ID_MAX, src));
}

static struct object *object_new(enum ipc_type type)
{
    struct object *o = calloc(1, sizeof(*o));

    if (!o || n_objects == OBJECTS_MAX)
        die("too many objects", -ENOMEM);
    o->msg.type = type;
    objects[n_objects++] = o;
    return o;
}

/* ---- configuration ---- */

static void cmd_underlay(char **w)
{
    static const uint16_t ports[] = {500, 4500};

    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        struct object *o = object_new(IPC_DP_UNDERLAY);

        must(w[1], text_copy(o->netns, sizeof(o->netns), w[1]));
        o->msg.underlay.local = (struct endpoint){parse_addr(w[2]), ports[i]};
    }
}

static void cmd_port(char **w)
{
    struct object *o = object_new(IPC_DP_PORT);
    struct ipc_port *p = &o->msg.port;
    char address[64];
    char *slash;

    copy_id(p->id, w[1]);
    must(w[2], text_copy(o->netns, sizeof(o->netns), w[2]));
    must(w[3], text_copy(o->interface, sizeof(o->interface), w[3]));
    must(w[4], text_copy(address, sizeof(address), w[4]));
    slash = strchr(address, '/');
    if (!slash)
        die(w[4], -EINVAL);
    *slash = 0;
    p->kind = IPC_PORT_TAP;
    p->address = parse_addr(address);
    p->subnet = prefix_make(&p->address, (uint8_t)atoi(slash + 1));
    p->gateway = parse_addr(w[5]);
    copy_id(p->table, w[6]);
    p->mtu = (uint16_t)atoi(w[7]);
    p->mac[0] = p->gateway_mac[0] = 2;
    p->gateway_mac[1] = 0xff;
    memcpy(p->mac + 2, p->address.bytes + addr_len(&p->address) - 4, 4);
    memcpy(p->gateway_mac + 2, p->mac + 2, 4);
}

static void cmd_lan(char **w)
{
    struct object *o = object_new(IPC_DP_PORT);
    struct ipc_port *p = &o->msg.port;

    copy_id(p->id, w[1]);
    must(w[2], text_copy(o->netns, sizeof(o->netns), w[2]));
    must(w[3], text_copy(o->interface, sizeof(o->interface), w[3]));
    p->kind = IPC_PORT_SUBNET;
    p->subnet = parse_prefix(w[4]);
    p->gateway = parse_addr(w[5]);
    copy_id(p->table, w[6]);
    p->hosts_max = (uint16_t)atoi(w[7]);
    p->mtu = 1500;
    p->gateway_mac[0] = 2;
    p->gateway_mac[1] = 0xff;
    memcpy(p->gateway_mac + 2, p->gateway.bytes + addr_len(&p->gateway) - 4, 4);
}

static void cmd_table(char **w)
{
    struct object *o = object_new(IPC_DP_TABLE);
    struct addr self = parse_addr(w[2]);

    copy_id(o->msg.table.id, w[1]);
    if (self.family == ADDR_IPV6)
        o->msg.table.self6 = self;
    else
        o->msg.table.self4 = self;
}

static void cmd_route(char **w)
{
    static const char *const kinds[] = {"?",           "port", "table",  "connection", "blackhole",
                                        "unreachable", "self", "tunnel", "host"};
    struct object *o = object_new(IPC_DP_ROUTES);
    struct ipc_route *r = &o->msg.routes.routes[0];

    copy_id(o->msg.routes.table, w[1]);
    o->msg.routes.n_routes = 1;
    r->prefix = parse_prefix(w[2]);
    r->n_nexthops = 1;
    for (uint8_t k = 1; k < ARRAY_SIZE(kinds); k++)
        if (strcmp(kinds[k], w[3]) == 0)
            r->nexthops[0].kind = k;
    if (w[4])
        copy_id(r->nexthops[0].target, w[4]);
    if (w[4] && w[5])
        r->nexthops[0].via = parse_addr(w[5]);
}

static void cmd_tunnel(char **w)
{
    struct ipc_tunnel *t = &object_new(IPC_DP_TUNNEL)->msg.tunnel;

    copy_id(t->id, w[1]);
    copy_id(t->connection, w[2]);
    copy_id(t->table, w[3]);
    t->inner_local = parse_addr(w[4]);
    t->inner_remote = parse_addr(w[5]);
    t->mtu = (uint16_t)atoi(w[6]);
    t->admin_up = strcmp(w[7], "up") == 0;
    t->mss_clamp = true;
}

/* Runs in the namespace of the object for a moment. */
static int enter(const char *netns)
{
    char path[128];
    int back = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there;

    if (strcmp(netns, "-") == 0)
        return back;
    snprintf(path, sizeof(path), "/run/netns/%s", netns);
    there = open(path, O_RDONLY | O_CLOEXEC);
    if (there < 0 || setns(there, CLONE_NEWNET) < 0)
        die(path, -errno);
    close(there);
    return back;
}

static void leave(int back)
{
    if (setns(back, CLONE_NEWNET) < 0)
        die("setns", -errno);
    close(back);
}

static int open_underlay(const struct object *o)
{
    const struct endpoint *e = &o->msg.underlay.local;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(e->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(e->port)};
    bool v6 = e->addr.family == ADDR_IPV6;
    int back = enter(o->netns), bytes = 8 << 20;
    int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(&in.sin_addr, e->addr.bytes, 4);
    memcpy(&in6.sin6_addr, e->addr.bytes, 16);
    if (fd < 0 || bind(fd, v6 ? (void *)&in6 : (void *)&in, v6 ? sizeof(in6) : sizeof(in)) < 0)
        die("bind", -errno);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
    leave(back);
    return fd;
}

/* As ropeway-node opens an interface, without its filter. */
static int open_lan(const struct object *o)
{
    int back = enter(o->netns), one = 1, index = (int)if_nametoindex(o->interface);
    struct sockaddr_ll ll = {
        .sll_family = AF_PACKET, .sll_protocol = htons(0x0003), .sll_ifindex = index};
    struct packet_mreq mac = {.mr_ifindex = index, .mr_type = PACKET_MR_UNICAST, .mr_alen = 6};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

    memcpy(mac.mr_address, o->msg.port.gateway_mac, 6);
    if (fd < 0 || !index || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mac, sizeof(mac)) < 0 ||
        bind(fd, (const void *)&ll, sizeof(ll)) < 0)
        die("lan", -errno);
    leave(back);
    return fd;
}

static int open_tap(const struct object *o)
{
    int back = enter(o->netns), fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};

    memcpy(ifr.ifr_name, o->interface, IFNAMSIZ);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0 || ioctl(fd, TUNSETPERSIST, 1) < 0)
        die("tun", -errno);
    ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(ifr.ifr_hwaddr.sa_data, o->msg.port.mac, 6);
    if (ioctl(fd, SIOCSIFHWADDR, &ifr) < 0)
        die("mac", -errno);
    leave(back);
    return fd;
}

static int open_port(const struct object *o)
{
    if (o->msg.port.kind == IPC_PORT_SUBNET)
        return open_lan(o);
    return open_tap(o);
}

static bool is_held(const struct object *o)
{
    for (size_t i = 0; i < n_held; i++) {
        if (o->msg.type == IPC_DP_UNDERLAY && held[i].underlay &&
            endpoint_equal(&held[i].local, &o->msg.underlay.local))
            return true;
        if (o->msg.type == IPC_DP_PORT && !held[i].underlay &&
            strcmp(held[i].id, o->msg.port.id) == 0)
            return true;
    }
    return false;
}

static void send_objects(enum ipc_type type)
{
    for (size_t i = 0; i < n_objects; i++) {
        struct object *o = objects[i];

        if (o->msg.type != type)
            continue;
        o->msg.n_fds = 0;
        if ((type == IPC_DP_UNDERLAY || type == IPC_DP_PORT) && !is_held(o)) {
            o->msg.fds[0] = type == IPC_DP_PORT ? open_port(o) : open_underlay(o);
            o->msg.n_fds = 1;
        }
        must(ipc_type_name(type), ipc_send(node, &o->msg));
        ipc_msg_close_fds(&o->msg);
    }
}

static void cmd_sync(char **w)
{
    static const enum ipc_type order[] = {IPC_DP_UNDERLAY, IPC_DP_TABLE, IPC_DP_PORT, IPC_DP_ROUTES,
                                          IPC_DP_TUNNEL};
    static uint64_t generation = 1;
    static struct ipc_msg msg;
    char said[WORDS_TEXT_MAX];

    (void)w;
    msg = (struct ipc_msg){.type = IPC_DP_SYNC_BEGIN,
                           .sync_begin = {.generation = generation, .whole = IPC_PARTS}};
    must("sync", ipc_send(node, &msg));
    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        send_objects(order[i]);
    for (size_t i = 0; i < n_objects && n_held < OBJECTS_MAX; i++) {
        struct object *o = objects[i];

        if (is_held(o))
            continue;
        if (o->msg.type == IPC_DP_UNDERLAY)
            held[n_held++] = (struct ipc_holds){.underlay = true, .local = o->msg.underlay.local};
        else if (o->msg.type == IPC_DP_PORT)
            copy_id(held[n_held++].id, o->msg.port.id);
    }
    msg = (struct ipc_msg){.type = IPC_DP_SYNC_END, .sync.generation = generation++};
    must("sync", ipc_send(node, &msg));
    await(node, IPC_DP_SYNC_DONE, &msg);
    printf("sync changed=%u failed=%u %s\n", msg.sync_done.changed, msg.sync_done.failed,
           words_say_written(msg.sync_done.text, WORDS_EN, said, sizeof(said)));
}

/* ---- SAs ---- */

static const struct suite {
    const char *name;
    uint16_t encr, bits, integrity, encr_len, auth_len;
} suites[] = {
    {"aes128gcm16", 20, 128, 0, 20, 0},     {"aes256gcm16", 20, 256, 0, 36, 0},
    {"chacha20poly1305", 28, 0, 0, 36, 0},  {"aes128-sha256", 12, 128, 12, 16, 32},
    {"aes256-sha512", 12, 256, 14, 32, 64}, {"aes128-sha1", 12, 128, 2, 16, 20},
};

/* Both ends make the same key of the same seed. */
static void fill_key(struct ipc_key *key, uint16_t len, const char *seed, uint64_t purpose)
{
    key->len = len;
    for (uint16_t i = 0; i < len; i++)
        key->bytes[i] = (uint8_t)(hash_bytes(seed, strlen(seed), purpose * 1000 + i) >> 24);
}

static void set_option(struct ipc_sa_add *a, char *word)
{
    char *value = strchr(word, '=');
    uint64_t number;

    if (!value)
        die(word, -EINVAL);
    *value++ = 0;
    number = strtoull(value, NULL, 0);
    if (strcmp(word, "window") == 0)
        a->replay_window = (uint16_t)number;
    else if (strcmp(word, "esn") == 0)
        a->esn = number;
    else if (strcmp(word, "soft") == 0)
        a->soft_packets = number;
    else if (strcmp(word, "hard") == 0)
        a->hard_packets = number;
    else if (strcmp(word, "local") == 0)
        a->local_ts[a->n_local_ts++] = parse_prefix(value);
    else if (strcmp(word, "remote") == 0)
        a->remote_ts[a->n_remote_ts++] = parse_prefix(value);
    else
        die(word, -EINVAL);
}

static void print_result(struct ipc_msg *msg)
{
    await(ike, IPC_SA_RESULT, msg);
    if (msg->sa_result.error)
        printf("sa %u: %s\n", msg->sa_result.spi, strerror(-msg->sa_result.error));
}

static void cmd_sa(char **w)
{
    static struct ipc_msg msg;
    struct ipc_sa_add *a = &msg.sa_add;
    const struct suite *s = NULL;

    msg = (struct ipc_msg){.type = IPC_SA_ADD};
    for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
        if (strcmp(suites[i].name, w[7]) == 0)
            s = &suites[i];
    if (!s)
        die(w[7], -EINVAL);
    copy_id(a->tunnel, w[1]);
    a->direction = parse_direction(w[2]);
    a->spi = (uint32_t)strtoul(w[3], NULL, 0);
    a->pair = (uint32_t)strtoul(w[4], NULL, 0);
    a->local = parse_endpoint(w[5]);
    a->remote = parse_endpoint(w[6]);
    a->encap = true;
    a->encr = s->encr;
    a->key_bits = s->bits;
    a->integrity = s->integrity;
    fill_key(&a->encr_key, s->encr_len, w[8], 1);
    fill_key(&a->integrity_key, s->auth_len, w[8], 2);
    a->esn = true;
    a->replay_window = 1024;
    for (unsigned i = 9; w[i]; i++)
        set_option(a, w[i]);
    must("sa", ipc_send(ike, &msg));
    print_result(&msg);
}

static void cmd_delsa(char **w)
{
    struct ipc_msg msg = {.type = IPC_SA_DEL};

    copy_id(msg.sa_ref.tunnel, w[1]);
    msg.sa_ref.direction = parse_direction(w[2]);
    msg.sa_ref.spi = (uint32_t)strtoul(w[3], NULL, 0);
    must("delsa", ipc_send(ike, &msg));
    print_result(&msg);
}

static void cmd_move(char **w)
{
    struct ipc_msg msg = {.type = IPC_SA_MOVE};

    copy_id(msg.sa_move.tunnel, w[1]);
    msg.sa_move.pair = (uint32_t)strtoul(w[2], NULL, 0);
    msg.sa_move.remote = parse_endpoint(w[3]);
    must("move", ipc_send(ike, &msg));
    print_result(&msg);
}

static void cmd_info(char **w)
{
    struct ipc_msg msg = {.type = IPC_SA_QUERY, .sa_query.generation = 7};
    char remote[ENDPOINT_TEXT_MAX];

    (void)w;
    must("info", ipc_send(ike, &msg));
    for (;;) {
        if (!receive(ike, ANSWER_MS, &msg))
            die("info", -ETIMEDOUT);
        if (msg.type == IPC_SA_INFO_END && msg.sa_query.generation == 7)
            return;
        if (msg.type == IPC_SA_INFO)
            printf("info %s %s %u pair=%u remote=%s packets=%llu bytes=%llu idle=%lld\n",
                   msg.sa_info.tunnel, msg.sa_info.direction == IPC_SA_IN ? "in" : "out",
                   msg.sa_info.spi, msg.sa_info.pair, endpoint_format(&msg.sa_info.remote, remote),
                   (unsigned long long)msg.sa_info.packets, (unsigned long long)msg.sa_info.bytes,
                   (long long)msg.sa_info.idle_ms);
    }
}

/* ---- the rest ---- */

static void print_kind(enum ipc_stats_kind kind, const char *name, unsigned n)
{
    struct ipc_stats_entry e;

    for (unsigned i = 0; i < ipc_stats_slots(stats, kind); i++) {
        if (ipc_stats_read(stats, kind, i, &e) < 0)
            continue;
        printf("%s %s %u", name, e.id, e.spi);
        for (unsigned v = 0; v < n; v++)
            printf(" %llu", (unsigned long long)e.values[v]);
        putchar('\n');
    }
}

static void cmd_stats(char **w)
{
    (void)w;
    print_kind(IPC_STATS_TUNNEL, "tunnel", IPC_TUNNEL_VALUES);
    print_kind(IPC_STATS_SA, "sa", IPC_SA_VALUES);
    print_kind(IPC_STATS_PORT, "port", IPC_PORT_VALUES);
    for (unsigned d = 0; d < IPC_DROP_COUNT; d++)
        if (ipc_stats_drop(stats, d))
            printf("drop %s %llu\n", ipc_stats_drop_name(d),
                   (unsigned long long)ipc_stats_drop(stats, d));
}

static void cmd_holds(char **w)
{
    char text[ENDPOINT_TEXT_MAX];

    (void)w;
    for (size_t i = 0; i < n_held; i++)
        printf("holds %s\n", held[i].underlay ? endpoint_format(&held[i].local, text) : held[i].id);
}

/* An IKEv2 message with an encrypted payload, as far as its header goes; SPIS are 16 characters. */
static void cmd_ike(char **w)
{
    struct ipc_msg msg = {.type = IPC_DATAGRAM};
    uint8_t data[IKE_HEADER + 256] = {0};
    size_t len = strlen(w[4]);

    if (strlen(w[3]) != 16 || len > 256)
        die(w[3], -EINVAL);
    memcpy(data, w[3], 16);
    data[16] = 46;   /* SK */
    data[17] = 0x20; /* version 2.0 */
    data[18] = 37;   /* INFORMATIONAL */
    wire_store_be32(data + 24, (uint32_t)(IKE_HEADER + len));
    memcpy(data + IKE_HEADER, w[4], len);
    msg.datagram.local = parse_endpoint(w[1]);
    msg.datagram.remote = parse_endpoint(w[2]);
    msg.datagram.data = data;
    msg.datagram.len = (uint32_t)(IKE_HEADER + len);
    must("ike", ipc_send(ike, &msg));
    /* Leaving with answers unread would reset the connection: wait until all was read. */
    msg = (struct ipc_msg){.type = IPC_SA_QUERY, .sa_query.generation = 8};
    must("ike", ipc_send(ike, &msg));
    do
        await(ike, IPC_SA_INFO_END, &msg);
    while (msg.sa_query.generation != 8);
}

static void cmd_wait(char **w)
{
    uint64_t end = clock_monotonic_us() + strtoull(w[1], NULL, 10) * 1000, now;
    static struct ipc_msg msg;

    while ((now = clock_monotonic_us()) < end)
        if (receive(ike, (int)((end - now) / 1000 + 1), &msg))
            print_event(&msg);
}

static void cmd_hosts(char **w)
{
    uint64_t end = clock_monotonic_us() + strtoull(w[1], NULL, 10) * 1000, now;
    static struct ipc_msg msg;
    char address[ADDR_TEXT_MAX];

    while ((now = clock_monotonic_us()) < end) {
        const struct ipc_host *h = &msg.host;

        if (receive(node, (int)((end - now) / 1000 + 1), &msg) && msg.type == IPC_DP_HOST)
            printf("host %s %s %02x:%02x:%02x:%02x:%02x:%02x %s %lld\n", h->port,
                   addr_format(&h->address, address), h->mac[0], h->mac[1], h->mac[2], h->mac[3],
                   h->mac[4], h->mac[5], h->gone ? "gone" : "here",
                   (long long)(clock_realtime_us() - h->seen_us) / 1000000);
    }
}

/* What takes long on a busy machine is to delete the device, which is not the data plane's. */
static void cmd_lost(char **w)
{
    static struct ipc_msg msg;
    char said[WORDS_TEXT_MAX];

    (void)w;
    await_for(node, 6 * ANSWER_MS, IPC_DP_SYNC_DONE, &msg);
    printf("lost %s\n", words_say_written(msg.sync_done.text, WORDS_EN, said, sizeof(said)));
}

static void cmd_say(char **w)
{
    puts(w[1]);
}

static const struct command {
    const char *name;
    unsigned words; /* at least, with the name */
    void (*run)(char **words);
} commands[] = {
    {"underlay", 3, cmd_underlay}, {"port", 8, cmd_port},   {"lan", 8, cmd_lan},
    {"table", 3, cmd_table},       {"route", 4, cmd_route}, {"tunnel", 8, cmd_tunnel},
    {"sync", 1, cmd_sync},         {"sa", 9, cmd_sa},       {"delsa", 4, cmd_delsa},
    {"move", 4, cmd_move},         {"info", 1, cmd_info},   {"stats", 1, cmd_stats},
    {"holds", 1, cmd_holds},       {"ike", 5, cmd_ike},     {"hosts", 2, cmd_hosts},
    {"wait", 2, cmd_wait},         {"lost", 1, cmd_lost},   {"say", 2, cmd_say},
};

static void run_line(char *line)
{
    char *words[WORDS_MAX + 1] = {NULL};
    unsigned n = 0;

    for (char *w = strtok(line, " \t\n"); w && n < WORDS_MAX; w = strtok(NULL, " \t\n"))
        words[n++] = w;
    if (n == 0 || words[0][0] == '#')
        return;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(commands[i].name, words[0]) != 0)
            continue;
        if (n < commands[i].words)
            die(words[0], -EINVAL);
        commands[i].run(words);
        fflush(stdout);
        return;
    }
    die(words[0], -ENOSYS);
}

int main(int argc, char **argv)
{
    char line[1024];

    if (argc != 2) {
        fprintf(stderr, "usage: dp_drive RUN-DIR < COMMANDS\n");
        return 2;
    }
    connect_both(argv[1]);
    while (fgets(line, sizeof(line), stdin))
        run_line(line);
    ipc_close(node);
    ipc_close(ike);
    ipc_stats_close(stats);
    for (size_t i = 0; i < n_objects; i++)
        free(objects[i]);
    return 0;
}
