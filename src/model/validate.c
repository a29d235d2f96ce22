#include "model_internal.h"
#include "words_json.h"

#include <stdio.h>

/* Whole resources against their descriptors: create, update, view. */

/* Common fields first, then the kind's own. */
static const struct model_field *table(const struct model_kind *kind, int which)
{
    return which == 0 ? model_common_fields(kind) : kind->fields;
}

static const struct model_field *top_field(const struct model_kind *kind, const char *name)
{
    for (int which = 0; which < 2; which++) {
        for (const struct model_field *f = table(kind, which); f->name; f++) {
            if (model_names_field(f, name, strlen(name)))
                return f;
        }
    }
    return NULL;
}

static int check_known(struct model_check *c, const json_t *in)
{
    const char *key;
    json_t *value;

    if (!json_is_object(in))
        return model_error_set(c->error, 400, "wrong-type", "", NULL, SAY(VALUE_BODY));
    json_object_foreach ((json_t *)in, key, value) {
        if (!top_field(c->kind, key)) {
            model_path_push(c, key);
            return model_refuse(c, NULL, 400, "unknown-field", NULL,
                                SAY(VALUE_UNKNOWN_FIELD, model_kind_word(c->kind), c->path));
        }
    }
    return 0;
}

/* Puts the checked value of one field into made; what is absent and has no default stays absent. */
static int check_field(struct model_check *c, const struct model_field *field, json_t *given,
                       json_t *made)
{
    json_t *usual = NULL, *checked = NULL;
    size_t old = model_path_push(c, field->name);
    int r = 0;

    if (!given || json_is_null(given)) {
        if ((field->flags & MODEL_REQUIRED) && field->access != MODEL_ACTION)
            return model_refuse(
                c, field, 400, "required", NULL,
                SAY(VALUE_REQUIRED, c->path,
                    SAY(EITHER, field->description[WORDS_EN], field->description[WORDS_ZH])));
        given = usual = model_default(field);
    }
    if (given) {
        r = model_check_value(c, field, given, &checked);
        json_decref(usual);
        if (r < 0)
            return r;
        if (field->access == MODEL_ACTION)
            json_decref(checked);
        else if (json_object_set_new(made, field->name, checked))
            return model_internal_error(c->error);
    } else if (field->default_json) {
        return model_internal_error(c->error);
    }
    model_path_pop(c, old);
    return 0;
}

static int refuse_read_only(struct model_check *c, const struct model_field *field,
                            const json_t *value)
{
    model_path_push(c, field->name);
    return model_refuse(c, field, 400, "read-only", value, SAY(VALUE_SET_BY_SERVER, c->path));
}

static int check_all_create(struct model_check *c, const json_t *in, json_t *made)
{
    for (int which = 0; which < 2; which++) {
        for (const struct model_field *f = table(c->kind, which); f->name; f++) {
            json_t *given = json_object_get(in, f->name);
            int r;

            if (given && (f->access == MODEL_READ_ONLY || f->access == MODEL_STATUS))
                return refuse_read_only(c, f, given);
            r = f->access == MODEL_STATUS ? 0 : check_field(c, f, given, made);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

int model_validate_create(const struct model_kind *kind, const json_t *in, json_t **ret,
                          json_t *warnings, struct model_error *error)
{
    struct model_check c = {.kind = kind, .error = error};
    json_t *made = json_object();
    int r = made ? check_known(&c, in) : model_internal_error(error);

    if (r == 0)
        r = check_all_create(&c, in, made);
    if (r == 0)
        r = model_check_conditions(&c, made);
    if (r == 0)
        r = model_check_intrinsic(&c, made);
    if (r == 0)
        r = model_check_volumes(&c, NULL, made);
    if (r == 0 && warnings)
        r = model_add_warnings(kind, made, warnings) < 0 ? model_internal_error(error) : 0;
    if (r < 0) {
        json_decref(made);
        return r;
    }
    *ret = made;
    return 0;
}

/* ---- update ---- */

/* RFC 7396, section 2. New, but shares with target what the patch leaves as it is; NULL if out of
 * memory. */
static json_t *merge(const json_t *target, const json_t *patch)
{
    json_t *made = json_is_object(target) ? json_copy((json_t *)(uintptr_t)target) : json_object();
    const char *key;
    json_t *value;
    int failed = !made;

    json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
        if (failed)
            break;
        if (json_is_null(value))
            (void)json_object_del(made, key);
        else
            failed = json_object_set_new(made, key,
                                         json_is_object(value)
                                             ? merge(json_object_get(target, key), value)
                                             : json_deep_copy(value));
    }
    if (!failed)
        return made;
    json_decref(made);
    return NULL;
}

/* What may not change may be repeated as it is. */
static int check_fixed(struct model_check *c, const struct model_field *field, json_t *given,
                       const json_t *current)
{
    json_t *have = json_object_get(current, field->name), *checked = NULL;
    size_t old;
    bool same;
    int r;

    if (field->access == MODEL_STATUS)
        return refuse_read_only(c, field, given);
    if (field->access == MODEL_ACTION) {
        (void)model_path_push(c, field->name);
        return model_refuse(c, field, 400, "read-only", given,
                            SAY(VALUE_ONLY_AT_CREATION, c->path));
    }
    if (json_equal(given, have))
        return 0;
    old = model_path_push(c, field->name);
    if (json_is_null(given)) {
        same = !have;
    } else {
        r = model_check_value(c, field, given, &checked);
        if (r < 0)
            return r;
        same = have && json_equal(checked, have);
        json_decref(checked);
    }
    if (!same)
        return model_refuse(c, field, 400, "read-only", given,
                            field->access == MODEL_READ_ONLY ? SAY(VALUE_SET_BY_SERVER, c->path)
                                                             : SAY(VALUE_FIXED, c->path));
    model_path_pop(c, old);
    return 0;
}

/* Whether it is what the server shows of the message, in any language: it comes back with the rest
 * of what was shown. */
static bool is_said(const struct model_field *f, const json_t *current, const char *key,
                    const json_t *given)
{
    bool said = false;

    for (enum words_lang lang = 0; f->access == MODEL_READ_ONLY && lang < WORDS_LANGS; lang++) {
        json_t *shown = json_object();

        said |= shown &&
                model_words_add_written(shown, f->name, model_str(current, f->name), lang) == 0 &&
                json_equal(given, json_object_get(shown, key));
        json_decref(shown);
    }
    return said;
}

static int check_patch_fields(struct model_check *c, const json_t *current, const json_t *patch)
{
    const char *key;
    json_t *given;

    json_object_foreach ((json_t *)patch, key, given) {
        const struct model_field *f = top_field(c->kind, key);
        int r;

        if ((f->flags & MODEL_WORDS) && is_said(f, current, key, given))
            continue;
        if ((f->flags & MODEL_SECRET) && json_is_null(given)) {
            model_path_push(c, key);
            return model_refuse(c, f, 400, "invalid-value", NULL,
                                SAY(VALUE_NOT_REMOVABLE, c->path));
        }
        r = f->access == MODEL_EDITABLE ? model_check_members(c, f, given)
                                        : check_fixed(c, f, given, current);
        if (r < 0)
            return r;
    }
    return 0;
}

static int check_all_update(struct model_check *c, const json_t *current, const json_t *merged,
                            json_t *made)
{
    for (int which = 0; which < 2; which++) {
        for (const struct model_field *f = table(c->kind, which); f->name; f++) {
            json_t *given = json_object_get(merged, f->name);
            int r = 0;

            if (f->access == MODEL_EDITABLE)
                r = check_field(c, f, given, made);
            else if (json_object_get(current, f->name) &&
                     json_object_set_new(made, f->name,
                                         json_deep_copy(json_object_get(current, f->name))))
                r = model_internal_error(c->error);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

int model_validate_update(const struct model_kind *kind, const json_t *current, const json_t *patch,
                          json_t **ret, json_t *warnings, struct model_error *error)
{
    struct model_check c = {.kind = kind, .error = error};
    json_t *merged = merge(current, patch), *made = json_object();
    int r = merged && made ? check_known(&c, patch) : model_internal_error(error);

    if (r == 0)
        r = check_patch_fields(&c, current, patch);
    if (r == 0)
        r = check_all_update(&c, current, merged, made);
    if (r == 0)
        r = model_check_conditions(&c, made);
    if (r == 0)
        r = model_check_intrinsic(&c, made);
    if (r == 0)
        r = model_check_volumes(&c, current, made);
    if (r == 0 && warnings && model_add_warnings(kind, made, warnings) < 0)
        r = model_internal_error(error);
    json_decref(merged);
    if (r < 0) {
        json_decref(made);
        return r;
    }
    *ret = made;
    return 0;
}
