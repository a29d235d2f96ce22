/* esp_test.h - keys, SAs and inner packets for the tests of this room. */
#ifndef ESP_TEST_H
#define ESP_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "esp_internal.h"

#include <stdio.h>
#include <stdlib.h>

static const enum esp_engine_kind engine_kinds[] = {
#ifdef ESP_HAVE_IPSEC_MB
    ESP_ENGINE_IPSEC_MB,
#endif
    ESP_ENGINE_LIBCRYPTO,
};

/* Every algorithm that a tunnel may use. */
static const struct algorithm {
    const char *name;
    uint16_t encr;
    size_t encr_key_len;
    uint16_t auth;
    size_t auth_key_len;
} algorithms[] = {
    {"aes128gcm16", 20, 20, 0, 0},     {"aes192gcm16", 20, 28, 0, 0},
    {"aes256gcm16", 20, 36, 0, 0},     {"chacha20poly1305", 28, 36, 0, 0},
    {"aes128-sha1", 12, 16, 2, 20},    {"aes192-sha1", 12, 24, 2, 20},
    {"aes256-sha1", 12, 32, 2, 20},    {"aes128-sha256", 12, 16, 12, 32},
    {"aes192-sha256", 12, 24, 12, 32}, {"aes256-sha256", 12, 32, 12, 32},
    {"aes128-sha384", 12, 16, 13, 48}, {"aes256-sha384", 12, 32, 13, 48},
    {"aes128-sha512", 12, 16, 14, 64}, {"aes256-sha512", 12, 32, 14, 64},
};

static inline size_t from_hex(const char *text, uint8_t *ret, size_t cap)
{
    size_t n = 0;

    while (*text) {
        unsigned byte = 0;

        if (*text == ' ') {
            text++;
            continue;
        }
        assert_true(n < cap && sscanf(text, "%2x", &byte) == 1);
        ret[n++] = (uint8_t)byte;
        text += 2;
    }
    return n;
}

/* The same key bytes for both directions of one algorithm. */
static inline struct esp_sa_params params_of(const struct algorithm *a, enum esp_engine_kind kind,
                                             enum esp_direction direction)
{
    static uint8_t encr_key[36], auth_key[64];

    for (unsigned i = 0; i < sizeof(encr_key); i++)
        encr_key[i] = (uint8_t)(i * 7 + 1);
    for (unsigned i = 0; i < sizeof(auth_key); i++)
        auth_key[i] = (uint8_t)(i * 11 + 3);
    return (struct esp_sa_params){
        .spi = 0xc0ffee01,
        .direction = direction,
        .engine = kind,
        .encr = a->encr,
        .auth = a->auth,
        .encr_key = encr_key,
        .encr_key_len = a->encr_key_len,
        .auth_key = a->auth_key_len ? auth_key : NULL,
        .auth_key_len = a->auth_key_len,
        .replay_window = 64,
    };
}

static inline struct esp_sa *sa_of(const struct esp_sa_params *p)
{
    struct esp_sa *sa = NULL;

    assert_int_equal(esp_sa_new(p, &sa), 0);
    return sa;
}

static inline struct esp_engine *engine_of(enum esp_engine_kind kind)
{
    struct esp_engine *engine = NULL;

    assert_int_equal(esp_engine_new(kind, &engine), 0);
    return engine;
}

/* Numbers that are the same in every run. */
static inline uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(*state >> 33);
}

/* An IPv4 or IPv6 packet of protocol 253 (experiments) with len bytes in all. */
static inline void make_packet(uint8_t *packet, size_t len, unsigned version)
{
    for (size_t i = 0; i < len; i++)
        packet[i] = (uint8_t)(i * 13 + len);
    if (version == 4) {
        packet[0] = 0x45;
        wire_store_be16(packet + 2, (uint16_t)len);
        packet[6] = packet[7] = 0;
        packet[9] = 253;
        esp_csum_ipv4_header(packet);
    } else {
        packet[0] = 0x60;
        wire_store_be16(packet + 4, (uint16_t)(len - 40));
        packet[6] = 253;
    }
}

#endif
