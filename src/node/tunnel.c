/* A tunnel of the desired state as configuration of the data plane and of IKE. */
#include "desired.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "ident.h"
#include "model.h"
#include "routing_build.h"

static_assert(IDENT_TEXT_MAX == sizeof(((struct ipc_ident *)0)->text), "any identity fits");
static_assert(SECRET_MAX == IPC_PSK_MAX, "any key fits");

#define OUTER_MTU 1500 /* until path MTU discovery knows better */

/* RFC 7296, 3.3.2 and the IANA registry of IKEv2 transforms. */
static const struct {
    const char *name;
    struct ipc_cipher cipher;
} ciphers[] = {
    {"aes128", {12, 128}},         {"aes192", {12, 192}},      {"aes256", {12, 256}},
    {"aes128gcm16", {20, 128}},    {"aes192gcm16", {20, 192}}, {"aes256gcm16", {20, 256}},
    {"chacha20poly1305", {28, 0}},
};

static const struct {
    const char *name;
    uint16_t number;
} integrities[] = {{"sha1", 2}, {"sha256", 12}, {"sha384", 13}, {"sha512", 14}};

static int parse_cipher(const json_t *value, struct ipc_cipher *ret)
{
    for (size_t i = 0; json_is_string(value) && i < ARRAY_SIZE(ciphers); i++) {
        if (strcmp(json_string_value(value), ciphers[i].name) == 0) {
            *ret = ciphers[i].cipher;
            return 0;
        }
    }
    return -EINVAL;
}

static int parse_integrity(const json_t *value, uint16_t *ret)
{
    for (size_t i = 0; json_is_string(value) && i < ARRAY_SIZE(integrities); i++) {
        if (strcmp(json_string_value(value), integrities[i].name) == 0) {
            *ret = integrities[i].number;
            return 0;
        }
    }
    return -EINVAL;
}

static int parse_group(const json_t *value, uint16_t *ret)
{
    if (json_is_string(value) && strcmp(json_string_value(value), "none") == 0) {
        *ret = 0;
        return 0;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > UINT16_MAX)
        return -EINVAL;
    *ret = (uint16_t)json_integer_value(value);
    return 0;
}

/* "rot13" for a text, 4711 for a number: what an operator has to look for. */
static int unknown(struct desired_error *err, const char *group, const char *name,
                   const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    char field[48], shown[41];
    int r;

    snprintf(field, sizeof(field), "%s.%s", group, name);
    (void)text_copy(shown, sizeof(shown), text ? text : "?");
    r = desired_fail(err, SAY(NODE_ALGORITHM_UNKNOWN, field, shown));
    free(text);
    return r;
}

static int empty(struct desired_error *err, const char *group, const char *name)
{
    char field[32];

    snprintf(field, sizeof(field), "%s.%s", group, name);
    return desired_fail(err, SAY(NODE_FIELD_EMPTY, field));
}

static int parse_algorithms(const json_t *obj, const char *group, struct ipc_algs *ret,
                            struct desired_error *err)
{
    const json_t *list, *value;
    size_t i;

    if (desired_list(obj, "encryption", IPC_ALGS_MAX, &list, err) < 0)
        return -EBADMSG;
    json_array_foreach (list, i, value) {
        if (parse_cipher(value, &ret->ciphers[ret->n_ciphers++]) < 0)
            return unknown(err, group, "encryption", value);
    }
    if (desired_list(obj, "integrity", IPC_ALGS_MAX, &list, err) < 0)
        return -EBADMSG;
    json_array_foreach (list, i, value) {
        if (parse_integrity(value, &ret->integrity[ret->n_integrity++]) < 0)
            return unknown(err, group, "integrity", value);
    }
    if (desired_list(obj, "dhGroups", IPC_ALGS_MAX, &list, err) < 0)
        return -EBADMSG;
    json_array_foreach (list, i, value) {
        if (parse_group(value, &ret->groups[ret->n_groups++]) < 0)
            return unknown(err, group, "dhGroups", value);
    }
    if (!ret->n_ciphers || !ret->n_groups)
        return empty(err, group, ret->n_ciphers ? "dhGroups" : "encryption");
    return 0;
}

/* ML-KEM goes by names, whatever has a number in the API by that. */
static int parse_method(const json_t *value, uint16_t *ret)
{
    static const struct {
        const char *name;
        uint16_t number;
    } named[] = {{"mlkem512", 35}, {"mlkem768", 36}, {"mlkem1024", 37}};

    for (size_t i = 0; json_is_string(value) && i < ARRAY_SIZE(named); i++) {
        if (strcmp(json_string_value(value), named[i].name) == 0) {
            *ret = named[i].number;
            return 0;
        }
    }
    return parse_group(value, ret);
}

/* An older control plane does not speak of it. */
static int parse_additional(const json_t *obj, struct ipc_ike_tunnel *ret,
                            struct desired_error *err)
{
    const json_t *list, *value;
    size_t i;

    if (!json_object_get(obj, "additionalKeyExchanges"))
        return 0;
    if (desired_list(obj, "additionalKeyExchanges", IPC_ALGS_MAX, &list, err) < 0)
        return -EBADMSG;
    json_array_foreach (list, i, value) {
        if (parse_method(value, &ret->additional[ret->n_additional++]) < 0)
            return unknown(err, "ike", "additionalKeyExchanges", value);
    }
    return 0;
}

static int parse_ike(const json_t *tunnel, struct ipc_ike_tunnel *ret, struct desired_error *err)
{
    char mode[32] = "";
    const json_t *obj;
    uint64_t version, lifetime;

    if (desired_object(tunnel, "ike", &obj, err) < 0 ||
        desired_number(obj, "version", 2, &version, err) < 0 ||
        parse_algorithms(obj, "ike", &ret->ike, err) < 0 || parse_additional(obj, ret, err) < 0 ||
        desired_number(obj, "lifetimeSeconds", UINT32_MAX, &lifetime, err) < 0)
        return -EBADMSG;
    if (version < 1)
        return desired_fail(err, SAY(NODE_FIELD_ONE_OF, "ike.version", 1, 2));
    if (json_object_get(obj, "exchangeMode") &&
        desired_text(obj, "exchangeMode", mode, sizeof(mode), err) < 0)
        return -EBADMSG;
    ret->version = (uint8_t)version;
    ret->aggressive = version == 1 && strcmp(mode, "aggressive") == 0;
    ret->ike_lifetime_s = (uint32_t)lifetime;
    return 0;
}

static int parse_ipsec(const json_t *tunnel, struct ipc_ike_tunnel *ret, struct desired_error *err)
{
    uint64_t lifetime, bytes, packets, window;
    const json_t *obj;

    if (desired_object(tunnel, "ipsec", &obj, err) < 0 ||
        parse_algorithms(obj, "ipsec", &ret->child, err) < 0 ||
        desired_number(obj, "lifetimeSeconds", UINT32_MAX, &lifetime, err) < 0 ||
        desired_number(obj, "lifetimeBytes", INT64_MAX, &bytes, err) < 0 ||
        desired_number(obj, "lifetimePackets", INT64_MAX, &packets, err) < 0 ||
        desired_number(obj, "antiReplayWindow", 8192, &window, err) < 0 ||
        desired_bool(obj, "esn", &ret->esn, err) < 0 ||
        desired_bool(obj, "forceUdpEncap", &ret->force_encap, err) < 0)
        return -EBADMSG;
    ret->child_lifetime_s = (uint32_t)lifetime;
    ret->child_lifetime_bytes = bytes;
    ret->child_lifetime_packets = packets;
    ret->replay_window = (uint16_t)window;
    return 0;
}

static int parse_dpd(const json_t *tunnel, struct ipc_ike_tunnel *ret, struct desired_error *err)
{
    uint64_t interval, timeout;
    const json_t *obj;
    char action[32];

    if (desired_object(tunnel, "dpd", &obj, err) < 0 ||
        desired_bool(obj, "enabled", &ret->dpd, err) < 0 ||
        desired_number(obj, "intervalSeconds", UINT16_MAX, &interval, err) < 0 ||
        desired_number(obj, "timeoutSeconds", UINT16_MAX, &timeout, err) < 0 ||
        desired_text(obj, "action", action, sizeof(action), err) < 0)
        return -EBADMSG;
    ret->dpd_interval_s = (uint16_t)interval;
    ret->dpd_timeout_s = (uint16_t)timeout;
    ret->dpd_action = strcmp(action, "clear") == 0 ? 2 : 1;
    if (strcmp(action, "none") == 0)
        ret->dpd = false; /* to ask and then do nothing is the same as not to ask */
    else if (ret->dpd_action == 1 && strcmp(action, "restart") != 0)
        return desired_fail(err, SAY(NODE_FIELD_UNKNOWN, "dpd.action", action));
    return 0;
}

/* An empty identity is the tunnel's own address. */
static int parse_identity(const json_t *tunnel, const char *name, struct ipc_ident *ret,
                          struct desired_error *err)
{
    char text[IDENT_TEXT_MAX] = "";
    struct ident id;

    if (json_object_get(tunnel, name) && desired_text(tunnel, name, text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (!*text) {
        ret->kind = IPC_IDENT_ADDRESS;
        return 0;
    }
    if (ident_parse(text, &id) < 0)
        return desired_fail(err, SAY(NODE_FIELD_NO_IDENTITY, name, text));
    ret->kind = IPC_IDENT_WRITTEN;
    memcpy(ret->text, text, sizeof(text));
    return 0;
}

static int parse_psk(const json_t *tunnel, struct ipc_secret *ret, struct desired_error *err)
{
    const char *text = model_str(tunnel, "psk");
    size_t len;

    if (!*text)
        return desired_fail(err, SAY(NODE_FIELD_MISSING, "psk"));
    if (secret_read(text, ret->bytes, &len) < 0)
        return desired_fail(err, SAY(NODE_FIELD_NO_KEY, "psk"));
    ret->len = (uint16_t)len;
    return 0;
}

static int parse_pem(const json_t *tunnel, const char *name, uint8_t ret[IPC_PEM_MAX],
                     uint16_t *ret_len, struct desired_error *err)
{
    const json_t *value = json_object_get(tunnel, name);
    size_t len = json_string_length(value);

    if (len > IPC_PEM_MAX)
        return desired_fail(err, SAY(NODE_FIELD_TOO_MANY_BYTES, name, IPC_PEM_MAX));
    if (len)
        memcpy(ret, json_string_value(value), len);
    *ret_len = (uint16_t)len;
    return 0;
}

static int parse_credentials(const json_t *tunnel, struct desired_tunnel *ret,
                             struct desired_error *err)
{
    struct ipc_ike_credentials *c = calloc(1, sizeof(*c));

    if (!c)
        return -ENOMEM;
    ret->credentials = c; /* the tunnel's, whatever comes */
    ret->n_credentials = 1;
    (void)text_copy(c->tunnel, sizeof(c->tunnel), ret->dataplane.id);
    if (parse_pem(tunnel, "certificate", c->certificate, &c->certificate_len, err) < 0 ||
        parse_pem(tunnel, "privateKey", c->key, &c->key_len, err) < 0 ||
        parse_pem(tunnel, "caCertificates", c->ca, &c->ca_len, err) < 0 ||
        parse_pem(tunnel, "crl", c->crl, &c->crl_len, err) < 0)
        return -EBADMSG;
    if (!c->key_len)
        return desired_fail(err, SAY(NODE_FIELD_MISSING, "privateKey"));
    ret->credentials_are = hash_bytes(c, sizeof(*c), 0);
    return 0;
}

/* The key before, which ropewayd tells while it counts. */
static int parse_key_before(const json_t *tunnel, struct ipc_ike_tunnel *ret,
                            struct desired_error *err)
{
    size_t len;

    if (!json_object_get(tunnel, "pskBefore"))
        return 0;
    if (secret_read(model_str(tunnel, "pskBefore"), ret->psk_before.bytes, &len) < 0)
        return desired_fail(err, SAY(NODE_FIELD_NO_KEY, "pskBefore"));
    ret->psk_before.len = (uint16_t)len;
    return desired_number(tunnel, "pskBeforeUntil", INT64_MAX, &ret->psk_before_until_us, err);
}

/* How long what proved the peer counts after a change. A ropewayd of before does not say. */
static int parse_overlap(const json_t *tunnel, struct ipc_ike_tunnel *ret,
                         struct desired_error *err)
{
    uint64_t overlap = 0;

    if (json_object_get(tunnel, "pskOverlapSeconds") &&
        desired_number(tunnel, "pskOverlapSeconds", UINT32_MAX, &overlap, err) < 0)
        return -EBADMSG;
    ret->psk_overlap_s = (uint32_t)overlap;
    return 0;
}

/* A ropewayd of before says nothing of authentication. */
static int parse_proof(const json_t *tunnel, struct desired_tunnel *ret, struct desired_error *err)
{
    const char *method = json_string_value(json_object_get(tunnel, "authentication"));

    if (parse_overlap(tunnel, &ret->ike, err) < 0)
        return -EBADMSG;
    if (method && strcmp(method, "certificate") == 0)
        return parse_credentials(tunnel, ret, err);
    if (parse_psk(tunnel, &ret->ike.psk, err) < 0)
        return -EBADMSG;
    return parse_key_before(tunnel, &ret->ike, err);
}

static int parse_admin_state(const json_t *tunnel, bool *ret, struct desired_error *err)
{
    char text[32];

    if (desired_text(tunnel, "adminState", text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (strcmp(text, "up") != 0 && strcmp(text, "down") != 0)
        return desired_fail(err, SAY(NODE_FIELD_ONE_OF, "adminState", "up", "down"));
    *ret = strcmp(text, "up") == 0;
    return 0;
}

/* A ropewayd of before drains no node. */
static int parse_drained(const json_t *tunnel, bool *ret, struct desired_error *err)
{
    *ret = false;
    return json_object_get(tunnel, "drained") ? desired_bool(tunnel, "drained", ret, err) : 0;
}

static int parse_inner(const json_t *obj, struct desired_tunnel *ret, struct desired_error *err)
{
    struct ipc_tunnel *dp = &ret->dataplane;
    char text[PREFIX_TEXT_MAX];
    struct prefix link;
    uint64_t mtu;

    if (desired_text(obj, "tunnelAddress", text, sizeof(text), err) < 0)
        return -EBADMSG;
    if (model_parse_interface(text, &dp->inner_local, &link) < 0)
        return desired_fail(err, SAY(NODE_FIELD_NO_INTERFACE_ADDRESS, "tunnelAddress", text));
    if (desired_addr(obj, "peerTunnelAddress", &dp->inner_remote, err) < 0 ||
        desired_number(obj, "mtu", UINT16_MAX, &mtu, err) < 0 ||
        desired_bool(obj, "mssClamp", &dp->mss_clamp, err) < 0)
        return -EBADMSG;
    ret->inner_len = link.len;
    dp->mtu = (uint16_t)mtu;
    dp->outer_mtu = OUTER_MTU;
    return 0;
}

static int parse_translation(const json_t *obj, struct ipc_translation *ret,
                             struct desired_error *err)
{
    char side[32];

    if (desired_text(obj, "side", side, sizeof(side), err) < 0 ||
        desired_prefix(obj, "prefix", &ret->prefix, err) < 0 ||
        desired_prefix(obj, "seenAs", &ret->seen_as, err) < 0)
        return -EBADMSG;
    if (strcmp(side, "own") != 0 && strcmp(side, "peer") != 0)
        return desired_fail(err, SAY(NODE_FIELD_ONE_OF, "side", "own", "peer"));
    if (ret->prefix.addr.family != ret->seen_as.addr.family || ret->prefix.len != ret->seen_as.len)
        return desired_fail(err, SAY(VALUE_TRANSLATION_LENGTH, ret->prefix.len));
    ret->side = strcmp(side, "own") == 0 ? IPC_SIDE_OWN : IPC_SIDE_PEER;
    return 0;
}

static int parse_translations(const json_t *tunnel, struct ipc_tunnel *ret,
                              struct desired_error *err)
{
    const json_t *list, *item;
    size_t i;

    if (!json_object_get(tunnel, "translations"))
        return 0;
    if (desired_list(tunnel, "translations", IPC_TRANSLATIONS_MAX, &list, err) < 0)
        return -EBADMSG;
    json_array_foreach (list, i, item) {
        if (parse_translation(item, &ret->translations[ret->n_translations++], err) < 0)
            return -EBADMSG;
    }
    return 0;
}

/* Everything if it is not there: the node fills that in. */
static int parse_selectors(const json_t *tunnel, const char *name, struct prefix ret[IPC_TS_MAX],
                           uint16_t *ret_n, struct desired_error *err)
{
    const json_t *list, *item;
    size_t i;

    if (!json_object_get(tunnel, name))
        return 0;
    if (desired_list(tunnel, name, IPC_TS_MAX, &list, err) < 0)
        return -EBADMSG;
    json_array_foreach (list, i, item) {
        const char *text = json_string_value(item);

        if (!text || prefix_parse(text, &ret[i]) < 0)
            return desired_fail(err, SAY(NODE_FIELD_NO_PREFIX, name, text ? text : ""));
    }
    *ret_n = (uint16_t)json_array_size(list);
    return 0;
}

bool desired_translate(const struct ipc_tunnel *tunnel, uint8_t side, bool as_seen,
                       struct prefix *p)
{
    for (uint16_t i = 0; i < tunnel->n_translations; i++) {
        const struct ipc_translation *t = &tunnel->translations[i];

        if (t->side == side && routing_translate(as_seen ? &t->prefix : &t->seen_as,
                                                 as_seen ? &t->seen_as : &t->prefix, p))
            return true;
    }
    return false;
}

static int parse_bgp(const json_t *obj, struct desired_tunnel *ret, struct desired_error *err)
{
    int r = desired_bgp_parse(obj, &ret->bgp, err);

    ret->n_bgp = ret->bgp ? 1 : 0;
    return r;
}

int desired_tunnel_parse(const char *id, const json_t *obj, struct desired_tunnel *ret,
                         struct desired_error *err)
{
    struct ipc_tunnel *dp = &ret->dataplane;
    struct ipc_ike_tunnel *ike = &ret->ike;

    if (text_copy(dp->id, sizeof(dp->id), id) < 0)
        return desired_fail(err, SAY(NODE_FIELD_TOO_LONG, "id", sizeof(dp->id) - 1));
    if (desired_text(obj, "name", ike->name, sizeof(ike->name), err) < 0 ||
        desired_text(obj, "connection", dp->connection, sizeof(dp->connection), err) < 0 ||
        desired_text(obj, "gateway", ret->gateway, sizeof(ret->gateway), err) < 0 ||
        desired_number(obj, "generation", INT64_MAX, &ret->generation, err) < 0 ||
        parse_admin_state(obj, &dp->admin_up, err) < 0 ||
        parse_drained(obj, &ret->drained, err) < 0 ||
        desired_addr(obj, "cloudAddress", &ike->local, err) < 0 ||
        desired_addr(obj, "customerAddress", &ike->remote, err) < 0 ||
        parse_identity(obj, "localId", &ike->local_id, err) < 0 ||
        parse_identity(obj, "remoteId", &ike->remote_id, err) < 0 ||
        parse_inner(obj, ret, err) < 0 || parse_proof(obj, ret, err) < 0 ||
        parse_ike(obj, ike, err) < 0 || parse_ipsec(obj, ike, err) < 0 ||
        parse_dpd(obj, ike, err) < 0 ||
        desired_probe_parse(obj, &dp->probe_ms, &dp->probe_count, err) < 0 ||
        parse_translations(obj, dp, err) < 0 ||
        parse_selectors(obj, "localSelectors", ike->local_ts, &ike->n_local_ts, err) < 0 ||
        parse_selectors(obj, "remoteSelectors", ike->remote_ts, &ike->n_remote_ts, err) < 0 ||
        desired_bool(obj, "initiate", &ike->initiate, err) < 0)
        return -EBADMSG;
    memcpy(ike->id, dp->id, sizeof(ike->id));
    ike->admin_up = dp->admin_up;
    return parse_bgp(obj, ret, err);
}
