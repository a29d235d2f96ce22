#include "bench.h"

#include <stdlib.h>

/* Labels: lists and deletions by them, and apply --prune. */

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

static void make_vpcs(struct bench *b)
{
    assert_int_equal(0, run(b, "vpc create --region r1 --name p1 --tags env=prod,team=net"));
    assert_int_equal(0, run(b, "vpc create --region r1 --name p2 --tags env=prod"));
    assert_int_equal(0, run(b, "vpc create --region r1 --name t1 --tags env=test"));
    assert_int_equal(0, run(b, "vpc create --region r1 --name n1"));
}

static void test_lists(void **state)
{
    static const struct {
        const char *selector, *has, *lacks;
    } cases[] = {
        {"env=prod", "p1", "t1"},
        {"env=prod,team!=net", "p2", "p1"},
        {"!env", "n1", "p1"},
        {"env", "t1", "n1"},
    };
    struct bench *b = *state;

    make_vpcs(b);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(0, run(b, "vpc list --region r1 -l %s", cases[i].selector));
        assert_true(says(b->out, cases[i].has));
        assert_null(strstr(b->out, cases[i].lacks));
    }
    assert_int_equal(CLI_USAGE, run(b, "vpc list --region r1 -l a=b=c"));
    assert_true(says(b->err, "a=b=c is no selector: A selector is"));
    assert_int_equal(CLI_USAGE, run(b, "vpc get p1 --region r1 -l env"));
    assert_true(says(b->err, "-l only goes with"));
}

static void test_deletes(void **state)
{
    struct bench *b = *state;

    make_vpcs(b);
    assert_int_equal(0, run(b, "vpc delete --region r1 -l env=prod --dry-run"));
    assert_int_equal(0, b->changes);
    assert_true(says(b->out, "would be deleted"));
    assert_int_equal(0, run(b, "vpc delete --region r1 -l env=prod"));
    assert_int_equal(1, b->batches); /* all or nothing */
    assert_int_equal(2, json_array_size(world_list(&b->w, MODEL_VPC)));
    assert_int_equal(0, run(b, "vpc delete --region r1 -l env=prod"));
    assert_true(says(b->out, "no vpc carries env=prod"));
    assert_int_equal(0, run(b, "vpc delete --region r1 -l env=prod -o json"));
    assert_true(says(b->out, "\"items\": []"));
    assert_int_equal(CLI_USAGE, run(b, "vpc delete t1 --region r1 -l env"));
    assert_int_equal(CLI_USAGE, run(b, "vpc delete --region r1 --selector="));
    assert_int_equal(2, json_array_size(world_list(&b->w, MODEL_VPC)));
}

static const char file[] = "- {kind: vpc, region: r1, name: v, cidr: 10.1.0.0/16, tags: {app: x}}\n"
                           "- {kind: subnet, region: r1, name: s, vpcId: v, cidr: 10.1.1.0/24, "
                           "tags: {app: x}}\n";
static const char more[] =
    "- {kind: instance, region: r1, name: i, subnetId: s, tags: {app: x}}\n"
    "- {kind: borderGateway, region: r1, name: g, tags: {app: x}}\n"
    "- {kind: vpcAttachment, region: r1, name: a, borderGatewayId: g, vpcId: "
    "v, tags: {app: x}}\n"
    "- {kind: borderGateway, region: r1, name: other, tags: {app: y}}\n"
    "- {kind: borderGateway, region: r2, name: far, tags: {app: x}}\n";

static void test_prunes(void **state)
{
    struct bench *b = *state;
    char both[2048];

    snprintf(both, sizeof(both), "%s%s", file, more);
    assert_int_equal(0, run_file(b, "apply", both));
    assert_int_equal(0, run_file(b, "apply --prune app=x --dry-run", file));
    assert_int_equal(0, b->changes);
    assert_true(says(b->out, "would be deleted"));
    assert_int_equal(1, json_array_size(world_list(&b->w, MODEL_INSTANCE)));
    assert_int_equal(CLI_DIFFERENT, run_file(b, "diff --prune app=x", file));
    assert_int_equal(0, run_file(b, "apply --prune app=x -o json", file));
    assert_true(says(b->out, "\"outcome\": \"deleted\""));
    assert_int_equal(0, json_array_size(world_list(&b->w, MODEL_INSTANCE)));
    assert_int_equal(0, json_array_size(world_list(&b->w, MODEL_VPC_ATTACHMENT)));
    assert_int_equal(2, json_array_size(world_list(&b->w, MODEL_BORDER_GATEWAY)));
    assert_int_equal(1, json_array_size(world_list(&b->w, MODEL_SUBNET)));
    assert_int_equal(0, run_file(b, "diff --prune app=x", file));
}

/* What is still used stays, and that is said; a selector there must be. */
static void test_prunes_nothing_by_mistake(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply", file));
    assert_int_equal(0, run(b, "instance create --region r1 --name mine --subnet s"));
    assert_int_equal(CLI_REFUSED,
                     run_file(b, "apply --prune app=x --dry-run --region r1", "items: []"));
    assert_int_equal(0, b->changes);
    assert_int_equal(CLI_REFUSED, run_file(b, "apply --prune app=x --region r1", "items: []"));
    assert_int_equal(1, json_array_size(world_list(&b->w, MODEL_SUBNET)));
    assert_int_equal(CLI_USAGE, run_file(b, "apply --prune=", file));
    assert_int_equal(CLI_USAGE, run(b, "apply -f x --prune"));
    assert_int_equal(CLI_USAGE, run_file(b, "delete --prune app=x", file));
}

/* The pairs that belong together come by themselves; any other is somebody's decision. */
static bool yes(struct cli *cli, const struct words *question)
{
    (void)cli;
    return question->code == WORDS_COMMAND_PAIR_QUESTION;
}

static bool no(struct cli *cli, const struct words *question)
{
    (void)cli;
    (void)question;
    return false;
}

static void test_pairs(void **state)
{
    static const char create[] = "vpn-tunnel create --region r1 --vpn-connection x";
    struct bench *b = *state;

    assert_int_equal(0, run(b, "border-gateway create --region r1 --name g"));
    assert_int_equal(0, run(b, "customer-gateway create --region r1 --name c --addresses "
                               "192.0.2.1,192.0.2.2"));
    assert_int_equal(0, run(b, "vpn-connection create --region r1 --name x --border-gateway g "
                               "--customer-gateway c"));
    assert_int_equal(0, run(b, "%s --name t1 -o id", create));
    assert_true(says(b->err, "it takes cloud address "));
    assert_true(says(b->err, " and customer address 192.0.2.1\n"));
    assert_int_equal(0, run(b, "%s --name t2", create));
    assert_true(says(b->err, " and customer address 192.0.2.2\n"));
    assert_int_equal(CLI_REFUSED, run(b, "%s --name t3", create));
    assert_true(says(b->err, "--customer-address 192.0.2.2"));
    assert_int_equal(0, b->changes);
    b->confirm = no;
    assert_int_equal(CLI_REFUSED, run(b, "%s --name t3", create));
    assert_int_equal(0, b->changes);
    b->confirm = yes;
    assert_int_equal(0, run(b, "%s --name t3", create));
    b->confirm = NULL;
    assert_int_equal(0, run(b, "%s --name t4 --customer-address 192.0.2.1", create));
    assert_null(strstr(b->err, "it takes"));
    assert_int_equal(CLI_REFUSED, run(b, "%s --name t5", create)); /* the server says why */
    assert_true(says(b->err, "pair"));
}

static void test_what_is_told_of_requests(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "vpc list --region r1 -v"));
    assert_true(says(b->err, "GET /v1/regions/r1/vpcs?limit=1000: 200, 0 ms\n"));
    assert_int_equal(0, run(b, "vpc create --region r1 --name v --verbose"));
    assert_true(says(b->err, "POST /v1/regions/r1/vpcs: 201, 0 ms\n"));
    assert_int_equal(0, run(b, "vpc list --region r1"));
    assert_string_equal("", b->err);
    assert_int_equal(0, run(b, "api GET /v1/regions/r1/vpcs?limit=9&name=v -v"));
    b->unreachable = true;
    assert_int_equal(CLI_UNREACHABLE, run(b, "vpc list --region r1 -v"));
    assert_true(says(b->err, "no answer, 0 ms\n"));
    assert_int_equal(CLI_UNREACHABLE, run(b, "api GET /v1/x?token=abc&a=1 -v"));
    assert_null(strstr(b->err, "abc"));
    assert_true(says(b->err, "token=...&a=1"));
    b->unreachable = false;
}

static void test_resets(void **state)
{
    struct bench *b = *state;
    const json_t *v;

    assert_int_equal(0,
                     run(b, "border-gateway create --region r1 --name g --asn 7 --transit --tags "
                            "a=b --description x"));
    assert_int_equal(0, run(b, "border-gateway update g --region r1 --transit null --tags null"));
    v = json_array_get(world_list(&b->w, MODEL_BORDER_GATEWAY), 0);
    assert_false(model_bool(v, "transit", true));
    assert_int_equal(0, json_object_size(json_object_get(v, "tags")));
    assert_int_equal(0, run(b, "border-gateway update g --region r1 --asn null"));
    v = json_array_get(world_list(&b->w, MODEL_BORDER_GATEWAY), 0);
    assert_int_equal(65000, model_int(v, "asn", 0));
    /* A text may be that. */
    assert_int_equal(0, run(b, "border-gateway update g --region r1 --description null"));
    v = json_array_get(world_list(&b->w, MODEL_BORDER_GATEWAY), 0);
    assert_string_equal("null", model_str(v, "description"));
    assert_int_equal(0, run(b, "border-gateway update g --region r1 --unset description"));
    v = json_array_get(world_list(&b->w, MODEL_BORDER_GATEWAY), 0);
    assert_string_equal("", model_str(v, "description"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_lists),  T(test_deletes),
        T(test_prunes), T(test_prunes_nothing_by_mistake),
        T(test_pairs),  T(test_what_is_told_of_requests),
        T(test_resets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
