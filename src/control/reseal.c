#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "control_internal.h"
#include "sealed_internal.h"

/* Another key for everything that is sealed. The steps, each durable before the next begins:
 *
 *   1. seal.key gets the new key in front; the old ones stay behind it and still open.
 *   2. What is sealed under an old key is sealed under the new one, a commit at a time.
 *   3. All of the store is read again: it must open with the new key alone, or the work ends here.
 *   4. What else depends on old keys goes: keyed hashes, earlier values in the store's log.
 *   5. seal.key loses the old keys (after a copy of them, if one was asked for).
 *
 * Wherever that is interrupted, seal.key opens everything, and whoever begins again finds several
 * keys in it: then the first is the new one, and none is made. */

struct reseal {
    struct store *store;
    struct seal_ring ring;
    const struct control_reseal *options;
    char path[PATH_MAX]; /* of seal.key */
    reseal_between *between;
    void *arg;
    struct batch b;
    size_t bytes; /* of the values in b */
    struct control_resealed done;
};

static int step(struct reseal *w, const char *what)
{
    return w->between ? w->between(w->arg, what) : 0;
}

/* ---- 1: the key ---- */

static int given_key(const char *path, struct seal_key *ret)
{
    struct seal_ring given = {.count = 0};
    int r = seal_ring_load(path, &given);

    if (r == -ENOENT)
        log_error("%s: %s", path, strerror(-r));
    if (r == 0 && given.count != 1) {
        log_error("%s: %zu keys; one is wanted", path, given.count);
        r = -EINVAL;
    }
    if (r == 0)
        *ret = given.keys[0];
    seal_ring_wipe(&given);
    return r;
}

static int choose_key(struct reseal *w, struct seal_key *ret)
{
    if (w->options->seal_key)
        return given_key(w->options->seal_key, ret);
    if (w->ring.count == 1)
        return seal_key_make(ret);
    *ret = w->ring.keys[0];
    return 0;
}

static int put_key_in_front(struct reseal *w)
{
    struct seal_key key = {0};
    int r = choose_key(w, &key);

    w->done.resumed = r == 0 && w->ring.count > 1 && strcmp(key.id, w->ring.keys[0].id) == 0;
    if (r == 0) {
        r = seal_ring_lead(&w->ring, &key);
        if (r == -ENOSPC)
            log_error("%s: %d keys are as many as it can have", w->path, SEAL_KEYS_MAX);
    }
    if (r == 0)
        r = seal_ring_save(w->path, &w->ring);
    crypto_wipe(key.key, sizeof(key.key));
    if (r < 0)
        return r;
    (void)text_copy(w->done.key, sizeof(w->done.key), w->ring.keys[0].id);
    return step(w, "key");
}

/* ---- 2: sealing anew ---- */

static int send(struct reseal *w)
{
    size_t count = w->b.count;
    int r = w->b.failed ? -ENOMEM : 0;

    if (r == 0 && count)
        r = store_commit_one(w->store, w->b.ops, count);
    batch_done(&w->b);
    w->bytes = 0;
    if (r == -ECANCELED)
        log_error("somebody else is changing the database");
    if (r < 0 || !count)
        return r;
    w->done.sealed += count;
    return step(w, "commit");
}

static int put(struct reseal *w, const struct store_item *item, const json_t *value)
{
    size_t len;

    batch_put(&w->b, item->collection, item->region, item->id, value);
    if (w->b.failed)
        return -ENOMEM;
    w->b.ops[w->b.count - 1].expect = item->revision;
    len = strlen(w->b.ops[w->b.count - 1].value);
    w->bytes += len;
    return 0;
}

/* What does not open stays as it is, for step 3 to tell of. */
static int seal_anew(struct reseal *w, struct sealed_item *s)
{
    char *clear = NULL, *sealed = NULL;
    int r = secrets_open_text(&w->ring, s->place, s->text, &clear);

    if (r == 0)
        r = secrets_seal_text(&w->ring, s->place, clear, &sealed);
    if (r == 0 && json_object_set_new(s->value, s->member, json_string(sealed)))
        r = -ENOMEM;
    secrets_free(clear);
    secrets_free(sealed);
    return r;
}

static int reseal_secret(struct reseal *w, struct sealed_item *s, bool *changed)
{
    char id[SEAL_ID_LEN + 1];
    int r;

    if (!*s->text)
        return 0;
    secrets_key_of(s->text, id);
    if (strcmp(id, w->ring.keys[0].id) == 0) {
        w->done.already++;
        return 0;
    }
    r = seal_anew(w, s);
    *changed = *changed || r == 0;
    return r == -EBADMSG || r == -ENOKEY ? 0 : r;
}

static int reseal_item(struct reseal *w, const struct store_item *item)
{
    struct sealed_item s = {0};
    bool changed = false;
    int r = sealed_read(item, &s);

    if (r < 0)
        return r == -EBADMSG ? 0 : r;
    do
        r = reseal_secret(w, &s, &changed);
    while (r == 0 && sealed_next(&s));
    if (r == 0 && changed)
        r = put(w, item, s.value);
    sealed_item_done(&s);
    return r;
}

static int reseal_items(void *arg, const struct store_item *items, size_t count)
{
    struct reseal *w = arg;
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        /* The new texts may be longer by an id than those that they replace: two at most. */
        size_t len = strlen(items[i].value) + 2 * (SEAL_ID_LEN + 1);

        if (w->b.count == STORE_OPS_MAX || w->bytes + len > STORE_BYTES_MAX)
            r = send(w);
        if (r == 0)
            r = reseal_item(w, &items[i]);
    }
    return r < 0 ? r : send(w);
}

/* ---- 3 to 5: checking, and letting go ---- */

static int check(struct reseal *w, bool *ret_all)
{
    struct seal_ring alone = {.keys = {w->ring.keys[0]}, .count = 1};
    struct sealed_report report = {0};
    int r = sealed_check(w->store, &alone, &report);

    seal_ring_wipe(&alone);
    if (r < 0)
        return r;
    sealed_tell(&report);
    w->done.unopened = report.unopened;
    *ret_all = report.unopened == 0;
    return 0;
}

/* To those that an earlier copy has. */
static int keep_old_keys(struct reseal *w)
{
    const char *path = w->options->old_keys;
    struct seal_ring old = {.count = 0};
    int r = path && w->ring.count > 1 ? seal_ring_load(path, &old) : 0;

    if (!path || w->ring.count == 1)
        return 0;
    r = r == -ENOENT ? 0 : r;
    for (size_t i = 1; r == 0 && i < w->ring.count; i++)
        r = seal_ring_follow(&old, &w->ring.keys[i]);
    if (r == -ENOSPC)
        log_error("%s: %d keys are as many as it can have", path, SEAL_KEYS_MAX);
    if (r == 0)
        r = seal_ring_save(path, &old);
    seal_ring_wipe(&old);
    return r < 0 ? r : step(w, "kept");
}

static int drop_old_keys(struct reseal *w)
{
    size_t old = w->ring.count - 1;
    int r;

    w->ring.count = 1;
    r = seal_ring_save(w->path, &w->ring);
    if (r < 0)
        return r;
    w->done.dropped = old;
    return step(w, "dropped");
}

static int let_go(struct reseal *w)
{
    int r = idempotency_forget_bodies(w->store);

    if (r == 0)
        r = step(w, "hashes");
    if (r == 0)
        r = store_forget(w->store);
    if (r == 0)
        r = step(w, "forgotten");
    if (r == 0)
        r = keep_old_keys(w);
    return r < 0 ? r : drop_old_keys(w);
}

static int run(struct reseal *w)
{
    bool all = false;
    int r = seal_ring_load(w->path, &w->ring);

    if (r == -ENOENT)
        log_error("%s: %s", w->path, strerror(-r));
    if (r == 0)
        r = put_key_in_front(w);
    if (r == 0)
        r = sealed_walk(w->store, reseal_items, w);
    if (r == 0)
        r = check(w, &all);
    return r == 0 && all ? let_go(w) : r;
}

int reseal_run(struct store *s, const char *state_dir, const struct control_reseal *options,
               reseal_between *between, void *arg, struct control_resealed *ret)
{
    struct reseal *w = calloc(1, sizeof(*w));
    int r = w ? seal_ring_path(state_dir, w->path, sizeof(w->path)) : -ENOMEM;

    if (!w)
        return r;
    w->store = s;
    w->options = options;
    w->between = between;
    w->arg = arg;
    if (r == 0)
        r = run(w);
    if (r == 0)
        *ret = w->done;
    batch_done(&w->b);
    seal_ring_wipe(&w->ring);
    free(w);
    return r;
}
