#include "events_internal.h"

#include "in.h"

/* What is stored comes into memory. */

#define PAGE 1000

static int take_event(struct events *e, struct model_text *text, const struct store_item *item)
{
    struct event event;
    struct index *x;

    if (stored_read(text, item->id, item->value, &event) < 0)
        return -EBADMSG;
    x = index_of(e, event.region, true);
    return x ? index_add(x, &event) : -ENOMEM;
}

/* One page of a collection. */
static int take_page(struct events *e, struct model_text *text, const struct store_page *page,
                     bool states, size_t *bad)
{
    int r = 0;

    for (size_t i = 0; i < page->count && r == 0; i++) {
        const struct store_item *item = &page->items[i];

        r = states ? states_load(e, item->id, item->value) : take_event(e, text, item);
        if (r == -EBADMSG) {
            ++*bad;
            r = 0;
        }
    }
    return r;
}

static int load(struct events *e, const char *collection, bool states)
{
    struct store_query query = {.collection = collection, .region = "", .limit = PAGE};
    char after[STORE_NAME_MAX + 1] = "";
    struct model_text text = {0};
    bool more = true;
    size_t bad = 0;
    int r = 0;

    while (r == 0 && more) {
        struct store_page page = {0};

        query.after = after;
        r = store_list(e->store, &query, &page);
        if (r == 0 && page.count)
            (void)text_copy(after, sizeof(after), page.items[page.count - 1].id);
        more = page.more;
        if (r == 0)
            r = take_page(e, &text, &page, states, &bad);
        store_page_done(&page);
    }
    model_text_done(&text);
    if (bad)
        log_warn("%zu items of %s cannot be read and are left out", bad, collection);
    return r;
}

int events_load(struct events *e)
{
    int r = load(e, EVENTS_COLLECTION, false);

    return r < 0 ? r : load(e, EVENTS_STATES, true);
}
