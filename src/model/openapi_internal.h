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

/* The schemas of all kinds: KIND for what is created and shown, KINDPatch for what a change takes,
 * KINDList, and problem (openapi_schemas.c). New; parts may be missing when memory ran out. */
json_t *openapi_schemas(void);
/* Those of answers that are no resources: route, explanation, regionProblem, metrics, and message,
 * which they refer to (openapi_answers.c). */
void openapi_add_answers(json_t *schemas);

#endif
