#include "model_internal.h"

#include <stdlib.h>

#include "types.h"

/* Selectors of labels (the tags of a resource): "env=prod,team!=x,tier,!old". */

#define TEXT_MAX 4096

enum want { HAS, LACKS, IS, IS_NOT };

struct requirement {
    enum want want;
    const char *key, *value; /* in text */
};

struct model_selector {
    size_t count;
    struct requirement items[MODEL_SELECTOR_MAX];
    char text[]; /* keys and values, each ended */
};

/* What is left to read, and where to write what was read: never more than that. */
struct reader {
    const char *pos;
    char *to;
};

/* Up to a character of ends or the end of all, without blanks around it. A backslash takes the next
 * character as it is. NULL if nothing follows the backslash. */
static const char *take(struct reader *r, const char *ends)
{
    char *begin = r->to, *end = r->to;

    r->pos += strspn(r->pos, " ");
    while (*r->pos && !strchr(ends, *r->pos)) {
        bool literal = *r->pos == '\\';

        r->pos += literal;
        if (!*r->pos)
            return NULL;
        *r->to++ = *r->pos;
        if (literal || *r->pos != ' ')
            end = r->to;
        r->pos++;
    }
    *end = 0;
    r->to = end + 1;
    return begin;
}

/* Steps over the text if it is next. */
static bool skip(struct reader *r, const char *text)
{
    bool found = text_starts_with(r->pos, text);

    if (found)
        r->pos += strlen(text);
    return found;
}

static bool take_requirement(struct reader *r, struct requirement *ret)
{
    struct requirement q = {.want = HAS, .value = ""};

    r->pos += strspn(r->pos, " ");
    if (skip(r, "!"))
        q.want = LACKS;
    q.key = take(r, "=!,");
    if (!q.key || !*q.key)
        return false;
    if (q.want == HAS && skip(r, "!="))
        q.want = IS_NOT;
    else if (q.want == HAS && (skip(r, "==") || skip(r, "=")))
        q.want = IS;
    if (q.want == IS || q.want == IS_NOT)
        q.value = take(r, "=!,");
    if (!q.value || (*r->pos && *r->pos != ','))
        return false;
    *ret = q;
    return true;
}

int model_selector_parse(const char *text, struct model_selector **ret)
{
    size_t len = strnlen(text, TEXT_MAX + 1);
    struct model_selector *made;
    struct reader r;
    bool more = true;

    if (len > TEXT_MAX || !text_is_utf8(text, len))
        return -EINVAL;
    made = calloc(1, sizeof(*made) + len + 2 * MODEL_SELECTOR_MAX + 2);
    if (!made)
        return -ENOMEM;
    r = (struct reader){text, made->text};
    while (more) {
        if (made->count == MODEL_SELECTOR_MAX || !take_requirement(&r, &made->items[made->count])) {
            free(made);
            return -EINVAL;
        }
        made->count++;
        more = skip(&r, ",");
    }
    *ret = made;
    return 0;
}

void model_selector_free(struct model_selector *s)
{
    free(s);
}

/* value is NULL if the resource has no such label. */
static bool holds(const struct requirement *q, const char *value)
{
    switch (q->want) {
    case HAS:
        return value;
    case LACKS:
        return !value;
    case IS:
        return value && strcmp(value, q->value) == 0;
    case IS_NOT:
        break;
    }
    return !value || strcmp(value, q->value) != 0;
}

static const char *label(const struct model_resource *resource, const char *key)
{
    for (uint32_t i = 0; i < resource->tags.count; i++) {
        if (strcmp(resource->tags.items[i].name, key) == 0)
            return resource->tags.items[i].value;
    }
    return NULL;
}

bool model_selector_match(const struct model_selector *s, const struct model_resource *resource)
{
    for (size_t i = 0; i < s->count; i++) {
        if (!holds(&s->items[i], label(resource, s->items[i].key)))
            return false;
    }
    return true;
}

bool model_selector_match_json(const struct model_selector *s, const json_t *resource)
{
    const json_t *tags = json_object_get(resource, "tags");

    for (size_t i = 0; i < s->count; i++) {
        if (!holds(&s->items[i], json_string_value(json_object_get(tags, s->items[i].key))))
            return false;
    }
    return true;
}

int model_selector_check(const char *text, struct model_selector **ret, struct model_error *error)
{
    int r = model_selector_parse(text, ret);

    return r == -EINVAL ? model_error_set(error, 400, "invalid-value", "selector", text,
                                          SAY(WANT_SELECTOR_RULE, MODEL_SELECTOR_MAX))
                        : r;
}
