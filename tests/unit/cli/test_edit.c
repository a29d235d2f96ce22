#include "bench.h"

#include <stdlib.h>
#include <unistd.h>

/* NOUN edit NAME, with editors that are commands of the shell. */

static int setup(void **state)
{
    static struct bench b;

    bench_init(&b);
    *state = &b;
    return 0;
}

static int teardown(void **state)
{
    bench_done(*state);
    return 0;
}

static bool says(const char *text, const char *part)
{
    if (strstr(text, part))
        return true;
    print_message("not found: %s\nin: %s\n", part, text);
    return false;
}

static const json_t *gateway(struct bench *b)
{
    return json_array_get(world_list(&b->w, MODEL_BORDER_GATEWAY), 0);
}

static int edit(struct bench *b, const char *editor)
{
    setenv("VISUAL", editor, 1);
    return run(b, "border-gateway edit g --region r1");
}

static void make_gateway(struct bench *b)
{
    assert_int_equal(0,
                     run(b, "border-gateway create --region r1 --name g --asn 7 --description old "
                            "--tags env=a,team=b"));
}

static void test_changes(void **state)
{
    struct bench *b = *state;

    make_gateway(b);
    assert_int_equal(0, edit(b, "sed -i -e 's/^description: old/description: new/'"));
    assert_int_equal(1, b->changes);
    assert_int_equal(0, b->unguarded);
    assert_string_equal("new", model_str(gateway(b), "description"));
    assert_int_equal(7, model_int(gateway(b), "asn", 0));
    /* What is taken out goes back to its default, of a map one key. */
    assert_int_equal(0, edit(b, "sed -i -e '/^asn:/d' -e '/team:/d'"));
    assert_int_equal(65000, model_int(gateway(b), "asn", 0));
    assert_int_equal(1, json_object_size(json_object_get(gateway(b), "tags")));
}

static void test_nothing_sent(void **state)
{
    static const char *const editors[] = {"true", "sed -i -e 's/^# .*/# else/'", "truncate -s 0",
                                          "sed -i -e 's/description: old/description: \"old\"/'"};
    struct bench *b = *state;

    make_gateway(b);
    for (size_t i = 0; i < ARRAY_SIZE(editors); i++) {
        print_message("%s\n", editors[i]);
        assert_int_equal(0, edit(b, editors[i]));
        assert_int_equal(0, b->changes);
        assert_true(says(b->out, "is unchanged"));
    }
}

/* The file comes again with what is wrong at its head, and what was written below. */
static void test_mistakes_come_back(void **state)
{
    static const char again[] =
        "f() { if grep -q '^# .*asn' \"$1\" && grep -q 'asn: 0' \"$1\"; then sed -i -e "
        "'s/^asn: 0/asn: 9/' \"$1\"; else sed -i -e 's/^asn: 7/asn: 0/' \"$1\"; fi; }; f";
    static const char yaml[] =
        "f() { if grep -q '^# This is no YAML' \"$1\"; then sed -i -e 's/^: \\[.*$//' -e "
        "'s/^asn: .*/asn: 8/' \"$1\"; else echo ': [' >> \"$1\"; fi; }; f";
    struct bench *b = *state;

    make_gateway(b);
    assert_int_equal(0, edit(b, again));
    assert_int_equal(9, model_int(gateway(b), "asn", 0));
    assert_int_equal(0, edit(b, yaml));
    assert_int_equal(8, model_int(gateway(b), "asn", 0));
}

/* What was written is still there. */
static void assert_kept(struct bench *b, const char *part)
{
    const char *at = strstr(b->err, "what you wrote is in ");
    char file[256], text[65536] = "";
    FILE *in;

    assert_non_null(at);
    assert_int_equal(1, sscanf(at, "what you wrote is in %255s", file));
    in = fopen(file, "r");
    assert_non_null(in);
    assert_true(fread(text, 1, sizeof(text) - 1, in) > 0);
    fclose(in);
    assert_true(says(text, part));
    unlink(file);
}

static void test_giving_up(void **state)
{
    struct bench *b = *state;

    make_gateway(b);
    assert_int_equal(CLI_REFUSED, edit(b, "sed -i -e 's/^asn: 7/asn: 0/'"));
    assert_true(says(b->err, "asn"));
    assert_int_equal(0, b->changes);
    assert_kept(b, "asn: 0");
    assert_int_equal(CLI_REFUSED, edit(b, "false"));
    assert_true(says(b->err, "the editor false failed"));
    assert_kept(b, "asn: 7");
    assert_int_equal(CLI_REFUSED, edit(b, "no-such-editor-here"));
    assert_kept(b, "asn: 7");
    setenv("TMPDIR", "/nowhere", 1);
    assert_int_equal(CLI_REFUSED, edit(b, "true"));
    unsetenv("TMPDIR");
    assert_true(says(b->err, "cannot use the file /nowhere/"));
}

static void change_it(struct bench *b)
{
    struct model_changes c = {0};
    json_t *patch = parse("{'description': 'theirs'}");

    assert_int_equal(
        0, model_update(world_region(&b->w, "r1"), &b->w.env,
                        world_find(&b->w, MODEL_BORDER_GATEWAY, model_str(gateway(b), "id")), patch,
                        &c, &b->w.error));
    world_apply(&b->w, &c);
    json_decref(patch);
}

static void test_a_concurrent_change(void **state)
{
    struct bench *b = *state;

    make_gateway(b);
    b->meanwhile = change_it;
    b->meanwhile_times = 1;
    assert_int_equal(CLI_REFUSED, edit(b, "sed -i -e 's/^description: old/description: mine/'"));
    assert_int_equal(1, b->conflicts);
    assert_string_equal("theirs", model_str(gateway(b), "description"));
    assert_kept(b, "mine");
}

static void test_usage(void **state)
{
    struct bench *b = *state;

    assert_int_equal(CLI_USAGE, run(b, "border-gateway edit --region r1"));
    assert_int_equal(CLI_USAGE, run(b, "border-gateway edit a b --region r1"));
    assert_int_equal(CLI_USAGE, run(b, "border-gateway edit a --region r1 --asn 1"));
    assert_int_equal(CLI_REFUSED, run(b, "border-gateway edit none --region r1"));
    setenv("VISUAL", "", 1);
    setenv("EDITOR", "sed -i -e 's/^name: r1/name: one/'", 1);
    assert_int_equal(0, run(b, "region edit r1"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_changes),   T(test_nothing_sent),        T(test_mistakes_come_back),
        T(test_giving_up), T(test_a_concurrent_change), T(test_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
