#include "hosts.h"

#include <stdio.h>

/* Hosts in reports. */

struct taking {
    struct region *region;
    struct node_state *node;
    struct heard_edit edit;
    const struct snapshot *s;
    hosts_refuse *refuse;
    void *arg;
};

static void refuse(struct taking *t, const char *subnet, enum words_code why)
{
    char key[128];

    (void)text_printf(key, sizeof(key), "hosts/%s", subnet);
    t->refuse(t->arg, key, why);
}

/* ---- one host ---- */

static bool read_mac(const char *text, uint8_t ret[6])
{
    unsigned b[6];
    char tail;

    if (strlen(text) != PLAN_MAC_MAX - 1 || text[strspn(text, "0123456789abcdef:")] ||
        sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
               &tail) != 6)
        return false;
    for (size_t i = 0; i < 6; i++)
        ret[i] = (uint8_t)b[i];
    return true;
}

static bool read_host(struct model_in *item, const struct model_subnet *subnet, struct host *ret)
{
    return addr_parse(model_in_text(item, "address"), &ret->address) == 0 &&
           prefix_contains_addr(&subnet->cidr, &ret->address) &&
           read_mac(model_in_text(item, "mac"), ret->mac) &&
           clock_parse(model_in_text(item, "seen"), &ret->seen_us) == 0;
}

/* A node is believed about networks that it was given. NULL: it is not this one's. */
static const struct model_subnet *its_own(const struct taking *t, const char *id)
{
    const struct model_subnet *subnet = snapshot_get(t->s, MODEL_SUBNET, id);

    return subnet && subnet->interface && heard_was_given(t->region, t->node->id, "network", id)
               ? subnet
               : NULL;
}

static int take_put(struct taking *t, struct model_in *item)
{
    const char *id = model_in_text(item, "subnet");
    const struct model_subnet *subnet = its_own(t, id);
    struct host host;
    int r;

    if (!subnet) {
        refuse(t, id, WORDS_REPORT_FOREIGN);
        return 0;
    }
    if (!read_host(item, subnet, &host)) {
        refuse(t, id, WORDS_REPORT_HOST);
        return 0;
    }
    r = heard_edit(&t->edit, id);
    if (r == 0 && heard_edited(&t->edit) >= (size_t)HOSTS_LIMIT_MAX) {
        refuse(t, id, WORDS_REPORT_HOSTS_FULL);
        return 0;
    }
    return r == 0 ? hosts_put(&t->edit, &host) : r;
}

static int take_gone(struct taking *t, struct model_in *item)
{
    const char *id = model_in_text(item, "subnet");
    struct addr a;
    int r;

    if (!its_own(t, id))
        return 0; /* it is gone with its network */
    if (addr_parse(model_in_text(item, "address"), &a) < 0) {
        refuse(t, id, WORDS_REPORT_HOST);
        return 0;
    }
    r = heard_edit(&t->edit, id);
    return r == 0 ? hosts_remove(&t->edit, &a) : r;
}

static int take_list(struct taking *t, struct model_in *hosts, const char *name,
                     int (*take)(struct taking *t, struct model_in *item))
{
    const struct model_in list = model_in_member(hosts, name);
    struct model_in_walk w = model_in_values(&list);
    struct model_in item;
    int r = 0;

    while (r == 0 && model_in_next(&w, NULL, &item))
        r = take(t, &item);
    return r;
}

int hosts_take(struct region *r, struct node_state *n, const struct model_in *hosts,
               hosts_refuse *refuse_one, void *arg)
{
    struct model_in doc = *hosts;
    struct snapshot *s = region_now(r);
    struct taking t = {.region = r,
                       .node = n,
                       .edit = hosts_begin(r, n->id),
                       .s = s,
                       .refuse = refuse_one,
                       .arg = arg};
    int result = take_list(&t, &doc, "gone", take_gone), closed;

    if (result == 0)
        result = take_list(&t, &doc, "put", take_put);
    closed = heard_edit(&t.edit, NULL);
    snapshot_unref(s);
    return result < 0 ? result : closed;
}
