#include "api.h"

#include <stdio.h>
#include <stdlib.h>

/* The audit log: what is in it, how it is searched, when it forgets. */

#define DAY_US (UINT64_C(24) * 3600 * 1000000)

static void test_audit_log_names_what_changed(void **state)
{
    struct api *a = *state;
    const char *id = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16', 'name': 'v'}");
    static const char *const actions[] = {"create", "refused", "delete", "refused",
                                          "update", "create",  "create"};
    char path[64];
    const json_t *items, *item;

    snprintf(path, sizeof(path), "vpcs/%s", id);
    assert_int_equal(api(a, "PATCH", path, "{'name': 'w', 'cidr': '10.0.0.0/16'}"), 200);
    assert_int_equal(api(a, "PATCH", path, "{'name': 7}"), 400);
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
    assert_int_equal(api(a, "DELETE", path, NULL), 404);
    api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}"); /* behind which the refusals are stored */
    api_get(a, 200, "//v1/auditLog");
    items = json_object_get(a->answer, "items");
    assert_int_equal(json_array_size(items), ARRAY_SIZE(actions));
    for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
        assert_string_equal(model_str(json_array_get(items, i), "action"), actions[i]);
    item = json_array_get(items, 1);
    assert_string_equal(model_str(item, "code"), "request.no-such-resource");
    assert_string_equal(model_str(item, "resourceId"), id);
    assert_string_equal(model_str(item, "method"), "DELETE");
    assert_int_equal(model_int(item, "status", 0), 404);
    assert_int_equal(json_array_size(json_object_get(json_array_get(items, 2), "also")), 1);
    assert_string_equal(model_str(json_array_get(items, 3), "arguments.path"), "name");
    item = json_array_get(items, 4);
    assert_int_equal(json_array_size(json_object_get(item, "changed")), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(item, "changed"), 0)),
                        "name");
    assert_string_equal(model_str(item, "projectId"), "default");
    assert_string_equal(model_str(json_array_get(items, 6), "kind"), "region");
}

/* Whoever is refused all the time does not fill the log; what was passed over is counted. */
static void test_many_refusals(void **state)
{
    struct api *a = *state;
    const json_t *items;

    for (int i = 0; i < 70; i++)
        assert_int_equal(api(a, "DELETE", "vpcs/vpc-aaaaaaaaaa", NULL), 404);
    a->control->refusals.minute_us -= UINT64_C(60000000);
    assert_int_equal(api(a, "DELETE", "vpcs/vpc-aaaaaaaaaa", NULL), 404);
    api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");
    api_get(a, 200, "//v1/auditLog?action=refused");
    items = json_object_get(a->answer, "items");
    assert_int_equal(json_array_size(items), 61);
    assert_int_equal(model_int(json_array_get(items, 0), "missed", 0), 10);
    assert_null(json_object_get(json_array_get(items, 1), "missed"));
}

/* ---- searching ---- */

/* Writes an entry as if it had happened then. */
static void happened(struct api *a, uint64_t at_us, const char *action, const char *who,
                     const char *resource)
{
    struct call call = {.c = a->control, .now_us = at_us};
    struct batch b = {0};

    call.who.kind = who[0] == 'n' ? PRINCIPAL_NODE : PRINCIPAL_ADMIN;
    strcpy(call.who.id, who);
    audit_add(&b, &call, action, "vpc", "r1", resource, "n", NULL);
    assert_int_equal(store_commit_one(a->control->store, b.ops, b.count), 0);
    batch_done(&b);
}

static size_t count_of(struct api *a, const char *query)
{
    api_get(a, 200, "//v1/auditLog%s", query);
    return json_array_size(model_list(a->answer, "items"));
}

/* 2001-11-20T00:00:00Z */
#define EPOCH_US (UINT64_C(1006214400) * 1000000)

static void test_search(void **state)
{
    static const struct {
        const char *query;
        size_t count;
    } cases[] = {
        {"?from=2001-11-20&to=2001-11-20T00:00:03Z", 4}, /* both ends included */
        {"?from=2001-11-20T00:00:00.000001Z&to=2001-11-20T00:00:02.999999Z", 2},
        {"?from=2001-11-20&to=2001-11-21&actor=admin", 2},
        {"?from=2001-11-20&to=2001-11-21&actor=node", 2},
        {"?from=2001-11-20&to=2001-11-21&actor=ntok-a", 1},
        {"?from=2001-11-20&to=2001-11-21&action=create&kind=vpc", 2},
        {"?from=2001-11-20&to=2001-11-21&resourceId=vpc-b&regionId=r1", 2},
        {"?from=2001-11-20&to=2001-11-21&resourceId=vpc-b&regionId=r2", 0},
        {"?from=2001-11-21&to=2001-11-20", 0},
        {"?to=2001-11-19", 0},
        {"?name=One", 1}, /* the region of the fixture */
        {"?from=2001-11-20&to=2001-11-21&limit=3", 3},
    };
    static const struct {
        const char *query, *field;
    } refused[] = {
        {"?from=yesterday", "from"},
        {"?to=2001-13-01", "to"},
        {"?to=2001-06-31", "to"},
        {"?from=2001-11-20T08:00:00", "from"},
        {"?from=2001-11-20T08:00:00Zx", "from"},
        {"?from=", "from"},
        {"?who=admin", "who"},
        {"?limit=0", "limit"},
        {"?limit=1001", "limit"},
    };
    struct api *a = *state;

    happened(a, EPOCH_US, "create", "admin", "vpc-a");
    happened(a, EPOCH_US + 1000000, "create", "ntok-a", "vpc-b");
    happened(a, EPOCH_US + 2000000, "update", "ntok-b", "vpc-b");
    happened(a, EPOCH_US + 3000000, "delete", "admin", "vpc-a");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (count_of(a, cases[i].query) != cases[i].count)
            fail_msg("%s: %s", cases[i].query, buf_text(&a->res.body));
    }
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        api_get(a, 400, "//v1/auditLog%s", refused[i].query);
        assert_string_equal(api_str(a, "field"), refused[i].field);
    }
}

/* Follows next to the end; answers how many entries there were, each once, the newest first. */
static size_t walk_through(struct api *a, const char *query, size_t *ret_pages)
{
    char uri[256], last[64] = "", next[64] = "";
    size_t seen = 0, i;
    const json_t *entry;

    *ret_pages = 0;
    do {
        snprintf(uri, sizeof(uri), "%s%s%s", query, *next ? "&cursor=" : "", next);
        count_of(a, uri);
        json_array_foreach (model_list(a->answer, "items"), i, entry) {
            assert_true(strcmp(model_str(entry, "id"), last) > 0);
            strcpy(last, model_str(entry, "id"));
            seen++;
        }
        strcpy(next, api_str(a, "next"));
        ++*ret_pages;
    } while (*next);
    return seen;
}

static void test_pages(void **state)
{
    struct api *a = *state;
    size_t pages;

    for (unsigned i = 0; i < 10; i++)
        happened(a, EPOCH_US + i / 2, i % 5 ? "create" : "delete", "admin", "vpc-a");
    assert_int_equal(walk_through(a, "?to=2001-11-21&limit=3", &pages), 10);
    assert_int_equal(pages, 4);
    assert_int_equal(walk_through(a, "?to=2001-11-21&limit=5", &pages), 10);
    assert_int_equal(pages, 2);
    assert_int_equal(walk_through(a, "?to=2001-11-21&limit=1&action=delete", &pages), 2);
    assert_int_equal(walk_through(a, "?limit=4", &pages), 11);
}

/* ---- forgetting ---- */

static void test_old_entries_go(void **state)
{
    struct api *a = *state;
    uint64_t now = EPOCH_US;

    for (unsigned i = 0; i < 250; i++)
        happened(a, now - 91 * DAY_US - i, "create", "admin", "vpc-a");
    happened(a, now - 90 * DAY_US + 1, "create", "admin", "vpc-b");
    control_keep_audit(a->control, 0);
    audit_prune(a->control, now);
    assert_int_equal(count_of(a, "?resourceId=vpc-a&limit=1000"), 250);
    control_keep_audit(a->control, 90);
    audit_prune(a->control, now); /* a step at a time, the rest of the server waits */
    assert_int_equal(count_of(a, "?resourceId=vpc-a&limit=1000"), 150);
    audit_prune(a->control, now);
    audit_prune(a->control, now);
    audit_prune(a->control, now);
    assert_int_equal(count_of(a, "?resourceId=vpc-a"), 0);
    assert_int_equal(count_of(a, "?resourceId=vpc-b"), 1);
    audit_prune(a->control, now + 2);
    assert_int_equal(count_of(a, "?resourceId=vpc-b"), 0);
    audit_prune(a->control, 5); /* a clock that was never set */
    assert_int_equal(count_of(a, ""), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_audit_log_names_what_changed),
        T(test_many_refusals),
        T(test_search),
        T(test_pages),
        T(test_old_entries_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
