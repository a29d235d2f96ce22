#include "render.h"

/* Fields are looked up in the innermost section first, then in those around it; first and last are
 * about the innermost alone. */
struct frame {
    const struct scope *scope;
    const struct frame *around;
};

struct rendering {
    const struct template *t;
    struct buf *out;
    enum device_field *field;
    const struct value **tunnel;
};

static const struct value *find(const struct frame *f, enum device_field field)
{
    const struct value *v = scope_find(f->scope, field);

    if (field == DEVICE_FIRST || field == DEVICE_LAST)
        return v;
    for (f = f->around; f && !v; f = f->around)
        v = scope_find(f->scope, field);
    return v;
}

static bool is_there(const struct value *v)
{
    return v && (device_field_type(v->field) != DEVICE_TYPE_LIST || v->count);
}

static int say(struct rendering *r, const struct template_node *node, const struct frame *frame)
{
    const struct value *v = find(frame, node->field);

    if (!v)
        return 0;
    if (device_field_type(v->field) != DEVICE_TYPE_TEXT) {
        buf_add(r->out, v->text.data, v->text.len);
    } else if (!node->escape->write(v->text.data, v->text.len, r->out)) {
        *r->field = node->field;
        *r->tunnel = find(frame, DEVICE_TUNNEL_NAME);
        return -EILSEQ;
    }
    return 0;
}

static void say_list(struct rendering *r, const struct template_node *node,
                     const struct frame *frame)
{
    const struct value *v = find(frame, node->field);

    for (size_t i = 0; v && i < v->count; i++) {
        const struct value *item = scope_find(v->items[i], DEVICE_ITEM);

        if (i)
            buf_add(r->out, node->text.at, node->text.len);
        buf_add(r->out, item->text.data, item->text.len);
    }
}

static int run(struct rendering *r, size_t from, size_t to, const struct frame *frame);

/* What is between a section's begin and its end. */
static int run_section(struct rendering *r, size_t at, const struct frame *frame)
{
    const struct template_node *node = &r->t->nodes[at];
    const struct value *v = find(frame, node->field);
    int result = 0;

    if (is_there(v) == (node->type == TEMPLATE_IF_NOT))
        return 0;
    if (node->type != TEMPLATE_SECTION || device_field_type(node->field) != DEVICE_TYPE_LIST)
        return run(r, at + 1, node->end, frame);
    for (size_t i = 0; result == 0 && i < v->count; i++)
        result = run(r, at + 1, node->end, &(struct frame){v->items[i], frame});
    return result;
}

static int run_node(struct rendering *r, size_t *at, const struct frame *frame)
{
    const struct template_node *node = &r->t->nodes[*at];
    int result = 0;

    switch (node->type) {
    case TEMPLATE_TEXT:
        buf_add(r->out, node->text.at, node->text.len);
        break;
    case TEMPLATE_VALUE:
        if (device_field_type(node->field) == DEVICE_TYPE_LIST)
            say_list(r, node, frame);
        else
            result = say(r, node, frame);
        break;
    case TEMPLATE_SECTION:
    case TEMPLATE_IF:
    case TEMPLATE_IF_NOT:
        result = run_section(r, *at, frame);
        *at = node->end;
        break;
    case TEMPLATE_END:
        break;
    }
    if (result == 0 && r->out->failed)
        return -ENOMEM;
    return result == 0 && r->out->len > RENDER_MAX ? -E2BIG : result;
}

static int run(struct rendering *r, size_t from, size_t to, const struct frame *frame)
{
    int result = 0;

    for (size_t i = from; result == 0 && i < to; i++)
        result = run_node(r, &i, frame);
    return result;
}

int render(const struct template *t, const struct scope *values, struct buf *out,
           enum device_field *ret_field, const struct value **ret_tunnel)
{
    struct rendering r = {t, out, ret_field, ret_tunnel};

    return run(&r, 0, t->node_count, &(struct frame){values, NULL});
}
