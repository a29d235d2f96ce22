#include "fake_world.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "documents.h"
#include "ipc_stats.h"
#include "node.h"

#define TOKEN "test-token"

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "fake world: %s: %s\n", what, strerror(errno));
    abort();
}

/* ---- ropewayd ---- */

static void respond(struct world_client *c, int status, const json_t *body)
{
    char *text = body ? json_dumps(body, 0) : strdup("");
    struct buf out = {0};

    buf_printf(&out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(text), text);
    /* A node that was stopped meanwhile does not hear it. */
    if (c->ssl)
        (void)SSL_write(c->ssl, out.data, (int)out.len);
    else
        (void)!send(c->fd, out.data, out.len, MSG_NOSIGNAL);
    buf_done(&out);
    free(text);
}

static void add_gone(struct world *w, json_t *page)
{
    const char *key;
    json_t *version;

    json_object_foreach (w->gone, key, version)
        json_array_append_new(json_object_get(page, "gone"), json_string(key));
}

/* The object that changed first after this version; NULL if none did. */
static const char *next_change(struct world *w, uint64_t since)
{
    uint64_t best = UINT64_MAX;
    const char *key, *found = NULL;
    json_t *version;

    json_object_foreach (w->versions, key, version) {
        uint64_t v = (uint64_t)json_integer_value(version);

        if (v > since && v < best) {
            best = v;
            found = key;
        }
    }
    return found;
}

static uint64_t digest_of(struct world *w)
{
    uint64_t digest = w->lie;
    const char *key;
    json_t *value;

    json_object_foreach (w->desired, key, value)
        digest += document_hash(value);
    return digest;
}

static json_t *make_page(struct world *w, uint64_t since, bool reset)
{
    char epoch[32], digest[17];
    json_t *page = json_pack("{s:I, s:b, s:[], s:[], s:s}", "revision", (json_int_t)w->version,
                             "reset", reset, "put", "gone", "digest", "0");
    const char *key;
    unsigned n = 0;

    while ((key = next_change(w, since)) && (!w->page_objects || n++ < w->page_objects)) {
        json_t *value = json_object_get(w->desired, key);

        since = (uint64_t)json_integer_value(json_object_get(w->versions, key));
        document_put(page, key, since, document_hash(value), value);
    }
    if (!reset)
        add_gone(w, page);
    snprintf(epoch, sizeof(epoch), "world-%u", w->epoch);
    snprintf(digest, sizeof(digest), "%016llx", (unsigned long long)digest_of(w));
    json_object_set_new(page, "epoch", json_string(epoch));
    json_object_set_new(page, "version", json_integer((json_int_t)(key ? since : w->version)));
    json_object_set_new(page, "more", json_boolean(key));
    json_object_set_new(page, "digest", json_string(digest));
    if (key)
        json_object_del(page, "digest");
    return page;
}

static json_t *old_document(void)
{
    return json_pack("{s:i, s:[], s:[], s:[], s:[]}", "revision", 7, "cloudAddresses", "instances",
                     "tables", "tunnels");
}

static void answer_waiting(struct world *w)
{
    char now[96];

    snprintf(now, sizeof(now), "world-%u:%llu", w->epoch, (unsigned long long)w->version);
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        struct world_client *c = &w->clients[i];
        const char *colon = strchr(c->known, ':');
        bool same;
        json_t *page;

        if (c->fd < 0 || !c->waits || strcmp(c->known, now) == 0)
            continue;
        same = colon && strncmp(c->known, now, (size_t)(colon - c->known) + 1) == 0;
        page =
            w->old ? old_document() : make_page(w, same ? strtoull(colon + 1, NULL, 10) : 0, !same);
        c->waits = false;
        w->n_pages++;
        w->n_listings += !same;
        respond(c, 200, page);
        json_decref(page);
    }
}

/* A planner of another life that has the same: nothing to do but to take its versions. */
static bool answer_same(struct world *w, struct world_client *c, const char *head)
{
    const char *digest = strstr(head, "digest=");
    char epoch[32];
    json_t *page;

    snprintf(epoch, sizeof(epoch), "world-%u:", w->epoch);
    if (!digest || text_starts_with(c->known, epoch) ||
        strtoull(digest + strlen("digest="), NULL, 16) != digest_of(w))
        return false;
    page = make_page(w, w->version, false);
    json_array_clear(json_object_get(page, "gone"));
    w->n_pages++;
    respond(c, 200, page);
    json_decref(page);
    return true;
}

static void ask_desired(struct world *w, struct world_client *c, const char *head)
{
    const char *since = strstr(head, "since=");

    c->known[0] = 0;
    if (since)
        snprintf(c->known, sizeof(c->known), "%.*s", (int)strcspn(since + 6, "& "), since + 6);
    if (answer_same(w, c, head))
        return;
    c->waits = true;
    answer_waiting(w);
}

/* ---- reports ---- */

static void take_entry(struct world *w, json_t *entry)
{
    const char *key = json_string_value(json_object_get(entry, "key"));
    json_t *before = json_object_get(w->entries, key);
    json_t *lines = before ? json_incref(json_object_get(before, "log")) : json_array();

    json_array_extend(lines, json_object_get(entry, "log"));
    json_object_set_new(entry, "log", lines);
    json_object_set(w->entries, key, entry);
    w->n_entries++;
}

static bool is_in_sequence(struct world *w, const json_t *report)
{
    const char *epoch = json_string_value(json_object_get(report, "epoch"));
    uint64_t sequence = (uint64_t)json_integer_value(json_object_get(report, "sequence"));

    if (json_is_true(json_object_get(report, "reset"))) {
        json_object_clear(w->entries);
        (void)text_copy(w->status_epoch, sizeof(w->status_epoch), epoch);
        w->sequence = sequence;
        w->n_resets++;
        return true;
    }
    return strcmp(epoch, w->status_epoch) == 0 && sequence == ++w->sequence;
}

static void take_report(struct world *w, struct world_client *c, const char *body)
{
    json_t *report = json_loads(body, 0, NULL), *item, *answer;
    size_t i;

    check(report != NULL, "report");
    w->longest = MAX(w->longest, strlen(body));
    if (w->refuse_reports || !is_in_sequence(w, report)) {
        respond(c, w->refuse_reports ? 503 : 409, NULL);
        w->refuse_reports -= w->refuse_reports > 0;
        json_decref(w->refused);
        w->refused = report;
        return;
    }
    json_array_foreach (json_object_get(report, "gone"), i, item)
        json_object_del(w->entries, json_string_value(item));
    json_array_foreach (json_object_get(report, "put"), i, item)
        take_entry(w, item);
    json_decref(w->last_report);
    w->last_report = report;
    w->n_status++;
    answer = json_pack("{s:O, s:[]}", "sequence", json_object_get(report, "sequence"), "refused");
    respond(c, w->lose_answers ? 503 : 200, answer);
    w->lose_answers -= w->lose_answers > 0;
    json_decref(answer);
}

static void grant(struct world *w, struct world_client *c, int status, const char *body)
{
    json_t *asked = json_loads(body, 0, NULL);
    const char *request = json_string_value(json_object_get(asked, "certificateRequest"));
    json_t *doc = json_pack("{s:s, s:s, s:s}", "id", "node-a", "certificate",
                            fake_tls_sign(w->tls, request ? request : "", w->life_s), "authority",
                            fake_tls_authority(w->tls));

    respond(c, status, doc);
    json_decref(doc);
    json_decref(asked);
}

static void handle(struct world *w, struct world_client *c, const char *head, const char *body)
{
    bool joins = text_starts_with(head, "POST /v1/regions/cn-a/nodes ");

    if (w->plain) {
        w->n_plain += text_starts_with(head, "GET /healthz ");
        respond(c, text_starts_with(head, "GET /healthz ") ? 200 : 400, NULL);
    } else if (w->away) {
        respond(c, 503, NULL);
    } else if (joins ? !strstr(head, "Authorization: Bearer " TOKEN "\r\n")
                     : !fake_tls_knows(w->tls, c->ssl) || strstr(head, "Authorization:")) {
        w->n_wrong_tokens += joins;
        respond(c, 401, NULL);
    } else if (joins) {
        w->n_joins++;
        grant(w, c, 201, body);
    } else if (text_starts_with(head, "POST /v1/regions/cn-a/nodes/node-a/certificate ")) {
        w->n_renewals++;
        grant(w, c, 200, body);
    } else if (text_starts_with(head, "GET /v1/regions/cn-a/nodes/node-a/desired?")) {
        ask_desired(w, c, head);
    } else if (text_starts_with(head, "POST /v1/regions/cn-a/nodes/node-a/status ")) {
        take_report(w, c, body);
    } else {
        respond(c, 404, NULL);
    }
}

static void hang_up(struct world_client *c)
{
    SSL_free(c->ssl);
    c->ssl = NULL;
    close(c->fd);
    c->fd = -1;
    c->waits = false;
    buf_done(&c->in);
}

static void read_chunk(struct world *w, struct world_client *c)
{
    char chunk[65536], *end;
    ssize_t n = c->ssl ? SSL_read(c->ssl, chunk, sizeof(chunk)) : read(c->fd, chunk, sizeof(chunk));

    if (n <= 0) {
        hang_up(c);
        return;
    }
    buf_add(&c->in, chunk, (size_t)n);
    while (c->in.len && (end = strstr((char *)c->in.data, "\r\n\r\n"))) {
        const char *length = strstr((char *)c->in.data, "Content-Length: ");
        size_t head = (size_t)(end - (char *)c->in.data) + 4;
        size_t body = length && length < end ? strtoul(length + 16, NULL, 10) : 0;

        if (c->in.len < head + body)
            return;
        handle(w, c, (char *)c->in.data, (char *)c->in.data + head);
        memmove(c->in.data, c->in.data + head + body, c->in.len - head - body + 1);
        c->in.len -= head + body;
    }
}

/* What SSL has already taken from the socket, poll() does not tell. */
static void read_client(struct world *w, struct world_client *c)
{
    do
        read_chunk(w, c);
    while (c->ssl && SSL_pending(c->ssl) > 0);
}

static void accept_client(struct world *w)
{
    int fd = accept4(w->api_fd, NULL, NULL, SOCK_CLOEXEC);

    for (size_t i = 0; i < WORLD_CLIENTS && fd >= 0; i++) {
        if (w->clients[i].fd < 0) {
            w->clients[i].fd = fd;
            w->clients[i].ssl = w->plain ? NULL : fake_tls_accept(w->tls, fd);
            if (!w->plain && !w->clients[i].ssl)
                hang_up(&w->clients[i]);
            return;
        }
    }
    check(false, "a client too many");
}

/* ---- ropeway-dataplane and ropeway-ike ---- */

static struct ipc_msg *begin(struct world *w, enum ipc_type type)
{
    memset(&w->msg, 0, sizeof(w->msg));
    w->msg.type = type;
    return &w->msg;
}

void world_send(struct world *w, struct world_peer *peer)
{
    if (peer->conn && ipc_send(peer->conn, &w->msg) < 0) {
        ipc_close(peer->conn);
        peer->conn = NULL;
    }
}

/* The tunnel has received a few packets. */
static bool write_counters(int fd, const struct ipc_stats_header *header)
{
    struct {
        struct ipc_stats_slot slot;
        uint64_t values[IPC_TUNNEL_VALUES];
    } t = {.slot = {.generation = 2, .id = "vpntun-aaaaaaaaaa"},
           .values = {[IPC_TUNNEL_PACKETS_IN] = WORLD_PACKETS_IN,
                      [IPC_TUNNEL_LAST_IN_US] = clock_monotonic_us() - WORLD_SILENT_US}};

    return pwrite(fd, &t, sizeof(t), (off_t)header->arrays[IPC_STATS_TUNNEL].offset) ==
           (ssize_t)sizeof(t);
}

/* So have the instance of the stories and the ways over the attachment: there, back, and back from
 * a tunnel. */
static bool write_ways(int fd, const struct ipc_stats_header *header)
{
    static const char *const ways[] = {"rtb-a>bgw-a", "bgw-a>vpc-a", "bgw-a/tunnel>vpc-a",
                                       "rtb-a>vpc-a"};
    struct {
        struct ipc_stats_slot slot;
        uint64_t values[IPC_PORT_VALUES];
    } port = {.slot = {.generation = 2},
              .values = {[IPC_PORT_PACKETS_FROM] = 5, [IPC_PORT_DROPS_TO] = 3}};
    bool good;

    snprintf(port.slot.id, sizeof(port.slot.id), "i-test%d-n", (int)getpid());
    good = pwrite(fd, &port, sizeof(port), (off_t)header->arrays[IPC_STATS_PORT].offset) ==
           (ssize_t)sizeof(port);

    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        const struct ipc_stats_array *a = &header->arrays[IPC_STATS_JUMP];
        struct {
            struct ipc_stats_slot slot;
            uint64_t values[IPC_JUMP_VALUES];
        } way = {.slot = {.generation = 2}, .values = {[IPC_JUMP_PACKETS] = 10 + i}};

        (void)text_copy(way.slot.id, sizeof(way.slot.id), ways[i]);
        good = good && pwrite(fd, &way, sizeof(way), (off_t)(a->offset + i * a->stride)) ==
                           (ssize_t)sizeof(way);
    }
    return good;
}

static void send_stats(struct world *w, struct world_peer *peer)
{
    static const uint32_t slots[IPC_STATS_KINDS] = {4, 4, 4, 4};
    struct ipc_stats_header header;
    int fd = memfd_create("stats", MFD_CLOEXEC);

    ipc_stats_layout(1, slots, &header);
    check(fd >= 0 && ftruncate(fd, (off_t)header.bytes) == 0 &&
              pwrite(fd, &header, sizeof(header), 0) == sizeof(header) &&
              write_counters(fd, &header) && write_ways(fd, &header),
          "memfd");
    begin(w, IPC_DP_STATS)->stats.bytes = header.bytes;
    w->msg.n_fds = 1;
    w->msg.fds[0] = fd;
    world_send(w, peer);
    close(fd);
}

void world_status_message(struct world *w, enum ipc_oper_state state)
{
    begin(w, IPC_IKE_STATUS);
    strcpy(w->msg.ike_status.tunnel, "vpntun-aaaaaaaaaa");
    w->msg.ike_status.state = (uint8_t)state;
    w->msg.ike_status.config_in_force = w->ike.in_force;
    w->msg.ike_status.config_refused = w->ike.refused;
}

static void greet(struct world *w, struct world_peer *peer)
{
    begin(w, IPC_HELLO)->hello.role = (uint8_t)peer->role;
    w->msg.hello.boot = peer->boot = random_u64();
    world_send(w, peer);
    if (peer->role == IPC_ROLE_IKE && peer->up) {
        world_status_message(w, IPC_OPER_UP);
        world_send(w, peer);
    }
    if (peer->role != IPC_ROLE_DATAPLANE)
        return;
    for (unsigned i = 0; i < peer->n_held_sockets; i++) {
        begin(w, IPC_DP_HOLDS)->holds.underlay = true;
        w->msg.holds.local = peer->held_sockets[i];
        world_send(w, peer);
    }
    for (unsigned i = 0; i < peer->n_held_ports; i++) {
        begin(w, IPC_DP_HOLDS);
        memcpy(w->msg.holds.id, peer->held_ports[i], IPC_ID_MAX);
        world_send(w, peer);
    }
    send_stats(w, peer);
}

static void keep_fds(struct world_peer *peer, struct ipc_msg *msg)
{
    while (msg->n_fds) {
        check(peer->n_fds < ARRAY_SIZE(peer->fds), "too many descriptors");
        peer->fds[peer->n_fds++] = msg->fds[--msg->n_fds];
    }
}

static void write_failure(const struct world_peer *peer, char *ret, size_t size)
{
    struct words_arg args[] = {words_from_text(peer->failed_id), words_from_text("it is broken")};
    bool named = peer->failed_id[0];

    if (!peer->failed_code)
        words_write(SAY(DATAPLANE_PORT_FAILED, "i-x", "it is broken"), ret, size);
    else
        words_write(&(const struct words){.code = peer->failed_code,
                                          .count = named ? 2 : 1,
                                          .args = named ? args : args + 1},
                    ret, size);
}

void world_answer(struct world *w, struct world_peer *peer)
{
    bool ike = peer->role == IPC_ROLE_IKE;

    begin(w, ike ? IPC_IKE_SYNC_DONE : IPC_DP_SYNC_DONE);
    w->msg.sync_done.generation = peer->last.generation;
    w->msg.sync_done.failed = peer->failed;
    if (peer->failed)
        write_failure(peer, w->msg.sync_done.text, sizeof(w->msg.sync_done.text));
    world_send(w, peer);
}

/* What is not whole stays as the last one left it. */
static void begin_sync(struct world_peer *peer, const struct ipc_sync_begin *begin)
{
    struct world_sync *s = &peer->coming;

    *s = peer->last;
    s->generation = begin->generation;
    s->whole = begin->whole;
    s->n_named = s->underlay_fds = s->port_fds = 0;
    if (begin->whole & IPC_PART_UNDERLAYS)
        s->n_underlays = 0;
    if (begin->whole & IPC_PART_TABLES)
        s->n_ports = 0;
    fake_tables_begin(&s->tables, begin->whole & IPC_PART_TABLES);
    if (begin->whole & IPC_PART_TUNNELS)
        s->n_tunnels = 0;
}

/* Its place among the tunnels; a new one at the end. */
static unsigned tunnel_at(struct world_sync *s, bool ike, const char *id)
{
    for (unsigned i = 0; i < s->n_tunnels && i < WORLD_OBJECTS; i++) {
        if (strcmp(ike ? s->ike[i].id : s->tunnels[i].id, id) == 0)
            return i;
    }
    return s->n_tunnels++ % WORLD_OBJECTS;
}

static void tunnel_gone(struct world_sync *s, bool ike, const char *id)
{
    unsigned n = s->n_tunnels, at = tunnel_at(s, ike, id);

    if (s->n_tunnels > n) { /* it was not there */
        s->n_tunnels = n;
        return;
    }
    s->n_tunnels--;
    memmove(&s->ike[at], &s->ike[at + 1], (s->n_tunnels - at) * sizeof(s->ike[0]));
    memmove(&s->tunnels[at], &s->tunnels[at + 1], (s->n_tunnels - at) * sizeof(s->tunnels[0]));
}

static void take(struct world *w, struct world_peer *peer)
{
    struct world_sync *s = &peer->coming;
    struct ipc_msg *msg = &w->msg;

    s->n_named++;
    switch (msg->type) {
    case IPC_DP_SYNC_BEGIN:
    case IPC_IKE_SYNC_BEGIN:
        begin_sync(peer, &msg->sync_begin);
        break;
    case IPC_DP_UNDERLAY:
        s->underlay_fds += msg->n_fds;
        s->underlays[s->n_underlays++ % WORLD_OBJECTS] = msg->underlay.local;
        break;
    case IPC_DP_PORT:
        check(s->whole & IPC_PART_TABLES, "a port comes with all of them");
        s->port_fds += msg->n_fds;
        s->ports[s->n_ports++ % WORLD_OBJECTS] = msg->port;
        break;
    case IPC_DP_TABLE:
        check(fake_tables_table(&s->tables, &msg->table, s->whole & IPC_PART_TABLES),
              "changes of a table that is there, or a table that came and all of them named");
        break;
    case IPC_DP_ROUTES:
        check(fake_tables_routes(&s->tables, &msg->routes), "routes of a table");
        break;
    case IPC_DP_TUNNEL:
        s->tunnels[tunnel_at(s, false, msg->tunnel.id)] = msg->tunnel;
        break;
    case IPC_IKE_TUNNEL:
        s->ike[tunnel_at(s, true, msg->ike_tunnel.id)] = msg->ike_tunnel;
        break;
    case IPC_DP_TUNNEL_GONE:
    case IPC_IKE_TUNNEL_GONE:
        tunnel_gone(s, msg->type == IPC_IKE_TUNNEL_GONE, msg->name.id);
        break;
    case IPC_DP_SYNC_END:
    case IPC_IKE_SYNC_END:
        check(s->generation == msg->sync.generation, "generation of BEGIN and END");
        s->n_named--;
        fake_tables_end(&s->tables);
        s->number = ++w->n_syncs;
        peer->last = *s;
        peer->n_syncs++;
        if (!peer->mute)
            world_answer(w, peer);
        return;
    default:
        check(msg->type == IPC_HELLO, "message type");
    }
    keep_fds(peer, msg);
}

static void read_peer(struct world *w, struct world_peer *peer)
{
    while (peer->conn) {
        int r = ipc_receive(peer->conn, &w->msg);

        if (r == -EAGAIN)
            return;
        if (r < 0) {
            ipc_close(peer->conn);
            peer->conn = NULL;
            return;
        }
        take(w, peer);
    }
}

static void accept_peer(struct world *w, struct world_peer *peer)
{
    struct ipc_conn *conn;

    if (ipc_accept(peer->listen_fd, &conn) < 0)
        return;
    ipc_close(peer->conn);
    peer->conn = conn;
    greet(w, peer);
}

void world_restart_peer(struct world *w, struct world_peer *peer)
{
    (void)w;
    ipc_close(peer->conn);
    peer->conn = NULL;
    while (peer->n_fds)
        close(peer->fds[--peer->n_fds]);
    peer->n_syncs = 0;
}

void world_end_peer(struct world *w, struct world_peer *peer)
{
    close(peer->listen_fd);
    peer->listen_fd = -1;
    world_restart_peer(w, peer);
}

/* ---- the world's turning ---- */

static void turn(struct world *w, int timeout_ms)
{
    struct pollfd fds[WORLD_CLIENTS + 5];
    size_t n = 0;

    fds[n++] = (struct pollfd){.fd = w->api_fd, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = w->dataplane.listen_fd, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = w->ike.listen_fd, .events = POLLIN};
    fds[n++] =
        (struct pollfd){.fd = w->dataplane.conn ? ipc_fd(w->dataplane.conn) : -1, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = w->ike.conn ? ipc_fd(w->ike.conn) : -1, .events = POLLIN};
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        fds[n++] = (struct pollfd){.fd = w->clients[i].fd, .events = POLLIN};
    check(poll(fds, (nfds_t)n, timeout_ms) >= 0 || errno == EINTR, "poll");
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (fds[5 + i].revents && w->clients[i].fd >= 0)
            read_client(w, &w->clients[i]);
    }
    read_peer(w, &w->dataplane);
    read_peer(w, &w->ike);
    if (fds[0].revents)
        accept_client(w);
    accept_peer(w, &w->dataplane);
    accept_peer(w, &w->ike);
}

bool world_until(struct world *w, bool (*condition)(struct world *w))
{
    uint64_t end = clock_monotonic_us() + 10000000;

    while (!condition(w)) {
        if (clock_monotonic_us() > end)
            return false;
        turn(w, 100);
    }
    return true;
}

bool world_restart_peer_after(struct world *w, struct world_peer *peer,
                              bool (*condition)(struct world *w))
{
    int listener = peer->listen_fd;
    bool held;

    peer->listen_fd = -1;
    world_restart_peer(w, peer);
    held = world_until(w, condition);
    peer->listen_fd = listener;
    return held;
}

void world_set_desired(struct world *w, json_t *doc)
{
    const char *key;
    json_t *value;

    json_object_foreach (doc, key, value) {
        if (json_equal(value, json_object_get(w->desired, key)))
            continue;
        json_object_set_new(w->versions, key, json_integer((json_int_t)++w->version));
        json_object_del(w->gone, key);
    }
    json_object_foreach (w->desired, key, value) {
        if (json_object_get(doc, key))
            continue;
        json_object_set_new(w->gone, key, json_integer((json_int_t)++w->version));
        json_object_del(w->versions, key);
    }
    json_decref(w->desired);
    w->desired = doc;
    answer_waiting(w);
}

void world_restart_ropewayd(struct world *w)
{
    const char *key;
    json_t *version;

    w->epoch++;
    json_object_clear(w->gone);
    json_object_clear(w->entries);
    w->status_epoch[0] = 0;
    w->version = 100000;
    json_object_foreach (w->versions, key, version)
        json_integer_set(version, (json_int_t)++w->version);
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (w->clients[i].fd >= 0)
            hang_up(&w->clients[i]);
    }
}

bool world_is_carried(const struct world *w)
{
    const json_t *carried = json_object_get(w->last_report, "carried"), *entry;
    const char *epoch = json_string_value(json_object_get(carried, "epoch")), *key;
    char now[32];

    snprintf(now, sizeof(now), "world-%u", w->epoch);
    if (!epoch || strcmp(epoch, now) != 0 ||
        (uint64_t)json_integer_value(json_object_get(carried, "version")) != w->version)
        return false;
    json_object_foreach (w->entries, key, entry) {
        if (json_is_true(json_object_get(entry, "pending")))
            return false;
    }
    return true;
}

const json_t *world_entry(const struct world *w, const char *key)
{
    return json_object_get(w->entries, key);
}

const json_t *world_status_of(const struct world *w, const char *key)
{
    return json_object_get(world_entry(w, key), "status");
}

const json_t *world_node(const struct world *w, const char *name)
{
    return json_object_get(json_object_get(w->last_report, "node"), name);
}

/* ---- the node ---- */

void world_start_node(struct world *w)
{
    struct node_config config = {.api = w->api,
                                 .token_file = w->token_file,
                                 .state_dir = w->state,
                                 .region = "cn-a",
                                 .name = "gw",
                                 .public_interface = "pub",
                                 .run_dir = w->run,
                                 .audit_s = w->audit_s,
                                 .settle_ms = w->settle_ms};

    w->node = fork();
    check(w->node >= 0, "fork");
    if (w->node > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    log_set_level(getenv("NODE_TEST_DEBUG") ? LOG_DEBUG : LOG_ERROR);
    _exit(node_run(&config) < 0);
}

void world_stop_node(struct world *w)
{
    int status = 0;

    if (w->node <= 0)
        return;
    kill(w->node, SIGTERM);
    check(waitpid(w->node, &status, 0) == w->node, "wait");
    w->node = 0;
    errno = 0;
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the node's end");
}

/* ---- making it ---- */

static int listen_http(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    (void)text_copy(sa.sun_path, sizeof(sa.sun_path), path);
    check(fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 && listen(fd, 8) == 0, path);
    return fd;
}

static void make_peer(struct world *w, struct world_peer *peer, enum ipc_role role,
                      const char *name)
{
    peer->role = role;
    snprintf(peer->path, sizeof(peer->path), "%s/%s", w->run, name);
    check(ipc_listen(peer->path, 0600, &peer->listen_fd) == 0, name);
}

struct world *world_make(void)
{
    struct world *w = calloc(1, sizeof(*w));

    check(w != NULL, "memory");
    w->desired = json_object();
    w->versions = json_object();
    w->gone = json_object();
    w->entries = json_object();
    signal(SIGPIPE, SIG_IGN); /* a node that was stopped does not hear what TLS says */
    strcpy(w->run, "/tmp/ropeway-node-XXXXXX");
    check(mkdtemp(w->run) != NULL, "folder");
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        w->clients[i].fd = -1;
    snprintf(w->state, sizeof(w->state), "%s/state", w->run);
    w->tls = fake_tls_make();
    w->life_s = 86400;
    snprintf(w->api, sizeof(w->api), "unix:%s/nodes.sock", w->run);
    w->api_fd = listen_http(w->api + strlen("unix:"));
    snprintf(w->token_file, sizeof(w->token_file), "%s/token", w->run);
    check(file_write_atomic(w->token_file, TOKEN "\n", strlen(TOKEN) + 1, 0600) == 0, "token");
    make_peer(w, &w->dataplane, IPC_ROLE_DATAPLANE, "dataplane.sock");
    make_peer(w, &w->ike, IPC_ROLE_IKE, "ike.sock");
    return w;
}

static void free_peer(struct world *w, struct world_peer *peer)
{
    world_restart_peer(w, peer);
    close(peer->listen_fd);
    unlink(peer->path);
}

static void remove_state(const struct world *w)
{
    static const char *const names[] = {"node.key", "node.crt", "authority.crt", "node.id",
                                        "node.lock"};
    char path[128];

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", w->state, names[i]);
        unlink(path);
    }
    (void)rmdir(w->state);
}

void world_free(struct world *w)
{
    char path[128];

    world_stop_node(w);
    check(node_cleanup(w->run) >= 0, "cleanup");
    free_peer(w, &w->dataplane);
    free_peer(w, &w->ike);
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (w->clients[i].fd >= 0)
            hang_up(&w->clients[i]);
    }
    close(w->api_fd);
    fake_tls_free(w->tls);
    remove_state(w);
    unlink(w->api + strlen("unix:"));
    unlink(w->token_file);
    snprintf(path, sizeof(path), "%s/node.lock", w->run);
    unlink(path);
    check(rmdir(w->run) == 0, "rmdir");
    json_decref(w->desired);
    json_decref(w->versions);
    json_decref(w->gone);
    json_decref(w->entries);
    json_decref(w->last_report);
    json_decref(w->refused);
    free(w);
}
