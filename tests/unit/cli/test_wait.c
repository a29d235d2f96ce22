#include "bench.h"

#include <stdlib.h>

/* --wait and the verb wait. */

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
    return 0;
}

static bool says(const char *text, const char *part)
{
    if (strstr(text, part))
        return true;
    print_message("not found: %s\nin: %s\n", part, text);
    return false;
}

static void make_connection(struct bench *b)
{
    assert_int_equal(0, run(b, "border-gateway create --region r1 --name gw"));
    assert_int_equal(0, run(b, "customer-gateway create --region r1 --name cg --addresses "
                               "192.0.2.1,192.0.2.2"));
    assert_int_equal(0, run(b, "vpn-connection create --region r1 --name c --border-gateway gw "
                               "--customer-gateway=cg"));
}

static const char behind[] = "[{'nodeId': 'node-a', 'key': 'tunnel/vpntun-t', 'resourceId': "
                             "'vpntun-t', 'error': ''}]";
static const char refused[] = "[{'nodeId': 'node-a', 'key': 'tunnel/vpntun-t', 'resourceId': "
                              "'vpntun-t', 'error': 'no proposal chosen'}]";
static const char table[] = "[{'nodeId': 'node-b', 'key': 'table/rtb-t', 'resourceId': 'rtb-t', "
                            "'error': 'no memory'}]";

static void test_changes_of_all_kinds(void **state)
{
    static const char *const lines[] = {
        "vpc create --region r1 --name v --cidr 10.1.0.0/16",
        "vpc update v --region r1 --description x",
        "route-table update default --region r1 --description x",
        "vpc delete v --region r1",
        "region update r1 --name x",
    };
    struct bench *b = *state;
    char looked[64];

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        print_message("%s\n", lines[i]);
        b->lag = 3;
        b->waiting_for[0] = behind;
        assert_int_equal(0, run(b, "%s --wait", lines[i]));
        assert_int_equal(4, b->looks);
        assert_int_equal(0, b->lag);
        (void)text_printf(looked, sizeof(looked), "r1 revision=%d&wait=1", (int)b->revision);
        assert_string_equal(looked, b->looked);
        assert_true(says(b->err, "waiting: node node-a has not carried out tunnel/vpntun-t\n"));
    }
    assert_int_equal(0, run(b, "vpc create --region r1 --name w --cidr 10.1.0.0/16"));
    assert_int_equal(0, b->looks);
    assert_int_equal(0, run(b, "region create r9 --wait"));
    assert_int_equal(1, b->looks);
    assert_int_equal(0, b->err_len); /* what is quick needs no words */
}

static void test_files(void **state)
{
    static const char text[] = "- {kind: vpc, region: r1, name: v, cidr: 10.1.0.0/16}\n"
                               "- {kind: vpc, region: r2, name: v, cidr: 10.1.0.0/16}\n";
    struct bench *b = *state;

    b->lag = 3;
    b->waiting_for[0] = behind;
    assert_int_equal(0, run_file(b, "apply --wait", text));
    assert_int_equal(5, b->looks);
    assert_int_equal(0, b->lag);
    assert_int_equal(0, run_file(b, "apply --wait", text));
    assert_int_equal(0, b->looks);
    b->lag = 3;
    assert_int_equal(0, run_file(b, "delete --wait", text));
    assert_int_equal(5, b->looks);
    assert_int_equal(0, b->lag);
    assert_int_equal(
        0, run_file(b, "apply", "[{kind: region, id: n}, {kind: vpc, region: n, name: v}]"));
    assert_int_equal(0, run_file(b, "delete --wait",
                                 "[{kind: region, id: n}, {kind: vpc, region: n, name: v}]"));
    assert_int_equal(0, b->looks);
}

static void test_in_vain(void **state)
{
    struct bench *b = *state;

    b->lag = 1000;
    b->waiting_for[0] = table;
    assert_int_equal(CLI_TIMEOUT, run(b, "vpc create --region r1 --name v --wait --timeout 5"));
    assert_int_equal(5, b->looks);
    assert_true(says(b->err, "waited 5 seconds; node node-b has not carried out table/rtb-t (no "
                             "memory)"));
    assert_int_equal(CLI_TIMEOUT, run(b, "vpc delete v --region r1 --wait --timeout 0"));
    assert_int_equal(1, b->looks);
    assert_true(says(b->looked, "wait=0"));
    assert_int_equal(CLI_TIMEOUT,
                     run_file(b, "apply --wait --timeout 2", "{kind: vpc, region: r1, name: v}"));
    assert_int_equal(CLI_TIMEOUT,
                     run_file(b, "delete --wait --timeout 2", "{kind: vpc, region: r1, name: v}"));
}

/* Once may be about an attempt that is being repeated already; twice is what the peer says. */
static void test_a_peer_that_refuses(void **state)
{
    static const struct {
        const char *answers[4];
        int code;
        unsigned looks;
    } cases[] = {
        {{refused, refused}, CLI_REFUSED, 2},
        {{behind, refused, refused}, CLI_REFUSED, 3},
        {{refused, behind, refused, behind}, 0, 7},
        {{table, table}, 0, 7},
    };
    struct bench *b = *state;

    make_connection(b);
    b->oper_state = "up";
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --name t --vpn-connection c"));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        memcpy(b->waiting_for, cases[i].answers, sizeof(b->waiting_for));
        b->lag = 6;
        assert_int_equal(cases[i].code, run(b,
                                            "vpn-tunnel update t --region r1 --ike-dh-groups %d "
                                            "--wait",
                                            i % 2 ? 14 : 19));
        assert_int_equal(cases[i].looks, b->looks);
        if (cases[i].code)
            assert_true(says(b->err, "vpn-tunnel vpntun-t on node node-a does not come up: no "
                                     "proposal chosen"));
    }
}

/* What the change left is not carried out although this change itself changed nothing. */
static void test_an_older_change(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "vpc create --region r1 --name v"));
    assert_int_equal(0, run(b, "vpc update v --region r1 --description x"));
    b->observed_revision = 1;
    assert_int_equal(CLI_TIMEOUT, run(b, "vpc update v --region r1 --description x --wait "
                                         "--timeout 2"));
    assert_true(says(b->err, "revision 2 of vpc v is not carried out yet"));
    assert_int_equal(CLI_TIMEOUT, run_file(b, "apply --wait --timeout 2",
                                           "{kind: vpc, region: r1, name: v, description: x}"));
    b->observed_revision = 2;
    assert_int_equal(0, run(b, "vpc update v --region r1 --description x --wait"));
}

static void test_tunnels(void **state)
{
    static const struct {
        const char *line, *state;
        int code;
        unsigned sleeps;
    } cases[] = {
        {"create --vpn-connection c --name t", "down", 0, 3},
        {"update t --description a", "up", 0, 0},
        {"update t --description b", "unknown", 0, 3},
        {"update t --description c --timeout 0", "unknown", CLI_TIMEOUT, 0},
        {"create --vpn-connection c --no-initiate", "down", 0, 0},
        {"create --vpn-connection c --admin-state down --customer-address 192.0.2.2", "unknown", 0,
         0},
        {"update t --admin-state down --timeout 0", "up", CLI_TIMEOUT, 0},
        {"update t --admin-state down", "down", 0, 0},
    };
    struct bench *b = *state;

    make_connection(b);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].line);
        b->oper_state = cases[i].state;
        assert_int_equal(cases[i].code, run(b, "vpn-tunnel %s --region r1 --wait", cases[i].line));
        assert_int_equal(cases[i].sleeps, b->sleeps);
    }
    /* t is down now: waiting for it is waiting for that, and for somebody to say so. */
    b->oper_state = "down";
    assert_int_equal(0, run(b, "vpn-tunnel wait t --region r1 --timeout 0"));
    b->oper_state = "unknown";
    assert_int_equal(CLI_TIMEOUT, run(b, "vpn-tunnel wait t --region r1 --timeout 0"));
    assert_true(says(b->err, "vpn-tunnel t is unknown"));
    b->oper_state = "up";
    assert_int_equal(CLI_TIMEOUT, run(b, "vpn-tunnel wait t --region r1 --timeout 0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_changes_of_all_kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_vain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_peer_that_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_older_change, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tunnels, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
