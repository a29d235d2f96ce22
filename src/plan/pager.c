#include "plan_internal.h"

#include <stdio.h>

/* Lists of routes in pages. A page begins behind a destination and so many rows of it, so that rows
 * which come and go elsewhere move nothing. */

/* Splits "10.0.0.0/8,2". */
static int read_cursor(const char *text, struct prefix *ret, uint64_t *ret_count)
{
    char prefix[PREFIX_TEXT_MAX];
    const char *comma = strchr(text, ',');
    size_t len = comma ? (size_t)(comma - text) : 0;

    if (!comma || len >= sizeof(prefix))
        return -EINVAL;
    memcpy(prefix, text, len);
    prefix[len] = 0;
    if (prefix_parse(prefix, ret) < 0)
        return -EINVAL;
    return text_parse_u64(comma + 1, UINT32_MAX, ret_count);
}

bool plan_is_cursor(const char *text)
{
    struct prefix prefix;
    uint64_t count;

    return read_cursor(text, &prefix, &count) == 0;
}

int plan_pager_begin(struct plan_pager *p, struct plan_page *page)
{
    *p = (struct plan_pager){.page = page, .skips = page && *page->after};
    if (page)
        *page->next = 0;
    return p->skips ? read_cursor(page->after, &p->after, &p->after_count) : 0;
}

bool plan_pager_takes(struct plan_pager *p, const struct prefix *destination)
{
    struct plan_page *page = p->page;
    char text[PREFIX_TEXT_MAX];
    int order;

    if (!page)
        return true;
    if (*page->next)
        return false;
    p->rows = p->rows && prefix_equal(destination, &p->last) ? p->rows + 1 : 1;
    order = p->skips ? prefix_cmp(destination, &p->after) : 1;
    if (order < 0 || (order == 0 && p->rows <= p->after_count)) {
        p->last = *destination;
        return false;
    }
    if (p->taken == page->limit) {
        snprintf(page->next, sizeof(page->next), "%s,%zu", prefix_format(&p->last, text),
                 p->last_rows);
        return false;
    }
    p->taken++;
    p->last = *destination;
    p->last_rows = p->rows;
    return true;
}

bool plan_pager_is_full(const struct plan_pager *p)
{
    return p->page && *p->page->next;
}
