#include "tunnel_internal.h"

/* What is said of tunnels: the last error, and lines of the log. */

#define SUSPECT_PAUSE    (1 * IKE_SECOND) /* between lines on the word of strangers */
#define SUSPECT_PAUSE_UP (10 * IKE_SECOND)

#define HEARD_PAUSE     (5 * IKE_SECOND) /* doubled before the second line already */
#define HEARD_DOUBLINGS 9U

/* Of a tunnel that is up: longer than any pause between two tries of the same thing. */
#define ERROR_STALE (300 * IKE_SECOND)

static void set_error(struct ike_tunnel *tunnel, const char *text)
{
    text_copy(tunnel->status.last_error, sizeof(tunnel->status.last_error), text);
    tunnel->kept_from = WORDS_FOREIGN;
    tunnel->unsaid = false;
    tunnel->hinted = false;
    tunnel->reported = false;
    ike_peer_touch(&tunnel->peer);
}

/* Whether what is known already says more; then this is for the log alone, once. */
static bool is_outranked(struct ike_tunnel *tunnel, const struct words *why)
{
    if (!ike_tunnel_knows_better(tunnel, why->code))
        return false;
    if (tunnel->kept_from != why->code)
        ike_log(&tunnel->peer, IKE_LOG_WARNING, why);
    tunnel->kept_from = why->code;
    return true;
}

void ike_tunnel_fail(struct ike_tunnel *tunnel, const struct words *why)
{
    char text[IKE_ERROR_MAX];

    if (is_outranked(tunnel, why))
        return;
    words_write(why, text, sizeof(text));
    tunnel->error_us = tunnel->peer.env->now_us;
    tunnel->behind_error = tunnel->peer.behind;
    if (strcmp(text, tunnel->status.last_error) == 0)
        return; /* said already; it stays until the tunnel is up */
    set_error(tunnel, text);
    ike_log(&tunnel->peer, IKE_LOG_ERROR, why);
}

void ike_tunnel_suspect(struct ike_tunnel *tunnel, const struct words *why)
{
    bool up = tunnel->status.state == IKE_OPER_UP && !tunnel->peer.behind;
    uint64_t now = tunnel->peer.env->now_us;
    char text[IKE_ERROR_MAX];

    if (!up && is_outranked(tunnel, why))
        return;
    if (!up) {
        words_write(why, text, sizeof(text));
        tunnel->behind_error = tunnel->peer.behind;
        if (strcmp(text, tunnel->status.last_error) != 0) {
            set_error(tunnel, text);
            tunnel->unsaid = true;
        }
        if (!tunnel->unsaid)
            return;
    }
    if (tunnel->suspect_us && now - tunnel->suspect_us < (up ? SUSPECT_PAUSE_UP : SUSPECT_PAUSE))
        return;
    tunnel->suspect_us = now;
    if (up) {
        ike_log(&tunnel->peer, IKE_LOG_WARNING, SAY(NEGOTIATION_CALL_WHILE_UP, why));
        return;
    }
    tunnel->unsaid = false;
    ike_log(&tunnel->peer, IKE_LOG_ERROR, why);
}

void ike_tunnel_hint(struct ike_tunnel *tunnel, const struct words *what, bool is_new)
{
    char text[IKE_ERROR_MAX];

    words_write(what, text, sizeof(text));
    if (is_new)
        ike_log(&tunnel->peer, IKE_LOG_WARNING, what);
    if (tunnel->status.last_error[0] && strcmp(text, tunnel->status.last_error) != 0)
        return;
    tunnel->error_us = tunnel->peer.env->now_us;
    tunnel->behind_error = false;
    set_error(tunnel, text);
    tunnel->hinted = true;
}

void ike_tunnel_unhint(struct ike_tunnel *tunnel)
{
    if (tunnel->hinted)
        set_error(tunnel, "");
}

void ike_tunnel_remember(struct ike_tunnel *tunnel, const struct words *what)
{
    words_write(what, tunnel->note, sizeof(tunnel->note));
}

void ike_tunnel_note(struct ike_tunnel *tunnel, enum ike_log_level level, const struct words *what)
{
    ike_tunnel_remember(tunnel, what);
    ike_log(&tunnel->peer, level, what);
}

void ike_tunnel_hear(struct ike_tunnel *tunnel, const struct words *what)
{
    uint64_t now = tunnel->peer.env->now_us;
    uint64_t pause = HEARD_PAUSE << MIN(tunnel->heard, HEARD_DOUBLINGS);

    if (tunnel->heard && now - tunnel->heard_us < pause)
        return;
    tunnel->heard++;
    tunnel->heard_us = now;
    ike_log(&tunnel->peer, IKE_LOG_INFO, what);
}

void ike_tunnel_refused(struct ike_tunnel *tunnel)
{
    if (tunnel->proven || (tunnel->status.state == IKE_OPER_UP && !tunnel->peer.behind))
        return;
    tunnel->status.config_refused = tunnel->peer.config.config;
    tunnel->reported = false;
    ike_peer_touch(&tunnel->peer);
}

void ike_tunnel_succeeded(struct ike_tunnel *tunnel)
{
    if (tunnel->status.state == IKE_OPER_UP && tunnel->status.last_error[0] &&
        !tunnel->behind_error)
        set_error(tunnel, ""); /* else it is cleared when the tunnel comes up */
}

/* What went wrong once beside a tunnel that works, and never again, is history, too. */
void ike_tunnel_run_error(struct ike_tunnel *tunnel, uint64_t *deadline)
{
    uint64_t stale_us = tunnel->error_us + ERROR_STALE;

    if (tunnel->status.state != IKE_OPER_UP || !tunnel->status.last_error[0] ||
        tunnel->behind_error)
        return;
    if (tunnel->peer.env->now_us < stale_us) {
        *deadline = MIN(*deadline, stale_us);
        return;
    }
    tunnel->status.last_error[0] = 0;
    tunnel->reported = false;
}
