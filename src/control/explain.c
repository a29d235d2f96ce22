#include "learned.h"

/* Where packets go, and why: from a table, or from a place to another. */

static json_t *tunnel_status(void *user, const struct model_vpn_tunnel *tunnel)
{
    const struct call *call = user;
    struct status status;
    json_t *all = NULL;

    if (status_take(call->place, call->seen, &tunnel->head, &status) < 0)
        return NULL;
    if (json_object_update_missing(status.computed, status.said) == 0 || !status.said)
        all = json_incref(status.computed);
    status_done(&status);
    return all;
}

/* The table knows its own region. Where the way leads into another one, and that is all there is to
 * it or it ends there, the answer says what becomes of the packet there. */
static int add_far_end(struct call *call, const struct addr *destination, const json_t *hops,
                       const struct way_end *end, json_t *answer)
{
    const json_t *last = json_array_get(hops, json_array_size(hops) - 1), *hop;
    const char *region = model_str(last, "regionId"), *over = NULL;
    bool one = strcmp(model_str(answer, "answerCode"), "goes.one") == 0;
    char text[WORDS_TEXT_MAX];
    size_t i;

    json_array_foreach (hops, i, hop) {
        if (!over && strcmp(model_str(hop, "kind"), "vpnConnection") == 0)
            over = model_str(hop, "id");
    }
    if (!over || strcmp(region, call->place->id) == 0 || !*end->why || (end->reached && !one))
        return 0;
    words_write(SAY(GOES_FAR, destination, over, region, words_written(end->why)), text,
                sizeof(text));
    return model_words_add_written(answer, "answer", text, call->lang);
}

/* Adds the way as places, over regions. */
static int add_path(struct call *call, const struct way_start *start,
                    const struct addr *destination, json_t *answer)
{
    json_t *hops = json_array();
    struct way_end end;
    int r = hops ? way_find(call->c, &call->who, call->place, call->seen, start, destination, hops,
                            &end)
                 : -ENOMEM;

    if (r == 0 && json_object_set(answer, "path", hops) < 0)
        r = -ENOMEM;
    if (r == 0)
        r = add_far_end(call, destination, hops, &end, answer);
    json_decref(hops);
    if (r == 0 && json_object_set_new(answer, "pathReached", json_boolean(end.reached)) < 0)
        r = -ENOMEM;
    return r == 0 ? model_words_add_written(answer, "pathEnd", end.why, call->lang) : r;
}

/* A new answer. */
static int explain(struct call *call, const struct way_start *start, const struct addr *destination,
                   json_t **ret)
{
    struct learned_view learned = {0};
    int r = learned_look(call->place, &learned);

    if (r == 0)
        r = plan_explain(call->seen, &learned.plan, start->table, start->from_tunnel, destination,
                         tunnel_status, call, call->lang, ret);
    learned_look_done(&learned);
    return r == 0 ? add_path(call, start, destination, *ret) : r;
}

static int respond(struct call *call, int r, json_t *answer)
{
    if (r == 0)
        return respond_json(call, 200, answer);
    json_decref(answer);
    return r;
}

int explain_table(struct call *call)
{
    const char *text = uri_param(&call->uri, "destination");
    struct way_start start = {.table = call->id};
    json_t *answer = NULL;
    struct addr destination;
    int r;

    if (!resources_find(call))
        return -ENOENT;
    if (!text || addr_parse(text, &destination) < 0)
        return model_error_set(&call->error, 400, text ? "invalid-value" : "required",
                               "destination", text, SAY(REQUEST_DESTINATION));
    r = explain(call, &start, &destination, &answer);
    return respond(call, r, answer);
}

/* ---- from a place ---- */

/* Where a packet begins: of several that may be meant the first two are named. */
struct origin {
    struct way_start start;
    struct addr address;
    const struct model_resource *what; /* instance, subnet, or border gateway */
    const struct model_resource *other;
    unsigned count;
};

static void note(struct origin *o, const struct model_resource *what, const char *table)
{
    if (o->count++ == 0) {
        o->what = what;
        o->start.table = table;
    } else if (o->count == 2) {
        o->other = what;
    }
}

static void note_instance(struct call *call, const struct model_instance *i, struct origin *o)
{
    const struct model_subnet *subnet = snapshot_get(call->seen, MODEL_SUBNET, i->subnet_id);

    if (!subnet)
        return;
    o->address = i->address;
    note(o, &i->head, subnet->route_table_id);
}

/* By id or name. */
static void find_named(struct call *call, const char *text, struct origin *o)
{
    const struct model_instance *i = snapshot_get(call->seen, MODEL_INSTANCE, text);
    struct snapshot_iter it;

    if (i && access_sees(&call->who, call->seen, &i->head)) {
        note_instance(call, i, o);
        return;
    }
    snapshot_named(&it, call->seen, MODEL_INSTANCE, text);
    while ((i = snapshot_next(&it))) {
        if (access_sees(&call->who, call->seen, &i->head))
            note_instance(call, i, o);
    }
}

/* VPCs may overlap: where an instance has it comes before where one could have. */
static void find_inside(struct call *call, struct origin *o)
{
    const struct prefix host = prefix_make(&o->address, (uint8_t)addr_bits(&o->address));
    struct origin free_ones = *o;

    snapshot_each (struct model_subnet, subnet, it, call->seen, MODEL_SUBNET) {
        const struct model_instance *i;

        if (!prefix_contains_addr(&subnet->cidr, &o->address) ||
            !access_sees(&call->who, call->seen, &subnet->head))
            continue;
        i = snapshot_overlap(call->seen, SPACE_INSTANCES, subnet->head.id, &host, NULL);
        if (i)
            note(o, &i->head, subnet->route_table_id);
        else
            note(&free_ones, &subnet->head, subnet->route_table_id);
    }
    if (!o->count)
        *o = free_ones;
}

/* Behind the gateway whose route over a connection is the longest. */
static int find_behind(struct call *call, struct origin *o)
{
    struct learned_view learned = {0};
    int r = learned_look(call->place, &learned), longest = -1;

    snapshot_each (struct model_border_gateway, g, it, call->seen, MODEL_BORDER_GATEWAY) {
        int len;

        if (r < 0 || !access_sees(&call->who, call->seen, &g->head))
            continue;
        len = plan_reaches(call->seen, &learned.plan, g->head.id, &o->address);
        if (len < 0 && len != -ENOENT)
            r = len;
        if (len < 0 || len < longest)
            continue;
        if (len > longest)
            o->count = 0;
        longest = len;
        note(o, &g->head, g->head.id);
    }
    learned_look_done(&learned);
    o->start.from_tunnel = true;
    return r;
}

static int refuse_several(struct call *call, const char *member, const char *text,
                          const struct origin *o)
{
    return model_error_set(&call->error, 409, "ambiguous", member, text,
                           SAY(EXPLAIN_SEVERAL, text, o->count, o->what->id, o->other->id));
}

static int find_origin(struct call *call, const char *text, struct origin *ret)
{
    int r = 0;

    *ret = (struct origin){.count = 0};
    if (text)
        find_named(call, text, ret);
    if (!ret->count && text && addr_parse(text, &ret->address) == 0) {
        find_inside(call, ret);
        if (!ret->count)
            r = find_behind(call, ret);
        if (r == 0 && !ret->count)
            return model_error_set(&call->error, 404, "not-found", "from", text,
                                   SAY(EXPLAIN_NOWHERE, text, call->place->id));
    }
    if (r < 0)
        return r;
    if (!ret->count)
        return model_error_set(&call->error, 400, text ? "invalid-value" : "required", "from", text,
                               SAY(EXPLAIN_FROM));
    return ret->count > 1 ? refuse_several(call, "from", text, ret) : 0;
}

/* An address, or that of an instance of this region. */
static int find_destination(struct call *call, const char *text, struct addr *ret)
{
    struct origin o = {.count = 0};

    if (text && addr_parse(text, ret) == 0)
        return 0;
    if (text)
        find_named(call, text, &o);
    if (o.count > 1)
        return refuse_several(call, "to", text, &o);
    if (!o.count)
        return model_error_set(&call->error, 400, text ? "invalid-value" : "required", "to", text,
                               SAY(EXPLAIN_TO));
    *ret = o.address;
    return 0;
}

static int add_origin(const struct origin *o, const struct addr *to, json_t *answer)
{
    char from[ADDR_TEXT_MAX], dest[ADDR_TEXT_MAX];
    json_t *origin = json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", o->what->kind->name, "id",
                               o->what->id, "name", o->what->name, "address",
                               addr_format(&o->address, from), "table", o->start.table);

    if (json_object_set_new(answer, "from", origin) < 0 ||
        json_object_set_new(answer, "to", json_string(addr_format(to, dest))) < 0)
        return -ENOMEM;
    return 0;
}

static int get_protocol(struct call *call, const char *text, enum addr_family family, uint8_t *ret)
{
    static const struct {
        const char *name;
        uint8_t ipv4, ipv6;
    } names[] = {{"tcp", 6, 6}, {"udp", 17, 17}, {"icmp", 1, 58}};
    uint64_t number;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(text, names[i].name) == 0) {
            *ret = family == ADDR_IPV4 ? names[i].ipv4 : names[i].ipv6;
            return 0;
        }
    }
    if (text_parse_u64(text, UINT8_MAX, &number) < 0)
        return model_error_set(&call->error, 400, "invalid-value", "protocol", text,
                               SAY(EXPLAIN_PROTOCOL));
    *ret = (uint8_t)number;
    return 0;
}

/* Without a protocol no flow is asked about. */
static int get_flow(struct call *call, struct origin *o, const struct addr *to,
                    struct plan_flow *ret)
{
    const char *protocol = uri_param(&call->uri, "protocol");
    const struct model_instance *instance = (const struct model_instance *)o->what;
    uint64_t source = 0, destination = 0;
    int r;

    *ret = (struct plan_flow){.from = o->address, .to = *to};
    r = protocol ? get_protocol(call, protocol, o->address.family, &ret->protocol) : 0;
    if (r == 0)
        r = param_number(call, "sourcePort", 0, UINT16_MAX, &source);
    if (r == 0)
        r = param_number(call, "destinationPort", 0, UINT16_MAX, &destination);
    if (r < 0 || !protocol)
        return r;
    ret->source_port = (uint16_t)source;
    ret->destination_port = (uint16_t)destination;
    o->start.flow = ret;
    if (o->what->kind->id == MODEL_INSTANCE)
        o->start.node = plan_instance_node(call->seen, instance);
    return 0;
}

int explain_way(struct call *call)
{
    struct plan_flow flow;
    struct origin origin;
    struct addr to;
    json_t *answer = NULL;
    int r = find_origin(call, uri_param(&call->uri, "from"), &origin);

    if (r == 0)
        r = find_destination(call, uri_param(&call->uri, "to"), &to);
    if (r == 0)
        r = get_flow(call, &origin, &to, &flow);
    if (r == 0 && to.family != origin.address.family)
        return model_error_set(&call->error, 400, "invalid-value", "to",
                               uri_param(&call->uri, "to"), SAY(EXPLAIN_FAMILIES));
    if (r == 0)
        r = explain(call, &origin.start, &to, &answer);
    if (r == 0)
        r = add_origin(&origin, &to, answer);
    return respond(call, r, answer);
}
