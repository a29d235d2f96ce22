/* story.h - what every story about a node needs: its beginning, conditions to wait for, and what
 * the last status says. */
#ifndef ROPEWAY_STORY_H
#define ROPEWAY_STORY_H

#include "fake_world.h"

/* Of this process alone; the key is that of its object. */
extern char story_instance[IPC_ID_MAX], story_instance_key[80], story_netns[64];

#define ALL_THERE_SYNC(w) ((w)->dataplane.last.n_ports == 1 && (w)->dataplane.last.n_tunnels == 1)

#define UNTIL(w, condition)                                                                        \
    do {                                                                                           \
        if (!world_until(w, condition)) {                                                          \
            char *status_text = json_dumps((w)->entries, JSON_INDENT(1));                          \
            char *last_text = json_dumps((w)->last_report, JSON_COMPACT);                          \
            print_error("%s did not come true; entries %s\nlast report %.2000s\n", #condition,     \
                        status_text, last_text);                                                   \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

bool story_configured(struct world *w);
/* Of a written reason the sentence, in English; good for a few calls. */
const char *story_text(const json_t *obj, const char *key);
/* A written reason under that key has this code, or one in it has, and says this. */
bool story_says(const json_t *obj, const char *key, const char *code, const char *part);
/* What the node as a whole says is wrong. */
bool story_node_says(const struct world *w, const char *code, const char *part);
bool story_instance_runs(struct world *w);
bool story_tunnel_is(struct world *w, const char *state);
bool story_tunnel_is_up(struct world *w);
bool story_tunnel_is_down(struct world *w);
bool story_nothing_left(struct world *w);
bool story_settled(struct world *w);
/* document_make() with the instance of this process. */
json_t *story_document(void);
/* The same with something set or removed. */
json_t *story_changed(const char *path, const char *json);
int story_setup(void **state);
int story_teardown(void **state);
void story_begin(struct world *w);
void story_say(struct world *w, enum ipc_oper_state oper);

#endif
