/* What the kernel is asked for while somebody else changes it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <net/if.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "links.h"
#include "netlink.h"
#include "private_net.h"

#define MANY       1500 /* addresses: more than one answer of the kernel holds */
#define LISTS      60
#define DISTURBING 4 /* changes while a list is read: fewer than it is read again */

static struct nl_addr number(unsigned i)
{
    return (struct nl_addr){.index = (int)if_nametoindex("pub"),
                            .addr = addr_v4(10, 9, (uint8_t)(i >> 8), (uint8_t)i),
                            .len = 32};
}

static atomic_bool over;
static atomic_uint list; /* the number of the list being read */
static atomic_uint changes;

/* Somebody who changes a few things while each list is read, at any moment of it. */
static void *meddle(void *arg)
{
    const struct timespec pause = {.tv_nsec = 200000};
    struct nl_addr a = number(MANY + 1);
    struct nl *nl;

    (void)arg;
    if (nl_open(&nl) < 0)
        return NULL;
    for (unsigned seen = 0, left = 0; !over; nanosleep(&pause, NULL)) {
        if (seen != list) {
            seen = list;
            left = DISTURBING;
        }
        if (left > 0 && nl_addr_add(nl, &a) == 0 && nl_addr_del(nl, &a) == 0) {
            changes++;
            left--;
        }
    }
    nl_close(nl);
    return NULL;
}

static size_t count_ours(const struct nl_addr *all, size_t n)
{
    size_t ours = 0;

    for (size_t i = 0; i < n; i++)
        ours += all[i].addr.family == ADDR_IPV4 && all[i].addr.bytes[1] == 9;
    return ours;
}

static void test_a_list_that_is_disturbed_is_read_again(void **state)
{
    pthread_t meddler;
    struct nl_addr *all;
    struct nl *nl;
    size_t n;

    (void)state;
    assert_int_equal(nl_open(&nl), 0);
    for (unsigned i = 0; i < MANY; i++) {
        struct nl_addr a = number(i);

        assert_int_equal(nl_addr_add(nl, &a), 0);
    }
    assert_int_equal(pthread_create(&meddler, NULL, meddle, NULL), 0);
    while (list < LISTS || changes < LISTS) {
        int r;

        list++;
        r = nl_addr_list(nl, &all, &n);
        if (r < 0)
            fail_msg("list %u: %s", list, strerror(-r));
        assert_in_range(count_ours(all, n), MANY, MANY + 1);
        free(all);
    }
    over = true;
    pthread_join(meddler, NULL);
    nl_close(nl);
}

/* ---- lines that are cut ---- */

static void on_change(void *arg)
{
    (*(unsigned *)arg)++;
}

static struct nl_link look(struct nl *nl)
{
    struct nl_link link;

    assert_int_equal(nl_link_get(nl, "pub", &link), 0);
    return link;
}

static void test_a_cut_line_is_heard_of(void **state)
{
    unsigned heard = 0, before;
    struct links links;
    uv_loop_t loop;
    struct nl *nl;

    (void)state;
    private_net_await_carrier("pub");
    assert_int_equal(nl_open(&nl), 0);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(links_init(&links, &loop, on_change, &heard), 0);
    assert_true(look(nl).carrier);
    assert_int_equal(private_net_run("", "ip link set far down"), 0);
    while (!heard || look(nl).carrier)
        uv_run(&loop, UV_RUN_ONCE);
    assert_true(look(nl).up);
    before = heard;
    assert_int_equal(private_net_run("", "ip link set far up"), 0);
    while (heard == before || !look(nl).carrier)
        uv_run(&loop, UV_RUN_ONCE);
    links_done(&links);
    uv_close((uv_handle_t *)&links.poll, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    nl_close(nl);
}

static int all_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_that_is_disturbed_is_read_again),
        cmocka_unit_test(test_a_cut_line_is_heard_of),
    };

    private_net_enter();
    private_net_add_interface();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return private_net_main(all_tests);
}
