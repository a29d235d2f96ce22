#include "bench.h"

#include <stdlib.h>

/* The command speaks the language of the locale; what machines read stays as it is. */

static int setup(void **state)
{
    static struct bench b;

    bench_init(&b);
    *state = &b;
    return 0;
}

static int teardown(void **state)
{
    bench_done(*state);
    setenv("LC_ALL", "C", 1);
    return 0;
}

static void speak_chinese(void)
{
    setenv("LC_ALL", "zh_CN.UTF-8", 1);
}

static bool says(const char *text, const char *part)
{
    if (strstr(text, part))
        return true;
    print_message("not found: %s\nin: %s\n", part, text);
    return false;
}

static void test_the_first_that_is_set_counts(void **state)
{
    static const struct {
        const char *all, *messages, *lang;
        enum words_lang want;
    } cases[] = {
        {NULL, NULL, NULL, WORDS_EN},
        {"zh_CN.UTF-8", NULL, NULL, WORDS_ZH},
        {NULL, "zh_CN.UTF-8", "en_GB.UTF-8", WORDS_ZH},
        {NULL, NULL, "zh_TW", WORDS_ZH},
        {"", "", "zh_CN.UTF-8", WORDS_ZH},
        {"C", "zh_CN.UTF-8", "zh_CN.UTF-8", WORDS_EN},
        {"", "POSIX", "zh_CN.UTF-8", WORDS_EN},
        {"de_DE.UTF-8", "zh_CN.UTF-8", NULL, WORDS_EN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *values[] = {cases[i].all, cases[i].messages, cases[i].lang};
        static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

        for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
            if (values[k])
                setenv(names[k], values[k], 1);
            else
                unsetenv(names[k]);
        }
        print_message("case %zu\n", i);
        assert_int_equal(cases[i].want, cli_lang());
        for (size_t k = 0; k < ARRAY_SIZE(names); k++)
            unsetenv(names[k]);
    }
}

static void test_errors(void **state)
{
    static const struct {
        const char *line;
        int exit;
        const char *says;
    } cases[] = {
        {"frob", CLI_USAGE, "没有名为frob的资源类型或命令；参见ropeway help"},
        {"vcp list", CLI_USAGE, "没有名为vcp的资源类型或命令，是否指vpc；参见"},
        {"vpc frob", CLI_USAGE, "vpc没有操作frob；参见ropeway vpc --help"},
        {"vpc", CLI_USAGE, "操作（VERB）："},
        {"vpc list", CLI_USAGE, "未指定区域："},
        {"vpc list --region r1 --sort-by nmae", CLI_USAGE, "vpc没有nmae，是否指name"},
        {"vpc list --output xml", CLI_USAGE, "--output必须是table、json、yaml或id，不能是xml"},
        {"vpc get --region r1", CLI_USAGE, "未指定VPC："},
        {"vpc get a --region r1", CLI_REFUSED, "区域r1中没有VPC a"},
        {"vpn-tunnel create --region r1 --vpn-connection c", CLI_REFUSED, "区域r1中没有VPN连接 c"},
        {"vpn-tunnel create --region r1 --colour x", CLI_USAGE,
         "vpn-tunnel create没有选项--colour；参见ropeway vpn-tunnel create --help"},
        {"vpn-tunnel create --region r1 --mtu x", CLI_USAGE, "--mtu必须是整数，不能是x"},
        {"audit", CLI_USAGE, "用法：ropeway audit list；参见ropeway audit --help"},
        {"apply -f /nonexistent", CLI_USAGE, "无法读取/nonexistent："},
        {"api PUT /v1", CLI_USAGE, "方法必须是GET、POST、PATCH或DELETE，不能是PUT"},
    };
    struct bench *b = *state;

    speak_chinese();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].line);
        assert_int_equal(cases[i].exit, run(b, "%s", cases[i].line));
        assert_true(says(b->err, cases[i].says));
        assert_string_equal("", b->out);
    }
}

/* What the server says is shown as it comes, with the flag in the user's language. */
static void test_what_the_server_says(void **state)
{
    struct bench *b = *state;

    assert_int_equal(CLI_REFUSED, run(b, "vpc create --region r1 --cidr 10.1.0.1/16"));
    char *english = strdup(b->err);
    speak_chinese();
    assert_int_equal(CLI_REFUSED, run(b, "vpc create --region r1 --cidr 10.1.0.1/16"));
    assert_string_equal(english, b->err);
    free(english);
    assert_int_equal(CLI_REFUSED, run(b, "subnet create --region r1 --cidr 10.1.0.0/24"));
    assert_true(says(b->err, "（--vpc）\n"));
    b->unreachable = true;
    assert_int_equal(CLI_UNREACHABLE, run(b, "vpc list --region r1"));
    assert_string_equal("ropeway: nobody there\n", b->err);
}

static void test_help(void **state)
{
    static const struct {
        const char *line;
        const char *says[4];
    } cases[] = {
        {"help",
         {"用法：ropeway NOUN VERB", "\n      ropeway apply -f FILE       创建或修改",
          "\n  vpn-tunnel            VPN隧道：VPN连接的一条IPsec隧道\n", "通用选项："}},
        {"help vpn-tunnel", {"用法：ropeway vpn-tunnel VERB", "\n  create       创建VPN隧道\n"}},
        {"vpn-tunnel update -h",
         {"修改单个VPN隧道。\n", " 是否启用隧道；停用时先切走流量，再删除SA [up down]\n",
          "；@FILE表示从文件读取\n", "把这些字段恢复为默认值"}},
        {"vpc-attachment create -h",
         {"（必填）", "（默认", "示例：\n",
          " 要传播的子网（--propagation为subnets时必填，否则不可用）\n"}},
        {"instance create -h",
         {"（仅当--attachment为tap或nic时可用）（--attachment为nic时必填）\n"}},
        {"vpn-tunnel create -h",
         {"（强度弱：sha1）（仅当--ipsec-encryption包含非AEAD加密算法时生效）",
          "（仅当--ike-version为1时生效）（仅当--ike-version为1时可选aggressive）",
          " [restart clear none]（仅当--dpd-enabled为true时生效）", "（强度弱：2 5）"}},
        {"vpn-tunnel list -h", {"选项（只列出具有这些值的资源）："}},
        {"border-gateway explain -h", {"地址，未写在名称之后时使用"}},
        {"apply -h", {"{vpnConnection: NAME, region: ID, index: N}：该VPN连接"}},
        {"delete -h", {"要么全部删除"}},
        {"node-token -h", {"create的选项："}},
        {"audit -h", {"最新的在前", "最多条数（默认50）"}},
        {"api -h", {"请求体"}},
        {"completion -h", {"补全脚本"}},
        {"version -h", {"显示版本"}},
    };
    struct bench *b = *state;

    speak_chinese();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].line);
        assert_int_equal(0, run(b, "%s", cases[i].line));
        for (size_t k = 0; k < ARRAY_SIZE(cases[i].says) && cases[i].says[k]; k++)
            assert_true(says(b->out, cases[i].says[k]));
        assert_null(strstr(b->out, "Usage"));
        assert_null(strstr(b->out, "Example"));
    }
}

static void test_results(void **state)
{
    struct bench *b = *state;

    speak_chinese();
    assert_int_equal(0, run(b, "vpc create --region r1 --name a --cidr 10.1.0.0/16"));
    assert_true(says(b->out, "\n名称"));
    assert_null(strstr(b->out, "\nname"));
    assert_int_equal(0, run(b, "vpc list --region r1"));
    assert_true(says(b->out, "名称"));
    assert_null(strstr(b->out, "NAME"));
    assert_int_equal(0, run(b, "audit list"));
    assert_true(says(b->out, "操作者"));
    assert_int_equal(0, run(b, "vpc delete a --region r1"));
    assert_true(text_starts_with(b->out, "VPC vpc-"));
    assert_true(says(b->out, "已删除\n"));
    assert_int_equal(0,
                     run_file(b, "apply", "{kind: vpc, region: r1, name: b, cidr: 10.2.0.0/16}"));
    assert_true(says(b->out, "已创建  VPC b（r1）：vpc-"));
    assert_int_equal(0, run_file(b, "delete",
                                 "[{kind: vpc, region: r1, name: b}, "
                                 "{kind: region, id: r2}]"));
    assert_true(says(b->out, "已删除  VPC b（r1）：vpc-"));
    assert_true(says(b->out, "已删除  区域 r2\n"));
    assert_int_equal(CLI_USAGE, run_file(b, "apply", "{kind: vpc, kind: vpc}"));
    assert_true(says(b->err, "：第1行：键重复\n"));
    assert_int_equal(CLI_USAGE, run_file(b, "apply", "{kind: cat}"));
    assert_true(says(b->err, "第1个资源：没有类型“cat”\n"));
}

static void make_tunnel(struct bench *b)
{
    assert_int_equal(0, run(b, "border-gateway create --region r1 --name gw"));
    assert_int_equal(0, run(b, "customer-gateway create --region r1 --name cg --addresses "
                               "192.0.2.1,192.0.2.2"));
    assert_int_equal(0, run(b, "vpn-connection create --region r1 --name c --border-gateway gw "
                               "--customer-gateway=cg"));
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --name t --vpn-connection c"));
}

static void test_waiting(void **state)
{
    struct bench *b = *state;

    make_tunnel(b);
    speak_chinese();
    b->lag = 100;
    b->waiting_for[0] = "[{'nodeId': 'node-a', 'key': 'table/rtb-t', 'error': 'no memory'}]";
    assert_int_equal(CLI_TIMEOUT,
                     run(b, "border-gateway update gw --region r1 --description x --wait "
                            "--timeout 5"));
    assert_true(says(b->err, "等待中：table/rtb-t在节点node-a上尚未生效（no memory）\n"));
    assert_true(says(b->err, "已等待5秒；table/rtb-t在节点node-a上尚未生效（no memory）\n"));
    b->lag = 0;
    b->oper_state = "negotiating";
    assert_int_equal(CLI_TIMEOUT, run(b, "vpn-tunnel wait t --region r1 --timeout 0"));
    assert_true(says(b->err, "已等待0秒；VPN隧道 t为negotiating：no answer\n"));
}

/* Nothing of what programs read depends on the language, nor does completion. */
static void test_what_machines_read(void **state)
{
    static const char *const lines[] = {
        "vpn-tunnel list --region r1 -o json",
        "vpn-tunnel list --region r1 -o yaml",
        "vpn-tunnel list --region r1 -o id",
        "vpn-tunnel get t --region r1 -o json",
        "vpn-tunnel get t --region r1 -o yaml",
        "vpn-tunnel log t --region r1 -o json",
        "vpn-tunnel reveal-psk t --region r1",
        "audit list -o json",
        "region list -o json",
        "api GET /v1/regions/r1/vpnTunnels",
        "version",
        "completion bash",
    };
    struct bench *b = *state;

    make_tunnel(b);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        char *english;

        print_message("%s\n", lines[i]);
        setenv("LC_ALL", "C", 1);
        assert_int_equal(0, run(b, "%s", lines[i]));
        english = strdup(b->out);
        assert_true(*english);
        speak_chinese();
        assert_int_equal(0, run(b, "%s", lines[i]));
        assert_string_equal(english, b->out);
        free(english);
    }
    assert_int_equal(0, run_file(b, "apply -o json", "{kind: vpn-tunnel, region: r1, name: t}"));
    assert_true(says(b->out, "\"outcome\": \"unchanged\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_that_is_set_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_the_server_says, setup, teardown),
        cmocka_unit_test_setup_teardown(test_help, setup, teardown),
        cmocka_unit_test_setup_teardown(test_results, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waiting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_machines_read, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
