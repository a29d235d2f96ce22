#include "store_lab.h"

#include <dirent.h>
#include <unistd.h>

static const struct lab_backend sqlite = {"sqlite", store_open_sqlite};
const struct lab_backend *lab_backend = &sqlite;

struct store *lab_open(const struct lab *lab)
{
    struct store *s = NULL;

    assert_int_equal(lab_backend->open(lab->path, true, &s), 0);
    return s;
}

int lab_setup(void **state)
{
    struct lab *lab = calloc(1, sizeof(*lab));

    assert_non_null(lab);
    assert_int_equal(text_copy(lab->dir, sizeof(lab->dir), "/tmp/ropeway-store-XXXXXX"), 0);
    assert_non_null(mkdtemp(lab->dir));
    snprintf(lab->path, sizeof(lab->path), "%s/test.db", lab->dir);
    lab->store = lab_open(lab);
    *state = lab;
    return 0;
}

int lab_teardown(void **state)
{
    struct lab *lab = *state;
    DIR *dir = opendir(lab->dir);
    char path[160];

    store_close(lab->store);
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        if (e->d_name[0] != '.')
            unlink(lab_path(lab, e->d_name, path));
    }
    closedir(dir);
    assert_int_equal(rmdir(lab->dir), 0);
    free(lab);
    return 0;
}

const char *lab_path(const struct lab *lab, const char *name, char ret[160])
{
    assert_int_equal(text_printf(ret, 160, "%s/%s", lab->dir, name), 0);
    return ret;
}

struct store_key key(const char *region, const char *id)
{
    return (struct store_key){.collection = "vpcs", .region = region, .id = id};
}

struct store_op put(const char *region, const char *id, const char *value, uint64_t expect)
{
    return (struct store_op){
        .kind = STORE_PUT, .key = key(region, id), .value = value, .expect = expect};
}

struct store_op del(const char *region, const char *id, uint64_t expect)
{
    return (struct store_op){.kind = STORE_DELETE, .key = key(region, id), .expect = expect};
}

struct store_op check(const char *region, const char *id, uint64_t expect)
{
    return (struct store_op){.kind = STORE_CHECK, .key = key(region, id), .expect = expect};
}

struct store_op check_region(const char *region, uint64_t expect)
{
    return (struct store_op){
        .kind = STORE_CHECK_REGION, .key = {.region = region}, .expect = expect};
}

void commit(struct store *s, const struct store_op *ops, size_t count)
{
    assert_int_equal(store_commit_one(s, ops, count), 0);
}

void put_one(struct store *s, const char *region, const char *id, const char *value)
{
    struct store_op op = put(region, id, value, STORE_ANY);

    commit(s, &op, 1);
}

uint64_t assert_value(struct store *s, const char *region, const char *id, const char *value)
{
    struct store_key k = key(region, id);
    struct store_item item = {0};
    uint64_t revision;
    int r = store_get(s, &k, &item);

    if (!value) {
        assert_int_equal(r, -ENOENT);
        return 0;
    }
    assert_int_equal(r, 0);
    assert_string_equal(item.value, value);
    assert_string_equal(item.collection, "vpcs");
    assert_string_equal(item.id, id);
    assert_string_equal(item.region, region);
    revision = item.revision;
    store_item_done(&item);
    return revision;
}

void assert_log(struct store *s, const char *region, uint64_t revision, size_t limit, bool more,
                const char *told)
{
    struct store_log log;
    struct buf text = {0};

    assert_int_equal(store_log(s, region, revision, limit, &log), 0);
    for (size_t i = 0; i < log.count; i++) {
        const struct store_item *item = &log.items[i];

        assert_string_equal(item->region, region);
        buf_printf(&text, "%s%llu:%s%s%s", i ? " " : "", (unsigned long long)item->revision,
                   item->id, item->value ? "=" : "-", item->value ? item->value : "");
    }
    assert_string_equal(buf_text(&text), told);
    assert_int_equal(log.more, more);
    buf_done(&text);
    store_log_done(&log);
}
