#include "model_internal.h"

#include <stdio.h>

/* Addresses, prefixes and references as values. */

/* ---- addresses ---- */

static int refuse_host_bits(struct model_check *c, const struct model_field *field,
                            const json_t *value, const char *text)
{
    char head[PREFIX_TEXT_MAX], right[PREFIX_TEXT_MAX];
    struct addr a;
    struct prefix p;
    uint64_t len;
    char *slash;

    (void)text_copy(head, sizeof(head), text);
    slash = strchr(head, '/');
    if (slash)
        *slash = 0;
    if (!slash || addr_parse(head, &a) < 0 || text_parse_u64(slash + 1, 128, &len) < 0)
        return model_refuse_value(c, field, value, WORDS_WANT_PREFIX_PLAIN);
    p = prefix_make(&a, (uint8_t)len);
    return model_refuse(c, field, 400, "invalid-value", value,
                        SAY(VALUE_HOST_BITS, c->path, prefix_format(&p, right)));
}

int model_check_cidr(struct model_check *c, const struct model_field *field, const json_t *value,
                     json_t **ret)
{
    const enum words_code wanted = WORDS_WANT_PREFIX;
    const char *text = model_check_text(c, field, value, wanted);
    char canonical[PREFIX_TEXT_MAX];
    struct prefix p;
    int r;

    if (!text)
        return -EINVAL;
    r = prefix_parse(text, &p);
    if (r == -EDOM)
        return refuse_host_bits(c, field, value, text);
    if (r < 0)
        return model_refuse_value(c, field, value, wanted);
    prefix_format(&p, canonical);
    if (field->rule && !field->rule->check(canonical, strlen(canonical)))
        return model_refuse_value(c, field, value, field->rule->wanted);
    return model_make_string(canonical, ret);
}

int model_check_address(struct model_check *c, const struct model_field *field, const json_t *value,
                        json_t **ret)
{
    const enum words_code wanted = WORDS_WANT_ADDRESS;
    const char *text = model_check_text(c, field, value, wanted);
    char canonical[ADDR_TEXT_MAX];
    struct addr a;

    if (!text)
        return -EINVAL;
    if (addr_parse(text, &a) < 0)
        return model_refuse_value(c, field, value, wanted);
    return model_make_string(addr_format(&a, canonical), ret);
}

int model_parse_interface(const char *text, struct addr *ret, struct prefix *ret_prefix)
{
    char head[ADDR_TEXT_MAX];
    const char *slash = strchrnul(text, '/');
    uint64_t len;
    struct addr a;

    if ((size_t)(slash - text) >= sizeof(head))
        return -EINVAL;
    memcpy(head, text, (size_t)(slash - text));
    head[slash - text] = 0;
    if (addr_parse(head, &a) < 0)
        return -EINVAL;
    len = addr_bits(&a) - 2; /* a plain address stands in a /30 or /126 */
    if (*slash && text_parse_u64(slash + 1, addr_bits(&a), &len) < 0)
        return -EINVAL;
    *ret = a;
    *ret_prefix = prefix_make(&a, (uint8_t)len);
    return 0;
}

int model_check_interface(struct model_check *c, const struct model_field *field,
                          const json_t *value, json_t **ret)
{
    const enum words_code wanted = WORDS_WANT_INTERFACE;
    const char *text = model_check_text(c, field, value, wanted);
    char canonical[PREFIX_TEXT_MAX], address[ADDR_TEXT_MAX];
    struct addr a;
    struct prefix p;

    if (!text)
        return -EINVAL;
    if (model_parse_interface(text, &a, &p) < 0)
        return model_refuse_value(c, field, value, wanted);
    snprintf(canonical, sizeof(canonical), "%s/%u", addr_format(&a, address), p.len);
    return model_make_string(canonical, ret);
}

/* ---- references ---- */

const char *model_wanted_ids(const struct model_field *field, bool with_form,
                             char buf[WORDS_TEXT_MAX])
{
    char before[WORDS_TEXT_MAX];

    buf[0] = 0;
    for (int i = 0; i <= MODEL_KINDS; i++) {
        const struct model_kind *k = i < MODEL_KINDS ? model_kind((enum model_kind_id)i) : NULL;
        const struct words *one;

        if (k ? !(field->refs & 1U << i) : field->type != MODEL_NEXT_HOP)
            continue;
        one =
            !k ? (field->flags & MODEL_ROUTER ? SAY(WANT_ROUTER_OR_BLACKHOLE) : SAY(WANT_BLACKHOLE))
            : with_form ? SAY(WANT_NEW_ID_OF, model_kind_word(k), k->prefix)
                        : SAY(WANT_ID_OF, model_kind_word(k));
        (void)text_copy(before, sizeof(before), buf);
        words_write(before[0] ? SAY(WANT_OR, words_written(before), one) : one, buf,
                    WORDS_TEXT_MAX);
    }
    return buf;
}

bool model_names_none(const struct model_field *field, const char *next_hop)
{
    struct addr a;

    return field->type == MODEL_NEXT_HOP &&
           (strcmp(next_hop, "blackhole") == 0 ||
            ((field->flags & MODEL_ROUTER) && addr_parse(next_hop, &a) == 0));
}

static int make_next_hop(const char *text, json_t **ret)
{
    char canonical[ADDR_TEXT_MAX];
    struct addr a;

    return model_make_string(addr_parse(text, &a) == 0 ? addr_format(&a, canonical) : text, ret);
}

int model_check_ref(struct model_check *c, const struct model_field *field, const json_t *value,
                    json_t **ret)
{
    const char *text = model_check_text(c, field, value, WORDS_WANT_ID);
    const struct model_kind *kind;
    char wanted[WORDS_TEXT_MAX];

    if (!text)
        return -EINVAL;
    if (model_names_none(field, text))
        return make_next_hop(text, ret);
    kind = model_kind_of_id(text);
    if (kind && (field->refs & 1U << kind->id) && model_is_id(kind, text))
        return model_make_string(text, ret);
    return model_refuse(
        c, field, 400, "invalid-value", value,
        SAY(VALUE_MUST_BE, c->path, words_written(model_wanted_ids(field, true, wanted))));
}
