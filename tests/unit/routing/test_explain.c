#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "routing.h"

static void add(struct routing_table *t, const char *destination, enum routing_hop hop,
                enum routing_type type, const char *target, uint32_t metric)
{
    static const char *const tunnels[] = {"vpntun-a", "vpntun-b", "vpntun-c"};
    struct routing_route r = {.hop = hop, .type = type, .target = target, .metric = metric};

    if (type == ROUTING_TYPE_EBGP || type == ROUTING_TYPE_IBGP)
        r.via = tunnels[target[strlen("vpn-")] - 'a'];
    assert_int_equal(prefix_parse(destination, &r.destination), 0);
    assert_int_equal(routing_add(t, &r), 0);
}

struct told {
    struct buf said[WORDS_LANGS];
};

/* What is written down reads the same. */
static void collect(void *arg, const struct words *m)
{
    char said[WORDS_TEXT_MAX], written[WORDS_TEXT_MAX], again[WORDS_TEXT_MAX];
    struct told *told = arg;

    words_write(m, written, sizeof(written));
    for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++) {
        words_say(m, lang, said, sizeof(said));
        assert_string_equal(words_say_written(written, lang, again, sizeof(again)), said);
        buf_printf(&told->said[lang], "%s\n", said);
    }
}

static void expect_in(enum words_lang lang, const struct routing_table *t, const char *address,
                      const char *text)
{
    struct told told = {0};
    struct addr a;

    assert_int_equal(addr_parse(address, &a), 0);
    routing_explain(t, &a, collect, &told);
    assert_string_equal(buf_text(&told.said[lang]), text);
    for (size_t i = 0; i < WORDS_LANGS; i++)
        buf_done(&told.said[i]);
}

static void expect(const struct routing_table *t, const char *address, const char *text)
{
    expect_in(WORDS_EN, t, address, text);
}

static void test_gateway_tells_what_it_does(void **state)
{
    struct routing_table t = {0};

    (void)state;
    add(&t, "0.0.0.0/0", ROUTING_HOP_CONNECTION, ROUTING_TYPE_STATIC, "vpn-d", 0);
    add(&t, "10.2.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_EBGP, "vpn-a", 2);
    add(&t, "10.2.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_EBGP, "vpn-b", 2);
    add(&t, "10.2.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_EBGP, "vpn-c", 3);
    add(&t, "10.2.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_IBGP, "vpn-c", 1);
    add(&t, "10.3.0.0/16", ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED, "att-a", 0);
    add(&t, "10.3.7.0/24", ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED, "att-b", 0);
    add(&t, "10.3.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_STATIC, "vpn-a", 0);
    routing_select_gateway(&t, 300);
    expect(&t, "10.2.0.5",
           "10.2.0.5 matches 10.2.0.0/16 (EBGP route via VPN connection vpn-a, tunnel vpntun-a, AS "
           "path length 2).\n"
           "Flows are shared with 10.2.0.0/16 (EBGP route via VPN connection vpn-b, tunnel "
           "vpntun-b, AS path length 2).\n"
           "Not taken: 10.2.0.0/16 (IBGP route via VPN connection vpn-c, tunnel vpntun-c, AS path "
           "length 1): 10.2.0.0/16 (EBGP route via VPN connection vpn-a, tunnel vpntun-a, AS path "
           "length 2) wins: EBGP routes come before IBGP routes.\n"
           "Not taken: 10.2.0.0/16 (EBGP route via VPN connection vpn-c, tunnel vpntun-c, AS path "
           "length 3): 10.2.0.0/16 (EBGP route via VPN connection vpn-a, tunnel vpntun-a, AS path "
           "length 2) wins: its AS path is shorter than 3.\n"
           "Not taken: 0.0.0.0/0 (static route to VPN connection vpn-d): it is less specific.\n");
    expect(&t, "10.3.7.1",
           "10.3.7.1 matches 10.3.0.0/16 (propagated by VPC attachment att-a).\n"
           "Not taken: 10.3.7.0/24 (propagated by VPC attachment att-b): it overlaps 10.3.0.0/16 "
           "(propagated by VPC attachment att-a), which was propagated first.\n"
           "Not taken: 10.3.0.0/16 (static route to VPN connection vpn-a): 10.3.0.0/16 (propagated "
           "by VPC attachment att-a) wins: VPC attachments come before VPN connections.\n"
           "Not taken: 0.0.0.0/0 (static route to VPN connection vpn-d): it is less specific.\n");
    expect(&t, "fd00::1", "No effective route matches fd00::1.\n");
    expect_in(
        WORDS_ZH, &t, "10.2.0.5",
        "10.2.0.5匹配10.2.0.0/16（EBGP路由，下一跳为VPN连接vpn-a，隧道vpntun-a，AS路径长度为2）。\n"
        "流量同时由10.2.0.0/"
        "16（EBGP路由，下一跳为VPN连接vpn-b，隧道vpntun-b，AS路径长度为2）分担。\n"
        "未采用10.2.0.0/"
        "16（IBGP路由，下一跳为VPN连接vpn-c，隧道vpntun-c，AS路径长度为1）：优选10.2.0.0/"
        "16（EBGP路由，下一跳为VPN连接vpn-a，隧道vpntun-"
        "a，AS路径长度为2）：EBGP路由优先于IBGP路由。\n"
        "未采用10.2.0.0/"
        "16（EBGP路由，下一跳为VPN连接vpn-c，隧道vpntun-c，AS路径长度为3）：优选10.2.0.0/"
        "16（EBGP路由，下一跳为VPN连接vpn-a，隧道vpntun-a，AS路径长度为2）：其AS路径长度小于3。\n"
        "未采用0.0.0.0/0（静态路由，下一跳为VPN连接vpn-d）：不是最长匹配。\n");
    expect_in(WORDS_ZH, &t, "10.3.7.1",
              "10.3.7.1匹配10.3.0.0/16（由VPC接口att-a传播）。\n"
              "未采用10.3.7.0/24（由VPC接口att-b传播）：与先传播的10.3.0.0/"
              "16（由VPC接口att-a传播）重叠。\n"
              "未采用10.3.0.0/16（静态路由，下一跳为VPN连接vpn-a）：优选10.3.0.0/"
              "16（由VPC接口att-a传播）：下一跳类型VPC接口优先于VPN连接。\n"
              "未采用0.0.0.0/0（静态路由，下一跳为VPN连接vpn-d）：不是最长匹配。\n");
    routing_table_done(&t);
}

static void test_vpc_table_tells_what_it_does(void **state)
{
    struct routing_table t = {0};

    (void)state;
    add(&t, "10.1.0.0/16", ROUTING_HOP_LOCAL, ROUTING_TYPE_LOCAL, "", 0);
    add(&t, "10.1.0.0/24", ROUTING_HOP_GATEWAY, ROUTING_TYPE_PROPAGATED, "bgw-a", 0);
    add(&t, "10.2.0.0/16", ROUTING_HOP_GATEWAY, ROUTING_TYPE_PROPAGATED, "bgw-a", 0);
    add(&t, "10.3.0.0/16", ROUTING_HOP_GATEWAY, ROUTING_TYPE_PROPAGATED, "bgw-a", 0);
    add(&t, "10.3.0.0/16", ROUTING_HOP_BLACKHOLE, ROUTING_TYPE_STATIC, "", 0);
    routing_select_vpc(&t, 1);
    expect(&t, "10.1.0.9",
           "10.1.0.9 matches 10.1.0.0/16 (local).\n"
           "Not taken: 10.1.0.0/24 (propagated by border gateway bgw-a): it lies inside "
           "10.1.0.0/16 (local), and local always wins.\n");
    expect(&t, "10.3.0.9",
           "10.3.0.9 matches 10.3.0.0/16 (static blackhole).\n"
           "Not taken: 10.3.0.0/16 (propagated by border gateway bgw-a): it came after the quota "
           "of 1 propagated routes was used up.\n");
    routing_table_done(&t);
}

/* What a program makes of a reason: the code, and the winner as a message inside. */
static void test_reasons_are_codes_with_arguments(void **state)
{
    char why[ROUTING_TEXT_MAX], text[WORDS_TEXT_MAX];
    struct words_read reason, winner;
    struct routing_table t = {0};

    (void)state;
    add(&t, "10.3.0.0/16", ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED, "att-a", 0);
    add(&t, "10.3.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_STATIC, "vpn-a", 0);
    routing_select_gateway(&t, 300);
    assert_string_equal(routing_reason_text(&t, 0, why), "");
    words_read(routing_reason_text(&t, 1, why), &reason);
    assert_int_equal(reason.words.code, WORDS_ROUTE_LOSES_HOP);
    assert_int_equal(words_inner(&reason.args[0], &winner)->code, WORDS_ROUTE_PROPAGATED);
    assert_string_equal(words_arg_text(&winner.args[0], text, sizeof(text)), "10.3.0.0/16");
    assert_string_equal(words_arg_text(&winner.args[1], text, sizeof(text)), "hop.vpcAttachment");
    assert_string_equal(words_arg_text(&winner.args[2], text, sizeof(text)), "att-a");
    assert_string_equal(words_arg_text(&reason.args[1], text, sizeof(text)), "hops.vpcAttachment");
    assert_string_equal(words_arg_text(&reason.args[2], text, sizeof(text)), "hops.vpnConnection");
    routing_table_done(&t);
}

/* Ids are short, but nothing here says so. */
static void test_long_names_are_cut_in_their_middle(void **state)
{
    static char target[2000], id[] = "vpn-a";
    char why[ROUTING_TEXT_MAX], said[WORDS_TEXT_MAX];
    struct routing_table t = {0};
    struct words_read reason;

    (void)state;
    memset(target, 'x', sizeof(target) - 1);
    add(&t, "10.3.0.0/16", ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED, target, 0);
    add(&t, "10.3.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_STATIC, id, 0);
    routing_select_gateway(&t, 300);
    words_read(routing_reason_text(&t, 1, why), &reason);
    assert_int_equal(reason.words.code, WORDS_ROUTE_LOSES_HOP);
    words_say(&reason.words, WORDS_EN, said, sizeof(said));
    assert_non_null(strstr(said, "xx...) wins: VPC attachments come before VPN connections"));
    routing_table_done(&t);
}

/* What JSON calls a next hop or a type, the messages about it do, too. */
static void test_codes_end_with_the_api_s_names(void **state)
{
    static const enum routing_hop hops[] = {ROUTING_HOP_LOCAL,
                                            ROUTING_HOP_BLACKHOLE,
                                            ROUTING_HOP_ATTACHMENT,
                                            ROUTING_HOP_CONNECTION,
                                            ROUTING_HOP_GATEWAY,
                                            ROUTING_HOP_INSTANCE,
                                            ROUTING_HOP_PRIVATE_INTERFACE};
    static const enum routing_type types[] = {ROUTING_TYPE_LOCAL, ROUTING_TYPE_STATIC,
                                              ROUTING_TYPE_PROPAGATED, ROUTING_TYPE_EBGP,
                                              ROUTING_TYPE_IBGP};
    char code[WORDS_CODE_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(hops); i++) {
        snprintf(code, sizeof(code), "hop.%s", routing_hop_name(hops[i]));
        assert_int_not_equal(words_find(code), WORDS_FOREIGN);
        snprintf(code, sizeof(code), "hops.%s", routing_hop_name(hops[i]));
        assert_int_not_equal(words_find(code), WORDS_FOREIGN);
    }
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        snprintf(code, sizeof(code), "routes.%s", routing_type_name(types[i]));
        assert_int_not_equal(words_find(code), WORDS_FOREIGN);
    }
}

static void test_names_are_the_api_s(void **state)
{
    (void)state;
    assert_string_equal(routing_hop_name(ROUTING_HOP_ATTACHMENT), "vpcAttachment");
    assert_string_equal(routing_hop_name(ROUTING_HOP_PRIVATE_INTERFACE), "privateInterface");
    assert_string_equal(routing_hop_name(ROUTING_HOP_CONNECTION), "vpnConnection");
    assert_string_equal(routing_hop_name(ROUTING_HOP_GATEWAY), "borderGateway");
    assert_string_equal(routing_hop_name(ROUTING_HOP_INSTANCE), "instance");
    assert_string_equal(routing_hop_name(ROUTING_HOP_BLACKHOLE), "blackhole");
    assert_string_equal(routing_hop_name(ROUTING_HOP_LOCAL), "local");
    assert_string_equal(routing_type_name(ROUTING_TYPE_LOCAL), "local");
    assert_string_equal(routing_type_name(ROUTING_TYPE_STATIC), "static");
    assert_string_equal(routing_type_name(ROUTING_TYPE_PROPAGATED), "propagated");
    assert_string_equal(routing_type_name(ROUTING_TYPE_EBGP), "ebgp");
    assert_string_equal(routing_type_name(ROUTING_TYPE_IBGP), "ibgp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gateway_tells_what_it_does),
        cmocka_unit_test(test_vpc_table_tells_what_it_does),
        cmocka_unit_test(test_reasons_are_codes_with_arguments),
        cmocka_unit_test(test_long_names_are_cut_in_their_middle),
        cmocka_unit_test(test_codes_end_with_the_api_s_names),
        cmocka_unit_test(test_names_are_the_api_s),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
