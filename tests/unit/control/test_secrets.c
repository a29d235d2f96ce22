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

static const uint8_t key[CRYPTO_SEAL_KEY_LEN] = {1, 2, 3};

static json_t *tunnel(const char *id, const char *psk)
{
    return json_pack("{s:s, s:s, s:s}", "id", id, "name", "t", "psk", psk);
}

static void test_seal_and_open(void **state)
{
    const struct model_kind *kind = model_kind(MODEL_VPN_TUNNEL);
    char longest[129];

    (void)state;
    memset(longest, 'p', 128);
    longest[128] = 0;
    /* Lengths around base64's groups of three. */
    for (size_t len = 8; len <= 128; len += len < 12 ? 1 : 29) {
        json_t *t = tunnel("vpntun-aaaaaaaaaa", longest + 128 - len);

        assert_int_equal(secrets_seal(key, kind, t), 0);
        assert_true(text_starts_with(model_str(t, "psk"), "sealed:"));
        assert_null(strstr(model_str(t, "psk"), "pppp"));
        assert_string_equal(model_str(t, "name"), "t");
        assert_int_equal(secrets_open(key, kind, t), 0);
        assert_string_equal(model_str(t, "psk"), longest + 128 - len);
        json_decref(t);
    }
}

static void test_does_not_open(void **state)
{
    const struct model_kind *kind = model_kind(MODEL_VPN_TUNNEL);
    const uint8_t other[CRYPTO_SEAL_KEY_LEN] = {9};
    static const char *const damaged[] = {"",
                                          "sealed:",
                                          "sealed:A",
                                          "sealed:AAAA",
                                          "clear",
                                          "sealed:====",
                                          "sealed:!!",
                                          "sealed:=AAA",
                                          "sealed:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    json_t *t = tunnel("vpntun-aaaaaaaaaa", "a secret of ours");

    (void)state;
    assert_int_equal(secrets_seal(key, kind, t), 0);
    assert_int_equal(secrets_open(other, kind, t), -EBADMSG);
    /* Moved to another resource. */
    json_object_set_new(t, "id", json_string("vpntun-bbbbbbbbbb"));
    assert_int_equal(secrets_open(key, kind, t), -EBADMSG);
    json_object_set_new(t, "id", json_string("vpntun-aaaaaaaaaa"));
    assert_int_equal(secrets_open(key, kind, t), 0);
    json_decref(t);
    for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
        t = tunnel("vpntun-aaaaaaaaaa", damaged[i]);
        assert_int_equal(secrets_open(key, kind, t), -EBADMSG);
        json_decref(t);
    }
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
    assert_int_equal(store_open_sqlite(":memory:", &store), 0);
    assert_int_equal(control_new(store, dir, &c), 0);
    strcpy(token, control_admin_token(c));
    assert_true(strlen(token) >= 40);
    control_free(c);
    assert_int_equal(store_open_sqlite(":memory:", &store), 0);
    assert_int_equal(control_new(store, dir, &c), 0);
    assert_string_equal(control_admin_token(c), token);
    control_free(c);

    /* Files that are not what they should be stop the start; they are not made anew. */
    assert_int_equal(truncate(path, 31), 0);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(secrets_load_key(dir, again), -EBADMSG);
    assert_int_equal(store_open_sqlite(":memory:", &store), 0);
    assert_int_equal(control_new(store, dir, &c), -EBADMSG);
    unlink(path);
    snprintf(path, sizeof(path), "%s/admin.token", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(truncate(path, 3), 0);
    assert_int_equal(store_open_sqlite(":memory:", &store), 0);
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
