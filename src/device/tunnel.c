#include "answering.h"
#include "ident.h"

/* One tunnel as the device has it: what is local to us is remote to it. */

/* What passes with any cipher inside of UDP over a path of 1500 bytes. */
enum { MTU_OUTER_V4 = 1400, MTU_OUTER_V6 = 1380, HEADERS_V4 = 40, HEADERS_V6 = 60 };

static void put_addr(struct scope *s, enum device_field field, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];

    scope_text(s, field, addr_format(a, text));
}

/* ---- identities ---- */

/* What a device is told beside the type: text for an address and a DN, else the bytes. */
static bool put_value(struct scope *s, enum device_field field, const struct ident *id)
{
    struct addr a = {.family = id->type == IDENT_IPV6 ? ADDR_IPV6 : ADDR_IPV4};
    char dn[IDENT_TEXT_MAX];

    if (id->type == IDENT_DN) {
        if (!dn_format(id->data, id->len, dn, sizeof(dn)))
            return false;
        scope_text(s, field, dn);
    } else if (id->type == IDENT_IPV4 || id->type == IDENT_IPV6) {
        if (id->len != addr_len(&a))
            return false;
        memcpy(a.bytes, id->data, id->len);
        put_addr(s, field, &a);
    } else {
        scope_bytes(s, field, (const char *)id->data, id->len);
    }
    return true;
}

/* text, type, value and whether it is an address are four fields in a row. */
static int put_identity(struct answering *a, struct scope *s, enum device_field text,
                        const char *identity)
{
    const char *member = device_field_member(text), *type;
    char written[IDENT_TEXT_MAX];
    const struct slice *name;
    struct ident id;

    if (!identity || ident_parse(identity, &id) < 0)
        return answering_refuse(a, member, SAY(DEVICE_IDENTITY_UNREADABLE, member));
    type = ident_type_name(id.type);
    name = type ? template_maps(a->t, NULL, "id", type) : NULL;
    if (!name || !put_value(s, text + 2, &id))
        return answering_refuse(a, member,
                                SAY(DEVICE_NO_IDENTITY, a->q->platform->name,
                                    type ? type : ident_format(id.type, id.data, id.len, written),
                                    member));
    scope_text(s, text, ident_format(id.type, id.data, id.len, written));
    scope_bytes(s, text + 1, name->at, name->len);
    scope_flag(s, text + 3, id.type == IDENT_IPV4 || id.type == IDENT_IPV6);
    return 0;
}

static int put_identities(struct answering *a, const struct model_vpn_tunnel *t, struct scope *s)
{
    int r = put_identity(a, s, DEVICE_CLOUD_ID, t->local_id);

    return r < 0 ? r : put_identity(a, s, DEVICE_DEVICE_ID, t->remote_id);
}

/* ---- addresses ---- */

static int put_outer(struct answering *a, const struct model_vpn_tunnel *t, struct scope *s)
{
    bool v6 = t->cloud_address.family == ADDR_IPV6;

    if (!template_says(a->t, TEMPLATE_OUTER, v6 ? "6" : "4"))
        return answering_refuse(
            a, "cloudAddress",
            SAY(DEVICE_NO_FAMILY, a->q->platform->name, v6 ? "IPv6" : "IPv4", &t->cloud_address));
    put_addr(s, DEVICE_CLOUD_ADDRESS, &t->cloud_address);
    if (!addr_is_any(&t->customer_address))
        put_addr(s, DEVICE_DEVICE_ADDRESS, &t->customer_address);
    else
        answering_warn(a, SAY(DEVICE_ADDRESS_CHANGES, t->head.name));
    scope_flag(s, DEVICE_V6, v6);
    return 0;
}

static void put_inner(const struct model_vpn_tunnel *t, struct scope *s)
{
    struct prefix net = model_interface_prefix(&t->tunnel_address);
    struct addr mask = prefix_mask(&net);
    char text[PREFIX_TEXT_MAX];

    if (t->tunnel_address.addr.family == ADDR_NONE)
        return;
    put_addr(s, DEVICE_INNER_CLOUD, &t->tunnel_address.addr);
    put_addr(s, DEVICE_INNER_DEVICE, &t->peer_tunnel_address);
    scope_number(s, DEVICE_INNER_LENGTH, net.len);
    put_addr(s, DEVICE_INNER_MASK, &mask);
    scope_text(s, DEVICE_INNER_NETWORK, prefix_format(&net, text));
    scope_flag(s, DEVICE_INNER_V6, net.addr.family == ADDR_IPV6);
}

static void put_sizes(const struct model_vpn_tunnel *t, struct scope *s)
{
    bool v6 = t->cloud_address.family == ADDR_IPV6;
    uint64_t mtu = t->mtu ? (uint64_t)t->mtu : v6 ? MTU_OUTER_V6 : MTU_OUTER_V4;

    scope_number(s, DEVICE_MTU, mtu);
    if (t->mss_clamp)
        scope_number(s, DEVICE_MSS,
                     mtu - (t->tunnel_address.addr.family == ADDR_IPV6 ? HEADERS_V6 : HEADERS_V4));
}

/* ---- the key ---- */

/* One that says where it is; every escape can say it. */
static void put_key(struct answering *a, const struct model_vpn_tunnel *t, struct scope *s)
{
    uint8_t bytes[SECRET_MAX];
    char placeholder[96];
    size_t len;

    if (a->q->psk && secret_read(a->q->psk(a->q->user, t), bytes, &len) == 0) {
        scope_bytes(s, DEVICE_PSK, (const char *)bytes, len);
        explicit_bzero(bytes, sizeof(bytes));
        return;
    }
    (void)text_printf(placeholder, sizeof(placeholder), "reveal_psk_of_%s", t->head.id);
    for (char *c = placeholder; *c; c++)
        *c = *c == '-' ? '_' : *c;
    scope_text(s, DEVICE_PSK, placeholder);
}

/* ---- IKE and ESP ---- */

static int put_ike(struct answering *a, const struct model_vpn_tunnel *t, struct scope *s)
{
    bool v1 = t->ike.version == 1;

    if (!template_says(a->t, TEMPLATE_IKE, v1 ? "1" : "2"))
        return answering_refuse(a, "ike.version",
                                SAY(DEVICE_NO_IKE, a->q->platform->name, v1 ? "IKEv1" : "IKEv2"));
    scope_flag(s, DEVICE_IKEV1, v1);
    scope_flag(s, DEVICE_IKEV2, !v1);
    scope_flag(s, DEVICE_AGGRESSIVE, v1 && t->ike.exchange_mode == 2);
    scope_number(s, DEVICE_IKE_LIFETIME, (uint64_t)t->ike.lifetime_s);
    scope_number(s, DEVICE_IKE_HOURS, MAX((uint64_t)t->ike.lifetime_s / 3600, 1));
    scope_number(s, DEVICE_IKE_REKEY, (uint64_t)t->ike.lifetime_s / 10 * 9);
    return 0;
}

static void put_esp(const struct model_vpn_tunnel *t, struct scope *s)
{
    const struct model_ipsec *esp = &t->ipsec;

    scope_number(s, DEVICE_ESP_LIFETIME, (uint64_t)esp->lifetime_s);
    scope_number(s, DEVICE_ESP_REKEY, (uint64_t)esp->lifetime_s / 10 * 9);
    if (esp->lifetime_bytes) {
        scope_number(s, DEVICE_ESP_BYTES, (uint64_t)esp->lifetime_bytes);
        scope_number(s, DEVICE_ESP_KILOBYTES, MAX((uint64_t)esp->lifetime_bytes / 1024, 1));
    }
    if (esp->lifetime_packets)
        scope_number(s, DEVICE_ESP_PACKETS, (uint64_t)esp->lifetime_packets);
    scope_number(s, DEVICE_ESP_WINDOW, (uint64_t)esp->anti_replay_window);
    scope_flag(s, DEVICE_ESP_ESN, esp->esn);
    scope_flag(s, DEVICE_ENCAP, esp->force_udp_encap);
}

static void put_dpd(const struct model_vpn_tunnel *t, struct scope *s)
{
    if (!t->dpd.enabled)
        return;
    scope_number(s, DEVICE_DPD_INTERVAL, (uint64_t)t->dpd.interval_s);
    scope_number(s, DEVICE_DPD_TIMEOUT, (uint64_t)t->dpd.timeout_s);
    scope_number(s, DEVICE_DPD_RETRIES,
                 MAX((uint64_t)(t->dpd.timeout_s / MAX(t->dpd.interval_s, 1)), 2));
}

int put_tunnel(struct answering *a, const struct model_vpn_tunnel *t, struct scope *s)
{
    int r;

    scope_text(s, DEVICE_TUNNEL_ID, t->head.id);
    scope_text(s, DEVICE_TUNNEL_NAME, t->head.name);
    r = put_outer(a, t, s);
    if (r == 0)
        r = put_ike(a, t, s);
    if (r == 0)
        r = put_identities(a, t, s);
    if (r == 0)
        r = put_algorithms(a, t, s);
    put_inner(t, s);
    put_sizes(t, s);
    put_key(a, t, s);
    put_esp(t, s);
    put_dpd(t, s);
    scope_flag(s, DEVICE_WAITS, !t->initiate);
    return r;
}
