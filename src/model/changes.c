#include "model_internal.h"

#include <stdlib.h>

/* What one request changes, together. */

int model_changes_add(struct model_changes *c, enum model_op op, struct model_resource *after,
                      const struct model_resource *before)
{
    struct model_change *grown = reallocarray(c->items, c->count + 1, sizeof(*grown));

    if (!grown) {
        model_resource_unref(after);
        return -ENOMEM;
    }
    c->items = grown;
    c->items[c->count++] =
        (struct model_change){.op = op,
                              .kind = (after ? after : before)->kind,
                              .after = after,
                              .before = before ? model_resource_ref(before) : NULL};
    return 0;
}

int model_changes_edit(const struct model_env *env, struct model_changes *c,
                       const struct model_resource *before,
                       int (*edit)(void *arg, json_t *resource), void *arg)
{
    json_t *was = model_encode(before), *now = json_deep_copy(was);
    struct model_resource *after = NULL;
    int r = was && now ? edit(arg, now) : -ENOMEM;

    if (r == 0 && !json_equal(was, now)) {
        r = model_touch(env, now);
        if (r == 0)
            r = model_decode(before->kind, now, &after, NULL);
        if (r == 0)
            r = model_changes_add(c, MODEL_OP_UPDATE, after, before);
    }
    json_decref(was);
    json_decref(now);
    return r;
}
