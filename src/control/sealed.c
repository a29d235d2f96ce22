#include "sealed_internal.h"

#include <stdio.h>

#include "model.h"

/* Which parts of the store are sealed, and whether they open. */

#define PAGE_ITEMS  500
#define AUTHORITIES "authorities"

/* The i-th of what is sealed of items of this collection; NULL: there are not so many. */
static const char *member_of(const char *collection, size_t i)
{
    const struct model_kind *kind = model_kind_by_collection(collection);

    if (strcmp(collection, AUTHORITIES) == 0)
        return i == 0 ? SEALED_AUTHORITY_KEY : NULL;
    for (const struct model_field *f = kind ? kind->fields : NULL; f && f->name; f++) {
        if ((f->flags & MODEL_SECRET) && i-- == 0)
            return f->name;
    }
    return NULL;
}

static void go_to(struct sealed_item *s, size_t at, const char *member)
{
    bool is_authority = strcmp(s->item->collection, AUTHORITIES) == 0;

    s->at = at;
    s->member = member;
    s->text = model_str(s->value, member);
    secrets_place(s->item->id, is_authority ? SEALED_AUTHORITY_PLACE : member, s->place);
}

int sealed_read(const struct store_item *item, struct sealed_item *ret)
{
    struct sealed_item s = {.item = item, .value = json_loads(item->value, 0, NULL)};
    const char *member = member_of(item->collection, 0);

    if (!member || !json_is_object(s.value)) {
        json_decref(s.value);
        return -EBADMSG;
    }
    go_to(&s, 0, member);
    *ret = s;
    return 0;
}

bool sealed_next(struct sealed_item *s)
{
    const char *member = member_of(s->item->collection, s->at + 1);

    if (member)
        go_to(s, s->at + 1, member);
    return member != NULL;
}

void sealed_item_done(struct sealed_item *s)
{
    json_decref(s->value);
    *s = (struct sealed_item){0};
}

/* ---- walking ---- */

static int walk_collection(struct store *s, const char *collection, const char *region,
                           sealed_visit *visit, void *arg)
{
    char after[STORE_NAME_MAX + 1] = "";
    bool more = true;
    int r = 0;

    while (r == 0 && more) {
        struct store_query query = {
            .collection = collection, .region = region, .after = after, .limit = PAGE_ITEMS};
        struct store_page page = {0};

        r = store_list(s, &query, &page);
        if (r == 0 && page.count)
            r = visit(arg, page.items, page.count);
        more = page.more && page.count;
        if (r == 0 && more)
            r = text_copy(after, sizeof(after), page.items[page.count - 1].id);
        store_page_done(&page);
    }
    return r;
}

static int walk_region(struct store *s, const char *region, sealed_visit *visit, void *arg)
{
    int r = walk_collection(s, AUTHORITIES, region, visit, arg);

    for (size_t i = 0; r == 0 && i < MODEL_KINDS; i++) {
        const char *collection = model_kind((enum model_kind_id)i)->collection;

        if (member_of(collection, 0))
            r = walk_collection(s, collection, region, visit, arg);
    }
    return r;
}

int sealed_walk(struct store *s, sealed_visit *visit, void *arg)
{
    struct store_page regions = {0};
    int r = store_regions(s, &regions);

    for (size_t i = 0; r == 0 && i < regions.count; i++)
        r = walk_region(s, regions.items[i].id, visit, arg);
    store_page_done(&regions);
    return r;
}

/* ---- whether all opens ---- */

struct check {
    const struct seal_ring *ring;
    struct sealed_report report;
};

static void describe(const struct sealed_item *s, char *ret, size_t size)
{
    const struct store_item *item = s->item;
    const struct model_kind *kind = model_kind_by_collection(item->collection);

    if (kind)
        snprintf(ret, size, "%s of %s %s of region %s", s->member, kind->noun, item->id,
                 item->region);
    else
        snprintf(ret, size, "key of the authority of region %s", item->region);
}

/* Those beyond the ones that are told apart count with the last. */
static void note_unopened(struct sealed_report *report, const struct sealed_item *s, const char *id,
                          int error)
{
    struct sealed_count *c = NULL;

    report->unopened++;
    for (size_t i = 0; i < report->key_count && !c; i++) {
        if (strcmp(report->keys[i].id, id) == 0)
            c = &report->keys[i];
    }
    if (!c && report->key_count < SEALED_KEYS_TOLD) {
        c = &report->keys[report->key_count++];
        *c = (struct sealed_count){.missing = error == -ENOKEY};
        memcpy(c->id, id, sizeof(c->id));
        describe(s, c->first, sizeof(c->first));
    }
    c = c ? c : &report->keys[SEALED_KEYS_TOLD - 1];
    c->secrets++;
}

static int check_secret(struct check *k, const struct sealed_item *s)
{
    char id[SEAL_ID_LEN + 1] = "", *clear = NULL;
    int r;

    if (!*s->text)
        return 0;
    secrets_key_of(s->text, id);
    r = secrets_open_text(k->ring, s->place, s->text, &clear);
    k->report.opened += r == 0;
    secrets_free(clear);
    if (r != -EBADMSG && r != -ENOKEY)
        return r;
    note_unopened(&k->report, s, id, r);
    return 0;
}

static int check_item(struct check *k, const struct store_item *item)
{
    struct sealed_item s = {.item = item, .member = member_of(item->collection, 0)};
    static const char no_key[SEAL_ID_LEN + 1];
    int r = sealed_read(item, &s);

    if (r == -EBADMSG) {
        note_unopened(&k->report, &s, no_key, r);
        return 0;
    }
    if (r == 0) {
        do
            r = check_secret(k, &s);
        while (r == 0 && sealed_next(&s));
    }
    sealed_item_done(&s);
    return r;
}

static int check_items(void *arg, const struct store_item *items, size_t count)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++)
        r = check_item(arg, &items[i]);
    return r;
}

int sealed_check(struct store *s, const struct seal_ring *ring, struct sealed_report *ret)
{
    struct check k = {.ring = ring};
    int r = sealed_walk(s, check_items, &k);

    if (r == 0)
        *ret = k.report;
    return r;
}

void sealed_tell(const struct sealed_report *report)
{
    for (size_t i = 0; i < report->key_count; i++) {
        const struct sealed_count *c = &report->keys[i];

        if (c->missing)
            log_error("seal.key lacks key %s (secrets sealed under it: %zu, such as the %s): bring "
                      "the seal.key back that has it, or set them anew",
                      c->id, c->secrets, c->first);
        else if (*c->id)
            log_error("secrets that were changed since they were sealed under key %s: %zu, such as "
                      "the %s: set them anew",
                      c->id, c->secrets, c->first);
        else
            log_error("secrets that open with no key of seal.key: %zu, such as the %s: bring the "
                      "seal.key back that they were sealed with, or set them anew",
                      c->secrets, c->first);
    }
}
