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

static json_t *make_row(const struct routing_table *t, size_t i, enum words_lang lang)
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
        (!r->id[0] || json_object_set_new(row, "routeId", json_string(r->id)) == 0))
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

static int make_rows(const struct routing_table *table, bool (*shows)(const struct routing_route *),
                     enum words_lang lang, json_t **ret)
{
    json_t *rows = json_array();

    if (!rows)
        return -ENOMEM;
    for (size_t i = 0; i < table->count; i++) {
        if (!shows(&table->routes[i]))
            continue;
        if (json_array_append_new(rows, make_row(table, i, lang)) < 0) {
            json_decref(rows);
            return -ENOMEM;
        }
    }
    *ret = rows;
    return 0;
}

static int show(const struct snapshot *s, enum model_kind_id kind, const char *id,
                bool (*shows)(const struct routing_route *), enum words_lang lang, json_t **ret)
{
    struct plan_tables tables = {.snapshot = s};
    const struct plan_routes *routes;
    int r = snapshot_get(s, kind, id) ? plan_tables_get(&tables, id, &routes) : -ENOENT;

    if (r == 0)
        r = make_rows(&routes->table, shows, lang, ret);
    plan_tables_done(&tables);
    return r;
}

int plan_gateway_routes(const struct snapshot *s, const char *gateway_id, enum plan_table table,
                        enum words_lang lang, json_t **ret)
{
    static bool (*const shows[])(const struct routing_route *) = {
        [PLAN_STATIC] = shows_static,
        [PLAN_PROPAGATED] = routing_is_propagated,
        [PLAN_EFFECTIVE] = shows_effective,
    };

    return show(s, MODEL_BORDER_GATEWAY, gateway_id, shows[table], lang, ret);
}

int plan_route_table_routes(const struct snapshot *s, const char *route_table_id,
                            enum words_lang lang, json_t **ret)
{
    return show(s, MODEL_ROUTE_TABLE, route_table_id, shows_all, lang, ret);
}

/* Not in force, and somebody may wonder: a VPC's own ranges, which come back to it from its
 * gateway, are out of force in every network that is well. */
static bool is_lost(const struct routing_route *r)
{
    return !shows_effective(r) && r->barred != ROUTING_LEADS_BACK;
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

int plan_lost_routes(const struct snapshot *s, const char *id, struct plan_lost *ret)
{
    struct plan_tables tables = {.snapshot = s};
    bool table = snapshot_get(s, MODEL_ROUTE_TABLE, id);
    struct plan_lost lost = {0};
    const struct plan_routes *routes;
    int r = table || snapshot_get(s, MODEL_BORDER_GATEWAY, id)
                ? plan_tables_get(&tables, id, &routes)
                : -ENOENT;

    if (r == 0) {
        count_lost(&routes->table, table, &lost);
        *ret = lost;
    }
    plan_tables_done(&tables);
    return r;
}
