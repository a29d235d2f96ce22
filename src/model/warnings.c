#include "ident.h"
#include "model_internal.h"

/* Sentences about what is taken but deserves a second thought. */

static int add(json_t *warnings, const struct words *words)
{
    char text[WORDS_TEXT_MAX];

    return json_array_append_new(warnings, json_string(words_write(words, text, sizeof(text))))
               ? -ENOMEM
               : 0;
}

/* ---- weak values ---- */

struct search {
    const struct model_kind *kind;
    const json_t *resource;
    json_t *warnings;
};

static int look_at(const struct search *s, const struct model_leaf *leaf, const json_t *value)
{
    const struct model_field *f = leaf->field;
    char buf[MODEL_SCALAR_MAX], path[MODEL_PATH_MAX];
    const char *text = model_scalar_text(value, buf);
    unsigned code = model_value_code(f, text);

    if (!code || !(f->values[code - 1].flags & MODEL_WEAK))
        return 0;
    model_leaf_path(leaf, path);
    return add(s->warnings, f->type == MODEL_GROUP ? SAY(WARN_WEAK_GROUP, path, text)
                                                   : SAY(WARN_WEAK_VALUE, path, text));
}

static bool has_weak_value(const struct model_field *f)
{
    for (size_t i = 0; f->values && f->values[i].name; i++) {
        if (f->values[i].flags & MODEL_WEAK)
            return true;
    }
    return false;
}

/* What has no effect harms nobody. */
static int look(void *arg, const struct model_leaf *leaf)
{
    const struct search *s = arg;
    const struct model_field *f = leaf->field;
    const json_t *item;
    size_t i;
    int r = 0;

    if (!has_weak_value(f) || (f->when && !model_when_holds(s->kind, f->when, s->resource)))
        return 0;
    if (!f->list)
        return look_at(s, leaf, model_leaf_value(leaf));
    json_array_foreach (model_leaf_value(leaf), i, item) {
        if (r == 0)
            r = look_at(s, leaf, item);
    }
    return r;
}

/* ---- the rest ---- */

static bool is(const json_t *resource, const char *path, const char *value)
{
    return strcmp(model_str(resource, path), value) == 0;
}

static int add_others(const struct search *s)
{
    const json_t *r = s->resource;
    const struct {
        enum model_kind_id kind;
        bool applies;
        const struct words *words;
    } all[] = {
        {MODEL_VPN_TUNNEL, model_int(r, "ipsec.antiReplayWindow", 1) == 0,
         SAY(WARN_NO_REPLAY_WINDOW)},
        {MODEL_VPN_TUNNEL, is(r, "ike.exchangeMode", "aggressive"), SAY(WARN_AGGRESSIVE)},
        {MODEL_VPN_TUNNEL, secret_is_ambiguous(model_str(r, "psk")), SAY(WARN_AMBIGUOUS_KEY)},
    };

    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        if (all[i].kind == s->kind->id && all[i].applies && add(s->warnings, all[i].words) < 0)
            return -ENOMEM;
    }
    return 0;
}

int model_add_warnings(const struct model_kind *kind, const json_t *resource, json_t *warnings)
{
    struct search s = {kind, resource, warnings};
    int r = model_each_leaf(kind, resource, look, &s);

    return r ? r : add_others(&s);
}
