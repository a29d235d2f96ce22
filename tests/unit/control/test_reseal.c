#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "authority_internal.h"
#include "sealed_internal.h"

/* Another key for what is sealed: interrupted anywhere, with keys that are missing, with backups.
 */

struct lab {
    char dir[64], database[96], key[96], other[96], backup[96];
    struct store *store;
    struct seal_ring first; /* of seal.key at the beginning */
};

static void open_store(struct lab *l)
{
    assert_int_equal(store_open_sqlite(l->database, true, &l->store), 0);
}

static void close_store(struct lab *l)
{
    store_close(l->store);
    l->store = NULL;
}

static int setup(void **state)
{
    struct lab *l = calloc(1, sizeof(*l));

    assert_non_null(l);
    log_set_level(LOG_ERROR);
    strcpy(l->dir, "/tmp/ropeway-reseal-XXXXXX");
    assert_non_null(mkdtemp(l->dir));
    snprintf(l->database, sizeof(l->database), "%s/ropeway.db", l->dir);
    snprintf(l->key, sizeof(l->key), "%s/seal.key", l->dir);
    snprintf(l->other, sizeof(l->other), "%s/other", l->dir);
    snprintf(l->backup, sizeof(l->backup), "%s/backup", l->dir);
    assert_int_equal(seal_ring_open(l->dir, &l->first), 0);
    open_store(l);
    *state = l;
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"ropeway.db",
                                        "ropeway.db-wal",
                                        "ropeway.db-shm",
                                        "ropeway.db.before",
                                        "ropeway.db.before-wal",
                                        "ropeway.db.before-shm",
                                        "seal.key",
                                        "seal.key.new",
                                        "admin.token",
                                        "backup",
                                        "other"};
    struct lab *l = *state;
    char path[128];

    store_close(l->store);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", l->dir, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(l->dir), 0);
    free(l);
    return 0;
}

/* ---- what is stored ---- */

enum form { NAMED, NAMELESS };

static void put(struct lab *l, const char *collection, const char *region, const char *id,
                const json_t *value)
{
    char *text = json_dumps(value, 0);
    struct store_op op = {
        .kind = STORE_PUT, .key = {collection, region, id}, .value = text, .expect = STORE_ANY};

    assert_int_equal(store_commit_one(l->store, &op, 1), 0);
    free(text);
}

static json_t *tunnel(const struct seal_ring *ring, unsigned n, enum form form)
{
    char id[32], secret[32], place[SEAL_PLACE_MAX], *sealed;
    json_t *value;

    snprintf(id, sizeof(id), "vpntun-%010u", n);
    snprintf(secret, sizeof(secret), "the secret of %u", n);
    assert_int_equal(secrets_seal_text(ring, secrets_place(id, "psk", place), secret, &sealed), 0);
    if (form == NAMELESS) /* as before keys had ids */
        memmove(sealed + 7, sealed + 7 + SEAL_ID_LEN + 1, strlen(sealed + 7 + SEAL_ID_LEN));
    value = json_pack("{s:s, s:s, s:s, s:i}", "name", "隧道", "psk", sealed, "id", id, "mtu", n);
    secrets_free(sealed);
    return value;
}

static void put_tunnel(struct lab *l, const char *region, const struct seal_ring *ring, unsigned n,
                       enum form form)
{
    json_t *value = tunnel(ring, n, form);

    put(l, "vpnTunnels", region, model_str(value, "id"), value);
    json_decref(value);
}

static void put_tunnels(struct lab *l, unsigned count)
{
    enum { EACH = 100 };
    struct batch b = {0};

    for (unsigned n = 1000; n < 1000 + count; n++) {
        json_t *value = tunnel(&l->first, n, n % 3 ? NAMED : NAMELESS);

        batch_put(&b, "vpnTunnels", n % 2 ? "r1" : "r2", model_str(value, "id"), value);
        json_decref(value);
        if (b.count == EACH || n == 999 + count) {
            assert_int_equal(store_commit_one(l->store, b.ops, b.count), 0);
            batch_done(&b);
        }
    }
}

static void put_authority(struct lab *l, const char *region)
{
    struct authority *a = NULL;
    json_t *record = NULL;

    assert_int_equal(authority_new(region, clock_realtime_us(), &a), 0);
    assert_int_equal(credentials_authority_record(&l->first, region, a, &record), 0);
    put(l, "authorities", region, region, record);
    json_decref(record);
    authority_unref(a);
}

/* Two of each form, an authority, and what has no secret. */
static void put_some(struct lab *l)
{
    json_t *bare = json_pack("{s:s}", "id", "vpntun-bare000000");

    for (unsigned n = 1; n <= 4; n++)
        put_tunnel(l, n % 2 ? "r1" : "r2", &l->first, n, n > 2 ? NAMED : NAMELESS);
    put_authority(l, "r1");
    put(l, "vpnTunnels", "r1", "vpntun-bare000000", bare);
    put(l, "vpcs", "r1", "vpc-0000000000", bare);
    json_decref(bare);
}

#define SOME 5 /* secrets */

/* All that is stored opens with seal.key as it is; answers how much that is. */
static size_t assert_opens(struct lab *l, struct seal_ring *ret)
{
    struct sealed_report report = {0};

    assert_int_equal(seal_ring_load(l->key, ret), 0);
    assert_int_equal(sealed_check(l->store, ret, &report), 0);
    assert_int_equal(report.unopened, 0);
    return report.opened;
}

static void assert_secret(struct lab *l, const char *region, unsigned n)
{
    char id[32], secret[32], place[SEAL_PLACE_MAX], *clear = NULL;
    struct store_key key = {"vpnTunnels", region, id};
    struct seal_ring ring = {.count = 0};
    struct store_item item = {0};
    json_t *value;

    snprintf(id, sizeof(id), "vpntun-%010u", n);
    snprintf(secret, sizeof(secret), "the secret of %u", n);
    assert_int_equal(seal_ring_load(l->key, &ring), 0);
    assert_int_equal(store_get(l->store, &key, &item), 0);
    value = json_loads(item.value, 0, NULL);
    assert_int_equal(
        secrets_open_text(&ring, secrets_place(id, "psk", place), model_str(value, "psk"), &clear),
        0);
    assert_string_equal(clear, secret);
    assert_string_equal(model_str(value, "name"), "隧道");
    assert_int_equal(model_int(value, "mtu", 0), n);
    secrets_free(clear);
    json_decref(value);
    store_item_done(&item);
}

static const struct control_reseal plain;

static struct control_resealed run(struct lab *l, const struct control_reseal *options)
{
    struct control_resealed done = {0};

    assert_int_equal(reseal_run(l->store, l->dir, options, NULL, NULL, &done), 0);
    return done;
}

/* ---- the whole ---- */

static void test_all_under_another_key(void **state)
{
    struct lab *l = *state;
    struct seal_ring ring = {.count = 0};
    struct control_resealed done;

    put_some(l);
    assert_int_equal(assert_opens(l, &ring), SOME);
    done = run(l, &plain);
    assert_int_equal(done.sealed, SOME);
    assert_int_equal(done.already, 0);
    assert_int_equal(done.unopened, 0);
    assert_int_equal(done.dropped, 1);
    assert_false(done.resumed);
    assert_int_equal(assert_opens(l, &ring), SOME);
    assert_int_equal(ring.count, 1);
    assert_string_equal(ring.keys[0].id, done.key);
    assert_string_not_equal(ring.keys[0].id, l->first.keys[0].id);
    for (unsigned n = 1; n <= 4; n++)
        assert_secret(l, n % 2 ? "r1" : "r2", n);
    assert_int_equal(store_verify(l->store), 0);
    /* Once more is another key once more. */
    done = run(l, &plain);
    assert_int_equal(done.sealed, SOME);
    assert_string_not_equal(ring.keys[0].id, done.key);
    assert_int_equal(assert_opens(l, &ring), SOME);
}

/* A tunnel may have a private key beside its psk, and a long one. */
static void test_each_secret_of_an_item(void **state)
{
    struct lab *l = *state;
    struct seal_ring ring = {.count = 0};
    char key[6001], place[SEAL_PLACE_MAX], *sealed, *clear = NULL;
    struct store_key at = {"vpnTunnels", "r1", "vpntun-0000000001"};
    struct store_item item = {0};
    json_t *value = tunnel(&l->first, 1, NAMED);

    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = 0;
    secrets_place("vpntun-0000000001", "privateKey", place);
    assert_int_equal(secrets_seal_text(&l->first, place, key, &sealed), 0);
    assert_int_equal(json_object_set_new(value, "privateKey", json_string(sealed)), 0);
    put(l, "vpnTunnels", "r1", "vpntun-0000000001", value);
    secrets_free(sealed);
    json_decref(value);
    assert_int_equal(assert_opens(l, &ring), 2);
    assert_int_equal(run(l, &plain).dropped, 1);
    assert_int_equal(assert_opens(l, &ring), 2);
    assert_secret(l, "r1", 1);
    assert_int_equal(store_get(l->store, &at, &item), 0);
    value = json_loads(item.value, 0, NULL);
    assert_int_equal(secrets_open_text(&ring, place, model_str(value, "privateKey"), &clear), 0);
    assert_string_equal(clear, key);
    secrets_free(clear);
    json_decref(value);
    store_item_done(&item);
}

static void test_an_authority_still_signs(void **state)
{
    struct lab *l = *state;
    struct store_key key = {"authorities", "r1", "r1"};
    struct seal_ring ring = {.count = 0};
    struct store_item before = {0}, after = {0};
    struct authority *a = NULL;
    json_t *record, *earlier;

    put_authority(l, "r1");
    assert_int_equal(store_get(l->store, &key, &before), 0);
    run(l, &plain);
    assert_int_equal(store_get(l->store, &key, &after), 0);
    assert_int_equal(seal_ring_load(l->key, &ring), 0);
    earlier = json_loads(before.value, 0, NULL);
    record = json_loads(after.value, 0, NULL);
    assert_string_equal(model_str(earlier, "certificate"), model_str(record, "certificate"));
    assert_string_not_equal(model_str(earlier, "key"), model_str(record, "key"));
    assert_int_equal(credentials_authority_read(&ring, "r1", record, &a), 0);
    assert_true(authority_can_sign(a));
    authority_unref(a);
    json_decref(record);
    json_decref(earlier);
    store_item_done(&before);
    store_item_done(&after);
}

static bool file_has(const char *path, const char *text)
{
    struct buf b = {0};
    bool has;

    if (file_read(path, 64U << 20, &b) < 0)
        return false;
    has = b.len && memmem(b.data, b.len, text, strlen(text)) != NULL;
    buf_done(&b);
    return has;
}

/* Who has the old key and gets hold of the disk later on finds nothing that it opens. */
static void test_nothing_of_before_is_left(void **state)
{
    struct lab *l = *state;
    struct seal_ring ring = {.count = 0};
    char wal[128], old[32], psk[64];
    struct store_page page = {0};
    struct store_query q = {.collection = "vpnTunnels", .region = "r1"};

    put_tunnels(l, 1500);
    snprintf(wal, sizeof(wal), "%s-wal", l->database);
    snprintf(old, sizeof(old), "sealed:%s", l->first.keys[0].id);
    assert_true(file_has(l->database, old) || file_has(wal, old));
    assert_int_equal(store_list(l->store, &q, &page), 0);
    run(l, &plain);
    assert_false(file_has(l->database, old) || file_has(wal, old));
    /* Nor of those that named no key: some characters of each. */
    for (size_t i = 0; i < page.count; i += 50) {
        json_t *value = json_loads(page.items[i].value, 0, NULL);
        const char *text = model_str(value, "psk");

        snprintf(psk, sizeof(psk), "%.24s", text + strlen(text) - 30);
        assert_false(file_has(l->database, psk) || file_has(wal, psk));
        json_decref(value);
    }
    store_page_done(&page);
    assert_int_equal(assert_opens(l, &ring), 1500);
}

/* ---- interrupted ---- */

struct limit {
    size_t left;
    char last[16];
};

static int stop(void *arg, const char *step)
{
    struct limit *limit = arg;

    (void)text_copy(limit->last, sizeof(limit->last), step);
    return limit->left-- ? 0 : -EINTR;
}

/* Stopped after each step in turn, it goes on with the key that it had made. */
static void test_interrupted_after_each_step(void **state)
{
    static const char *const steps[] = {"key",    "commit",    "commit", "commit",
                                        "hashes", "forgotten", "kept",   "dropped"};
    struct lab *l = *state;
    struct control_reseal options = {.old_keys = l->other};
    size_t n = 0;

    put_some(l);
    for (;; n++) {
        struct seal_ring before = {.count = 0}, ring = {.count = 0};
        struct limit limit = {.left = n};
        struct control_resealed done = {0};
        int r;

        assert_int_equal(assert_opens(l, &before), SOME);
        assert_int_equal(before.count, 1);
        r = reseal_run(l->store, l->dir, &options, stop, &limit, &done);
        if (r == 0)
            break;
        assert_int_equal(r, -EINTR);
        assert_true(n < ARRAY_SIZE(steps));
        assert_string_equal(limit.last, steps[n]);
        close_store(l);
        open_store(l);
        assert_int_equal(assert_opens(l, &ring), SOME);
        assert_string_not_equal(ring.keys[0].id, before.keys[0].id);
        assert_int_equal(ring.count, n == ARRAY_SIZE(steps) - 1 ? 1 : 2);
        if (ring.count == 1)
            continue; /* that was the last step */
        done = run(l, &options);
        assert_true(done.resumed);
        assert_string_equal(done.key, ring.keys[0].id);
        assert_int_equal(done.sealed + done.already, SOME);
        assert_int_equal(done.dropped, 1);
    }
    assert_int_equal(n, ARRAY_SIZE(steps));
}

/* Killed in the midst of it, again and again. */
static void test_killed(void **state)
{
    enum { TUNNELS = 1200 };
    struct lab *l = *state;
    struct seal_ring ring = {.count = 0};
    unsigned killed = 0;

    put_tunnels(l, TUNNELS);
    put_authority(l, "r1");
    for (int round = 0; round < 20; round++) {
        struct control_resealed done = {0};
        int status;
        pid_t pid;

        close_store(l);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(control_reseal(l->dir, &plain, &done) < 0);
        usleep((useconds_t)(random_u64() % 60000));
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        killed += WIFSIGNALED(status);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        open_store(l);
        assert_int_equal(assert_opens(l, &ring), TUNNELS + 1);
        assert_true(ring.count <= 2);
    }
    assert_true(killed > 0);
    run(l, &plain);
    assert_int_equal(assert_opens(l, &ring), TUNNELS + 1);
    assert_int_equal(ring.count, 1);
    for (unsigned n = 1000; n < 1000 + TUNNELS; n += 7)
        assert_secret(l, n % 2 ? "r1" : "r2", n);
}

/* ---- keys that are missing, keys that are given ---- */

static void test_a_key_is_missing(void **state)
{
    struct lab *l = *state;
    struct seal_ring lost = {.count = 0}, ring = {.count = 0};
    struct sealed_report report = {0};
    struct control_resealed done;

    put_some(l);
    assert_int_equal(seal_ring_open(NULL, &lost), 0);
    put_tunnel(l, "r1", &lost, 8, NAMED);
    put_tunnel(l, "r2", &lost, 9, NAMED);
    put_tunnel(l, "r2", &lost, 10, NAMELESS);
    log_set_level(LOG_ERROR + 1);
    done = run(l, &plain);
    assert_int_equal(done.sealed, SOME);
    assert_int_equal(done.unopened, 3);
    assert_int_equal(done.dropped, 0);
    assert_int_equal(seal_ring_load(l->key, &ring), 0);
    assert_int_equal(ring.count, 2);
    assert_int_equal(sealed_check(l->store, &ring, &report), 0);
    assert_int_equal(report.opened, SOME);
    assert_int_equal(report.key_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct sealed_count *k = &report.keys[i];

        assert_int_equal(k->secrets, *k->id ? 2 : 1);
        assert_true(k->missing == !!*k->id);
        assert_string_equal(k->id, *k->id ? lost.keys[0].id : "");
        assert_non_null(strstr(k->first, *k->id ? "psk of vpn-tunnel vpntun-0000000008 of region r1"
                                                : "vpntun-0000000010 of region r2"));
    }
    /* The key comes back. */
    log_set_level(LOG_ERROR);
    assert_int_equal(seal_ring_follow(&ring, &lost.keys[0]), 0);
    assert_int_equal(seal_ring_save(l->key, &ring), 0);
    strcpy(lost.keys[0].id, done.key);
    done = run(l, &plain);
    assert_true(done.resumed);
    assert_string_equal(done.key, lost.keys[0].id);
    assert_int_equal(done.sealed, 3);
    assert_int_equal(done.already, SOME);
    assert_int_equal(done.dropped, 2);
    assert_int_equal(assert_opens(l, &ring), SOME + 3);
}

/* What was changed on the disk is not thrown away with the key that might have opened it. */
static void test_a_changed_text(void **state)
{
    struct lab *l = *state;
    json_t *value = tunnel(&l->first, 1, NAMED), *broken = json_pack("[]");
    struct seal_ring ring = {.count = 0};
    struct control_resealed done;

    put_some(l);
    put(l, "vpnTunnels", "r1", "vpntun-elsewhere0", value); /* another place */
    put(l, "vpnTunnels", "r1", "vpntun-broken0000", broken);
    json_decref(value);
    json_decref(broken);
    log_set_level(LOG_ERROR + 1);
    done = run(l, &plain);
    assert_int_equal(done.sealed, SOME);
    assert_int_equal(done.unopened, 2);
    assert_int_equal(seal_ring_load(l->key, &ring), 0);
    assert_int_equal(ring.count, 2);
}

static void save_one(const char *path, const struct seal_key *key)
{
    struct seal_ring ring = {.keys = {*key}, .count = 1};

    assert_int_equal(seal_ring_save(path, &ring), 0);
}

static void test_a_given_key(void **state)
{
    struct lab *l = *state;
    struct control_reseal options = {.seal_key = l->other};
    struct control_resealed done = {0};
    struct seal_ring given = {.count = 0}, ring = {.count = 0};

    put_some(l);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(reseal_run(l->store, l->dir, &options, NULL, NULL, &done), -ENOENT);
    assert_int_equal(seal_ring_save(l->other, &l->first), 0);
    assert_int_equal(truncate(l->other, 70), 0);
    assert_int_equal(reseal_run(l->store, l->dir, &options, NULL, NULL, &done), -EBADMSG);
    assert_int_equal(seal_ring_open(NULL, &given), 0);
    ring = l->first;
    assert_int_equal(seal_ring_lead(&ring, &given.keys[0]), 0);
    assert_int_equal(seal_ring_save(l->other, &ring), 0); /* two keys: which? */
    assert_int_equal(reseal_run(l->store, l->dir, &options, NULL, NULL, &done), -EINVAL);
    assert_int_equal(assert_opens(l, &ring), SOME);
    assert_int_equal(ring.count, 1);
    assert_string_equal(ring.keys[0].id, l->first.keys[0].id); /* nothing has happened */
    log_set_level(LOG_ERROR);

    save_one(l->other, &given.keys[0]);
    done = run(l, &options);
    assert_string_equal(done.key, given.keys[0].id);
    assert_int_equal(assert_opens(l, &ring), SOME);
    assert_memory_equal(ring.keys[0].key, given.keys[0].key, CRYPTO_SEAL_KEY_LEN);
    /* The same once more changes nothing; a raw file does as well. */
    assert_int_equal(file_write_atomic(l->other, given.keys[0].key, CRYPTO_SEAL_KEY_LEN, 0600), 0);
    done = run(l, &options);
    assert_string_equal(done.key, given.keys[0].id);
    assert_int_equal(done.sealed, 0);
    assert_int_equal(done.already, SOME);
    assert_int_equal(done.dropped, 0);
}

/* ---- backups ---- */

static void test_backups_of_before(void **state)
{
    struct lab *l = *state;
    struct control_reseal options = {.old_keys = l->other};
    struct seal_ring ring = {.count = 0};
    struct control_resealed done;
    char second[24];

    put_some(l);
    assert_int_equal(control_backup(l->dir, l->backup), 0);
    (void)text_copy(second, sizeof(second), run(l, &options).key);
    done = run(l, &options);
    assert_int_equal(seal_ring_load(l->other, &ring), 0); /* both that went */
    assert_int_equal(ring.count, 2);
    assert_non_null(seal_ring_find(&ring, l->first.keys[0].id));
    assert_non_null(seal_ring_find(&ring, second));
    close_store(l);
    /* With the seal.key of now it is put there, but does not open. */
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(control_restore(l->dir, l->backup, NULL), 1);
    log_set_level(LOG_ERROR);
    /* With the keys that were kept. */
    assert_int_equal(control_restore(l->dir, l->backup, l->other), 0);
    open_store(l);
    assert_int_equal(assert_opens(l, &ring), SOME);
    assert_int_equal(ring.count, 3);
    assert_string_equal(ring.keys[0].id, done.key); /* still seals */
    done = run(l, &plain);
    assert_true(done.resumed);
    assert_int_equal(done.dropped, 2);
    /* With the seal.key of its time, by itself and as a file of keys. */
    close_store(l);
    assert_int_equal(file_write_atomic(l->other, l->first.keys[0].key, CRYPTO_SEAL_KEY_LEN, 0600),
                     0);
    assert_int_equal(control_restore(l->dir, l->backup, l->other), 0);
    assert_int_equal(unlink(l->key), 0);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(control_restore(l->dir, l->backup, NULL), 1); /* no seal.key at all */
    log_set_level(LOG_ERROR);
    assert_int_equal(rename(l->other, l->key), 0);
    assert_int_equal(control_restore(l->dir, l->backup, NULL), 0);
    open_store(l);
    assert_int_equal(assert_opens(l, &ring), SOME);
    assert_int_equal(ring.count, 1);
}

static void test_a_restore_that_fails_leaves_keys_alone(void **state)
{
    struct lab *l = *state;
    struct seal_ring more = {.count = 0}, ring = {.count = 0};

    put_some(l);
    close_store(l);
    assert_int_equal(seal_ring_open(NULL, &more), 0);
    assert_int_equal(seal_ring_save(l->other, &more), 0);
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(control_restore(l->dir, "/nonexistent/file", l->other), -ENOENT);
    assert_int_equal(control_restore(l->dir, l->database, "/nonexistent/file"), -ENOENT);
    log_set_level(LOG_ERROR);
    open_store(l);
    assert_int_equal(assert_opens(l, &ring), SOME);
    assert_int_equal(ring.count, 1);
}

/* ---- requests that are sent again ---- */

static int create_with_key(struct control *c, const char *name, char ret_id[64])
{
    struct api a = {.control = c};
    char bearer[160], body[64];
    struct control_request req = {.method = "POST",
                                  .uri = "/v1/regions/r1/borderGateways",
                                  .authorization = bearer,
                                  .content_type = "application/json",
                                  .idempotency_key = "once",
                                  .body = body};
    int status;

    snprintf(bearer, sizeof(bearer), "Bearer %s", control_admin_token(c));
    snprintf(body, sizeof(body), "{\"name\": \"%s\"}", name);
    req.body_len = strlen(body);
    status = api_request(&a, &req);
    (void)text_copy(ret_id, 64, api_str(&a, "id"));
    control_response_done(&a.res);
    json_decref(a.answer);
    return status;
}

static void test_a_request_sent_again(void **state)
{
    struct lab *l = *state;
    struct control *c = NULL;
    char first[64], again[64];
    struct api a = {0};

    close_store(l);
    assert_int_equal(control_open(l->dir, true, &c), 0);
    a.control = c;
    assert_int_equal(api(&a, "POST", "//v1/regions", "{'id': 'r1'}"), 201);
    control_response_done(&a.res);
    json_decref(a.answer);
    assert_int_equal(create_with_key(c, "g", first), 201);
    assert_int_equal(create_with_key(c, "h", again), 409);
    control_free(c);
    open_store(l);
    run(l, &plain);
    close_store(l);
    assert_false(file_has(l->database, "\"hash\""));
    assert_int_equal(control_open(l->dir, false, &c), 0);
    assert_int_equal(create_with_key(c, "g", again), 201);
    assert_string_equal(first, again); /* not another one */
    control_free(c);
    open_store(l);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_all_under_another_key),
        T(test_each_secret_of_an_item),
        T(test_an_authority_still_signs),
        T(test_nothing_of_before_is_left),
        T(test_interrupted_after_each_step),
        T(test_killed),
        T(test_a_key_is_missing),
        T(test_a_changed_text),
        T(test_a_given_key),
        T(test_backups_of_before),
        T(test_a_restore_that_fails_leaves_keys_alone),
        T(test_a_request_sent_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
