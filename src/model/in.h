/* in.h - where JSON comes from, value by value: from a tree that somebody looks into anyway, or
 * straight from a text, which is several times as fast where there is much of it. */
#ifndef ROPEWAY_MODEL_IN_H
#define ROPEWAY_MODEL_IN_H

#include <jansson.h>

#include "base.h"

struct model_token;

/* A value, borrowed from the tree or text. */
struct model_in {
    const json_t *tree;
    const struct model_token *token;
    const struct model_token *last; /* member found last: the next one is looked for behind it */
};

struct model_in model_in_tree(const json_t *value); /* may be NULL */

enum model_in_type {
    MODEL_IN_NONE, /* it is not there */
    MODEL_IN_NULL,
    MODEL_IN_BOOLEAN,
    MODEL_IN_INTEGER,
    MODEL_IN_REAL,
    MODEL_IN_STRING,
    MODEL_IN_ARRAY,
    MODEL_IN_OBJECT,
};

enum model_in_type model_in_type(const struct model_in *in);
/* How many values an object or array has; 0 for any other. */
size_t model_in_size(const struct model_in *in);
/* NULL if it is none. With JSON's \u0000 in it there are more bytes than its length as a C string
 * says; ret_len may be NULL. */
const char *model_in_string(const struct model_in *in, size_t *ret_len);
bool model_in_integer(const struct model_in *in, int64_t *ret);
bool model_in_boolean(const struct model_in *in, bool *ret);
/* The member of an object. Cheapest for those asked for in the order in which they stand there. */
struct model_in model_in_member(struct model_in *in, const char *name);
/* "" unless it is a string. */
const char *model_in_text(struct model_in *in, const char *name);

/* The values of an object or array in their order. */
struct model_in_walk {
    struct model_in of;
    size_t passed;
    void *member; /* of a tree */
    const struct model_token *token;
};

struct model_in_walk model_in_values(const struct model_in *in);
/* ret_name (may be NULL): of the member; NULL in arrays. False at the end. */
bool model_in_next(struct model_in_walk *w, const char **ret_name, struct model_in *ret);

/* ---- texts ---- */

#define MODEL_TEXT_DEPTH_MAX 32 /* objects and arrays in one another */

/* A text that was read. Zero-initialise; may be read into again and again. */
struct model_text {
    struct model_token *tokens;
    size_t count, cap;
    char *strings; /* as long as the text */
    size_t strings_cap;
};

/* *ret borrows from t until it is read into again or done. -EBADMSG for what is not exactly one
 * JSON value in UTF-8, or has two members of one name in an object. */
MUST_USE int model_text_read(struct model_text *t, const char *text, size_t len,
                             struct model_in *ret);
/* Wipes it. */
void model_text_done(struct model_text *t);

#endif
