#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "golden.h"
#include "region.h"
#include "sim_node.h"

/* Each golden/NAME.yaml holds a region's resources; golden/NAME.expected.yaml what the planner
 * makes of them: problems, every table, every node's objects and the packet tables they come to,
 * and the explanations asked for under "explain". After a change that is meant:
 * ROPEWAY_REGENERATE=1 tests/unit/plan/test_golden, then read the difference in git. */

struct golden {
    json_t *source;
    struct region region;
};

/* Cases only write what matters: what has no placement and no node is on the first node with role
 * gateway, unless the case lists placements itself. */
static const char *first_gateway_node(const json_t *source)
{
    const json_t *node, *role;
    size_t i, k;

    json_array_foreach (json_object_get(source, "nodes"), i, node) {
        json_array_foreach (model_list(node, "roles"), k, role) {
            if (strcmp(json_string_value(role), "gateway") == 0)
                return model_str(node, "id");
        }
    }
    return NULL;
}

static void place(struct golden *g, const char *target, const char *node)
{
    region_put(&g->region, MODEL_PLACEMENT,
               json_pack("{s:s, s:s, s:i, s:s}", "id", target, "nodeId", node, "generation", 1,
                         "reason", "first choice"));
}

static void place_all(struct golden *g, const char *node)
{
    const json_t *item, *address;
    size_t i, k;

    json_array_foreach (json_object_get(g->source, "borderGateways"), i, item)
        place(g, model_str(item, "id"), node);
    json_array_foreach (json_object_get(g->source, "vpnConnections"), i, item) {
        json_array_foreach (model_list(item, "cloudAddresses"), k, address)
            place(g, json_string_value(address), node);
    }
    json_array_foreach (json_object_get(g->source, "instances"), i, item) {
        if (!json_object_get(item, "nodeId"))
            json_object_set_new((json_t *)item, "nodeId", json_string(node));
    }
}

static void load(struct golden *g, const char *path, bool reversed)
{
    const char *node;
    json_t *item;
    size_t i;

    region_init(&g->region);
    g->source = golden_load(path);
    assert_non_null(g->source);
    node = first_gateway_node(g->source);
    if (node && !json_object_get(g->source, "placements"))
        place_all(g, node);
    region_put(&g->region, MODEL_REGION, json_incref(json_object_get(g->source, "region")));
    for (int k = MODEL_NODE; k < MODEL_KINDS; k++) {
        const json_t *list =
            json_object_get(g->source, model_kind((enum model_kind_id)k)->collection);

        json_array_foreach (list, i, item)
            region_put(&g->region, (enum model_kind_id)k, json_incref(item));
    }
    for (size_t n = g->region.count; reversed && n-- > g->region.count / 2;) {
        struct snapshot_change swapped = g->region.staged[n];
        size_t other = g->region.count - 1 - n;

        g->region.staged[n] = g->region.staged[other];
        g->region.staged[other] = swapped;
    }
    region_commit(&g->region);
}

static void unload(struct golden *g)
{
    region_done(&g->region);
    json_decref(g->source);
}

static void add_section(json_t *out, const char *title, const char *id, json_t *content)
{
    char key[160];

    snprintf(key, sizeof(key), "%s%s%s", title, id[0] ? " " : "", id);
    json_object_set_new(out, key, content);
}

static void render_tables(const struct golden *g, json_t *out)
{
    static const char *const names[] = {"static", "propagated", "effective"};
    json_t *item, *rows = NULL;
    char title[64];
    size_t i;

    json_array_foreach (json_object_get(g->source, "borderGateways"), i, item) {
        for (size_t t = 0; t < ARRAY_SIZE(names); t++) {
            enum plan_table table;

            assert_int_equal(plan_parse_table(names[t], &table), 0);
            assert_int_equal(plan_gateway_routes(g->region.now, NULL, model_str(item, "id"), table,
                                                 WORDS_EN, NULL, &rows),
                             0);
            snprintf(title, sizeof(title), "%s table of", names[t]);
            add_section(out, title, model_str(item, "id"), rows);
        }
    }
    json_array_foreach (json_object_get(g->source, "routeTables"), i, item) {
        assert_int_equal(plan_route_table_routes(g->region.now, NULL, model_str(item, "id"),
                                                 WORDS_EN, NULL, &rows),
                         0);
        add_section(out, "routes of", model_str(item, "id"), rows);
    }
}

/* Cases write a tunnel's status into the tunnel. */
static json_t *status_of(void *user, const struct model_vpn_tunnel *tunnel)
{
    json_t *item;
    size_t i;

    json_array_foreach (json_object_get(user, "vpnTunnels"), i, item) {
        if (strcmp(model_str(item, "id"), tunnel->head.id) == 0)
            return json_incref(item);
    }
    return NULL;
}

static void render_explanations(const struct golden *g, json_t *out)
{
    json_t *item, *told = NULL;
    struct addr a;
    size_t i;

    json_array_foreach (json_object_get(g->source, "explain"), i, item) {
        const char *table = json_string_value(json_array_get(item, 0));
        const char *destination = json_string_value(json_array_get(item, 1));
        char title[96];

        assert_int_equal(addr_parse(destination, &a), 0);
        assert_int_equal(plan_explain(g->region.now, NULL, table, false, &a, status_of, g->source,
                                      WORDS_EN, &told),
                         0);
        snprintf(title, sizeof(title), "%s at", destination);
        add_section(out, title, table, told);
    }
}

static json_t *render(const struct golden *g)
{
    json_t *out = json_object(), *item, *content = NULL;
    size_t i;

    assert_int_equal(plan_problems(g->region.now, NULL, WORDS_EN, &content), 0);
    add_section(out, "problems", "", content);
    render_tables(g, out);
    render_explanations(g, out);
    json_array_foreach (json_object_get(g->source, "nodes"), i, item) {
        content = sim_objects(g->region.planner, model_str(item, "id"));
        add_section(out, "objects of", model_str(item, "id"), content);
        add_section(out, "packet tables of", model_str(item, "id"), sim_tables(content));
    }
    return out;
}

static void check_order_does_not_matter(const char *path, const json_t *rendered)
{
    struct golden g;
    json_t *out;

    load(&g, path, true);
    out = render(&g);
    assert_true(json_equal(out, rendered));
    json_decref(out);
    unload(&g);
}

static void test_case(void **state)
{
    const char *path = *state;
    struct buf text = {0}, expected = {0};
    struct golden g;
    char target[4096];
    json_t *out;
    bool same;

    load(&g, path, false);
    out = render(&g);
    buf_printf(&text, "# %s\n", model_str(g.source, "about"));
    golden_print(&text, out, 0);
    unload(&g);
    check_order_does_not_matter(path, out);
    json_decref(out);

    snprintf(target, sizeof(target), "%.*s.expected.yaml", (int)(strlen(path) - strlen(".yaml")),
             path);
    if (getenv("ROPEWAY_REGENERATE"))
        assert_int_equal(file_write_atomic(target, text.data, text.len, 0644), 0);
    assert_int_equal(file_read(target, 1 << 20, &expected), 0);
    same = golden_compare(path, buf_text(&expected), buf_text(&text));
    buf_done(&text);
    buf_done(&expected);
    assert_true(same);
}

int main(void)
{
    struct CMUnitTest tests[64] = {{0}};
    size_t n = 0;
    glob_t files;
    int failed;

    if (glob(GOLDEN_DIR "/*.yaml", 0, NULL, &files) != 0)
        return 1;
    for (size_t i = 0; i < files.gl_pathc && n < ARRAY_SIZE(tests); i++) {
        if (!strstr(files.gl_pathv[i], ".expected."))
            tests[n++] = (struct CMUnitTest){.name = strrchr(files.gl_pathv[i], '/') + 1,
                                             .test_func = test_case,
                                             .initial_state = files.gl_pathv[i]};
    }
    failed = _cmocka_run_group_tests("golden", tests, n, NULL, NULL);
    globfree(&files);
    return failed;
}
