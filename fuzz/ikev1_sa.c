/* Two machines that speak IKEv1; the input plays the network and a peer gone mad: what is lost
 * while they set up, raw datagrams, authentic messages with anything inside, time, commands.
 *
 * The input: one byte, whose bit 0 says aggressive mode and whose other bits which of the first
 * datagrams are lost; then a row of steps: one byte what, one byte for whom, one byte length, that
 * many bytes. */
#include <stdlib.h>

#include "tunnel_internal.h"

#define TUNNEL    "vpntun-0"
#define STEPS_MAX 64
#define HASH_AT   (IKE_HEADER_LEN + 4)

struct end {
    struct ike *ike;
    struct endpoint at;
};

static struct end ends[2];
static uint64_t now_us, seed;
static unsigned lost; /* the lowest bit: the next datagram */

static void fake_random(void *context, void *ret, size_t len)
{
    uint8_t *at = ret;

    (void)context;
    for (size_t i = 0; i < len; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        at[i] = (uint8_t)(seed >> 56);
    }
}

static void configure(int i, bool aggressive)
{
    struct addr any = addr_v4(0, 0, 0, 0);
    struct ike_tunnel_config c = {
        .id = TUNNEL,
        .admin_up = true,
        .initiate = i == 0,
        .ikev1 = true,
        .aggressive = aggressive,
        .local = ends[i].at.addr,
        .remote = ends[!i].at.addr,
        .psk_len = 8,
        .psk = "12345678",
        .ike = {.n_ciphers = 1,
                .ciphers = {{CRYPTO_ENCR_AES_CBC, 128}},
                .n_integrity = 1,
                .integrity = {CRYPTO_INTEG_SHA1_96},
                .n_groups = 1,
                .groups = {CRYPTO_DH_ECP_256}},
        .ike_lifetime_s = 14400,
        .child_lifetime_s = 3600,
        .dpd = true,
        .dpd_interval_s = 10,
        .dpd_timeout_s = 30,
        .n_local_ts = 1,
        .n_remote_ts = 1,
    };

    c.child = c.ike;
    c.child.groups[0] = CRYPTO_DH_NONE;
    c.local_ts[0] = c.remote_ts[0] = prefix_make(&any, 0);
    ike_sync_begin(ends[i].ike);
    if (ike_tunnel_set(ends[i].ike, &c, now_us) < 0)
        abort();
    (void)ike_sync_end(ends[i].ike, now_us);
}

/* Whatever the peer sends, what is told is a message of the catalogue. */
static void check_text(const char *text)
{
    struct words_read r;

    if (*text && words_read(text, &r)->code == WORDS_FOREIGN)
        abort();
}

static void check_status(int end)
{
    struct ike_status s;

    if (ike_status(ends[end].ike, TUNNEL, &s) == 0)
        check_text(s.last_error);
}

static void act(int i, const struct ike_action *a)
{
    bool is_lost = lost & 1;

    if (a->kind == IKE_ACTION_SEND) {
        lost >>= 1;
        if (!is_lost)
            ike_input(ends[!i].ike, &a->remote, &a->local, a->data, a->len, now_us);
    } else if (a->kind == IKE_ACTION_SA_ADD) {
        ike_sa_result(ends[i].ike, a->tunnel, a->add.direction, a->add.spi, 0, now_us);
    } else if (a->kind == IKE_ACTION_STATUS) {
        check_status(i);
    } else if (a->kind == IKE_ACTION_LOG) {
        check_text(a->text);
    }
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
                act(i, &a);
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

/* By the keys of the other end: a HASH that holds, then anything. */
static size_t seal(const struct ike_sa *sa, const uint8_t *data, size_t len, uint8_t out[1024])
{
    struct ike1_header hdr = {.spi_i = sa->spi_i,
                              .spi_r = sa->spi_r,
                              .exchange =
                                  data[0] & 1 ? IKE1_EXCHANGE_QUICK : IKE1_EXCHANGE_INFORMATIONAL,
                              .message_id = 1 + (uint32_t)(data[0] >> 1)};
    struct ike1_hash_input in = {.message_id = hdr.message_id,
                                 .payloads = crypto_span(data + 2, len - 2)};
    struct ike1_builder b;
    uint8_t iv[IKE1_BLOCK];
    size_t n;

    ike1_build_begin(&b, out, 1024, &hdr);
    ike1_payload_begin(&b, IKE1_PAYLOAD_HASH);
    wire_put_zero(&b.w, sa->algs.prf->len);
    ike1_payload_end(&b);
    wire_put_bytes(&b.w, data + 2, len - 2);
    out[IKE_HEADER_LEN] = data[1]; /* the type of what follows */
    if (ike1_build_end(&b, &n) < 0 ||
        ike1_phase2_hash(sa->algs.prf, &sa->v1->keys, &in, out + HASH_AT) < 0 ||
        ike1_phase2_iv(sa->algs.prf, sa->v1->last_block, hdr.message_id, iv) < 0 ||
        ike1_encrypt(&sa->algs, &sa->v1->keys, iv, out, 1024, &n) < 0)
        abort();
    return n;
}

static void authentic(int to, const uint8_t *data, size_t len)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ends[!to].ike, TUNNEL);
    const struct ike_sa *sa = tunnel ? tunnel->peer.lead : NULL;
    uint8_t out[1024];

    if (sa && len >= 2)
        ike_input(ends[to].ike, &ends[to].at, &ends[!to].at, out, seal(sa, data, len, out), now_us);
}

static void step(uint8_t what, int to, const uint8_t *data, size_t len)
{
    switch (what % 4) {
    case 0:
        ike_input(ends[to].ike, &ends[to].at, &ends[!to].at, data, len, now_us);
        break;
    case 1:
        authentic(to, data, len);
        break;
    case 2:
        pass_time(len ? (UINT64_C(1) << (data[0] % 32)) : 1000);
        break;
    default:
        (void)!ike_command(ends[to].ike, TUNNEL, (enum ike_command)(1 + (len ? data[0] % 4 : 0)),
                           now_us);
        break;
    }
    settle();
}

static void begin(uint8_t how)
{
    struct ike_options options = {.random = fake_random};

    now_us = 1000000;
    seed = 1;
    lost = how >> 1;
    for (int i = 0; i < 2; i++) {
        ends[i].at =
            (struct endpoint){.addr = addr_v4(192, 0, 2, (uint8_t)(i + 1)), .port = IKE_PORT_NATT};
        if (ike_new(&options, &ends[i].ike) < 0)
            abort();
        ike_inventory_begin(ends[i].ike, NULL);
        ike_inventory_end(ends[i].ike, NULL, now_us);
    }
    configure(1, how & 1);
    configure(0, how & 1);
    settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    begin(*data++);
    size--;
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
