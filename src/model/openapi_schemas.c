#include "openapi_internal.h"

#include <stdio.h>

/* The schemas of the OpenAPI document. */

static json_t *object_schema(const struct model_field *const *tables, size_t count,
                             const struct openapi_scope *scope);

static json_t *int_schema(const struct model_field *f)
{
    json_t *s = json_pack("{s:s, s:I}", "type", "integer", "minimum", (json_int_t)f->min);

    if (s && f->max != INT64_MAX)
        openapi_set(s, "maximum", json_integer(f->max));
    return s;
}

static json_t *string_schema(const struct model_field *f)
{
    json_t *s =
        json_pack("{s:s, s:i}", "type", "string", "maxLength", f->max_len ? (int)f->max_len : 255);

    if (s && f->rule && f->rule->pattern)
        openapi_set(s, "pattern", json_string(f->rule->pattern));
    if (s && (f->flags & MODEL_SECRET))
        openapi_set(s, "format", json_string("password"));
    return s;
}

/* What may be named in the place of a resource. */
#define NO_NEXT_HOP    "blackhole"
#define ROUTER_PATTERN "[0-9a-fA-F.:]{2,45}" /* an address */

/* "^(vpc-|subnet-)[a-z2-7]{10}$", and the collections in which the resource may be. */
static json_t *ref_schema(const struct model_field *f)
{
    json_t *collections = json_array(), *s;
    struct buf pattern = {0};

    buf_puts(&pattern, "^(");
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)i);

        if (!(f->refs & 1U << i))
            continue;
        buf_printf(&pattern, "%s%s[a-z2-7]{10}", pattern.len > 2 ? "|" : "", kind->prefix);
        json_array_append_new(collections, json_string(kind->collection));
    }
    if (f->flags & MODEL_ROUTER)
        buf_puts(&pattern, "|" ROUTER_PATTERN);
    buf_puts(&pattern, f->type == MODEL_NEXT_HOP ? "|" NO_NEXT_HOP ")$" : ")$");
    s = json_pack("{s:s, s:s, s:o}", "type", "string", "pattern", buf_text(&pattern),
                  "x-ropeway-refers-to", collections);
    if (s && f->type == MODEL_NEXT_HOP)
        openapi_set(s, "x-ropeway-also",
                    json_pack("[s, s*]", NO_NEXT_HOP, f->flags & MODEL_ROUTER ? "ADDRESS" : NULL));
    buf_done(&pattern);
    return s;
}

/* In a patch null takes a member out, or puts it back to its default. */
static void allow_null(json_t *schema, enum openapi_use use)
{
    json_t *type = json_object_get(schema, "type"), *values = json_object_get(schema, "enum");

    if (use != OPENAPI_PATCH)
        return;
    if (type)
        openapi_set(schema, "type", json_pack("[O, s]", type, "null"));
    if (values)
        json_array_append_new(values, json_null());
}

static json_t *text_map_schema(const struct model_field *f, enum openapi_use use)
{
    json_t *value = json_pack("{s:s, s:i}", "type", "string", "maxLength", 256);

    allow_null(value, use);
    return json_pack("{s:s, s:{s:i, s:i}, s:i, s:o}", "type", "object", "propertyNames",
                     "minLength", 1, "maxLength", 128, "maxProperties",
                     f->max_items ? (int)f->max_items : 256, "additionalProperties", value);
}

static json_t *quota_map_schema(enum openapi_use use)
{
    json_t *value =
        json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", 0, "maximum", MODEL_QUOTA_MAX);
    json_t *names = json_array();

    for (const struct model_quota *q = model_quotas(); q->name; q++)
        json_array_append_new(names, json_string(q->name));
    allow_null(value, use);
    return json_pack("{s:s, s:{s:o}, s:o}", "type", "object", "propertyNames", "enum", names,
                     "additionalProperties", value);
}

/* In a list null has no meaning. */
static json_t *member_schema(const struct openapi_scope *scope, const struct model_field *f)
{
    struct openapi_scope inner = *scope;

    inner.inside = true;
    if (f->list)
        inner.use = OPENAPI_WHOLE;
    return object_schema(&f->fields, 1, &inner);
}

static json_t *element_schema(const struct openapi_scope *scope, const struct model_field *f)
{
    switch (f->type) {
    case MODEL_ENUM:
    case MODEL_GROUP:
        return openapi_values(scope, f);
    case MODEL_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case MODEL_INT:
        return int_schema(f);
    case MODEL_CIDR:
        return json_pack("{s:s, s:s}", "type", "string", "format", "cidr");
    case MODEL_INTERFACE:
        return json_pack("{s:s, s:s}", "type", "string", "format", "address-with-prefix");
    case MODEL_ADDRESS:
        return json_pack("{s:s, s:[{s:s},{s:s}]}", "type", "string", "anyOf", "format", "ipv4",
                         "format", "ipv6");
    case MODEL_TIME:
        return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
    case MODEL_REF:
    case MODEL_NEXT_HOP:
        return ref_schema(f);
    case MODEL_TEXT_MAP:
        return text_map_schema(f, scope->use);
    case MODEL_INT_MAP:
        return quota_map_schema(scope->use);
    case MODEL_OBJECT:
        return member_schema(scope, f);
    default:
        return string_schema(f);
    }
}

static json_t *field_schema(const struct openapi_scope *scope, const struct model_field *f)
{
    json_t *s = element_schema(scope, f), *usual;

    if (f->list) {
        if (s && f->rule == &model_rule_region_id)
            openapi_set(s, "x-ropeway-refers-to", json_pack("[s]", "regions"));
        s = json_pack("{s:s, s:o, s:i}", "type", "array", "items", s, "maxItems",
                      f->max_items ? (int)f->max_items : 256);
        if (s && f->min_items)
            openapi_set(s, "minItems", json_integer(f->min_items));
        if (s && (f->flags & MODEL_DISTINCT))
            openapi_set(s, "uniqueItems", json_true());
    }
    if (!s)
        return NULL;
    if (f->access == MODEL_EDITABLE && !(f->flags & (MODEL_REQUIRED | MODEL_SECRET)))
        allow_null(s, scope->use);
    openapi_describe(s, scope, f);
    usual = model_default(f);
    if (usual && f->type != MODEL_OBJECT)
        openapi_set(s, "default", json_incref(usual));
    json_decref(usual);
    if (f->example && f->type != MODEL_INT && f->type != MODEL_INT_MAP &&
        f->type != MODEL_TEXT_MAP && !f->list)
        openapi_set(s, "examples", json_pack("[s]", f->example));
    return s;
}

/* What stands beside the sentence of a message. */
static void add_coded(json_t *properties, const char *name)
{
    char code[64], arguments[64];

    snprintf(code, sizeof(code), "%sCode", name);
    snprintf(arguments, sizeof(arguments), "%sArguments", name);
    openapi_set(properties, code,
                json_pack("{s:s, s:b, s:s+}", "type", "string", "readOnly", 1, "description",
                          "The code of the message in ", name));
    openapi_set(properties, arguments,
                json_pack("{s:s, s:b, s:s}", "type", "object", "readOnly", 1, "description",
                          "The message's arguments by name: texts, or {code, arguments}"));
}

static json_t *object_schema(const struct model_field *const *tables, size_t count,
                             const struct openapi_scope *scope)
{
    json_t *properties = json_object(), *required = json_array(), *s;

    for (size_t t = 0; t < count; t++) {
        for (const struct model_field *f = tables[t]; f->name; f++) {
            if (scope->use == OPENAPI_PATCH &&
                (f->access == MODEL_STATUS || f->access == MODEL_ACTION))
                continue;
            openapi_set(properties, f->name, field_schema(scope, f));
            if (f->flags & MODEL_WORDS)
                add_coded(properties, f->name);
            if (scope->use == OPENAPI_WHOLE && (f->flags & MODEL_REQUIRED))
                json_array_append_new(required, json_string(f->name));
        }
    }
    s = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                  "additionalProperties", 0);
    if (s && json_array_size(required))
        openapi_set(s, "required", json_incref(required));
    json_decref(required);
    return s;
}

static json_t *problem_schema(void)
{
    static const char *const texts[] = {"type", "title", "detail", "code",
                                        "rule", "field", "value"};
    json_t *properties =
        json_pack("{s:{s:s}, s:{s:s}, s:{s:s, s:{s:s}}}", "status", "type", "integer", "arguments",
                  "type", "object", "holders", "type", "array", "items", "type", "object");

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        openapi_set(properties, texts[i], json_pack("{s:s}", "type", "string"));
    return json_pack("{s:s, s:o, s:[s,s,s,s,s,s,s]}", "type", "object", "properties", properties,
                     "required", "type", "title", "status", "detail", "code", "arguments", "rule");
}

/* Messages about what is weak. */
static void add_warnings(json_t *properties)
{
    openapi_set(properties, "warnings",
                json_pack("{s:s, s:{s:s}, s:b, s:s}", "type", "array", "items", "type", "string",
                          "readOnly", 1, "description",
                          "Sentences about what is weak; in answers to a create or change only"));
    openapi_set(properties, "warningsCodes",
                json_pack("{s:s, s:{s:s}, s:b, s:s}", "type", "array", "items", "type", "object",
                          "readOnly", 1, "description", "{code, arguments} of each of warnings"));
}

static json_t *list_schema(const struct model_kind *kind)
{
    return json_pack("{s:s, s:{s:{s:s, s:o}, s:{s:s, s:s}}, s:[s]}", "type", "object", "properties",
                     "items", "type", "array", "items", openapi_ref("schemas", kind->name), "next",
                     "type", "string", "description",
                     "Cursor of the next page; absent on the last one", "required", "items");
}

/* How its resources are called, and where they are: below a region or not. */
static json_t *kind_names(const struct model_kind *kind)
{
    bool in_region = kind->id < MODEL_KINDS && kind->id != MODEL_REGION;

    return json_pack("{s:s, s:s, s:s, s:s}", "collection", kind->collection, "noun", kind->noun,
                     "prefix", kind->prefix, "scope", in_region ? "region" : "global");
}

static void add_kind(json_t *schemas, const struct model_kind *kind, enum words_lang lang)
{
    const struct model_field *tables[] = {model_common_fields(kind), kind->fields};
    struct openapi_scope scope = {kind, lang, OPENAPI_WHOLE, false};
    json_t *whole = object_schema(tables, 2, &scope);
    char name[64];

    if (whole) {
        openapi_name(whole, kind->label, kind->description, lang);
        openapi_set(whole, "x-ropeway-kind", kind_names(kind));
        openapi_set(whole, "x-ropeway-groups", openapi_groups(kind));
        add_warnings(json_object_get(whole, "properties"));
    }
    openapi_set(schemas, kind->name, whole);
    scope.use = OPENAPI_PATCH;
    snprintf(name, sizeof(name), "%sPatch", kind->name);
    openapi_set(schemas, name, object_schema(tables, 2, &scope));
    snprintf(name, sizeof(name), "%sList", kind->name);
    openapi_set(schemas, name, list_schema(kind));
}

json_t *openapi_schemas(enum words_lang lang)
{
    json_t *schemas = json_pack("{s:o}", "problem", problem_schema());

    for (int i = 0; i < MODEL_KINDS; i++)
        add_kind(schemas, model_kind((enum model_kind_id)i), lang);
    add_kind(schemas, &model_token_kind, lang);
    add_kind(schemas, &model_user_kind, lang);
    openapi_add_answers(schemas);
    return schemas;
}
