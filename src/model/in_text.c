#include <stdlib.h>
#include <yajl/yajl_parse.h>

#include "in_internal.h"

/* Reading a text: yajl tells of one value after the other, and here they are put down. */

struct reader {
    struct model_text *t;
    size_t open[MODEL_TEXT_DEPTH_MAX]; /* the containers that we are in */
    size_t depth;
    size_t used; /* of t->strings */
    const char *name;
    uint32_t name_len;
    int error;
};

static int fail(struct reader *r, int error)
{
    r->error = error;
    return 0; /* yajl goes no further */
}

static bool make_room(struct model_text *t)
{
    size_t cap = t->cap ? 2 * t->cap : 64;
    struct model_token *grown;

    if (t->count < t->cap)
        return true;
    grown = reallocarray(t->tokens, cap, sizeof(*grown));
    if (!grown)
        return false;
    t->tokens = grown;
    t->cap = cap;
    return true;
}

/* A new value where we are; NULL: out of memory. */
static struct model_token *add(struct reader *r, enum model_in_type type)
{
    struct model_token *token, *parent;

    if (!make_room(r->t)) {
        r->error = -ENOMEM;
        return NULL;
    }
    token = &r->t->tokens[r->t->count++];
    *token =
        (struct model_token){.type = type, .tokens = 1, .name = r->name, .name_len = r->name_len};
    r->name = NULL;
    r->name_len = 0;
    if (r->depth) {
        parent = &r->t->tokens[r->open[r->depth - 1]];
        token->number = parent->size++;
    }
    return token;
}

/* A string without its quotes takes no more room than with them, so there is room for all. */
static const char *keep(struct reader *r, const unsigned char *text, size_t len)
{
    char *kept = r->t->strings + r->used;

    memcpy(kept, text, len);
    kept[len] = 0;
    r->used += len + 1;
    return kept;
}

static int add_number(struct reader *r, enum model_in_type type, int64_t n)
{
    struct model_token *token = add(r, type);

    if (token)
        token->integer = n;
    return token != NULL;
}

static int on_null(void *arg)
{
    return add(arg, MODEL_IN_NULL) != NULL;
}

static int on_boolean(void *arg, int truth)
{
    return add_number(arg, MODEL_IN_BOOLEAN, truth != 0);
}

/* The text of a number. */
static int on_number(void *arg, const char *text, size_t len)
{
    char copy[24];
    long long n;

    if (memchr(text, '.', len) || memchr(text, 'e', len) || memchr(text, 'E', len))
        return add(arg, MODEL_IN_REAL) !=
               NULL; /* nothing here is one; it only has to be no integer */
    if (len >= sizeof(copy))
        return fail(arg, -EBADMSG);
    memcpy(copy, text, len);
    copy[len] = 0;
    errno = 0;
    n = strtoll(copy, NULL, 10);
    return errno ? fail(arg, -EBADMSG) : add_number(arg, MODEL_IN_INTEGER, n);
}

static int on_string(void *arg, const unsigned char *text, size_t len)
{
    struct model_token *token = add(arg, MODEL_IN_STRING);

    if (!token)
        return 0;
    token->string = keep(arg, text, len);
    token->size = (uint32_t)len;
    return 1;
}

static int on_name(void *arg, const unsigned char *text, size_t len)
{
    struct reader *r = arg;

    r->name = keep(r, text, len);
    r->name_len = (uint32_t)len;
    return 1;
}

static int begin(struct reader *r, enum model_in_type type)
{
    size_t at = r->t->count;

    if (r->depth == ARRAY_SIZE(r->open))
        return fail(r, -EBADMSG);
    if (!add(r, type))
        return 0;
    r->open[r->depth++] = at;
    return 1;
}

static int on_object(void *arg)
{
    return begin(arg, MODEL_IN_OBJECT);
}

static int on_array(void *arg)
{
    return begin(arg, MODEL_IN_ARRAY);
}

static void end(struct reader *r)
{
    size_t at = r->open[--r->depth];

    r->t->tokens[at].tokens = (uint32_t)(r->t->count - at);
}

static int on_array_end(void *arg)
{
    end(arg);
    return 1;
}

/* ---- no two members of one name ---- */

#define FEW 32 /* so many are compared each with each */

static int by_name(const void *a, const void *b)
{
    const struct model_token *x = *(const struct model_token *const *)a,
                             *y = *(const struct model_token *const *)b;

    if (x->name_len != y->name_len)
        return x->name_len < y->name_len ? -1 : 1;
    return memcmp(x->name, y->name, x->name_len);
}

static bool some_are_alike(const struct model_token **members, size_t count)
{
    if (count > FEW)
        qsort(members, count, sizeof(*members), by_name);
    for (size_t i = 1; i < count; i++) {
        for (size_t k = count > FEW ? i - 1 : 0; k < i; k++) {
            if (by_name(&members[i], &members[k]) == 0)
                return true;
        }
    }
    return false;
}

static int check_names(const struct model_token *object)
{
    const struct model_token *few[FEW], *at = object + 1, **members = few;
    int r;

    if (object->size > FEW)
        members = calloc(object->size, sizeof(*members));
    if (!members)
        return -ENOMEM;
    for (size_t i = 0; i < object->size; i++, at += at->tokens)
        members[i] = at;
    r = some_are_alike(members, object->size) ? -EBADMSG : 0;
    if (members != few)
        free(members);
    return r;
}

static int on_object_end(void *arg)
{
    struct reader *r = arg;
    int result;

    end(r);
    result = check_names(&r->t->tokens[r->open[r->depth]]);
    return result < 0 ? fail(r, result) : 1;
}

static int make_strings(struct model_text *t, size_t len)
{
    char *made;

    if (len < t->strings_cap)
        return 0;
    made = malloc(2 * len + 1);
    if (!made)
        return -ENOMEM;
    if (t->strings)
        explicit_bzero(t->strings, t->strings_cap);
    free(t->strings);
    t->strings = made;
    t->strings_cap = 2 * len + 1;
    return 0;
}

static int parse(struct reader *r, const char *text, size_t len)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_map_key = on_name,
        .yajl_start_map = on_object,
        .yajl_end_map = on_object_end,
        .yajl_start_array = on_array,
        .yajl_end_array = on_array_end,
    };
    yajl_handle h = yajl_alloc(&callbacks, NULL, r);
    bool whole;

    if (!h)
        return -ENOMEM;
    yajl_config(h, yajl_dont_validate_strings, 1); /* that was done, and more strictly */
    whole = yajl_parse(h, (const unsigned char *)text, len) == yajl_status_ok &&
            yajl_complete_parse(h) == yajl_status_ok;
    yajl_free(h);
    return r->error ? r->error : whole && r->t->count ? 0 : -EBADMSG;
}

int model_text_read(struct model_text *t, const char *text, size_t len, struct model_in *ret)
{
    struct reader reader = {.t = t};
    int r;

    t->count = 0;
    if (len > INT32_MAX || !text_is_utf8(text, len))
        return -EBADMSG;
    r = make_strings(t, len);
    if (r == 0)
        r = parse(&reader, text, len);
    if (r == 0)
        *ret = (struct model_in){.token = t->tokens};
    return r;
}

void model_text_done(struct model_text *t)
{
    if (t->strings)
        explicit_bzero(t->strings, t->strings_cap);
    free(t->strings);
    free(t->tokens);
    *t = (struct model_text){0};
}
