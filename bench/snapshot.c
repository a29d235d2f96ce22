/* Time and memory of a large region in one snapshot, and of one change on top of it. Prints a line
 * of JSON for each case.
 *
 *     snapshot [TUNNELS]     20000 unless said otherwise; half as many connections, five times as
 *                            many routes */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "in.h"
#include "snapshot.h"

static void must(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "snapshot: %s failed\n", what);
        exit(1);
    }
}

/* "vpntun-" and ten characters that look random but are those of this number. */
static const char *make_id(enum model_kind_id kind, uint64_t n, char buf[40])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint64_t mixed = n * UINT64_C(0x9e3779b97f4a7c15) & ((UINT64_C(1) << 50) - 1);
    char tail[11] = {0};

    for (int i = 0; i < 10; i++)
        tail[i] = digits[mixed >> 5 * i & 31];
    snprintf(buf, 40, "%s%s", model_kind(kind)->prefix, tail);
    return buf;
}

static json_t *common(const char *id)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{}, s:s, s:s, s:i}", "id", id, "regionId", "r1",
                     "projectId", "default", "name", id, "description", "", "tags", "createdAt",
                     "2026-11-22T08:27:24.123Z", "updatedAt", "2026-11-22T08:27:24.123Z",
                     "revision", 1);
}

static json_t *connection(uint64_t n)
{
    char id[40], gateway[40], customer[40], a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];
    struct addr first = addr_v4(100, 64, 0, 0), one = addr_add(&first, 2 * n),
                two = addr_add(&first, 2 * n + 1);
    json_t *made = common(make_id(MODEL_VPN_CONNECTION, n, id));

    json_object_update_new(
        made,
        json_pack("{s:s, s:s, s:s, s:s, s:[s,s]}", "borderGatewayId",
                  make_id(MODEL_BORDER_GATEWAY, n % 100, gateway), "customerGatewayId",
                  make_id(MODEL_CUSTOMER_GATEWAY, n, customer), "addressFamily", "ipv4", "routing",
                  "static", "cloudAddresses", addr_format(&one, a), addr_format(&two, b)));
    return made;
}

static json_t *tunnel(uint64_t n)
{
    char id[40], owner[40], inner[PREFIX_TEXT_MAX], cloud[ADDR_TEXT_MAX];
    struct addr pool = addr_v4(100, 64, 0, 0), a = addr_add(&pool, n);
    json_t *made = common(make_id(MODEL_VPN_TUNNEL, n, id));
    unsigned slot = (unsigned)(n / 200); /* of its gateway */

    snprintf(inner, sizeof(inner), "169.254.%u.%u/30", 1 + (slot / 64) % 254, slot % 64 * 4 + 1);
    addr_format(&a, cloud);
    json_object_update_new(
        made, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{}, s:{}, s:{}}", "vpnConnectionId",
                        make_id(MODEL_VPN_CONNECTION, n / 2, owner), "cloudAddress", cloud,
                        "customerAddress", "203.0.113.1", "localId", cloud, "remoteId",
                        "203.0.113.1", "tunnelAddress", inner, "psk",
                        "sealed:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                        "ike", "ipsec", "dpd"));
    return made;
}

static json_t *route(uint64_t n)
{
    char id[40], gateway[40], hop[40], text[PREFIX_TEXT_MAX];
    json_t *made = common(make_id(MODEL_BORDER_GATEWAY_ROUTE, n, id));

    snprintf(text, sizeof(text), "10.%u.%u.0/24", (unsigned)(n / 100 / 250 % 256),
             (unsigned)(n / 100 % 250));
    json_object_update_new(made,
                           json_pack("{s:s, s:s, s:s}", "borderGatewayId",
                                     make_id(MODEL_BORDER_GATEWAY, n % 100, gateway), "destination",
                                     text, "nextHop", make_id(MODEL_VPN_CONNECTION, n / 10, hop)));
    return made;
}

/* As a tunnel is stored: with all its parameters. */
static json_t *whole(enum model_kind_id kind, json_t *json)
{
    struct model_resource *r = NULL;
    json_t *made;

    must(model_decode(model_kind(kind), json, &r, NULL) == 0, "decoding");
    made = model_encode(r);
    must(made != NULL, "encoding");
    model_resource_unref(r);
    json_decref(json);
    return made;
}

static void report(const char *name, uint64_t us, size_t count)
{
    printf("{\"case\": \"%s\", \"ms\": %.1f, \"us-each\": %.2f}\n", name, (double)us / 1000,
           (double)us / (double)count);
}

/* The texts as a store gives them: each kind in the order of ids. */
struct row {
    enum model_kind_id kind;
    char id[40];
    char *text;
};

struct rows {
    struct row *items;
    size_t count;
};

static int by_kind_and_id(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->id, y->id);
}

static void add_row(struct rows *rows, enum model_kind_id kind, json_t *json)
{
    struct row *row = &rows->items[rows->count++];

    json = whole(kind, json);
    row->kind = kind;
    (void)text_copy(row->id, sizeof(row->id), json_string_value(json_object_get(json, "id")));
    row->text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
}

static struct snapshot *load(const struct rows *rows)
{
    struct snapshot_change *changes = calloc(rows->count, sizeof(*changes));
    struct snapshot *s = NULL;
    struct model_text text = {0};
    uint64_t start = clock_monotonic_us(), reading = 0, decoding = 0, t;

    must(changes != NULL, "memory");
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->items[i];
        struct model_resource *r = NULL;
        struct model_in in;

        t = clock_monotonic_us();
        must(model_text_read(&text, row->text, strlen(row->text), &in) == 0, "reading");
        reading += clock_monotonic_us() - t;
        t = clock_monotonic_us();
        must(model_decode_in(model_kind(row->kind), &in, &r, NULL) == 0, "decoding");
        decoding += clock_monotonic_us() - t;
        changes[i] = (struct snapshot_change){rows->items[i].kind, r->id, r};
    }
    model_text_done(&text);
    t = clock_monotonic_us();
    must(snapshot_apply(NULL, changes, rows->count, 1, &s) == 0, "loading");
    report("read", reading, rows->count);
    report("decode", decoding, rows->count);
    report("index", clock_monotonic_us() - t, rows->count);
    report("load", clock_monotonic_us() - start, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        model_resource_unref(changes[i].resource);
    free(changes);
    return s;
}

static void change_tunnels(struct snapshot **s, uint64_t tunnels)
{
    enum { COUNT = 10000 };
    struct model_resource **made = calloc(COUNT, sizeof(struct model_resource *));
    uint64_t start;

    must(made != NULL, "memory");
    for (uint64_t i = 0; i < COUNT; i++) {
        json_t *json = tunnel(i * 7919 % tunnels);

        json_object_set_new(json, "adminState", json_string("down"));
        must(model_decode(model_kind(MODEL_VPN_TUNNEL), json, &made[i], NULL) == 0, "decoding");
        json_decref(json);
    }
    start = clock_monotonic_us();
    for (uint64_t i = 0; i < COUNT; i++) {
        struct snapshot_change change = {MODEL_VPN_TUNNEL, made[i]->id, made[i]};
        struct snapshot *next = NULL;

        must(snapshot_apply(*s, &change, 1, i + 2, &next) == 0, "changing");
        snapshot_unref(*s);
        *s = next;
    }
    report("change-tunnel", clock_monotonic_us() - start, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        model_resource_unref(made[i]);
    free(made);
}

static void find_free(const struct snapshot *s)
{
    enum { COUNT = 10000 };
    uint64_t start = clock_monotonic_us();
    struct addr first = addr_v4(100, 64, 0, 0), last = addr_v4(100, 127, 255, 255);
    struct prefix p;

    for (int i = 0; i < COUNT; i++)
        must(snapshot_free_prefix(s, SPACE_CLOUD, "", &first, &last, 32, &p) == 0, "finding");
    report("free-address", clock_monotonic_us() - start, COUNT);
}

int main(int argc, char **argv)
{
    uint64_t tunnels = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    size_t count = tunnels + tunnels / 2 + tunnels * 5, before;
    struct rows rows = {calloc(count, sizeof(struct row)), 0};
    struct snapshot *s;

    must(rows.items && tunnels > 1, "memory");
    for (uint64_t i = 0; i < tunnels; i++)
        add_row(&rows, MODEL_VPN_TUNNEL, tunnel(i));
    for (uint64_t i = 0; i < tunnels / 2; i++)
        add_row(&rows, MODEL_VPN_CONNECTION, connection(i));
    for (uint64_t i = 0; i < tunnels * 5; i++)
        add_row(&rows, MODEL_BORDER_GATEWAY_ROUTE, route(i));
    qsort(rows.items, rows.count, sizeof(*rows.items), by_kind_and_id);
    before = mallinfo2().uordblks;
    s = load(&rows);
    printf("{\"case\": \"memory\", \"mib\": %.1f}\n",
           (double)(mallinfo2().uordblks - before) / (1 << 20));
    change_tunnels(&s, tunnels);
    find_free(s);
    snapshot_unref(s);
    for (size_t i = 0; i < rows.count; i++)
        free(rows.items[i].text);
    free(rows.items);
    return 0;
}
