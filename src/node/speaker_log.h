/* speaker_log.h - follows the log of a border gateway's BIRD. Private to the node room. */
#ifndef ROPEWAY_NODE_SPEAKER_LOG_H
#define ROPEWAY_NODE_SPEAKER_LOG_H

#include "bgp.h"

struct bird_log {
    int fd; /* -1: none is open */
    bool begun;
    struct bgp_lines lines;
};

void bird_log_init(struct bird_log *log);
void bird_log_done(struct bird_log *log);
/* The lines that came since the last time, of a log that was there at the first time those to come;
 * so much at a time. BIRD begins a new file when one is full. */
void bird_log_read(struct bird_log *log, const char *dir, void (*take)(void *arg, const char *line),
                   void *arg);

#endif
