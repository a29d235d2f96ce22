#include "trials.h"

#include <stdio.h>
#include <stdlib.h>

/* What people ask of connectivity tests. */

/* ---- numbers ---- */

#define SIZE_MIN_IPV4 28 /* of an IP packet with an echo request */
#define SIZE_MIN_IPV6 48
#define SIZE_MAX_ALL  9000

#define ONLY(kind) (1U << (kind))

static const struct number {
    const char *name;
    unsigned kinds;
    size_t at; /* in struct trial_numbers */
    int64_t usual, min, max;
} numbers[] = {
    {"count", ONLY(TRIAL_PING), offsetof(struct trial_numbers, count), 5, 1, 100},
    {"intervalMs", ONLY(TRIAL_PING), offsetof(struct trial_numbers, interval_ms), 1000, 100, 10000},
    {"size", ONLY(TRIAL_PING) | ONLY(TRIAL_TRACEROUTE) | ONLY(TRIAL_PATH_MTU),
     offsetof(struct trial_numbers, size), 84, SIZE_MIN_IPV4, SIZE_MAX_ALL},
    {"maxHops", ONLY(TRIAL_TRACEROUTE), offsetof(struct trial_numbers, hops), 16, 1, 32},
    {"duration", ONLY(TRIAL_THROUGHPUT), offsetof(struct trial_numbers, duration_s), 5, 1, 30},
};

static int refuse_range(struct call *call, const struct number *n, int64_t min)
{
    return model_error_set(&call->error, 400, "invalid-value", n->name, NULL,
                           SAY(TRIAL_RANGE, n->name, min, n->max));
}

static int take_number(struct call *call, struct trial *t, const struct number *n)
{
    const json_t *given = json_object_get(call->body, n->name);
    bool v6 = t->from.address.family == ADDR_IPV6, is_size = strcmp(n->name, "size") == 0;
    int64_t min = is_size && v6 ? SIZE_MIN_IPV6 : n->min;
    uint64_t *to = (uint64_t *)(void *)((char *)&t->numbers + n->at);

    if (!(n->kinds & ONLY(t->kind)))
        return given ? model_error_set(&call->error, 400, "invalid-value", n->name, NULL,
                                       SAY(TRIAL_OTHER_KIND, n->name, trial_kind_name(t->kind)))
                     : 0;
    if (is_size && t->kind == TRIAL_PATH_MTU) /* the largest that is tried; 0: the interface's */
        min = v6 ? 1280 : 68;
    *to = is_size && t->kind == TRIAL_PATH_MTU ? 0 : (uint64_t)n->usual;
    if (!given)
        return 0;
    if (!json_is_integer(given) || json_integer_value(given) < min ||
        json_integer_value(given) > n->max)
        return refuse_range(call, n, min);
    *to = (uint64_t)json_integer_value(given);
    return 0;
}

static int take_numbers(struct call *call, struct trial *t)
{
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(numbers) && r == 0; i++)
        r = take_number(call, t, &numbers[i]);
    if (r == 0 && t->numbers.count * t->numbers.interval_ms > (TRIAL_MAX_S - 5) * UINT64_C(1000))
        r = model_error_set(&call->error, 400, "invalid-value", "count", NULL,
                            SAY(TRIAL_TIME, TRIAL_MAX_S - 5));
    return r;
}

static int check_members(struct call *call)
{
    static const char *const others[] = {"kind", "source", "destination", "family"};
    const char *name;
    json_t *value;

    json_object_foreach (call->body, name, value) {
        bool known = false;

        for (size_t i = 0; i < ARRAY_SIZE(others); i++)
            known |= strcmp(others[i], name) == 0;
        for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
            known |= strcmp(numbers[i].name, name) == 0;
        if (!known)
            return model_error_set(&call->error, 400, "unknown-field", name, NULL,
                                   SAY(TRIAL_MEMBER, name));
    }
    return 0;
}

static int take_kind(struct call *call, struct trial *t)
{
    const char *text = model_str(call->body, "kind");

    for (unsigned i = 0; i < TRIAL_KINDS; i++) {
        t->kind = (enum trial_kind)i;
        if (strcmp(text, trial_kind_name(t->kind)) == 0)
            return 0;
    }
    return model_error_set(&call->error, 400, *text ? "invalid-value" : "required", "kind", text,
                           SAY(TRIAL_KIND));
}

/* ---- where ---- */

static int cannot(struct call *call, const char *field, const struct words *why)
{
    return model_error_set(&call->error, 409, "conflict", field, NULL, SAY(TRIAL_REFUSED, why));
}

static int refuse_instance(struct call *call, const char *field, const char *id)
{
    return model_error_set(&call->error, 400, "invalid-value", field, id,
                           SAY(TRIAL_NO_SUCH_INSTANCE, id));
}

/* Whether something can be run in its namespace now. */
static int check_runs(struct call *call, const char *field, struct region *r,
                      const struct model_instance *i, const struct trial_side *side)
{
    bool online;

    if (i->attachment != MODEL_NETNS)
        return cannot(call, field, SAY(TRIAL_NO_NAMESPACE, i->head.id));
    if (!*side->node)
        return cannot(call, field, SAY(TRIAL_NO_NODE, i->head.id));
    pthread_mutex_lock(&r->live);
    online = live_state(r, live_node(r, side->node, false)) == LIVE_ONLINE;
    pthread_mutex_unlock(&r->live);
    return online ? 0 : cannot(call, field, SAY(TRIAL_OFFLINE, side->node_name, i->head.id));
}

/* run: the test runs something there. */
static int take_instance(struct call *call, const char *field, struct region *r,
                         const struct snapshot *s, const char *id, bool run, struct trial_side *ret)
{
    const struct model_instance *i = snapshot_get(s, MODEL_INSTANCE, id);
    const struct model_resource *node = i ? snapshot_get(s, MODEL_NODE, i->node_id) : NULL;

    if (!i || !access_sees(&call->who, call->seen, &i->head))
        return refuse_instance(call, field, id);
    (void)text_copy(ret->region, sizeof(ret->region), r->id);
    (void)text_copy(ret->instance, sizeof(ret->instance), i->head.id);
    (void)text_copy(ret->name, sizeof(ret->name), i->head.name);
    (void)text_copy(ret->node, sizeof(ret->node), node ? node->id : "");
    (void)text_copy(ret->node_name, sizeof(ret->node_name),
                    node ? (*node->name ? node->name : node->id) : "");
    ret->address = i->address;
    return run ? check_runs(call, field, r, i, ret) : 0;
}

static int refuse_down(struct call *call, const struct model_vpn_tunnel *tunnel,
                       const struct said *said)
{
    const char *why = said ? model_str(said->status, "lastError") : "";

    return *why ? cannot(call, "source.tunnel",
                         SAY(TRIAL_TUNNEL_DOWN, tunnel->head.id, words_written(why)))
                : cannot(call, "source.tunnel", SAY(TRIAL_TUNNEL_NOT_UP, tunnel->head.id));
}

/* Whether its node can send through it now. */
static int check_tunnel(struct call *call, const struct model_vpn_tunnel *tunnel,
                        const struct trial_side *side)
{
    struct region *r = call->place;
    const char *id = tunnel->head.id;
    struct node_state *node;
    int result = 0;

    if (side->address.family == ADDR_NONE)
        return cannot(call, "source.tunnel", SAY(TRIAL_TUNNEL_ADDRESS, id));
    if (!*side->node)
        return cannot(call, "source.tunnel", SAY(TRIAL_TUNNEL_NO_NODE, id));
    pthread_mutex_lock(&r->live);
    if (live_state(r, live_node(r, side->node, false)) != LIVE_ONLINE)
        result = cannot(call, "source.tunnel", SAY(TRIAL_TUNNEL_OFFLINE, id, side->node_name));
    else if (!live_is_up(r, call->seen, tunnel))
        result = refuse_down(call, tunnel, live_said(r, call->seen, &tunnel->head, &node));
    pthread_mutex_unlock(&r->live);
    return result;
}

static int take_tunnel(struct call *call, struct trial *t, const char *id)
{
    const struct model_vpn_tunnel *tunnel = snapshot_get(call->seen, MODEL_VPN_TUNNEL, id);
    const struct model_placement *placed;
    const struct model_resource *node;
    struct trial_side *from = &t->from;
    char cloud[ADDR_TEXT_MAX];

    if (!tunnel || !access_sees(&call->who, call->seen, &tunnel->head))
        return model_error_set(&call->error, 400, "invalid-value", "source.tunnel", id,
                               SAY(TRIAL_NO_SUCH_TUNNEL, id));
    if (t->kind == TRIAL_THROUGHPUT)
        return model_error_set(&call->error, 400, "invalid-value", "source.tunnel", id,
                               SAY(TRIAL_TUNNEL_KIND));
    placed = snapshot_get(call->seen, MODEL_PLACEMENT, addr_format(&tunnel->cloud_address, cloud));
    node = placed ? snapshot_get(call->seen, MODEL_NODE, placed->node_id) : NULL;
    (void)text_copy(from->region, sizeof(from->region), call->place->id);
    (void)text_copy(from->tunnel, sizeof(from->tunnel), tunnel->head.id);
    (void)text_copy(from->name, sizeof(from->name), tunnel->head.name);
    (void)text_copy(from->node, sizeof(from->node), node ? node->id : "");
    (void)text_copy(from->node_name, sizeof(from->node_name),
                    node ? (*node->name ? node->name : node->id) : "");
    (void)text_copy(t->project, sizeof(t->project), tunnel->head.project_id);
    from->address = tunnel->tunnel_address.addr;
    t->to.address = tunnel->peer_tunnel_address; /* unless another one is given */
    return check_tunnel(call, tunnel, from);
}

static int take_source(struct call *call, struct trial *t)
{
    const json_t *source = json_object_get(call->body, "source");
    const char *instance = model_str(source, "instance"), *tunnel = model_str(source, "tunnel");
    const struct model_instance *i;
    int r;

    if (json_object_size(source) != 1 || (!*instance && !*tunnel))
        return model_error_set(&call->error, 400, source ? "invalid-value" : "required", "source",
                               NULL, SAY(TRIAL_SOURCE));
    if (*tunnel)
        return take_tunnel(call, t, tunnel);
    r = take_instance(call, "source.instance", call->place, call->seen, instance, true, &t->from);
    if (r < 0)
        return r;
    i = snapshot_get(call->seen, MODEL_INSTANCE, instance);
    return text_copy(t->project, sizeof(t->project), i->head.project_id);
}

static bool runs_there(const struct trial *t)
{
    return t->kind == TRIAL_THROUGHPUT;
}

/* REGION/ID */
static int take_elsewhere(struct call *call, struct trial *t, const char *text)
{
    const char *slash = strchr(text, '/');
    char region[STORE_NAME_MAX + 1];
    struct region *r;
    struct snapshot *s;
    int result;

    if (text_printf(region, sizeof(region), "%.*s", (int)(slash - text), text) < 0)
        region[0] = 0;
    r = access_has_region(&call->who, region) ? house_find(call->c, region) : NULL;
    if (!r)
        return refuse_instance(call, "destination", text);
    s = region_now(r);
    result = take_instance(call, "destination", r, s, slash + 1, runs_there(t), &t->to);
    snapshot_unref(s);
    return result;
}

static int take_destination(struct call *call, struct trial *t)
{
    const char *text = model_str(call->body, "destination");

    if (*t->from.tunnel && !json_object_get(call->body, "destination"))
        return t->to.address.family != ADDR_NONE
                   ? 0
                   : model_error_set(&call->error, 400, "required", "destination", NULL,
                                     SAY(TRIAL_TUNNEL_PEER, t->from.tunnel));
    if (strchr(text, '/'))
        return take_elsewhere(call, t, text);
    if (text_starts_with(text, model_kind(MODEL_INSTANCE)->prefix))
        return take_instance(call, "destination", call->place, call->seen, text, runs_there(t),
                             &t->to);
    if (addr_parse(text, &t->to.address) < 0)
        return model_error_set(&call->error, 400, *text ? "invalid-value" : "required",
                               "destination", text, SAY(TRIAL_DESTINATION));
    return runs_there(t) ? model_error_set(&call->error, 400, "invalid-value", "destination", text,
                                           SAY(TRIAL_SERVER))
                         : 0;
}

static int check_sides(struct call *call, const struct trial *t)
{
    const char *family = model_str(call->body, "family");
    bool v4 = t->from.address.family == ADDR_IPV4;

    if (t->from.address.family != t->to.address.family ||
        (*family && strcmp(family, v4 ? "ipv4" : "ipv6") != 0))
        return model_error_set(&call->error, 400, "invalid-value",
                               *family ? "family" : "destination", NULL,
                               SAY(TRIAL_FAMILY, &t->from.address, &t->to.address));
    if (*t->from.instance && strcmp(t->from.instance, t->to.instance) == 0)
        return model_error_set(&call->error, 400, "invalid-value", "destination", NULL,
                               SAY(TRIAL_ITSELF));
    return 0;
}

/* ---- create ---- */

static int fill(struct call *call, struct trial *t)
{
    int r = check_members(call);

    if (r == 0)
        r = take_kind(call, t);
    if (r == 0)
        r = take_source(call, t);
    if (r == 0)
        r = take_destination(call, t);
    if (r == 0)
        r = check_sides(call, t);
    return r == 0 ? take_numbers(call, t) : r;
}

static struct trial *make(const struct call *call)
{
    struct trial *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    list_init(&t->link);
    random_id(t->id, "test-", 10);
    t->who = call->who;
    t->created_us = call->now_us;
    t->heard_us = clock_monotonic_us();
    t->deadline_us = t->heard_us + TRIAL_MAX_S * UINT64_C(1000000) + TRIAL_SILENCE_US;
    t->rows = json_array();
    if (!t->rows) {
        trial_free(t);
        return NULL;
    }
    return t;
}

/* A test sends packets into somebody's network: who had it do so is kept. */
static int audit(struct call *call, const char *action, const struct trial *t)
{
    char to[ADDR_TEXT_MAX];
    json_t *note = json_pack("{s:s, s:s, s:s}", "test", trial_kind_name(t->kind), "source",
                             *t->from.tunnel ? t->from.tunnel : t->from.instance, "destination",
                             addr_format(&t->to.address, to));
    struct batch b = {0};
    struct commit *commit;
    int r;

    audit_add(&b, call, action, "connectivityTest", call->region, t->id, t->from.name, note);
    json_decref(note);
    r = commit_new(NULL, NULL, NULL, &b, &commit);
    if (r == 0) {
        call_wait_for(call, commit);
        commit_send(call->c, commit);
    }
    batch_done(&b);
    return r;
}

static int refuse_busy(struct call *call, const struct trial_side *full)
{
    return model_error_set(&call->error, 429, "too-many", NULL, NULL,
                           full ? SAY(TRIAL_NODE_BUSY, full->node_name, TRIALS_PER_NODE)
                                : SAY(TRIAL_PROJECT_BUSY, TRIALS_PER_PROJECT));
}

/* Takes t. */
static int begin(struct call *call, struct trial *t)
{
    const struct trial_side *full = NULL;
    json_t *view = NULL;
    char path[160];
    int r;

    trials_lock(call->c);
    r = trials_add(call->c, t, &full);
    if (r == 0) {
        view = trial_view(t, true, call->lang);
        snprintf(path, sizeof(path), "/v1/regions/%s/connectivityTests/%s", call->region, t->id);
        r = audit(call, "start", t);
    }
    trials_unlock(call->c);
    if (r == -EBUSY)
        r = refuse_busy(call, full);
    if (r < 0) {
        json_decref(view);
        return r;
    }
    respond_header(call->res, "Location", path);
    return respond_json(call, 201, view);
}

int trials_create(struct call *call)
{
    struct trial *t = make(call);
    int r = t ? fill(call, t) : -ENOMEM;

    if (r == 0)
        r = begin(call, t);
    if (r < 0 && t && list_empty(&t->link))
        trial_free(t);
    return r;
}

/* ---- the others ---- */

bool trial_is_seen(const struct call *call, const struct trial *t)
{
    const char *project = call->who.rights.project;

    return !*project || strcmp(project, t->project) == 0;
}

struct trial *trials_look_up(struct call *call)
{
    struct trial *t = trials_find(call->c, call->region, call->id);

    if (t && trial_is_seen(call, t))
        return t;
    (void)model_error_set(&call->error, 404, "not-found", "id", call->id,
                          SAY(TRIAL_NO_SUCH, TRIALS_KEPT));
    return NULL;
}

int trials_get(struct call *call)
{
    const struct trial *t;
    json_t *view = NULL;

    trials_lock(call->c);
    t = trials_look_up(call);
    if (t)
        view = trial_view(t, true, call->lang);
    trials_unlock(call->c);
    return t ? respond_json(call, 200, view) : -ENOENT;
}

/* The newest first. */
int trials_list(struct call *call)
{
    json_t *items = json_array();

    trials_lock(call->c);
    list_for_each (t, &call->c->trials->all, struct trial, link) {
        if (strcmp(t->from.region, call->region) == 0 && trial_is_seen(call, t))
            (void)json_array_insert_new(items, 0, trial_view(t, false, call->lang));
    }
    trials_unlock(call->c);
    return respond_json(call, 200, json_pack("{s:o}", "items", items));
}

int trials_delete(struct call *call)
{
    struct trial *t;
    int r = 0;

    trials_lock(call->c);
    t = trials_look_up(call);
    if (t && t->state != TRIAL_ENDED) {
        trial_cut(call->c, t, TRIAL_HALTED, SAY(TRIAL_STOPPED));
        r = audit(call, "stop", t);
    }
    trials_unlock(call->c);
    if (!t || r < 0)
        return t ? r : -ENOENT;
    call->res->status = 204;
    return 0;
}
