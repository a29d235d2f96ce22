#include "alarms.h"
#include "deliver.h"

#include <stdio.h>

/* What an alarm says, and to whom. */

/* ---- the words ---- */

/* Written; what it warns of. */
static void write_cause(const struct model_alarm *a, const struct alarm_change *c, char *ret,
                        size_t size)
{
    const char *value = *c->value ? c->value : "-", *usual = *c->usual ? c->usual : "-";
    static const enum words_code states[] = {
        [MODEL_TUNNEL_DOWN] = WORDS_CAUSE_TUNNEL_DOWN,
        [MODEL_ONE_TUNNEL_UP] = WORDS_CAUSE_ONE_TUNNEL_UP,
        [MODEL_NODE_OFFLINE] = WORDS_CAUSE_NODE_OFFLINE,
        [MODEL_CERTIFICATE_EXPIRY] = WORDS_CAUSE_CERTIFICATE_EXPIRY,
        [MODEL_LINE_DOWN] = WORDS_CAUSE_LINE_DOWN,
    };

    if (a->state == MODEL_RTT_DOUBLED)
        words_write(SAY(CAUSE_RTT_DOUBLED, value, usual), ret, size);
    else if (a->state == MODEL_LOSS_HIGH)
        words_write(SAY(CAUSE_LOSS_HIGH, value), ret, size);
    else if (a->state == MODEL_REPLAY_DROPS)
        words_write(SAY(CAUSE_REPLAY_DROPS, value), ret, size);
    else if (a->state == MODEL_TOO_BIG_DROPS)
        words_write(SAY(CAUSE_TOO_BIG_DROPS, value), ret, size);
    else if (a->state)
        words_write(SAY_CODE(states[a->state]), ret, size);
    else if (a->comparison == MODEL_ABOVE)
        words_write(c->over ? SAY(CAUSE_NOT_ABOVE, a->metric, value, a->threshold)
                            : SAY(CAUSE_ABOVE, a->metric, value, a->threshold),
                    ret, size);
    else
        words_write(c->over ? SAY(CAUSE_NOT_BELOW, a->metric, value, a->threshold)
                            : SAY(CAUSE_BELOW, a->metric, value, a->threshold),
                    ret, size);
}

static const char *name_of(const struct snapshot *s, const char *id)
{
    const struct model_kind *kind = model_kind_of_id(id);
    const struct model_resource *m = kind ? snapshot_get(s, kind->id, id) : NULL;

    return m && m->name && *m->name ? m->name : id;
}

static void write_change(const struct snapshot *s, const struct model_alarm *a,
                         const struct alarm_change *c, char *ret, size_t size)
{
    const char *member = name_of(s, c->members[0]);
    char cause[EVENTS_TEXT_MAX];

    write_cause(a, c, cause, sizeof(cause));
    if (c->count == 1)
        words_write(c->over ? SAY(EVENT_ALARM_OVER, member, words_written(cause))
                            : SAY(EVENT_ALARM, member, words_written(cause)),
                    ret, size);
    else
        words_write(c->over ? SAY(EVENT_ALARM_OVER_MANY, c->count, member, words_written(cause))
                            : SAY(EVENT_ALARM_MANY, c->count, member, words_written(cause)),
                    ret, size);
}

/* ---- the message ---- */

/* A message that is being made: what it borrows. */
struct message {
    struct buf body, subject, text;
    char *secret;
};

static void message_done(struct message *m)
{
    buf_done(&m->body);
    buf_done(&m->subject);
    buf_done(&m->text);
    secrets_free(m->secret);
}

static void put(struct model_out *out, const char *name, const char *text)
{
    model_out_key(out, name);
    model_out_string(out, text);
}

static const char *severity_of(const struct model_alarm *a)
{
    return events_severity_name((enum events_severity)(a->severity - 1));
}

static void write_alarm(struct region *r, const struct model_alarm *a, struct model_out *out)
{
    model_out_key(out, "alarm");
    model_out_object(out);
    put(out, "id", a->head.id);
    put(out, "name", a->head.name ? a->head.name : "");
    put(out, "regionId", r->id);
    put(out, "projectId", a->head.project_id);
    put(out, "severity", severity_of(a));
    model_out_end(out);
}

static void write_members(const struct snapshot *s, const struct alarm_change *c,
                          struct model_out *out)
{
    model_out_key(out, "count");
    model_out_integer(out, (int64_t)c->count);
    model_out_key(out, "members");
    model_out_array(out);
    for (size_t i = 0; i < c->named; i++) {
        model_out_object(out);
        put(out, "id", c->members[i]);
        put(out, "name", name_of(s, c->members[i]));
        model_out_end(out);
    }
    model_out_end(out);
}

/* change NULL: a test. */
static void write_body(struct region *r, const struct snapshot *s, const struct model_alarm *a,
                       const struct alarm_change *change, const char *written, uint64_t now_us,
                       struct buf *ret)
{
    struct model_out *out = model_out_text(WORDS_EN);
    char at[CLOCK_TEXT_MAX];
    const char *text = NULL;
    size_t len;

    if (out) {
        model_out_object(out);
        put(out, "type", !change ? "test" : change->over ? "over" : "alarm");
        put(out, "at", clock_format(now_us, at));
        write_alarm(r, a, out);
        model_out_words(out, "text", written);
        if (change)
            write_members(s, change, out);
        model_out_end(out);
        text = model_out_written(out, &len);
    }
    if (text)
        buf_add(ret, text, len);
    else
        ret->failed = true;
    model_out_free(out);
}

/* Lines of people's names are of any characters: deliver encodes the subject, and a line break in
 * the text is only that. */
static void write_mail(struct region *r, const struct model_alarm *a, const char *written,
                       uint64_t now_us, struct message *m)
{
    const char *name = a->head.name && *a->head.name ? a->head.name : a->head.id;
    char said[WORDS_TEXT_MAX], at[CLOCK_TEXT_MAX];

    words_say_written(written, WORDS_EN, said, sizeof(said));
    buf_printf(&m->subject, "[ropeway %s] %s: %s", r->id, name, said);
    buf_printf(&m->text, "%s %s %s (%s, %s): %s", clock_say(now_us, at), severity_of(a), name,
               a->head.id, r->id, said);
}

/* ---- sending ---- */

static void note(struct region *r, const struct model_alarm *a, const struct words *what)
{
    char written[EVENTS_TEXT_MAX];

    alarms_note_action(r->c, r->id, a->head.id, words_write(what, written, sizeof(written)));
}

static void send(struct region *r, const struct model_alarm *a, const struct deliver_message *m)
{
    if (deliver_send(r->c->deliver, m) < 0)
        note(r, a, SAY(ACTION_FULL));
}

static int open_secret(struct region *r, const struct model_alarm *a, char **ret)
{
    return a->webhook_secret
               ? secrets_open(&r->c->seal, a->head.id, "webhookSecret", a->webhook_secret, ret)
               : -EBADMSG;
}

static void send_all(struct region *r, const struct model_alarm *a, struct message *m)
{
    struct deliver_message d = {.region = r->id, .alarm = a->head.id};

    if (a->webhook_url && open_secret(r, a, &m->secret) == 0) {
        d.url = a->webhook_url;
        d.secret = m->secret;
        d.body = buf_text(&m->body);
        send(r, a, &d);
    } else if (a->webhook_url) {
        note(r, a, SAY(ACTION_NO_SECRET));
    }
    if (a->mail_to.count) {
        d = (struct deliver_message){.region = r->id,
                                     .alarm = a->head.id,
                                     .to = a->mail_to.items,
                                     .to_count = a->mail_to.count,
                                     .subject = buf_text(&m->subject),
                                     .text = buf_text(&m->text)};
        send(r, a, &d);
    }
}

void alarm_say(struct region *r, const struct snapshot *s, const struct model_alarm *a,
               const struct alarm_change *change, uint64_t now_us)
{
    struct notice n = {.at_us = now_us};
    char written[EVENTS_TEXT_MAX];
    struct words_read read;
    struct message m = {0};

    if (!change->over)
        n.severity = (enum events_severity)(a->severity - 1);
    write_change(s, a, change, written, sizeof(written));
    notice_other(r, a->head.kind->collection, a->head.id, a->head.name, change->project, &n,
                 words_read(written, &read));
    if (!r->c->deliver || (!a->webhook_url && !a->mail_to.count))
        return;
    write_body(r, s, a, change, written, now_us, &m.body);
    write_mail(r, a, written, now_us, &m);
    if (m.body.failed || m.subject.failed || m.text.failed)
        log_error("alarm %s could not be told: no memory", a->head.id);
    else
        send_all(r, a, &m);
    message_done(&m);
}

/* ---- life ---- */

static void told(void *arg, const char *region, const char *alarm, bool ok,
                 const struct words *what)
{
    char written[EVENTS_TEXT_MAX];

    (void)ok;
    alarms_note_action(arg, region, alarm, words_write(what, written, sizeof(written)));
}

/* A message that waited when ropewayd ended: to whom it goes now, and under which secret, its alarm
 * says. Of one that is gone nothing is told any more. */
static void send_kept(void *arg, const struct deliver_message *kept)
{
    struct control *c = arg;
    struct region *r = house_find(c, kept->region);
    struct snapshot *s = r ? region_now(r) : NULL;
    const struct model_alarm *a = s ? snapshot_get(s, MODEL_ALARM, kept->alarm) : NULL;
    struct deliver_message d = *kept;
    char *secret = NULL;

    if (a && kept->body && a->webhook_url && open_secret(r, a, &secret) == 0) {
        d.url = a->webhook_url;
        d.secret = secret;
        send(r, a, &d);
    } else if (a && !kept->body && a->mail_to.count) {
        d.to = a->mail_to.items;
        d.to_count = a->mail_to.count;
        send(r, a, &d);
    }
    secrets_free(secret);
    snapshot_unref(s);
}

int control_sendmail(struct control *c, const char *path)
{
    int r;

    deliver_close(c->deliver);
    c->deliver = NULL;
    r = deliver_open(path, told, c, &c->deliver);
    if (r == 0 && *c->kept) {
        deliver_each_kept(c->kept, send_kept, c);
        deliver_keep(c->deliver, c->kept);
    }
    return r;
}

void alarms_stop(struct control *c)
{
    deliver_close(c->deliver);
    c->deliver = NULL;
}

/* ---- a test ---- */

static int add_result(json_t *results, const char *type, bool ok, const char *written,
                      enum words_lang lang)
{
    json_t *result = json_pack("{s:s, s:b}", "type", type, "ok", ok);
    int r = result ? model_words_add_written(result, "text", written, lang) : -ENOMEM;

    if (r == 0)
        r = json_array_append(results, result) ? -ENOMEM : 0;
    json_decref(result);
    return r;
}

static int test_webhook(struct call *call, const struct model_alarm *a, struct message *m,
                        json_t *results)
{
    struct deliver_message d = {.region = call->region, .alarm = a->head.id, .url = a->webhook_url};
    char what[WORDS_TEXT_MAX];
    bool ok = false;

    if (open_secret(call->place, a, &m->secret) == 0) {
        d.secret = m->secret;
        d.body = buf_text(&m->body);
        ok = deliver_now(call->c->deliver, &d, what, sizeof(what));
    } else {
        words_write(SAY(ACTION_NO_SECRET), what, sizeof(what));
    }
    return add_result(results, "webhook", ok, what, call->lang);
}

static int test_mail(struct call *call, const struct model_alarm *a, struct message *m,
                     json_t *results)
{
    const struct deliver_message d = {.region = call->region,
                                      .alarm = a->head.id,
                                      .to = a->mail_to.items,
                                      .to_count = a->mail_to.count,
                                      .subject = buf_text(&m->subject),
                                      .text = buf_text(&m->text)};
    char what[WORDS_TEXT_MAX];
    bool ok = deliver_now(call->c->deliver, &d, what, sizeof(what));

    return add_result(results, "mail", ok, what, call->lang);
}

static int test_all(struct call *call, const struct model_alarm *a, json_t *results)
{
    char written[EVENTS_TEXT_MAX];
    struct message m = {0};
    int r;

    words_write(SAY(EVENT_ALARM_TEST), written, sizeof(written));
    write_body(call->place, call->seen, a, NULL, written, call->now_us, &m.body);
    write_mail(call->place, a, written, call->now_us, &m);
    r = m.body.failed || m.subject.failed || m.text.failed ? -ENOMEM : 0;
    if (r == 0 && a->webhook_url)
        r = test_webhook(call, a, &m, results);
    if (r == 0 && a->mail_to.count)
        r = test_mail(call, a, &m, results);
    if (r == 0 && !json_array_size(results)) {
        words_write(SAY(ACTION_NONE), written, sizeof(written));
        r = add_result(results, "none", false, written, call->lang);
    }
    message_done(&m);
    return r;
}

/* Waits for what comes of it; one at a time, so that those who answer requests are not all busy
 * with it. */
int alarms_test(struct call *call)
{
    const struct model_resource *alarm = resources_find(call);
    json_t *results;
    int r;

    if (!alarm)
        return -ENOENT;
    if (__atomic_exchange_n(&call->c->alarm_tests, true, __ATOMIC_ACQUIRE))
        return model_error_set(&call->error, 409, "conflict", NULL, NULL,
                               SAY(REQUEST_ALARM_TEST_BUSY));
    results = json_array();
    r = results ? test_all(call, (const struct model_alarm *)alarm, results) : -ENOMEM;
    __atomic_store_n(&call->c->alarm_tests, false, __ATOMIC_RELEASE);
    if (r == 0)
        r = respond_json(call, 200, json_pack("{s:O}", "results", results));
    json_decref(results);
    return r;
}
