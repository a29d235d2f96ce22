/* deliver.h - messages to people and their programs: posted to a webhook, signed, or handed to a
 * sendmail command.
 *
 * A thread of its own delivers, so whoever has something to say waits for nobody. What a webhook
 * does not take is posted again, each time after twice as long, at most DELIVER_TRIES times. At
 * most DELIVER_QUEUE messages wait; more are refused. What waits is in a file if
 * one is named, so that it outlives the program. To the same recipients goes one mail in
 * DELIVER_MAIL_GAP_US; what happens meanwhile is one mail then.
 *
 * Nothing is posted to link-local addresses (169.254.0.0/16, fe80::/10), where clouds keep their
 * credentials, whatever name leads there; redirects are not followed, proxies not asked, and https
 * is verified. */
#ifndef ROPEWAY_DELIVER_H
#define ROPEWAY_DELIVER_H

#include "base.h"
#include "words.h"

#define DELIVER_QUEUE       1000
#define DELIVER_TRIES       10 /* 1, 2, 4, ... s between them: given up after 8.5 minutes */
#define DELIVER_TIMEOUT_MS  10000
#define DELIVER_MAIL_GAP_US (60 * UINT64_C(1000000))
#define DELIVER_TO_MAX      8 /* recipients of a mail */

struct deliver_message {
    const char *region, *alarm; /* whose: handed to told */
    /* Either is posted: */
    const char *url, *secret;
    const char *body; /* JSON */
    /* or is mailed: */
    const char *const *to;
    size_t to_count;
    const char *subject; /* a line of any characters */
    const char *text;
    unsigned tries; /* of posting it, before */
};

struct deliver;

/* What came of a message at last. In the thread that delivers. */
typedef void deliver_told(void *arg, const char *region, const char *alarm, bool ok,
                          const struct words *what);

/* sendmail: path of the command, copied. */
MUST_USE int deliver_open(const char *sendmail, deliver_told *told, void *arg,
                          struct deliver **ret);
/* What waits is lost, if it is not kept. NULL is fine. */
void deliver_close(struct deliver *d);
/* From now on what waits is in this file, without addresses and secrets: those are the alarm's. A
 * message that is settled leaves it before anybody is told; if the program is killed between the
 * answer of a webhook and that, it is posted again. */
void deliver_keep(struct deliver *d, const char *path);
/* Calls put with each message of such a file; url, secret and to are left out, and a body says that
 * it is for a webhook. What is no such file is renamed out of the way, and the log says so. */
void deliver_each_kept(const char *path, void (*put)(void *arg, const struct deliver_message *m),
                       void *arg);
/* Copies the message. -ENOBUFS if too many wait. */
MUST_USE int deliver_send(struct deliver *d, const struct deliver_message *m);
/* Delivers it now and once, and waits for that; ret gets the written message of what came of it.
 * True: it was taken. */
bool deliver_now(struct deliver *d, const struct deliver_message *m, char *ret, size_t size);

/* "t=SECONDS,v1=HEX": HMAC-SHA256 by secret of "SECONDS.BODY". -EIO if that fails. */
#define DELIVER_SIGNATURE_MAX 112
MUST_USE int deliver_sign(const char *secret, uint64_t now_s, const char *body,
                          char ret[DELIVER_SIGNATURE_MAX]);

#endif
