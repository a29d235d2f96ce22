#include "plan.h"

#include <stdlib.h>

#define BODY_MAX (1U << 20) /* of a request */

void plans_done(struct plans *plans)
{
    for (size_t i = 0; i < plans->count; i++) {
        struct plan *p = &plans->items[i];

        for (size_t k = 0; k < p->count; k++) {
            json_decref(p->steps[k].op);
            json_decref(p->steps[k].changes);
        }
        free(p->all);
    }
    free(plans->items);
    json_decref(plans->places);
    *plans = (struct plans){0};
}

int plans_of(struct cli *cli, struct plans *plans, const char *region, struct plan **ret)
{
    const json_t *place = json_object_get(plans->places, region);
    struct plan *grown;

    if (!place) {
        if (!plans->places)
            plans->places = json_object();
        grown = cli_grow(plans->items, plans->count, &plans->room, sizeof(*grown));
        if (!grown)
            return cli_out_of_memory(cli);
        plans->items = grown;
        if (json_object_set_new(plans->places, region, json_integer((json_int_t)plans->count)))
            return cli_out_of_memory(cli);
        plans->items[plans->count++] = (struct plan){.region = region};
        *ret = &plans->items[plans->count - 1];
        return CLI_OK;
    }
    *ret = &plans->items[json_integer_value(place)];
    return CLI_OK;
}

int plan_add(struct cli *cli, struct plan *p, struct item *it, json_t *op, struct step **ret)
{
    struct step *grown = op ? cli_grow(p->all, p->count, &p->room, sizeof(*grown)) : NULL;

    if (!grown) {
        json_decref(op);
        return cli_out_of_memory(cli);
    }
    p->steps = p->all = grown;
    p->steps[p->count++] = (struct step){.it = it, .op = op};
    if (ret)
        *ret = &p->steps[p->count - 1];
    return CLI_OK;
}

void plan_forget(struct plan *p, const struct item *it)
{
    size_t kept = 0;

    for (size_t i = 0; i < p->count; i++) {
        if (p->steps[i].it == it) {
            json_decref(p->steps[i].op);
            json_decref(p->steps[i].changes);
        } else {
            p->steps[kept++] = p->steps[i];
        }
    }
    p->count = kept;
}

void plan_drop(struct plan *p, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_decref(p->steps[i].op);
        json_decref(p->steps[i].changes);
    }
    p->steps += count;
    p->count -= count;
}

/* New. */
static json_t *request_of(const struct plan *p, size_t count, bool dry_run)
{
    json_t *operations = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append(operations, p->steps[i].op);
    return json_pack("{s:b, s:o}", "dryRun", dry_run, "operations", operations);
}

int plan_send(struct cli *cli, const struct plan *p, size_t count, bool dry_run,
              struct cli_answer *ret)
{
    json_t *request = request_of(p, count, dry_run);
    size_t size = json_dumpb(request, NULL, 0, JSON_COMPACT);
    struct buf path = {0};
    int r;

    buf_puts(&path, "/v1/regions/");
    cli_url_add(&path, p->region);
    buf_puts(&path, "/batch");
    if (size > BODY_MAX)
        r = cli_fail(cli, CLI_REFUSED, SAY(COMMAND_TOO_LARGE, p->region, count, size, BODY_MAX));
    else
        r = cli_ask(cli, "POST", buf_text(&path), request, NULL, ret);
    buf_done(&path);
    json_decref(request);
    return r;
}
