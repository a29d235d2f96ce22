#include "control_internal.h"

/* What people ask about routes, answered from the region as they see it. */

static int respond_items(struct call *call, int r, json_t *items)
{
    if (r < 0)
        return r;
    return respond_json(call, 200, items ? json_pack("{s:o}", "items", items) : NULL);
}

int routes_of_gateway(struct call *call)
{
    const char *text = uri_param(&call->uri, "table");
    enum plan_table table = PLAN_EFFECTIVE;
    json_t *items = NULL;
    int r;

    if (!resources_find(call))
        return -ENOENT;
    if (text && plan_parse_table(text, &table) < 0)
        return model_error_set(&call->error, 400, "invalid-value", "table", text,
                               SAY(REQUEST_TABLE));
    r = plan_gateway_routes(call->seen, call->id, table, call->lang, &items);
    return respond_items(call, r, items);
}

int routes_of_table(struct call *call)
{
    json_t *items = NULL;
    int r = resources_find(call) ? 0 : -ENOENT;

    if (r == 0)
        r = plan_route_table_routes(call->seen, call->id, call->lang, &items);
    return respond_items(call, r, items);
}

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
static int add_path(struct call *call, const struct addr *destination, json_t *answer)
{
    json_t *hops = json_array();
    struct way_end end;
    int r = hops ? way_find(call->c, &call->who, call->place, call->seen, call->id, destination,
                            hops, &end)
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

int routes_explain(struct call *call)
{
    const char *text = uri_param(&call->uri, "destination");
    json_t *answer = NULL;
    struct addr destination;
    int r;

    if (!resources_find(call))
        return -ENOENT;
    if (!text || addr_parse(text, &destination) < 0)
        return model_error_set(&call->error, 400, text ? "invalid-value" : "required",
                               "destination", text, SAY(REQUEST_DESTINATION));
    r = plan_explain(call->seen, call->id, &destination, tunnel_status, call, call->lang, &answer);
    if (r == 0)
        r = add_path(call, &destination, answer);
    if (r == 0)
        return respond_json(call, 200, answer);
    json_decref(answer);
    return r;
}

static bool sees_problem(const struct call *call, const json_t *problem)
{
    const struct model_kind *kind = model_kind_by_name(model_str(problem, "kind"));
    const struct model_resource *resource =
        kind ? snapshot_get(call->seen, kind->id, model_str(problem, "id")) : NULL;

    return resource && access_sees(&call->who, call->seen, resource);
}

int routes_problems(struct call *call)
{
    json_t *items = NULL;
    int r = plan_problems(call->seen, call->lang, &items);

    for (size_t i = json_array_size(items); i-- > 0;) {
        if (!sees_problem(call, json_array_get(items, i)))
            (void)json_array_remove(items, i);
    }
    return respond_items(call, r, items);
}
