#include "control_internal.h"

#include <inttypes.h>
#include <stdio.h>

/* Who did what to which resource, and when: one entry in the commit of each change and of each
 * secret shown, so that neither happens without the other. Values are not kept, only names. */

/* Ids count down, so that a list begins with the newest. */
static void new_id(uint64_t now_us, char *ret, size_t size)
{
    char tail[7];

    random_base32(tail, sizeof(tail) - 1);
    snprintf(ret, size, "%016" PRIx64 "-%s", UINT64_MAX - now_us, tail);
}

void audit_add(struct batch *b, const struct call *call, const char *action, const char *kind,
               const char *region, const json_t *resource, const json_t *details)
{
    char id[32], at[CLOCK_TEXT_MAX];
    const char *who = call->who.kind == PRINCIPAL_NODE ? "node" : "admin";
    json_t *entry;

    new_id(call->now_us, id, sizeof(id));
    entry = json_pack("{s:s, s:s, s:{s:s, s:s}, s:s, s:s, s:s, s:s, s:s}", "id", id, "at",
                      clock_format(call->now_us, at), "who", "kind", who, "id", call->who.id,
                      "action", action, "kind", kind, "regionId", region, "resourceId",
                      model_str(resource, "id"), "name", model_str(resource, "name"));
    if (!entry || (details && json_object_update((json_t *)entry, (json_t *)details)))
        b->failed = true;
    else
        batch_put(b, "auditLog", "", id, entry);
    json_decref(entry);
}

int audit_list(struct call *call)
{
    struct store_query query = {
        .collection = "auditLog", .region = "", .after = uri_param(&call->uri, "cursor")};
    struct store_page page = {0};
    json_t *items = json_array();
    int r = resources_limit(call, 100, 1000, &query.limit);

    if (query.after && strlen(query.after) > STORE_NAME_MAX)
        query.after = NULL;
    if (r == 0)
        r = store_list(call->c->store, &query, &page);
    for (size_t i = 0; r == 0 && i < page.count; i++) {
        if (json_array_append_new(items, json_loads(page.items[i].value, 0, NULL)))
            r = -EIO;
    }
    if (r == 0)
        r = respond_json(call, 200,
                         json_pack("{s:O, s:s*}", "items", items, "next",
                                   page.more ? page.items[page.count - 1].id : NULL));
    store_page_done(&page);
    json_decref(items);
    return r;
}
