/* recorder.h - what of the nodes' reports becomes history, and what is answered about it. Private
 * to the control room. */
#ifndef ROPEWAY_CONTROL_RECORDER_H
#define ROPEWAY_CONTROL_RECORDER_H

#include "control_internal.h"
#include "history.h"

/* ---- the series (recorder_kinds.c) ---- */

/* Whose sums and whose own: the first of all but instances and nodes are the same. */
enum recorder_traffic {
    TRAFFIC_BITS_OUT,
    TRAFFIC_BITS_IN,
    TRAFFIC_ENCRYPTED_OUT,
    TRAFFIC_ENCRYPTED_IN,
    TRAFFIC_PACKETS_OUT,
    TRAFFIC_PACKETS_IN,
    TRAFFIC_DROPS_OUT,
    TRAFFIC_DROPS_IN,
    TRAFFIC_REKEYS,
    TRAFFIC_SERIES
};

enum { /* of a tunnel */
       TUNNEL_SERIES_UP = TRAFFIC_SERIES,
       TUNNEL_SERIES_HANDSHAKE,
       TUNNEL_SERIES_DPD_RTT,
       TUNNEL_SERIES_DPD_LOSS,
};

enum { /* of a gateway, a connection and a node: sums */
       SUM_SERIES_UP = TRAFFIC_SERIES,
       SUM_SERIES,
};

enum { /* of a node */
       NODE_SERIES_CPU = SUM_SERIES,
       NODE_SERIES_CPUS,
       NODE_SERIES_MEMORY,
       NODE_SERIES_MEMORY_TOTAL,
       NODE_SERIES_DROPS, /* one for each reason follows */
};

enum { /* of a tunnel or private interface that is probed, in a file of their own */
       PROBE_SERIES_RTT,
       PROBE_SERIES_LOSS,
       PROBE_SERIES_JITTER,
       PROBE_SERIES_LOSS_THERE,
       PROBE_SERIES_LOSS_BACK,
       PROBE_SERIES
};

enum { /* of an instance and an attachment */
       OBJECT_BITS_OUT,
       OBJECT_BITS_IN,
       OBJECT_PACKETS_OUT,
       OBJECT_PACKETS_IN,
       OBJECT_DROPS_OUT,
       OBJECT_DROPS_IN,
       OBJECT_SERIES
};

enum { /* of a private interface, behind the same: out is into the line */
       LINE_SERIES_UP = OBJECT_SERIES,
       LINE_SERIES
};

#define RECORDER_REASONS 8 /* of drops of a tunnel that ever dropped a packet, in another */

/* Series that share a file: most resources have no others than those of the first. */
struct recorder_part {
    const char *suffix; /* of the key: "", ".probe", ".drops" */
    const struct history_kind *kind;
};

enum { REASON_REPLAYED = 1, REASON_TOO_BIG = 5 }; /* series of RECORDER_DROPS */

enum { RECORDER_MAIN, RECORDER_PROBE, RECORDER_DROPS, RECORDER_PARTS };

/* The parts of a kind; the suffix NULL ends. NULL: no history is kept of that kind. */
const struct recorder_part *recorder_parts(enum model_kind_id kind);
/* "dropsMalformed", ...: the counter of a tunnel's series i of RECORDER_DROPS. */
const char *recorder_reason(size_t i);
/* "frame_malformed", ...: NULL at the end; series NODE_SERIES_DROPS + i. */
const char *recorder_drop(size_t i);

/* ---- feeding (recorder_feed.c) ---- */

/* Of a tunnel, over about two minutes, what is nearer counting more; NAN: nobody knows. */
struct recorder_recent {
    double rtt_us, usual_us; /* the latter of the last day (usual.c) */
    bool by_dpd; /* both are of DPD: rtt_us is the least of the last few times it told */
    double loss_percent;
    double replayed, too_big; /* drops a second */
};

/* What DPD says of the way to a tunnel's peer (asked.c); NAN: nothing. */
struct recorder_way {
    double rtt_us, loss_percent;
};

/* What had come of DPD when a report last had news of it, and what that says. */
struct recorder_asked {
    uint64_t at_us;
    uint64_t by; /* which life of whoever counts; 0: nothing is known */
    uint64_t answered, lost, timed, time_us;
    uint64_t timed_us; /* when an answer last told a time */
    struct recorder_way way;
};

#define RECENT_TIMES 4

/* What was known of counters at the last sample. */
struct recorder_counts {
    uint64_t at_us; /* 0: never */
    struct history_counts counts;
    struct recorder_asked asked; /* of a tunnel */
    float *last; /* of the series of the kind, as they were last known; NULL: not yet */
    uint64_t last_us;
    struct { /* of a tunnel: sums that fade (recent.c) */
        double seconds, answered, lost, time_us, replayed, too_big;
        double usual_us, usual_dpd_us; /* by probes, and by DPD; 0: not known */
        double dpd_us[RECENT_TIMES];   /* what DPD told last, a ring */
        unsigned dpd_told;             /* how often, since it told of something else than a time */
        uint64_t usual_at_us;
        bool usual_due;
        uint8_t suspect; /* bit c: of enum model_default_alarm c; all at first, so that what an
                            earlier node was suspected of is over */
    } recent;
};

/* (recorder_counts.c) Made if it is not there; NULL: out of memory. Live lock held. */
struct recorder_counts *recorder_counts_of(struct node_state *n, const char *id);
/* Of a node that is forgotten. */
void recorder_forget(struct node_state *n);

/* What a series of a tunnel or node was when its node last counted; NAN if nobody knows it now (or
 * there is no such series). Live lock held. */
double recorder_last(const struct node_state *n, enum model_kind_id kind, const char *id,
                     const char *series, uint64_t now_us);

/* false: nobody knows it now. Live lock held. */
bool recorder_recent(const struct node_state *n, const char *id, uint64_t now_us,
                     struct recorder_recent *ret);

/* ---- what came of DPD (asked.c) ---- */

/* What a report says of a tunnel, taken at at_us. */
struct recorder_asked asked_of(const struct said *said, uint64_t at_us);
/* Takes it, and returns what is known of the time since the sample before. A peer is asked each ten
 * seconds or so, or less often: so what the last answers said holds until the next ones while the
 * tunnel is up, but for five minutes at most. Another life of the counters begins with nothing. */
#define ASKED_HOLDS_US (300 * UINT64_C(1000000))
struct recorder_way asked_take(struct recorder_asked *a, const struct recorder_asked *now, bool up);

/* ---- what is recent of a tunnel (recent.c), what is usual (usual.c) ---- */

/* What a sample of so many seconds counted: rates a second of answered and lost probes, of
 * microseconds that those took, of drops. NAN changes nothing. */
struct recent_sample {
    double seconds, answered, lost, time_us, replayed, too_big;
};

void recent_add(struct recorder_counts *c, const struct recent_sample *s);
/* c->asked was taken at at_us. */
void recent_add_dpd(struct recorder_counts *c, uint64_t at_us);
struct recorder_recent recent_of(const struct recorder_counts *c);
/* Whether a built-in alarm (of those about recent) has to do with it; false if nobody knows.
 * *ret_known says that somebody does. */
bool recent_is_bad(const struct recorder_recent *recent, enum model_default_alarm alarm,
                   bool *ret_known);
/* Tells alarms what changed of that. Live lock held. */
void recent_tell(struct region *r, struct recorder_counts *c, const char *id);

/* The tunnel's round-trip time is known: what is usual of it is looked up if that was long ago.
 * Live lock held. */
void usual_want(struct region *r, struct recorder_counts *c, const char *id);
/* Looks up some of those that are wanted; waits for the disk. */
void usual_work(struct control *c, uint64_t now_us);
/* The median of what is known, if that is enough: NAN. Sorts values. */
double usual_of(double *values, size_t n);

/* A report came that says when all counters were read: takes what is known of the node's objects
 * now. doc is the report. Live lock held. */
void recorder_take(struct region *r, struct node_state *n, struct model_in *doc, uint64_t now_us);

/* ---- life (recorder.c) ---- */

/* Begins to keep history in state_dir/history; whatever goes wrong is said, and then none is kept.
 */
void recorder_start(struct control *c, const char *state_dir);
/* Writes what is in memory. */
void recorder_stop(struct control *c);

#endif
