/* describe - prints what the model says about itself as JSON, for the reference in docs/api.md;
 * with
 * --openapi the English OpenAPI document alone, for programs that are made from it. */
#include <stdio.h>

#include "ipc_stats.h"
#include "model.h"

static const char *type_name(enum model_type type)
{
    static const char *const names[] = {
        [MODEL_STRING] = "string",
        [MODEL_ENUM] = "choice",
        [MODEL_BOOL] = "boolean",
        [MODEL_INT] = "integer",
        [MODEL_GROUP] = "group",
        [MODEL_CIDR] = "prefix",
        [MODEL_ADDRESS] = "address",
        [MODEL_INTERFACE] = "address/length",
        [MODEL_REF] = "id",
        [MODEL_NEXT_HOP] = "id or blackhole",
        [MODEL_TIME] = "time",
        [MODEL_TEXT_MAP] = "map of strings",
        [MODEL_INT_MAP] = "map of integers",
        [MODEL_OBJECT] = "object",
    };

    return names[type];
}

static const char *access_name(enum model_access access)
{
    static const char *const names[] = {
        [MODEL_EDITABLE] = "editable",   [MODEL_CREATE_ONLY] = "create-only",
        [MODEL_READ_ONLY] = "read-only", [MODEL_STATUS] = "status",
        [MODEL_ACTION] = "action",
    };

    return names[access];
}

/* "attachment is tap or nic" */
static json_t *condition(const struct model_kind *kind, const struct model_when *when)
{
    char written[WORDS_TEXT_MAX], said[WORDS_TEXT_MAX];

    if (!when)
        return NULL;
    model_when_words(kind, when, NULL, written);
    return json_string(words_say_written(written, WORDS_EN, said, sizeof(said)));
}

static json_t *values_of(const struct model_kind *kind, const struct model_field *f)
{
    json_t *all = json_array();

    for (const struct model_value *v = f->values; v && v->name; v++)
        json_array_append_new(
            all, json_pack("{s:s, s:s, s:s, s:s*, s:b, s:b, s:b, s:o*}", "name", v->name, "label",
                           v->label[WORDS_EN], "zh", v->label[WORDS_ZH], "description",
                           v->description[WORDS_EN], "weak", (v->flags & MODEL_WEAK) != 0, "aead",
                           (v->flags & MODEL_AEAD) != 0, "recommended",
                           (v->flags & MODEL_RECOMMENDED) != 0, "when", condition(kind, v->when)));
    return all;
}

static json_t *kinds_in(unsigned refs)
{
    json_t *all = json_array();

    for (int i = 0; i < MODEL_KINDS; i++) {
        if (refs & 1U << i)
            json_array_append_new(all, json_string(model_kind((enum model_kind_id)i)->name));
    }
    return all;
}

struct visit {
    const struct model_kind *kind;
    json_t *fields;
};

/* What is in an object stands under the heading of the object. */
static enum model_section_id section_of(const struct model_kind *kind, const char *path)
{
    char top[128];

    (void)text_printf(top, sizeof(top), "%.*s", (int)strcspn(path, ".["), path);
    return model_find_field(kind, top)->section;
}

static json_t *field_of(const struct model_kind *kind, const char *path,
                        const struct model_field *f)
{
    enum model_section_id section = section_of(kind, path);

    return json_pack(
        "{s:s, s:s, s:b, s:s, s:b, s:b, s:b, s:b, s:I, s:I, s:i, s:i, s:i, s:s*, s:o, s:o, s:s*, "
        "s:s*, s:s*, s:s, s:s, s:s, s:i, s:o*, s:b, s:o*, s:b}",
        "path", path, "type", type_name(f->type), "list", (int)f->list, "access",
        access_name(f->access), "required", (f->flags & MODEL_REQUIRED) != 0, "allocated",
        (f->flags & MODEL_ALLOCATED) != 0, "secret", (f->flags & MODEL_SECRET) != 0, "distinct",
        (f->flags & MODEL_DISTINCT) != 0, "min", (json_int_t)f->min, "max", (json_int_t)f->max,
        "minItems", (int)f->min_items, "maxItems", (int)(f->max_items ? f->max_items : 256),
        "maxLength", (int)(f->max_len ? f->max_len : 255), "default", f->default_json, "values",
        values_of(kind, f), "refs", kinds_in(f->refs), "rule",
        f->rule ? words_template(f->rule->wanted, WORDS_EN) : NULL, "unit", f->unit[WORDS_EN],
        "example", f->example, "label", f->label[WORDS_EN], "zh", f->label[WORDS_ZH], "description",
        f->description[WORDS_EN], "section", (int)section, "when", condition(kind, f->when),
        "refused", (f->flags & MODEL_REFUSED) != 0, "needed", condition(kind, f->needed), "filter",
        model_filter_field(kind, path) != NULL);
}

/* The members of a list's objects are rows of their own: "routes[].nextHop". */
static int add_field(void *arg, const char *path, const struct model_field *f)
{
    struct visit *v = arg;
    char member[256];

    json_array_append_new(v->fields, field_of(v->kind, path, f));
    for (const struct model_field *m = f->list ? f->fields : NULL; m && m->name; m++) {
        snprintf(member, sizeof(member), "%s[].%s", path, m->name);
        json_array_append_new(v->fields, field_of(v->kind, member, m));
    }
    return 0;
}

static json_t *describe_kinds(void)
{
    json_t *all = json_array();

    for (int i = 0; i < MODEL_KINDS + 2; i++) {
        const struct model_kind *kind = i < MODEL_KINDS    ? model_kind((enum model_kind_id)i)
                                        : i == MODEL_TOKEN ? &model_token_kind
                                                           : &model_user_kind;
        struct visit v = {kind, json_array()};

        (void)model_each_field(v.kind, add_field, &v);
        json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "name",
                                             v.kind->name, "collection", v.kind->collection, "noun",
                                             v.kind->noun, "prefix", v.kind->prefix, "description",
                                             v.kind->description[WORDS_EN], "zh",
                                             v.kind->label[WORDS_ZH], "fields", v.fields));
    }
    return all;
}

static json_t *describe_sections(void)
{
    json_t *all = json_array();

    for (enum model_section_id id = 0; id < MODEL_SECTIONS; id++)
        json_array_append_new(all, json_string(model_section(id)->title[WORDS_EN]));
    return all;
}

static json_t *describe_quotas(void)
{
    json_t *all = json_array();

    for (const struct model_quota *q = model_quotas(); q->name; q++)
        json_array_append_new(all, json_pack("{s:s, s:I, s:s}", "name", q->name, "value",
                                             (json_int_t)q->value, "description",
                                             q->description[WORDS_EN]));
    return all;
}

static json_t *describe_drops(void)
{
    json_t *all = json_array();

    for (unsigned i = 0; i < IPC_DROP_COUNT; i++)
        json_array_append_new(all, json_pack("{s:s, s:s}", "reason", ipc_stats_drop_name(i), "help",
                                             ipc_stats_drop_help(i)));
    return all;
}

static json_t *describe_messages(void)
{
    json_t *all = json_array();

    for (enum words_code code = WORDS_FOREIGN + 1; code < WORDS_CODES; code++)
        json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "code", words_code_name(code), "en",
                                             words_template(code, WORDS_EN), "zh",
                                             words_template(code, WORDS_ZH)));
    return all;
}

static json_t *describe_all(void)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "openapi", model_openapi(WORDS_EN),
                     "sections", describe_sections(), "kinds", describe_kinds(), "quotas",
                     describe_quotas(), "drops", describe_drops(), "messages", describe_messages());
}

int main(int argc, char **argv)
{
    bool openapi = argc == 2 && strcmp(argv[1], "--openapi") == 0;
    json_t *all;
    int failed;

    if (argc > 1 && !openapi) {
        fputs("Usage: describe [--openapi]\n"
              "All that the reference says of the API; with --openapi only its document.\n",
              stderr);
        return 2;
    }
    all = openapi ? model_openapi(WORDS_EN) : describe_all();
    failed = !all || json_dumpf(all, stdout, JSON_INDENT(1)) < 0;
    if (fflush(stdout) != 0)
        failed = 1;

    json_decref(all);
    return failed;
}
