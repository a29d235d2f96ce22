/* openapi_internal.h - what the two halves of the OpenAPI document share. */
#ifndef ROPEWAY_OPENAPI_INTERNAL_H
#define ROPEWAY_OPENAPI_INTERNAL_H

#include "model_internal.h"

/* Takes value; false if it is NULL or memory runs out. */
static inline bool openapi_set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

/* {"$ref": "#/components/SECTION/NAME"}; new. */
static inline json_t *openapi_ref(const char *section, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", section, name));
}

/* One parameter of an operation; new. */
json_t *openapi_parameter(const char *in, const char *name, bool required, const char *type,
                          const char *description);

/* A call that is no plain one of a resource (openapi_actions.c). */
struct openapi_action {
    const char *url, *method, *id, *summary[WORDS_LANGS], *tag, *status;
    const char *member; /* of the answer: a string or "items"; NULL: see summary */
};

/* The nth; NULL behind the last. */
const struct openapi_action *openapi_action(size_t n);
/* What the one with this id takes in its query: a list; new. */
json_t *openapi_action_parameters(const char *id);

/* What a schema is for. A patch may hold any field by itself, and null puts it back. */
enum openapi_use { OPENAPI_WHOLE, OPENAPI_PATCH };

/* Where a schema stands. */
struct openapi_scope {
    const struct model_kind *kind;
    enum words_lang lang; /* of titles and descriptions */
    enum openapi_use use;
    bool inside; /* of an object that a field is */
};

/* What a row says (openapi_fields.c). {en, zh}; new. */
json_t *openapi_both(const char *const text[WORDS_LANGS]);
/* Sets title and description, and both languages of them. */
void openapi_name(json_t *schema, const char *const label[WORDS_LANGS],
                  const char *const description[WORDS_LANGS], enum words_lang lang);
/* {enum, x-ropeway-values} of an enum or group; new. */
json_t *openapi_values(const struct openapi_scope *scope, const struct model_field *f);
/* Sets what does not depend on the type. */
void openapi_describe(json_t *schema, const struct openapi_scope *scope,
                      const struct model_field *f);
/* The headings of the kind's fields, in order; new. */
json_t *openapi_groups(const struct model_kind *kind);

/* The schemas of all kinds: KIND for what is created and shown, KINDPatch for what a change takes,
 * KINDList, and problem (openapi_schemas.c). New; parts may be missing when memory ran out. */
json_t *openapi_schemas(enum words_lang lang);
/* Those of answers that are no resources: route, explanation, regionProblem, negotiationLine,
 * devicePlatform, deviceConfiguration, metrics, and message, which they refer to
 * (openapi_answers.c). */
void openapi_add_answers(json_t *schemas);
/* What a connectivity test is asked for with. New. */
json_t *openapi_test_request(void);

#endif
