/* Tunnels and instances: found by id, made, forgotten. */
#include "node_internal.h"

#include <stdlib.h>

/* ---- tunnels ---- */

struct node_tunnel *node_find_tunnel(const struct node *node, const char *id)
{
    struct name_link *link = name_map_find(&node->by_tunnel, id);

    return link ? container_of(link, struct node_tunnel, link) : NULL;
}

struct node_tunnel *node_tunnel_for(struct node *node, const char *id)
{
    struct node_tunnel *t = node_find_tunnel(node, id);

    if (t)
        return t;
    t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    (void)text_copy(t->want.dataplane.id, sizeof(t->want.dataplane.id), id);
    if (name_map_add(&node->by_tunnel, &t->link, t->want.dataplane.id) < 0) {
        free(t);
        return NULL;
    }
    t->measured.loss_percent = t->measured.loss_there_percent = t->measured.loss_back_percent = -1;
    list_append(&node->tunnels, &t->all);
    list_init(&t->turning);
    list_init(&t->dp_changed);
    list_init(&t->ike_changed);
    list_init(&t->leaving.link);
    return t;
}

struct node_tunnel *node_told_tunnel(struct node *node, const char *id)
{
    return node->has_desired ? node_find_tunnel(node, id) : node_tunnel_for(node, id);
}

void node_free_tunnel(struct node *node, struct node_tunnel *t)
{
    name_map_remove(&node->by_tunnel, &t->link);
    list_remove(&t->all);
    list_remove(&t->turning);
    list_remove(&t->dp_changed);
    list_remove(&t->ike_changed);
    list_remove(&t->leaving.link);
    for (size_t i = 0; t->log && i < NODE_LOG_LINES; i++)
        free(t->log[i].text);
    free(t->log);
    explicit_bzero(t, sizeof(*t));
    free(t);
}

void node_forget_tunnels(struct node *node)
{
    list_for_each_safe (t, &node->tunnels, struct node_tunnel, all) {
        if (!t->object && !t->sent_up && list_empty(&t->dp_changed) && list_empty(&t->ike_changed))
            node_free_tunnel(node, t);
    }
}

void node_log_line(struct node_tunnel *t, const struct ipc_ike_log *line)
{
    struct node_log_line *slot;
    char *text = strdup(line->text);

    if (!t->log)
        t->log = calloc(NODE_LOG_LINES, sizeof(*t->log));
    if (!t->log || !text) {
        free(text);
        return;
    }
    slot = &t->log[t->n_log++ % NODE_LOG_LINES];
    free(slot->text);
    *slot = (struct node_log_line){.at_us = line->at_us, .level = line->level, .text = text};
}

/* ---- instances ---- */

struct node_instance *node_find_instance(const struct node *node, const char *id)
{
    struct name_link *link = name_map_find(&node->by_instance, id);

    return link ? container_of(link, struct node_instance, link) : NULL;
}

struct node_instance *node_instance_for(struct node *node, const char *id)
{
    struct node_instance *i = node_find_instance(node, id);

    if (i)
        return i;
    i = calloc(1, sizeof(*i));
    if (!i)
        return NULL;
    (void)text_copy(i->want.port.id, sizeof(i->want.port.id), id);
    if (name_map_add(&node->by_instance, &i->link, i->want.port.id) < 0) {
        free(i);
        return NULL;
    }
    list_append(&node->instances, &i->all);
    list_init(&i->check);
    i->measured.loss_percent = -1;
    i->leaving.line = true;
    list_init(&i->leaving.link);
    return i;
}

struct node_instance *node_told_line(struct node *node, const char *id)
{
    return node->has_desired ? node_find_instance(node, id) : node_instance_for(node, id);
}

void node_forget_lines(struct node *node)
{
    list_for_each_safe (i, &node->instances, struct node_instance, all) {
        if (!i->object)
            node_free_instance(node, i);
    }
}

void node_free_instance(struct node *node, struct node_instance *i)
{
    machine_forget(node, i);
    list_remove(&i->leaving.link);
    name_map_remove(&node->by_device, &i->device);
    name_map_remove(&node->by_instance, &i->link);
    list_remove(&i->all);
    free(i);
}
