#include "render.h"

struct rendering {
    const struct template *t;
    struct buf *out;
    enum device_field *field;
    const struct scope **where;
};

static bool is_there(const struct value *v)
{
    return v && (device_field_type(v->field) != DEVICE_TYPE_LIST || v->count);
}

static int say(struct rendering *r, const struct template_node *node, const struct scope *scope)
{
    const struct value *v = scope_find(scope, node->field);

    if (!v)
        return 0;
    if (device_field_type(v->field) != DEVICE_TYPE_TEXT) {
        buf_add(r->out, v->text.data, v->text.len);
    } else if (!node->escape->write(v->text.data, v->text.len, r->out)) {
        *r->field = node->field;
        *r->where = scope;
        return -EILSEQ;
    }
    return 0;
}

static void say_list(struct rendering *r, const struct template_node *node,
                     const struct scope *scope)
{
    const struct value *v = scope_find(scope, node->field);

    for (size_t i = 0; v && i < v->count; i++) {
        const struct value *item = scope_find(v->items[i], DEVICE_ITEM);

        if (i)
            buf_add(r->out, node->text.at, node->text.len);
        buf_add(r->out, item->text.data, item->text.len);
    }
}

static int run(struct rendering *r, size_t from, size_t to, const struct scope *scope);

/* What is between a section's begin and its end. */
static int run_section(struct rendering *r, size_t at, const struct scope *scope)
{
    const struct template_node *node = &r->t->nodes[at];
    const struct value *v = scope_find(scope, node->field);
    bool list = device_field_type(node->field) == DEVICE_TYPE_LIST;
    int result = 0;

    if (is_there(v) == (node->type == TEMPLATE_IF_NOT))
        return 0;
    if (!list || node->type != TEMPLATE_SECTION)
        return run(r, at + 1, node->end, scope);
    for (size_t i = 0; result == 0 && i < v->count; i++)
        result = run(r, at + 1, node->end, v->items[i]);
    return result;
}

static int run_node(struct rendering *r, size_t *at, const struct scope *scope)
{
    const struct template_node *node = &r->t->nodes[*at];
    int result = 0;

    switch (node->type) {
    case TEMPLATE_TEXT:
        buf_add(r->out, node->text.at, node->text.len);
        break;
    case TEMPLATE_VALUE:
        if (device_field_type(node->field) == DEVICE_TYPE_LIST)
            say_list(r, node, scope);
        else
            result = say(r, node, scope);
        break;
    case TEMPLATE_SECTION:
    case TEMPLATE_IF:
    case TEMPLATE_IF_NOT:
        result = run_section(r, *at, scope);
        *at = node->end;
        break;
    case TEMPLATE_END:
        break;
    }
    if (result == 0 && r->out->failed)
        return -ENOMEM;
    return result == 0 && r->out->len > RENDER_MAX ? -E2BIG : result;
}

static int run(struct rendering *r, size_t from, size_t to, const struct scope *scope)
{
    int result = 0;

    for (size_t i = from; result == 0 && i < to; i++)
        result = run_node(r, &i, scope);
    return result;
}

int render(const struct template *t, const struct scope *values, struct buf *out,
           enum device_field *ret_field, const struct scope **ret_scope)
{
    struct rendering r = {t, out, ret_field, ret_scope};

    return run(&r, 0, t->node_count, values);
}
