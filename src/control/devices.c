#include "control_internal.h"
#include "device.h"
#include "words_json.h"

#include <stdlib.h>

/* Configuration for customers' devices. With the keys in it, it is as revealPsk for each of its
 * tunnels, and shows the BGP password of its connection: the audit log says so before the answer
 * leaves. */

struct devices {
    struct call *call;
    struct device_question q;
    struct prefix *cloud, *customer; /* owned */
    bool reveal, text;
    struct key {
        const struct model_vpn_tunnel *tunnel;
        char *psk; /* owned */
    } * keys;      /* owned */
    size_t key_count;
    char *bgp_password; /* owned */
};

static void done(struct devices *d)
{
    for (size_t i = 0; i < d->key_count; i++)
        secrets_free(d->keys[i].psk);
    free(d->keys);
    secrets_free(d->bgp_password);
    free(d->cloud);
    free(d->customer);
}

/* ---- what is asked ---- */

/* A parameter with two values; the first is what it is when it is not given. */
static int param_choice(struct call *call, const char *name, const char *const values[2],
                        const struct words *rule, bool *ret)
{
    const char *text = uri_param(&call->uri, name);

    if (text && strcmp(text, values[0]) != 0 && strcmp(text, values[1]) != 0)
        return model_error_set(&call->error, 400, "invalid-value", name, text, rule);
    *ret = text && strcmp(text, values[1]) == 0;
    return 0;
}

static int refuse_platform(struct call *call, const char *text)
{
    struct buf known = {0};
    int r;

    device_list_platforms(&known);
    r = model_error_set(&call->error, 400, text ? "invalid-value" : "required", "platform", text,
                        SAY(DEVICE_UNKNOWN_PLATFORM, buf_text(&known)));
    buf_done(&known);
    return r;
}

static int read_query(struct devices *d)
{
    static const char *const formats[2] = {"json", "text"}, *const reveals[2] = {"false", "true"};
    struct call *call = d->call;
    const char *platform = uri_param(&call->uri, "platform");
    int r = param_choice(call, "format", formats, SAY(DEVICE_FORMAT), &d->text);

    if (r == 0)
        r = param_choice(call, "reveal", reveals, SAY(DEVICE_REVEAL), &d->reveal);
    d->q.platform = platform ? device_find_platform(platform) : NULL;
    return r == 0 && !d->q.platform ? refuse_platform(call, platform) : r;
}

static int find_what(struct devices *d)
{
    const struct model_resource *found = resources_find(d->call);

    if (!found)
        return -ENOENT;
    d->q.s = d->call->seen;
    if (found->kind->id == MODEL_VPN_TUNNEL) {
        d->q.tunnel = (const struct model_vpn_tunnel *)found;
        d->q.connection =
            snapshot_get(d->q.s, MODEL_VPN_CONNECTION, d->q.tunnel->vpn_connection_id);
    } else {
        d->q.connection = (const struct model_vpn_connection *)found;
    }
    return d->q.connection ? 0 : -EBADMSG;
}

/* ---- the networks of both ends, as the gateway routes and the device knows them ---- */

static void sort_network(struct devices *d, const json_t *route, bool transit)
{
    const char *hop = model_str(route, "nextHopType");
    bool connection = strcmp(hop, "vpnConnection") == 0;
    struct prefix p;

    if (prefix_parse(model_str(route, "destination"), &p) < 0)
        return;
    if (connection && strcmp(model_str(route, "nextHop"), d->q.connection->head.id) == 0) {
        (void)plan_translate(d->q.connection, MODEL_SIDE_PEER, false, &p);
        d->customer[d->q.customer_count++] = p;
    } else if (strcmp(hop, "vpcAttachment") == 0 || (connection && transit)) {
        (void)plan_translate(d->q.connection, MODEL_SIDE_OWN, true, &p);
        d->cloud[d->q.cloud_count++] = p;
    }
}

static bool is_last(const struct prefix *nets, size_t count)
{
    return count > 1 && prefix_equal(&nets[count - 1], &nets[count - 2]);
}

static void prefer_named(const struct model_prefixes *named, const struct prefix **ret,
                         size_t *ret_count)
{
    if (!named->count)
        return;
    *ret = named->items;
    *ret_count = named->count;
}

static int find_networks(struct devices *d)
{
    const char *id = d->q.connection->border_gateway_id;
    const struct model_border_gateway *gateway = snapshot_get(d->q.s, MODEL_BORDER_GATEWAY, id);
    json_t *routes = NULL;
    const json_t *route;
    size_t i;
    int r = plan_gateway_routes(d->q.s, NULL, id, PLAN_EFFECTIVE, d->call->lang, NULL, &routes);

    if (r < 0)
        return r;
    d->cloud = calloc(json_array_size(routes) + 1, sizeof(*d->cloud));
    d->customer = calloc(json_array_size(routes) + 1, sizeof(*d->customer));
    if (!d->cloud || !d->customer)
        r = -ENOMEM;
    json_array_foreach (routes, i, route) {
        if (r < 0)
            break;
        sort_network(d, route, gateway->transit);
        /* In the order of destinations: equal ones, over several next hops, follow each other. */
        d->q.cloud_count -= is_last(d->cloud, d->q.cloud_count);
        d->q.customer_count -= is_last(d->customer, d->q.customer_count);
    }
    json_decref(routes);
    d->q.cloud = d->cloud;
    d->q.customer = d->customer;
    /* A policy-based device has what the connection names. */
    if (r == 0)
        prefer_named(&d->q.connection->local_selectors, &d->q.cloud, &d->q.cloud_count);
    if (r == 0)
        prefer_named(&d->q.connection->remote_selectors, &d->q.customer, &d->q.customer_count);
    return r;
}

/* ---- keys ---- */

static const char *psk_of(void *user, const struct model_vpn_tunnel *tunnel)
{
    const struct devices *d = user;

    for (size_t i = 0; i < d->key_count; i++) {
        if (d->keys[i].tunnel == tunnel)
            return d->keys[i].psk;
    }
    return NULL;
}

static int open_key(struct devices *d, const struct model_vpn_tunnel *tunnel)
{
    struct key *key = &d->keys[d->key_count];
    int r = reveal_open(d->call, tunnel, &key->psk);

    if (r == 0) {
        key->tunnel = tunnel;
        d->key_count++;
    }
    return r;
}

static int open_tunnels(struct devices *d)
{
    const char *id = d->q.connection->head.id;
    int r = 0;

    d->keys =
        calloc(1 + snapshot_count_linked(d->q.s, LINK_TUNNEL_CONNECTION, id), sizeof(*d->keys));
    if (!d->keys)
        return -ENOMEM;
    d->q.psk = psk_of;
    d->q.user = d;
    if (d->q.tunnel)
        return open_key(d, d->q.tunnel);
    snapshot_each_linked (struct model_vpn_tunnel, tunnel, it, d->q.s, LINK_TUNNEL_CONNECTION, id) {
        if (r == 0)
            r = open_key(d, tunnel);
    }
    return r;
}

static int open_password(struct devices *d)
{
    const struct model_vpn_connection *c = d->q.connection;
    int r = 0;

    if (c->routing == MODEL_ROUTING_BGP && c->bgp_password)
        r = reveal_open_bgp(d->call, c, &d->bgp_password);
    d->q.bgp_password = d->bgp_password;
    return r;
}

static int open_keys(struct devices *d)
{
    int r = d->reveal ? access_check(d->call, ROLE_OPERATOR, false) : 0; /* as for revealPsk */

    if (r == 0 && d->reveal)
        r = access_check_reveal(d->call);
    if (r < 0 || !d->reveal)
        return r;
    r = open_tunnels(d);
    return r < 0 ? r : open_password(d);
}

static void audit_one(const struct devices *d, struct batch *b, const char *action,
                      const struct model_resource *shown)
{
    json_t *note = json_pack("{s:s}", "projectId", shown->project_id);

    audit_add(b, d->call, action, shown->kind->name, d->call->region, shown->id, shown->name, note);
    json_decref(note);
}

static int audit_keys(struct devices *d)
{
    struct batch b = {0};
    struct commit *commit;
    int r;

    if (!d->key_count)
        return 0;
    for (size_t i = 0; i < d->key_count; i++)
        audit_one(d, &b, "revealPsk", &d->keys[i].tunnel->head);
    if (d->bgp_password)
        audit_one(d, &b, "revealBgpPassword", &d->q.connection->head);
    r = commit_new(NULL, NULL, NULL, &b, &commit);
    if (r == 0) {
        call_wait_for(d->call, commit);
        commit_send(d->call->c, commit);
        respond_header(d->call->res, "Cache-Control", "no-store");
    }
    batch_done(&b);
    return r;
}

/* ---- the answer ---- */

static json_t *describe(const struct device_platform *p, enum words_lang lang)
{
    bool statics = strstr(p->routing, "static"), bgp = strstr(p->routing, "bgp");

    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:o}", "platform", p->id, "name", p->name,
                     "writtenFor", p->written_for[lang], "documentation", p->documentation, "bgp",
                     bgp, "needsBgp", bgp && !statics, "notes", device_notes(p, lang));
}

static int respond_as_json(struct devices *d, const struct device_answer *a)
{
    json_t *out = describe(d->q.platform, d->call->lang);

    if (!out || json_object_set_new(out, "fileName", json_string(a->file)) < 0 ||
        json_object_set_new(out, "configuration",
                            json_stringn((const char *)a->text.data, a->text.len)) < 0 ||
        model_words_add_list(out, "warnings", a->warnings, d->call->lang) < 0) {
        json_decref(out);
        return -ENOMEM;
    }
    return respond_json(d->call, 200, out);
}

static int respond_as_text(struct devices *d, const struct device_answer *a)
{
    struct control_response *res = d->call->res;
    char header[160];

    buf_add(&res->body, a->text.data, a->text.len);
    if (res->body.failed)
        return -ENOMEM;
    (void)text_printf(header, sizeof(header), "attachment; filename=\"%s\"", a->file);
    respond_header(res, "Content-Disposition", header);
    res->status = 200;
    res->content_type = "text/plain; charset=utf-8";
    return 0;
}

static int configure(struct devices *d)
{
    struct device_answer a = {0};
    struct words_read read;
    int r = device_configure(&d->q, &a);

    if (r == -EDOM)
        r = model_error_set(&d->call->error, 409, "conflict", a.refused_field, NULL,
                            words_read(a.refusal, &read));
    if (r == 0)
        r = audit_keys(d);
    if (r == 0)
        r = d->text ? respond_as_text(d, &a) : respond_as_json(d, &a);
    device_answer_done(&a);
    return r;
}

int devices_configure(struct call *call)
{
    struct devices d = {.call = call};
    int r = find_what(&d);

    if (r == 0)
        r = read_query(&d);
    if (r == 0)
        r = find_networks(&d);
    if (r == 0)
        r = open_keys(&d);
    if (r == 0)
        r = configure(&d);
    done(&d);
    return r;
}

int devices_platforms(struct call *call)
{
    json_t *items = json_array();

    for (const struct device_platform *p = NULL; (p = device_next_platform(p));) {
        if (json_array_append_new(items, describe(p, call->lang)) < 0) {
            json_decref(items);
            return -ENOMEM;
        }
    }
    return respond_json(call, 200, json_pack("{s:o}", "items", items));
}
