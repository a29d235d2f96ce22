#include "parts_internal.h"

#include <stdio.h>

int ike_ts_fill(struct ike_ts_list *list, const struct prefix *prefixes, size_t count)
{
    *list = (struct ike_ts_list){0};
    for (size_t i = 0; i < count; i++) {
        int r = ike_ts_add_prefix(list, &prefixes[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* The longest prefix that starts at start and does not pass end. */
static struct prefix largest_block(const struct addr *start, const struct addr *end)
{
    struct prefix p = prefix_make(start, (uint8_t)addr_bits(start));

    while (p.len > 0) {
        struct prefix wider = prefix_make(start, (uint8_t)(p.len - 1));
        struct addr last = prefix_last(&wider);

        if (addr_cmp(&wider.addr, start) != 0 || addr_cmp(&last, end) > 0)
            break;
        p = wider;
    }
    return p;
}

/* Cuts the range into prefixes; -ENOSPC if they do not fit. */
static int range_to_prefixes(struct addr start, const struct addr *end,
                             struct prefix ret[IKE_PREFIXES_MAX], size_t *count)
{
    for (;;) {
        struct prefix p = largest_block(&start, end);
        struct addr last = prefix_last(&p);

        if (*count == IKE_PREFIXES_MAX)
            return -ENOSPC;
        ret[(*count)++] = p;
        if (addr_cmp(&last, end) >= 0)
            return 0;
        start = addr_add(&last, 1);
    }
}

void ike_describe_ts(const struct ike_ts_list *list, char *text, size_t size)
{
    size_t len = 0;

    text[0] = 0;
    for (size_t i = 0; i < list->count && len < size; i++) {
        const struct ike_ts *ts = &list->ts[i];
        struct prefix p = largest_block(&ts->start, &ts->end);
        struct addr last = prefix_last(&p);
        char from[PREFIX_TEXT_MAX], to[ADDR_TEXT_MAX];
        bool whole = addr_cmp(&last, &ts->end) == 0;
        int n = snprintf(text + len, size - len, "%s%s%s%s", i ? ", " : "",
                         whole ? prefix_format(&p, from) : addr_format(&ts->start, from),
                         whole ? "" : "-", whole ? "" : addr_format(&ts->end, to));

        len += n > 0 ? (size_t)n : 0;
        if ((ts->protocol || ts->start_port != 0 || ts->end_port != UINT16_MAX) && len < size) {
            n = snprintf(text + len, size - len, " (protocol %u, ports %u-%u)", ts->protocol,
                         ts->start_port, ts->end_port);
            len += n > 0 ? (size_t)n : 0;
        }
    }
}

void ike_describe_prefixes(const struct prefix *prefixes, size_t count, char *text, size_t size)
{
    static const char more[] = ", ...";
    size_t len = 0;

    text[0] = 0;
    for (size_t i = 0; i < count; i++) {
        char one[PREFIX_TEXT_MAX];

        prefix_format(&prefixes[i], one);
        if (len + 2 + strlen(one) + sizeof(more) > size) {
            memcpy(text + len, more, sizeof(more));
            return;
        }
        len += (size_t)snprintf(text + len, size - len, "%s%s", i ? ", " : "", one);
    }
}

size_t ike_ts_narrow(const struct ike_ts_list *list, const struct prefix *allowed, size_t count,
                     struct prefix ret[IKE_PREFIXES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct ike_ts *ts = &list->ts[i];

        if (ts->protocol != 0 || ts->start_port != 0 || ts->end_port != UINT16_MAX)
            continue;
        for (size_t j = 0; j < count; j++) {
            struct addr last = prefix_last(&allowed[j]);
            const struct addr *from =
                addr_cmp(&ts->start, &allowed[j].addr) > 0 ? &ts->start : &allowed[j].addr;
            const struct addr *to = addr_cmp(&ts->end, &last) < 0 ? &ts->end : &last;
            size_t before = n;

            if (ts->start.family != allowed[j].addr.family || addr_cmp(from, to) > 0)
                continue;
            if (range_to_prefixes(*from, to, ret, &n) < 0)
                n = before; /* too ragged: leave this one out, which only narrows further */
        }
    }
    return n;
}

/* From start on, prefix by prefix, each of which covers what the one before left. */
static bool covers(const struct prefix *allowed, size_t count, struct addr start,
                   const struct addr *end)
{
    for (size_t i = 0; i < count; i++) {
        struct addr last = prefix_last(&allowed[i]);

        if (last.family != start.family || addr_cmp(&allowed[i].addr, &start) > 0 ||
            addr_cmp(&last, &start) < 0)
            continue;
        if (addr_cmp(&last, end) >= 0)
            return true;
        start = addr_add(&last, 1);
        i = SIZE_MAX; /* all of them again, from further on */
    }
    return false;
}

bool ike_ts_is_within(const struct ike_ts_list *list, const struct prefix *allowed, size_t count)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!covers(allowed, count, list->ts[i].start, &list->ts[i].end))
            return false;
    }
    return true;
}

static bool prefixes_equal(const struct prefix *a, size_t n_a, const struct prefix *b, size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++) {
        if (!prefix_equal(&a[i], &b[i]))
            return false;
    }
    return true;
}

bool ike_selectors_equal(const struct ike_selectors *a, const struct ike_selectors *b)
{
    return prefixes_equal(a->local, a->n_local, b->local, b->n_local) &&
           prefixes_equal(a->remote, a->n_remote, b->remote, b->n_remote);
}

bool ike_prefixes_are_everything(const struct prefix *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].len)
            return false;
    }
    return true;
}

bool ike_prefixes_hold(const struct prefix *list, size_t n, const struct prefix *p)
{
    for (size_t i = 0; i < n; i++) {
        if (prefix_contains(&list[i], p))
            return true;
    }
    return false;
}

static bool all_held(const struct prefix *outer, size_t n_outer, const struct prefix *inner,
                     size_t n_inner)
{
    for (size_t i = 0; i < n_inner; i++) {
        if (!ike_prefixes_hold(outer, n_outer, &inner[i]))
            return false;
    }
    return true;
}

bool ike_selectors_hold(const struct ike_selectors *outer, const struct ike_selectors *inner)
{
    return all_held(outer->local, outer->n_local, inner->local, inner->n_local) &&
           all_held(outer->remote, outer->n_remote, inner->remote, inner->n_remote);
}
