#include "answering.h"

/* What is behind the two ends. */

#define PAIRS_MAX 1000 /* more than a device would take */

static void put_addr(struct scope *s, enum device_field field, const struct addr *a)
{
    char text[ADDR_TEXT_MAX];

    scope_text(s, field, addr_format(a, text));
}

static void put_network(struct scope *s, enum device_field list, const struct prefix *p)
{
    char text[PREFIX_TEXT_MAX];
    struct addr mask = prefix_mask(p);
    struct scope *item;

    prefix_format(p, text);
    item = scope_item(s, list, text, strlen(text));
    if (!item)
        return;
    put_addr(item, DEVICE_NET_ADDRESS, &p->addr);
    put_addr(item, DEVICE_NET_MASK, &mask);
    scope_number(item, DEVICE_NET_LENGTH, p->len);
    scope_flag(item, DEVICE_NET_V6, p->addr.family == ADDR_IPV6);
    s->failed |= item->failed;
}

/* lists: all, IPv4, IPv6, three fields in a row. */
static void put_lists(struct scope *s, enum device_field lists, const struct prefix *nets,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_network(s, lists, &nets[i]);
        put_network(s, nets[i].addr.family == ADDR_IPV6 ? lists + 2 : lists + 1, &nets[i]);
    }
    for (enum device_field list = lists; list <= lists + 2; list++)
        scope_list_end(s, list);
}

static void warn_of_networks(struct answering *a)
{
    const struct device_question *q = a->q;
    const char *connection = q->connection->head.name;

    if (q->connection->routing != MODEL_ROUTING_STATIC)
        return;
    if (!q->customer_count)
        answering_warn(a, SAY(DEVICE_NO_CUSTOMER_NETWORK, connection));
    if (!q->cloud_count)
        answering_warn(a, SAY(DEVICE_NO_CLOUD_NETWORK, connection));
}

/* address, mask and wildcard are three fields in a row. */
static void put_end(struct scope *s, enum device_field text, enum device_field address,
                    const struct prefix *p)
{
    char buf[PREFIX_TEXT_MAX];
    struct addr mask = prefix_mask(p), wildcard = mask;

    for (size_t i = 0; i < addr_len(&mask); i++)
        wildcard.bytes[i] = (uint8_t)~mask.bytes[i];
    scope_text(s, text, prefix_format(p, buf));
    put_addr(s, address, &p->addr);
    put_addr(s, address + 1, &mask);
    put_addr(s, address + 2, &wildcard);
}

static void put_pair(struct scope *s, const struct prefix *local, const struct prefix *remote)
{
    struct scope *item = scope_item(s, DEVICE_PAIRS, "", 0);

    if (!item)
        return;
    put_end(item, DEVICE_PAIR_LOCAL, DEVICE_PAIR_LOCAL_ADDRESS, local);
    put_end(item, DEVICE_PAIR_REMOTE, DEVICE_PAIR_REMOTE_ADDRESS, remote);
    scope_flag(item, DEVICE_PAIR_V6, local->addr.family == ADDR_IPV6);
    s->failed |= item->failed;
}

static void put_pairs(const struct device_question *q, struct scope *s)
{
    size_t count = 0;

    for (size_t i = 0; i < q->customer_count; i++) {
        for (size_t k = 0; k < q->cloud_count && count < PAIRS_MAX; k++) {
            if (q->customer[i].addr.family != q->cloud[k].addr.family)
                continue;
            put_pair(s, &q->customer[i], &q->cloud[k]);
            count++;
        }
    }
    scope_list_end(s, DEVICE_PAIRS);
}

void put_networks(struct answering *a, struct scope *s)
{
    put_lists(s, DEVICE_LOCAL, a->q->customer, a->q->customer_count);
    put_lists(s, DEVICE_REMOTE, a->q->cloud, a->q->cloud_count);
    put_pairs(a->q, s);
    warn_of_networks(a);
}
