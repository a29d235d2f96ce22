/* words_json.h - messages in JSON: beside the sentence, in the reader's language, stand its code
 * and arguments:
 *     "reason": "...", "reasonCode": "route.loses-hop", "reasonArguments": {"winner": "..."}
 * An argument that is a message itself is {"code", "arguments"}. A plain text has neither. */
#ifndef ROPEWAY_MODEL_WORDS_JSON_H
#define ROPEWAY_MODEL_WORDS_JSON_H

#include <jansson.h>

#include "words.h"

/* Adds the members of m, "" and no more if m is NULL. */
MUST_USE int model_words_add(json_t *object, const char *name, const struct words *m,
                             enum words_lang lang);
/* The same of a written message; of an empty text, "" and no more. */
MUST_USE int model_words_add_written(json_t *object, const char *name, const char *written,
                                     enum words_lang lang);

/* {"code", "arguments"}, without members for a plain text. New; NULL if out of memory. */
json_t *model_words_json(const struct words *m);

/* A list of written messages as two members: the sentences, and as "<name>Codes" what
 * model_words_json() makes of each. */
MUST_USE int model_words_add_list(json_t *object, const char *name, const json_t *written,
                                  enum words_lang lang);

#endif
