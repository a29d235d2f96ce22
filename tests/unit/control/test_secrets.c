#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control_internal.h"

/* Secrets are sealed under the control's key; nothing else of it is needed. */
static struct control ours = {.seal_key = {1, 2, 3}}, theirs = {.seal_key = {9}};

static const char id[] = "vpntun-aaaaaaaaaa";

static void test_seal_and_open(void **state)
{
    char longest[129], *sealed, *clear;

    (void)state;
    memset(longest, 'p', 128);
    longest[128] = 0;
    /* Lengths around base64's groups of three. */
    for (size_t len = 8; len <= 128; len += len < 12 ? 1 : 29) {
        assert_int_equal(secrets_seal(&ours, id, "psk", longest + 128 - len, &sealed), 0);
        assert_true(text_starts_with(sealed, "sealed:"));
        assert_null(strstr(sealed, "pppp"));
        assert_int_equal(secrets_open(&ours, id, "psk", sealed, &clear), 0);
        assert_string_equal(clear, longest + 128 - len);
        secrets_free(sealed);
        secrets_free(clear);
    }
}

static void test_does_not_open(void **state)
{
    static const char *const damaged[] = {"",
                                          "sealed:",
                                          "sealed:A",
                                          "sealed:AAAA",
                                          "clear",
                                          "sealed:====",
                                          "sealed:!!",
                                          "sealed:=AAA",
                                          "sealed:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    char *sealed, *clear;

    (void)state;
    assert_int_equal(secrets_seal(&ours, id, "psk", "a secret of ours", &sealed), 0);
    assert_int_equal(secrets_open(&theirs, id, "psk", sealed, &clear), -EBADMSG);
    /* Moved to another resource, or another field. */
    assert_int_equal(secrets_open(&ours, "vpntun-bbbbbbbbbb", "psk", sealed, &clear), -EBADMSG);
    assert_int_equal(secrets_open(&ours, id, "name", sealed, &clear), -EBADMSG);
    assert_int_equal(secrets_open(&ours, id, "psk", sealed, &clear), 0);
    secrets_free(clear);
    secrets_free(sealed);
    for (size_t i = 0; i < ARRAY_SIZE(damaged); i++)
        assert_int_equal(secrets_open(&ours, id, "psk", damaged[i], &clear), -EBADMSG);
}

static void test_keys_on_disk(void **state)
{
    char dir[] = "/tmp/ropeway-control-XXXXXX", path[64];
    uint8_t first[CRYPTO_SEAL_KEY_LEN], again[CRYPTO_SEAL_KEY_LEN];
    struct store *store;
    struct control *c = NULL;
    struct stat st;
    char token[128];

    (void)state;
    log_set_level(LOG_ERROR);
    assert_non_null(mkdtemp(dir));
    assert_int_equal(secrets_load_key(dir, first), 0);
    assert_int_equal(secrets_load_key(dir, again), 0);
    assert_memory_equal(first, again, sizeof(first));
    snprintf(path, sizeof(path), "%s/seal.key", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    /* The admin's token stays the same. */
    assert_int_equal(store_open_sqlite(":memory:", true, &store), 0);
    assert_int_equal(control_new(store, dir, &c), 0);
    strcpy(token, control_admin_token(c));
    assert_true(strlen(token) >= 40);
    control_free(c);
    assert_int_equal(store_open_sqlite(":memory:", true, &store), 0);
    assert_int_equal(control_new(store, dir, &c), 0);
    assert_string_equal(control_admin_token(c), token);
    control_free(c);

    /* Files that are not what they should be stop the start; they are not made anew. */
    assert_int_equal(truncate(path, 31), 0);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(secrets_load_key(dir, again), -EBADMSG);
    assert_int_equal(store_open_sqlite(":memory:", true, &store), 0);
    assert_int_equal(control_new(store, dir, &c), -EBADMSG);
    unlink(path);
    snprintf(path, sizeof(path), "%s/admin.token", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(truncate(path, 3), 0);
    assert_int_equal(store_open_sqlite(":memory:", true, &store), 0);
    assert_int_equal(control_new(store, dir, &c), -EBADMSG);
    unlink(path);
    snprintf(path, sizeof(path), "%s/seal.key", dir);
    unlink(path);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seal_and_open),
        cmocka_unit_test(test_does_not_open),
        cmocka_unit_test(test_keys_on_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
