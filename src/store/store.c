#include "store_internal.h"

#include <stdlib.h>

/* The front of every backend: checks what comes in, and tells what a commit moved. */

int store_new(const struct store_backend *backend, void *self, struct store **ret)
{
    struct store *s = calloc(1, sizeof(*s));

    if (!s) {
        backend->close(self);
        return -ENOMEM;
    }
    s->backend = backend;
    s->self = self;
    store_hub_init(s);
    *ret = s;
    return 0;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    s->backend->close(s->self);
    store_hub_done(s);
    free(s);
}

static bool is_name(const char *text, bool may_be_empty)
{
    size_t len = strnlen(text, STORE_NAME_MAX + 1);

    if (len > STORE_NAME_MAX || (len == 0 && !may_be_empty) || !text_is_utf8(text, len))
        return false;
    for (size_t i = 0; i < len; i++) {
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    }
    return true;
}

static bool is_key(const struct store_key *key)
{
    return is_name(key->collection, false) && is_name(key->region, true) && is_name(key->id, false);
}

int store_get(struct store *s, const struct store_key *key, struct store_item *ret)
{
    if (!is_key(key))
        return -ENOENT; /* it could never have been put */
    return s->backend->get(s->self, key, ret);
}

static bool is_query(const struct store_query *query)
{
    if (!query->collection && (!query->region || (query->after && *query->after)))
        return false;
    return (!query->collection || is_name(query->collection, false)) &&
           (!query->region || is_name(query->region, true)) &&
           (!query->after || is_name(query->after, true));
}

static int hand_over(int r, struct store_page *page, struct store_page *ret)
{
    if (r < 0)
        store_page_done(page);
    else
        *ret = *page;
    return r;
}

int store_list(struct store *s, const struct store_query *query, struct store_page *ret)
{
    struct store_page page = {0};

    if (!is_query(query))
        return -EINVAL;
    return hand_over(s->backend->list(s->self, query, &page), &page, ret);
}

int store_regions(struct store *s, struct store_page *ret)
{
    struct store_page page = {0};

    return hand_over(s->backend->regions(s->self, &page), &page, ret);
}

static bool writes(const struct store_op *op)
{
    return op->kind == STORE_PUT || op->kind == STORE_DELETE;
}

bool store_op_counts(const struct store_op *ops, size_t count, size_t at)
{
    const struct store_key *key = &ops[at].key;

    if (!writes(&ops[at]))
        return false;
    for (size_t i = at + 1; i < count; i++) {
        if (writes(&ops[i]) && strcmp(ops[i].key.id, key->id) == 0 &&
            strcmp(ops[i].key.collection, key->collection) == 0 &&
            strcmp(ops[i].key.region, key->region) == 0)
            return false;
    }
    return true;
}

static bool is_op(const struct store_op *op)
{
    if (op->kind == STORE_CHECK_REGION ? !is_name(op->key.region, true) : !is_key(&op->key))
        return false;
    return (op->kind == STORE_PUT) == (op->value != NULL);
}

static int check_ops(const struct store_op *ops, size_t count)
{
    size_t bytes = 0;

    if (count > STORE_OPS_MAX)
        return -E2BIG;
    for (size_t i = 0; i < count; i++) {
        size_t len = ops[i].value ? strnlen(ops[i].value, STORE_VALUE_MAX + 1) : 0;

        if (!is_op(&ops[i]))
            return -EINVAL;
        bytes += len;
        if (len > STORE_VALUE_MAX || bytes > STORE_BYTES_MAX)
            return -E2BIG;
    }
    return 0;
}

void store_commit_all(struct store *s, struct store_commit *commits, size_t count)
{
    struct store_page moved = {0};

    for (size_t i = 0; i < count; i++)
        commits[i].result = check_ops(commits[i].ops, commits[i].count);
    s->backend->commit(s->self, commits, count, &moved);
    store_tell_moved(s, &moved);
    store_page_done(&moved);
}

int store_commit_one(struct store *s, const struct store_op *ops, size_t count)
{
    struct store_commit commit = {.ops = ops, .count = count};

    store_commit_all(s, &commit, 1);
    return commit.result;
}

uint64_t store_revision(struct store *s, const char *region)
{
    uint64_t revision = 0;

    if (!is_name(region, true) || s->backend->revision(s->self, region, &revision) < 0)
        return 0;
    return revision;
}

int store_log(struct store *s, const char *region, uint64_t revision, size_t limit,
              struct store_log *ret)
{
    struct store_log log = {0};
    int r;

    if (!is_name(region, true))
        return -EINVAL;
    r = s->backend->log(s->self, region, revision, limit, &log);
    if (r < 0)
        store_log_done(&log);
    else
        *ret = log;
    return r;
}

int store_verify(struct store *s)
{
    return s->backend->verify(s->self);
}

int store_forget(struct store *s)
{
    return s->backend->forget(s->self);
}

int store_backup(struct store *s, const char *path)
{
    return s->backend->backup(s->self, path);
}
