#include "learned.h"

/* What people ask about routes, answered from the region as they see it. */

static int respond_items(struct call *call, int r, json_t *items)
{
    if (r < 0)
        return r;
    return respond_json(call, 200, items ? json_pack("{s:o}", "items", items) : NULL);
}

/* ---- pages ---- */

static bool is_cursor(const struct call *call, const char *text)
{
    (void)call;
    return strlen(text) < PLAN_CURSOR_MAX && plan_is_cursor(text);
}

static int get_page(struct call *call, struct plan_page *ret)
{
    uint64_t limit = LIST_LIMIT_MAX;
    const char *cursor;
    int r = param_cursor(call, is_cursor, &cursor);

    if (r == 0)
        r = param_number(call, "limit", 1, LIST_LIMIT_MAX, &limit);
    if (r < 0)
        return r;
    *ret = (struct plan_page){.limit = limit};
    return text_copy(ret->after, sizeof(ret->after), cursor);
}

static int respond_page(struct call *call, int r, json_t *items, const struct plan_page *page,
                        const char *why)
{
    json_t *answer;

    if (r < 0)
        return r;
    answer = json_pack("{s:o, s:s*}", "items", items, "next", *page->next ? page->next : NULL);
    if (answer && why && model_words_add_written(answer, "unconfirmed", why, call->lang) < 0) {
        json_decref(answer);
        answer = NULL;
    }
    return respond_json(call, 200, answer);
}

/* ---- the tables of gateways and VPCs ---- */

int routes_of_gateway(struct call *call)
{
    const char *text = uri_param(&call->uri, "table");
    enum plan_table table = PLAN_EFFECTIVE;
    struct learned_view learned = {0};
    struct plan_page page;
    json_t *items = NULL;
    int r;

    if (!resources_find(call))
        return -ENOENT;
    if (text && plan_parse_table(text, &table) < 0)
        return model_error_set(&call->error, 400, "invalid-value", "table", text,
                               SAY(REQUEST_TABLE));
    r = get_page(call, &page);
    if (r == 0)
        r = learned_look(call->place, &learned);
    if (r == 0)
        r = plan_gateway_routes(call->seen, &learned.plan, call->id, table, call->lang, &page,
                                &items);
    learned_look_done(&learned);
    return respond_page(call, r, items, &page, NULL);
}

int routes_of_table(struct call *call)
{
    struct learned_view learned = {0};
    struct plan_page page;
    json_t *items = NULL;
    int r = resources_find(call) ? get_page(call, &page) : -ENOENT;

    if (r == 0)
        r = learned_look(call->place, &learned);
    if (r == 0)
        r = plan_route_table_routes(call->seen, &learned.plan, call->id, call->lang, &page, &items);
    learned_look_done(&learned);
    return respond_page(call, r, items, &page, NULL);
}

/* ---- what the peer of a tunnel announces, and is told ---- */

struct listing {
    json_t *items;
    struct plan_pager pager;
};

static int add_learned(void *arg, const struct plan_learned_route *route)
{
    struct listing *l = arg;
    char text[PREFIX_TEXT_MAX];
    json_t *row;

    if (!plan_pager_takes(&l->pager, &route->prefix))
        return plan_pager_is_full(&l->pager) ? -ECANCELED : 0;
    row = json_pack("{s:s, s:i}", "destination", prefix_format(&route->prefix, text), "metric",
                    (int)route->length);
    if (!row || plan_show_learned(route, row) < 0) {
        json_decref(row);
        return -ENOMEM;
    }
    return json_array_append_new(l->items, row) < 0 ? -ENOMEM : 0;
}

static int list_learned(struct call *call, const struct learned_view *learned,
                        struct plan_page *page)
{
    struct listing l = {.items = json_array()};
    bool confirmed = true;
    char why[WORDS_TEXT_MAX];
    int r = l.items ? plan_pager_begin(&l.pager, page) : -ENOMEM;

    if (r == 0)
        r = learned_each(learned, call->id, l.pager.skips ? &l.pager.after : NULL, add_learned, &l,
                         &confirmed);
    if (r < 0 && r != -ECANCELED) {
        json_decref(l.items);
        return r;
    }
    words_write(SAY(STATE_LEARNED_UNCONFIRMED), why, sizeof(why));
    return respond_page(call, 0, l.items, page, confirmed ? NULL : why);
}

int routes_of_tunnel(struct call *call)
{
    const char *text = uri_param(&call->uri, "table");
    struct learned_view learned = {0};
    struct plan_page page;
    json_t *items = NULL;
    bool announced = text && strcmp(text, "announced") == 0;
    int r;

    if (!resources_find(call))
        return -ENOENT;
    if (text && !announced && strcmp(text, "learned") != 0)
        return model_error_set(&call->error, 400, "invalid-value", "table", text,
                               SAY(REQUEST_TUNNEL_TABLE));
    r = get_page(call, &page);
    if (r == 0)
        r = learned_look(call->place, &learned);
    if (r == 0 && announced) {
        r = plan_announced(call->seen, &learned.plan, call->id, &page, &items);
        r = respond_page(call, r, items, &page, NULL);
    } else if (r == 0) {
        r = list_learned(call, &learned, &page);
    }
    learned_look_done(&learned);
    return r;
}

/* ---- problems ---- */

static bool sees_problem(const struct call *call, const json_t *problem)
{
    const struct model_kind *kind = model_kind_by_name(model_str(problem, "kind"));
    const struct model_resource *resource =
        kind ? snapshot_get(call->seen, kind->id, model_str(problem, "id")) : NULL;

    return resource && access_sees(&call->who, call->seen, resource);
}

int routes_problems(struct call *call)
{
    struct learned_view learned;
    json_t *items = NULL;
    int r = learned_look(call->place, &learned);

    if (r == 0)
        r = plan_problems(call->seen, &learned.plan, call->lang, &items);
    learned_look_done(&learned);
    for (size_t i = json_array_size(items); i-- > 0;) {
        if (!sees_problem(call, json_array_get(items, i)))
            (void)json_array_remove(items, i);
    }
    return respond_items(call, r, items);
}
