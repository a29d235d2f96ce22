#include "answering.h"
#include "platforms.h"
#include "render.h"

#include <stdlib.h>

/* From a question to the text. */

void device_answer_done(struct device_answer *a)
{
    if (!a)
        return;
    buf_wipe(&a->text);
    json_decref(a->warnings);
    a->warnings = NULL;
}

/* ---- tunnels ---- */

#define TUNNELS_MAX 64

static int by_age(const void *a, const void *b)
{
    const struct model_vpn_tunnel *x = *(const struct model_vpn_tunnel *const *)a;
    const struct model_vpn_tunnel *y = *(const struct model_vpn_tunnel *const *)b;

    if (x->head.created_us != y->head.created_us)
        return x->head.created_us < y->head.created_us ? -1 : 1;
    return strcmp(x->head.id, y->head.id);
}

/* Those that are asked for, the oldest first. */
static size_t find_tunnels(const struct device_question *q,
                           const struct model_vpn_tunnel *ret[TUNNELS_MAX])
{
    size_t count = 0;

    if (q->tunnel) {
        ret[0] = q->tunnel;
        return 1;
    }
    snapshot_each_linked (struct model_vpn_tunnel, tunnel, it, q->s, LINK_TUNNEL_CONNECTION,
                          q->connection->head.id) {
        if (count < TUNNELS_MAX)
            ret[count++] = tunnel;
    }
    qsort(ret, count, sizeof(ret[0]), by_age);
    return count;
}

/* Selectors of networks do for one tunnel whose networks are known. Two tunnels with the same ones
 * would fight over the packets, and IKEv1 has only a pair in each. */
static bool policy_does(const struct device_question *q, const struct model_vpn_tunnel *tunnel,
                        size_t tunnels)
{
    return q->connection->routing == MODEL_ROUTING_STATIC && tunnels == 1 && q->cloud_count &&
           q->customer_count &&
           (tunnel->ike.version == 2 || (q->cloud_count == 1 && q->customer_count == 1));
}

/* Each address once, and for each tunnel which of them it is. */
static void put_cloud_addresses(struct scope *s, const struct model_vpn_tunnel *const *tunnels)
{
    const struct value *items = scope_find(s, DEVICE_TUNNELS);
    size_t index[TUNNELS_MAX], used = 0;

    for (size_t i = 0; items && i < items->count; i++) {
        char text[ADDR_TEXT_MAX];
        size_t k = 0;

        while (!addr_equal(&tunnels[k]->cloud_address, &tunnels[i]->cloud_address))
            k++;
        index[i] = k == i ? used++ : index[k];
        addr_format(&tunnels[i]->cloud_address, text);
        scope_number(items->items[i], DEVICE_CLOUD_INDEX, index[i]);
        if (k < i)
            continue;
        (void)scope_item(s, DEVICE_CLOUD_ADDRESSES, text, strlen(text)); /* s says that it failed */
        items = scope_find(s, DEVICE_TUNNELS);                           /* it has moved */
    }
    scope_list_end(s, DEVICE_CLOUD_ADDRESSES);
}

static uint64_t device_index(const struct device_question *q, const struct model_vpn_tunnel *t)
{
    const struct model_customer_gateway *g =
        snapshot_get(q->s, MODEL_CUSTOMER_GATEWAY, q->connection->customer_gateway_id);
    uint32_t i = 0;

    while (g && i < g->addresses.count && !addr_equal(&g->addresses.items[i], &t->customer_address))
        i++;
    return g && i < g->addresses.count ? i : 0;
}

/* The first IPv4 address of the device that is known, inside or outside. */
static void put_router_id(struct scope *s, const struct model_vpn_tunnel *const *tunnels,
                          size_t count)
{
    char text[ADDR_TEXT_MAX];

    for (size_t i = 0; i < 2 * count; i++) {
        const struct model_vpn_tunnel *t = tunnels[i % count];
        const struct addr *a = i < count ? &t->peer_tunnel_address : &t->customer_address;

        if (a->family == ADDR_IPV4 && !addr_is_any(a)) {
            scope_text(s, DEVICE_ROUTER_ID, addr_format(a, text));
            return;
        }
    }
}

static int put_tunnels(struct answering *a, struct scope *s)
{
    const struct model_vpn_tunnel *tunnels[TUNNELS_MAX];
    size_t count = find_tunnels(a->q, tunnels);
    bool v4 = false, v6 = false;
    int r = count ? 0 : answering_refuse(a, "", SAY(DEVICE_NO_TUNNEL, a->q->connection->head.name));

    for (size_t i = 0; r == 0 && i < count; i++) {
        const char *id = tunnels[i]->head.id;
        struct scope *item = scope_item(s, DEVICE_TUNNELS, id, strlen(id));

        if (!item)
            return -ENOMEM;
        scope_number(item, DEVICE_TUNNEL_NUMBER, i + 1);
        scope_number(item, DEVICE_TUNNEL_HUNDRED, i + 101);
        scope_number(item, DEVICE_DEVICE_INDEX, device_index(a->q, tunnels[i]));
        r = put_tunnel(a, tunnels[i], item);
        v6 |= tunnels[i]->cloud_address.family == ADDR_IPV6;
        v4 |= tunnels[i]->cloud_address.family == ADDR_IPV4;
    }
    scope_list_end(s, DEVICE_TUNNELS);
    put_cloud_addresses(s, tunnels);
    put_router_id(s, tunnels, count);
    scope_flag(s, DEVICE_SEVERAL, count > 1);
    scope_flag(s, DEVICE_DUAL, v4 && v6);
    scope_flag(s, DEVICE_FAMILY6, v6 && !v4);
    scope_flag(s, DEVICE_POLICY, count && policy_does(a->q, tunnels[0], count));
    return r;
}

/* ---- the whole ---- */

static int put_routing(struct answering *a, struct scope *s)
{
    const struct model_vpn_connection *c = a->q->connection;
    const struct model_border_gateway *gateway =
        snapshot_get(a->q->s, MODEL_BORDER_GATEWAY, c->border_gateway_id);
    const struct model_customer_gateway *customer =
        snapshot_get(a->q->s, MODEL_CUSTOMER_GATEWAY, c->customer_gateway_id);
    const char *platform = a->q->platform->name;
    bool bgp = c->routing == MODEL_ROUTING_BGP;

    if (gateway)
        scope_number(s, DEVICE_CLOUD_ASN, (uint64_t)gateway->asn);
    if (customer)
        scope_number(s, DEVICE_DEVICE_ASN, (uint64_t)customer->asn);
    scope_flag(s, DEVICE_BGP, bgp);
    scope_flag(s, DEVICE_STATIC, !bgp);
    put_networks(a, s);
    if (!bgp && !template_says(a->t, TEMPLATE_ROUTING, "static"))
        return answering_refuse(a, "", SAY(DEVICE_ONLY_BGP, platform, c->head.name));
    if (bgp && !template_says(a->t, TEMPLATE_ROUTING, "bgp"))
        answering_warn(a, SAY(DEVICE_NO_BGP, platform));
    if (bgp)
        put_bgp(a, s);
    return 0;
}

static void put_warnings(struct answering *a, struct scope *s)
{
    const json_t *warning;
    size_t i;

    json_array_foreach (a->answer->warnings, i, warning) {
        struct scope *item = scope_item(s, DEVICE_WARNINGS, "", 0);
        char text[WORDS_TEXT_MAX];

        /* In English: what devices do with other characters is not known. */
        words_say_written(json_string_value(warning), WORDS_EN, text, sizeof(text));
        if (item)
            scope_text(item, DEVICE_WARNING, text);
        s->failed |= item && item->failed;
    }
}

static int put_all(struct answering *a, struct scope *s)
{
    const struct model_resource *head = &a->q->connection->head;
    int r;

    scope_text(s, DEVICE_PLATFORM, a->q->platform->name);
    scope_text(s, DEVICE_CONNECTION_ID, head->id);
    scope_text(s, DEVICE_CONNECTION_NAME, head->name);
    scope_text(s, DEVICE_CONNECTION_DESCRIPTION, head->description);
    scope_flag(s, DEVICE_HIDDEN, !a->q->psk);
    if (!a->q->psk)
        answering_warn(a, SAY(DEVICE_KEY_HIDDEN));
    r = put_routing(a, s);
    if (r == 0)
        r = put_tunnels(a, s);
    put_warnings(a, s);
    return s->failed || a->failed ? -ENOMEM : r;
}

static int refuse_value(struct answering *a, enum device_field field, const struct value *name)
{
    const char *member = device_field_member(field);

    member = *member ? member : device_field_name(field);
    return answering_refuse(a, member,
                            SAY(DEVICE_CANNOT_SAY, a->q->platform->name, member,
                                name ? buf_text(&name->text) : a->q->connection->head.name));
}

static int write_answer(struct answering *a, const struct scope *s)
{
    enum device_field field;
    const struct value *tunnel = NULL;
    int r = render(a->t, s, &a->answer->text, &field, &tunnel);

    if (r == -EILSEQ)
        r = refuse_value(a, field, tunnel);
    else if (r == -E2BIG)
        r = answering_refuse(a, "", SAY(DEVICE_TOO_LARGE, RENDER_MAX));
    if (r < 0)
        buf_wipe(&a->answer->text);
    return r;
}

int device_configure(const struct device_question *q, struct device_answer *ret)
{
    struct template *t = malloc(sizeof(*t));
    struct scope *s = scope_new();
    struct answering a = {.q = q, .t = t, .answer = ret};
    int r;

    *ret = (struct device_answer){.warnings = json_array()};
    r = t && s && ret->warnings ? platform_template(q->platform, t) : -ENOMEM;
    if (r == 0)
        r = put_all(&a, s);
    if (r == 0)
        r = write_answer(&a, s);
    if (r == 0)
        (void)text_printf(ret->file, sizeof(ret->file), "%s-%s",
                          q->tunnel ? q->tunnel->head.id : q->connection->head.id,
                          q->platform->file);
    scope_free(s);
    free(t);
    return r;
}
