#include "attempts.h"

#define FORGET_US (UINT64_C(900) * 1000000)
#define WAIT_MAX  300 /* seconds */

static uint64_t key_of(const struct attempts *a, const char *who)
{
    return hash_bytes(who, strlen(who), a->seed) | 1; /* never that of an unused one */
}

static struct attempt *find(struct attempts *a, uint64_t key)
{
    for (size_t i = 0; i < ATTEMPTS_KEPT; i++) {
        if (a->all[i].key == key)
            return &a->all[i];
    }
    return NULL;
}

static bool is_forgotten(const struct attempt *t, uint64_t now_us)
{
    return !t->key || now_us >= t->last_us + FORGET_US;
}

/* One that nobody needs any more, or else the one that failed least lately. */
static struct attempt *oldest(struct attempts *a, uint64_t now_us)
{
    struct attempt *found = &a->all[0];

    for (size_t i = 0; i < ATTEMPTS_KEPT; i++) {
        if (is_forgotten(&a->all[i], now_us))
            return &a->all[i];
        if (a->all[i].last_us < found->last_us)
            found = &a->all[i];
    }
    return found;
}

unsigned attempts_wait(const struct attempts *a, const char *who, unsigned free, uint64_t now_us)
{
    const struct attempt *t = find((struct attempts *)(uintptr_t)a, key_of(a, who));
    uint64_t wait_us;

    if (!t || is_forgotten(t, now_us) || t->failures < free)
        return 0;
    wait_us =
        MIN(UINT64_C(1) << MIN(t->failures - free, 20U), (uint64_t)WAIT_MAX) * UINT64_C(1000000);
    return now_us >= t->last_us + wait_us
               ? 0
               : (unsigned)((t->last_us + wait_us - now_us + 999999) / 1000000);
}

void attempts_failed(struct attempts *a, const char *who, uint64_t now_us)
{
    struct attempt *t = find(a, key_of(a, who));

    if (!t || is_forgotten(t, now_us)) {
        t = t ? t : oldest(a, now_us);
        *t = (struct attempt){.key = key_of(a, who)};
    }
    t->failures++;
    t->last_us = now_us;
}

void attempts_succeeded(struct attempts *a, const char *who)
{
    struct attempt *t = find(a, key_of(a, who));

    if (t)
        *t = (struct attempt){0};
}
