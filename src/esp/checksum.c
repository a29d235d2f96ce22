#include "esp_internal.h"

/* The kernels of the two loops exist once per instruction set; the dynamic linker picks. The
 * sanitizers cannot run in its resolvers, so a sanitized build has the plain one only. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

#define LANES 8
typedef uint64_t vec __attribute__((vector_size(8 * LANES)));

/* Both 32-bit halves of each lane are added to 64-bit lanes, which 65535 bytes cannot overflow. */
#define LOW_HALF 0xffffffffULL

CLONES static uint64_t sum_blocks(const uint8_t *src, size_t blocks)
{
    vec low = {0}, high = {0};
    uint64_t sum = 0;

    for (; blocks; blocks--, src += sizeof(vec)) {
        vec v;

        memcpy(&v, src, sizeof(v));
        low += v & LOW_HALF;
        high += v >> 32;
    }
    low += high;
    for (unsigned i = 0; i < LANES; i++)
        sum += low[i];
    return sum;
}

CLONES static uint64_t copy_blocks(uint8_t *dst, const uint8_t *src, size_t blocks)
{
    vec low = {0}, high = {0};
    uint64_t sum = 0;

    for (; blocks; blocks--, src += sizeof(vec), dst += sizeof(vec)) {
        vec v;

        memcpy(&v, src, sizeof(v));
        memcpy(dst, &v, sizeof(v));
        low += v & LOW_HALF;
        high += v >> 32;
    }
    low += high;
    for (unsigned i = 0; i < LANES; i++)
        sum += low[i];
    return sum;
}

/* Fewer bytes than a block. */
static uint64_t sum_tail(uint64_t sum, const uint8_t *src, size_t len)
{
    uint32_t word;
    uint16_t half = 0;

    for (; len >= 4; len -= 4, src += 4) {
        memcpy(&word, src, 4);
        sum += word;
    }
    if (len >= 2) {
        memcpy(&half, src, 2);
        sum += half;
        src += 2;
        len -= 2;
    }
    if (len) {
        half = 0;
        memcpy(&half, src, 1); /* the missing byte counts as 0 (RFC 1071) */
        sum += half;
    }
    return sum;
}

uint64_t esp_csum_add(uint64_t sum, const void *data, size_t len)
{
    const uint8_t *at = data;
    size_t blocks = len / sizeof(vec);

    if (blocks)
        sum += sum_blocks(at, blocks);
    return sum_tail(sum, at + blocks * sizeof(vec), len % sizeof(vec));
}

uint64_t esp_csum_copy(uint64_t sum, void *dst, const void *src, size_t len)
{
    size_t blocks = len / sizeof(vec), tail = len % sizeof(vec), at = blocks * sizeof(vec);

    if (blocks)
        sum += copy_blocks(dst, src, blocks);
    if (tail)
        memcpy((uint8_t *)dst + at, (const uint8_t *)src + at, tail);
    return sum_tail(sum, (const uint8_t *)src + at, tail);
}

uint16_t esp_csum_fold(uint64_t sum)
{
    sum = (sum >> 32) + (sum & LOW_HALF);
    sum = (sum >> 32) + (sum & LOW_HALF);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)~sum;
}

uint64_t esp_csum_pseudo(const uint8_t *ip, uint8_t protocol, uint32_t l4_len)
{
    uint8_t last[8] = {0};
    uint64_t sum;

    /* RFC 9293, 3.1 and RFC 8200, 8.1: addresses, zeros, protocol, length; the order and the width
     * of the fields do not matter to the sum. */
    sum = ip[0] >> 4 == 4 ? esp_csum_add(0, ip + 12, 8) : esp_csum_add(0, ip + 8, 32);
    wire_store_be32(last, l4_len);
    last[7] = protocol;
    return esp_csum_add(sum, last, sizeof(last));
}

uint16_t esp_csum_update16(uint16_t csum, uint16_t old_word, uint16_t new_word)
{
    /* RFC 1624, equation 3. */
    return esp_csum_fold((uint64_t)(uint16_t)~csum + (uint16_t)~old_word + new_word);
}

void esp_csum_ipv4_header(uint8_t *ip)
{
    uint16_t csum;

    memset(ip + 10, 0, 2);
    csum = esp_csum_fold(esp_csum_add(0, ip, (ip[0] & 15U) * 4U));
    memcpy(ip + 10, &csum, 2);
}

int esp_csum_finish(uint8_t *packet, size_t len, size_t csum_start, size_t csum_offset)
{
    uint16_t csum;

    if (!esp_checksum_fits(len, csum_start, csum_offset))
        return -EINVAL;
    csum = esp_csum_fold(esp_csum_add(0, packet + csum_start, len - csum_start));
    if (!csum)
        csum = 0xffff; /* to UDP, 0 would mean that there is none */
    memcpy(packet + csum_start + csum_offset, &csum, 2);
    return 0;
}
