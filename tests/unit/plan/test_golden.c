#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "golden.h"
#include "plan.h"

/* Each golden/NAME.yaml holds a region's resources; golden/NAME.expected.yaml what the planner
 * makes of them: problems, every table, every node's desired state, and the explanations asked for
 * under "explain". After a change that is meant: ROPEWAY_REGENERATE=1 tests/unit/plan/test_golden,
 * then read the difference in git. */

static json_t *reverse(const json_t *list)
{
    json_t *out = json_array();

    for (size_t i = json_array_size(list); i-- > 0;)
        json_array_append(out, json_array_get(list, i));
    return out;
}

/* Cases only write what matters: names are ids, and resources were created in their order. */
static void complete(json_t *list, int *clock)
{
    json_t *item;
    size_t i;
    char text[CLOCK_TEXT_MAX];

    json_array_foreach (list, i, item) {
        clock_format((1795334400 + (uint64_t)++ * clock) * 1000000, text);
        if (!json_object_get(item, "createdAt"))
            json_object_set_new(item, "createdAt", json_string(text));
        if (!json_object_get(item, "name"))
            json_object_set(item, "name", json_object_get(item, "id"));
    }
}

static struct plan *make_plan(const json_t *source, bool reversed)
{
    struct plan_input in = {.revision = 7, .region = json_object_get(source, "region")};
    json_t *lists[MODEL_KINDS];
    struct plan *plan;

    for (int k = 0; k < MODEL_KINDS; k++) {
        json_t *list = json_object_get(source, model_kind((enum model_kind_id)k)->collection);

        lists[k] = reversed ? reverse(list) : json_incref(list);
        in.resources[k] = lists[k];
    }
    assert_int_equal(plan_new(&in, &plan), 0);
    for (int k = 0; k < MODEL_KINDS; k++)
        json_decref(lists[k]);
    return plan;
}

static void add_section(json_t *out, const char *title, const char *id, json_t *content)
{
    char key[160];

    snprintf(key, sizeof(key), "%s%s%s", title, id[0] ? " " : "", id);
    json_object_set_new(out, key, content);
}

static void render_tables(const struct plan *plan, const json_t *source, json_t *out)
{
    static const char *const names[] = {"static", "propagated", "effective"};
    json_t *item, *rows = NULL;
    char title[64];
    size_t i;

    json_array_foreach (json_object_get(source, "borderGateways"), i, item) {
        for (size_t t = 0; t < ARRAY_SIZE(names); t++) {
            enum plan_table table;

            assert_int_equal(plan_parse_table(names[t], &table), 0);
            assert_int_equal(plan_gateway_routes(plan, model_str(item, "id"), table, &rows), 0);
            snprintf(title, sizeof(title), "%s table of", names[t]);
            add_section(out, title, model_str(item, "id"), rows);
        }
    }
    json_array_foreach (json_object_get(source, "routeTables"), i, item) {
        assert_int_equal(plan_route_table_routes(plan, model_str(item, "id"), &rows), 0);
        add_section(out, "routes of", model_str(item, "id"), rows);
    }
}

/* Cases write a tunnel's status into the tunnel. */
static json_t *status_of(void *user, const json_t *tunnel)
{
    (void)user;
    return json_incref((json_t *)tunnel);
}

static void render_explanations(const struct plan *plan, const json_t *source, json_t *out)
{
    json_t *item, *told = NULL;
    struct addr a;
    size_t i;

    json_array_foreach (json_object_get(source, "explain"), i, item) {
        const char *table = json_string_value(json_array_get(item, 0));
        const char *destination = json_string_value(json_array_get(item, 1));
        char title[96];

        assert_int_equal(addr_parse(destination, &a), 0);
        assert_int_equal(plan_explain(plan, table, &a, status_of, NULL, &told), 0);
        snprintf(title, sizeof(title), "%s at", destination);
        add_section(out, title, table, told);
    }
}

static json_t *render(const struct plan *plan, const json_t *source)
{
    json_t *out = json_object(), *item, *content = NULL;
    size_t i;

    assert_int_equal(plan_problems(plan, &content), 0);
    add_section(out, "problems", "", content);
    render_tables(plan, source, out);
    render_explanations(plan, source, out);
    json_array_foreach (json_object_get(source, "nodes"), i, item) {
        assert_int_equal(plan_desired(plan, model_str(item, "id"), &content), 0);
        add_section(out, "desired state of", model_str(item, "id"), content);
    }
    return out;
}

static char *dump(const json_t *source, bool reversed)
{
    struct plan *plan = make_plan(source, reversed);
    json_t *out = render(plan, source);
    char *text = json_dumps(out, JSON_INDENT(1));

    json_decref(out);
    plan_free(plan);
    return text;
}

static void check_order_does_not_matter(const json_t *source)
{
    char *a = dump(source, false), *b = dump(source, true);

    assert_string_equal(a, b);
    free(a);
    free(b);
}

static void test_case(void **state)
{
    const char *path = *state;
    json_t *source = golden_load(path), *out, *list;
    struct buf text = {0}, expected = {0};
    struct plan *plan;
    char target[4096];
    bool same;
    int clock = 0;

    assert_non_null(source);
    for (int k = MODEL_NODE; k < MODEL_KINDS; k++) {
        list = json_object_get(source, model_kind((enum model_kind_id)k)->collection);
        complete(list, &clock);
    }
    plan = make_plan(source, false);
    out = render(plan, source);
    buf_printf(&text, "# %s\n", model_str(source, "about"));
    golden_print(&text, out, 0);
    json_decref(out);
    plan_free(plan);
    check_order_does_not_matter(source);
    json_decref(source);

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
