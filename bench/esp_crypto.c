/* What the room `esp` costs a worker for one direction of one TCP flow, without any I/O:
 *   out  a 64 KiB super-segment is cut, its checksums are made, all segments encrypted
 *   in   the same segments are decrypted, checked and coalesced again
 * for each cipher, with ipsec-mb against libcrypto in the same run. */
#include "esp.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SEGS       48
#define HEADERS    52U /* IPv4 and TCP with timestamps */
#define SUPER_MAX  65000U
#define FRAME_MAX  2048
#define RUNS       7
#define RUN_SUPERS 400

static const struct algorithm {
    const char *name;
    uint16_t encr;
    size_t encr_key_len;
    uint16_t auth;
    size_t auth_key_len;
} algorithms[] = {
    {"aes128gcm16", 20, 20, 0, 0},      {"aes256gcm16", 20, 36, 0, 0},
    {"chacha20poly1305", 28, 36, 0, 0}, {"aes128-sha1", 12, 16, 2, 20},
    {"aes128-sha256", 12, 16, 12, 32},  {"aes256-sha512", 12, 32, 14, 64},
};

static const uint16_t inner_sizes[] = {1400, 576};

/* One end of a tunnel and the other, as two workers would hold them. */
struct bench {
    struct esp_engine *engine;
    struct esp_sa *out, *in;
    uint8_t packet[SUPER_MAX + 1];
    size_t len;
    uint16_t gso_size;
    uint8_t heads[SEGS * 3 * ESP_HEAD_MAX];
    struct esp_out jobs[SEGS * 3];
    struct esp_in received[SEGS * 3];
    struct esp_packet packets[SEGS * 3];
    struct esp_merged merged[SEGS * 3];
    uint8_t frames[SEGS * 3][FRAME_MAX];
};

/* Nanoseconds a packet. */
struct cost {
    double out, in;
};

static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "esp_crypto: %s\n", what);
    exit(1);
}

static void make_super(struct bench *b, uint16_t inner)
{
    uint8_t *p = b->packet;
    uint16_t sum;

    b->gso_size = (uint16_t)(inner - HEADERS);
    b->len = HEADERS + (size_t)b->gso_size * ((SUPER_MAX - HEADERS) / b->gso_size);
    for (size_t i = 0; i < b->len; i++)
        p[i] = (uint8_t)(i * 31 + i / 251);
    memset(p, 0, HEADERS);
    p[0] = 0x45;
    wire_store_be16(p + 2, (uint16_t)b->len);
    p[6] = 0x40;
    p[8] = 64;
    p[9] = 6;
    wire_store_be32(p + 12, 0x0a000001);
    wire_store_be32(p + 16, 0x0a000002);
    esp_csum_ipv4_header(p);
    wire_store_be32(p + 20, 0x80001451);
    p[32] = 8 << 4;
    p[33] = 0x10;
    sum = (uint16_t)~esp_csum_fold(esp_csum_pseudo(p, 6, (uint32_t)b->len - 20));
    memcpy(p + 36, &sum, 2);
}

static struct bench *bench_new(const struct algorithm *a, enum esp_engine_kind kind, uint16_t inner)
{
    static const uint8_t key[64] = {1, 2, 3, 4, 5};
    struct bench *b = calloc(1, sizeof(*b));
    struct esp_sa_params params = {
        .spi = 0x1000,
        .direction = ESP_OUTBOUND,
        .engine = kind,
        .encr = a->encr,
        .auth = a->auth,
        .encr_key = key,
        .encr_key_len = a->encr_key_len,
        .auth_key = a->auth_key_len ? key : NULL,
        .auth_key_len = a->auth_key_len,
        .esn = true,
        .replay_window = 1024,
    };

    must(b && esp_engine_new(kind, &b->engine) == 0, "no such engine");
    must(esp_sa_new(&params, &b->out) == 0, "no outbound SA");
    params.direction = ESP_INBOUND;
    must(esp_sa_new(&params, &b->in) == 0, "no inbound SA");
    make_super(b, inner);
    return b;
}

static void bench_free(struct bench *b)
{
    esp_sa_free(b->out);
    esp_sa_free(b->in);
    esp_engine_free(b->engine);
    free(b);
}

static unsigned send_super(struct bench *b)
{
    unsigned n = 0;

    must(esp_gso_split(b->packet, b->len, VIRTIO_NET_HDR_GSO_TCPV4, b->gso_size, b->heads,
                       sizeof(b->heads), b->jobs, SEGS * 3, &n) == 0,
         "cannot cut");
    for (unsigned i = 0; i < n; i++) {
        b->jobs[i].dst = b->frames[i];
        b->jobs[i].dst_cap = FRAME_MAX;
    }
    must(esp_encrypt(b->engine, b->out, b->jobs, n) == 0, "cannot encrypt");
    return n;
}

static void receive_super(struct bench *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        b->received[i] = (struct esp_in){.sa = b->in, .data = b->frames[i], .len = b->jobs[i].len};
    esp_decrypt(b->engine, b->received, n);
    for (unsigned i = 0; i < n; i++) {
        must(b->received[i].result == ESP_OK, "cannot decrypt");
        b->packets[i] =
            (struct esp_packet){.data = b->received[i].inner, .len = b->received[i].inner_len};
    }
    must(esp_gro_merge(b->packets, n, b->merged) == 1 && b->merged[0].len == b->len,
         "not merged into what it was");
}

static struct cost run(struct bench *b)
{
    uint64_t out = 0, in = 0, packets = 0;

    for (unsigned i = 0; i < RUN_SUPERS; i++) {
        uint64_t start = now_ns(), middle;
        unsigned n = send_super(b);

        middle = now_ns();
        receive_super(b, n);
        in += now_ns() - middle;
        out += middle - start;
        packets += n;
    }
    return (struct cost){(double)out / (double)packets, (double)in / (double)packets};
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *values)
{
    qsort(values, RUNS, sizeof(*values), compare);
    return values[RUNS / 2];
}

static void print_case(const struct algorithm *a, uint16_t inner, const char *way, double value,
                       double baseline)
{
    printf("{\"bench\":\"esp_crypto\",\"case\":\"%s %u %s\",\"value\":%.1f,\"unit\":\"ns/packet\","
           "\"gbps\":%.1f,\"baseline\":{\"name\":\"libcrypto\",\"value\":%.1f},\"ratio\":%.2f}\n",
           a->name, inner, way, value, inner * 8.0 / value, baseline, baseline / value);
    fflush(stdout);
}

static void compare_engines(const struct algorithm *a, uint16_t inner)
{
    struct bench *fast = bench_new(a, ESP_ENGINE_AUTO, inner);
    struct bench *base = bench_new(a, ESP_ENGINE_LIBCRYPTO, inner);
    double out[2][RUNS], in[2][RUNS];

    for (unsigned i = 0; i < RUNS; i++) { /* interleaved, so that a busy machine is fair to both */
        struct cost x = run(fast), y = run(base);

        out[0][i] = x.out;
        out[1][i] = y.out;
        in[0][i] = x.in;
        in[1][i] = y.in;
    }
    print_case(a, inner, "out", median(out[0]), median(out[1]));
    print_case(a, inner, "in", median(in[0]), median(in[1]));
    bench_free(fast);
    bench_free(base);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(inner_sizes); k++)
            compare_engines(&algorithms[i], inner_sizes[k]);
    }
    return 0;
}
