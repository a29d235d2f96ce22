/* What BIRD answers on its control socket. */
#include "bgp.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define CODE_LEN 4

enum code {
    CODE_PROTOCOL = 1002, /* a line of `show protocols` */
    CODE_DETAILS = 1006,  /* what `all` adds */
    CODE_BFD = 1020,      /* a line of `show bfd sessions` */
};

/* ---- lines ---- */

static bool starts_with_code(const char *line)
{
    for (size_t i = 0; i < CODE_LEN; i++) {
        if (!isdigit((unsigned char)line[i]))
            return false;
    }
    return line[CODE_LEN] == '-' || line[CODE_LEN] == ' ' || !line[CODE_LEN];
}

/* "1002-text" with more to come, "0000 text" at the end, " text" with the code of the line before,
 * "+text" for what nobody asked for. */
static void take_line(struct bgp_reply *reply, bgp_reply_take *take, void *arg)
{
    struct bgp_reply_line line = {.code = reply->code, .text = reply->line};

    reply->line[reply->len] = 0;
    reply->len = 0;
    if (starts_with_code(reply->line)) {
        line.code = reply->code = (unsigned)strtoul(reply->line, NULL, 10);
        line.last = reply->line[CODE_LEN] != '-';
        line.text += CODE_LEN + (reply->line[CODE_LEN] ? 1 : 0);
    } else if (*reply->line == ' ') {
        line.text++;
    } else {
        return;
    }
    take(arg, &line);
}

void bgp_reply_receive(struct bgp_reply *reply, const void *data, size_t len, bgp_reply_take *take,
                       void *arg)
{
    const char *bytes = data;

    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];

        if (c == '\n')
            take_line(reply, take, arg);
        else if (reply->len < sizeof(reply->line) - 1)
            reply->line[reply->len++] = c == '\t' ? ' ' : c < ' ' || c > '~' ? '?' : c;
    }
}

/* ---- sessions ---- */

/* BIRD's name, and the API's. */
static const struct {
    const char *bird, *name;
} states[BGP_STATES] = {
    [BGP_IDLE] = {"Idle", "idle"},
    [BGP_CONNECT] = {"Connect", "connect"},
    [BGP_ACTIVE] = {"Active", "active"},
    [BGP_OPEN_SENT] = {"OpenSent", "openSent"},
    [BGP_OPEN_CONFIRM] = {"OpenConfirm", "openConfirm"},
    [BGP_ESTABLISHED] = {"Established", "established"},
};

const char *bgp_state_name(enum bgp_state state)
{
    return states[state].name;
}

static void take_trouble(struct bgp_session *s, const char *text)
{
    s->trouble = bgp_trouble_of(text);
    (void)text_copy(s->detail, sizeof(s->detail), text);
}

/* The value of a line "  Name:   value"; NULL: it is another one. */
static const char *value_of(const char *text, const char *name)
{
    text += strspn(text, " ");
    if (!text_starts_with(text, name) || text[strlen(name)] != ':')
        return NULL;
    text += strlen(name) + 1;
    return text + strspn(text, " ");
}

/* "2 imported, 0 filtered, 1 exported, 2 preferred" of a channel. */
static void take_counts(struct bgp_session *s, const char *value)
{
    while (*value) {
        char *word;
        unsigned long n = strtoul(value, &word, 10);

        if (text_starts_with(word, " imported"))
            s->imported += (uint32_t)n;
        else if (text_starts_with(word, " exported"))
            s->exported += (uint32_t)n;
        value = word + strcspn(word, ",");
        value += strspn(value, ", ");
    }
}

static void take_detail(struct bgp_session *s, const char *text)
{
    const char *value;

    if ((value = value_of(text, "BGP state"))) {
        for (unsigned i = 0; i < BGP_STATES; i++) {
            if (text_starts_with(value, states[i].bird))
                s->state = i;
        }
        s->down = text_starts_with(value, "Down");
    } else if ((value = value_of(text, "Last error"))) {
        take_trouble(s, value);
    } else if ((value = value_of(text, "Hold timer")) && (value = strchr(value, '/'))) {
        s->hold_s = (uint32_t)strtoul(value + 1, NULL, 10);
    } else if ((value = value_of(text, "Routes"))) {
        take_counts(s, value);
    }
}

static void end_session(struct bgp_sessions *s)
{
    if (s->in_one)
        s->told(s->arg, &s->now);
    s->in_one = false;
}

/* "name  BGP  ---  up  1795930626  Established", of which only those of BGP are told. */
static void begin_session(struct bgp_sessions *s, const char *text)
{
    char kind[16], table[16], state[16];
    unsigned long long since = 0;

    end_session(s);
    s->now = (struct bgp_session){0};
    if (sscanf(text, "%63s %15s %15s %15s %llu", s->now.name, kind, table, state, &since) < 4)
        return;
    s->now.since_s = since;
    s->now.down = strcmp(state, "down") == 0;
    s->in_one = strcmp(kind, "BGP") == 0;
}

void bgp_sessions_take(struct bgp_sessions *s, const struct bgp_reply_line *line)
{
    if (line->code == CODE_PROTOCOL)
        begin_session(s, line->text);
    else if (line->code == CODE_DETAILS && s->in_one)
        take_detail(&s->now, line->text);
    if (line->last)
        end_session(s);
}

/* ---- BFD ---- */

/* "169.254.9.2   tun-a   Up   1795944181   0.100   0.300" */
bool bgp_bfd_take(const struct bgp_reply_line *line, struct bgp_bfd *ret)
{
    char address[64], state[16], since[32];
    struct bgp_bfd bfd = {0};
    struct addr a;

    if (line->code != CODE_BFD ||
        sscanf(line->text, "%63s %31s %15s %31s", address, bfd.interface, state, since) < 4)
        return false;
    address[strcspn(address, "%")] = 0;
    if (addr_parse(address, &a) < 0)
        return false; /* a heading */
    bfd.up = strcmp(state, "Up") == 0;
    *ret = bfd;
    return true;
}
