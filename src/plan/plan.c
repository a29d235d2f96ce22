#include "plan_internal.h"

#include <stdlib.h>

static int compare_ids(const void *left, const void *right)
{
    const json_t *const *a = left, *const *b = right;

    return strcmp(model_str(*a, "id"), model_str(*b, "id"));
}

static int make_set(const json_t *resources, struct plan_set *ret)
{
    size_t n = json_array_size(resources), i;
    const json_t *item;

    ret->items = calloc(n + 1, sizeof(ret->items[0]));
    if (!ret->items)
        return -ENOMEM;
    json_array_foreach (resources, i, item) {
        if (model_str(item, "id")[0])
            ret->items[ret->count++] = json_incref((json_t *)item);
    }
    qsort(ret->items, ret->count, sizeof(ret->items[0]), compare_ids);
    return 0;
}

const json_t *plan_find(const struct plan *plan, enum model_kind_id kind, const char *id)
{
    const struct plan_set *set = &plan->sets[kind];
    size_t low = 0, high = set->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(id, model_str(set->items[mid], "id"));

        if (c == 0)
            return set->items[mid];
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

/* All texts have the same form and zone, so their digits in a row keep their order. */
uint64_t plan_time(const char *text)
{
    uint64_t n = 0;
    int digits = 0;

    for (; *text && digits < 17; text++) {
        if (*text >= '0' && *text <= '9') {
            n = n * 10 + (uint64_t)(*text - '0');
            digits++;
        }
    }
    while (digits > 0 && digits++ < 17) /* a text without milliseconds */
        n *= 10;
    return n;
}

bool plan_field_is(const json_t *resource, const char *path, const char *value)
{
    return strcmp(model_str(resource, path), value) == 0;
}

const json_t *plan_attachment(const struct plan *plan, const char *gateway, const char *vpc)
{
    plan_each (plan, MODEL_VPC_ATTACHMENT, a) {
        if (plan_field_is(a, "borderGatewayId", gateway) && plan_field_is(a, "vpcId", vpc))
            return a;
    }
    return NULL;
}

/* ---- placement ---- */

static const json_t *choose_gateway_node(const struct plan *plan)
{
    const json_t *best = NULL;

    plan_each (plan, MODEL_NODE, node) {
        if (model_has_role(node, "gateway") && model_carries_rather(node, best))
            best = node;
    }
    return best;
}

const char *plan_gateway_node(const struct plan *plan)
{
    return model_str(plan->gateway_node, "id");
}

const char *plan_instance_node(const struct plan *plan, const json_t *instance)
{
    const char *id = model_str(instance, "nodeId");

    return id[0] ? id : plan_gateway_node(plan);
}

/* ---- life ---- */

int plan_new(const struct plan_input *in, struct plan **ret)
{
    struct plan *plan;
    int r;

    if (!model_str(in->region, "id")[0])
        return -EINVAL;
    plan = calloc(1, sizeof(*plan));
    if (!plan)
        return -ENOMEM;
    plan->region = json_incref((json_t *)in->region);
    plan->revision = in->revision;
    for (size_t i = 0; i < MODEL_KINDS; i++) {
        r = make_set(in->resources[i], &plan->sets[i]);
        if (r < 0)
            goto fail;
    }
    plan->gateway_node = choose_gateway_node(plan);
    r = plan_build_tables(plan);
    if (r < 0)
        goto fail;
    *ret = plan;
    return 0;
fail:
    plan_free(plan);
    return r;
}

static void free_routes(struct plan_routes *routes, size_t count)
{
    for (size_t i = 0; routes && i < count; i++)
        routing_table_done(&routes[i].table);
    free(routes);
}

void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    free_routes(plan->gateways, plan->sets[MODEL_BORDER_GATEWAY].count);
    free_routes(plan->route_tables, plan->sets[MODEL_ROUTE_TABLE].count);
    for (size_t k = 0; k < MODEL_KINDS; k++) {
        for (size_t i = 0; i < plan->sets[k].count; i++)
            json_decref((json_t *)plan->sets[k].items[i]);
        free(plan->sets[k].items);
    }
    json_decref(plan->region);
    free(plan);
}
