#include "heard.h"

#include <stdlib.h>

/* Maps of maps that share versions: resource -> set, and in a set what there is. */

static void set_ref(void *p)
{
    __atomic_fetch_add(&((struct heard_set *)p)->refs, 1, __ATOMIC_RELAXED);
}

static void set_unref(void *p)
{
    struct heard_set *set = p;

    if (__atomic_fetch_sub(&set->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    pmap_unref(set->type, set->items);
    free(set);
}

static const struct pmap_type sets_type = {.ref = set_ref, .unref = set_unref};

const struct heard_set *heard_find(const struct pmap *sets, const char *id)
{
    return pmap_get(sets, id, strlen(id));
}

/* ---- changing them ---- */

static int close_set(struct heard_edit *e)
{
    struct heard_set *set = e->set;
    size_t len = strlen(e->id);
    int r;

    e->set = NULL;
    if (!set)
        return 0;
    if (pmap_count(set->items)) {
        r = pmap_put(&sets_type, e->sets, e->id, len, set, 0);
    } else {
        r = pmap_remove(&sets_type, e->sets, e->id, len);
        r = r == -ENOENT ? 0 : r;
    }
    set_unref(set);
    return r;
}

int heard_edit(struct heard_edit *e, const char *id)
{
    const struct heard_set *before;
    int r;

    if (e->set && id && strcmp(id, e->id) == 0)
        return 0;
    r = close_set(e);
    if (r < 0 || !id)
        return r;
    r = text_copy(e->id, sizeof(e->id), id);
    e->set = r == 0 ? calloc(1, sizeof(*e->set)) : NULL;
    if (!e->set)
        return -ENOMEM;
    e->set->refs = 1;
    e->set->type = e->type;
    (void)text_copy(e->set->node, sizeof(e->set->node), e->node);
    before = heard_find(*e->sets, id);
    if (before && strcmp(before->node, e->node) == 0)
        e->set->items = pmap_ref(before->items);
    return 0;
}

int heard_put(struct heard_edit *e, const void *key, size_t len, void *value)
{
    return pmap_put(e->type, &e->set->items, key, len, value, 0);
}

int heard_remove(struct heard_edit *e, const void *key, size_t len)
{
    int r = pmap_remove(e->type, &e->set->items, key, len);

    return r == -ENOENT ? 0 : r;
}

size_t heard_edited(const struct heard_edit *e)
{
    return e->set ? pmap_count(e->set->items) : 0;
}

size_t heard_count(const struct pmap *sets, const char *node)
{
    const struct heard_set *set;
    struct pmap_iter it;
    size_t count = 0;

    pmap_begin(&it, sets, NULL, 0);
    while ((set = pmap_next(&it, NULL, NULL)))
        count += strcmp(set->node, node) == 0 ? pmap_count(set->items) : 0;
    return count;
}

/* ---- forgetting ---- */

/* Each removal begins the walk behind it anew, since it moves the map. */
void heard_sweep(struct pmap **sets,
                 bool (*gone)(const void *arg, const char *id, const struct heard_set *set),
                 const void *arg)
{
    char id[STORE_NAME_MAX + 2] = "";
    size_t len = 0;
    const void *key;

    for (;;) {
        const struct heard_set *set;
        struct pmap_iter it;

        pmap_begin(&it, *sets, id, len);
        do
            set = pmap_next(&it, &key, &len);
        while (set &&
               (len > STORE_NAME_MAX || (memcpy(id, key, len), id[len] = 0, !gone(arg, id, set))));
        if (!set || pmap_remove(&sets_type, sets, id, len) < 0)
            return;
    }
}

static bool is_of_node(const void *node, const char *id, const struct heard_set *set)
{
    (void)id;
    return strcmp(set->node, node) == 0;
}

void heard_forget_node(struct pmap **sets, const char *node)
{
    heard_sweep(sets, is_of_node, node);
}

void heard_free(struct pmap **sets)
{
    pmap_unref(&sets_type, *sets);
    *sets = NULL;
}

/* ---- whose it is ---- */

bool heard_was_given(const struct region *r, const char *node, const char *type, const char *id)
{
    struct plan_object object;
    char key[STORE_NAME_MAX + 16];

    return text_printf(key, sizeof(key), "%s/%s", type, id) == 0 && r->planner &&
           planner_find(r->planner, node, key, &object) && object.text;
}

/* ---- keys ---- */

size_t heard_addr_key(const struct addr *a, uint8_t key[HEARD_ADDR_MAX])
{
    size_t len = addr_bits(a) / 8;

    key[0] = a->family == ADDR_IPV6;
    memcpy(key + 1, a->bytes, len);
    return len + 1;
}

struct addr heard_addr_read(const void *key, size_t len)
{
    const uint8_t *bytes = key;
    struct addr a = {.family = bytes[0] ? ADDR_IPV6 : ADDR_IPV4};

    memcpy(a.bytes, bytes + 1, len - 1);
    return a;
}
