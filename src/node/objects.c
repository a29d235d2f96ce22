#include "objects.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define OBJECTS_MAX (1U << 20) /* no region has as many; more is not from ropewayd */

void objects_init(struct objects *set)
{
    *set = (struct objects){0};
    list_init(&set->all);
    list_init(&set->departed);
}

static struct object *find(const struct objects *set, const char *key)
{
    struct name_link *link = name_map_find(&set->by_key, key);

    return link ? container_of(link, struct object, link) : NULL;
}

struct object *objects_find(const struct objects *set, enum desired_type type, const char *id)
{
    char key[OBJECT_KEY_MAX];

    if (snprintf(key, sizeof(key), "%s/%s", desired_type_name(type), id) >= (int)sizeof(key))
        return NULL;
    return find(set, key);
}

const void *objects_value(const struct objects *set, enum desired_type type, const char *id)
{
    const struct object *o = objects_find(set, type, id);

    return o ? o->value : NULL;
}

static struct object *make(struct objects *set, const char *key)
{
    struct object *o = set->count < OBJECTS_MAX ? calloc(1, sizeof(*o)) : NULL;
    size_t type_len = strcspn(key, "/");

    if (!o)
        return NULL;
    (void)text_copy(o->key, sizeof(o->key), key);
    o->id = o->key + type_len + 1;
    o->type = desired_type_of(key, type_len);
    list_init(&o->unsettled);
    list_init(&o->report.due);
    list_init(&o->report.sent);
    if (name_map_add(&set->by_key, &o->link, o->key) < 0) {
        free(o);
        return NULL;
    }
    list_append(&set->all, &o->all);
    set->count++;
    return o;
}

static void free_object(struct objects *set, struct object *o)
{
    set->sum -= o->hash;
    set->count--;
    mentions_remove(set, o);
    name_map_remove(&set->by_key, &o->link);
    list_remove(&o->all);
    list_remove(&o->unsettled);
    list_remove(&o->report.due);
    list_remove(&o->report.sent);
    desired_free(o->type, o->value);
    free(o->counts);
    free(o->error);
    free(o);
}

void objects_done(struct objects *set)
{
    list_for_each_safe (o, &set->all, struct object, all)
        free_object(set, o);
    name_map_done(&set->by_key);
    name_map_done(&set->by_mentioned);
    generations_done(set);
}

/* ---- a page, checked before anything changes ---- */

struct page {
    const char *epoch;
    uint64_t version, revision, digest;
    bool reset, more;
    const json_t *put, *gone;
};

/* A page being taken in. */
struct taking {
    struct objects *set;
    struct page page;
    const struct objects_calls *calls;
    void *arg;
    struct desired_error *err;
};

static int parse_hash(const json_t *obj, const char *name, uint64_t *ret, struct desired_error *err)
{
    char text[17], *end;

    if (desired_text(obj, name, text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (!*text || text[strspn(text, "0123456789abcdefABCDEF")])
        return desired_fail(err, SAY(NODE_FIELD_NO_HEX, name, text));
    *ret = strtoull(text, &end, 16);
    return 0;
}

static int check_key(const json_t *key, struct desired_error *err)
{
    const char *text = json_string_value(key), *slash = text ? strchr(text, '/') : NULL;

    if (!slash || slash == text || !slash[1] || json_string_length(key) >= OBJECT_KEY_MAX ||
        strlen(text) != json_string_length(key) ||
        text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/")])
        return desired_fail(err, SAY(NODE_PAGE_NO_KEY));
    return 0;
}

static int check_put(const json_t *list, struct desired_error *err)
{
    const json_t *item;
    uint64_t number;
    size_t i;

    json_array_foreach (list, i, item) {
        if (check_key(json_object_get(item, "key"), err) < 0 ||
            desired_number(item, "version", INT64_MAX, &number, err) < 0 ||
            parse_hash(item, "hash", &number, err) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int check_gone(const json_t *list, struct desired_error *err)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (check_key(item, err) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int parse_epoch(const json_t *doc, const char **ret, struct desired_error *err)
{
    char text[OBJECT_EPOCH_MAX];

    if (desired_text(doc, "epoch", text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (!*text || text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789-_")])
        return desired_fail(err, SAY(NODE_PAGE_NO_EPOCH, text));
    *ret = json_string_value(json_object_get(doc, "epoch"));
    return 0;
}

static int parse_page(const json_t *doc, struct page *ret, struct desired_error *err)
{
    if (!json_object_get(doc, "epoch") && json_is_array(json_object_get(doc, "tunnels")))
        return -ENOENT;
    if (parse_epoch(doc, &ret->epoch, err) < 0 ||
        desired_number(doc, "version", INT64_MAX, &ret->version, err) < 0 ||
        desired_number(doc, "revision", INT64_MAX, &ret->revision, err) < 0 ||
        desired_bool(doc, "reset", &ret->reset, err) < 0 ||
        desired_bool(doc, "more", &ret->more, err) < 0 ||
        desired_list(doc, "put", OBJECTS_MAX, &ret->put, err) < 0 ||
        desired_list(doc, "gone", OBJECTS_MAX, &ret->gone, err) < 0)
        return -EBADMSG;
    if (!ret->more && parse_hash(doc, "digest", &ret->digest, err) < 0)
        return -EBADMSG;
    return check_put(ret->put, err) < 0 ? -EBADMSG : check_gone(ret->gone, err);
}

/* Whether the page goes on where this node stands. */
static int check_place(const struct objects *set, const struct page *page,
                       struct desired_error *err)
{
    if (page->reset)
        return 0;
    if (!*set->epoch || set->anew)
        return desired_fail(err, SAY(NODE_PAGE_NOT_BEGUN));
    if (strcmp(page->epoch, set->epoch) == 0)
        return page->version < set->version
                   ? desired_fail(err, SAY(NODE_PAGE_WENT_BACK, set->version, page->version))
                   : 0;
    if (json_array_size(page->put) || json_array_size(page->gone) || page->more ||
        set->listing_open)
        return desired_fail(err, SAY(NODE_PAGE_OTHER_EPOCH));
    return 0;
}

/* ---- taking it in ---- */

static int set_error(struct object *o, const struct desired_error *err)
{
    char *text = err ? strdup(err->text) : NULL;

    if (err && !text)
        return -ENOMEM;
    free(o->error);
    o->error = text;
    return 0;
}

static int check_generation(struct objects *set, const struct object *o, const void *value,
                            struct desired_error *err)
{
    uint64_t generation = desired_generation(o->type, value), seen;
    char address[ADDR_TEXT_MAX], key[OBJECT_KEY_MAX];
    int r;

    if (o->type == DESIRED_TUNNEL) {
        const struct desired_tunnel *t = value;

        snprintf(key, sizeof(key), "address/%s", addr_format(&t->ike.local, address));
        seen = generations_seen(set, key);
        if (generation < seen)
            return desired_fail(
                err, SAY(NODE_ADDRESS_GENERATION_PASSED, generation, seen, &t->ike.local));
    }
    r = generations_check(set, o->key, generation);
    if (r == -ESTALE)
        return desired_fail(err,
                            SAY(NODE_GENERATION_PASSED, generation, generations_seen(set, o->key)));
    return r;
}

/* What cannot be used leaves the value before it in force. */
static int take_value(struct taking *t, struct object *o, const json_t *json)
{
    struct desired_error err;
    void *value = NULL, *before = o->value;
    int r = desired_parse(o->type, o->id, json, &value, &err);

    if (r == 0)
        r = check_generation(t->set, o, value, &err);
    if (r == 0 && before && desired_equal(o->type, before, value)) {
        desired_free(o->type, value);
        value = before;
    }
    if (r < 0) {
        desired_free(o->type, value);
        value = before;
    }
    if (r == -ENOMEM || set_error(o, r < 0 ? &err : NULL) < 0)
        return -ENOMEM;
    o->value = value;
    r = value != before ? mentions_update(t->set, o) : 0;
    if (r == 0)
        t->calls->put(t->arg, o, before);
    if (value != before)
        desired_free(o->type, before);
    return r;
}

static int put(struct taking *t, const json_t *item)
{
    const char *key = json_string_value(json_object_get(item, "key"));
    struct object *o = find(t->set, key);
    uint64_t hash = 0;

    if (!o)
        o = make(t->set, key);
    if (!o || parse_hash(item, "hash", &hash, t->err) < 0)
        return -ENOMEM;
    t->set->sum += hash - o->hash;
    o->hash = hash;
    o->version = (uint64_t)json_integer_value(json_object_get(item, "version"));
    o->listing = t->set->listing;
    return take_value(t, o, json_object_get(item, "value"));
}

static void drop(struct taking *t, struct object *o)
{
    t->calls->gone(t->arg, o);
    generations_depart(t->set, o->key);
    free_object(t->set, o);
}

static int take_objects(struct taking *t)
{
    const json_t *item;
    struct object *o;
    size_t i;
    int r = 0;

    json_array_foreach (t->page.put, i, item) {
        r = put(t, item);
        if (r < 0)
            return r;
    }
    json_array_foreach (t->page.gone, i, item) {
        o = find(t->set, json_string_value(item));
        if (o)
            drop(t, o);
    }
    return 0;
}

/* The end of a whole listing: what it did not name is gone. */
static void end_listing(struct taking *t)
{
    t->set->listing_open = false;
    list_for_each_safe (o, &t->set->all, struct object, all) {
        if (o->listing != t->set->listing)
            drop(t, o);
    }
}

/* The objects are the same in another life of the planner; each is as old as the page at most. */
static void adopt(struct objects *set, const struct page *page)
{
    list_for_each (o, &set->all, struct object, all)
        o->version = page->version;
}

int objects_take(struct objects *set, const json_t *doc, const struct objects_calls *calls,
                 void *arg, struct objects_page *ret, struct desired_error *err)
{
    struct taking t = {.set = set, .calls = calls, .arg = arg, .err = err};
    int r = parse_page(doc, &t.page, err);

    if (r == 0)
        r = check_place(set, &t.page, err);
    if (r < 0)
        return r;
    *ret = (struct objects_page){.more = t.page.more};
    if (t.page.reset) {
        set->listing++;
        set->listing_open = true;
        set->anew = false;
    } else if (strcmp(set->epoch, t.page.epoch) != 0) {
        ret->differs = set->sum != t.page.digest;
        if (ret->differs)
            return 0;
        ret->adopted = true;
        adopt(set, &t.page);
    }
    (void)text_copy(set->epoch, sizeof(set->epoch), t.page.epoch);
    r = take_objects(&t);
    if (r < 0) {
        objects_begin_anew(set);
        return r;
    }
    set->version = t.page.version;
    set->revision = t.page.revision;
    if (!t.page.more && set->listing_open)
        end_listing(&t);
    ret->differs = !t.page.more && set->sum != t.page.digest;
    return 0;
}

void objects_begin_anew(struct objects *set)
{
    set->anew = true;
}

void objects_since(const struct objects *set, char *ret, size_t size)
{
    ret[0] = 0;
    if (!*set->epoch || set->anew)
        return;
    if (set->listing_open)
        snprintf(ret, size, "since=%s:%" PRIu64 "&", set->epoch, set->version);
    else
        snprintf(ret, size, "since=%s:%" PRIu64 "&digest=%016" PRIx64 "&", set->epoch, set->version,
                 set->sum);
}
