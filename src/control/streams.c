#include "trials.h"

#include <stdio.h>
#include <stdlib.h>

/* The desired state of a node, as pages of what it has not seen (docs/protocol.md). */

#define PAGE_BYTES (256 * 1024)

/* One page being put together. */
struct page {
    struct call *call;
    struct node_state *node;
    struct buf put, gone; /* elements of the lists, with commas */
    struct buf tests;     /* the member of this name, if it has news */
    uint64_t seen_tests;  /* where the list of tests stood before that was made */
    struct buf delivered; /* ids of tunnels whose psk is given to the node for the first time */
    uint64_t version;
    bool more, hide;
    int failed;
};

/* ---- keys ---- */

/* Notes that the node is given the secrets of this tunnel: its key, of whatever kind, and its
 * password. */
static int note_key(struct page *p, const char *tunnel, const char *psk, const char *password)
{
    static const struct pmap_type set_type = {0};
    static char here;
    char name[STORE_NAME_MAX + 32];
    /* Another key of the same tunnel is delivered anew. */
    int len = snprintf(name, sizeof(name), "%s %016" PRIx64, tunnel,
                       hash_bytes(password, strlen(password), hash_bytes(psk, strlen(psk), 0)));

    if (pmap_get(p->node->keys, name, (size_t)len))
        return 0;
    buf_printf(&p->delivered, "%s%s", p->delivered.len ? " " : "", tunnel);
    return pmap_put(&set_type, &p->node->keys, name, (size_t)len, &here, 1);
}

/* Leaves the key of now in clear, and says the one before while it counts. */
static void tell_key_before(struct page *p, json_t *tunnel, char *clear)
{
    uint64_t overlap_us = (uint64_t)model_int(tunnel, "pskOverlapSeconds", 0) * 1000000, until_us;
    char before[SECRET_TEXT_MAX];

    if (model_key_before(clear, before, &until_us)) {
        until_us += overlap_us;
        if (until_us > p->call->now_us &&
            (json_object_set_new(tunnel, "pskBefore", json_string(before)) ||
             json_object_set_new(tunnel, "pskBeforeUntil", json_integer((json_int_t)until_us))))
            p->failed = -ENOMEM;
        explicit_bzero(before, sizeof(before));
    }
    model_key_trim(clear);
}

/* Opens the member of the object, a secret that the resource has as field, in place. One that does
 * not open is left out: such a tunnel must not come up with another. */
static void open_secret(struct page *p, const char *resource, const char *field, json_t *object,
                        const char *member)
{
    const char *sealed = model_str(object, member);
    char *clear = NULL, why[SEAL_WHY_MAX];
    int r = p->hide || !*sealed ? -ENODATA
                                : secrets_open(&p->call->c->seal, resource, field, sealed, &clear);

    if (r == 0) {
        if (strcmp(field, "psk") == 0)
            tell_key_before(p, object, clear);
        if (json_object_set_new(object, member, json_string(clear)))
            p->failed = -ENOMEM;
        secrets_free(clear);
        return;
    }
    if (r != -ENODATA)
        log_error("the %s of %s does not open: %s", field, resource, secrets_why(sealed, r, why));
    (void)json_object_del(object, member);
}

/* The text of a private interface's object with its secret in clear. New. */
static json_t *line_with_secret(struct page *p, const struct plan_object *object)
{
    json_t *value = json_loads(object->text, 0, NULL), *bgp = json_object_get(value, "bgp");

    if (bgp)
        open_secret(p, object->source, "bgpPassword", bgp, "password");
    return value;
}

/* The text of a tunnel's object with its secrets in clear. New. */
static json_t *with_secrets(struct page *p, const struct plan_object *object)
{
    json_t *value = json_loads(object->text, 0, NULL), *bgp = json_object_get(value, "bgp");
    const char *member = json_object_get(value, "privateKey") ? "privateKey" : "psk";
    const char *psk = model_str(value, member), *connection = model_str(value, "connection");

    if (!p->hide && *psk && note_key(p, object->source, psk, model_str(bgp, "password")) < 0)
        p->failed = -ENOMEM;
    open_secret(p, object->source, member, value, member);
    if (bgp)
        open_secret(p, connection, "bgpPassword", bgp, "password");
    return value;
}

static int append(const char *data, size_t len, void *arg)
{
    struct buf *b = arg;

    buf_add(b, data, len);
    return b->failed ? -1 : 0;
}

static void add_value(struct page *p, const struct plan_object *object)
{
    bool line = text_starts_with(object->key, "line/");
    json_t *value;

    if (!line && !text_starts_with(object->key, "tunnel/")) {
        buf_puts(&p->put, object->text);
        return;
    }
    value = line ? line_with_secret(p, object) : with_secrets(p, object);
    if (!value || json_dump_callback(value, append, &p->put, JSON_COMPACT) < 0)
        p->failed = -ENOMEM;
    json_decref(value);
}

static int add_object(void *arg, const struct plan_object *object)
{
    struct page *p = arg;

    if (p->put.len + p->gone.len >= PAGE_BYTES) {
        p->more = true;
        return 1;
    }
    if (object->text) {
        buf_printf(&p->put,
                   "%s{\"key\":\"%s\",\"version\":%" PRIu64 ",\"hash\":\"%016" PRIx64
                   "\",\"value\":",
                   p->put.len ? "," : "", object->key, object->version, object->hash);
        add_value(p, object);
        buf_puts(&p->put, "}");
    } else {
        buf_printf(&p->gone, "%s\"%s\"", p->gone.len ? "," : "", object->key);
    }
    p->version = object->version;
    return p->failed;
}

/* ---- where the node stands ---- */

struct cursor {
    char epoch[32];
    uint64_t version;
    bool known; /* of this epoch */
};

/* EPOCH:VERSION */
static int get_cursor(struct call *call, struct cursor *ret)
{
    const char *text = uri_param(&call->uri, "since");
    const char *colon = text ? strchr(text, ':') : NULL;
    size_t len = colon ? (size_t)(colon - text) : 0;

    *ret = (struct cursor){0};
    if (!text)
        return 0;
    if (!colon || len >= sizeof(ret->epoch) ||
        text_parse_u64(colon + 1, UINT64_MAX, &ret->version) < 0)
        return model_error_set(&call->error, 400, "invalid-value", "since", text,
                               SAY(REQUEST_SINCE));
    memcpy(ret->epoch, text, len);
    return 0;
}

static bool has_digest(const struct call *call, uint64_t digest)
{
    const char *text = uri_param(&call->uri, "digest");
    char ours[17];

    snprintf(ours, sizeof(ours), "%016" PRIx64, digest);
    return text && strcmp(text, ours) == 0;
}

/* ---- answers ---- */

/* The answer says how far it goes: what the node has then is what we have. */
static int respond_page(struct page *p, bool reset)
{
    struct region *r = p->call->place;
    struct buf *out = &p->call->res->body;
    struct snapshot *now;

    now = region_now(r);
    buf_printf(out,
               "{\"epoch\":\"%s\",\"version\":%" PRIu64 ",\"revision\":%" PRIu64
               ",\"reset\":%s,\"more\":%s,",
               r->epoch, p->version, snapshot_revision(now), reset ? "true" : "false",
               p->more ? "true" : "false");
    snapshot_unref(now);
    if (!p->more)
        buf_printf(out, "\"digest\":\"%016" PRIx64 "\",", planner_digest(r->planner, p->node->id));
    buf_printf(out, "\"put\":[%s],\"gone\":[", buf_text(&p->put));
    buf_printf(out, "%s]", buf_text(&p->gone));
    if (p->tests.len)
        buf_printf(out, ",\"tests\":%s", buf_text(&p->tests));
    buf_puts(out, "}\n");
    if (out->failed || p->put.failed || p->gone.failed)
        return -ENOMEM;
    p->call->res->status = 200;
    p->call->res->content_type = "application/json";
    return 0;
}

static int fill(struct page *p, struct cursor *from)
{
    struct region *r = p->call->place;
    bool same = strcmp(from->epoch, r->epoch) == 0;
    bool reset = !same;
    int status = -ESTALE;

    if (!same && *from->epoch && has_digest(p->call, planner_digest(r->planner, p->node->id))) {
        p->version = planner_version(r->planner, p->node->id); /* it has all there is */
        return respond_page(p, false);
    }
    if (same) {
        p->version = from->version;
        status = planner_changes(r->planner, p->node->id, from->version, add_object, p);
    }
    if (status == -ESTALE) {
        reset = true;
        p->version = 0;
        status = planner_changes(r->planner, p->node->id, 0, add_object, p);
    }
    if (p->failed || status < 0)
        return p->failed ? p->failed : status;
    if (!p->more)
        p->version = planner_version(r->planner, p->node->id);
    return respond_page(p, reset);
}

/* The delivery of keys is in the audit log before they leave. */
static int audit_keys(struct page *p)
{
    struct call *call = p->call;
    const struct model_resource *node = resources_find(call);
    json_t *note = json_pack("{s:s}", "tunnels", buf_text(&p->delivered));
    struct batch b = {0};
    struct commit *commit;
    int r;

    audit_add(&b, call, "deliverPsk", "node", call->region, node->id, node->name, note);
    json_decref(note);
    r = commit_new(NULL, NULL, NULL, &b, &commit);
    if (r == 0) {
        call_wait_for(call, commit);
        commit_send(call->c, commit);
    }
    batch_done(&b);
    return r;
}

static void wait_for_news(const struct page *p, uint64_t version, unsigned seconds)
{
    struct call *call = p->call;
    struct control_wait *w = &call->res->wait;

    *w = (struct control_wait){.kind = CONTROL_WAIT_STREAM, .seen = version};
    w->seen_tests = p->seen_tests;
    w->timeout_ms = seconds * 1000;
    (void)text_copy(w->region, sizeof(w->region), call->place->id);
    (void)text_copy(w->node, sizeof(w->node), call->id);
}

static int answer(struct page *p, struct cursor *from, unsigned wait)
{
    struct region *r = p->call->place;
    uint64_t version;

    p->node = live_node(r, p->call->id, true);
    if (!p->node || !r->planner)
        return -ENOMEM;
    if (p->call->who.kind == PRINCIPAL_NODE)
        live_heard(r, p->node, p->call->now_us);
    version = planner_version(r->planner, p->node->id);
    if (strcmp(from->epoch, r->epoch) != 0 || from->version != version || p->tests.len)
        return fill(p, from);
    if (wait && !p->call->req->expired)
        wait_for_news(p, version, wait);
    else
        p->call->res->status = 304;
    return 0;
}

/* The connectivity tests of the node, before the region is locked. */
static int get_tests(struct page *p)
{
    struct call *call = p->call;
    const char *cursor = uri_param(&call->uri, "tests");
    int r;

    if (!resources_find(call))
        return -ENOENT;
    if (call->who.kind != PRINCIPAL_NODE)
        return 0; /* whoever else looks runs none */
    p->seen_tests = trials_generation(call->c, call->region, call->id);
    r = trials_for_node(call->c, call->region, call->id, cursor, &p->tests);
    return r == -EINVAL ? model_error_set(&call->error, 400, "invalid-value", "tests", cursor,
                                          SAY(TRIAL_CURSOR))
                        : r;
}

int nodes_desired(struct call *call)
{
    struct page p = {.call = call, .hide = call->who.kind != PRINCIPAL_NODE};
    struct cursor from;
    uint64_t wait = 0;
    int r = param_number(call, "wait", 0, WAIT_MAX_SECONDS, &wait);

    if (r == 0)
        r = get_cursor(call, &from);
    if (r == 0)
        r = get_tests(&p);
    if (r < 0)
        return r;
    region_lock_planned(call->place);
    r = answer(&p, &from, (unsigned)wait);
    pthread_mutex_unlock(&call->place->live);
    if (r == 0 && p.delivered.len)
        r = audit_keys(&p);
    buf_wipe(&p.put);
    buf_done(&p.gone);
    buf_done(&p.tests);
    buf_done(&p.delivered);
    return r;
}
