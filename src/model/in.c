#include "in.h"

#include <stdlib.h>

#include "in_internal.h"

struct model_in model_in_tree(const json_t *value)
{
    return (struct model_in){.tree = value};
}

static struct model_in in_token(const struct model_token *token)
{
    return (struct model_in){.token = token};
}

static enum model_in_type tree_type(const json_t *tree)
{
    static const enum model_in_type types[] = {
        [JSON_OBJECT] = MODEL_IN_OBJECT, [JSON_ARRAY] = MODEL_IN_ARRAY,
        [JSON_STRING] = MODEL_IN_STRING, [JSON_INTEGER] = MODEL_IN_INTEGER,
        [JSON_REAL] = MODEL_IN_REAL,     [JSON_TRUE] = MODEL_IN_BOOLEAN,
        [JSON_FALSE] = MODEL_IN_BOOLEAN, [JSON_NULL] = MODEL_IN_NULL,
    };

    return types[json_typeof(tree)];
}

enum model_in_type model_in_type(const struct model_in *in)
{
    if (in->tree)
        return tree_type(in->tree);
    return in->token ? in->token->type : MODEL_IN_NONE;
}

static bool is(const struct model_in *in, enum model_in_type type)
{
    return in->token && in->token->type == type;
}

size_t model_in_size(const struct model_in *in)
{
    if (in->tree)
        return json_is_object(in->tree) ? json_object_size(in->tree) : json_array_size(in->tree);
    return is(in, MODEL_IN_OBJECT) || is(in, MODEL_IN_ARRAY) ? in->token->size : 0;
}

const char *model_in_string(const struct model_in *in, size_t *ret_len)
{
    if (ret_len)
        *ret_len = in->tree                  ? json_string_length(in->tree)
                   : is(in, MODEL_IN_STRING) ? in->token->size
                                             : 0;
    if (in->tree)
        return json_string_value(in->tree);
    return is(in, MODEL_IN_STRING) ? in->token->string : NULL;
}

bool model_in_integer(const struct model_in *in, int64_t *ret)
{
    if (in->tree ? !json_is_integer(in->tree) : !is(in, MODEL_IN_INTEGER))
        return false;
    *ret = in->tree ? json_integer_value(in->tree) : in->token->integer;
    return true;
}

bool model_in_boolean(const struct model_in *in, bool *ret)
{
    if (in->tree ? !json_is_boolean(in->tree) : !is(in, MODEL_IN_BOOLEAN))
        return false;
    *ret = in->tree ? json_is_true(in->tree) : in->token->integer != 0;
    return true;
}

/* ---- members ---- */

/* Looks at count members from at on. */
static const struct model_token *look(const struct model_token *at, size_t count, const char *name,
                                      size_t len)
{
    for (; count > 0; count--, at += at->tokens) {
        if (at->name_len == len && memcmp(at->name, name, len) == 0)
            return at;
    }
    return NULL;
}

struct model_in model_in_member(struct model_in *in, const char *name)
{
    const struct model_token *object = in->token, *found, *from;
    size_t len = strlen(name);

    if (in->tree)
        return model_in_tree(json_object_get(in->tree, name));
    if (!is(in, MODEL_IN_OBJECT))
        return in_token(NULL);
    from = in->last ? in->last + in->last->tokens : object + 1;
    found = look(from, object->size - (in->last ? in->last->number + 1 : 0), name, len);
    if (!found && in->last)
        found = look(object + 1, in->last->number + 1, name, len);
    if (found)
        in->last = found;
    return in_token(found);
}

const char *model_in_text(struct model_in *in, const char *name)
{
    struct model_in member = model_in_member(in, name);
    const char *text = model_in_string(&member, NULL);

    return text ? text : "";
}

/* ---- all of them ---- */

struct model_in_walk model_in_values(const struct model_in *in)
{
    struct model_in_walk w = {.of = *in};

    if (in->tree)
        w.member = json_object_iter((json_t *)(uintptr_t)in->tree);
    else if (in->token)
        w.token = in->token + 1;
    return w;
}

static struct model_in tree_value(struct model_in_walk *w, const char **ret_name)
{
    json_t *tree = (json_t *)(uintptr_t)w->of.tree;
    struct model_in value;

    *ret_name = NULL;
    if (json_is_array(tree))
        return model_in_tree(json_array_get(tree, w->passed));
    *ret_name = json_object_iter_key(w->member);
    value = model_in_tree(json_object_iter_value(w->member));
    w->member = json_object_iter_next(tree, w->member);
    return value;
}

bool model_in_next(struct model_in_walk *w, const char **ret_name, struct model_in *ret)
{
    const char *name;

    if (w->passed == model_in_size(&w->of))
        return false;
    if (w->of.tree) {
        *ret = tree_value(w, &name);
    } else {
        *ret = in_token(w->token);
        name = w->token->name;
        w->token += w->token->tokens;
    }
    w->passed++;
    if (ret_name)
        *ret_name = name;
    return true;
}
