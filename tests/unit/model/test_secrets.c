#include "world.h"
#include "../said.h"

#include <stdio.h>

#include "../pki.h"

/* Pre-shared keys: in clear for whoever gave or asked for them, sealed in what is stored. */

struct net {
    struct world w;
    const char *connection;
};

static int setup(void **state)
{
    static struct net n;
    const char *gateway, *customer;

    world_init(&n.w);
    gateway = make(&n.w, MODEL_BORDER_GATEWAY, "{}");
    customer = make(&n.w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.1', '192.0.2.2']}");
    n.connection = make(&n.w, MODEL_VPN_CONNECTION,
                        "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}", gateway, customer);
    *state = &n;
    return 0;
}

static int teardown(void **state)
{
    struct net *n = *state;

    world_done(&n->w);
    return 0;
}

static const struct model_vpn_tunnel *tunnel(struct net *n, const char *id)
{
    return snapshot_get(n->w.regions[0], MODEL_VPN_TUNNEL, id);
}

/* What the request is told of secrets; the resource's id is lent. */
static const char *create(struct net *n, const char *json, json_t **ret_secrets)
{
    struct model_changes changes = {0};
    json_t *in = parse(json), *id;

    json_object_set_new(in, "vpnConnectionId", json_string(n->connection));
    assert_int_equal(0, model_create(n->w.regions[0], &n->w.env, model_kind(MODEL_VPN_TUNNEL), in,
                                     &changes, &n->w.error));
    *ret_secrets = json_deep_copy(changes.secrets);
    id = json_string(changes.items[0].after->id);
    json_array_append_new(n->w.lent, id);
    world_apply(&n->w, &changes);
    json_decref(in);
    return json_string_value(id);
}

static size_t update(struct net *n, const char *id, const char *json, json_t **ret_secrets)
{
    struct model_changes changes = {0};
    json_t *patch = parse(json);

    assert_int_equal(0, model_update(n->w.regions[0], &n->w.env, &tunnel(n, id)->head, patch,
                                     &changes, &n->w.error));
    *ret_secrets = json_deep_copy(changes.secrets);
    world_apply(&n->w, &changes);
    json_decref(patch);
    return n->w.last;
}

static void assert_sealed(struct net *n, const char *id, const char *clear)
{
    char want[128];

    snprintf(want, sizeof(want), "sealed:%s/psk:%s", id, clear);
    assert_string_equal(want, tunnel(n, id)->psk);
}

/* The key before stands behind it, with the time. */
static void assert_sealed_after(struct net *n, const char *id, const char *clear,
                                const char *before)
{
    const char *stored = strstr(tunnel(n, id)->psk, "psk:") + strlen("psk:");
    char kept[SECRET_TEXT_MAX];
    uint64_t changed_us = 0;

    assert_int_equal(strlen(clear), model_key_len(stored));
    assert_memory_equal(clear, stored, strlen(clear));
    assert_true(model_key_before(stored, kept, &changed_us));
    assert_string_equal(before, kept);
    assert_true(changed_us > 0);
}

static void test_only_the_sealed_form_is_stored(void **state)
{
    struct net *n = *state;
    json_t *secrets;
    const char *id = create(n, "{'psk': 'correct horse'}", &secrets);

    assert_sealed(n, id, "correct horse");
    assert_string_equal("correct horse", model_str(secrets, "psk"));
    json_decref(secrets);
    id = create(n, "{}", &secrets); /* made for it */
    assert_sealed(n, id, model_str(secrets, "psk"));
    assert_int_equal(32, strlen(model_str(secrets, "psk")));
    json_decref(secrets);
}

static void test_a_copied_key_is_sealed_anew_and_not_told(void **state)
{
    struct net *n = *state;
    json_t *secrets;
    char text[96];
    const char *one = create(n, "{'psk': 'correct horse'}", &secrets), *two;

    json_decref(secrets);
    snprintf(text, sizeof(text), "{'copyParametersFrom': '%s'}", one);
    two = create(n, text, &secrets);
    assert_sealed(n, two, "correct horse");
    assert_null(secrets);
    snprintf(text, sizeof(text), "{'copyParametersFrom': '%s', 'psk': 'battery staple'}", one);
    two = create(n, text, &secrets);
    assert_sealed(n, two, "battery staple");
    assert_string_equal("battery staple", model_str(secrets, "psk"));
    json_decref(secrets);
}

static void test_a_key_that_does_not_open(void **state)
{
    struct net *n = *state;
    json_t *secrets;
    const char *one = create(n, "{'psk': 'correct horse'}", &secrets);

    json_decref(secrets);
    n->w.key_lost = true;
    assert_int_equal(409, refuse(&n->w, MODEL_VPN_TUNNEL,
                                 "{'vpnConnectionId': '%s', 'copyParametersFrom': '%s'}",
                                 n->connection, one));
    assert_string_equal("copyParametersFrom", n->w.error.field);
    assert_non_null(strstr(said(n->w.error.rule), "seal.key"));
    n->w.key_missing = true; /* one that says which it wants */
    assert_int_equal(409, refuse(&n->w, MODEL_VPN_TUNNEL,
                                 "{'vpnConnectionId': '%s', 'copyParametersFrom': '%s'}",
                                 n->connection, one));
    assert_string_equal("copyParametersFrom", n->w.error.field);
    assert_non_null(strstr(said(n->w.error.rule), "key 0123456789ab"));
    n->w.key_missing = false;
    make(&n->w, MODEL_VPN_TUNNEL,
         "{'vpnConnectionId': '%s', 'copyParametersFrom': '%s', 'psk': 'battery staple'}",
         n->connection, one);
    /* All else may change; the same key again is a new one, since nobody can tell. */
    assert_int_equal(1, update(n, one, "{'description': 'x'}", &secrets));
    assert_null(secrets);
    assert_sealed(n, one, "correct horse");
    assert_int_equal(1, update(n, one, "{'psk': 'battery staple'}", &secrets));
    assert_string_equal("battery staple", model_str(secrets, "psk"));
    assert_sealed(n, one, "battery staple");
    json_decref(secrets);
}

/* The first key that it leads to begins as an encoding of other programs does. */
static void tempting_random(void *ret, size_t len)
{
    static bool tempted;
    uint8_t *bytes = ret;

    memset(bytes, 52, len); /* '0' of the alphabet of keys */
    if (len == 32 && !tempted) {
        bytes[1] = 49; /* 'x' */
        tempted = true;
    }
}

static void test_a_made_key_is_a_text_to_everybody(void **state)
{
    struct net *n = *state;
    json_t *secrets;

    n->w.env.random = tempting_random;
    (void)create(n, "{}", &secrets);
    assert_string_equal("00000000000000000000000000000000", model_str(secrets, "psk"));
    json_decref(secrets);
}

static void test_changes_of_a_key(void **state)
{
    struct net *n = *state;
    json_t *secrets;
    char text[96];
    const char *id = create(n, "{'psk': 'correct horse'}", &secrets);

    json_decref(secrets);
    assert_int_equal(0, update(n, id, "{'psk': 'correct horse'}", &secrets));
    assert_null(secrets);
    assert_int_equal(1, update(n, id, "{'psk': 'correct horse', 'name': 'x'}", &secrets));
    assert_null(secrets);
    assert_int_equal(1, update(n, id, "{'psk': 'correct horsE'}", &secrets));
    assert_string_equal("correct horsE", model_str(secrets, "psk"));
    assert_sealed_after(n, id, "correct horsE", "correct horse");
    json_decref(secrets);
    snprintf(text, sizeof(text), "{'copyParametersFrom': '%s'}", id);
    assert_sealed(n, create(n, text, &secrets), "correct horsE"); /* and nothing else */
    json_decref(secrets);
    assert_int_equal(1, update(n, id, "{'psk': 'battery staple'}", &secrets));
    assert_sealed_after(n, id, "battery staple", "correct horsE");
    json_decref(secrets);
    assert_int_equal(1,
                     update(n, id, "{'psk': 'correct horse', 'pskOverlapSeconds': 0}", &secrets));
    assert_sealed(n, id, "correct horse");
    json_decref(secrets);
    assert_int_equal(400, change(&n->w, id, "{'psk': null}"));
    assert_int_equal(400, change(&n->w, id, "{'psk': 'short'}"));
    assert_string_equal("", n->w.error.value);
    assert_null(strstr(said(n->w.error.rule), "short"));
}

/* ---- the password of BGP ---- */

static const char *password(struct net *n)
{
    const struct model_vpn_connection *c =
        snapshot_get(n->w.regions[0], MODEL_VPN_CONNECTION, n->connection);

    return c->bgp_password;
}

static void test_the_password_of_bgp_is_never_told(void **state)
{
    struct net *n = *state;
    const struct model_resource *c =
        snapshot_get(n->w.regions[0], MODEL_VPN_CONNECTION, n->connection);
    struct model_changes changes = {0};
    json_t *patch = parse("{'bgpPassword': 'pass word'}"), *shown;
    char want[128];

    assert_null(password(n));
    assert_int_equal(0, model_update(n->w.regions[0], &n->w.env, c, patch, &changes, &n->w.error));
    assert_null(changes.secrets);
    world_apply(&n->w, &changes);
    json_decref(patch);
    snprintf(want, sizeof(want), "sealed:%s/bgpPassword:pass word", n->connection);
    assert_string_equal(want, password(n));
    c = snapshot_get(n->w.regions[0], MODEL_VPN_CONNECTION, n->connection);
    shown = model_view(c, NULL, NULL);
    assert_null(json_object_get(shown, "bgpPassword"));
    json_decref(shown);
    /* It stays with other changes, and goes with an empty one. */
    assert_int_equal(0, change(&n->w, n->connection, "{'bgp': {'prepend': 1}}"));
    assert_string_equal(want, password(n));
    assert_int_equal(0, change(&n->w, n->connection, "{'bgpPassword': ''}"));
    assert_null(password(n));
}

/* ---- certificates ---- */

/* A root and a certificate of its own key, as texts; freed with forget_pems(). */
struct pems {
    char *ca, *cert, *key, *other_key;
};

static struct pems make_pems(int64_t until_s)
{
    EVP_PKEY *ca_key = pki_key(PKI_P256), *key = pki_key(PKI_ED25519);
    X509 *ca = pki_cert(&(struct pki_order){.cn = "ca", .from_s = -20 * PKI_YEAR, .ca = true},
                        ca_key, NULL, ca_key);
    X509 *cert = pki_cert(&(struct pki_order){.cn = "cloud",
                                              .from_s = -20 * PKI_YEAR,
                                              .until_s = until_s,
                                              .san = "DNS:cloud.example"},
                          key, ca, ca_key);
    struct pems p = {pki_cert_pem(ca, NULL), pki_cert_pem(cert, NULL), pki_key_pem(key, NULL),
                     pki_key_pem(ca_key, NULL)};

    X509_free(ca);
    X509_free(cert);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    return p;
}

static void forget_pems(struct pems *p)
{
    free(p->ca);
    free(p->cert);
    free(p->key);
    free(p->other_key);
}

/* The status of the answer to a patch of these members; NULL leaves one out. */
static int certify(struct net *n, const char *id, const struct pems *p, const char *key,
                   const char *local_id)
{
    json_t *patch =
        json_pack("{s:s, s:s, s:s*, s:s, s:s*}", "authentication", "certificate", "certificate",
                  p->cert, "privateKey", key, "caCertificates", p->ca, "localId", local_id);
    struct model_changes changes = {0};
    int r = model_update(n->w.regions[0], &n->w.env, &tunnel(n, id)->head, patch, &changes,
                         &n->w.error);

    json_decref(patch);
    if (r < 0)
        return n->w.error.status;
    assert_null(changes.secrets);
    world_apply(&n->w, &changes);
    return 0;
}

static void test_a_private_key_is_sealed_and_never_told(void **state)
{
    struct net *n = *state;
    json_t *secrets, *shown;
    const char *id = create(n, "{'psk': 'correct horse'}", &secrets);
    struct pems p = make_pems(10 * PKI_YEAR);
    const struct model_vpn_tunnel *t;

    assert_int_equal(certify(n, id, &p, p.key, NULL), 0);
    t = tunnel(n, id);
    assert_string_equal(t->certificate, p.cert);
    assert_true(text_starts_with(t->private_key, "sealed:"));
    assert_sealed(n, id, "correct horse");
    shown = model_view(&t->head, NULL, NULL);
    assert_null(json_object_get(shown, "privateKey"));
    assert_string_equal(model_str(shown, "authentication"), "certificate");
    json_decref(shown);
    /* It stays with other changes, and cannot go while it is needed. */
    assert_int_equal(0, change(&n->w, id, "{'name': 'x'}"));
    assert_true(text_starts_with(tunnel(n, id)->private_key, "sealed:"));
    assert_int_equal(400, change(&n->w, id, "{'privateKey': ''}"));
    assert_int_equal(400, change(&n->w, id, "{'caCertificates': null}"));
    assert_int_equal(400, change(&n->w, id, "{'ike': {'version': 1}}"));
    assert_int_equal(0, change(&n->w, id, "{'authentication': 'psk', 'privateKey': ''}"));
    assert_null(tunnel(n, id)->private_key);
    json_decref(secrets);
    forget_pems(&p);
}

static void test_credentials_that_do_not_fit_are_refused(void **state)
{
    struct net *n = *state;
    json_t *secrets;
    const char *id = create(n, "{'psk': 'correct horse'}", &secrets);
    struct pems good = make_pems(10 * PKI_YEAR), over = make_pems(-15 * PKI_YEAR);

    assert_int_equal(certify(n, id, &good, NULL, NULL), 400);
    assert_string_equal(n->w.error.field, "privateKey");
    assert_int_equal(certify(n, id, &good, good.other_key, NULL), 400);
    assert_string_equal(n->w.error.field, "privateKey");
    assert_int_equal(certify(n, id, &good, "hunter2", NULL), 400);
    assert_string_equal(n->w.error.field, "privateKey");
    assert_int_equal(certify(n, id, &over, over.key, NULL), 400);
    assert_string_equal(n->w.error.field, "certificate");
    assert_int_equal(certify(n, id, &good, good.key, "other.example"), 400);
    assert_string_equal(n->w.error.field, "localId");
    assert_int_equal(certify(n, id, &good, good.key, "cloud.example"), 0);
    json_decref(secrets);
    forget_pems(&good);
    forget_pems(&over);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_only_the_sealed_form_is_stored),
        T(test_a_copied_key_is_sealed_anew_and_not_told),
        T(test_a_key_that_does_not_open),
        T(test_a_made_key_is_a_text_to_everybody),
        T(test_changes_of_a_key),
        T(test_the_password_of_bgp_is_never_told),
        T(test_a_private_key_is_sealed_and_never_told),
        T(test_credentials_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
