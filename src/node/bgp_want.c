/* What is wanted of BGP over a tunnel (docs/protocol.md, the member "bgp" of a tunnel). */
#include <stdlib.h>

#include "bgp.h"
#include "desired.h"

static int parse_number(const json_t *obj, const char *name, uint32_t *ret,
                        struct desired_error *err)
{
    uint64_t n;
    int r = desired_number(obj, name, UINT32_MAX, &n, err);

    if (r == 0)
        *ret = (uint32_t)n;
    return r;
}

static int parse_password(const json_t *obj, struct desired_bgp *ret, struct desired_error *err)
{
    return json_object_get(obj, "password")
               ? desired_text(obj, "password", ret->password, sizeof(ret->password), err)
               : 0;
}

static int parse_bfd(const json_t *obj, struct desired_bgp *ret, struct desired_error *err)
{
    const json_t *bfd;

    if (!json_object_get(obj, "bfd"))
        return 0;
    if (desired_object(obj, "bfd", &bfd, err) < 0 ||
        parse_number(bfd, "intervalMs", &ret->bfd_ms, err) < 0)
        return -EBADMSG;
    return parse_number(bfd, "multiplier", &ret->bfd_multiplier, err);
}

static int parse_prefixes(const json_t *obj, const char *name, struct prefix *ret, size_t *ret_n,
                          struct desired_error *err)
{
    const json_t *list, *item;
    size_t i;

    if (desired_list(obj, name, DESIRED_PREFIXES_MAX, &list, err) < 0)
        return -EBADMSG;
    json_array_foreach (list, i, item) {
        const char *text = json_string_value(item);

        if (!text || prefix_parse(text, &ret[i]) < 0)
            return desired_fail(err, SAY(NODE_FIELD_NO_PREFIX, name, text ? text : ""));
    }
    *ret_n = json_array_size(list);
    return 0;
}

static int parse_communities(const json_t *obj, struct desired_bgp *ret, struct desired_error *err)
{
    const json_t *list, *item;
    size_t i;

    if (desired_list(obj, "communities", DESIRED_COMMUNITIES_MAX, &list, err) < 0)
        return -EBADMSG;
    json_array_foreach (list, i, item) {
        const char *text = json_string_value(item);

        if (!text || !bgp_community_is_valid(text) ||
            text_copy(ret->communities[i], DESIRED_COMMUNITY_MAX, text) < 0)
            return desired_fail(err, SAY(NODE_FIELD_NO_COMMUNITY, text ? text : ""));
    }
    ret->n_communities = json_array_size(list);
    return 0;
}

static int parse_over_limit(const json_t *obj, struct desired_bgp *ret, struct desired_error *err)
{
    char text[16];

    if (desired_text(obj, "overLimit", text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (strcmp(text, "warn") != 0 && strcmp(text, "shut") != 0)
        return desired_fail(err, SAY(NODE_FIELD_ONE_OF, "overLimit", "warn", "shut"));
    ret->shut = strcmp(text, "shut") == 0;
    return 0;
}

static int parse(const json_t *obj, struct desired_bgp *ret, struct desired_error *err)
{
    if (parse_number(obj, "peerAsn", &ret->peer_asn, err) < 0 ||
        parse_number(obj, "holdSeconds", &ret->hold_s, err) < 0 ||
        parse_number(obj, "gracefulRestartSeconds", &ret->restart_s, err) < 0 ||
        parse_password(obj, ret, err) < 0 || parse_bfd(obj, ret, err) < 0 ||
        parse_number(obj, "prepend", &ret->prepend, err) < 0 ||
        parse_communities(obj, ret, err) < 0 ||
        parse_prefixes(obj, "importPrefixes", ret->imports, &ret->n_imports, err) < 0 ||
        parse_prefixes(obj, "exportPrefixes", ret->exports, &ret->n_exports, err) < 0)
        return -EBADMSG;
    return parse_over_limit(obj, ret, err);
}

int desired_bgp_parse(const json_t *tunnel, struct desired_bgp **ret, struct desired_error *err)
{
    const json_t *obj;
    struct desired_bgp *bgp;

    if (!json_object_get(tunnel, "bgp"))
        return 0;
    if (desired_object(tunnel, "bgp", &obj, err) < 0)
        return -EBADMSG;
    bgp = calloc(1, sizeof(*bgp));
    if (!bgp)
        return -ENOMEM;
    *ret = bgp; /* also what is half read: it is freed with the tunnel */
    return parse(obj, bgp, err);
}
