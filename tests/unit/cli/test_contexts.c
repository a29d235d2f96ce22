#include "bench.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Contexts, and what comes before what. */

static const char *const variables[] = {"ROPEWAY_API",       "ROPEWAY_CA",      "ROPEWAY_TOKEN",
                                        "ROPEWAY_REGION",    "ROPEWAY_PROJECT", "ROPEWAY_CONTEXT",
                                        "ROPEWAY_TOKEN_FILE"};

static int setup(void **state)
{
    static struct bench b;

    static char home[64];

    bench_init(&b);
    strcpy(home, "/tmp/ropeway-test-XXXXXX");
    assert_non_null(mkdtemp(home));
    setenv("HOME", home, 1);
    unsetenv("XDG_CONFIG_HOME");
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        unsetenv(variables[i]);
    *state = &b;
    return 0;
}

static int teardown(void **state)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf '%s'", getenv("HOME"));
    assert_int_equal(0, system(command));
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

static void write_config(const char *text)
{
    char path[256];
    FILE *out;

    snprintf(path, sizeof(path), "%s/.config", getenv("HOME"));
    (void)mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/.config/ropeway", getenv("HOME"));
    (void)mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/.config/ropeway/config", getenv("HOME"));
    out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static mode_t mode_of_config(void)
{
    char path[256];
    struct stat st;

    snprintf(path, sizeof(path), "%s/.config/ropeway/config", getenv("HOME"));
    assert_int_equal(0, stat(path, &st));
    return st.st_mode & 0777;
}

static void test_verbs(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "context list"));
    assert_int_equal(CLI_REFUSED, run(b, "context show"));
    assert_int_equal(0,
                     run(b, "context set home --api https://h:1 --ca ~/ca --token-file t --region "
                            "r1"));
    assert_true(says(b->out, "is the current one"));
    assert_int_equal(0600, mode_of_config());
    assert_int_equal(0, run(b, "context set work --api unix:/run/x --project p"));
    assert_int_equal(0, run(b, "context list"));
    assert_true(says(b->out, "https://h:1"));
    assert_int_equal(0, run(b, "context show -o json"));
    assert_true(says(b->out, "\"name\": \"home\""));
    assert_true(says(b->out, "/t\"")); /* from wherever it is called next */
    assert_int_equal(0, run(b, "context use work"));
    assert_int_equal(0, run(b, "context show"));
    assert_true(says(b->out, "unix:/run/x"));
    /* Members are changed one by one, and taken away. */
    assert_int_equal(0, run(b, "context set home --region= --project q"));
    assert_int_equal(0, run(b, "context show home -o yaml"));
    assert_null(strstr(b->out, "region"));
    assert_true(says(b->out, "project: q"));
    assert_true(says(b->out, "api: "));
    assert_int_equal(0, run(b, "context delete work"));
    assert_int_equal(CLI_REFUSED, run(b, "context show"));
    assert_int_equal(CLI_USAGE, run(b, "context use work"));
    assert_true(says(b->err, "there is no context work"));
    assert_int_equal(CLI_USAGE, run(b, "context delete work"));
    assert_int_equal(CLI_USAGE, run(b, "context show work"));
}

static void test_usage(void **state)
{
    static const char *const bad[] = {"context",
                                      "context use",
                                      "context use a b",
                                      "context rename a",
                                      "context list x",
                                      "context set a --colour red",
                                      "context set a --api http://h"};
    struct bench *b = *state;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        print_message("%s\n", bad[i]);
        assert_int_equal(CLI_USAGE, run(b, "%s", bad[i]));
    }
    assert_int_equal(0, run(b, "context --help"));
    assert_int_equal(0, b->requests);
}

/* What the settings come to with these flags, which may be NULL. */
static int settings(struct bench *b, struct cli *cli)
{
    int r;

    free(b->err);
    cli->lang = WORDS_EN;
    cli->err = open_memstream(&b->err, &b->err_len);
    r = cli_settings(cli);
    fclose(cli->err);
    return r;
}

static const char two[] = "current: a\n"
                          "contexts:\n"
                          "  a: {api: 'https://a:1', ca: ~/ca, tokenFile: /t, region: ra, project: "
                          "pa}\n"
                          "  b: {api: 'https://b:1', region: rb}\n";

static void test_what_comes_first(void **state)
{
    struct bench *b = *state;
    struct cli cli = {0}, flags = {.api = "https://f:1", .region = "rf"}, named = {.context = "b"};
    struct cli same = {.api = "https://a:1"}, usual = {0};

    assert_int_equal(0, settings(b, &usual));
    assert_string_equal("unix:/run/ropeway/ropewayd.sock", usual.api);
    assert_string_equal("/var/lib/ropeway/admin.token", usual.token_file);
    assert_null(usual.region);
    cli_settings_done(&usual);
    write_config(two);
    assert_int_equal(0, settings(b, &cli));
    assert_string_equal("https://a:1", cli.api);
    assert_string_equal("ra", cli.region);
    assert_string_equal("pa", cli.project);
    assert_string_equal("/t", cli.token_file);
    assert_true(text_starts_with(cli.ca, getenv("HOME")));
    cli_settings_done(&cli);
    /* Its token goes to its own server only. */
    assert_int_equal(0, settings(b, &flags));
    assert_string_equal("https://f:1", flags.api);
    assert_string_equal("rf", flags.region);
    assert_string_equal("/var/lib/ropeway/admin.token", flags.token_file);
    assert_null(flags.ca);
    cli_settings_done(&flags);
    assert_int_equal(0, settings(b, &same));
    assert_string_equal("/t", same.token_file);
    cli_settings_done(&same);
    assert_int_equal(0, settings(b, &named));
    assert_string_equal("https://b:1", named.api);
    cli_settings_done(&named);
    setenv("ROPEWAY_REGION", "re", 1);
    setenv("ROPEWAY_TOKEN", "secret", 1);
    setenv("ROPEWAY_CONTEXT", "b", 1);
    cli = (struct cli){0};
    assert_int_equal(0, settings(b, &cli));
    assert_string_equal("re", cli.region);
    assert_string_equal("https://b:1", cli.api);
    assert_string_equal("secret", cli.token);
    cli_settings_done(&cli);
    cli = (struct cli){.token_file = "/flag"};
    assert_int_equal(0, settings(b, &cli));
    assert_null(cli.token);
    assert_string_equal("/flag", cli.token_file);
    cli_settings_done(&cli);
    setenv("ROPEWAY_CONTEXT", "c", 1);
    cli = (struct cli){0};
    assert_int_equal(CLI_USAGE, settings(b, &cli));
    assert_true(says(b->err, "there is no context c"));
}

static void test_files_that_make_no_sense(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"current: [", "line"},
        {"- a", "no mapping"},
        {"contexts: 7", "contexts is no mapping"},
        {"contexts: {a: 7}", "a is no mapping"},
        {"contexts: {a: {colour: red}}", "a has no member colour"},
        {"contexts: {a: {api: 7}}", "api of a is no text"},
        {"current: 7", "current of config is no text"},
        {"colour: red", "config has no member colour"},
        {"a: b\n---\nc: d", "more than one document"},
    };
    struct bench *b = *state;
    struct cli cli = {0};
    char path[256];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].text);
        write_config(cases[i].text);
        assert_int_equal(CLI_USAGE, settings(b, &cli));
        assert_true(says(b->err, cases[i].says));
        assert_true(says(b->err, "/.config/ropeway/config"));
    }
    write_config("");
    assert_int_equal(0, settings(b, &cli));
    cli_settings_done(&cli);
    snprintf(path, sizeof(path), "%s/.config/ropeway/config", getenv("HOME"));
    unlink(path);
    assert_int_equal(0, mkdir(path, 0700)); /* no file at all */
    cli = (struct cli){0};
    assert_int_equal(CLI_USAGE, settings(b, &cli));
    assert_true(says(b->err, "cannot read"));
    assert_int_equal(CLI_USAGE, run(b, "context list"));
    rmdir(path);
    /* One that others could read is for its owner alone once it is written. */
    write_config(two);
    assert_int_equal(0, chmod(path, 0644));
    assert_int_equal(0, run(b, "context use b"));
    assert_int_equal(0600, mode_of_config());
    unsetenv("HOME");
    assert_int_equal(CLI_REFUSED, run(b, "context set a --api unix:/x"));
    assert_true(says(b->err, "set HOME or XDG_CONFIG_HOME"));
    path[strlen(path) - strlen("/.config/ropeway/config")] = 0;
    setenv("HOME", path, 1);
}

static void test_project(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "vpc create --region r1 --name v"));
    assert_int_equal(0, run(b, "vpc list --region r1 --project default"));
    assert_true(says(b->out, "v"));
    assert_int_equal(0, run(b, "vpc list --region r1 --project other -o json"));
    assert_true(says(b->out, "\"items\": []"));
    assert_int_equal(CLI_REFUSED, run(b, "vpc delete v --region r1 --project other"));
    assert_int_equal(0, run(b, "region list --project other"));
    assert_true(says(b->out, "r1"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_verbs),   T(test_usage), T(test_what_comes_first), T(test_files_that_make_no_sense),
        T(test_project),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
