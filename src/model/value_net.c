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
        return model_refuse_value(c, field, value, "a network prefix without host bits");
    p = prefix_make(&a, (uint8_t)len);
    return model_refuse(c, field, 400, "invalid-value", value,
                        "%s must be a network prefix without host bits: did you mean %s?", c->path,
                        prefix_format(&p, right));
}

int model_check_cidr(struct model_check *c, const struct model_field *field, const json_t *value,
                     json_t **ret)
{
    static const char wanted[] = "a network prefix such as 10.1.0.0/16 or fd00::/48";
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
        return model_refuse_value(c, field, value, field->rule->sentence);
    return model_make_string(canonical, ret);
}

int model_check_address(struct model_check *c, const struct model_field *field, const json_t *value,
                        json_t **ret)
{
    static const char wanted[] = "an IPv4 or IPv6 address";
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
    static const char wanted[] = "an address with its prefix length such as 169.254.10.1/30";
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

int model_check_ref(struct model_check *c, const struct model_field *field, const json_t *value,
                    json_t **ret)
{
    const char *text = model_check_text(c, field, value, "the id of a resource");
    const struct model_kind *kind;
    struct buf all = {0};
    int r;

    if (!text)
        return -EINVAL;
    if (field->type == MODEL_NEXT_HOP && strcmp(text, "blackhole") == 0)
        return model_make_string(text, ret);
    kind = model_kind_of_id(text);
    if (kind && (field->refs & 1U << kind->id) && model_is_id(kind, text))
        return model_make_string(text, ret);
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *k = model_kind((enum model_kind_id)i);

        if (field->refs & 1U << i)
            buf_printf(&all, "%sthe id of a %s (%s and 10 characters)", all.len ? " or " : "",
                       k->noun, k->prefix);
    }
    r = model_refuse(c, field, 400, "invalid-value", value, "%s must be %s%s.", c->path,
                     buf_text(&all), field->type == MODEL_NEXT_HOP ? " or blackhole" : "");
    buf_done(&all);
    return r;
}
