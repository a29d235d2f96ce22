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

/* Texts that are sealed, and the file of the keys that seal them. */

static const char id[] = "vpntun-aaaaaaaaaa";
static struct seal_ring ours, theirs;

static int make_rings(void **state)
{
    (void)state;
    return seal_ring_open(NULL, &ours) < 0 || seal_ring_open(NULL, &theirs) < 0;
}

/* ---- texts ---- */

/* As it was before keys had ids; to be freed. */
static char *without_id(const char *sealed)
{
    char *text = NULL;

    assert_true(asprintf(&text, "sealed:%s", sealed + strlen("sealed:") + SEAL_ID_LEN + 1) > 0);
    return text;
}

static void assert_opens(struct seal_ring *ring, const char *sealed, const char *clear)
{
    char *opened = NULL;

    assert_int_equal(secrets_open(ring, id, "psk", sealed, &opened), 0);
    assert_string_equal(opened, clear);
    secrets_free(opened);
}

static void assert_does_not_open(struct seal_ring *ring, const char *sealed, int error)
{
    char *opened = NULL;

    assert_int_equal(secrets_open(ring, id, "psk", sealed, &opened), error);
    assert_null(opened);
}

static void test_seal_and_open(void **state)
{
    char longest[1025], start[32], *sealed, *old;

    (void)state;
    memset(longest, 'p', 1024);
    longest[1024] = 0;
    snprintf(start, sizeof(start), "sealed:%s:", ours.keys[0].id);
    /* Lengths around base64's groups of three. */
    for (size_t len = 0; len <= 1024; len += len < 12 ? 1 : 253) {
        const char *clear = longest + 1024 - len;

        assert_int_equal(secrets_seal(&ours, id, "psk", clear, &sealed), 0);
        assert_true(text_starts_with(sealed, start));
        assert_null(strstr(sealed, "pppp"));
        assert_opens(&ours, sealed, clear);
        old = without_id(sealed);
        assert_opens(&ours, old, clear);
        free(old);
        secrets_free(sealed);
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
                                          "sealed::",
                                          "sealed::AAAA",
                                          "sealed:0123456789ab",
                                          "sealed:0123456789ab:",
                                          "sealed:0123456789ab:AAAA",
                                          "sealed:0123456789AB:AAAA",
                                          "sealed:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    char *sealed, *clear, *old, named[SEAL_ID_LEN + 1];

    (void)state;
    assert_int_equal(secrets_seal(&ours, id, "psk", "a secret of ours", &sealed), 0);
    old = without_id(sealed);
    assert_does_not_open(&theirs, sealed, -ENOKEY); /* it says which it wants */
    assert_does_not_open(&theirs, old, -EBADMSG);
    secrets_key_of(sealed, named);
    assert_string_equal(named, ours.keys[0].id);
    secrets_key_of(old, named);
    assert_string_equal(named, "");
    /* Moved to another resource, or another field. */
    assert_int_equal(secrets_open(&ours, "vpntun-bbbbbbbbbb", "psk", sealed, &clear), -EBADMSG);
    assert_int_equal(secrets_open(&ours, id, "name", sealed, &clear), -EBADMSG);
    assert_opens(&ours, sealed, "a secret of ours");
    /* Another key's id does not make it another key's. */
    memcpy(sealed + strlen("sealed:"), theirs.keys[0].id, SEAL_ID_LEN);
    assert_does_not_open(&theirs, sealed, -EBADMSG);
    secrets_free(sealed);
    free(old);
    for (size_t i = 0; i < ARRAY_SIZE(damaged); i++)
        assert_does_not_open(&ours, damaged[i], -EBADMSG);
}

static void test_why(void **state)
{
    char why[SEAL_WHY_MAX];

    (void)state;
    assert_non_null(strstr(secrets_why("sealed:0123456789ab:AAAA", -ENOKEY, why), "0123456789ab"));
    assert_non_null(strstr(secrets_why("sealed:0123456789ab:AAAA", -EBADMSG, why), "changed"));
    assert_non_null(strstr(secrets_why("sealed:AAAA", -EBADMSG, why), "another seal.key"));
    assert_string_equal(secrets_why("sealed:AAAA", -ENOMEM, why), strerror(ENOMEM));
}

/* Texts of several keys and of both forms, opened with one ring. */
static void test_several_keys(void **state)
{
    struct seal_ring both = theirs;
    char *by_ours, *by_theirs, *by_both, *old;

    (void)state;
    assert_int_equal(secrets_seal(&ours, id, "psk", "one", &by_ours), 0);
    assert_int_equal(secrets_seal(&theirs, id, "psk", "two", &by_theirs), 0);
    assert_int_equal(seal_ring_follow(&both, &ours.keys[0]), 0);
    assert_int_equal(both.count, 2);
    assert_int_equal(secrets_seal(&both, id, "psk", "three", &by_both), 0);
    assert_opens(&both, by_ours, "one");
    assert_opens(&both, by_theirs, "two");
    assert_opens(&theirs, by_both, "three"); /* the first seals */
    old = without_id(by_ours);
    assert_opens(&both, old, "one");
    free(old);
    old = without_id(by_theirs);
    assert_opens(&both, old, "two");
    free(old);
    secrets_free(by_ours);
    secrets_free(by_theirs);
    secrets_free(by_both);
}

/* ---- rings ---- */

static void test_first_and_last(void **state)
{
    struct seal_ring ring = {.count = 0};
    struct seal_key key, kept[SEAL_KEYS_MAX];

    (void)state;
    for (size_t i = 0; i < SEAL_KEYS_MAX; i++) {
        assert_int_equal(seal_key_make(&kept[i]), 0);
        assert_int_equal(seal_ring_lead(&ring, &kept[i]), 0);
        assert_string_equal(ring.keys[0].id, kept[i].id);
        assert_int_equal(ring.count, i + 1);
    }
    assert_int_equal(seal_key_make(&key), 0);
    assert_int_equal(seal_ring_lead(&ring, &key), -ENOSPC);
    assert_int_equal(seal_ring_follow(&ring, &key), -ENOSPC);
    /* One that is there moves, or stays. */
    assert_int_equal(seal_ring_follow(&ring, &kept[15]), 0);
    assert_string_equal(ring.keys[0].id, kept[15].id);
    assert_int_equal(seal_ring_lead(&ring, &kept[7]), 0);
    assert_int_equal(ring.count, SEAL_KEYS_MAX);
    assert_string_equal(ring.keys[0].id, kept[7].id);
    assert_string_equal(ring.keys[1].id, kept[15].id);
    for (size_t i = 0; i < SEAL_KEYS_MAX; i++)
        assert_memory_equal(seal_ring_find(&ring, kept[i].id)->key, kept[i].key, 32);
    assert_null(seal_ring_find(&ring, key.id));
}

/* ---- the file ---- */

static int parse(const char *text, struct seal_ring *ret)
{
    return seal_ring_parse((const uint8_t *)text, strlen(text), ret);
}

/* The key of 32 bytes 0 to 31. */
#define LINE_A "ropeway-seal-key " ID_A " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
#define ID_A   "608c85e3cdb2"

static void test_both_formats(void **state)
{
    struct seal_ring raw = {.count = 0}, lines = {.count = 0}, both = ours, back = {.count = 0};
    struct buf b = {0};
    uint8_t key[CRYPTO_SEAL_KEY_LEN];

    (void)state;
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)i;
    assert_int_equal(seal_ring_parse(key, sizeof(key), &raw), 0);
    assert_int_equal(raw.count, 1);
    assert_memory_equal(raw.keys[0].key, key, sizeof(key));
    assert_string_equal(raw.keys[0].id, ID_A); /* ids never change */
    assert_int_equal(parse(LINE_A, &lines), 0);
    assert_int_equal(lines.count, 1);
    assert_memory_equal(lines.keys[0].key, key, sizeof(key));
    /* What is printed is read again; a key that stands there twice is one. */
    assert_int_equal(seal_ring_follow(&both, &raw.keys[0]), 0);
    assert_int_equal(seal_ring_follow(&both, &theirs.keys[0]), 0);
    assert_int_equal(seal_ring_print(&both, &b), 0);
    buf_puts(&b, LINE_A LINE_A);
    assert_int_equal(seal_ring_parse(b.data, b.len, &back), 0);
    assert_int_equal(back.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_memory_equal(back.keys[i].key, both.keys[i].key, sizeof(key));
        assert_string_equal(back.keys[i].id, both.keys[i].id);
    }
    buf_wipe(&b);
}

static void test_files_that_are_none(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "x",
        "31 bytes, which are one too few",
        "33 bytes are one too many for it.",
        "ropeway-seal-key " ID_A " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", /* no end */
        LINE_A "\n",
        "ropeway-seal-key " ID_A " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r",
        "ropeway-seal-key 0123456789ab AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", /* id */
        "ropeway-seal-key " ID_A " BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",     /* key */
        "ropeway-seal-key " ID_A " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",     /* bits */
        "ropeway-seal-key " ID_A " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A\n",
        "ropeway-seal-key " ID_A " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd====\n",
        "ropeway-seal-key " ID_A "  AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "Ropeway-seal-key " ID_A " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "ropeway-seal-key 608C85E3CDB2 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        LINE_A "ropeway-seal-key " ID_A,
    };
    struct seal_ring ring = {.count = 77};
    struct buf b = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        assert_int_equal(parse(texts[i], &ring), -EBADMSG);
    for (size_t i = 0; i <= SEAL_KEYS_MAX; i++) { /* one too many */
        struct seal_ring one = {.count = 0};

        assert_int_equal(seal_ring_open(NULL, &one), 0);
        assert_int_equal(seal_ring_print(&one, &b), 0);
    }
    assert_int_equal(seal_ring_parse(b.data, b.len, &ring), -EBADMSG);
    assert_int_equal(ring.count, 77);
    buf_wipe(&b);
}

static void test_keys_on_disk(void **state)
{
    char dir[] = "/tmp/ropeway-control-XXXXXX", path[64];
    struct seal_ring first = {.count = 0}, again = {.count = 0};
    struct store *store;
    struct control *c = NULL;
    struct stat st;
    char token[128];

    (void)state;
    log_set_level(LOG_ERROR);
    assert_non_null(mkdtemp(dir));
    assert_int_equal(seal_ring_open(dir, &first), 0);
    assert_int_equal(seal_ring_open(dir, &again), 0);
    assert_int_equal(again.count, 1);
    assert_memory_equal(&first.keys[0], &again.keys[0], sizeof(first.keys[0]));
    snprintf(path, sizeof(path), "%s/seal.key", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* Replaced as a whole, also when it was open to others and another user's. */
    assert_int_equal(chmod(path, 0644), 0);
    if (geteuid() == 0)
        assert_int_equal(chown(path, 1234, 1235), 0);
    assert_int_equal(seal_ring_save(path, &first), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_uid, geteuid() == 0 ? 1234 : geteuid());

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
    assert_int_equal(seal_ring_open(dir, &again), -EBADMSG);
    assert_int_equal(truncate(path, 1 << 20), 0);
    assert_int_equal(seal_ring_open(dir, &again), -EBADMSG);
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
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_several_keys),
        cmocka_unit_test(test_first_and_last),
        cmocka_unit_test(test_both_formats),
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_keys_on_disk),
    };

    return cmocka_run_group_tests(tests, make_rings, NULL);
}
