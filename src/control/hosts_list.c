#include "hosts.h"
#include "learned.h"

/* What people ask about the hosts of a real network. */

struct listing {
    const struct snapshot *s;
    const struct model_subnet *subnet;
    uint64_t limit;
    struct addr next; /* where the next page begins; no family: there is none */
    json_t *items;
};

/* A route of the VPC leads to it. */
static bool is_router(const struct listing *l, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];

    addr_format(a, text);
    snapshot_each_linked (struct model_route_table, table, it, l->s, LINK_TABLE_ROUTE_HOP, text) {
        if (strcmp(table->vpc_id, l->subnet->vpc_id) == 0)
            return true;
    }
    return false;
}

static int add_host(void *arg, const struct host *host)
{
    struct listing *l = arg;
    char address[ADDR_TEXT_MAX], mac[PLAN_MAC_MAX], seen[CLOCK_TEXT_MAX];

    if (json_array_size(l->items) == l->limit) {
        l->next = host->address;
        return 1;
    }
    return json_array_append_new(l->items, json_pack("{s:s, s:s, s:s, s:b}", "address",
                                                     addr_format(&host->address, address), "mac",
                                                     hosts_format_mac(host->mac, mac), "lastSeen",
                                                     clock_format(host->seen_us, seen), "router",
                                                     is_router(l, &host->address)))
               ? -ENOMEM
               : 0;
}

static int respond_hosts(struct call *call, const struct listing *l, bool confirmed)
{
    char next[ADDR_TEXT_MAX], why[WORDS_TEXT_MAX];
    bool more = l->next.family != ADDR_NONE;
    json_t *answer = json_pack("{s:O, s:s*}", "items", l->items, "next",
                               more ? addr_format(&l->next, next) : NULL);

    words_write(SAY(STATE_HOSTS_UNCONFIRMED), why, sizeof(why));
    if (answer && !confirmed &&
        model_words_add_written(answer, "unconfirmed", why, call->lang) < 0) {
        json_decref(answer);
        answer = NULL;
    }
    return respond_json(call, 200, answer);
}

static int list_hosts(struct call *call, struct listing *l, const struct addr *from)
{
    struct learned_view view = {0};
    const struct heard_set *set;
    bool confirmed = true;
    int r = learned_look(call->place, &view);

    set = r == 0 ? heard_find(view.hosts, call->id) : NULL;
    if (set) {
        confirmed = pmap_get(view.online, set->node, strlen(set->node));
        r = hosts_each(set, from, add_host, l);
    }
    r = r < 0 ? r : respond_hosts(call, l, confirmed);
    learned_look_done(&view);
    return r;
}

static bool is_cursor(const struct call *call, const char *text)
{
    struct addr a;

    (void)call;
    return addr_parse(text, &a) == 0;
}

int hosts_of_subnet(struct call *call)
{
    const struct model_resource *subnet = resources_find(call);
    struct listing l = {.s = call->seen, .subnet = (const void *)subnet, .limit = LIST_LIMIT_MAX};
    const char *cursor = "";
    struct addr from = {0};
    int r = subnet ? param_cursor(call, is_cursor, &cursor) : -ENOENT;

    if (r == 0)
        r = param_number(call, "limit", 1, LIST_LIMIT_MAX, &l.limit);
    if (r < 0)
        return r;
    l.items = json_array();
    if (!l.items)
        return -ENOMEM;
    r = list_hosts(call, &l, *cursor && addr_parse(cursor, &from) == 0 ? &from : NULL);
    json_decref(l.items);
    return r;
}
