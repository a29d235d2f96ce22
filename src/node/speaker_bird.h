/* speaker_bird.h - the BIRD of a border gateway: started in its namespace, told of a new
 * configuration, asked how its sessions are. Private to the node room.
 *
 * BIRD outlives the node: it is no child of it, and whoever finds its control socket goes on with
 * it. It ends when it is told to, and is started again when its socket is gone. All its files are
 * in one folder: bird.conf, bird.ctl, bird.pid, bird.log and bird.err. */
#ifndef ROPEWAY_NODE_SPEAKER_BIRD_H
#define ROPEWAY_NODE_SPEAKER_BIRD_H

#include <uv.h>

#include "bgp.h"
#include "peer.h"

#define BIRD_ERROR_MAX 256

struct bird_calls {
    void (*session)(void *arg, const struct bgp_session *session);
    /* One BFD session; NULL: these were all. */
    void (*bfd)(void *arg, const struct bgp_bfd *bfd);
    void (*configured)(void *arg); /* what it has is what was written last */
    /* The control socket answers, of one that we started or of one that was there; or it does so no
     * more. */
    void (*came)(void *arg);
    void (*went)(void *arg);
    void *arg;
};

enum bird_command { BIRD_NOTHING, BIRD_CONFIGURE, BIRD_POLL, BIRD_BFD, BIRD_STOP };

struct bird_line;

struct bird {
    struct bird_calls calls;
    uv_loop_t *loop;
    char dir[PEER_PATH_MAX];
    struct bird_line *line; /* to its control socket; NULL: none */
    bool greeted;
    enum bird_command busy; /* what the answer under way is to */
    bool with_bfd;          /* it is asked for BFD sessions, too */
    bool configure_due, poll_due, bfd_due;
    struct bgp_reply reply;
    struct bgp_sessions sessions;
    uint64_t started_us;        /* when it was started last, monotonic */
    unsigned failures;          /* starts in a row after which nobody answered */
    char error[BIRD_ERROR_MAX]; /* BIRD's words: of the configuration, or why it does not start */
};

/* Makes the folder. */
MUST_USE int bird_init(struct bird *bird, uv_loop_t *loop, const char *dir,
                       const struct bird_calls *calls);
/* Leaves BIRD running. */
void bird_done(struct bird *bird);
/* Writes bird.conf, which BIRD alone may read. */
MUST_USE int bird_write_config(struct bird *bird, const void *text, size_t len);
/* To be called each second: connects, starts it in the namespace of the descriptor if nobody
 * answers there, asks. */
void bird_tick(struct bird *bird, int netns_fd);
/* bird.conf is another one. */
void bird_configure(struct bird *bird);
void bird_poll(struct bird *bird);
/* Ends the one of that folder, waiting for it for a second at most, and removes the folder. */
void bird_end(const char *dir);

#endif
