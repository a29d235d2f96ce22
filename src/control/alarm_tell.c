#include "alarms.h"

/* Those who follow hear of an alarm. */

static int tell_one(struct region *r, const struct snapshot *s, const struct model_alarm *a,
                    enum words_lang lang, struct buf *ret)
{
    struct buf texts[WORDS_LANGS] = {0};
    bool observed;
    int result = feed_text(r, s, &a->head, FEED_RESOURCE, 1U << lang, texts, &observed);

    buf_add(ret, texts[lang].data, texts[lang].len);
    buf_done(&texts[lang]);
    return result;
}

int alarms_tell_built_in(struct region *r, const struct snapshot *s, uint64_t which,
                         const struct principal *who, enum words_lang lang, struct buf *ret)
{
    const char *project = who->rights.project;
    int result = 0;

    for (size_t i = 0; snapshot_region(s) && result == 0 && i < ALARM_DEFAULTS; i++) {
        struct model_alarm a;

        if (!(which >> i & 1))
            continue;
        alarm_default(s, r->id, i, *project ? project : NULL, &a);
        result = tell_one(r, s, &a, lang, ret);
    }
    return result;
}

void alarms_note_action(struct control *c, const char *region, const char *alarm,
                        const char *written)
{
    struct region *r = house_find(c, region);
    struct alarm_run *run;

    if (!r)
        return;
    pthread_mutex_lock(&r->alarm_lock);
    run = pmap_get(r->alarms, alarm, strlen(alarm));
    if (run)
        (void)text_copy(run->action, sizeof(run->action), written);
    pthread_mutex_unlock(&r->alarm_lock);
    feed_mark(r, MODEL_ALARM, alarm, FEED_STATUS);
}
