#include "model_internal.h"

#include <stdio.h>

/* Which field matters only while another has a certain value: what the rows say about it, carried
 * out and in words. */

/* ---- whether a condition holds ---- */

bool model_when_allows(const struct model_when *when, const char *value, unsigned flags)
{
    if (!when->values[0])
        return !(flags & when->lacks);
    for (size_t i = 0; when->values[i]; i++) {
        if (strcmp(when->values[i], value) == 0)
            return true;
    }
    return false;
}

static bool allows(const struct model_kind *kind, const struct model_when *when,
                   const json_t *value)
{
    char buf[MODEL_SCALAR_MAX];
    const char *text = model_scalar_text(value, buf);
    unsigned flags = 0;

    if (when->lacks) {
        const struct model_field *other = model_find_field(kind, when->path);
        unsigned code = other ? model_value_code(other, text) : 0;

        if (!code)
            return false;
        flags = other->values[code - 1].flags;
    }
    return model_when_allows(when, text, flags);
}

bool model_when_holds(const struct model_kind *kind, const struct model_when *when,
                      const json_t *resource)
{
    const json_t *value = model_at(resource, when->path), *item;
    size_t i;

    if (!json_is_array(value))
        return value && allows(kind, when, value);
    json_array_foreach (value, i, item) {
        if (allows(kind, when, item))
            return true;
    }
    return false;
}

/* ---- in words ---- */

/* "tap or nic" */
static const char *write_values(const struct model_when *when, char buf[WORDS_TEXT_MAX])
{
    char before[WORDS_TEXT_MAX];

    if (!when->values[0])
        return words_write(SAY_CODE(when->lacking), buf, WORDS_TEXT_MAX);
    (void)text_copy(buf, WORDS_TEXT_MAX, when->values[0]);
    for (size_t i = 1; when->values[i]; i++) {
        (void)text_copy(before, sizeof(before), buf);
        words_write(i == 1 ? SAY(WANT_OR, when->values[0], when->values[1])
                           : SAY(WANT_OR, words_written(before), when->values[i]),
                    buf, WORDS_TEXT_MAX);
    }
    return buf;
}

const char *model_when_words(const struct model_kind *kind, const struct model_when *when,
                             const char *name, char buf[WORDS_TEXT_MAX])
{
    const struct model_field *other = model_find_field(kind, when->path);
    char values[WORDS_TEXT_MAX];
    struct words_arg arg = words_written(write_values(when, values));

    if (!name)
        name = when->path;
    return words_write(other && other->list ? SAY(WHEN_LISTS, name, arg) : SAY(WHEN_IS, name, arg),
                       buf, WORDS_TEXT_MAX);
}

/* ---- carried out ---- */

struct conditions {
    struct model_check *check;
    const json_t *resource;
};

/* Whether it says more than the field's default. */
static bool is_given(const struct model_field *f, const json_t *value)
{
    json_t *usual = model_default(f);
    bool given = value && !json_equal(value, usual);

    json_decref(usual);
    return given;
}

/* The field as a whole. */
static int check_field(const struct conditions *q, const struct model_leaf *leaf)
{
    const struct model_field *f = leaf->field;
    const json_t *value = model_leaf_value(leaf);
    struct model_check *c = q->check;
    char when[WORDS_TEXT_MAX], path[MODEL_PATH_MAX];
    struct words_arg arg = words_written(when);

    if (f->needed && !is_given(f, value) && model_when_holds(c->kind, f->needed, q->resource)) {
        model_when_words(c->kind, f->needed, NULL, when);
        model_leaf_path(leaf, path);
        return model_refuse_at(c, path, q->resource,
                               f->list ? SAY(VALUE_EMPTY_WHEN, path, arg)
                                       : SAY(VALUE_NEEDED_WHEN, path, arg));
    }
    if ((f->flags & MODEL_REFUSED) && is_given(f, value) &&
        !model_when_holds(c->kind, f->when, q->resource)) {
        model_when_words(c->kind, f->when, NULL, when);
        model_leaf_path(leaf, path);
        return model_refuse_at(c, path, q->resource, SAY(VALUE_ONLY_WHEN, path, arg));
    }
    return 0;
}

/* One of its values. */
static int check_choice(const struct conditions *q, const struct model_leaf *leaf,
                        const json_t *value)
{
    struct model_check *c = q->check;
    char buf[MODEL_SCALAR_MAX], when[WORDS_TEXT_MAX], path[MODEL_PATH_MAX];
    const char *text = model_scalar_text(value, buf);
    unsigned code = model_value_code(leaf->field, text);
    const struct model_when *only = code ? leaf->field->values[code - 1].when : NULL;

    if (!only || model_when_holds(c->kind, only, q->resource))
        return 0;
    model_leaf_path(leaf, path);
    return model_refuse_at(c, path, q->resource,
                           SAY(VALUE_CHOICE_WHEN, path, text,
                               words_written(model_when_words(c->kind, only, NULL, when))));
}

static bool has_conditional_value(const struct model_field *f)
{
    for (size_t i = 0; f->values && f->values[i].name; i++) {
        if (f->values[i].when)
            return true;
    }
    return false;
}

static int check(void *arg, const struct model_leaf *leaf)
{
    const struct conditions *q = arg;
    const struct model_field *f = leaf->field;
    int r = f->when || f->needed ? check_field(q, leaf) : 0;
    const json_t *value, *item;
    size_t i;

    if (r < 0 || !has_conditional_value(f))
        return r;
    value = model_leaf_value(leaf);
    if (!json_is_array(value))
        return check_choice(q, leaf, value);
    json_array_foreach (value, i, item) {
        if (r == 0)
            r = check_choice(q, leaf, item);
    }
    return r;
}

int model_check_conditions(struct model_check *c, const json_t *resource)
{
    struct conditions q = {c, resource};

    return model_each_leaf(c->kind, resource, check, &q);
}
