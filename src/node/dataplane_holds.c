/* What the data plane has a descriptor for, so that it is not opened and sent again. */
#include "node_internal.h"

#include <stdlib.h>

/* A socket by its endpoint in words, or a port by its instance. */
struct held {
    struct name_link link;
    struct addr addr; /* of a socket */
    char name[];
};

static void note(struct name_map *map, const char *name, const struct addr *addr)
{
    size_t len = strlen(name) + 1;
    struct held *h;

    if (name_map_find(map, name))
        return;
    h = calloc(1, sizeof(*h) + len);
    if (!h)
        return; /* it is opened and sent once more than needed */
    memcpy(h->name, name, len);
    h->addr = *addr;
    if (name_map_add(map, &h->link, h->name) < 0)
        free(h);
}

static void forget(struct name_map *map, struct name_link *link)
{
    name_map_remove(map, link);
    free(container_of(link, struct held, link));
}

bool holds_socket(const struct node_dataplane *dp, const struct endpoint *local)
{
    char text[ENDPOINT_TEXT_MAX];

    return name_map_find(&dp->sockets, endpoint_format(local, text)) != NULL;
}

bool holds_port(const struct node_dataplane *dp, const char *id)
{
    return name_map_find(&dp->ports, id) != NULL;
}

void holds_note_socket(struct node_dataplane *dp, const struct endpoint *local)
{
    char text[ENDPOINT_TEXT_MAX];

    note(&dp->sockets, endpoint_format(local, text), &local->addr);
}

void holds_note_port(struct node_dataplane *dp, const char *id)
{
    static const struct addr none;

    note(&dp->ports, id, &none);
}

static void forget_all(struct name_map *map)
{
    for (size_t i = 0; i < map->n_slots; i++) {
        while (map->slots[i])
            forget(map, map->slots[i]);
    }
    name_map_done(map);
}

void holds_forget(struct node_dataplane *dp)
{
    forget_all(&dp->sockets);
    forget_all(&dp->ports);
}

static int compare(const void *a, const void *b)
{
    return addr_cmp(a, b);
}

static bool socket_is_wanted(const struct node *node, const struct held *h)
{
    return node->n_cloud &&
           bsearch(&h->addr, node->cloud, node->n_cloud, sizeof(*node->cloud), compare);
}

static bool port_is_wanted(const struct node *node, const struct held *h)
{
    const struct node_instance *i = node_find_instance(node, h->name);

    return i && i->wanted;
}

static void keep_wanted(const struct node *node, struct name_map *map,
                        bool (*is_wanted)(const struct node *node, const struct held *h))
{
    for (size_t i = 0; i < map->n_slots; i++) {
        for (struct name_link *link = map->slots[i], *next; link; link = next) {
            next = link->next;
            if (!is_wanted(node, container_of(link, struct held, link)))
                forget(map, link);
        }
    }
}

void holds_forget_sockets(struct node *node)
{
    keep_wanted(node, &node->dataplane.sockets, socket_is_wanted);
}

void holds_forget_ports(struct node *node)
{
    keep_wanted(node, &node->dataplane.ports, port_is_wanted);
}
