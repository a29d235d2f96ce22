#include "control_internal.h"

/* References in a batch to what its earlier operations made. */

#define PLACES_MAX 100000

struct filling {
    struct call *call;
    const json_t *made;
};

/* "$3": the resource of the operation with this index; "$3.routeTables": the first of this
 * collection that came along with it. Other texts are left alone: *ret stays NULL. */
static int refer(struct filling *s, const char *text, json_t **ret)
{
    size_t digits = *text == '$' ? strspn(text + 1, "0123456789") : 0;
    const char *rest = text + 1 + digits;
    char number[24];
    json_t *id = NULL;
    uint64_t n;

    if (!digits || (*rest && *rest != '.'))
        return 0;
    if (text_printf(number, sizeof(number), "%.*s", (int)digits, text + 1) == 0 &&
        text_parse_u64(number, PLACES_MAX, &n) == 0)
        id = json_object_get(json_array_get(s->made, n), *rest ? rest + 1 : "");
    if (!id)
        return model_error_set(&s->call->error, 400, "invalid-value", "operations", text,
                               SAY(REQUEST_OPERATION_REFERENCE, text));
    *ret = json_incref(id);
    return 0;
}

/* In a list, or alone. *ret is new, or stays NULL if there is nothing to fill in. */
static int fill_value(struct filling *s, const json_t *value, json_t **ret)
{
    json_t *copy, *item, *id;
    size_t i;
    int r = 0;

    if (json_is_string(value))
        return refer(s, json_string_value(value), ret);
    if (!json_is_array(value))
        return 0;
    copy = json_copy((json_t *)(uintptr_t)value);
    json_array_foreach (value, i, item) {
        id = NULL;
        if (r == 0 && json_is_string(item))
            r = refer(s, json_string_value(item), &id);
        if (id)
            json_array_set_new(copy, i, id);
    }
    if (r == 0)
        *ret = copy;
    else
        json_decref(copy);
    return r;
}

static int fill_members(struct filling *s, const struct model_field *const *tables, size_t count,
                        json_t *members);

/* A list of objects with references in them, such as routes. */
static int fill_list(struct filling *s, const struct model_field *f, json_t *list)
{
    json_t *item;
    size_t i;
    int r = 0;

    json_array_foreach (list, i, item) {
        if (r == 0 && json_is_object(item))
            r = fill_members(s, &f->fields, 1, item);
    }
    return r;
}

static int fill_members(struct filling *s, const struct model_field *const *tables, size_t count,
                        json_t *members)
{
    for (size_t t = 0; t < count; t++) {
        for (const struct model_field *f = tables[t]; f && f->name; f++) {
            json_t *value = json_object_get(members, f->name), *filled = NULL;
            int r = 0;

            if (value && f->refs)
                r = fill_value(s, value, &filled);
            else if (f->type == MODEL_OBJECT && json_is_array(value))
                r = fill_list(s, f, value);
            else if (f->type == MODEL_OBJECT && json_is_object(value))
                r = fill_members(s, &f->fields, 1, value);
            if (r < 0 || (filled && json_object_set_new(members, f->name, filled)))
                return r < 0 ? r : -ENOMEM;
        }
    }
    return 0;
}

int references_fill(struct call *call, const json_t *made, const json_t *op, json_t **ret)
{
    struct filling s = {call, made};
    const struct model_kind *kind = call->kind;
    const struct model_field *tables[] = {model_common_fields(kind), kind->fields};
    json_t *copy = json_deep_copy(op), *id = NULL;
    int r = copy ? 0 : -ENOMEM;

    if (r == 0)
        r = refer(&s, model_str(op, "id"), &id);
    if (id)
        json_object_set_new(copy, "id", id);
    if (r == 0 && json_is_object(json_object_get(copy, "body")))
        r = fill_members(&s, tables, ARRAY_SIZE(tables), json_object_get(copy, "body"));
    if (r == 0)
        *ret = copy;
    else
        json_decref(copy);
    return r;
}

int references_note(json_t *made, const struct model_changes *changes)
{
    json_t *ids = json_object();

    for (size_t i = 0; i < changes->count; i++) {
        const struct model_change *c = &changes->items[i];

        if (!c->after)
            continue;
        if (i == 0)
            json_object_set_new(ids, "", json_string(c->after->id));
        else if (!json_object_get(ids, c->kind->collection))
            json_object_set_new(ids, c->kind->collection, json_string(c->after->id));
    }
    return json_array_append_new(made, ids) ? -ENOMEM : 0;
}
