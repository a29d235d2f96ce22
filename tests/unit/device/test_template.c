#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "render.h"

/* The language of templates, without any of ours. */

#define HEAD                                                                                       \
    "# a remark\nid: x\nname: X\nwritten-for: X 1\ndocumentation: nowhere\nfile: x.conf\n"         \
    "escape: shell\nike: 2\nouter: 4\nrouting: static\nchoices: many\n"                            \
    "map cipher aes128 = a1\nmap ike.cipher aes128 = ia1\n"

static const char *run(const char *body, char *buf, size_t size)
{
    struct template *t = calloc(1, sizeof(*t));
    struct scope *s = scope_new();
    struct template_error error;
    enum device_field field;
    const struct value *tunnel;
    struct buf text = {0}, out = {0};
    int r;

    buf_printf(&text, HEAD "---\n%s", body);
    assert_int_equal(template_parse(buf_text(&text), text.len, t, &error), 0);
    scope_text(s, DEVICE_CONNECTION_NAME, "it's");
    scope_text(s, DEVICE_CONNECTION_ID, "vpn-1");
    scope_flag(s, DEVICE_BGP, true);
    assert_non_null(scope_item(s, DEVICE_LOCAL, "a", 1));
    assert_non_null(scope_item(s, DEVICE_LOCAL, "b", 1));
    scope_list_end(s, DEVICE_LOCAL);
    scope_bytes(s, DEVICE_PSK, "a\nb", 3);
    r = render(t, s, &out, &field, &tunnel);
    if (r == 0)
        (void)text_copy(buf, size, buf_text(&out));
    else
        (void)text_printf(buf, size, "%s", device_field_name(field));
    buf_done(&text);
    buf_done(&out);
    scope_free(s);
    free(t);
    return buf;
}

static void test_what_bodies_come_to(void **state)
{
    static const struct {
        const char *body, *out;
    } rows[] = {
        {"", ""},
        {"a { b }\n", "a { b }\n"},
        {"{{connection.id}}", "vpn-1"},
        {"{{connection.name}} {{ connection.name comment }}\n", "'it'\\''s' it's\n"},
        {"[{{local \", \"}}]{{remote \",\"}}", "[a, b]"},
        {"{{#local}}{{number}}{{.}}{{#first}}!{{/first}}{{^last}},{{/last}}{{/local}}", "1a!,2b"},
        {"{{?local}}x{{/local}}{{?remote}}y{{/remote}}{{^remote}}z{{/remote}}", "xz"},
        {"{{#bgp}}b{{/bgp}}{{#static}}s{{/static}}{{^static}}n{{/static}}", "bn"},
        {"a\n{{#bgp}}\nb\n{{/bgp}}\nc\n", "a\nb\nc\n"},
        {"a\n  {{! what }}  \nc\n", "a\nc\n"},
        {"a {{#bgp}}\nb{{/bgp}}\n", "a \nb\n"},
        {"{{#bgp}}\n{{#static}}\nx\n{{/static}}\n{{/bgp}}\nz", "z"},
        {"{{#local}}{{#local}}{{.}}{{connection.id}},{{/local}}{{/local}}",
         "avpn-1,bvpn-1,avpn-1,bvpn-1,"},
        {"{{#local}}{{#local}}{{.}}{{^last}}-{{/last}}{{/local}}{{^last}};{{/last}}{{/local}}",
         "a-b;a-b"},
        {"{{tunnel.name}}", ""},
        {"key {{psk}}", "psk"}, /* cannot be said */
    };
    char buf[128];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_string_equal(run(rows[i].body, buf, sizeof(buf)), rows[i].out);
}

static void test_mistakes_are_found(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *says;
    } rows[] = {
        {"", 1, "no ---"},
        {"id: x\n---\n", 3, "lacks name"},
        {"id: x\nid: y\n", 3, "twice"},
        {"colour: red\n", 2, "no colour"},
        {"what\n", 2, "name: value"},
        {"name:\n", 2, "empty"},
        {"map cipher\n", 2, "map KIND"},
        {"map cipher a b = c\n", 2, "map KIND"},
        {HEAD "note.en: x\n---\n", 16, "in Chinese"},
        {HEAD "---\n{{connection.id\n}}", 15, "without }}"},
        {HEAD "---\n\n{{colour}}", 16, "no field colour"},
        {HEAD "---\n{{connection.name red}}", 15, "no escape red"},
        {HEAD "---\n{{bgp}}", 15, "no text"},
        {HEAD "---\n{{local}}", 15, "between"},
        {HEAD "---\n{{#bgp}}", 15, "not closed"},
        {HEAD "---\n{{/bgp}}", 15, "closes"},
        {HEAD "---\n{{#bgp}}{{#static}}{{/bgp}}{{/static}}", 15, "closes"},
        {HEAD "---\n{{#bgp}}{{#bgp}}{{#bgp}}{{#bgp}}{{#bgp}}{{#bgp}}{{#bgp}}{{#bgp}}{{#bgp}}", 15,
         "more than 8"},
        {HEAD "---\r\n", 1, "plain line ends"},
        {HEAD "---\n\xff", 1, "UTF-8"},
    };
    struct template *t = calloc(1, sizeof(*t));
    struct template_error error;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(template_parse(rows[i].text, strlen(rows[i].text), t, &error), -EINVAL);
        if (!strstr(error.text, rows[i].says) || error.line != rows[i].line)
            fail_msg("%zu: line %u: %s", i, error.line, error.text);
    }
    free(t);
}

static void test_names_of_the_platform(void **state)
{
    struct template *t = calloc(1, sizeof(*t));
    struct template_error error;

    (void)state;
    assert_int_equal(template_parse(HEAD "---\n", strlen(HEAD "---\n"), t, &error), 0);
    assert_true(slice_is(template_maps(t, "ike", "cipher", "aes128"), "ia1"));
    assert_true(slice_is(template_maps(t, "esp", "cipher", "aes128"), "a1"));
    assert_null(template_maps(t, "esp", "cipher", "aes256"));
    assert_true(template_says(t, TEMPLATE_IKE, "2"));
    assert_false(template_says(t, TEMPLATE_IKE, "1"));
    free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_bodies_come_to),
        cmocka_unit_test(test_mistakes_are_found),
        cmocka_unit_test(test_names_of_the_platform),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
