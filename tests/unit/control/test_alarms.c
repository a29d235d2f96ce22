#include "api.h"

#include <math.h>
#include <stdio.h>

#include "alarms.h"
#include "recorder.h"

/* What is recent and usual of a tunnel, and the alarms that are there by themselves. */

/* ---- recent ---- */

static const struct recent_sample quiet = {
    .seconds = 10, .answered = 1, .lost = 0, .time_us = 20000, .replayed = 0, .too_big = 0};

static void add(struct recorder_counts *c, struct recent_sample s, int times)
{
    for (int i = 0; i < times; i++)
        recent_add(c, &s);
}

static bool is_bad(const struct recorder_counts *c, enum model_default_alarm alarm)
{
    struct recorder_recent recent = recent_of(c);
    bool known;

    return recent_is_bad(&recent, alarm, &known);
}

static void test_nothing_is_said_of_little(void **state)
{
    struct recorder_counts c = {0};
    struct recorder_recent recent;
    bool known = true;

    (void)state;
    add(&c, (struct recent_sample){10, 0, 1, 0, 100, 100}, 2);
    recent = recent_of(&c);
    assert_false(recent_is_bad(&recent, MODEL_DEFAULT_REPLAY_DROPS, &known));
    assert_false(known);
}

static void test_two_in_a_hundred_is_loss(void **state)
{
    struct recorder_counts c = {0};
    struct recent_sample bad = quiet;

    (void)state;
    bad.answered = 0.9;
    bad.lost = 0.1;
    add(&c, quiet, 60);
    add(&c, bad, 1);
    assert_false(is_bad(&c, MODEL_DEFAULT_LOSS_HIGH)); /* one probe alone */
    for (int i = 0; i < 20; i++) {                     /* one in fifty, for long */
        add(&c, quiet, 4);
        add(&c, bad, 1);
    }
    assert_true(is_bad(&c, MODEL_DEFAULT_LOSS_HIGH));
    add(&c, quiet, 60);
    assert_false(is_bad(&c, MODEL_DEFAULT_LOSS_HIGH));
}

static void test_twice_what_is_usual(void **state)
{
    struct recorder_counts c = {0};
    struct recent_sample slow = quiet;

    (void)state;
    add(&c, quiet, 60);
    assert_false(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED)); /* nothing is usual yet */
    c.recent.usual_us = 20000;
    slow.time_us = 39000;
    add(&c, slow, 200);
    assert_false(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
    slow.time_us = 45000;
    add(&c, slow, 60);
    assert_true(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
    c = (struct recorder_counts){.recent.usual_us = 200};
    slow.time_us = 900; /* hosts, not the line */
    add(&c, slow, 60);
    assert_false(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
}

/* As many samples as times, one that took so long in each. */
static void tell(struct recorder_counts *c, double us, int times)
{
    const struct recent_sample none = {.seconds = 10};

    for (int i = 0; i < times; i++) {
        c->at_us += 10000000;
        c->asked.timed_us = c->at_us;
        c->asked.way.rtt_us = us;
        recent_add(c, &none);
        recent_add_dpd(c, c->at_us);
    }
}

/* Of a tunnel that nobody probes: one late answer is no slow way, four in a row are. */
static void test_twice_what_is_usual_of_dpd(void **state)
{
    struct recorder_counts c = {.at_us = 1000000};

    (void)state;
    tell(&c, 20000, 20);
    assert_false(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED)); /* nothing is usual yet */
    c.recent.usual_dpd_us = 20000;
    tell(&c, 900000, 3);
    assert_false(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
    tell(&c, 900000, 1);
    assert_true(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
    recent_add(&c, &(struct recent_sample){.seconds = 10}); /* nothing new */
    recent_add_dpd(&c, c.at_us + 1);
    assert_true(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
    tell(&c, 21000, 1);
    assert_false(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
    tell(&c, 900000, 4);
    tell(&c, NAN, 1); /* another life: it is to tell four times again */
    tell(&c, 900000, 3);
    assert_false(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
    tell(&c, 900000, 1);
    assert_true(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
    c.at_us += ASKED_HOLDS_US + 1; /* nobody knows any more */
    assert_false(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
    c = (struct recorder_counts){.at_us = 1000000, .recent.usual_dpd_us = 400};
    tell(&c, 5000, 8); /* daemons, not the line */
    assert_false(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
    add(&c, quiet, 6); /* who is probed is judged by that */
    tell(&c, 900000, 4);
    assert_false(is_bad(&c, MODEL_DEFAULT_RTT_DOUBLED));
}

static void test_drops_that_go_on(void **state)
{
    struct recorder_counts c = {0};
    struct recent_sample one = quiet, many = quiet;

    (void)state;
    one.replayed = 0.1;
    many.too_big = 1;
    add(&c, quiet, 60);
    add(&c, one, 1);
    assert_false(is_bad(&c, MODEL_DEFAULT_REPLAY_DROPS));
    add(&c, many, 6);
    assert_true(is_bad(&c, MODEL_DEFAULT_TOO_BIG_DROPS));
    assert_false(is_bad(&c, MODEL_DEFAULT_REPLAY_DROPS));
}

static void test_what_is_usual(void **state)
{
    double few[11] = {1}, values[20];

    (void)state;
    for (size_t i = 0; i < 20; i++)
        values[i] = i % 2 ? NAN : 100 + (double)i;
    assert_true(isnan(usual_of(values, 20))); /* ten are known */
    assert_true(isnan(usual_of(few, 11)));
    for (size_t i = 0; i < 20; i++)
        values[i] = i < 5 ? 100000 : 100 + (double)i;
    assert_true(fabs(usual_of(values, 20) - 114.5) < 0.01); /* outliers do not count */
}

/* ---- built in ---- */

static json_t *find(struct api *a, const char *id)
{
    api_get(a, 200, "alarms/%s", id);
    return a->answer;
}

static void test_they_are_listed_and_read_only(void **state)
{
    struct api *a = *state;

    api_make(a, "alarms", "{'state': 'tunnelDown'}");
    api_get(a, 200, "alarms");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1 + ALARM_DEFAULTS);
    api_get(a, 200, "alarms?builtIn=false");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    api_get(a, 200, "alarms?name=default-tunnel-down");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
    api_get(a, 200, "alarms?limit=4");
    api_get(a, 200, "alarms?limit=4&cursor=%s", api_str(a, "next"));
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), ALARM_DEFAULTS - 3);
    assert_int_equal(api(a, "PATCH", "alarms/alarm-default-tunnel-down", "{'enabled': false}"),
                     409);
    assert_int_equal(api(a, "DELETE", "alarms/alarm-default-tunnel-down", NULL), 409);
    api_get(a, 404, "alarms/alarm-default-nothing");
}

static void test_they_warn_unless_they_are_off(void **state)
{
    struct api *a = *state;
    const char *node = api_join(a);
    uint64_t now = clock_realtime_us();
    struct api_vpn v;
    char path[80];

    api_make_vpn(a, &v);
    api_report(a, node, &v, "up", "up");
    api_report(a, node, &v, "up", "down");
    alarms_tick(a->control, now);
    alarms_tick(a->control, now + 29 * UINT64_C(1000000));
    assert_string_equal(model_str(find(a, "alarm-default-tunnel-down"), "alarmState"), "ok");
    alarms_tick(a->control, now + 31 * UINT64_C(1000000));
    assert_string_equal(model_str(find(a, "alarm-default-tunnel-down"), "alarmState"), "alarm");
    assert_string_equal(
        model_str(json_array_get(json_object_get(a->answer, "alarmDetails"), 0), "id"),
        v.tunnels[1]);
    assert_string_equal(model_str(find(a, "alarm-default-only-one-tunnel-up"), "alarmState"),
                        "alarm");
    api_get(a, 200, "alarms?projectId=other&alarmState=alarm"); /* theirs are well */
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 0);
    snprintf(path, sizeof(path), "vpnConnections/%s", v.connection);
    assert_int_equal(api(a, "PATCH", path, "{'defaultAlarmsOff': ['tunnelDown']}"), 200);
    alarms_tick(a->control, now + 32 * UINT64_C(1000000));
    assert_string_equal(model_str(find(a, "alarm-default-tunnel-down"), "alarmState"), "ok");
    assert_string_equal(model_str(find(a, "alarm-default-only-one-tunnel-up"), "alarmState"),
                        "alarm");
    assert_int_equal(
        api(a, "PATCH", "//v1/regions/r1", "{'defaultAlarmsOff': ['onlyOneTunnelUp']}"), 200);
    alarms_tick(a->control, now + 33 * UINT64_C(1000000));
    assert_string_equal(model_str(find(a, "alarm-default-only-one-tunnel-up"), "alarmState"),
                        "noData");
    assert_false(json_is_true(json_object_get(a->answer, "enabled")));
}

static void say_line(struct api *a, const char *node, const char *line, const char *state)
{
    char key[64];

    snprintf(key, sizeof(key), "line/%s", line);
    assert_int_equal(
        api_put(a, node, json_pack("[{s:s, s:{s:s}}]", "key", key, "status", "operState", state)),
        200);
}

static const char *state_of(struct api *a, const char *alarm)
{
    return model_str(find(a, alarm), "alarmState");
}

/* The built-in one of all, one of a gateway, one of the line itself; and one of another gateway. */
static void test_a_line_that_is_down(void **state)
{
    struct api *a = *state;
    const char *node = api_join(a), *gateway = api_make(a, "borderGateways", "{'name': 'a'}");
    const char *other = api_make(a, "borderGateways", "{'name': 'b'}"), *alarms[3], *none;
    const char *line =
        api_make(a, "privateInterfaces",
                 "{'borderGatewayId': '%s', 'interface': 'eth1', 'address': "
                 "'10.255.0.1/30', 'peerAddress': '10.255.0.2', 'routing': 'static'}",
                 gateway);
    uint64_t now = clock_realtime_us();
    char path[80];

    alarms[0] = "alarm-default-line-down";
    alarms[1] = api_make(a, "alarms", "{'state': 'lineDown', 'scopeId': '%s'}", gateway);
    alarms[2] = api_make(a, "alarms", "{'state': 'lineDown', 'scopeId': '%s'}", line);
    none = api_make(a, "alarms", "{'state': 'lineDown', 'scopeId': '%s'}", other);
    say_line(a, node, line, "up");
    alarms_tick(a->control, now);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(state_of(a, alarms[i]), "ok");
    say_line(a, node, line, "down");
    alarms_tick(a->control, now + 1);
    alarms_tick(a->control, now + 31 * UINT64_C(1000000));
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(state_of(a, alarms[i]), "alarm");
    assert_string_not_equal(state_of(a, none), "alarm");
    assert_string_equal(state_of(a, "alarm-default-tunnel-down"), "ok");
    snprintf(path, sizeof(path), "privateInterfaces/%s", line);
    assert_int_equal(api(a, "PATCH", path, "{'adminState': 'down'}"), 200);
    alarms_tick(a->control, now + 32 * UINT64_C(1000000));
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(state_of(a, alarms[i]), "ok"); /* somebody wants it so */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_said_of_little),
        cmocka_unit_test(test_two_in_a_hundred_is_loss),
        cmocka_unit_test(test_twice_what_is_usual),
        cmocka_unit_test(test_twice_what_is_usual_of_dpd),
        cmocka_unit_test(test_drops_that_go_on),
        cmocka_unit_test(test_what_is_usual),
#define T(name) cmocka_unit_test_setup_teardown(name, api_setup, api_teardown)
        T(test_they_are_listed_and_read_only),
        T(test_they_warn_unless_they_are_off),
        T(test_a_line_that_is_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
