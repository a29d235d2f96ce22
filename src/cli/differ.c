#include "manifest.h"

/* What has to change so that a resource is as a file says. What the file leaves open may be
 * anything; null asks for what the server would choose. */

const struct model_field *manifest_member(const struct model_field *f, const char *name)
{
    const struct model_field *m = f && f->type == MODEL_OBJECT ? f->fields : NULL;

    while (m && m->name && strcmp(m->name, name) != 0)
        m++;
    return m && m->name ? m : NULL;
}

static bool is_default(const struct model_field *f, const json_t *have)
{
    json_t *usual;
    bool same;

    if (!have)
        return true;
    if (f->type == MODEL_OBJECT && !f->list) {
        for (const struct model_field *m = f->fields; m->name; m++) {
            if (!is_default(m, json_object_get(have, m->name)))
                return false;
        }
        return true;
    }
    usual = f->default_json ? json_loads(f->default_json, JSON_DECODE_ANY, NULL) : NULL;
    same = usual && json_equal(usual, have);
    json_decref(usual);
    return same;
}

/* A secret cannot be taken away, and what was chosen at creation stays. An address is allocated
 * anew each time somebody asks for one: the one that is there is as good. */
static bool is_settled(const struct model_field *f)
{
    bool address = f->type == MODEL_ADDRESS || f->type == MODEL_INTERFACE;

    return (f->flags & MODEL_SECRET) || f->access == MODEL_ACTION ||
           (f->access == MODEL_CREATE_ONLY && !f->default_json) ||
           ((f->flags & MODEL_ALLOCATED) && address);
}

/* What the server fills in by what it knows, only it can compare. */
static bool null_holds(const struct model_field *f, const json_t *have)
{
    if (!f)
        return !have;
    return is_settled(f) || (!(f->flags & MODEL_ALLOCATED) && is_default(f, have));
}

static bool members_hold(const struct model_field *f, const json_t *want, const json_t *have)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)want, key, value) {
        if (!manifest_holds(manifest_member(f, key), value, json_object_get(have, key)))
            return false;
    }
    return true;
}

/* An element is replaced as a whole: what the file leaves out of it becomes the default. */
static bool element_holds(const struct model_field *f, const json_t *want, const json_t *have)
{
    if (!manifest_holds(f, want, have))
        return false;
    for (const struct model_field *m = f && f->type == MODEL_OBJECT ? f->fields : NULL;
         m && m->name; m++) {
        if (!json_object_get(want, m->name) && m->default_json &&
            !is_default(m, json_object_get(have, m->name)))
            return false;
    }
    return true;
}

static bool elements_hold(const struct model_field *f, const json_t *want, const json_t *have)
{
    struct model_field element = f ? *f : (struct model_field){0};
    const json_t *value;
    size_t i;

    element.list = false;
    if (json_array_size(want) != json_array_size(have))
        return false;
    json_array_foreach (want, i, value) {
        if (!element_holds(f ? &element : NULL, value, json_array_get(have, i)))
            return false;
    }
    return true;
}

bool manifest_holds(const struct model_field *f, const json_t *want, const json_t *have)
{
    if (json_is_null(want))
        return null_holds(f, have);
    if (json_is_object(want) && json_is_object(have))
        return members_hold(f, want, have);
    if (json_is_array(want) && json_is_array(have))
        return elements_hold(f, want, have);
    return json_equal(want, have);
}

/* ---- propagations ---- */

static bool is_made(const json_t *entry)
{
    return *model_str(entry, "vpcAttachmentId");
}

static const char *range_of(const json_t *entry)
{
    const char *range = model_str(entry, "range");

    return *range ? range : "0.0.0.0/0";
}

/* As one text, in key: they are there once, and an attachment may have been the first. */
static const char *pair_of(struct buf *key, const json_t *entry)
{
    buf_clear(key);
    buf_printf(key, "%s %s", model_str(entry, "borderGatewayId"), range_of(entry));
    return buf_text(key);
}

/* A route table also holds the propagations that attachments made. They come and go with these;
 * the file has no say in them. NULL if the others are as the file wants them, else all of them. */
static json_t *new_propagations(const struct model_field *f, const json_t *want, const json_t *have)
{
    json_t *own = json_array(), *others = json_array(), *made = json_array(), *entry;
    json_t *made_pairs = json_object();
    struct buf key = {0};
    size_t i;
    bool same;

    json_array_foreach ((json_t *)have, i, entry) {
        json_array_append(is_made(entry) ? made : others, entry);
        if (is_made(entry))
            json_object_set_new(made_pairs, pair_of(&key, entry), json_true());
    }
    json_array_foreach ((json_t *)want, i, entry) {
        if (!json_object_get(made_pairs, pair_of(&key, entry)))
            json_array_append(own, entry);
    }
    same = elements_hold(f, own, others);
    json_array_extend(own, made);
    json_decref(others);
    json_decref(made);
    json_decref(made_pairs);
    buf_done(&key);
    if (!same)
        return own;
    json_decref(own);
    return NULL;
}

/* ---- bodies ---- */

/* RFC 7396 knows null in objects; what is made or replaced as a whole has the member or not. */
static json_t *without_nulls(const json_t *value)
{
    json_t *made, *item;
    const char *key;
    size_t i;

    if (json_is_object(value)) {
        made = json_object();
        json_object_foreach ((json_t *)value, key, item) {
            if (!json_is_null(item))
                json_object_set_new(made, key, without_nulls(item));
        }
        return made;
    }
    if (json_is_array(value)) {
        made = json_array();
        json_array_foreach ((json_t *)value, i, item)
            json_array_append_new(made, without_nulls(item));
        return made;
    }
    return json_incref((json_t *)value);
}

json_t *manifest_creation(const struct item *it, const json_t *body)
{
    json_t *made = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)body, key, value) {
        if (!model_find_field(it->kind, key))
            json_object_set(made, key, value); /* the server knows what to say about it */
        else if (!json_is_null(value))
            json_object_set_new(made, key, without_nulls(value));
    }
    return made;
}

json_t *manifest_difference(const struct item *it, const json_t *body)
{
    json_t *patch = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)body, key, value) {
        const struct model_field *f = model_find_field(it->kind, key);
        const json_t *have = json_object_get(it->current, key);

        if (f && f->access == MODEL_ACTION)
            continue; /* it only said how to create */
        if (strcmp(key, "propagations") == 0 && (json_is_array(value) || json_is_null(value))) {
            value = new_propagations(f, value, have);
            if (value)
                json_object_set_new(patch, key, value);
        } else if (!f || !manifest_holds(f, value, have)) {
            /* a secret cannot be seen: the server compares */
            json_object_set_new(patch, key,
                                json_is_array(value) ? without_nulls(value) : json_incref(value));
        }
    }
    return patch;
}
