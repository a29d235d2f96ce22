#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "iked_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../said.h"

/* Two daemons in one process; this test plays their nodes, their data planes and the network
 * between them, over the real sockets. */

#define TUNNEL    "vpntun-0"
#define SAS_MAX   32
#define LIMIT_US  (20 * 1000000U)
#define FORWARDER "dataplane.sock"

struct plane {
    int listen_fd;
    struct ipc_conn *conn;
    uint64_t boot;
    bool greeted;
    struct ipc_sa_add sas[SAS_MAX];
    bool there[SAS_MAX];
    unsigned adds;
};

struct side {
    char dir[64];
    struct iked *iked;
    struct plane plane;
    struct ipc_conn *node;
    struct ipc_ike_status status;
    struct ipc_ike_liveness alive;
    struct ipc_sync_done done;
    unsigned statuses, logs, dones;
    struct addr address;
    uint64_t config; /* what the node calls the configuration */
    bool chacha;     /* instead of AES, for the child SAs */
};

static struct side sides[2];
static struct ipc_msg in, out;

static void tell(struct ipc_conn *conn, enum ipc_type type)
{
    out.type = type;
    out.n_fds = 0;
    assert_int_equal(ipc_send(conn, &out), 0);
}

static void hello(struct ipc_conn *conn, uint8_t role, uint64_t boot)
{
    out.hello = (struct ipc_hello){.role = role, .boot = boot, .program = "test"};
    tell(conn, IPC_HELLO);
}

/* ---- the data plane ---- */

static void tell_inventory(struct plane *p, const char *tunnel)
{
    for (size_t i = 0; i < SAS_MAX; i++) {
        if (!p->there[i] || (*tunnel && strcmp(p->sas[i].tunnel, tunnel) != 0))
            continue;
        out.sa_info = (struct ipc_sa_info){.direction = p->sas[i].direction,
                                           .spi = p->sas[i].spi,
                                           .pair = p->sas[i].pair,
                                           .local = p->sas[i].local,
                                           .remote = p->sas[i].remote,
                                           .idle_ms = 1};
        text_copy(out.sa_info.tunnel, IPC_ID_MAX, p->sas[i].tunnel);
        tell(p->conn, IPC_SA_INFO);
    }
    out.sa_query = (struct ipc_sa_query){0};
    text_copy(out.sa_query.tunnel, IPC_ID_MAX, tunnel);
    tell(p->conn, IPC_SA_INFO_END);
}

static void add_sa(struct plane *p, const struct ipc_sa_add *add)
{
    p->adds++;
    for (size_t i = 0; i < SAS_MAX; i++) {
        if (p->there[i])
            continue;
        p->there[i] = true;
        p->sas[i] = *add;
        out.sa_result =
            (struct ipc_sa_result){.direction = add->direction, .spi = add->spi, .error = 0};
        text_copy(out.sa_result.tunnel, IPC_ID_MAX, add->tunnel);
        tell(p->conn, IPC_SA_RESULT);
        return;
    }
    fail_msg("too many SAs");
}

static void del_sa(struct plane *p, const struct ipc_sa_ref *ref)
{
    int error = -ENOENT;

    for (size_t i = 0; i < SAS_MAX; i++) {
        if (p->there[i] && p->sas[i].spi == ref->spi && p->sas[i].direction == ref->direction) {
            p->there[i] = false;
            error = 0;
        }
    }
    out.sa_result =
        (struct ipc_sa_result){.direction = ref->direction, .spi = ref->spi, .error = error};
    text_copy(out.sa_result.tunnel, IPC_ID_MAX, ref->tunnel);
    tell(p->conn, IPC_SA_RESULT);
}

static void forward(int from, const struct ipc_datagram *d)
{
    struct side *to = &sides[!from];

    if (!to->plane.conn || !to->plane.greeted)
        return;
    out.datagram = (struct ipc_datagram){
        .local = d->remote, .remote = d->local, .data = d->data, .len = d->len};
    tell(to->plane.conn, IPC_DATAGRAM);
}

static void plane_message(int i)
{
    struct plane *p = &sides[i].plane;

    switch (in.type) {
    case IPC_HELLO:
        p->greeted = true;
        tell_inventory(p, "");
        break;
    case IPC_SA_ADD:
        add_sa(p, &in.sa_add);
        break;
    case IPC_SA_DEL:
        del_sa(p, &in.sa_ref);
        break;
    case IPC_SA_QUERY:
        tell_inventory(p, in.sa_query.tunnel);
        break;
    case IPC_DATAGRAM:
        forward(i, &in.datagram);
        break;
    default:
        break;
    }
}

static void serve_plane(int i)
{
    struct plane *p = &sides[i].plane;
    int r;

    if (!p->conn && p->listen_fd >= 0 && ipc_accept(p->listen_fd, &p->conn) == 0) {
        p->greeted = false;
        hello(p->conn, IPC_ROLE_DATAPLANE, p->boot);
    }
    while (p->conn) {
        r = ipc_receive(p->conn, &in);
        if (r == -EAGAIN)
            break;
        if (r < 0) {
            ipc_close(p->conn);
            p->conn = NULL;
            break;
        }
        plane_message(i);
    }
}

static void open_plane(int i)
{
    char path[108];

    snprintf(path, sizeof(path), "%s/" FORWARDER, sides[i].dir);
    sides[i].plane.boot++;
    assert_int_equal(ipc_listen(path, 0600, &sides[i].plane.listen_fd), 0);
}

static void kill_plane(int i)
{
    struct plane *p = &sides[i].plane;
    uint64_t boot = p->boot;

    ipc_close(p->conn);
    close(p->listen_fd);
    *p = (struct plane){.listen_fd = -1, .boot = boot};
}

static unsigned count_sas(int i, uint8_t direction)
{
    unsigned n = 0;

    for (size_t k = 0; k < SAS_MAX; k++)
        n += sides[i].plane.there[k] && sides[i].plane.sas[k].direction == direction;
    return n;
}

/* ---- the node ---- */

static void node_message(int i)
{
    struct side *s = &sides[i];

    if (in.type == IPC_IKE_STATUS) {
        s->status = in.ike_status;
        s->statuses++;
    } else if (in.type == IPC_IKE_LIVENESS) {
        assert_string_equal(in.ike_liveness.tunnel, TUNNEL);
        s->alive = in.ike_liveness;
    } else if (in.type == IPC_IKE_LOG) {
        s->logs++;
        assert_in_range(in.ike_log.level, IPC_LOG_INFO, IPC_LOG_ERROR);
        assert_true(in.ike_log.text[0] == '{');
        assert_written(in.ike_log.text);
    } else if (in.type == IPC_IKE_SYNC_DONE) {
        s->done = in.sync_done;
        s->dones++;
    }
}

static void serve_node(int i)
{
    while (sides[i].node && ipc_receive(sides[i].node, &in) == 0)
        node_message(i);
}

static void connect_node(int i)
{
    char path[108];

    snprintf(path, sizeof(path), "%s/ike.sock", sides[i].dir);
    assert_int_equal(ipc_connect(path, &sides[i].node), 0);
    hello(sides[i].node, IPC_ROLE_NODE, 1);
}

static void fill_tunnel(int i, struct ipc_ike_tunnel *t)
{
    struct addr any = addr_v4(0, 0, 0, 0);

    *t = (struct ipc_ike_tunnel){.id = TUNNEL,
                                 .config = sides[i].config,
                                 .admin_up = true,
                                 .version = 2,
                                 .initiate = true,
                                 .local = sides[i].address,
                                 .remote = sides[!i].address,
                                 .psk = {.len = 8, .bytes = "12345678"},
                                 .ike = {.n_ciphers = 1,
                                         .ciphers = {{CRYPTO_ENCR_AES_GCM_16, 128}},
                                         .n_integrity = 1,
                                         .integrity = {CRYPTO_INTEG_SHA2_256_128},
                                         .n_groups = 1,
                                         .groups = {CRYPTO_DH_CURVE25519}},
                                 .ike_lifetime_s = 14400,
                                 .child_lifetime_s = 3600,
                                 .dpd = true,
                                 .dpd_interval_s = 10,
                                 .dpd_timeout_s = 30,
                                 .n_local_ts = 1,
                                 .n_remote_ts = 1};
    t->child = t->ike;
    if (sides[i].chacha)
        t->child.ciphers[0] = (struct ipc_cipher){CRYPTO_ENCR_CHACHA20_POLY1305, 0};
    t->local_ts[0] = t->remote_ts[0] = prefix_make(&any, 0);
}

static uint64_t generation;

static void begin_sync(int i, uint8_t whole)
{
    sides[i].dones = 0;
    out.sync_begin = (struct ipc_sync_begin){.generation = ++generation, .whole = whole};
    tell(sides[i].node, IPC_IKE_SYNC_BEGIN);
}

static void end_sync(int i)
{
    out.sync.generation = generation;
    tell(sides[i].node, IPC_IKE_SYNC_END);
}

static void sync_node(int i, bool with_tunnel, uint8_t version)
{
    begin_sync(i, IPC_PARTS);
    if (with_tunnel) {
        fill_tunnel(i, &out.ike_tunnel);
        out.ike_tunnel.version = version;
        tell(sides[i].node, IPC_IKE_TUNNEL);
    }
    end_sync(i);
}

/* ---- running ---- */

static void turn(void)
{
    for (int i = 0; i < 2; i++) {
        if (sides[i].iked)
            uv_run(&sides[i].iked->loop, UV_RUN_NOWAIT);
        serve_plane(i);
        serve_node(i);
    }
}

#define RUN_UNTIL(condition)                                                                       \
    do {                                                                                           \
        uint64_t limit = clock_monotonic_us() + LIMIT_US;                                          \
        while (!(condition)) {                                                                     \
            turn();                                                                                \
            if (clock_monotonic_us() > limit)                                                      \
                fail_msg("never: %s; A \"%s\" B \"%s\"", #condition,                               \
                         said(sides[0].status.last_error), said(sides[1].status.last_error));      \
        }                                                                                          \
    } while (0)

static bool both_up(void)
{
    return sides[0].status.state == IPC_OPER_UP && sides[1].status.state == IPC_OPER_UP;
}

static bool one_pair_each(void)
{
    for (int i = 0; i < 2; i++) {
        if (count_sas(i, IPC_SA_IN) != 1 || count_sas(i, IPC_SA_OUT) != 1)
            return false;
    }
    return both_up();
}

static void start_daemon(int i)
{
    sides[i].iked = malloc(sizeof(struct iked));
    assert_non_null(sides[i].iked);
    assert_int_equal(iked_init(sides[i].iked, sides[i].dir), 0);
}

static void stop_daemon(int i)
{
    iked_done(sides[i].iked);
    free(sides[i].iked);
    sides[i].iked = NULL;
}

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        sides[i] = (struct side){.address = addr_v4(192, 0, 2, (uint8_t)(i + 1)), .config = 1};
    for (int i = 0; i < 2; i++) {
        snprintf(sides[i].dir, sizeof(sides[i].dir), "/tmp/ropeway-iked-XXXXXX");
        assert_non_null(mkdtemp(sides[i].dir));
        start_daemon(i);
        open_plane(i);
        connect_node(i);
        sync_node(i, true, 2);
    }
    return 0;
}

static int tear_down(void **state)
{
    char path[128];

    (void)state;
    for (int i = 0; i < 2; i++) {
        ipc_close(sides[i].node);
        kill_plane(i);
        if (sides[i].iked)
            stop_daemon(i);
        snprintf(path, sizeof(path), "%.64s/ike.sock", sides[i].dir);
        unlink(path);
        snprintf(path, sizeof(path), "%.64s/" FORWARDER, sides[i].dir);
        unlink(path);
        rmdir(sides[i].dir);
    }
    return 0;
}

/* ---- stories ---- */

static void test_comes_up_and_tells(void **state)
{
    (void)state;
    RUN_UNTIL(one_pair_each());
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sides[i].done.changed, 1);
        assert_int_equal(sides[i].done.failed, 0);
        assert_true(sides[i].logs > 0);
        assert_true(clock_realtime_us() - sides[i].status.since_us < LIMIT_US);
        assert_string_equal(sides[i].status.ike_algs, "aes128gcm16-sha256-curve25519");
    }
}

static void test_second_sync_changes_nothing(void **state)
{
    unsigned adds;

    (void)state;
    RUN_UNTIL(one_pair_each());
    adds = sides[0].plane.adds;
    sync_node(0, true, 2);
    RUN_UNTIL(sides[0].dones == 1);
    assert_int_equal(sides[0].done.changed, 0);
    assert_int_equal(sides[0].plane.adds, adds);
    assert_true(both_up());
}

/* What is not named stays; what goes is named. */
static void test_a_part_of_the_configuration(void **state)
{
    (void)state;
    RUN_UNTIL(one_pair_each());
    begin_sync(0, 0);
    end_sync(0);
    RUN_UNTIL(sides[0].dones == 1);
    assert_int_equal(sides[0].done.changed, 0);
    assert_true(one_pair_each());
    begin_sync(0, 0);
    text_copy(out.name.id, IPC_ID_MAX, TUNNEL);
    tell(sides[0].node, IPC_IKE_TUNNEL_GONE);
    text_copy(out.name.id, IPC_ID_MAX, "vpntun-unknown");
    tell(sides[0].node, IPC_IKE_TUNNEL_GONE);
    end_sync(0);
    RUN_UNTIL(sides[0].dones == 1);
    assert_int_equal(sides[0].done.changed, 1);
    RUN_UNTIL(count_sas(0, IPC_SA_IN) + count_sas(0, IPC_SA_OUT) == 0);
}

static void test_a_change_is_in_force_or_refused(void **state)
{
    struct ipc_ike_status *a = &sides[0].status;

    (void)state;
    RUN_UNTIL(one_pair_each());
    assert_int_equal(a->config_in_force, 1);
    assert_int_equal(a->config_refused, 0);
    sides[0].config = 2;
    sync_node(0, true, 2);
    RUN_UNTIL(a->config_in_force == 2); /* only its name is another */
    sides[0].config = 3;
    sides[0].chacha = true;
    sync_node(0, true, 2);
    RUN_UNTIL(a->config_refused == 3);
    assert_int_equal(a->config_in_force, 2);
    assert_int_equal(a->state, IPC_OPER_UP);
    assert_said(a->last_error, "ike.on-earlier-parameters", "runs on with its earlier parameters");
    sides[0].config = 4;
    sides[0].chacha = false;
    sync_node(0, true, 2);
    RUN_UNTIL(a->config_in_force == 4);
    assert_int_equal(a->config_refused, 0);
    assert_string_equal(a->last_error, "");
}

static void test_node_may_go_and_come(void **state)
{
    (void)state;
    RUN_UNTIL(one_pair_each());
    ipc_close(sides[0].node);
    sides[0].node = NULL;
    sides[0].statuses = 0;
    for (int i = 0; i < 50; i++)
        turn();
    assert_int_equal(count_sas(0, IPC_SA_OUT), 1);
    connect_node(0);
    RUN_UNTIL(sides[0].statuses == 1);
    assert_int_equal(sides[0].status.state, IPC_OPER_UP);
}

static void test_removed_tunnel_leaves_nothing(void **state)
{
    (void)state;
    RUN_UNTIL(one_pair_each());
    sync_node(0, false, 2);
    RUN_UNTIL(count_sas(0, IPC_SA_IN) + count_sas(0, IPC_SA_OUT) + count_sas(1, IPC_SA_IN) +
                  count_sas(1, IPC_SA_OUT) ==
              0);
    RUN_UNTIL(sides[1].status.state != IPC_OPER_UP);
    assert_said(sides[1].status.last_error, "ike.peer-closed-at-once", "closed");
}

static int fail_set;

int __real_ike_tunnel_set(struct ike *ike, const struct ike_tunnel_config *config, uint64_t now_us);
int __wrap_ike_tunnel_set(struct ike *ike, const struct ike_tunnel_config *config, uint64_t now_us);
int __wrap_ike_tunnel_set(struct ike *ike, const struct ike_tunnel_config *config, uint64_t now_us)
{
    return fail_set ? fail_set : __real_ike_tunnel_set(ike, config, now_us);
}

static void test_what_cannot_be_set_is_told(void **state)
{
    static const struct {
        int r;
        const char *code;
    } cases[] = {{-ENOMEM, "ike.no-memory"}, {-EINVAL, "ike.parameters-unusable"}};

    (void)state;
    RUN_UNTIL(one_pair_each());
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        fail_set = cases[i].r;
        sync_node(0, true, 2);
        RUN_UNTIL(said_has(sides[0].status.last_error, cases[i].code));
        fail_set = 0;
    }
}

static void test_unknown_version_is_refused(void **state)
{
    (void)state;
    RUN_UNTIL(one_pair_each());
    sync_node(0, true, 3);
    RUN_UNTIL(sides[0].dones == 1);
    assert_int_equal(sides[0].done.failed, 1);
    assert_said(sides[0].done.text, "ike.tunnel-refused", TUNNEL ": IKEv3 is not supported");
    RUN_UNTIL(said_has(sides[0].status.last_error, "ike.version-not-supported"));
    assert_non_null(strstr(said(sides[0].status.last_error), "IKEv3"));
    assert_int_equal(sides[0].status.state, IPC_OPER_DOWN);
    assert_int_equal(sides[0].status.config_refused, 1);
    assert_int_equal(sides[0].status.config_in_force, 0);
}

static void test_data_plane_restart_gets_fresh_sas(void **state)
{
    uint32_t old;

    (void)state;
    RUN_UNTIL(one_pair_each());
    old = sides[0].plane.sas[0].spi;
    kill_plane(0);
    RUN_UNTIL(sides[0].status.state != IPC_OPER_UP);
    open_plane(0);
    RUN_UNTIL(one_pair_each());
    for (size_t k = 0; k < SAS_MAX; k++)
        assert_false(sides[0].plane.there[k] && sides[0].plane.sas[k].spi == old);
}

static void test_daemon_restart_adopts_then_replaces(void **state)
{
    (void)state;
    RUN_UNTIL(one_pair_each());
    stop_daemon(0);
    ipc_close(sides[0].node);
    sides[0].node = NULL;
    for (int i = 0; i < 50; i++)
        turn();
    assert_int_equal(count_sas(0, IPC_SA_OUT), 1); /* forwards on */
    start_daemon(0);
    sides[0].plane.adds = 0;
    connect_node(0);
    sync_node(0, true, 2);
    RUN_UNTIL(sides[0].plane.adds == 2 && one_pair_each());
    assert_int_equal(sides[0].done.failed, 0);
}

/* Bytes and messages that have no business there end the connection and nothing else. */
static void test_strange_client(void **state)
{
    struct ipc_conn *stranger;
    char path[108];
    int r;

    (void)state;
    RUN_UNTIL(one_pair_each());
    snprintf(path, sizeof(path), "%s/ike.sock", sides[0].dir);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(ipc_connect(path, &stranger), 0);
        if (round == 0)
            assert_true(write(ipc_fd(stranger), "garbage", 7) == 7);
        else if (round == 1)
            hello(stranger, IPC_ROLE_DATAPLANE, 1);
        else
            tell(stranger, IPC_IKE_SYNC_BEGIN); /* without a HELLO */
        do {
            turn();
            r = ipc_receive(stranger, &in);
        } while (r == 0 || r == -EAGAIN);
        assert_int_equal(r, -EPIPE);
        ipc_close(stranger);
    }
    assert_true(both_up());
}

/* The end that began asks once, to prove the other's answer; a node that comes later hears of it.
 */
static void test_how_far_the_peer_is_gets_told(void **state)
{
    struct ipc_ike_liveness told;
    int i;

    (void)state;
    RUN_UNTIL(sides[0].alive.timed || sides[1].alive.timed);
    i = sides[0].alive.timed ? 0 : 1;
    told = sides[i].alive;
    assert_true(told.since_us && told.answered >= told.timed);
    assert_in_range(told.time_us, 1, 5000000);
    assert_in_range(told.last_us, 1, told.time_us);
    ipc_close(sides[i].node);
    sides[i].alive = (struct ipc_ike_liveness){0};
    connect_node(i);
    RUN_UNTIL(sides[i].alive.timed >= told.timed);
    assert_int_equal(sides[i].alive.since_us, told.since_us);
    assert_true(sides[i].alive.time_us >= told.time_us);
}

#define STORY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(test_comes_up_and_tells),
        STORY(test_second_sync_changes_nothing),
        STORY(test_a_part_of_the_configuration),
        STORY(test_a_change_is_in_force_or_refused),
        STORY(test_node_may_go_and_come),
        STORY(test_removed_tunnel_leaves_nothing),
        STORY(test_what_cannot_be_set_is_told),
        STORY(test_unknown_version_is_refused),
        STORY(test_data_plane_restart_gets_fresh_sas),
        STORY(test_daemon_restart_adopts_then_replaces),
        STORY(test_strange_client),
        STORY(test_how_far_the_peer_is_gets_told),
    };

    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
