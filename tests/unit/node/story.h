/* story.h - what every story about a node needs: its beginning, conditions to wait for, and what
 * the last status says. */
#ifndef ROPEWAY_STORY_H
#define ROPEWAY_STORY_H

#include "fake_world.h"

extern char story_instance[IPC_ID_MAX], story_netns[64]; /* of this process alone */

#define ALL_THERE_SYNC(w) ((w)->dataplane.last.n_ports == 1 && (w)->dataplane.last.n_tunnels == 1)

#define UNTIL(w, condition)                                                                        \
    do {                                                                                           \
        if (!world_until(w, condition)) {                                                          \
            char *status_text = json_dumps((w)->status, JSON_INDENT(1));                           \
            print_error("%s did not come true; last status %s\n", #condition, status_text);        \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

bool story_configured(struct world *w);
const char *story_text(const json_t *obj, const char *key);
bool story_instance_runs(struct world *w);
bool story_tunnel_is(struct world *w, const char *state);
bool story_tunnel_is_up(struct world *w);
bool story_tunnel_is_down(struct world *w);
bool story_nothing_left(struct world *w);
bool story_settled(struct world *w);
json_t *story_document(void);
int story_setup(void **state);
int story_teardown(void **state);
void story_begin(struct world *w);
void story_say(struct world *w, enum ipc_oper_state oper);

#endif
