#include "api.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The negotiation logs of tunnels in their file: over restarts, damage and a disk that takes
 * nothing. */

struct desk {
    struct api api;
    struct api_vpn vpn;
    char node[48];
    char dir[32], db[64], file[64];
};

static void begin(struct desk *d, bool is_new)
{
    struct store *store;

    d->api.sequence = 0;
    assert_int_equal(store_open_sqlite(d->db, is_new, &store), 0);
    assert_int_equal(control_new(store, d->dir, &d->api.control), 0);
}

static void end(struct desk *d)
{
    control_response_done(&d->api.res);
    d->api.res = (struct control_response){0};
    json_decref(d->api.answer);
    d->api.answer = NULL;
    control_free(d->api.control);
}

static void restart(struct desk *d)
{
    end(d);
    begin(d, false);
}

static int setup(void **state)
{
    struct desk *d = calloc(1, sizeof(*d));

    assert_non_null(d);
    log_set_level(LOG_ERROR);
    snprintf(d->dir, sizeof(d->dir), "/tmp/rw-logs.XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    snprintf(d->db, sizeof(d->db), "%s/db", d->dir);
    snprintf(d->file, sizeof(d->file), "%s/tunnel-logs", d->dir);
    *state = d;
    return 0;
}

static void populate(struct desk *d)
{
    begin(d, true);
    assert_int_equal(api(&d->api, "POST", "//v1/regions",
                         "{'id': 'r1', 'name': 'One', 'publicPools': ['198.51.100.0/28']}"),
                     201);
    api_make_vpn(&d->api, &d->vpn);
    assert_int_equal(text_copy(d->node, sizeof(d->node), api_join(&d->api)), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    struct desk *d = *state;

    end(d);
    buf_done(&d->api.certificate);
    assert_int_equal(nftw(d->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(d);
    return 0;
}

/* Lines first to last - 1, one a second, which begin with that. */
static void report(struct desk *d, const char *tunnel, const char *what, unsigned first,
                   unsigned last)
{
    json_t *log = json_array();
    char key[64], at[64], text[600];

    for (unsigned i = first; i < last; i++) {
        snprintf(at, sizeof(at), "2026-11-22T08:%02u:%02u.000Z", i / 60 % 60, i % 60);
        snprintf(text, sizeof(text), "%s %u", what, i);
        json_array_append_new(log, json_pack("{s:s, s:s}", "at", at, "text", text));
    }
    snprintf(key, sizeof(key), "tunnel/%s", tunnel);
    assert_int_equal(api_put(&d->api, d->node,
                             json_pack("[{s:s, s:{s:s}, s:o}]", "key", key, "status", "operState",
                                       "down", "log", log)),
                     200);
}

static void assert_log(struct desk *d, const char *tunnel, size_t count, const char *first)
{
    const json_t *items;

    api_get(&d->api, 200, "vpnTunnels/%s/log", tunnel);
    items = model_list(d->api.answer, "items");
    assert_int_equal(json_array_size(items), count);
    if (count)
        assert_string_equal(model_str(json_array_get(items, 0), "text"), first);
}

static void test_lines_outlive_ropewayd(void **state)
{
    struct desk *d = *state;
    struct stat st;

    populate(d);
    report(d, d->vpn.tunnels[0], "line", 0, 5);
    report(d, d->vpn.tunnels[1], "other", 0, 2);
    restart(d);
    assert_log(d, d->vpn.tunnels[0], 5, "line 0");
    assert_log(d, d->vpn.tunnels[1], 2, "other 0");
    report(d, d->vpn.tunnels[0], "line", 2, 7); /* the node tells again what it still has */
    assert_log(d, d->vpn.tunnels[0], 7, "line 0");
    restart(d);
    restart(d);
    assert_log(d, d->vpn.tunnels[0], 7, "line 0");
    assert_int_equal(stat(d->file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* A crash in the middle of a line, and worse. */
static void test_damage_costs_what_is_damaged(void **state)
{
    struct desk *d = *state;
    FILE *f;

    populate(d);
    report(d, d->vpn.tunnels[0], "line", 0, 3);
    end(d);
    f = fopen(d->file, "a");
    assert_non_null(f);
    fprintf(f, "[1,2]\n{}\n[\"r9\",\"%s\",\"2026-11-22T08:00:00.000Z\",\"info\",\"x\"]\n",
            d->vpn.tunnels[0]);
    fprintf(f, "[\"r1\",\"vpntun-aaaaaaaaaa\",\"2026-11-22T08:00:00.000Z\",\"info\",\"x\"]\n");
    fprintf(f, "[\"r1\",\"%s\",\"yesterday\",\"info\",\"x\"]\n", d->vpn.tunnels[0]);
    for (int i = 0; i < 20000; i++)
        fputc('x', f);
    fprintf(f, "\n[\"r1\",\"%s\",\"2026-11-22T08:00:09.000Z\",\"loud\",\"good\"]\n",
            d->vpn.tunnels[0]);
    fprintf(f, "[\"r1\",\"%s\",\"2026-11-22T08:00:10.000Z\",\"info\",\"cut", d->vpn.tunnels[0]);
    fclose(f);
    begin(d, false);
    assert_log(d, d->vpn.tunnels[0], 4, "line 0");
}

static void test_what_is_gone_stays_gone(void **state)
{
    struct desk *d = *state;
    char path[64];

    populate(d);
    report(d, d->vpn.tunnels[0], "line", 0, 3);
    snprintf(path, sizeof(path), "vpnTunnels/%s", d->vpn.tunnels[0]);
    assert_int_equal(api(&d->api, "PATCH", path, "{'adminState': 'down'}"), 200);
    assert_int_equal(api(&d->api, "DELETE", path, NULL), 204);
    restart(d);
    assert_int_equal(json_object_size(house_find(d->api.control, "r1")->logs), 0);
}

static void test_the_file_is_bounded(void **state)
{
    struct desk *d = *state;
    char what[480];
    struct stat st;

    populate(d);
    memset(what, 'y', sizeof(what) - 1);
    what[sizeof(what) - 1] = 0;
    for (unsigned i = 0; i < 40; i++)
        report(d, d->vpn.tunnels[0], what, i * 50, i * 50 + 50);
    restart(d);
    api_get(&d->api, 200, "vpnTunnels/%s/log", d->vpn.tunnels[0]);
    assert_int_equal(json_array_size(model_list(d->api.answer, "items")), 100);
    restart(d);
    assert_int_equal(stat(d->file, &st), 0);
    assert_in_range(st.st_size, 40000, 100 * 640);
}

/* The lines wait until the disk takes them. */
static void test_a_disk_that_takes_nothing(void **state)
{
    struct desk *d = *state;
    char beside[80];

    snprintf(beside, sizeof(beside), "%s.new", d->file);
    assert_int_equal(mkdir(beside, 0700), 0);
    populate(d);
    report(d, d->vpn.tunnels[0], "line", 0, 3);
    assert_log(d, d->vpn.tunnels[0], 3, "line 0");
    assert_int_equal(rmdir(beside), 0);
    restart(d);
    assert_log(d, d->vpn.tunnels[0], 3, "line 0");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_lines_outlive_ropewayd),    T(test_damage_costs_what_is_damaged),
        T(test_what_is_gone_stays_gone),   T(test_the_file_is_bounded),
        T(test_a_disk_that_takes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
