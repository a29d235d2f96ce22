#include "samples.h"

#include "out.h"

/* A tree and a text are two ways of saying the same. */

static json_t *parse(const char *text)
{
    json_t *made = json_loads(text, 0, NULL);

    assert_non_null(made);
    return made;
}

static void assert_same(const struct model_resource *r, const json_t *status, const json_t *also)
{
    json_t *view = model_view(r, status, also), *read;
    struct model_out *out = model_out_text(WORDS_EN);
    const char *text;
    size_t len;

    model_show(r, status, also, out);
    text = model_out_written(out, &len);
    assert_non_null(text);
    assert_int_equal(len, strlen(text));
    assert_null(strpbrk(text, "\n\t"));
    read = parse(text);
    assert_true(json_equal(view, read));
    json_decref(read);
    json_decref(view);
    model_out_free(out);
}

static void test_resources_are_shown_alike(void **state)
{
    struct model_resource *tunnel =
        sample(MODEL_VPN_TUNNEL, "vpntun-aaaaaaaaaa",
               "{'vpnConnectionId': 'vpn-aaaaaaaaaa', 'psk': '0123456789', 'cloudAddress': "
               "'192.0.2.1', 'customerAddress': '192.0.2.2', 'tunnelAddress': '169.254.1.1/30', "
               "'peerTunnelAddress': '169.254.1.2', 'name': '隧道', 'description': "
               "'\\\\ and / and é', 'tags': {'a': 'b', 'c': ''}}");
    json_t *status =
        parse("{\"operState\": \"up\", \"lastError\": \"\\u0001\\n\\\"\\\\\", \"natLocal\": true,"
              " \"counters\": {\"bytesIn\": 9007199254740993, \"dropsIn\": 0}}");
    json_t *also = parse("{\"operState\": \"down\", \"observedRevision\": -1, \"conditions\":"
                         " [{\"type\": \"Observed\", \"message\": \"\"}, {}]}");

    (void)state;
    assert_same(tunnel, NULL, NULL);
    assert_same(tunnel, status, also);
    json_decref(also);
    json_decref(status);
    model_resource_unref(tunnel);
}

static void nest(struct model_out *o, unsigned levels)
{
    for (unsigned i = 0; i < levels; i++)
        model_out_array(o);
    for (unsigned i = 0; i < levels; i++)
        model_out_end(o);
}

static void test_too_deep_is_a_failure_in_the_end(void **state)
{
    struct model_out *tree = model_out_tree(), *text = model_out_text(WORDS_EN);
    json_t *made;
    size_t len;

    (void)state;
    nest(tree, 16);
    made = model_out_take(tree);
    assert_non_null(made);
    json_decref(made);
    nest(tree, 17);
    assert_null(model_out_take(tree));
    nest(text, 17);
    model_out_string(text, "more");
    assert_null(model_out_written(text, &len));
    model_out_free(tree);
    model_out_free(text);
    model_out_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resources_are_shown_alike),
        cmocka_unit_test(test_too_deep_is_a_failure_in_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
