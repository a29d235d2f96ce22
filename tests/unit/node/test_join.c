/* Stories about a node and its credential: joining, coming back, renewing, being refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"
#include "private_net.h"
#include "story.h"

static unsigned mode_of(const struct world *w, const char *name)
{
    char path[160];
    struct stat st;

    snprintf(path, sizeof(path), "%s%s", w->state, name);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

static void replace_token(struct world *w, const char *token)
{
    assert_int_equal(file_write_atomic(w->token_file, token, strlen(token), 0600), 0);
}

/* What it said before does not count. */
static void start_again(struct world *w)
{
    json_object_clear(w->entries);
    world_start_node(w);
}

static void test_a_node_with_a_certificate_needs_no_token(void **state)
{
    struct world *w = *state;

    story_begin(w);
    assert_int_equal(w->n_joins, 1);
    assert_int_equal(mode_of(w, ""), 0700);
    assert_int_equal(mode_of(w, "/node.key"), 0600);
    world_stop_node(w);
    unlink(w->token_file);
    start_again(w);
    UNTIL(w, story_settled);
    assert_int_equal(w->n_joins, 1);
    replace_token(w, "test-token"); /* the end removes it */
}

static bool joined_twice(struct world *w)
{
    return w->n_joins == 2 && story_settled(w);
}

static void test_a_refused_certificate_is_replaced_with_another_key(void **state)
{
    struct world *w = *state;
    struct buf before = {0}, after = {0};
    char path[160];

    snprintf(path, sizeof(path), "%s/node.key", w->state);
    story_begin(w);
    assert_int_equal(file_read(path, 4096, &before), 0);
    world_stop_node(w);
    fake_tls_forget(w->tls);
    start_again(w);
    UNTIL(w, joined_twice);
    assert_int_equal(file_read(path, 4096, &after), 0);
    assert_string_not_equal(buf_text(&before), buf_text(&after));
    buf_wipe(&before);
    buf_wipe(&after);
}

static void test_half_a_state_directory_is_none(void **state)
{
    struct world *w = *state;
    char path[160];

    snprintf(path, sizeof(path), "%s/node.crt", w->state);
    story_begin(w);
    world_stop_node(w);
    assert_int_equal(file_write_atomic(path, "rubbish", 7, 0644), 0);
    start_again(w);
    UNTIL(w, joined_twice);
}

static bool renewed_twice(struct world *w)
{
    return w->n_renewals >= 2;
}

/* Three seconds of life: the first renewal is due after two. */
static void test_the_certificate_is_renewed_before_it_ends(void **state)
{
    struct world *w = *state;

    w->life_s = 3;
    story_begin(w);
    UNTIL(w, renewed_twice);
    w->life_s = 86400;
    assert_int_equal(w->n_joins, 1);
}

static bool was_probed(struct world *w)
{
    return w->n_plain > 0;
}

/* It finds out who is there, goes on trying, and joins when the right one answers. */
static void test_the_operators_socket_is_recognised(void **state)
{
    struct world *w = *state;

    w->plain = true;
    world_start_node(w);
    UNTIL(w, was_probed);
    assert_int_equal(w->n_joins, 0);
    w->plain = false;
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (w->clients[i].fd >= 0)
            shutdown(w->clients[i].fd, SHUT_RDWR);
    }
    UNTIL(w, story_settled);
}

static void test_identity_is_of_one_self(void **state)
{
    static const struct identity_self others[] = {
        {.region = "cn-b", .name = "gw"},
        {.region = "cn-a", .name = "gx"},
        {.region = "cn-a", .name = "gw", .address = "192.0.2.1"},
    };
    struct identity_self self = {.region = "cn-a", .name = "gw"};
    struct world *w = *state;
    struct identity i = {0}, second = {0};

    story_begin(w);
    assert_int_equal(identity_open(&second, w->state, &self), -EBUSY);
    world_stop_node(w);
    for (size_t n = 0; n < ARRAY_SIZE(others); n++) {
        assert_int_equal(identity_open(&i, w->state, &others[n]), 0);
        assert_string_equal(i.id, "");
        identity_close(&i);
    }
    assert_int_equal(identity_open(&i, w->state, &self), 0);
    assert_string_equal(i.id, "node-a");
    assert_true(identity_renewal_us(&i) > clock_realtime_us());
    assert_true(identity_renewal_us(&i) < i.until_us);
    identity_close(&i);
}

static void test_a_certificate_for_another_key_is_not_taken(void **state)
{
    struct identity_self self = {.region = "cn-a", .name = "gw"};
    struct world *w = *state;
    struct identity i = {0};
    struct buf key = {0}, other = {0}, request = {0};
    struct identity_grant grant = {.id = "node-a", .authority = fake_tls_authority(w->tls)};

    assert_int_equal(identity_open(&i, w->state, &self), 0);
    assert_int_equal(identity_new_key(&key), 0);
    assert_int_equal(identity_new_key(&other), 0);
    assert_int_equal(identity_request(&other, "gw", &request), 0);
    grant.certificate = fake_tls_sign(w->tls, buf_text(&request), 60);
    assert_int_equal(identity_take(&i, &self, &key, &grant), -EBADMSG);
    assert_string_equal(i.id, "");
    assert_int_equal(identity_take(&i, &self, &other, &grant), 0);
    assert_string_equal(i.id, "node-a");
    buf_done(&request);
    identity_close(&i);
}

static int all_tests(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, story_setup, story_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_a_node_with_a_certificate_needs_no_token),
        CASE(test_a_refused_certificate_is_replaced_with_another_key),
        CASE(test_half_a_state_directory_is_none),
        CASE(test_the_certificate_is_renewed_before_it_ends),
        CASE(test_the_operators_socket_is_recognised),
        CASE(test_identity_is_of_one_self),
        CASE(test_a_certificate_for_another_key_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return private_net_main(all_tests);
}
