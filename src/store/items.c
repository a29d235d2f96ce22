#include "store_internal.h"

#include <stdlib.h>

/* Items, pages and logs in memory. */

void store_item_done(struct store_item *item)
{
    free(item->collection);
    free(item->region);
    free(item->id);
    free(item->value);
    *item = (struct store_item){0};
}

void store_items_done(struct store_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        store_item_done(&items[i]);
    free(items);
}

void store_page_done(struct store_page *page)
{
    store_items_done(page->items, page->count);
    *page = (struct store_page){0};
}

void store_log_done(struct store_log *log)
{
    store_items_done(log->items, log->count);
    *log = (struct store_log){0};
}

/* A text that is NULL is no failure. */
static bool copy_text(const char *text, char **ret)
{
    *ret = text ? strdup(text) : NULL;
    return *ret || !text;
}

static int copy_item(const struct store_item *item, struct store_item *ret)
{
    struct store_item copy = {.revision = item->revision};

    if (!copy_text(item->collection, &copy.collection) || !copy_text(item->region, &copy.region) ||
        !copy_text(item->id, &copy.id) || !copy_text(item->value, &copy.value)) {
        store_item_done(&copy);
        return -ENOMEM;
    }
    *ret = copy;
    return 0;
}

int store_items_add(struct store_item **items, size_t *count, const struct store_item *item)
{
    if ((*count & (*count - 1)) == 0) { /* full at every power of two */
        struct store_item *more =
            realloc(*items, (*count ? *count * 2 : 1) * sizeof(struct store_item));

        if (!more)
            return -ENOMEM;
        *items = more;
    }
    if (copy_item(item, &(*items)[*count]) < 0)
        return -ENOMEM;
    (*count)++;
    return 0;
}
