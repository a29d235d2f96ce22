#include "region.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

void region_init(struct region *r)
{
    *r = (struct region){.clock = 1795334400};
    assert_int_equal(planner_new(&r->planner), 0);
    region_make(r, MODEL_REGION, "{'id': 'cn-north-1'}");
    region_commit(r);
}

static void unstage(struct region *r)
{
    for (size_t i = 0; i < r->count; i++) {
        model_resource_unref(r->staged[i].resource);
        free((char *)r->staged[i].id);
    }
    r->count = 0;
}

void region_done(struct region *r)
{
    unstage(r);
    snapshot_unref(r->now);
    planner_free(r->planner);
}

void region_complete(struct region *r, json_t *resource)
{
    char text[CLOCK_TEXT_MAX];

    clock_format(++r->clock * 1000000U, text);
    if (!json_object_get(resource, "createdAt"))
        json_object_set_new(resource, "createdAt", json_string(text));
    if (!json_object_get(resource, "name"))
        json_object_set(resource, "name", json_object_get(resource, "id"));
}

static void stage(struct region *r, enum model_kind_id kind, const char *id,
                  const struct model_resource *resource)
{
    assert_true(r->count < REGION_CHANGES_MAX);
    r->staged[r->count++] =
        (struct snapshot_change){.kind = kind, .id = strdup(id), .resource = resource};
}

void region_put(struct region *r, enum model_kind_id kind, json_t *resource)
{
    struct model_resource *made = NULL;
    const char *path = "";

    region_complete(r, resource);
    if (model_decode(model_kind(kind), resource, &made, &path) < 0) {
        char *text = json_dumps(resource, 0);

        fail_msg("%s of %s", path, text);
    }
    stage(r, kind, model_str(resource, "id"), made);
    json_decref(resource);
}

void region_make(struct region *r, enum model_kind_id kind, const char *text)
{
    char *copy = strdup(text);
    json_t *resource;

    for (char *at = copy; *at; at++) {
        if (*at == '\'')
            *at = '"';
    }
    resource = json_loads(copy, 0, NULL);
    if (!resource)
        fail_msg("%s", copy);
    free(copy);
    region_put(r, kind, resource);
}

void region_drop(struct region *r, enum model_kind_id kind, const char *id)
{
    stage(r, kind, id, NULL);
}

static void count_moved(void *arg, const char *node, uint64_t version)
{
    struct region *r = arg;

    r->moved++;
    assert_int_equal(version, planner_version(r->planner, node) * (version > 0));
}

void region_commit(struct region *r)
{
    struct plan_change changes[REGION_CHANGES_MAX];
    struct snapshot *next = NULL;

    for (size_t i = 0; i < r->count; i++)
        changes[i] = (struct plan_change){.kind = r->staged[i].kind, .id = r->staged[i].id};
    assert_int_equal(
        snapshot_apply(r->now, r->staged, r->count, snapshot_revision(r->now) + 1, &next), 0);
    r->moved = 0;
    assert_int_equal(planner_follow(r->planner, r->now, next, changes, r->count, count_moved, r),
                     0);
    snapshot_unref(r->now);
    r->now = next;
    unstage(r);
}

static void ignore_moved(void *arg, const char *node, uint64_t version)
{
    (void)arg;
    (void)node;
    (void)version;
}

struct planner *region_plan(const struct snapshot *s)
{
    struct planner *p = NULL;

    assert_int_equal(planner_new(&p), 0);
    assert_int_equal(planner_follow(p, NULL, s, NULL, 0, ignore_moved, NULL), 0);
    return p;
}
