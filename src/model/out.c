#include "out.h"
#include "words_json.h"

#include <stdlib.h>
#include <yajl/yajl_gen.h>

#define DEPTH_MAX 16 /* more than any resource has */

struct model_out {
    yajl_gen gen;                   /* of a text; NULL: of a tree */
    json_t *root, *open[DEPTH_MAX]; /* of a tree */
    bool is_array[DEPTH_MAX];
    size_t depth;
    const char *key;
    enum words_lang lang;
    bool spoke; /* something in lang */
    bool failed;
};

struct model_out *model_out_tree(void)
{
    return calloc(1, sizeof(struct model_out));
}

struct model_out *model_out_text(enum words_lang lang)
{
    struct model_out *o = calloc(1, sizeof(*o));

    if (o) {
        o->lang = lang;
        o->gen = yajl_gen_alloc(NULL);
    }
    if (o && !o->gen) {
        free(o);
        return NULL;
    }
    return o;
}

void model_out_free(struct model_out *o)
{
    if (!o)
        return;
    if (o->gen)
        yajl_gen_free(o->gen);
    json_decref(o->root);
    free(o);
}

static void note(struct model_out *o, yajl_gen_status status)
{
    o->failed |= status != yajl_gen_status_ok;
}

/* ---- values ---- */

/* Takes the value. */
static void add(struct model_out *o, json_t *value)
{
    json_t *parent = o->depth ? o->open[o->depth - 1] : NULL;
    int r = 0;

    if (!parent)
        o->root = value;
    else if (o->is_array[o->depth - 1])
        r = json_array_append_new(parent, value);
    else
        r = json_object_set_new_nocheck(parent, o->key, value);
    o->failed |= !value || r;
}

static void begin(struct model_out *o, bool is_array)
{
    if (o->depth == DEPTH_MAX)
        o->failed = true;
    if (o->failed)
        return;
    if (o->gen) {
        note(o, is_array ? yajl_gen_array_open(o->gen) : yajl_gen_map_open(o->gen));
    } else {
        o->open[o->depth] = is_array ? json_array() : json_object();
        add(o, o->open[o->depth]);
    }
    o->is_array[o->depth++] = is_array;
}

void model_out_object(struct model_out *o)
{
    begin(o, false);
}

void model_out_array(struct model_out *o)
{
    begin(o, true);
}

void model_out_end(struct model_out *o)
{
    if (o->failed)
        return;
    o->depth--;
    if (o->gen)
        note(o, o->is_array[o->depth] ? yajl_gen_array_close(o->gen) : yajl_gen_map_close(o->gen));
}

static void write_string(struct model_out *o, const char *text)
{
    note(o, yajl_gen_string(o->gen, (const unsigned char *)text, strlen(text)));
}

void model_out_key(struct model_out *o, const char *name)
{
    o->key = name;
    if (o->gen && !o->failed)
        write_string(o, name);
}

void model_out_string(struct model_out *o, const char *text)
{
    if (o->gen && !o->failed)
        write_string(o, text);
    else if (!o->failed)
        add(o, json_string_nocheck(text));
}

void model_out_integer(struct model_out *o, int64_t n)
{
    if (o->gen && !o->failed)
        note(o, yajl_gen_integer(o->gen, n));
    else if (!o->failed)
        add(o, json_integer(n));
}

void model_out_boolean(struct model_out *o, bool b)
{
    if (o->gen && !o->failed)
        note(o, yajl_gen_bool(o->gen, b));
    else if (!o->failed)
        add(o, json_boolean(b));
}

/* ---- from a tree into a text ---- */

static void write_members(struct model_out *o, json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;

    json_object_foreach (value, key, member) {
        model_out_key(o, key);
        model_out_value(o, member);
    }
    json_array_foreach (value, i, member)
        model_out_value(o, member);
}

void model_out_value(struct model_out *o, json_t *value)
{
    if (!o->gen && !o->failed) {
        add(o, json_incref(value));
        return;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        begin(o, json_is_array(value));
        write_members(o, value);
        model_out_end(o);
        break;
    case JSON_STRING:
        model_out_string(o, json_string_value(value));
        break;
    case JSON_INTEGER:
        model_out_integer(o, json_integer_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        model_out_boolean(o, json_is_true(value));
        break;
    default: /* no resource has others */
        o->failed = true;
    }
}

/* ---- messages ---- */

/* Takes the members, which could not be made if r is negative. */
static void put_members(struct model_out *o, json_t *members, int r)
{
    o->failed |= !members || r < 0;
    if (!o->failed)
        write_members(o, members);
    json_decref(members);
}

void model_out_words(struct model_out *o, const char *name, const char *written)
{
    json_t *members = json_object();

    put_members(o, members, model_words_add_written(members, name, written, o->lang));
    o->spoke |= *written != 0;
}

void model_out_word_list(struct model_out *o, const char *name, const json_t *written)
{
    json_t *members = json_object();

    put_members(o, members, model_words_add_list(members, name, written, o->lang));
    o->spoke |= json_array_size(written) > 0;
}

bool model_out_spoke(const struct model_out *o)
{
    return o->spoke;
}

/* ---- the end ---- */

json_t *model_out_take(struct model_out *o)
{
    json_t *root = o->failed ? NULL : o->root;

    if (root)
        o->root = NULL;
    return root;
}

const char *model_out_written(struct model_out *o, size_t *ret_len)
{
    const unsigned char *text = NULL;

    note(o, yajl_gen_get_buf(o->gen, &text, ret_len));
    return o->failed ? NULL : (const char *)text;
}
