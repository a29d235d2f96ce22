/* Whatever the pages, what is understood of them can be written as messages, also when one comes
 * after the other, and the packet tables that are made step by step are those made at once. The
 * input is one page or an array of them. */
#include <stdio.h>
#include <stdlib.h>

#include "speaker_config.h"
#include "tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ipc_msg msg;

/* What a page goes into. */
struct held {
    struct objects set;
    struct tables tables;
};

static void write_message(enum ipc_type type)
{
    static uint8_t record[IPC_MSG_MAX];
    size_t len;

    msg.type = type;
    if (ipc_encode(&msg, record, sizeof(record), &len) < 0) {
        fprintf(stderr, "%s cannot be written\n", ipc_type_name(type));
        abort();
    }
}

/* What BIRD could misread is refused. */
static void write_speaker(const struct object *o)
{
    static const struct desired_gateway gateway = {.asn = 65000, .max_dynamic = 100};
    const struct speaker_want want = {
        .gateway = "bgw-a", .desired = &gateway, .tunnels = &o, .n = 1};
    struct buf text = {0};
    int r = speaker_config_write(&want, &text);

    if (r != 0 && r != -EINVAL)
        abort();
    buf_wipe(&text);
}

static void write_object(const struct object *o)
{
    const struct desired_instance *instance = o->value;
    const struct desired_tunnel *tunnel = o->value;
    struct words_read r;

    if (o->error && words_read(o->error, &r)->code == WORDS_FOREIGN)
        abort(); /* no message of the catalogue */
    if (!o->value)
        return;
    if (o->type == DESIRED_INSTANCE || o->type == DESIRED_NETWORK) {
        msg.port = instance->port;
        write_message(IPC_DP_PORT);
    }
    if (o->type == DESIRED_TUNNEL) {
        msg.tunnel = tunnel->dataplane;
        write_message(IPC_DP_TUNNEL);
        msg.ike_tunnel = tunnel->ike;
        write_message(IPC_IKE_TUNNEL);
        if (tunnel->bgp)
            write_speaker(o);
    }
}

static void write_table(const struct packet_table *table)
{
    struct packet_routes_walk walk;
    struct packet_route route;

    packet_routes_walk(&table->routes, &walk);
    while (packet_routes_next(&walk, &route)) {
        memset(&msg.routes, 0, sizeof(msg.routes));
        msg.routes.n_routes = 1;
        packet_route_write(&route, &msg.routes.routes[0]);
        write_message(IPC_DP_ROUTES);
    }
}

static void on_put(void *arg, struct object *o, const void *before)
{
    struct held *held = arg;

    if (o->value != before)
        tables_touch(&held->tables, o, before, o->value);
}

static void on_gone(void *arg, struct object *o)
{
    struct held *held = arg;

    mentions_remove(&held->set, o);
    tables_touch(&held->tables, o, o->value, NULL);
}

static void check_tables(const struct held *held)
{
    struct tables scratch;

    tables_init(&scratch, &held->set);
    list_for_each (o, &held->set.all, struct object, all)
        tables_touch(&scratch, o, NULL, o->value);
    if (tables_update(&scratch) < 0 || scratch.by_id.count != held->tables.by_id.count)
        abort();
    list_for_each (t, &scratch.all, struct packet_table, all) {
        const struct packet_table *kept = tables_find(&held->tables, t->table.id);

        if (!kept || !addr_equal(&kept->table.self4, &t->table.self4) ||
            !addr_equal(&kept->table.self6, &t->table.self6) ||
            !packet_routes_equal(&kept->routes, &t->routes))
            abort();
    }
    tables_done(&scratch);
}

static void take(struct held *held, const json_t *page)
{
    static const struct objects_calls calls = {on_put, on_gone};
    struct objects_page result;
    struct desired_error err;

    if (objects_take(&held->set, page, &calls, held, &result, &err) < 0)
        return;
    if (tables_update(&held->tables) < 0)
        abort();
    list_for_each (o, &held->set.all, struct object, all)
        write_object(o);
    list_for_each (t, &held->tables.all, struct packet_table, all)
        write_table(t);
    check_tables(held);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *doc = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
    struct held held;

    objects_init(&held.set);
    tables_init(&held.tables, &held.set);
    for (size_t i = 0; i < json_array_size(doc); i++)
        take(&held, json_array_get(doc, i));
    if (!json_is_array(doc))
        take(&held, doc);
    tables_done(&held.tables);
    objects_done(&held.set);
    json_decref(doc);
    return 0;
}
