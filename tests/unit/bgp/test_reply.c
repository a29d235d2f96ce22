/* What BIRD 2.0.12 answers on its control socket. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "bgp.h"

/* ---- lines ---- */

static void take_line(void *arg, const struct bgp_reply_line *line)
{
    for (const char *c = line->text; *c; c++)
        assert_in_range(*c, ' ', '~');
    buf_printf(arg, "%u%s|%s\n", line->code, line->last ? "." : "", line->text);
}

static void assert_lines(const char *data, size_t len, size_t piece, const char *expected)
{
    struct bgp_reply reply = {0};
    struct buf lines = {0};

    for (size_t at = 0; at < len; at += piece) {
        size_t n = MIN(piece, len - at);
        char *copy = malloc(n); /* of just this size, so that a byte read beyond is seen */

        assert_non_null(copy);
        memcpy(copy, data + at, n);
        bgp_reply_receive(&reply, copy, n, take_line, &lines);
        free(copy);
    }
    assert_string_equal(buf_text(&lines), expected);
    buf_done(&lines);
}

static void test_lines_in_pieces_of_every_size(void **state)
{
    static const char answer[] = "0001 BIRD 2.0.12 ready.\n"
                                 "0002-Reading configuration from bird.conf\n"
                                 "8002 bird.conf: No such file or directory\n"
                                 "1000-BIRD 2.0.12\n"
                                 "1011-Router ID is 1.2.3.4\n"
                                 " Hostname is vm\n"
                                 " \n"
                                 "1006-\n"
                                 "0013 Daemon is up and running\n"
                                 "0000 \n"
                                 "0000\n";
    static const char lines[] = "1.|BIRD 2.0.12 ready.\n"
                                "2|Reading configuration from bird.conf\n"
                                "8002.|bird.conf: No such file or directory\n"
                                "1000|BIRD 2.0.12\n"
                                "1011|Router ID is 1.2.3.4\n"
                                "1011|Hostname is vm\n"
                                "1011|\n"
                                "1006|\n"
                                "13.|Daemon is up and running\n"
                                "0.|\n"
                                "0.|\n";

    (void)state;
    for (size_t piece = 1; piece <= strlen(answer); piece++)
        assert_lines(answer, strlen(answer), piece, lines);
}

static void test_what_is_no_answer(void **state)
{
    static const struct {
        const char *data, *lines;
    } rows[] = {
        {"", ""},
        {"\n\n", ""},
        {"0000 no end of line", ""},
        {"+a word that nobody asked for\n", ""},
        {"garbage\n12\n123-x\n12345 x\n1234x\n-1234 x\n", ""},
        {" before any code\n", "0|before any code\n"},
        {"1006-a\tb\r\n", "1006|a b?\n"},
        {"1006-\x01\x7f\xc3\xa4\n", "1006|????\n"},
        {"9999-\n x\n+y\n z\n", "9999|\n9999|x\n9999|z\n"},
    };
    static const char zero[] = "1006-a\0b\n";

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_lines(rows[i].data, strlen(rows[i].data), 100, rows[i].lines);
    assert_lines(zero, sizeof(zero) - 1, 100, "1006|a?b\n");
}

static void test_a_long_line_is_cut(void **state)
{
    struct buf data = {0}, lines = {0};

    (void)state;
    buf_puts(&data, "1006-");
    buf_puts(&lines, "1006|");
    for (size_t i = 5; i < 5 * BGP_REPLY_LINE_MAX; i++) {
        buf_puts(&data, "x");
        if (i < BGP_REPLY_LINE_MAX - 1)
            buf_puts(&lines, "x");
    }
    buf_puts(&data, "\n0000 \n");
    buf_puts(&lines, "\n0.|\n");
    assert_lines(buf_text(&data), data.len, 1, buf_text(&lines));
    assert_lines(buf_text(&data), data.len, data.len, buf_text(&lines));
    buf_done(&data);
    buf_done(&lines);
}

/* ---- sessions ---- */

struct told {
    struct bgp_session sessions[8];
    size_t n;
};

static void take_session(void *arg, const struct bgp_session *session)
{
    struct told *told = arg;

    assert_in_range(told->n, 0, ARRAY_SIZE(told->sessions) - 1);
    told->sessions[told->n++] = *session;
}

static void take_session_line(void *arg, const struct bgp_reply_line *line)
{
    bgp_sessions_take(arg, line);
}

static void read_sessions(const char *answer, size_t piece, struct told *ret)
{
    struct bgp_sessions sessions = {.told = take_session, .arg = ret};
    struct bgp_reply reply = {0};
    size_t len = strlen(answer);

    ret->n = 0;
    for (size_t at = 0; at < len; at += piece)
        bgp_reply_receive(&reply, answer + at, MIN(piece, len - at), take_session_line, &sessions);
    assert_false(sessions.in_one);
}

#define HEAD "2002-Name       Proto      Table      State  Since         Info\n"
#define DEVICE                                                                                     \
    "1002-device1    Device     ---        up     1795934001    \n"                                \
    "1006-\n"
#define CHANNEL_DOWN(name, table)                                                                  \
    "   Channel " name "\n"                                                                        \
    "     State:          DOWN\n"                                                                  \
    "     Table:          " table "\n"                                                             \
    "     Preference:     100\n"                                                                   \
    "     Input filter:   (unnamed)\n"                                                             \
    "     Output filter:  (unnamed)\n"                                                             \
    "     Import limit:   100\n"                                                                   \
    "       Action:       restart\n"
#define CHANNEL_UP(name, routes)                                                                   \
    "   Channel " name "\n"                                                                        \
    "     State:          UP\n"                                                                    \
    "     Table:          master4\n"                                                               \
    "     Import limit:   100\n"                                                                   \
    "       Action:       restart\n"                                                               \
    "     Routes:         " routes "\n"                                                            \
    "     Route change stats:     received   rejected   filtered    ignored   accepted\n"          \
    "       Import updates:              2          0          0          0          2\n"          \
    "       Export withdraws:            0        ---        ---        ---          0\n"          \
    "     BGP Next hop:   169.254.1.1\n"
#define ESTABLISHED                                                                                \
    "1002-vpntun_a   BGP        ---        up     1795934011    Established   \n"                  \
    "1006-  BGP state:          Established\n"                                                     \
    "     Neighbor address: 169.254.1.2%tun-a\n"                                                   \
    "     Neighbor AS:      65001\n"                                                               \
    "     Local AS:         65000\n"                                                               \
    "     Neighbor ID:      2.2.2.2\n"                                                             \
    "     Local capabilities\n"                                                                    \
    "       Multiprotocol\n"                                                                       \
    "         AF announced: ipv4 ipv6\n"                                                           \
    "       Route refresh\n"                                                                       \
    "     Session:          external AS4\n"                                                        \
    "     Source address:   169.254.1.1\n"                                                         \
    "     Hold timer:       20.010/30\n"                                                           \
    "     Keepalive timer:  3.677/10\n" CHANNEL_UP("ipv4", "2 imported, 1 exported, 2 preferred")  \
        CHANNEL_UP("ipv6", "40 imported, 3 filtered, 20 exported, 0 preferred") " \n"
#define NEIGHBOUR_LOST                                                                             \
    "1002-vpntun_b   BGP        ---        start  1795934012    Idle          Error: Neighbor "    \
    "lost\n"                                                                                       \
    "1006-  BGP state:          Idle\n"                                                            \
    "     Neighbor address: 169.254.1.2%tun-b\n"                                                   \
    "     Neighbor AS:      65001\n"                                                               \
    "     Local AS:         65000\n"                                                               \
    "     Last error:       Error: Neighbor lost\n" CHANNEL_DOWN("ipv4", "master4")                \
        CHANNEL_DOWN("ipv6", "master6") " \n"
#define DISABLED                                                                                   \
    "1002-vpntun_c   BGP        ---        down   1795934013    \n"                                \
    "1006-  BGP state:          Down\n"                                                            \
    "     Neighbor address: 169.254.1.2%tun-c\n"                                                   \
    "     Neighbor AS:      65001\n"                                                               \
    "     Local AS:         65000\n" CHANNEL_DOWN("ipv4", "master4") " \n"

static void assert_the_three(const struct told *told)
{
    const struct bgp_session *s = told->sessions;

    assert_int_equal(told->n, 3);
    assert_string_equal(s[0].name, "vpntun_a");
    assert_int_equal(s[0].state, BGP_ESTABLISHED);
    assert_false(s[0].down);
    assert_int_equal(s[0].since_s, 1795934011);
    assert_int_equal(s[0].hold_s, 30);
    assert_int_equal(s[0].imported, 42);
    assert_int_equal(s[0].exported, 21);
    assert_int_equal(s[0].trouble, BGP_TROUBLE_NONE);
    assert_string_equal(s[0].detail, "");
    assert_string_equal(s[1].name, "vpntun_b");
    assert_int_equal(s[1].state, BGP_IDLE);
    assert_false(s[1].down);
    assert_int_equal(s[1].hold_s, 0);
    assert_int_equal(s[1].imported, 0);
    assert_int_equal(s[1].trouble, BGP_TROUBLE_LINK_DOWN);
    assert_string_equal(s[1].detail, "Error: Neighbor lost");
    assert_string_equal(s[2].name, "vpntun_c");
    assert_true(s[2].down);
    assert_int_equal(s[2].trouble, BGP_TROUBLE_NONE);
}

static void test_sessions_in_pieces_of_every_size(void **state)
{
    static const char answer[] = HEAD DEVICE ESTABLISHED NEIGHBOUR_LOST DEVICE DISABLED "0000 \n";
    struct told told;

    (void)state;
    for (size_t piece = 1; piece <= sizeof(answer); piece += piece < 64 ? 1 : 97) {
        read_sessions(answer, piece, &told);
        assert_the_three(&told);
    }
}

static void test_every_state(void **state)
{
    static const struct {
        const char *bird, *name;
        enum bgp_state state;
    } rows[] = {{"Idle", "idle", BGP_IDLE},
                {"Connect", "connect", BGP_CONNECT},
                {"Active", "active", BGP_ACTIVE},
                {"OpenSent", "openSent", BGP_OPEN_SENT},
                {"OpenConfirm", "openConfirm", BGP_OPEN_CONFIRM},
                {"Established", "established", BGP_ESTABLISHED},
                {"Close", "idle", BGP_IDLE},
                {"Passive", "idle", BGP_IDLE}};
    struct told told;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buf answer = {0};

        buf_printf(&answer,
                   "1002-t1   BGP   ---   start  1    %s\n1006-  BGP state:          %s\n0000 \n",
                   rows[i].bird, rows[i].bird);
        read_sessions(buf_text(&answer), 1000, &told);
        assert_int_equal(told.n, 1);
        assert_int_equal(told.sessions[0].state, rows[i].state);
        assert_string_equal(bgp_state_name(told.sessions[0].state), rows[i].name);
        assert_false(told.sessions[0].down);
        buf_done(&answer);
    }
}

static void test_every_trouble(void **state)
{
    static const struct {
        const char *text;
        enum bgp_trouble trouble;
    } rows[] = {
        {"BGP Error: Bad peer AS", BGP_TROUBLE_WRONG_ASN},
        {"Received: Bad peer AS", BGP_TROUBLE_OUR_ASN},
        {"BGP Error: Hold timer expired", BGP_TROUBLE_HOLD_TIMER},
        {"Received: Hold timer expired", BGP_TROUBLE_THEIR_TIMER},
        {"Automatic shutdown: Route limit exceeded", BGP_TROUBLE_MAX_PREFIXES},
        {"Received: Maximum number of prefixes reached", BGP_TROUBLE_THEIR_MAXIMUM},
        {"Socket: Connection refused", BGP_TROUBLE_NOT_LISTENING},
        {"Received: Connection rejected", BGP_TROUBLE_NOT_CONFIGURED},
        {"Received: Peer de-configured", BGP_TROUBLE_NOT_CONFIGURED},
        {"Socket: Connection closed", BGP_TROUBLE_NOT_CONFIGURED},
        {"Socket: Connection reset by peer", BGP_TROUBLE_NOT_CONFIGURED},
        {"Socket: Connection timed out", BGP_TROUBLE_NO_ANSWER},
        {"Socket: No route to host", BGP_TROUBLE_NO_ANSWER},
        {"Socket: Network is unreachable", BGP_TROUBLE_LINK_DOWN},
        {"Error: Neighbor lost", BGP_TROUBLE_LINK_DOWN},
        {"Error: Link down", BGP_TROUBLE_LINK_DOWN},
        {"Error: BFD session down", BGP_TROUBLE_BFD},
        {"Received: Administrative shutdown", BGP_TROUBLE_THEIR_STOP},
        {"Received: Administrative reset", BGP_TROUBLE_THEIR_STOP},
        {"Received: Other configuration change", BGP_TROUBLE_THEIR_STOP},
        {"BGP Error: Bad BGP identifier", BGP_TROUBLE_SAME_ID},
        {"Received: Bad BGP identifier", BGP_TROUBLE_SAME_ID},
        {"BGP Error: Malformed AS_PATH", BGP_TROUBLE_MALFORMED},
        {"BGP Error: Connection not synchronized", BGP_TROUBLE_MALFORMED},
        {"Received: Out of Resources", BGP_TROUBLE_OTHER},
        {"Error: Kernel MD5 auth failed", BGP_TROUBLE_OTHER},
        {"", BGP_TROUBLE_OTHER},
    };
    struct told told;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buf answer = {0};

        buf_printf(&answer,
                   "1002-t1   BGP   ---   start  1    Active   %s\n"
                   "1006-  BGP state:          Active\n     Last error:       %s\n0000 \n",
                   rows[i].text, rows[i].text);
        read_sessions(buf_text(&answer), 1000, &told);
        assert_int_equal(told.n, 1);
        assert_int_equal(told.sessions[0].trouble, rows[i].trouble);
        assert_string_equal(told.sessions[0].detail, rows[i].text);
        buf_done(&answer);
    }
}

static void test_odd_sessions(void **state)
{
    struct told told;

    (void)state;
    read_sessions("0000 \n", 100, &told);
    assert_int_equal(told.n, 0);
    read_sessions("9001 syntax error, unexpected CF_SYM_UNDEFINED\n", 100, &told);
    assert_int_equal(told.n, 0);
    read_sessions("1006-  BGP state: Established\n0000 \n", 100, &told); /* of whom? */
    assert_int_equal(told.n, 0);
    read_sessions("1002-\n1002-a BGP\n1002-a BGP ---\n0000 \n", 100, &told);
    assert_int_equal(told.n, 0);
    read_sessions("1002-a BGP --- up 99999999999999999999999 x\n"
                  "1006-  Hold timer: 1.0/99999999999999999999999\n"
                  "     Hold timer: none\n"
                  "     Routes: 99999999999999999999999 imported, -1 exported,, ,x\n"
                  "     Routes:\n"
                  "     Routes\n"
                  "     BGP state: nonsense\n"
                  "0000 \n",
                  100, &told);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.sessions[0].state, BGP_IDLE);
    read_sessions("1002-a BGP --- up 1\n9000 Command terminated\n", 100, &told);
    assert_int_equal(told.n, 1);
}

static void test_long_words_are_cut(void **state)
{
    struct buf answer = {0};
    struct told told;

    (void)state;
    buf_puts(&answer, "1002-a BGP --- start 1 Active\n1006-     Last error:  ");
    for (size_t i = 0; i < 300; i++)
        buf_puts(&answer, "e");
    buf_puts(&answer, "\n1002-");
    for (size_t i = 0; i < 300; i++)
        buf_puts(&answer, "n");
    buf_puts(&answer, " BGP --- start 1 Active\n0000 \n");
    read_sessions(buf_text(&answer), 1000, &told);
    assert_int_equal(told.n, 1); /* none of ours has such a name */
    assert_int_equal(strlen(told.sessions[0].detail), sizeof(told.sessions[0].detail) - 1);
    buf_done(&answer);
}

static void take_bfd_line(void *arg, const struct bgp_reply_line *line)
{
    struct bgp_bfd bfd;

    if (bgp_bfd_take(line, &bfd))
        buf_printf(arg, "%s %s,", bfd.interface, bfd.up ? "up" : "down");
}

static void test_bfd_sessions(void **state)
{
    static const char answer[] =
        "1020-bfd1:\n"
        " IP address                Interface  State      Since         Interval  Timeout\n"
        " 169.254.9.2               tun-a      Up         1795944181      0.100    0.300\n"
        " 169.254.9.6               tun-long-name Down    1795944197      1.000    0.000\n"
        " fe80::1%tun-c             tun-c      Init       1795944197      1.000    0.000\n"
        " 169.254.9.9               tun-d      Up\n"
        "0000 \n1006-169.254.9.2 tun-e Up 1\n";
    struct bgp_reply reply = {0};
    struct buf got = {0};

    (void)state;
    bgp_reply_receive(&reply, answer, strlen(answer), take_bfd_line, &got);
    assert_string_equal(buf_text(&got), "tun-a up,tun-long-name down,tun-c down,");
    buf_done(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_in_pieces_of_every_size),
        cmocka_unit_test(test_what_is_no_answer),
        cmocka_unit_test(test_a_long_line_is_cut),
        cmocka_unit_test(test_sessions_in_pieces_of_every_size),
        cmocka_unit_test(test_every_state),
        cmocka_unit_test(test_every_trouble),
        cmocka_unit_test(test_odd_sessions),
        cmocka_unit_test(test_long_words_are_cut),
        cmocka_unit_test(test_bfd_sessions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
