#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "documents.h"
#include "instance.h"
#include "private_net.h"
#include "story.h"

#include "../said.h"

char story_instance[IPC_ID_MAX], story_instance_key[80], story_netns[64];

bool story_configured(struct world *w)
{
    return ALL_THERE_SYNC(w) && w->ike.last.n_tunnels == 1;
}

const char *story_text(const json_t *obj, const char *key)
{
    const char *text = json_string_value(json_object_get(obj, key));

    return said(text ? text : "");
}

static bool says(const json_t *value, const char *code, const char *part)
{
    const char *text = json_is_string(value) ? json_string_value(value) : "";

    assert_written(text);
    return said_has(text, code) && strstr(said(text), part);
}

bool story_says(const json_t *obj, const char *key, const char *code, const char *part)
{
    return says(json_object_get(obj, key), code, part);
}

bool story_node_says(const struct world *w, const char *code, const char *part)
{
    return says(world_node(w, "error"), code, part);
}

bool story_instance_runs(struct world *w)
{
    return strcmp(story_text(world_status_of(w, story_instance_key), "state"), "running") == 0;
}

bool story_tunnel_is(struct world *w, const char *state)
{
    return strcmp(story_text(world_status_of(w, DOC_TUNNEL), "operState"), state) == 0;
}

bool story_tunnel_is_up(struct world *w)
{
    return story_tunnel_is(w, "up");
}

bool story_tunnel_is_down(struct world *w)
{
    return story_tunnel_is(w, "down");
}

bool story_nothing_left(struct world *w)
{
    char id[IPC_ID_MAX];

    return w->dataplane.last.n_ports == 0 && w->dataplane.last.n_tunnels == 0 &&
           w->ike.last.n_tunnels == 0 && instance_owner(w->run, story_netns, id) == -ENOENT;
}

bool story_settled(struct world *w)
{
    return story_configured(w) && story_instance_runs(w) && world_is_carried(w);
}

json_t *story_document(void)
{
    json_t *doc = document_make();

    json_object_set(doc, story_instance_key, json_object_get(doc, DOC_INSTANCE));
    json_object_del(doc, DOC_INSTANCE);
    return doc;
}

json_t *story_changed(const char *path, const char *json)
{
    json_t *doc = story_document();

    document_set(doc, path, json);
    return doc;
}

int story_setup(void **state)
{
    struct world *w;

    snprintf(story_instance, sizeof(story_instance), "i-test%d-n", (int)getpid());
    snprintf(story_instance_key, sizeof(story_instance_key), "instance/%s", story_instance);
    snprintf(story_netns, sizeof(story_netns), PRIVATE_NET_NAME "n", (int)getpid());
    private_net_enter();
    private_net_add_interface();
    w = world_make();
    world_set_desired(w, story_document());
    *state = w;
    return 0;
}

int story_teardown(void **state)
{
    world_free(*state);
    return 0;
}

void story_begin(struct world *w)
{
    world_start_node(w);
    UNTIL(w, story_settled);
}

void story_say(struct world *w, enum ipc_oper_state oper)
{
    world_status_message(w, oper);
    w->msg.ike_status.since_us = 1795336044123000;
    strcpy(w->msg.ike_status.ike_algs, "aes128-sha256-modp2048");
    if (oper != IPC_OPER_UP)
        words_write(SAY(IKE_PSK_MISMATCH, "203.0.113.1"), w->msg.ike_status.last_error,
                    sizeof(w->msg.ike_status.last_error));
    w->msg.ike_status.remote = (struct endpoint){.addr = addr_v4(203, 0, 113, 1), .port = 4500};
    w->msg.ike_status.handshake_us = 41000;
    world_send(w, &w->ike);
}
