/* out.h - where JSON goes, value by value: into a tree for whoever looks into it, or straight into
 * the text of an answer. Failures are remembered until the end, as in struct buf. */
#ifndef ROPEWAY_MODEL_OUT_H
#define ROPEWAY_MODEL_OUT_H

#include <jansson.h>

#include "words.h"

struct model_out;

/* New; NULL if out of memory. */
struct model_out *model_out_tree(void);
/* Compact; messages in it are for readers of this language. */
struct model_out *model_out_text(enum words_lang lang);
/* NULL is fine. */
void model_out_free(struct model_out *o);

void model_out_object(struct model_out *o);
void model_out_array(struct model_out *o);
/* Of the object or array begun last. */
void model_out_end(struct model_out *o);
/* Of the next value, in an object; must outlive it. */
void model_out_key(struct model_out *o, const char *name);
/* Texts are well-formed UTF-8, as keys are. */
void model_out_string(struct model_out *o, const char *text);
void model_out_integer(struct model_out *o, int64_t n);
void model_out_boolean(struct model_out *o, bool b);
/* A tree shares it. */
void model_out_value(struct model_out *o, json_t *value);
/* A written message, in the language of the text (of a tree: English); see words_json.h. */
void model_out_words(struct model_out *o, const char *name, const char *written);
void model_out_word_list(struct model_out *o, const char *name, const json_t *written);
/* Whether there was one, so that the text would be another in another language. */
bool model_out_spoke(const struct model_out *o);

/* The tree, new; NULL if something failed. Once. */
json_t *model_out_take(struct model_out *o);
/* The text, borrowed until the end of o; NULL if something failed. */
const char *model_out_written(struct model_out *o, size_t *ret_len);

#endif
