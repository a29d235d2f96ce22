/* bird.conf: each setting in its place, and BIRD itself takes it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bgp.h"

#define BIRD "/usr/sbin/bird"

static struct addr address(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(text, &a), 0);
    return a;
}

static struct prefix network(const char *text)
{
    struct prefix p;

    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

static struct bgp_peer_config plain_peer(void)
{
    return (struct bgp_peer_config){.name = "vpntun_a",
                                    .interface = "tun-a",
                                    .tunnel = 1001,
                                    .connection = 2001,
                                    .local = address("169.254.1.1"),
                                    .remote = address("169.254.1.2"),
                                    .asn = 65001,
                                    .hold_s = 30,
                                    .password = "",
                                    .limit = 100};
}

static int write_with(const struct bgp_peer_config *peers, size_t n, bool transit, struct buf *ret)
{
    const struct bgp_speaker_config config = {.asn = 65000,
                                              .router_id = address("169.254.1.1"),
                                              .transit = transit,
                                              .peers = peers,
                                              .n_peers = n};

    return bgp_config_write(&config, ret);
}

/* As an operator would before he trusts it. */
static void assert_bird_takes(const struct buf *text)
{
    char path[] = "/tmp/ropeway-bird-XXXXXX";
    int fd, status;
    pid_t pid;

    if (access(BIRD, X_OK) != 0)
        return;
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text->data, text->len), text->len);
    close(fd);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        execl(BIRD, BIRD, "-p", "-c", path, NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    unlink(path);
    if (status != 0)
        fail_msg("BIRD refuses:\n%s", buf_text(text));
}

static void assert_refused(const struct bgp_peer_config *p)
{
    struct buf text = {0};

    assert_int_equal(write_with(p, 1, false, &text), -EINVAL);
    buf_wipe(&text);
}

/* What one peer's configuration has, and has not. */
static void assert_has(const struct bgp_peer_config *p, const char *has, const char *has_not)
{
    struct buf text = {0};

    assert_int_equal(write_with(p, 1, false, &text), 0);
    if (!strstr(buf_text(&text), has))
        fail_msg("no \"%s\" in:\n%s", has, buf_text(&text));
    if (has_not && strstr(buf_text(&text), has_not))
        fail_msg("\"%s\" in:\n%s", has_not, buf_text(&text));
    assert_bird_takes(&text);
    buf_wipe(&text);
}

static const char small_gateway[] =
    "# Written by ropeway-node, which writes it anew.\n"
    "log \"bird.log\" 262144 \"bird.log.1\" all;\n"
    "router id 169.254.1.1;\n"
    "timeformat protocol \"%s\";\n"
    "timeformat log iso long ms;\n"
    "graceful restart wait 15;\n"
    "attribute int rw_connection;\n"
    "protocol device { scan time 60; }\n"
    "protocol kernel announced4 { kernel table 1000; learn; scan time 3600;\n"
    "    ipv4 { import all; export none; preference 200; }; }\n"
    "protocol kernel announced6 { kernel table 1000; learn; scan time 3600;\n"
    "    ipv6 { import all; export none; preference 200; }; }\n"
    "protocol bgp feed {\n"
    "    local 127.0.0.1 as 65000; neighbor 127.0.0.2 as 65000; multihop; passive; hold time 0; "
    "enable extended messages;\n"
    "    ipv4 { add paths tx; next hop keep; extended next hop; import none; export where source = "
    "RTS_BGP; };\n"
    "    ipv6 { add paths tx; next hop keep; import none; export where source = RTS_BGP; };\n"
    "}\n"
    "template bgp peer {\n"
    "    direct; check link no; connect delay time 1; connect retry time 5;\n"
    "    error wait time 2, 30; graceful restart off;\n"
    "}\n"
    "protocol bgp vpntun_a from peer {\n"
    "    local 169.254.1.1 as 65000; neighbor 169.254.1.2 as 65001; interface \"tun-a\";\n"
    "    hold time 30;\n"
    "    ipv4 { extended next hop; next hop self; import limit 100 action block;\n"
    "        import filter { if net ~ [127.0.0.0/8+, 224.0.0.0/3+] then reject; "
    "bgp_large_community.delete([(4294967295,*,*)]); bgp_large_community.add((4294967295,0,1001)); "
    "rw_connection = 2001; accept; }; \n"
    "        export filter { if source = RTS_BGP then reject; "
    "bgp_large_community.delete([(4294967295,*,*)]); accept; }; \n"
    "    };\n"
    "    ipv6 { next hop self; import limit 100 action block;\n"
    "        import filter { if net ~ [::/96{97,128}, ff00::/8+] then reject; "
    "bgp_large_community.delete([(4294967295,*,*)]); bgp_large_community.add((4294967295,0,1001)); "
    "rw_connection = 2001; accept; }; \n"
    "        export filter { if source = RTS_BGP then reject; "
    "bgp_large_community.delete([(4294967295,*,*)]); accept; }; \n"
    "    };\n"
    "}\n";

static void test_a_small_gateway(void **state)
{
    const struct bgp_peer_config peer = plain_peer();
    struct buf text = {0};

    (void)state;
    assert_int_equal(write_with(&peer, 1, false, &text), 0);
    assert_string_equal(buf_text(&text), small_gateway);
    assert_bird_takes(&text);
    buf_wipe(&text);
}

static void test_a_gateway_without_peers(void **state)
{
    struct buf text = {0};

    (void)state;
    assert_int_equal(write_with(NULL, 0, true, &text), 0);
    assert_null(strstr(buf_text(&text), "from peer"));
    assert_bird_takes(&text);
    buf_wipe(&text);
}

static void test_what_a_session_is_like(void **state)
{
    struct bgp_peer_config p = plain_peer();

    (void)state;
    assert_has(&p, "graceful restart off;", "graceful restart on");
    p.restart_s = 120;
    assert_has(&p, "    graceful restart on; graceful restart time 120;\n", NULL);
    p.hold_s = 65535;
    assert_has(&p, "    hold time 65535;\n", "password");
    p.password = "it's (not) \\so; {secret} #1";
    assert_has(&p, "    password \"it's (not) \\so; {secret} #1\";\n", "bfd");
    p.bfd = true;
    p.bfd_interval_ms = 300;
    p.bfd_multiplier = 3;
    assert_has(&p, "    bfd { interval 300 ms; multiplier 3; };\n", NULL);
    assert_has(&p, "protocol bfd { }\n", NULL);
    p.asn = 4200000001;
    assert_has(&p, "neighbor 169.254.1.2 as 4200000001;", NULL);
    p.local = address("fd00::1");
    p.remote = address("fd00::2");
    assert_has(&p, "local fd00::1 as 65000; neighbor fd00::2 as 4200000001; interface \"tun-a\";",
               NULL);
}

static void test_what_comes_from_a_peer(void **state)
{
    const struct prefix both[] = {network("10.2.0.0/16"), network("2001:db8::/32"),
                                  network("0.0.0.0/0")};
    struct bgp_peer_config p = plain_peer();

    (void)state;
    assert_has(&p, "import limit 100 action block;", "action restart");
    p.shut = true;
    assert_has(&p, "import limit 100 action restart;", "action block");
    p.limit = 1;
    assert_has(&p, "import limit 1 action restart;", "if net !~");
    p.imports = both;
    p.n_imports = 3;
    assert_has(&p, "if net !~ [10.2.0.0/16+, 0.0.0.0/0+] then reject; ", NULL);
    assert_has(&p, "if net !~ [2001:db8::/32+] then reject; ", NULL);
    p.n_imports = 1; /* nothing of the other family */
    assert_has(&p, "ff00::/8+] then reject; reject; ", "2001:db8");
}

static void test_what_a_peer_is_told(void **state)
{
    static const char *const communities[] = {"65000:1", "65000:1:4294967295", "no-export",
                                              "no-advertise", "0:0"};
    static const uint32_t withheld[] = {2001, 3001, INT32_MAX};
    const struct prefix ipv6 = network("::/0");
    struct bgp_peer_config p = plain_peer();

    (void)state;
    assert_has(&p, "export filter { if source = RTS_BGP then reject; bgp_large", "prepend");
    p.draining = true;
    assert_has(&p,
               "bgp_path.prepend(65000); bgp_path.prepend(65000); bgp_path.prepend(65000); "
               "bgp_community.add((65535,0)); bgp_large",
               "disabled");
    p.draining = false;
    p.ends = true;
    assert_has(&p, "    disabled;\n", "(65535,0)");
    p.ends = false;
    p.prepend = 2;
    assert_has(&p, "bgp_path.prepend(65000); bgp_path.prepend(65000); bgp_large",
               "prepend(65000); bgp_path.prepend(65000); bgp_path.prepend");
    p.communities = communities;
    p.n_communities = ARRAY_SIZE(communities);
    assert_has(&p,
               "bgp_community.add((65000,1)); bgp_large_community.add((65000,1,4294967295)); "
               "bgp_community.add((65535,65281)); bgp_community.add((65535,65282)); "
               "bgp_community.add((0,0)); bgp_large_community.delete([(4294967295,*,*)]); accept;",
               "krt_metric");
    p.withheld = withheld;
    p.n_withheld = 3;
    assert_has(&p, "if source = RTS_INHERIT && krt_metric ~ [2001, 3001, 2147483647] then reject; ",
               NULL);
    p.exports = &ipv6;
    p.n_exports = 1;
    assert_has(&p, "then reject; if net !~ [::/0+] then reject; bgp_path", NULL);
    assert_has(&p, "then reject; reject; bgp_path", NULL);
}

static void test_prefixes_that_have_other_names_at_the_other_end(void **state)
{
    const struct prefix own = network("10.0.0.0/16"), theirs = network("10.9.0.0/16");
    static const uint32_t told[] = {4001, 4002};
    struct bgp_peer_config p = plain_peer();

    (void)state;
    p.hidden = &own;
    p.n_hidden = 1;
    assert_has(&p, "if net ~ [10.0.0.0/16+] then reject; ", "krt_metric");
    p.told = told;
    p.n_told = 2;
    assert_has(&p,
               "if net ~ [10.0.0.0/16+] then if source != RTS_INHERIT || krt_metric !~ [4001, "
               "4002] then reject; ",
               "rw_connection = 0;");
    p.foreign = &theirs;
    p.n_foreign = 1;
    assert_has(&p, "rw_connection = 2001; if net ~ [10.9.0.0/16+] then rw_connection = 0; accept;",
               NULL);
}

static void test_transit(void **state)
{
    struct bgp_peer_config peers[] = {plain_peer(), plain_peer()};
    struct buf text = {0};

    (void)state;
    peers[1].name = "vpntun_b";
    peers[1].interface = "tun-b";
    peers[1].local = address("169.254.2.1");
    peers[1].remote = address("169.254.2.2");
    peers[1].tunnel = 1002;
    peers[1].connection = 2002;
    assert_int_equal(write_with(peers, 2, true, &text), 0);
    assert_non_null(strstr(buf_text(&text), "rw_connection ~ [0, 2001] then reject;"));
    assert_non_null(strstr(buf_text(&text), "rw_connection ~ [0, 2002] then reject;"));
    assert_null(strstr(buf_text(&text), "RTS_BGP then reject"));
    assert_non_null(strstr(buf_text(&text), "add((4294967295,0,1002)); rw_connection = 2002;"));
    assert_bird_takes(&text);
    buf_wipe(&text);
}

static void test_texts_that_would_be_something_else(void **state)
{
    static const char *const names[] = {"", "a b", "a-b", "a;", "a\n", "\xc3\xa4"};
    static const char *const texts[] = {"\"", "a\"; }", "a\nb", "a\tb", "\x7f", "\xc3\xa4"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct bgp_peer_config p = plain_peer();

        p.name = names[i];
        assert_refused(&p);
    }
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct bgp_peer_config p = plain_peer();

        p.password = texts[i];
        assert_refused(&p);
        p = plain_peer();
        p.interface = texts[i];
        assert_refused(&p);
    }
}

static void test_communities(void **state)
{
    static const char *const good[] = {
        "0:0",       "65535:65535", "65000:1", "0:0:0", "4294967295:4294967295:4294967295",
        "no-export", "no-advertise"};
    static const char *const bad[] = {"",
                                      "1",
                                      ":",
                                      "1:",
                                      ":1",
                                      "65536:1",
                                      "1:65536",
                                      "1:2:",
                                      "1::3",
                                      "1:2:3:4",
                                      "1:2:3:",
                                      "a:1",
                                      "1:-1",
                                      " 1:2",
                                      "1:2 ",
                                      "no-peer",
                                      "1,2",
                                      "1:2)",
                                      "0x1:2",
                                      "no-export ",
                                      "4294967296:0:0",
                                      "1:2\n:3",
                                      "000000000000000000000001:2"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        assert_true(bgp_community_is_valid(good[i]));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct bgp_peer_config p = plain_peer();

        assert_false(bgp_community_is_valid(bad[i]));
        p.communities = &bad[i];
        p.n_communities = 1;
        assert_refused(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_small_gateway),
        cmocka_unit_test(test_a_gateway_without_peers),
        cmocka_unit_test(test_what_a_session_is_like),
        cmocka_unit_test(test_what_comes_from_a_peer),
        cmocka_unit_test(test_what_a_peer_is_told),
        cmocka_unit_test(test_prefixes_that_have_other_names_at_the_other_end),
        cmocka_unit_test(test_transit),
        cmocka_unit_test(test_texts_that_would_be_something_else),
        cmocka_unit_test(test_communities),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
