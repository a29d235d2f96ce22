#include "trial.h"

/* What ropewayd asks for, out of JSON. Bounds are checked here again: a node does no more than its
 * own limits allow, whoever asks. */

static int parse_kind(const json_t *task, struct trial_want *w, struct desired_error *err)
{
    static const char *const names[REACH_KINDS] = {"ping", "traceroute", "pathMtu", "throughput"};
    char text[24];
    int r = desired_text(task, "kind", text, sizeof(text), err);

    if (r < 0)
        return r;
    for (unsigned i = 0; i < REACH_KINDS; i++) {
        if (strcmp(names[i], text) == 0) {
            w->kind = (enum reach_kind)i;
            return 0;
        }
    }
    return desired_fail(err, SAY(NODE_FIELD_UNKNOWN, "kind", text));
}

static int number(const json_t *task, const char *name, uint64_t max, uint64_t *ret,
                  struct desired_error *err)
{
    *ret = 0;
    return json_object_get(task, name) ? desired_number(task, name, max, ret, err) : 0;
}

static int parse_echo(const json_t *task, struct trial_want *w, struct desired_error *err)
{
    uint64_t count, interval_ms, size, hops;
    int r = number(task, "count", REACH_COUNT_MAX, &count, err);

    if (r == 0)
        r = number(task, "intervalMs", TRIAL_MAX_US / 1000, &interval_ms, err);
    if (r == 0)
        r = number(task, "size", REACH_PACKET_MAX, &size, err);
    if (r == 0)
        r = number(task, "maxHops", REACH_HOPS_MAX, &hops, err);
    if (r == 0)
        w->spec = (struct reach_spec){.kind = w->kind,
                                      .family = (enum addr_family)w->destination.family,
                                      .count = (uint16_t)count,
                                      .interval_us = (uint32_t)interval_ms * 1000,
                                      .size = (uint16_t)size,
                                      .hops = (uint8_t)hops};
    return r;
}

static int parse_throughput(const json_t *task, struct trial_want *w, struct desired_error *err)
{
    uint64_t port, duration;
    int r = number(task, "port", UINT16_MAX, &port, err);

    if (r == 0)
        r = number(task, "duration", TRIAL_DURATION_S, &duration, err);
    if (r == 0)
        r = desired_bool(task, "serves", &w->serves, err);
    if (r == 0) {
        w->port = (uint16_t)port;
        w->duration_s = (unsigned)duration;
    }
    return r;
}

static int parse_source(const json_t *task, struct trial_want *w, struct desired_error *err)
{
    if (!json_object_get(task, "tunnel") || w->kind == REACH_THROUGHPUT)
        return desired_text(task, "instance", w->instance, sizeof(w->instance), err);
    return desired_text(task, "tunnel", w->tunnel, sizeof(w->tunnel), err);
}

int trial_want_parse(const json_t *task, struct trial_want *ret, struct desired_error *err)
{
    struct trial_want w = {0};
    int r = desired_text(task, "id", w.id, sizeof(w.id), err);

    if (r == 0)
        r = parse_kind(task, &w, err);
    if (r == 0)
        r = parse_source(task, &w, err);
    if (r == 0)
        r = desired_addr(task, "destination", &w.destination, err);
    if (r == 0)
        r = (w.kind == REACH_THROUGHPUT ? parse_throughput : parse_echo)(task, &w, err);
    if (r == 0)
        *ret = w;
    return r;
}
