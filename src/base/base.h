/* base.h - what every room stands on: addresses and prefixes, byte buffers, log, clock, random,
 * lists.
 *
 * Errors everywhere are an int: 0, or a negative errno. Results leave through last parameters named
 * ret, untouched on failure. */
#ifndef ROPEWAY_BASE_H
#define ROPEWAY_BASE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#undef MIN /* <sys/param.h>, which comes with other libraries' headers, has them too */
#undef MAX
#define MUST_USE                        __attribute__((warn_unused_result))
#define PRINTF(fmt, arg)                __attribute__((format(printf, fmt, arg)))
#define ARRAY_SIZE(a)                   (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)                       ((a) < (b) ? (a) : (b))
#define MAX(a, b)                       ((a) > (b) ? (a) : (b))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* ---- addresses (addr.c) ---- */

enum addr_family { ADDR_NONE = 0, ADDR_IPV4 = 4, ADDR_IPV6 = 6 };

/* An IPv4 or IPv6 address, network byte order; an IPv4 address uses the first four bytes, the rest
 * are 0. */
struct addr {
    uint8_t family; /* enum addr_family */
    uint8_t bytes[16];
};

/* An address and a UDP port (host byte order). */
struct endpoint {
    struct addr addr;
    uint16_t port;
};

/* Host bits of addr are always 0: prefix_parse() refuses others, prefix_make() clears them. */
struct prefix {
    struct addr addr;
    uint8_t len;
};

#define ADDR_TEXT_MAX     46 /* with the 0 byte */
#define PREFIX_TEXT_MAX   50
#define ENDPOINT_TEXT_MAX 56

struct addr addr_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
/* 4 or 16; 0 for ADDR_NONE. */
size_t addr_len(const struct addr *a);
/* 32 or 128; 0 for ADDR_NONE. */
unsigned addr_bits(const struct addr *a);
/* Order by family, then numerically: <0, 0, >0. */
int addr_cmp(const struct addr *a, const struct addr *b);
bool addr_equal(const struct addr *a, const struct addr *b);
bool addr_is_any(const struct addr *a);
/* a + n; wraps inside the family. */
struct addr addr_add(const struct addr *a, uint64_t n);
/* -EINVAL unless text is exactly one address in the usual notation. */
MUST_USE int addr_parse(const char *text, struct addr *ret);
/* Writes into buf and returns it; "" for ADDR_NONE. */
const char *addr_format(const struct addr *a, char buf[ADDR_TEXT_MAX]);

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
const char *endpoint_format(const struct endpoint *e, char buf[ENDPOINT_TEXT_MAX]);

struct prefix prefix_make(const struct addr *a, uint8_t len);
/* The address that has the place in p that a has in its prefix of the same length; p->len bits of
 * it are those of p. Of one family. */
struct addr addr_within(const struct addr *a, const struct prefix *p);
/* -EINVAL if it is no CIDR, -EDOM if host bits are set ("10.0.0.1/8"). A missing length is -EINVAL.
 */
MUST_USE int prefix_parse(const char *text, struct prefix *ret);
const char *prefix_format(const struct prefix *p, char buf[PREFIX_TEXT_MAX]);
/* Order by address, then length. */
int prefix_cmp(const struct prefix *a, const struct prefix *b);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
bool prefix_contains_addr(const struct prefix *p, const struct addr *a);
/* inner lies inside outer (or equals it). */
bool prefix_contains(const struct prefix *outer, const struct prefix *inner);
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);
/* The last address inside (the broadcast address of an IPv4 subnet). */
struct addr prefix_last(const struct prefix *p);
/* The netmask as an address. */
struct addr prefix_mask(const struct prefix *p);

/* ---- growable bytes (buf.c) ---- */

/* Owns data. After an allocation failure `failed` stays true, later calls do nothing, and data is
 * still valid up to len: check once at the end. Zero-initialise; text in it is always followed by a
 * 0 byte not counted in len. */
struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    bool failed;
};

void buf_done(struct buf *b);
/* As buf_done, but wipes the bytes first. */
void buf_wipe(struct buf *b);
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *text);
PRINTF(2, 3) void buf_printf(struct buf *b, const char *fmt, ...);
/* Room for len more bytes at the end, counted as written; NULL on allocation failure. */
void *buf_extend(struct buf *b, size_t len);
/* The text, never NULL. Borrowed. */
const char *buf_text(const struct buf *b);

/* ---- log (log.c) ---- */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* One line to stderr: time, level, program, text (to the journal: priority and text); control
 * characters in the text become '?'. Secrets never belong in it. */
PRINTF(2, 3) void log_write(enum log_level level, const char *fmt, ...);
/* Lines below level are dropped. Default LOG_INFO. */
void log_set_level(enum log_level level);
/* -EINVAL unless one of debug, info, warn, error. */
MUST_USE int log_parse_level(const char *text, enum log_level *ret);
/* The name that starts each line; borrowed for ever. Call it first, while stderr is what it will
 * be: it finds out whether that is the journal. */
void log_set_program(const char *name);
bool log_enabled(enum log_level level);

#define log_debug(...)                                                                             \
    do {                                                                                           \
        if (log_enabled(LOG_DEBUG))                                                                \
            log_write(LOG_DEBUG, __VA_ARGS__);                                                     \
    } while (0)
#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)

/* ---- clock and random (clock.c, random.c) ---- */

/* Only programs and rooms with I/O read a clock; thinking rooms get it as an argument. */
uint64_t clock_monotonic_us(void);
/* Microseconds since 1970-01-01 UTC. */
uint64_t clock_realtime_us(void);
#define CLOCK_TEXT_MAX 32
/* RFC 3339 in UTC with milliseconds: 2026-11-22T08:27:24.123Z. */
const char *clock_format(uint64_t realtime_us, char buf[CLOCK_TEXT_MAX]);
/* For sentences: 2026-11-22 08:27:24 UTC. */
const char *clock_say(uint64_t realtime_us, char buf[CLOCK_TEXT_MAX]);
/* -EINVAL unless text is what clock_format() writes for a time from 1970 to 9999. */
MUST_USE int clock_parse(const char *text, uint64_t *ret);

/* From the kernel; aborts if it has none. */
void random_bytes(void *ret, size_t len);
uint64_t random_u64(void);
/* Fills text with len characters from a-z2-7 (base32) and a 0 byte; text holds len + 1. */
void random_base32(char *text, size_t len);
/* prefix and len random letters and digits; text has room for both and a 0 byte. */
void random_id(char *text, const char *prefix, size_t len);

/* ---- hashing (hash.c) ---- */

/* FNV-1a, for tables that nobody attacks. */
uint64_t hash_bytes(const void *data, size_t len, uint64_t seed);

/* ---- text (text.c) ---- */

/* Copies at most size - 1 bytes and always ends with 0. -ENAMETOOLONG if it was cut, which happens
 * between two UTF-8 characters. */
int text_copy(char *dst, size_t size, const char *src);
/* True if the bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool text_is_utf8(const char *text, size_t len);
/* Puts a question mark in the place of each byte that is not part of well-formed UTF-8. */
void text_make_utf8(char *text);
/* snprintf for sentences that hold foreign text: always ends with 0, cuts between two characters,
 * and the outcome is well-formed UTF-8 whatever went in. -ENAMETOOLONG if it was cut. */
PRINTF(3, 4) int text_printf(char *dst, size_t size, const char *fmt, ...);
PRINTF(3, 0) int text_vprintf(char *dst, size_t size, const char *fmt, va_list args);
/* Characters in well-formed UTF-8. */
size_t text_utf8_count(const char *text);
/* Decimal, whole string, no sign, at most max. -EINVAL or -ERANGE. */
MUST_USE int text_parse_u64(const char *text, uint64_t max, uint64_t *ret);
bool text_starts_with(const char *text, const char *start);
/* In a time that depends on len alone; for tags and tokens. */
bool mem_equal_ct(const void *a, const void *b, size_t len);

/* ---- files (file.c) ---- */

/* Reads a whole regular file, at most max bytes (-EFBIG). The buf gains the bytes. */
MUST_USE int file_read(const char *path, size_t max, struct buf *ret);
/* Writes to a sibling, PATH.new, fsyncs, renames over path: a reader sees the old or the new, never
 * half, and the new is still there after a power cut. One writer at a time; what one that was
 * killed left behind goes with the next write. Written by root it belongs to whom the one before
 * belonged to. */
MUST_USE int file_write_atomic(const char *path, const void *data, size_t len, unsigned mode);
/* Makes the names in the folder that path lies in durable: a new file, a rename. */
MUST_USE int file_sync_folder_of(const char *path);

/* ---- intrusive list (header only) ---- */

struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_insert_before(struct list *pos, struct list *item)
{
    item->prev = pos->prev;
    item->next = pos;
    pos->prev->next = item;
    pos->prev = item;
}

/* To the end of the list whose head is l. */
static inline void list_append(struct list *l, struct list *item)
{
    list_insert_before(l, item);
}

/* Leaves item as an empty list of its own, so removing twice is harmless. */
static inline void list_remove(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}

#define list_for_each(item, head, type, member)                                                    \
    for (type *item = container_of((head)->next, type, member); &item->member != (head);           \
         item = container_of(item->member.next, type, member))

/* item may be removed or freed inside. */
#define list_for_each_safe(item, head, type, member)                                               \
    for (type *item = container_of((head)->next, type, member),                                    \
              *item##_next = container_of(item->member.next, type, member);                        \
         &item->member != (head);                                                                  \
         item = item##_next, item##_next = container_of(item->member.next, type, member))

#endif
