#include "sim_node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim_tables.h"

/* ---- the stream ---- */

void sim_node_init(struct sim_node *n)
{
    *n = (struct sim_node){.objects = json_object()};
}

void sim_node_done(struct sim_node *n)
{
    json_decref(n->objects);
    json_decref(n->listed);
}

struct page {
    struct sim_node *node;
    size_t left;
};

static void lose(struct sim_node *n, const char *key)
{
    n->digest -= (uint64_t)model_int(json_object_get(n->objects, key), "hash", 0);
    json_object_del(n->objects, key);
}

static int take(void *arg, const struct plan_object *o)
{
    struct page *page = arg;
    struct sim_node *n = page->node;

    if (page->left-- == 0)
        return 1;
    assert_true(o->version > n->since);
    n->since = o->version;
    lose(n, o->key);
    if (!o->text)
        return 0;
    json_object_set_new(n->objects, o->key,
                        json_pack("{s:s, s:I}", "text", o->text, "hash", (json_int_t)o->hash));
    n->digest += o->hash;
    if (n->listed)
        json_object_set_new(n->listed, o->key, json_true());
    return 0;
}

/* Objects that the whole listing did not name are gone. */
static void end_listing(struct sim_node *n)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe (n->objects, next, key, value) {
        if (!json_object_get(n->listed, key))
            lose(n, key);
    }
    json_decref(n->listed);
    n->listed = NULL;
}

bool sim_node_page(struct sim_node *n, struct planner *p, const char *id, size_t limit)
{
    struct page page = {.node = n, .left = limit};
    int r;

    if (n->since == 0 && !n->listed)
        n->listed = json_object();
    r = planner_changes(p, id, n->since, take, &page);
    if (r == -ESTALE) {
        json_decref(n->listed);
        n->listed = NULL;
        n->since = 0;
        return true;
    }
    assert_true(r >= 0);
    if (r == 0 && n->listed)
        end_listing(n);
    if (r == 0)
        n->since = planner_version(p, id);
    return r > 0;
}

static int collect(void *arg, const struct plan_object *o)
{
    json_t *value = json_loads(o->text, 0, NULL);

    assert_non_null(value);
    json_object_set_new(arg, o->key, value);
    return 0;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *sim_sorted(const json_t *object)
{
    const char **keys = calloc(json_object_size(object) + 1, sizeof(char *)), *key;
    json_t *out = json_object(), *value;
    size_t n = 0;

    json_object_foreach ((json_t *)object, key, value)
        keys[n++] = key;
    qsort(keys, n, sizeof(keys[0]), compare_keys);
    for (size_t i = 0; i < n; i++)
        json_object_set(out, keys[i], json_object_get(object, keys[i]));
    free(keys);
    return out;
}

json_t *sim_objects(struct planner *p, const char *node)
{
    json_t *found = json_object(), *out;

    assert_int_equal(planner_changes(p, node, 0, collect, found), 0);
    assert_int_equal(planner_count(p, node), json_object_size(found));
    out = sim_sorted(found);
    json_decref(found);
    return out;
}
