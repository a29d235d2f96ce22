/* Two IKE machines, established; then the input plays the network and a peer gone mad: raw
 * datagrams, authentic messages with anything inside, time, commands, events of the data plane, key
 * exchanges with any value.
 *
 * The input is a row of steps: one byte what, one byte for whom, one byte length, that many bytes.
 */
#include "../tests/unit/ike/raw_seal.h"

#include <stdlib.h>

#define TUNNEL    "vpntun-0"
#define STEPS_MAX 64

struct end {
    struct ike *ike;
    struct endpoint at;
};

static struct end ends[2];
static uint64_t now_us, seed;

static void fake_random(void *context, void *ret, size_t len)
{
    uint8_t *at = ret;

    (void)context;
    for (size_t i = 0; i < len; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        at[i] = (uint8_t)(seed >> 56);
    }
}

static void configure(int i)
{
    struct addr any = addr_v4(0, 0, 0, 0);
    struct ike_tunnel_config c = {
        .id = TUNNEL,
        .admin_up = true,
        .initiate = i == 0,
        .local = ends[i].at.addr,
        .remote = ends[!i].at.addr,
        .psk_len = 8,
        .psk = "12345678",
        .ike = {.n_ciphers = 1,
                .ciphers = {{CRYPTO_ENCR_AES_GCM_16, 128}},
                .n_groups = 3,
                .groups = {CRYPTO_DH_CURVE25519, CRYPTO_DH_ECP_256, CRYPTO_DH_MODP_1024},
                .n_additional = 2,
                .additional = {{0, CRYPTO_DH_ECP_384}, {0, CRYPTO_DH_NONE}}},
        .ike_lifetime_s = 14400,
        .child_lifetime_s = 3600,
        .dpd = true,
        .dpd_interval_s = 10,
        .dpd_timeout_s = 30,
        .n_local_ts = 1,
        .n_remote_ts = 1,
        .n_local_networks = 2,
        .n_remote_networks = 2,
    };
    struct addr ours = addr_v4(10, 1, 0, 0), theirs = addr_v4(192, 168, 0, 0);

    c.child = c.ike;
    c.child.groups[0] = CRYPTO_DH_NONE;
    c.child.groups[2] = CRYPTO_DH_CURVE25519;
    c.child.n_additional = 0;
    c.local_ts[0] = c.remote_ts[0] = prefix_make(&any, 0);
    for (uint8_t n = 0; n < 2; n++) { /* for a peer that does not narrow */
        ours.bytes[2] = theirs.bytes[2] = n;
        c.local_networks[n] = prefix_make(&ours, 24);
        c.remote_networks[n] = prefix_make(&theirs, 24);
    }
    ike_sync_begin(ends[i].ike);
    if (ike_tunnel_set(ends[i].ike, &c, now_us) < 0)
        abort();
    (void)ike_sync_end(ends[i].ike, now_us);
}

/* Whatever the peer sends, the reason that is told is a message of the catalogue. */
static void check_error(int end)
{
    struct ike_status s;
    struct words_read r;

    if (ike_status(ends[end].ike, TUNNEL, &s) == 0 && s.last_error[0] &&
        words_read(s.last_error, &r)->code == WORDS_FOREIGN)
        abort();
}

/* So is each line of the log. */
static void check_line(const struct ike_action *a)
{
    struct words_read r;

    if (words_read(a->text, &r)->code == WORDS_FOREIGN || a->level < IKE_LOG_INFO ||
        a->level > IKE_LOG_ERROR)
        abort();
}

/* Nothing is heard of any SA. */
static void answer(struct ike *ike, const char *tunnel)
{
    ike_inventory_begin(ike, tunnel[0] ? tunnel : NULL);
    ike_inventory_end(ike, tunnel[0] ? tunnel : NULL, now_us);
}

/* Datagrams reach the other end at once; the data plane says yes to everything. */
static void settle(void)
{
    struct ike_action a;
    bool more = true;

    for (unsigned round = 0; more; round++) {
        if (round > 10000)
            abort(); /* two machines that never come to rest */
        more = false;
        for (int i = 0; i < 2; i++) {
            while (ike_next_action(ends[i].ike, &a)) {
                more = true;
                if (a.kind == IKE_ACTION_SEND)
                    ike_input(ends[!i].ike, &a.remote, &a.local, a.data, a.len, now_us);
                else if (a.kind == IKE_ACTION_SA_ADD)
                    ike_sa_result(ends[i].ike, a.tunnel, a.add.direction, a.add.spi, 0, now_us);
                else if (a.kind == IKE_ACTION_SA_QUERY)
                    answer(ends[i].ike, a.tunnel);
                else if (a.kind == IKE_ACTION_STATUS)
                    check_error(i);
                else if (a.kind == IKE_ACTION_LOG)
                    check_line(&a);
                ike_action_wipe(&a);
            }
        }
    }
}

static void pass_time(uint64_t us)
{
    uint64_t end = now_us + us;

    for (unsigned i = 0; i < 1000; i++) {
        uint64_t next = MIN(ike_deadline(ends[0].ike), ike_deadline(ends[1].ike));

        if (next > end)
            break;
        now_us = MAX(now_us, next);
        for (int k = 0; k < 2; k++)
            ike_tick(ends[k].ike, now_us);
        settle();
    }
    now_us = end;
}

static void authentic(int to, const uint8_t *data, size_t len)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ends[!to].ike, TUNNEL);
    struct ike_sa *sa = tunnel ? tunnel->peer.lead : NULL;
    struct raw_request q;
    uint8_t out[512];
    size_t n;

    if (!sa || len < 3 || sa->v2->request.task != IKEV2_TASK_NONE)
        return;
    q = (struct raw_request){.exchange = (uint8_t)(34 + data[0] % 5),
                             .flags = data[1] & IKE_FLAG_RESPONSE,
                             .first = data[2],
                             .chain = data + 3,
                             .len = len - 3};
    q.id = q.flags ? sa->v2->recv_id : sa->v2->send_id++;
    n = raw_seal(sa, &q, out, sizeof(out));
    ike_input(ends[to].ike, &ends[to].at, &ends[!to].at, out, n, now_us);
}

/* ---- key exchanges ---- */

enum purpose { FOR_A_CALL, FOR_AN_IKE_SA, FOR_A_PAIR, PURPOSES };

static void propose(struct ike_message *m, enum purpose purpose, const struct ike_offer *offer,
                    uint64_t spi)
{
    struct addr any = addr_v4(0, 0, 0, 0);
    struct prefix all = prefix_make(&any, 0);
    int r = purpose == FOR_A_PAIR
                ? ike_propose_child(m, offer, false, true, (uint32_t)spi | IKE_ESP_SPI_MIN)
                : ike_propose_ike(m, offer, purpose == FOR_A_CALL ? 0 : spi);

    if (purpose == FOR_A_PAIR &&
        (ike_ts_fill(&m->tsi, &all, 1) < 0 || ike_ts_fill(&m->tsr, &all, 1) < 0))
        r = -1;
    if (purpose == FOR_A_PAIR) {
        ike_message_mark(m, IKE_PAYLOAD_TSI);
        ike_message_mark(m, IKE_PAYLOAD_TSR);
    }
    if (r < 0)
        abort();
}

static void send_creation(int to, const struct ike_message *m)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ends[!to].ike, TUNNEL);
    struct ike_sa *sa = tunnel ? tunnel->peer.lead : NULL;
    struct raw_request q = {.exchange = IKE_EXCHANGE_CREATE_CHILD_SA};
    uint8_t chain[1024], out[2048];

    if (!sa || sa->v2->request.task != IKEV2_TASK_NONE ||
        ike_message_build_inner(m, chain, sizeof(chain), &q.first, &q.len) < 0)
        return;
    q.id = sa->v2->send_id++;
    q.chain = chain;
    ike_input(ends[to].ike, &ends[to].at, &ends[!to].at, out, raw_seal(sa, &q, out, sizeof(out)),
              now_us);
}

/* What for, which group, how many zeros behind the value, the value. */
static void exchange(int to, const uint8_t *data, size_t len)
{
    static const uint16_t groups[] = {CRYPTO_DH_CURVE25519, CRYPTO_DH_ECP_256, CRYPTO_DH_MODP_1024,
                                      CRYPTO_DH_MODP_2048};
    struct ike_offer offer = {
        .n_ciphers = 1, .ciphers = {{CRYPTO_ENCR_AES_GCM_16, 128}}, .n_groups = 1};
    uint8_t value[512] = {0}, nonce[32] = {1}, hash[CRYPTO_SHA1_LEN] = {0}, out[2048];
    enum purpose purpose;
    struct ike_message m;
    uint64_t spi;
    size_t n;

    if (len < 3)
        return;
    purpose = (enum purpose)(data[0] % PURPOSES);
    offer.groups[0] = groups[data[1] % ARRAY_SIZE(groups)];
    memcpy(value, data + 3, len - 3);
    fake_random(NULL, &spi, sizeof(spi));
    ike_message_init(&m,
                     purpose == FOR_A_CALL ? IKE_EXCHANGE_SA_INIT : IKE_EXCHANGE_CREATE_CHILD_SA,
                     IKE_FLAG_INITIATOR, spi, 0, 0);
    propose(&m, purpose, &offer, spi);
    m.ke = (struct ike_ke){.group = offer.groups[0], .data = crypto_span(value, len - 3 + data[2])};
    m.nonce = crypto_span(nonce, sizeof(nonce));
    ike_message_mark(&m, IKE_PAYLOAD_KE);
    ike_message_mark(&m, IKE_PAYLOAD_NONCE);
    if (purpose != FOR_A_CALL) {
        send_creation(to, &m);
    } else if (ike_message_add_notify(&m, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, hash, sizeof(hash)) &&
               ike_message_add_notify(&m, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, hash,
                                      sizeof(hash)) &&
               ike_message_build(&m, out, sizeof(out), &n) == 0) {
        ike_input(ends[to].ike, &ends[to].at, &ends[!to].at, out, n, now_us);
    }
}

/* One fragment of what the peer might send: number, total, and a part of the chain. The next
 * message ID is taken when the input says so, so that several make one message. */
static void fragment(int to, const uint8_t *data, size_t len)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ends[!to].ike, TUNNEL);
    struct ike_sa *sa = tunnel ? tunnel->peer.lead : NULL;
    struct ike_header hdr = {.version = 0x20};
    struct ike_fragment f;
    uint8_t out[512];
    size_t n;

    if (!sa || len < 5 || sa->v2->request.task != IKEV2_TASK_NONE)
        return;
    f = (struct ike_fragment){.first = data[2],
                              .number = data[3],
                              .total = data[4],
                              .part = crypto_span(data + 5, len - 5)};
    hdr.spi_i = sa->spi_i;
    hdr.spi_r = sa->spi_r;
    hdr.exchange = (uint8_t)(34 + data[0] % 5);
    hdr.flags = (uint8_t)((data[1] & IKE_FLAG_RESPONSE) | (sa->initiator ? IKE_FLAG_INITIATOR : 0));
    hdr.message_id = data[1] & IKE_FLAG_RESPONSE ? sa->v2->recv_id : sa->v2->send_id;
    if (ike_fragment_protect(&hdr, &f, sa->v2->sk, out, sizeof(out), &n) < 0)
        abort();
    ike_input(ends[to].ike, &ends[to].at, &ends[!to].at, out, n, now_us);
    sa->v2->send_id += data[1] & 1;
}

static void event(int to, const uint8_t *data, size_t len)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ends[to].ike, TUNNEL);
    struct ike_sa *sa = tunnel ? tunnel->peer.lead : NULL;
    const struct ike_pair *pair;
    bool out;

    if (!sa || list_empty(&sa->pairs) || !len)
        return;
    pair = container_of(sa->pairs.next, struct ike_pair, link);
    out = data[0] & 0x80;
    ike_sa_event(ends[to].ike, TUNNEL, (enum ike_sa_event)(data[0] % 4), out ? IKE_OUT : IKE_IN,
                 out ? pair->spi_out : pair->spi_in, &ends[!to].at, now_us);
}

static void step(uint8_t what, int to, const uint8_t *data, size_t len)
{
    switch (what >= 128 ? 128 : what % 7) {
    case 128:
        exchange(to, data, len);
        break;
    case 0:
        ike_input(ends[to].ike, &ends[to].at, &ends[!to].at, data, len, now_us);
        break;
    case 1:
        authentic(to, data, len);
        break;
    case 2:
        pass_time(len ? (UINT64_C(1) << (data[0] % 32)) : 1000);
        break;
    case 3:
        if (ike_command(ends[to].ike, TUNNEL, (enum ike_command)(1 + (len ? data[0] % 4 : 0)),
                        now_us) < 0)
            break;
        break;
    case 4:
        event(to, data, len);
        break;
    case 5:
        ike_unknown_spi(ends[to].ike, &ends[!to].at, now_us);
        break;
    default:
        fragment(to, data, len);
        break;
    }
    settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ike_options options = {.random = fake_random};

    now_us = 1000000;
    seed = 1;
    for (int i = 0; i < 2; i++) {
        ends[i].at =
            (struct endpoint){.addr = addr_v4(192, 0, 2, (uint8_t)(i + 1)), .port = IKE_PORT_NATT};
        if (ike_new(&options, &ends[i].ike) < 0)
            abort();
        ike_inventory_begin(ends[i].ike, NULL);
        ike_inventory_end(ends[i].ike, NULL, now_us);
    }
    configure(1);
    configure(0);
    settle();
    for (unsigned i = 0; i < STEPS_MAX && size >= 3; i++) {
        size_t len = MIN((size_t)data[2], size - 3);

        step(data[0], data[1] & 1, data + 3, len);
        data += 3 + len;
        size -= 3 + len;
    }
    pass_time(10 * IKE_SECOND);
    for (int i = 0; i < 2; i++) {
        ike_free(ends[i].ike);
        ends[i].ike = NULL;
    }
    return 0;
}
