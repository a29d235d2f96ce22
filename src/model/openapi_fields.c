#include "openapi_internal.h"

/* What the row of a field says beside what JSON Schema asks for: both languages, headings, the
 * meaning of values, and conditions. */

json_t *openapi_both(const char *const text[WORDS_LANGS])
{
    return json_pack("{s:s, s:s}", words_lang_tag(WORDS_EN), text[WORDS_EN],
                     words_lang_tag(WORDS_ZH), text[WORDS_ZH]);
}

void openapi_name(json_t *schema, const char *const label[WORDS_LANGS],
                  const char *const description[WORDS_LANGS], enum words_lang lang)
{
    openapi_set(schema, "title", json_string(label[lang]));
    openapi_set(schema, "description", json_string(description[lang]));
    openapi_set(schema, "x-ropeway-title", openapi_both(label));
    openapi_set(schema, "x-ropeway-description", openapi_both(description));
}

/* ---- values ---- */

/* As it stands in a resource. */
static json_t *typed(const struct model_field *f, const char *text)
{
    uint64_t n;

    if (f->type == MODEL_BOOL)
        return json_boolean(strcmp(text, "true") == 0);
    if ((f->type == MODEL_GROUP || f->type == MODEL_INT) &&
        text_parse_u64(text, INT64_MAX, &n) == 0)
        return json_integer((json_int_t)n);
    return json_string(text);
}

/* The values of the other field with which the condition holds. */
static json_t *values_of(const struct model_field *f, const struct model_when *when)
{
    json_t *all = json_array();

    for (const struct model_value *v = f->values; v && v->name; v++) {
        if (model_when_allows(when, v->name, v->flags))
            json_array_append_new(all, typed(f, v->name));
    }
    for (size_t i = 0; !f->values && when->values[i]; i++)
        json_array_append_new(all, typed(f, when->values[i]));
    return all;
}

static json_t *condition(const struct model_kind *kind, const struct model_when *when)
{
    char written[WORDS_TEXT_MAX], en[WORDS_TEXT_MAX], zh[WORDS_TEXT_MAX];
    const char *const text[WORDS_LANGS] = {
        words_say_written(model_when_words(kind, when, NULL, written), WORDS_EN, en, sizeof(en)),
        words_say_written(written, WORDS_ZH, zh, sizeof(zh)),
    };

    return json_pack("{s:s, s:o, s:o}", "path", when->path, "values",
                     values_of(model_find_field(kind, when->path), when), "text",
                     openapi_both(text));
}

static json_t *value_row(const struct openapi_scope *scope, const struct model_field *f,
                         const struct model_value *v)
{
    static const struct {
        unsigned flag;
        const char *name;
    } flags[] = {{MODEL_WEAK, "weak"}, {MODEL_AEAD, "aead"}, {MODEL_RECOMMENDED, "recommended"}};
    json_t *row =
        json_pack("{s:o, s:o}", "value", typed(f, v->name), "label", openapi_both(v->label));

    if (v->description[WORDS_EN])
        openapi_set(row, "description", openapi_both(v->description));
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (v->flags & flags[i].flag)
            openapi_set(row, flags[i].name, json_true());
    }
    if (v->when)
        openapi_set(row, "when", condition(scope->kind, v->when));
    return row;
}

json_t *openapi_values(const struct openapi_scope *scope, const struct model_field *f)
{
    json_t *values = json_array(), *rows = json_array();

    for (const struct model_value *v = f->values; v->name; v++) {
        json_array_append_new(values, typed(f, v->name));
        json_array_append_new(rows, value_row(scope, f, v));
    }
    return json_pack("{s:o, s:o}", "enum", values, "x-ropeway-values", rows);
}

/* ---- fields ---- */

static void add_conditions(json_t *schema, const struct openapi_scope *scope,
                           const struct model_field *f)
{
    if (f->when) {
        json_t *when = condition(scope->kind, f->when);

        openapi_set(when, "otherwise",
                    json_string(f->flags & MODEL_REFUSED ? "refused" : "ignored"));
        openapi_set(schema, "x-ropeway-when", when);
    }
    if (f->needed)
        openapi_set(schema, "x-ropeway-required-when", condition(scope->kind, f->needed));
}

void openapi_describe(json_t *schema, const struct openapi_scope *scope,
                      const struct model_field *f)
{
    openapi_name(schema, f->label, f->description, scope->lang);
    if (f->access == MODEL_READ_ONLY || f->access == MODEL_STATUS)
        openapi_set(schema, "readOnly", json_true());
    if (f->access == MODEL_ACTION || (f->flags & MODEL_WRITE_ONLY))
        openapi_set(schema, "writeOnly", json_true());
    else if (f->flags & MODEL_SECRET) /* not writeOnly: the answer that makes it holds it */
        openapi_set(schema, "x-ropeway-shown-once", json_true());
    if (f->access == MODEL_CREATE_ONLY)
        openapi_set(schema, "x-ropeway-create-only", json_true());
    if (f->flags & MODEL_ALLOCATED)
        openapi_set(schema, "x-ropeway-allocated", json_true());
    if (f->unit[WORDS_EN])
        openapi_set(schema, "x-ropeway-unit", openapi_both(f->unit));
    if (f->zero[WORDS_EN])
        openapi_set(schema, "x-ropeway-zero", openapi_both(f->zero));
    if (!scope->inside)
        openapi_set(schema, "x-ropeway-group", json_string(model_section(f->section)->name));
    add_conditions(schema, scope, f);
}

/* ---- headings ---- */

static bool is_used(const struct model_kind *kind, enum model_section_id id)
{
    const struct model_field *tables[] = {model_common_fields(kind), kind->fields};

    for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
        for (const struct model_field *f = tables[t]; f->name; f++) {
            if (f->section == id)
                return true;
        }
    }
    return false;
}

json_t *openapi_groups(const struct model_kind *kind)
{
    json_t *all = json_array();

    for (enum model_section_id id = 0; id < MODEL_SECTIONS; id++) {
        const struct model_section *s = model_section(id);

        if (is_used(kind, id))
            json_array_append_new(
                all, json_pack("{s:s, s:o}", "name", s->name, "title", openapi_both(s->title)));
    }
    return all;
}

json_t *openapi_parameter(const char *in, const char *name, bool required, const char *type,
                          const char *description)
{
    return json_pack("{s:s, s:s, s:b, s:{s:s}, s:s}", "in", in, "name", name, "required",
                     (int)required, "schema", "type", type, "description", description);
}
