/* alarms.h - what alarms find, and who is told of it. Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_ALARMS_H
#define ROPEWAY_CONTROL_ALARMS_H

#include "notice.h"

/* What changed of an alarm at once. */
#define ALARM_MEMBERS_MAX 16 /* that are named */

struct alarm_change {
    bool over; /* it does not warn of these any more */
    size_t count;
    size_t named;
    char members[ALARM_MEMBERS_MAX][STORE_NAME_MAX + 1]; /* ids */
    char value[32]; /* of the metric of the first; "": it is about a state */
};

/* Makes it an event and tells whoever the alarm names (alarm_send.c). */
void alarm_say(struct region *r, const struct snapshot *s, const struct model_alarm *a,
               const struct alarm_change *change, uint64_t now_us);

/* About each second. */
void alarms_tick(struct control *c, uint64_t now_us);
/* What came of a message (alarms.c); a written message. */
void alarms_note_action(struct control *c, const char *region, const char *alarm,
                        const char *written);
void alarms_stop(struct control *c);

#endif
