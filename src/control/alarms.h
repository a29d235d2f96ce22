/* alarms.h - what alarms find, and who is told of it. Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_ALARMS_H
#define ROPEWAY_CONTROL_ALARMS_H

#include "notice.h"

/* What changed of an alarm at once. */
#define ALARM_MEMBERS_MAX 16 /* that are named */
#define ALARM_VALUE_MAX   32

struct alarm_change {
    bool over; /* it does not warn of these any more */
    size_t count;
    size_t named;
    char members[ALARM_MEMBERS_MAX][STORE_NAME_MAX + 1]; /* ids */
    char value[ALARM_VALUE_MAX];                         /* of the first; "": it has none */
    char usual[ALARM_VALUE_MAX];
    char project[65]; /* of all of them */
    struct alarm_change *next;
};

/* ---- in memory ---- */

/* A member of the scope of which it warns, or will if that lasts. */
struct bad {
    uint64_t since_us; /* since 1970; 1: nobody knows */
    bool firing;
    char value[ALARM_VALUE_MAX], usual[ALARM_VALUE_MAX]; /* when it was last looked at */
    char project[65];
    uint64_t round; /* in which it was last found bad */
    size_t len;
    char id[];
};

struct alarm_run {
    struct pmap *bad; /* id -> struct bad; the thread that ticks changes it, under alarm_lock */
    uint64_t round;
    bool known; /* anything of its scope; under alarm_lock, as what follows */
    size_t firing;
    uint64_t since_us;
    char value[ALARM_VALUE_MAX];
    char action[WORDS_TEXT_MAX];
};

/* One look at one alarm. */
struct look {
    struct region *r;
    const struct snapshot *s;
    const struct model_alarm *a;
    struct alarm_run *run;
    uint64_t now_us;
    bool known;
    double threshold; /* of a metric */
    double worst;
    double value, usual; /* of the member judged last; NAN: it has none */
    struct alarm_change *changes;
};

/* ---- how one member is (alarm_judge.c) ---- */

enum verdict { VERDICT_UNKNOWN, VERDICT_GOOD, VERDICT_BAD };

/* Fills in value and usual. */
enum verdict alarm_judge(struct look *l, const struct model_resource *m);
/* A value of that alarm, "" if it is NAN. */
void alarm_value_text(const struct model_alarm *a, double value, char ret[ALARM_VALUE_MAX]);

/* ---- built-in ones (alarm_defaults.c) ---- */

#define ALARM_DEFAULTS 7

/* The built-in alarm i as it is in the region, for who sees one project or all (NULL); borrows
 * region and project, and needs no unref. */
void alarm_default(const struct snapshot *s, const char *region, size_t i, const char *project,
                   struct model_alarm *ret);
/* Whether the member's connection wants no such alarm; false of alarms that are not built in. */
bool alarm_is_off(const struct snapshot *s, const struct model_alarm *a,
                  const struct model_resource *member);
/* Which set of suspects has what this state (enum model_alarm_cause; 0: none) is about; 0: none. */
enum model_default_alarm alarm_suspicion(uint8_t state);

/* ---- telling ---- */

/* Makes it an event and tells whoever the alarm names (alarm_send.c). */
void alarm_say(struct region *r, const struct snapshot *s, const struct model_alarm *a,
               const struct alarm_change *change, uint64_t now_us);

/* About each second. */
void alarms_tick(struct control *c, uint64_t now_us);
/* What came of a message (alarm_tell.c); a written message. */
void alarms_note_action(struct control *c, const char *region, const char *alarm,
                        const char *written);
void alarms_stop(struct control *c);

#endif
