#include "model_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* Finding descriptors and members by dotted path. */

bool model_names_field(const struct model_field *field, const char *name, size_t len)
{
    static const char *const beside[] = {"", "Code", "Arguments"};
    size_t own = strlen(field->name);

    for (size_t i = 0; i < (field->flags & MODEL_WORDS ? ARRAY_SIZE(beside) : 1); i++) {
        if (len == own + strlen(beside[i]) && strncmp(name, field->name, own) == 0 &&
            strncmp(name + own, beside[i], strlen(beside[i])) == 0)
            return true;
    }
    return false;
}

static const struct model_field *find_in(const struct model_field *fields, const char *path)
{
    size_t len = strcspn(path, ".");

    for (; fields && fields->name; fields++) {
        if (!model_names_field(fields, path, len))
            continue;
        if (!path[len])
            return fields;
        return fields->list ? NULL : find_in(fields->fields, path + len + 1);
    }
    return NULL;
}

const struct model_field *model_find_field(const struct model_kind *kind, const char *path)
{
    const struct model_field *f = find_in(model_common_fields(kind), path);

    return f ? f : find_in(kind->fields, path);
}

static int each_in(const struct model_field *fields, const char *above, model_field_visit *visit,
                   void *arg)
{
    char path[MODEL_PATH_MAX];
    int r = 0;

    for (; fields->name && r == 0; fields++) {
        snprintf(path, sizeof(path), "%s%s%s", above, above[0] ? "." : "", fields->name);
        if (fields->type == MODEL_OBJECT && !fields->list)
            r = each_in(fields->fields, path, visit, arg);
        else
            r = visit(arg, path, fields);
    }
    return r;
}

int model_each_field(const struct model_kind *kind, model_field_visit *visit, void *arg)
{
    int r = each_in(model_common_fields(kind), "", visit, arg);

    return r ? r : each_in(kind->fields, "", visit, arg);
}

static int each_leaf_in(const struct model_field *fields, const json_t *object,
                        const struct model_leaf *above, model_leaf_visit *visit, void *arg)
{
    int r = 0;

    for (; fields->name && r == 0; fields++) {
        const struct model_leaf leaf = {fields, object, above};

        if (fields->type == MODEL_OBJECT && !fields->list)
            r = each_leaf_in(fields->fields, model_leaf_value(&leaf), &leaf, visit, arg);
        else
            r = visit(arg, &leaf);
    }
    return r;
}

int model_each_leaf(const struct model_kind *kind, const json_t *resource, model_leaf_visit *visit,
                    void *arg)
{
    int r = each_leaf_in(model_common_fields(kind), resource, NULL, visit, arg);

    return r ? r : each_leaf_in(kind->fields, resource, NULL, visit, arg);
}

const json_t *model_leaf_value(const struct model_leaf *leaf)
{
    return json_object_get(leaf->object, leaf->field->name);
}

const char *model_leaf_path(const struct model_leaf *leaf, char buf[MODEL_PATH_MAX])
{
    char above[MODEL_PATH_MAX] = "";

    if (leaf->above)
        (void)model_leaf_path(leaf->above, above);
    (void)text_printf(buf, MODEL_PATH_MAX, "%s%s%s", above, above[0] ? "." : "", leaf->field->name);
    return buf;
}

int model_flag_name(const char *path, const struct model_field *field, char buf[MODEL_FLAG_MAX])
{
    size_t n = 0, len = strlen(path);
    const char *plural = "";

    if (field->type == MODEL_REF && len > 3 && strcmp(path + len - 3, "Ids") == 0) {
        len -= 3;
        plural = "s";
    } else if (field->type == MODEL_REF && len > 2 && strcmp(path + len - 2, "Id") == 0) {
        len -= 2;
    }
    for (size_t i = 0; i < len; i++) {
        if (n + 4 >= MODEL_FLAG_MAX)
            return -ENAMETOOLONG;
        if (path[i] == '.' || isupper((unsigned char)path[i]))
            buf[n++] = '-';
        if (path[i] != '.')
            buf[n++] = (char)tolower((unsigned char)path[i]);
    }
    return text_copy(buf + n, MODEL_FLAG_MAX - n, plural);
}

bool model_is_id(const struct model_kind *kind, const char *id)
{
    size_t skip = strlen(kind->prefix);
    struct addr a;

    if (kind->id == MODEL_PLACEMENT)
        return addr_parse(id, &a) == 0 || model_is_id(model_kind(MODEL_BORDER_GATEWAY), id);
    if (!skip)
        return model_rule_region_id.check(id, strlen(id));
    if (strncmp(id, kind->prefix, skip) != 0 || strlen(id + skip) != 10)
        return false;
    return id[skip + strspn(id + skip, "abcdefghijklmnopqrstuvwxyz234567")] == 0;
}

/* ---- members ---- */

const json_t *model_at(const json_t *resource, const char *path)
{
    char name[MODEL_PATH_MAX];

    for (;;) {
        size_t len = strcspn(path, ".");

        if (len >= sizeof(name))
            return NULL;
        memcpy(name, path, len);
        name[len] = 0;
        resource = json_object_get(resource, name);
        if (!path[len])
            return resource;
        path += len + 1;
    }
}

const char *model_str(const json_t *resource, const char *path)
{
    const char *text = json_string_value(model_at(resource, path));

    return text ? text : "";
}

int64_t model_int(const json_t *resource, const char *path, int64_t fallback)
{
    const json_t *value = model_at(resource, path);

    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool model_bool(const json_t *resource, const char *path, bool fallback)
{
    const json_t *value = model_at(resource, path);

    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

static json_t *empty_list;

__attribute__((constructor)) static void make_empty_list(void)
{
    empty_list = json_array();
    if (!empty_list)
        abort();
}

__attribute__((destructor)) static void free_empty_list(void)
{
    json_decref(empty_list);
}

const json_t *model_list(const json_t *resource, const char *path)
{
    const json_t *value = model_at(resource, path);

    return json_is_array(value) ? value : empty_list;
}

int model_addr(const json_t *resource, const char *path, struct addr *ret)
{
    return addr_parse(model_str(resource, path), ret);
}

int model_prefix(const json_t *resource, const char *path, struct prefix *ret)
{
    return prefix_parse(model_str(resource, path), ret);
}

const char *model_scalar_text(const json_t *value, char buf[MODEL_SCALAR_MAX])
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (!json_is_integer(value))
        return "";
    snprintf(buf, MODEL_SCALAR_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return buf;
}
