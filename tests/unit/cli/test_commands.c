#include "bench.h"

#include <stdlib.h>
#include <unistd.h>

/* Commands as a user types them. */

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
    assert_int_equal(0, run(b, "vpc create --region r1 --name a --cidr 10.1.0.0/16"));
    assert_int_equal(0, run(b, "border-gateway create --region r1 --name gw"));
    assert_int_equal(0, run(b, "vpc-attachment create --region r1 --name at --vpc a "
                               "--border-gateway gw"));
    assert_int_equal(0, run(b, "customer-gateway create --region r1 --name cg --addresses "
                               "192.0.2.1,192.0.2.2 --asn 65001"));
    assert_int_equal(0, run(b, "vpn-connection create --region r1 --name c --border-gateway gw "
                               "--customer-gateway=cg"));
}

static const char *bgp_password(struct bench *b)
{
    return model_str(json_array_get(world_list(&b->w, MODEL_VPN_CONNECTION), 0), "bgpPassword");
}

static void test_bgp_of_a_connection(void **state)
{
    struct bench *b = *state;
    const json_t *c;

    make_connection(b);
    assert_int_equal(0, run(b, "vpn-connection update c --region r1 --bgp-hold-seconds 9 "
                               "--bgp-communities 65000:1,no-export --bfd-enabled "
                               "--import-prefixes 10.2.0.0/16 --bgp-password secret"));
    assert_null(strstr(b->out, "secret"));
    c = json_array_get(world_list(&b->w, MODEL_VPN_CONNECTION), 0);
    assert_int_equal(9, model_int(c, "bgp.holdSeconds", 0));
    assert_int_equal(2, json_array_size(model_list(c, "bgp.communities")));
    assert_true(model_bool(c, "bfd.enabled", false));
    assert_true(says(bgp_password(b), ":secret"));
    assert_int_equal(0, run(b, "vpn-connection update c --region r1 --bgp-password="));
    assert_string_equal("", bgp_password(b));
}

static void test_a_story_by_names(void **state)
{
    struct bench *b = *state;

    make_connection(b);
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --name t1 --vpn-connection c "
                               "--ike-dh-groups 20,21 --ipsec-lifetime-seconds 1800 --no-initiate "
                               "--dpd-enabled=false --tags k=v,l=w"));
    const json_t *t = json_array_get(world_list(&b->w, MODEL_VPN_TUNNEL), 0);
    assert_int_equal(20, json_integer_value(json_array_get(model_list(t, "ike.dhGroups"), 0)));
    assert_int_equal(1800, model_int(t, "ipsec.lifetimeSeconds", 0));
    assert_false(model_bool(t, "initiate", true));
    assert_false(model_bool(t, "dpd.enabled", true));
    assert_string_equal("w", model_str(t, "tags.l"));
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --name t2 --vpn-connection c "
                               "--copy-parameters-from t1"));
    assert_int_equal(0, run(b, "border-gateway-route create --region r1 --border-gateway gw "
                               "--destination 10.2.0.0/16 --next-hop c"));
    assert_int_equal(0, run(b, "border-gateway-route create --region r1 --border-gateway gw "
                               "--destination 0.0.0.0/0 --next-hop blackhole"));
    assert_int_equal(0, run(b, "vpn-tunnel list --region r1 -o id"));
    assert_int_equal(2 * strlen("vpntun-aaaaaaaaaa\n"), b->out_len);
    assert_int_equal(0, run(b, "vpn-tunnel list --region r1 --name t2 --vpn-connection c"));
    assert_true(says(b->out, "t2"));
    assert_null(strstr(b->out, "t1"));
    assert_int_equal(0, run(b, "node create --region r1 --name gw-1"));
    assert_int_equal(0, run(b, "node drain gw-1 --region r1"));
    t = json_array_get(world_list(&b->w, MODEL_NODE), 0);
    assert_true(json_is_true(json_object_get(t, "draining")));
    assert_int_equal(CLI_USAGE, run(b, "node drain gw-1 --region r1 --name x"));
    assert_int_equal(0, run(b, "node undrain gw-1 --region r1"));
    t = json_array_get(world_list(&b->w, MODEL_NODE), 0);
    assert_false(json_is_true(json_object_get(t, "draining")));
    assert_int_equal(0, run(b, "vpn-tunnel reveal-psk t1 --region r1"));
    assert_string_equal(model_str(json_array_get(world_list(&b->w, MODEL_VPN_TUNNEL), 0), "psk"),
                        strtok(b->out, "\n"));
    assert_int_equal(0, run(b, "route-table update default --region r1 --routes "
                               "destination=10.7.0.0/16,nextHop=gw --routes "
                               "destination=10.8.0.0/16,next-hop=blackhole"));
    t = json_array_get(world_list(&b->w, MODEL_ROUTE_TABLE), 0);
    assert_int_equal(2, json_array_size(model_list(t, "routes")));
    assert_int_equal(0, run(b, "route-table update default --region r1 --unset routes"));
    t = json_array_get(world_list(&b->w, MODEL_ROUTE_TABLE), 0);
    assert_int_equal(0, json_array_size(model_list(t, "routes")));
    assert_int_equal(CLI_REFUSED, run(b, "vpn-tunnel delete t1 --region r1"));
    assert_int_equal(0, run(b, "vpn-tunnel update t1 --region r1 --admin-state down"));
    assert_int_equal(0, run(b, "vpn-tunnel delete t1 --region r1"));
}

/* The file alone on the output, so that it can be sent somewhere. */
static void test_device_configuration(void **state)
{
    struct bench *b = *state;

    make_connection(b);
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --name t1 --vpn-connection c"));
    assert_int_equal(0, run(b, "vpn-tunnel device-configuration t1 --region r1 --platform vax"));
    assert_non_null(strstr(b->out, " as platform=vax"));
    assert_null(strstr(b->out, "reveal"));
    assert_null(strstr(b->out, "Put it there."));
    assert_string_equal(b->err, "ropeway: Put it there.\nropeway: It lacks a key.\n");
    assert_int_equal(0, run(b, "vpn-connection device-configuration --reveal c --region r1 "
                               "--platform a&b"));
    assert_non_null(strstr(b->out, " as platform=a%26b&reveal=true"));
    assert_int_equal(0, run(b, "vpn-tunnel device-configuration t1 --region r1 --platform vax "
                               "--reveal=false -o json"));
    assert_true(says(b->out, "\"warnings\": ["));
    assert_null(strstr(b->out, "reveal"));
    assert_int_equal(0, run(b, "vpn-tunnel device-configuration --platform help"));
    assert_true(says(b->out, "vax"));
    assert_int_equal(CLI_USAGE, run(b, "vpn-tunnel device-configuration t1 --region r1"));
    assert_true(says(b->err, "--platform help"));
    assert_int_equal(CLI_USAGE, run(b, "vpn-tunnel device-configuration --platform vax"));
    assert_int_equal(CLI_USAGE,
                     run(b, "vpn-tunnel device-configuration t1 t2 --platform vax --region r1"));
    assert_int_equal(CLI_USAGE, run(b, "vpn-tunnel device-configuration t1 --region r1 --platform "
                                       "vax --reveal=maybe"));
    assert_int_equal(CLI_USAGE,
                     run(b, "vpn-tunnel device-configuration t1 --region r1 --colour x"));
    assert_int_equal(CLI_USAGE, run(b, "vpc device-configuration v --region r1 --platform vax"));
}

/* What strangers wrote does not reach the terminal as it is. */
static void test_log_of_a_tunnel(void **state)
{
    struct bench *b = *state;
    json_t *answer;

    make_connection(b);
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --name t1 --vpn-connection c"));
    assert_int_equal(0, run(b, "vpn-tunnel list --region r1 --oper-state down -o id"));
    assert_true(b->out_len > 0);
    assert_int_equal(0, run(b, "vpn-tunnel list --region r1 --oper-state up -o id"));
    assert_int_equal(b->out_len, 0);
    assert_int_equal(CLI_USAGE, run(b, "vpn-tunnel create --region r1 --oper-state up"));
    assert_int_equal(0, run(b, "vpn-tunnel log t1 --region r1"));
    assert_true(says(b->out, "AT                        LEVEL    TEXT\n"));
    assert_true(says(b->out, "2026-11-22T08:00:00.000Z  info     calling\n"));
    assert_true(says(b->out, "2026-11-22T08:00:01.000Z  warning  no  [2J [31manswer 中\n"));
    assert_int_equal(0, run(b, "vpn-tunnel log t1 --region r1 -o json"));
    answer = json_loads(b->out, 0, NULL);
    assert_int_equal(2, json_array_size(model_list(answer, "items")));
    json_decref(answer);
    assert_int_equal(CLI_USAGE, run(b, "vpn-tunnel log t1 --region r1 --lines 3"));
    assert_int_equal(CLI_USAGE, run(b, "vpc log v --region r1"));
    assert_int_equal(CLI_REFUSED, run(b, "vpn-tunnel log nothing --region r1"));
    assert_int_equal(CLI_REFUSED, run(b, "vpc get \x1b[2J\xc2\x9b[2Jx --region r1"));
    assert_null(strchr(b->err, 0x1b));
    assert_null(strstr(b->err, "\xc2\x9b"));
}

static void test_metrics(void **state)
{
    struct bench *b = *state;
    json_t *answer;

    make_connection(b);
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --name t1 --vpn-connection c"));
    assert_int_equal(0, run(b, "vpn-tunnel metrics t1 --region r1"));
    assert_string_equal(b->query, "");
    assert_true(says(b->out, "SERIES     UNIT     MIN  AVERAGE  MAX   LAST   CHART"));
    assert_true(says(b->out, "bits-out   bits/s   1k   1.25M    2.5M  1.25M  ▁ █▅\n"));
    assert_true(says(b->out, "handshake  seconds"));
    assert_int_equal(0, run(b, "vpn-tunnel metrics t1 --region r1 --from 2h --to 30m --step 900 "
                               "--names bits-out,handshake --format csv"));
    assert_string_equal(b->query, "from=-2h&to=-30m&step=900&names=bits-out%2Chandshake");
    assert_string_equal(b->out, "time,bits-out,handshake\n"
                                "2023-11-14T22:15:00.000Z,1000,\n"
                                "2023-11-14T22:30:00.000Z,,\n"
                                "2023-11-14T22:45:00.000Z,2500000,\n"
                                "2023-11-14T23:00:00.000Z,1250000,\n");
    assert_int_equal(0, run(b, "vpn-tunnel metrics t1 --region r1 --from 1700000000 -o json"));
    assert_string_equal(b->query, "from=1700000000");
    answer = json_loads(b->out, 0, NULL);
    assert_int_equal(2, json_array_size(model_list(answer, "series")));
    json_decref(answer);
    assert_int_equal(CLI_USAGE, run(b, "vpn-tunnel metrics t1 --region r1 --since 1h"));
    assert_int_equal(CLI_USAGE, run(b, "vpn-tunnel metrics t1 --region r1 --format xml"));
    assert_int_equal(CLI_USAGE, run(b, "vpn-tunnel metrics --region r1"));
    assert_int_equal(CLI_USAGE, run(b, "vpc metrics v --region r1"));
    assert_int_equal(CLI_REFUSED, run(b, "vpn-tunnel metrics nothing --region r1"));
}

static void test_audit_log(void **state)
{
    struct bench *b = *state;
    json_t *answer;

    assert_int_equal(0, run(b, "audit list"));
    assert_true(says(b->out, "AT                        WHO    ACTION  KIND"));
    assert_true(says(b->out, "2026-11-22T08:00:00.000Z  admin  update  vpc"));
    assert_true(says(b->out, "2026-11-21T08:00:00.000Z"));
    assert_true(says(b->out, "name,tags\n"));
    assert_int_equal(2, b->requests);
    assert_int_equal(0, run(b, "audit list --limit 1 -o json"));
    assert_int_equal(1, b->requests);
    assert_string_equal(b->query, "limit=1");
    answer = json_loads(b->out, 0, NULL);
    assert_string_equal(model_str(json_array_get(model_list(answer, "items"), 0), "who.id"),
                        "admin");
    json_decref(answer);
    assert_int_equal(0, run(b, "audit list --from 2026-11-22T08:00:00Z --to 2026-11-23 --actor "
                               "node --action delete --kind vpn-tunnel --resource vpc-a --name "
                               "中 --region r1 --limit 1"));
    assert_string_equal(b->query, "limit=1&from=2026-11-22T08%3A00%3A00Z&to=2026-11-23&actor=node"
                                  "&action=delete&kind=vpnTunnel&resourceId=vpc-a"
                                  "&name=%E4%B8%AD&regionId=r1");
    assert_int_equal(CLI_USAGE, run(b, "audit list --who admin"));
    assert_int_equal(CLI_USAGE, run(b, "audit list --limit 0"));
    assert_int_equal(CLI_USAGE, run(b, "audit list vpc-a"));
    assert_int_equal(CLI_USAGE, run(b, "audit"));
    assert_int_equal(0, run(b, "audit --help"));
    assert_true(says(b->out, "--resource ID"));
    assert_int_equal(0, run(b, "help audit"));
}

static void test_events(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "event list --region r1"));
    assert_true(says(b->out, "AT                        SEVERITY  RESOURCE"));
    assert_true(says(b->out, "2026-11-22T08:00:00.000Z  error     vpntun-a"));
    assert_string_equal(b->query, "limit=50");
    assert_int_equal(0, run(b, "event list --region r1 --resource vpntun-a --collection vpn-tunnel "
                               "--severity warning --code event.tunnel-down --from 2026-11-22 "
                               "--limit 3 -o json"));
    assert_string_equal(b->query, "limit=3&resource=vpntun-a&collection=vpnTunnels&severity=warning"
                                  "&code=event.tunnel-down&from=2026-11-22");
    assert_int_equal(0, run(b, "event list --region r1 --since 2h"));
    assert_true(says(b->query, "limit=50&from=2"));
    assert_int_equal(CLI_USAGE, run(b, "event list --region r1 --since yesterday"));
    assert_int_equal(CLI_USAGE, run(b, "event list --region r1 --who admin"));
    assert_int_equal(CLI_USAGE, run(b, "event list --region r1 --limit 0"));
    assert_int_equal(CLI_USAGE, run(b, "event list"));
    assert_int_equal(CLI_USAGE, run(b, "event"));
    assert_int_equal(CLI_USAGE, run(b, "bgp"));
    assert_int_equal(CLI_USAGE, run(b, "bgp list --region r1"));
    assert_int_equal(CLI_USAGE, run(b, "bgp status a b --region r1"));
    assert_int_equal(CLI_USAGE, run(b, "bgp status --table x --region r1"));
    assert_true(says(b->err, "table"));
    assert_int_equal(CLI_USAGE, run(b, "route"));
    assert_int_equal(CLI_USAGE, run(b, "route list --region r1"));
    assert_int_equal(CLI_USAGE, run(b, "route explain --from a --over b --region r1"));
    assert_true(says(b->err, "over"));
    assert_int_equal(CLI_OK, run(b, "route explain --from web --to 10.2.0.5 --region r1"));
    assert_true(says(b->out, "=> It goes."));
    assert_string_equal(b->query, "from=web&to=10.2.0.5");
    assert_int_equal(CLI_OK, run(b, "route explain --from web --to 10.2.0.5 --protocol tcp "
                                    "--source-port 5 --port 443 --region r1"));
    assert_string_equal(b->query,
                        "from=web&to=10.2.0.5&protocol=tcp&sourcePort=5&destinationPort=443");
    assert_int_equal(CLI_OK, run(b, "route --help"));
    assert_true(says(b->out, "ropeway route explain"));
    assert_int_equal(CLI_OK, run(b, "bgp --help"));
    assert_true(says(b->out, "ropeway bgp learned"));
    assert_int_equal(0, run(b, "event --help"));
    assert_true(says(b->out, "--since TIME"));
}

static void test_refusals_and_exit_codes(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *line;
        int code;
        const char *says;
    } cases[] = {
        {"", CLI_USAGE, "Usage"},
        {"frob", CLI_USAGE, "there is no frob"},
        {"vpc", CLI_USAGE, "Verbs"},
        {"vpc frob", CLI_USAGE, "cannot frob"},
        {"vpc list", CLI_USAGE, "--region"},
        {"vpc get --region r1", CLI_USAGE, "which vpc"},
        {"vpc get a b --region r1", CLI_USAGE, "b"},
        {"vpc get nothing --region r1", CLI_REFUSED, "no vpc nothing"},
        {"vpc get vpc-aaaaaaaaaa --region r1", CLI_REFUSED, "no such"},
        {"vpc list --region r9", CLI_REFUSED, "no such"},
        {"vpc create --region r1 --colour red", CLI_USAGE, "--colour"},
        {"vpc create --region r1 --id vpc-aaaaaaaaaa", CLI_USAGE, "--id"},
        {"vpc create --region r1 --cidr", CLI_USAGE, "needs a value"},
        {"vpc create --region r1 --cidr 10.0.0.1/16", CLI_REFUSED, "10.0.0.0/16"},
        {"vpc create stray --region r1", CLI_USAGE, "stray"},
        {"region create r3 stray", CLI_USAGE, "stray"},
        {"apply -f one -f two", CLI_USAGE, "two"},
        {"node-token list --name x --region r1", CLI_USAGE, "node-token list has no flag --name"},
        {"vpc create --region r1 --tags novalue", CLI_USAGE, "key=value"},
        {"vpc create --region r1 --tags a=\xff", CLI_USAGE, "--tags is not well-formed UTF-8"},
        {"vpc update a --region r1", CLI_REFUSED, "no vpc a"},
        {"vpc list --region r1 --description=x --colour=y", CLI_USAGE, "--colour"},
        {"border-gateway create --region r1 --asn many", CLI_USAGE, "whole number"},
        {"border-gateway create --region r1 --transit=maybe", CLI_USAGE, "true or false"},
        {"border-gateway create --region r1 --no-asn", CLI_USAGE, "needs a value"},
        {"subnet create --region r1 --vpc nothing --cidr 10.0.0.0/24", CLI_REFUSED,
         "no vpc nothing"},
        {"route-table create --region r1 --vpc nothing --routes x", CLI_REFUSED, "nothing"},
        {"subnet create --region r1 --cidr 10.1.0.0/24", CLI_REFUSED, " (--vpc)"},
        {"subnet create --region r1 --vpc vpc-aaaaaaaaaa", CLI_REFUSED, "cidr is required"},
        {"vpc list --region r1 -o xml", CLI_USAGE, "--output"},
        {"vpc list --region r1 --timeout soon", CLI_USAGE, "--timeout"},
        {"vpc list --region r1 -x", CLI_USAGE, "-x"},
        {"apply", CLI_USAGE, "-f FILE"},
        {"apply -f /nonexistent", CLI_USAGE, "/nonexistent"},
        {"completion tcsh", CLI_USAGE, "bash"},
        {"token list --watch", CLI_USAGE, "token list has no flag --watch"},
        {"token list -l a=b", CLI_USAGE, "token list has no flag --selector"},
        {"token list --role viewer", CLI_USAGE, "token list has no flag --role"},
        {"token invite x", CLI_USAGE, "a token cannot invite"},
        {"token wait x", CLI_USAGE, "a token cannot wait"},
        {"user delete -l a=b", CLI_USAGE, "user delete has no flag --selector"},
        {"user invite", CLI_USAGE, "give its id"},
        {"user invite a --role admin", CLI_USAGE, "user invite has no flag --role"},
        {"user create a b --role admin", CLI_USAGE, "what is b?"},
        {"tokn list", CLI_USAGE, "did you mean token?"},
        {"node-token make --region r1", CLI_USAGE, "node-token create"},
        {"node-token delete --region r1", CLI_USAGE, "delete ID"},
        {"region problems", CLI_USAGE, "give its id"},
        {"region problems r1 --cidr x", CLI_USAGE, "no flag --cidr"},
        {"region quotas", CLI_USAGE, "give its id"},
        {"node-token list more --region r1", CLI_USAGE, "list"},
        {"border-gateway explain gw --region r1", CLI_USAGE, "address"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].line);
        assert_int_equal(cases[i].code, run(b, "%s", cases[i].line));
        assert_true(says(b->err, cases[i].says));
    }
    b->unreachable = true;
    assert_int_equal(CLI_UNREACHABLE, run(b, "vpc list --region r1"));
    assert_true(says(b->err, "nobody there"));
}

static void test_names_must_be_unique(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "vpc create --region r1 --name x"));
    assert_int_equal(0, run(b, "vpc create --region r1 --name x"));
    assert_int_equal(CLI_REFUSED, run(b, "vpc get x --region r1"));
    assert_true(says(b->err, "use an id"));
    make_connection(b);
    assert_int_equal(0, run(b, "vpc-attachment update at --region r1 --name c"));
    assert_int_equal(CLI_REFUSED, run(b, "border-gateway-route create --region r1 --border-gateway "
                                         "gw --destination 10.2.0.0/16 --next-hop c"));
    assert_true(says(b->err, "more than one"));
    assert_int_equal(0, run(b, "vpc create --region r2 --name y"));
    assert_int_equal(CLI_REFUSED, run(b, "vpc get y --region r1"));
    assert_int_equal(0, run(b, "vpc create --region r2 --name 北京"));
    assert_int_equal(0, run(b, "vpc get 北京 --region r2"));
}

static void test_waiting(void **state)
{
    struct bench *b = *state;

    make_connection(b);
    assert_int_equal(CLI_REFUSED, run(b, "vpn-connection wait c --region r1"));
    assert_true(says(b->err, "has no tunnel to wait for"));
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --name t --vpn-connection c --wait"));
    assert_int_equal(3, b->sleeps);
    assert_true(says(b->out, "operState"));
    assert_true(says(b->out, "up"));
    b->oper_state = "negotiating";
    assert_int_equal(CLI_TIMEOUT, run(b, "vpn-tunnel wait t --region r1 --timeout 0"));
    assert_true(says(b->err, "negotiating: no answer"));
    assert_int_equal(CLI_TIMEOUT, run(b, "vpn-connection wait c --region r1 --timeout 0"));
    assert_int_equal(0, run(b, "vpn-connection wait c --region r1 --timeout 9"));
    b->oper_state = "down";
    assert_int_equal(0, run(b, "vpn-tunnel update t --region r1 --admin-state down --wait"));
    assert_int_equal(0, b->sleeps);
}

static void test_outputs(void **state)
{
    struct bench *b = *state;
    json_t *parsed;

    assert_int_equal(0, run(b, "region create r3 --public-pools 203.0.113.0/24 -o id"));
    assert_string_equal("r3\n", b->out);
    assert_int_equal(0, run(b, "vpc create --region r3 --name 北京 --cidr 10.0.0.0/16 "
                               "--description two_words -o json"));
    parsed = json_loads(b->out, 0, NULL);
    assert_string_equal("two words", model_str(parsed, "description"));
    json_decref(parsed);
    assert_int_equal(0, run(b, "vpc list --region r3 -o json"));
    parsed = json_loads(b->out, 0, NULL);
    assert_int_equal(1, json_array_size(model_list(parsed, "items")));
    json_decref(parsed);
    assert_int_equal(0, run(b, "vpc list --region r3 -o yaml"));
    assert_true(says(b->out, "kind: vpc\nitems:\n- id: vpc-"));
    assert_int_equal(0, run(b, "vpc get 北京 --region r3 -o yaml"));
    assert_true(says(b->out, "kind: vpc\nid: vpc-"));
    assert_true(says(b->out, "description: \"two words\"\n"));
    assert_int_equal(0, run(b, "vpc delete 北京 --region r3"));
    assert_true(says(b->out, "deleted"));
}

static void test_weak_choices_warn_on_stderr(void **state)
{
    struct bench *b = *state;

    make_connection(b);
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --vpn-connection c --ike-dh-groups "
                               "14,2 -o json"));
    assert_true(says(b->err, "warning: ike.dhGroups lists group 2"));
    assert_null(strstr(b->out, "warning"));
}

static void test_help_everywhere(void **state)
{
    static const char *const others[] = {"apply",      "delete",     "audit",
                                         "node-token", "completion", "version"};
    struct bench *b = *state;

    assert_int_equal(0, run(b, "--help"));
    assert_true(says(b->out, "Example"));
    for (unsigned i = 0; i < CLI_KINDS; i++) {
        const struct model_kind *kind = cli_kind(i);

        assert_int_equal(0, run(b, "%s --help", kind->noun));
        assert_true(says(b->out, "Example"));
        for (const struct cli_verb *v = cli_verbs(); v->name; v++) {
            if (!cli_verb_fits(v, kind))
                continue;
            assert_int_equal(0, run(b, "%s %s --help", kind->noun, v->name));
            assert_true(says(b->out, "Example:\n  ropeway "));
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        assert_int_equal(0, run(b, "%s --help", others[i]));
        assert_true(says(b->out, "Example:\n  "));
        assert_int_equal(0, run(b, "help %s", others[i]));
        assert_true(says(b->out, "Example:\n  "));
    }
    assert_int_equal(0, run(b, "help vpn-tunnel create"));
    assert_true(says(b->out, "--ike-dh-groups"));
    assert_true(says(b->out, "--vpn-connection ID|NAME"));
    assert_true(says(b->out, "Lifetime of an IKE SA [3600-86400] (default 14400)"));
    assert_null(strstr(b->out, "--oper-state"));
    assert_int_equal(0, run(b, "route-table update --help"));
    assert_true(says(b->out, "keys: destination nextHop"));
    assert_int_equal(0, b->requests);
}

static void test_completion_is_bash(void **state)
{
    struct bench *b = *state;
    FILE *bash;

    assert_int_equal(0, run(b, "completion bash"));
    /* Completes a noun, a verb, a flag and a choice. */
    bash = popen("bash -c 'set -e; eval \"$(cat)\"; try() { COMP_WORDS=(ropeway \"$@\"); "
                 "COMP_CWORD=$#; COMPREPLY=(); _ropeway; echo \" ${COMPREPLY[*]} \"; };"
                 "try vpn-con | grep -q vpn-connection; try vpc cr | grep -q create;"
                 "try vpn-tunnel create --ike-dh | grep -q -e --ike-dh-groups;"
                 "try vpn-tunnel create --admin-state d | grep -q down;"
                 "try vpc list --reg | grep -q -e --region;"
                 /* Flags may stand before the noun and the verb, with = too. */
                 "try --region r1 vpc cr | grep -q create;"
                 "try -o json vpc --wait cr | grep -q create;"
                 "try --region = r1 vpc --output = y | grep -q yaml;"
                 "try border-gateway create --transit --as | grep -q -e --asn;"
                 "try border-gateway routes x --table s | grep -q static;"
                 "try vpc update x --unset d | grep -qx \" description \";"
                 "try help vpc-a | grep -q vpc-attachment;"
                 /* What exists is asked of the server; a free value is not guessed. */
                 "ropeway() { echo \"id:$*\"; };"
                 "try instance get i | grep -q 'id:instance';"
                 "try subnet create --vpc i | grep -q 'id:vpc';"
                 "try vpc list --region i | grep -q 'id:region';"
                 "try instance --region r9 get r | grep -q r9;"
                 "try node-token delete i | grep -q id:node-token;"
                 "try token get i | grep -q id:token; try user inv | grep -q invite;"
                 "try user create x --role v | grep -q viewer;"
                 "set +e; try vpc create --cidr \"\" | grep -qx \"  \"'",
                 "w");
    assert_non_null(bash);
    assert_int_equal(b->out_len, fwrite(b->out, 1, b->out_len, bash));
    assert_int_equal(0, pclose(bash));
}

/* fd of a file with the script, named in name. */
static void write_script(struct bench *b, const char *shell, char name[32])
{
    int fd;

    assert_int_equal(0, run(b, "completion %s", shell));
    strcpy(name, "/tmp/ropeway-test-XXXXXX");
    fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(b->out_len, write(fd, b->out, b->out_len));
    close(fd);
}

static void run_shell(const char *command)
{
    FILE *shell = popen(command, "r");
    char said[4096] = "";

    assert_non_null(shell);
    (void)!fread(said, 1, sizeof(said) - 1, shell);
    if (pclose(shell) != 0)
        fail_msg("%s", said);
}

/* The function that the script defines, asked as the shell asks it. */
static void test_completion_is_zsh(void **state)
{
    struct bench *b = *state;
    char name[32], command[4096];

    if (system("command -v zsh >/dev/null") != 0)
        skip();
    write_script(b, "zsh", name);
    snprintf(
        command, sizeof(command),
        "zsh -f -c 'set -e; compdef() { :; }; compset() { :; }; compadd() { shift; print -r -- "
        "\" $* \"; }; _files() { print files; }; source %s; "
        "ropeway() { echo \"id:$*\"; };"
        "try() { words=(ropeway \"$@\"); CURRENT=$#words; _ropeway; };"
        "has() { local want=$1; shift; try \"$@\" | grep -q -e \"$want\" || { echo \"no $want: "
        "$*\"; try \"$@\"; exit 1; }; };"
        "has vpn-connection vpn-con; has create vpc cr; has --ike-dh-groups vpn-tunnel create "
        "--ike-dh; has down vpn-tunnel create --admin-state d; has --region vpc list --reg;"
        "has create --region r1 vpc cr; has create -o json vpc --wait cr;"
        "has yaml --region=r1 vpc --output=y; has --asn border-gateway create --transit --as;"
        "has static border-gateway routes x --table s; has description vpc update x --unset d;"
        "has --selector vpc list --sel; has edit vpc e; has fish completion f; has use context u;"
        "has id:instance instance get i; has id:vpc subnet create --vpc i; has id:region vpc list "
        "--region i; has r9 instance --region r9 get r; has r9 instance --region=r9 get r;"
        "has id:context context use i; has files apply -f x; has --prune apply --pr;"
        "[ -z \"${$(try vpc create --cidr \"\")// /}\" ]' 2>&1",
        name);
    run_shell(command);
    unlink(name);
}

/* What fish itself would offer. */
static void test_completion_is_fish(void **state)
{
    struct bench *b = *state;
    char name[32], command[4096];

    if (system("command -v fish >/dev/null") != 0)
        skip();
    write_script(b, "fish", name);
    snprintf(
        command, sizeof(command),
        "HOME=/tmp fish --no-config -c 'source %s; function ropeway; echo \"id:$argv\"; end;"
        "function has; if not complete -C \"ropeway $argv[2..-1]\" | grep -q -e $argv[1]; echo "
        "\"no $argv\"; complete -C \"ropeway $argv[2..-1]\"; exit 1; end; end;"
        "has vpn-connection vpn-con; has create vpc cr; has ike-dh-groups vpn-tunnel create "
        "--ike-dh; has down vpn-tunnel create --admin-state d; has region vpc list --reg;"
        "has create --region r1 vpc cr; has create -o json vpc --wait cr;"
        "has yaml --region=r1 vpc --output=y; has asn border-gateway create --transit --as;"
        "has static border-gateway routes x --table s; has description vpc update x --unset d;"
        "has selector vpc list --sel; has edit vpc e; has fish completion f; has use context u;"
        "has id:instance instance get i; has id:vpc subnet create --vpc i; has id:region vpc list "
        "--region i; has r9 instance --region r9 get i; has id:context context use i;"
        "has prune apply --pr; test -z (complete -C \"ropeway vpc create --cidr \" | string "
        "collect)' 2>&1",
        name);
    run_shell(command);
    unlink(name);
}

static void test_node_tokens(void **state)
{
    static const struct {
        const char *flags, *body;
        int code;
    } cases[] = {
        {"", "", 0},
        {" --name gw-1", "{\"name\":\"gw-1\"}", 0},
        {" --roles gateway,compute --expires-in 3600",
         "{\"roles\":[\"gateway\",\"compute\"],\"expiresInSeconds\":3600}", 0},
        {" --roles compute", "{\"roles\":[\"compute\"]}", 0},
        {" --expires-in soon", NULL, CLI_USAGE},
        {" --expires-in 0", NULL, CLI_USAGE},
        {" --colour red", NULL, CLI_USAGE},
    };
    struct bench *b = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(cases[i].code, run(b, "node-token create --region r1%s", cases[i].flags));
        if (cases[i].code)
            continue;
        assert_string_equal("rwn-secret\n", b->out);
        assert_string_equal(cases[i].body, b->token);
    }
    assert_int_equal(CLI_USAGE, run(b, "node-token list --region r1 --roles gateway"));
    assert_int_equal(0, run(b, "node-token --help"));
    assert_true(says(b->out, "--expires-in SECONDS"));
}

static void test_secrets_from_files(void **state)
{
    struct bench *b = *state;
    char file[] = "/tmp/ropeway-psk-XXXXXX";
    int fd = mkstemp(file);

    assert_true(fd >= 0);
    assert_int_equal(17, write(fd, "from-a-file-1234\n", 17));
    close(fd);
    make_connection(b);
    /* '_' in a line stands for a space, so the name must not have one. */
    for (char *c = file; *c; c++)
        assert_true(*c != '_');
    assert_int_equal(0, run(b, "vpn-tunnel create --region r1 --vpn-connection c --psk @%s", file));
    assert_string_equal("from-a-file-1234",
                        model_str(json_array_get(world_list(&b->w, MODEL_VPN_TUNNEL), 0), "psk"));
    remove(file);
    assert_int_equal(CLI_USAGE,
                     run(b, "vpn-tunnel create --region r1 --vpn-connection c --psk @%s", file));
}

static void test_calls_as_they_are(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "vpc create --region r1 --name a --cidr 10.1.0.0/16"));
    assert_int_equal(0, run(b, "api GET /v1/regions/r1/vpcs"));
    assert_true(says(b->out, "\"cidr\": \"10.1.0.0/16\""));
    assert_int_equal(0, run(b, "api GET /v1/regions/r1/vpcs -o yaml"));
    assert_true(says(b->out, "items:\n- id: vpc-"));
    assert_int_equal(0, run_file(b, "api POST /v1/regions/r1/vpcs", "{cidr: 10.2.0.0/16}"));
    assert_int_equal(2, json_array_size(world_list(&b->w, MODEL_VPC)));
    assert_int_equal(CLI_REFUSED, run(b, "api GET /v1/regions/r9/vpcs"));
    assert_int_equal(CLI_REFUSED, run_file(b, "api POST /v1/regions/r1/vpcs", "{cidr: x}"));
    assert_int_equal(CLI_USAGE, run_file(b, "api POST /v1/regions/r1/vpcs", "a: 1\n---\nb: 2\n"));
    assert_int_equal(CLI_USAGE, run(b, "api GET v1/regions"));
    assert_int_equal(CLI_USAGE, run(b, "api get /v1/regions"));
    assert_int_equal(CLI_USAGE, run(b, "api GET"));
    assert_int_equal(CLI_USAGE, run(b, "api GET /v1/regions --name x"));
    assert_int_equal(0, run(b, "api --help"));
    assert_true(says(b->out, "ropeway api GET|POST|PATCH|DELETE PATH"));
}

/* An answer that gets lost makes nothing twice. */
static void test_create_once(void **state)
{
    struct bench *b = *state;

    b->cuts = 2;
    b->away = 1; /* and the server has to start again meanwhile */
    assert_int_equal(0, run(b, "vpc create --region r1 --name a --cidr 10.1.0.0/16 -o id"));
    assert_int_equal(1, json_array_size(world_list(&b->w, MODEL_VPC)));
    assert_non_null(strstr(b->out, "vpc-"));
    assert_int_equal(3, b->sleeps);
    assert_int_equal(0, b->cuts);
    b->cuts = 99; /* at last it gives up */
    assert_int_equal(CLI_UNREACHABLE, run(b, "vpc create --region r1 --name b --cidr 10.2.0.0/16"));
    assert_int_equal(2, json_array_size(world_list(&b->w, MODEL_VPC)));
    b->cuts = 0;
    b->unreachable = true; /* what never arrived is not sent again */
    assert_int_equal(CLI_UNREACHABLE, run(b, "vpc create --region r1 --name c --cidr 10.3.0.0/16"));
    assert_int_equal(0, b->sleeps);
}

/* The names of a list, in its order. */
static void assert_order(struct bench *b, const char *flags, const char *wanted)
{
    char names[256] = "";
    json_t *doc;
    const json_t *item;
    size_t i;

    assert_int_equal(0, run(b, "vpc list --region r1 -o json%s", flags));
    doc = json_loads(b->out, 0, NULL);
    json_array_foreach (model_list(doc, "items"), i, item)
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s ",
                 model_str(item, "name"));
    assert_string_equal(wanted, names);
    json_decref(doc);
}

static void test_lists_are_in_order(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "vpc create --region r1 --name t10 --cidr 10.2.0.0/16"));
    assert_int_equal(0, run(b, "vpc create --region r1 --name t2 --cidr 10.10.0.0/16"));
    assert_int_equal(0, run(b, "vpc create --region r1 --name t1 --cidr 10.1.0.0/16"));
    assert_order(b, "", "t1 t2 t10 ");
    assert_order(b, " --sort-by cidr", "t1 t10 t2 ");
    assert_order(b, " --sort-by=-cidr", "t2 t10 t1 ");
    assert_order(b, " --sort-by -name", "t10 t2 t1 ");
    assert_int_equal(CLI_USAGE, run(b, "vpc list --region r1 --sort-by cdir"));
    assert_true(says(b->err, "did you mean cidr?"));
    assert_int_equal(CLI_USAGE, run(b, "vpc list --region r1 --sort-by"));
    assert_int_equal(CLI_USAGE, run(b, "vpc get t1 --region r1 --sort-by cidr"));
}

static void test_who_mistypes_is_told(void **state)
{
    static const struct {
        const char *line, *hint;
    } cases[] = {
        {"vcp list --region r1", "there is no vcp; did you mean vpc?"},
        {"vpc lst --region r1", "cannot lst; did you mean list?"},
        {"vpc list --region r1 --nmae x", "no flag --nmae; did you mean name?"},
        {"help vpn-tunel", "did you mean vpn-tunnel?"},
        {"bananas", "there is no bananas; see ropeway help"},
    };
    struct bench *b = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(CLI_USAGE, run(b, "%s", cases[i].line));
        assert_true(says(b->err, cases[i].hint));
        assert_int_equal(0, b->out_len); /* it does not read like an empty list */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bgp_of_a_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_story_by_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_device_configuration, setup, teardown),
        cmocka_unit_test_setup_teardown(test_log_of_a_tunnel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_metrics, setup, teardown),
        cmocka_unit_test_setup_teardown(test_audit_log, setup, teardown),
        cmocka_unit_test_setup_teardown(test_events, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals_and_exit_codes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_must_be_unique, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waiting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_outputs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_weak_choices_warn_on_stderr, setup, teardown),
        cmocka_unit_test_setup_teardown(test_completion_is_zsh, setup, teardown),
        cmocka_unit_test_setup_teardown(test_completion_is_fish, setup, teardown),
        cmocka_unit_test_setup_teardown(test_help_everywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_completion_is_bash, setup, teardown),
        cmocka_unit_test_setup_teardown(test_node_tokens, setup, teardown),
        cmocka_unit_test_setup_teardown(test_secrets_from_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calls_as_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(test_create_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists_are_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_who_mistypes_is_told, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
