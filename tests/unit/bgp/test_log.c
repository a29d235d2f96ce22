#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bgp.h"

/* What stands in BIRD's log, and which of two reasons is told. */

#define AT "2026-11-29 09:22:35.400 "

static void test_what_a_line_tells(void **state)
{
    static const struct {
        const char *line, *name;
        enum bgp_trouble trouble;
        const char *detail;
    } rows[] = {
        {AT "<RMT> vpntun_a: Error: Bad peer AS: 65002", "vpntun_a", BGP_TROUBLE_WRONG_ASN,
         "BGP Error: Bad peer AS: 65002"},
        {AT "<RMT> vpntun_a: Received: Bad peer AS: 65002", "vpntun_a", BGP_TROUBLE_OUR_ASN,
         "Received: Bad peer AS: 65002"},
        {AT "<RMT> vpntun_a: Error: Hold timer expired", "vpntun_a", BGP_TROUBLE_HOLD_TIMER,
         "BGP Error: Hold timer expired"},
        {AT "<WARN> vpntun_a: Route limit exceeded, shutting down", "vpntun_a",
         BGP_TROUBLE_MAX_PREFIXES, "Automatic shutdown: Route limit exceeded, shutting down"},
        {AT "<RMT> vpntun_b: Received: Maximum number of prefixes reached", "vpntun_b",
         BGP_TROUBLE_THEIR_MAXIMUM, "Received: Maximum number of prefixes reached"},
        {AT "<RMT> vpntun_b: Received: Connection rejected", "vpntun_b", BGP_TROUBLE_NOT_CONFIGURED,
         "Received: Connection rejected"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bgp_fault fault;

        assert_true(bgp_log_read(rows[i].line, &fault));
        assert_string_equal(fault.name, rows[i].name);
        assert_int_equal(fault.trouble, rows[i].trouble);
        assert_string_equal(fault.detail, rows[i].detail);
    }
}

static void test_other_lines_tell_nothing(void **state)
{
    static const char *const lines[] = {
        "",
        "<",
        "<>",
        "<RMT>",
        "<RMT> ",
        AT "<INFO> Started",
        AT "<WARN> Protocol vpntun_a hits route import limit (2), action: restart",
        AT "<RMT> vpntun_a: Invalid NEXT_HOP attribute",
        AT "<RMT> vpntun_a:Error: Bad peer AS",
        AT "<RMT> : Error: Bad peer AS",
        AT "vpntun_a: Error: Bad peer AS",
        AT "<RMT> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: Error: x",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct bgp_fault fault = {.name = "as it was"};

        assert_false(bgp_log_read(lines[i], &fault));
        assert_string_equal(fault.name, "as it was");
    }
}

static void join(void *arg, const char *line)
{
    buf_printf(arg, "%s|", line);
}

static void test_lines_in_pieces_of_every_size(void **state)
{
    static const char text[] = "one\n\ntw\x01o\nthree\nhalf";

    (void)state;
    for (size_t piece = 1; piece < sizeof(text); piece++) {
        struct bgp_lines lines = {0};
        struct buf got = {0};

        for (size_t at = 0; at < sizeof(text) - 1; at += piece)
            bgp_lines_receive(&lines, text + at, MIN(piece, sizeof(text) - 1 - at), join, &got);
        assert_string_equal(buf_text(&got), "one||tw?o|three|");
        buf_done(&got);
    }
}

/* The peer that was given another ASN refuses the next attempts without a word: what was wrong is
 * told still, until the session is there or something else is wrong. */
static void test_what_says_more_is_kept(void **state)
{
    static const struct {
        enum bgp_trouble before, now;
        enum bgp_state state;
        enum bgp_trouble told;
    } rows[] = {
        {BGP_TROUBLE_WRONG_ASN, BGP_TROUBLE_NOT_CONFIGURED, BGP_IDLE, BGP_TROUBLE_WRONG_ASN},
        {BGP_TROUBLE_WRONG_ASN, BGP_TROUBLE_NONE, BGP_CONNECT, BGP_TROUBLE_WRONG_ASN},
        {BGP_TROUBLE_HOLD_TIMER, BGP_TROUBLE_NO_ANSWER, BGP_ACTIVE, BGP_TROUBLE_HOLD_TIMER},
        {BGP_TROUBLE_PASSWORD, BGP_TROUBLE_NONE, BGP_CONNECT, BGP_TROUBLE_PASSWORD},
        {BGP_TROUBLE_WRONG_ASN, BGP_TROUBLE_OUR_ASN, BGP_IDLE, BGP_TROUBLE_OUR_ASN},
        {BGP_TROUBLE_WRONG_ASN, BGP_TROUBLE_NONE, BGP_ESTABLISHED, BGP_TROUBLE_NONE},
        {BGP_TROUBLE_NO_ANSWER, BGP_TROUBLE_NONE, BGP_CONNECT, BGP_TROUBLE_NONE},
        {BGP_TROUBLE_NONE, BGP_TROUBLE_NOT_LISTENING, BGP_ACTIVE, BGP_TROUBLE_NOT_LISTENING},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bgp_session before = {.trouble = rows[i].before, .detail = "before"};
        struct bgp_session now = {.trouble = rows[i].now, .state = rows[i].state, .detail = "now"};

        bgp_session_keep_trouble(&before, &now);
        assert_int_equal(now.trouble, rows[i].told);
        assert_string_equal(now.detail, rows[i].told == rows[i].now ? "now" : "before");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_line_tells),
        cmocka_unit_test(test_other_lines_tell_nothing),
        cmocka_unit_test(test_lines_in_pieces_of_every_size),
        cmocka_unit_test(test_what_says_more_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
