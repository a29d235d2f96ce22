/* This machine: cloud addresses at once, instances one after the other between other events. */
#include "node_internal.h"

#include <stdio.h>

#include "attached.h"
#include "cloud.h"
#include "netns.h"

/* A log is for engineers, and in English. */
static void warn(const char *written)
{
    char said[WORDS_TEXT_MAX];

    log_warn("%s", words_say_written(written, WORDS_EN, said, sizeof(said)));
}

void machine_cloud(struct node *node)
{
    struct cloud_result result;

    if (cloud_ensure(node->run_dir, node->config->public_interface, node->cloud, node->n_cloud,
                     &result) < 0 &&
        strcmp(node->cloud_error, result.error) != 0)
        warn(result.error);
    if (strcmp(node->cloud_error, result.error) != 0) {
        report_all_due(node);
        node_report_soon(node);
    }
    if (*result.error)
        node_retry_soon(node);
    memcpy(node->cloud_error, result.error, sizeof(node->cloud_error));
}

/* ---- leftovers ---- */

static bool is_leftover(void *arg, const char *device, const char *id)
{
    struct node *node = arg;

    if (objects_find(&node->set, DESIRED_INSTANCE, id) ||
        objects_find(&node->set, DESIRED_LINE, id))
        return false; /* also one whose configuration is in disorder: it is not deleted for that */
    log_info("%s is removed with its interface %s", id, device);
    return true;
}

/* Known without a look into it. */
static bool is_in_use(const struct node *node, const char *netns)
{
    char id[NODE_NETNS_MAX];
    const struct node_instance *i;

    if (snprintf(id, sizeof(id), "i-%s", netns + strlen("rw-")) >= (int)sizeof(id))
        return false;
    i = node_find_instance(node, id);
    return i && i->wanted && strcmp(i->want.netns, netns) == 0;
}

/* A namespace with our mark whose instance is not desired: of one that was deleted, now or while
 * the node was away. */
static int scan_one(void *arg, const char *netns)
{
    struct node *node = arg;
    char id[IPC_ID_MAX];
    int r;

    if (text_starts_with(netns, SPEAKER_NETNS_START) || is_in_use(node, netns) ||
        instance_owner(node->run_dir, netns, id) < 0)
        return 0; /* somebody else's */
    if (objects_find(&node->set, DESIRED_INSTANCE, id))
        return 0;
    r = instance_remove(node->run_dir, netns);
    if (r < 0 && !*node->scan_error)
        words_write(SAY(NODE_NAMESPACE_NOT_REMOVED, netns, strerror(-r)), node->scan_error,
                    sizeof(node->scan_error));
    if (r == 0)
        log_info("instance %s is removed", id);
    return 0;
}

static void remove_leftovers(struct node *node)
{
    char before[sizeof(node->scan_error)];
    int r;

    memcpy(before, node->scan_error, sizeof(before));
    node->scan_error[0] = 0;
    r = netns_each("rw-", scan_one, node);
    if (r < 0)
        words_write(SAY(NODE_NAMESPACES_NOT_LISTED, strerror(-r)), node->scan_error,
                    sizeof(node->scan_error));
    r = attached_sweep(node->run_dir, is_leftover, node);
    if (r < 0 && !*node->scan_error)
        words_write(SAY(NODE_TAPS_NOT_REMOVED, strerror(-r)), node->scan_error,
                    sizeof(node->scan_error));
    if (strcmp(before, node->scan_error) != 0) {
        if (*node->scan_error)
            warn(node->scan_error);
        node_report_soon(node);
    }
    if (*node->scan_error)
        node_retry_soon(node);
}

/* ---- instances ---- */

static void machine_on_work(uv_timer_t *timer);

/* An interface that went and came again is another one: the old one's socket hears nothing. */
static void note_interface(struct node_instance *i, struct instance_result *result)
{
    if (i->index && result->index != i->index)
        result->new_tap = true;
    i->index = result->index;
    i->mtu = result->mtu;
}

static bool ensure(const struct node *node, const struct desired_instance *want,
                   struct instance_result *ret)
{
    const char *public = node->config->public_interface;

    if (want->attachment == DESIRED_NIC && !want->port.vlan && public &&
        strcmp(want->device, public) == 0) {
        *ret = (struct instance_result){0};
        words_write(SAY(NODE_PUBLIC_INTERFACE, public), ret->error, sizeof(ret->error));
        return false;
    }
    return instance_ensure(node->run_dir, want, ret) == 0;
}

/* ---- private interfaces: routes and BGP follow them ---- */

void machine_follow(struct node *node, struct node_instance *i)
{
    const struct desired_line *line = i->object ? i->object->value : NULL;
    bool down = line_takes_routes(i) == 0;

    if (!line)
        return;
    if (down != i->object->down) {
        i->object->down = down;
        tables_touch_line(&node->tables, i->object->id);
        node->dataplane.due = true;
        node_carry_soon(node);
    }
    speakers_follow(&node->speakers, i->object->id);
}

static void go_on(struct node *node)
{
    if (!uv_is_active((uv_handle_t *)&node->work))
        uv_timer_start(&node->work, machine_on_work, 0, 0);
}

/* At once, though nothing of it has changed. */
static void look(struct node *node, struct node_instance *i)
{
    if (!list_empty(&i->check))
        return;
    list_insert_before(node->to_check.next, &i->check);
    go_on(node);
}

/* Some interface is another than before. */
static void on_links(void *arg)
{
    struct node *node = arg;

    if (!node->has_desired)
        return;
    list_for_each (i, &node->instances, struct node_instance, all) {
        if (wire_is(i) && i->wanted)
            look(node, i);
    }
}

void machine_listen(struct node *node)
{
    int r = links_init(&node->links, &node->loop, on_links, node);

    if (r < 0)
        log_warn("interfaces are looked at every ten seconds only: %s", strerror(-r));
}

/* ---- one after the other ---- */

/* It has been looked at. */
static void leave_queue(struct node *node, struct node_instance *i)
{
    if (!list_empty(&i->check) && !i->checked)
        node->n_fresh--;
    list_remove(&i->check);
}

static void check_one(struct node *node, struct node_instance *i)
{
    struct instance_result result;
    bool ready = ensure(node, &i->want, &result);
    const char *what = line_is(i) ? "private interface" : network_is(i) ? "network" : "instance";
    uint16_t mtu = i->mtu;
    char said[WORDS_TEXT_MAX];

    if (ready)
        note_interface(i, &result);
    if (ready && (result.changed || (wire_is(i) && !i->ready)))
        log_info("%s %s is in place: %s", what, i->want.port.id,
                 *i->want.netns ? i->want.netns : i->want.device);
    if (!ready && strcmp(i->error, result.error) != 0)
        log_warn("%s %s: %s", what, i->want.port.id,
                 words_say_written(result.error, WORDS_EN, said, sizeof(said)));
    if (ready != i->ready || !i->checked || strcmp(i->error, result.error) != 0)
        node_report_soon(node);
    if (ready != i->ready || result.new_tap || mtu != i->mtu)
        node->ports_changed = true;
    i->new_tap |= result.new_tap;
    if (!ready)
        i->port_since = 0;
    i->ready = ready;
    leave_queue(node, i);
    i->checked = true;
    memcpy(i->error, result.error, sizeof(i->error));
    report_due(node, i->object);
    if (line_is(i))
        machine_follow(node, i);
    if (!ready)
        node_retry_soon(node);
}

static void end_pass(struct node *node)
{
    if (node->ports_changed) {
        node->dataplane.due = true;
        node->dataplane.whole |= IPC_PART_TABLES;
        node_carry_soon(node);
        carry_extend(node);
    }
    carry_look(node);
}

/* One step at a time, so that packets of the other programs are not kept waiting. */
static void machine_on_work(uv_timer_t *timer)
{
    struct node *node = container_of(timer, struct node, work);

    if (node->scan_due) {
        node->scan_due = false;
        remove_leftovers(node);
    } else if (!list_empty(&node->to_check)) {
        check_one(node, container_of(node->to_check.next, struct node_instance, check));
    }
    if (list_empty(&node->to_check) && !node->scan_due)
        end_pass(node);
    else
        go_on(node);
}

void machine_check(struct node *node, struct node_instance *i)
{
    leave_queue(node, i);
    i->checked = false;
    node->n_fresh++;
    list_insert_before(node->to_check.next, &i->check); /* before those of an audit */
}

void machine_forget(struct node *node, struct node_instance *i)
{
    leave_queue(node, i);
}

void machine_start(struct node *node)
{
    go_on(node);
}

void machine_audit(struct node *node)
{
    node->scan_due = true;
    list_for_each (i, &node->instances, struct node_instance, all) {
        if (i->wanted && list_empty(&i->check))
            list_append(&node->to_check, &i->check);
    }
    go_on(node);
}
