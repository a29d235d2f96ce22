#include "plan_internal.h"
#include "words_json.h"

/* The tables as people read them. */

int plan_parse_table(const char *text, enum plan_table *ret)
{
    static const char *const names[] = {"static", "propagated", "effective"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum plan_table)i;
            return 0;
        }
    }
    return -EINVAL;
}

/* ---- one row ---- */

const char *plan_origin_name(unsigned origin)
{
    static const char *const names[PLAN_ORIGINS] = {"igp", "egp", "incomplete"};

    return origin < PLAN_ORIGINS ? names[origin] : "";
}

int plan_show_learned(const struct plan_learned_route *route, json_t *row)
{
    char hop[ADDR_TEXT_MAX], since[CLOCK_TEXT_MAX];
    json_t *more = json_pack(
        "{s:s, s:s, s:s, s:o*, s:s, s:s}", "viaAddress", addr_format(&route->next_hop, hop),
        "asPath", route->as_path, "communities", route->communities, "med",
        route->has_med ? json_integer(route->med) : NULL, "origin", plan_origin_name(route->origin),
        "since", clock_format(route->since_us, since));
    int r = more && json_object_update(row, more) == 0 ? 0 : -ENOMEM;

    json_decref(more);
    return r;
}

/* What the peer announces, where that is another prefix. */
static int add_translated_from(const struct plan_tables *tables, const struct routing_route *r,
                               json_t *row, struct prefix *ret)
{
    const struct model_vpn_connection *c =
        snapshot_get(tables->snapshot, MODEL_VPN_CONNECTION, r->target);
    char text[PREFIX_TEXT_MAX];

    if (!r->translated || !c || !plan_translate(c, MODEL_SIDE_PEER, false, ret))
        return 0;
    return json_object_set_new(row, "translatedFrom", json_string(prefix_format(ret, text)))
               ? -ENOMEM
               : 0;
}

static int add_learned(const struct plan_tables *tables, const struct routing_route *r, json_t *row)
{
    const struct plan_learned *learned = tables->learned;
    struct prefix announced = r->destination;
    struct plan_learned_route route;

    if (!r->via[0])
        return 0;
    if ((r->hop == ROUTING_HOP_CONNECTION &&
         json_object_set_new(row, "tunnelId", json_string(r->via))) ||
        add_translated_from(tables, r, row, &announced) < 0)
        return -ENOMEM;
    if (!learned || !learned->find(learned->arg, r->via, &announced, &route))
        return 0;
    return plan_show_learned(&route, row);
}

static json_t *make_row(const struct plan_tables *tables, const struct routing_table *t, size_t i,
                        enum words_lang lang)
{
    const struct routing_route *r = &t->routes[i];
    const char *hop = routing_hop_name(r->hop);
    char destination[PREFIX_TEXT_MAX], reason[ROUTING_TEXT_MAX];
    json_t *row;

    row = json_pack("{s:s, s:s, s:s, s:s, s:I, s:b}", "destination",
                    prefix_format(&r->destination, destination), "nextHop",
                    r->target[0] ? r->target : hop, "nextHopType", hop, "type",
                    routing_type_name(r->type), "metric", (json_int_t)r->metric, "effective",
                    r->reason == ROUTING_EFFECTIVE);
    if (row &&
        model_words_add_written(row, "reason", routing_reason_text(t, i, reason), lang) == 0 &&
        (!r->id[0] || json_object_set_new(row, "routeId", json_string(r->id)) == 0) &&
        add_learned(tables, r, row) == 0)
        return row;
    json_decref(row);
    return NULL;
}

static bool shows_all(const struct routing_route *r)
{
    (void)r;
    return true;
}

static bool shows_static(const struct routing_route *r)
{
    return r->type == ROUTING_TYPE_STATIC;
}

static bool shows_effective(const struct routing_route *r)
{
    return r->reason == ROUTING_EFFECTIVE;
}

/* ---- the tables ---- */

static int make_rows(const struct plan_tables *tables, const struct routing_table *table,
                     bool (*shows)(const struct routing_route *), enum words_lang lang,
                     struct plan_page *page, json_t **ret)
{
    json_t *rows = json_array();
    struct plan_pager pager;
    int r = rows ? plan_pager_begin(&pager, page) : -ENOMEM;

    for (size_t i = 0; r == 0 && i < table->count; i++) {
        const struct routing_route *route = &table->routes[i];

        if (!shows(route) || !plan_pager_takes(&pager, &route->destination))
            continue;
        if (json_array_append_new(rows, make_row(tables, table, i, lang)) < 0)
            r = -ENOMEM;
    }
    if (r < 0)
        json_decref(rows);
    else
        *ret = rows;
    return r;
}

/* A table to look at. */
struct question {
    const struct snapshot *s;
    const struct plan_learned *learned;
    enum model_kind_id kind;
    const char *id;
};

static int show(const struct question *q, bool (*shows)(const struct routing_route *),
                enum words_lang lang, struct plan_page *page, json_t **ret)
{
    struct plan_tables tables = {.snapshot = q->s, .learned = q->learned};
    const struct plan_routes *routes;
    int r = snapshot_get(q->s, q->kind, q->id) ? plan_tables_get(&tables, q->id, &routes) : -ENOENT;

    if (r == 0)
        r = make_rows(&tables, &routes->table, shows, lang, page, ret);
    plan_tables_done(&tables);
    return r;
}

int plan_gateway_routes(const struct snapshot *s, const struct plan_learned *learned,
                        const char *gateway_id, enum plan_table table, enum words_lang lang,
                        struct plan_page *page, json_t **ret)
{
    static bool (*const shows[])(const struct routing_route *) = {
        [PLAN_STATIC] = shows_static,
        [PLAN_PROPAGATED] = routing_is_propagated,
        [PLAN_EFFECTIVE] = shows_effective,
    };
    const struct question q = {s, learned, MODEL_BORDER_GATEWAY, gateway_id};

    return show(&q, shows[table], lang, page, ret);
}

int plan_route_table_routes(const struct snapshot *s, const struct plan_learned *learned,
                            const char *route_table_id, enum words_lang lang,
                            struct plan_page *page, json_t **ret)
{
    const struct question q = {s, learned, MODEL_ROUTE_TABLE, route_table_id};

    return show(&q, shows_all, lang, page, ret);
}

static bool is_dynamic(const struct routing_route *r)
{
    return r->type == ROUTING_TYPE_EBGP || r->type == ROUTING_TYPE_IBGP;
}

int plan_dynamic_routes(const struct snapshot *s, const struct plan_learned *learned,
                        const char *gateway_id, size_t *ret)
{
    struct plan_tables tables = {.snapshot = s, .learned = learned};
    const struct plan_routes *routes;
    size_t count = 0;
    int r = snapshot_get(s, MODEL_BORDER_GATEWAY, gateway_id)
                ? plan_tables_get(&tables, gateway_id, &routes)
                : -ENOENT;

    for (size_t i = 0; r == 0 && i < routes->table.count; i++)
        count += is_dynamic(&routes->table.routes[i]);
    plan_tables_done(&tables);
    if (r == 0)
        *ret = count;
    return r;
}

/* ---- what is not in force ---- */

/* Not in force, and somebody may wonder: a VPC's own ranges, which come back to it from its
 * gateway, are out of force in every network that is well. */
static bool is_lost(const struct routing_route *r)
{
    return !shows_effective(r) && r->barred != ROUTING_LEADS_BACK;
}

static void count_over(const struct routing_table *t, struct plan_lost *ret)
{
    ret->over.quota = t->quota;
    for (size_t i = 0; i < t->count; i++) {
        if (t->routes[i].reason != ROUTING_OVER_QUOTA || !is_dynamic(&t->routes[i]))
            continue;
        if (!ret->over.count++)
            ret->over.first = t->routes[i].destination;
    }
}

static void count_lost(const struct routing_table *t, bool all, struct plan_lost *ret)
{
    char destination[PREFIX_TEXT_MAX];

    for (size_t i = 0; i < t->count; i++) {
        const struct routing_route *r = &t->routes[i];

        if (!is_lost(r) || (!all && !shows_static(r)))
            continue;
        prefix_format(&r->destination, destination);
        if (!ret->count++) {
            (void)text_copy(ret->destination, sizeof(ret->destination), destination);
            routing_reason_text(t, i, ret->reason);
        }
        ret->hash = hash_bytes(destination, strlen(destination), ret->hash);
    }
}

int plan_lost_routes(const struct snapshot *s, const struct plan_learned *learned, const char *id,
                     struct plan_lost *ret)
{
    struct plan_tables tables = {.snapshot = s, .learned = learned};
    bool table = snapshot_get(s, MODEL_ROUTE_TABLE, id);
    struct plan_lost lost = {0};
    const struct plan_routes *routes;
    int r = table || snapshot_get(s, MODEL_BORDER_GATEWAY, id)
                ? plan_tables_get(&tables, id, &routes)
                : -ENOENT;

    if (r == 0) {
        count_lost(&routes->table, table, &lost);
        count_over(&routes->table, &lost);
        *ret = lost;
    }
    plan_tables_done(&tables);
    return r;
}
