#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "escape.h"

/* What each syntax makes of hostile texts; NULL: it cannot say them. */

static void test_hostile_texts(void **state)
{
    static const struct {
        const char *escape, *text, *out;
    } rows[] = {
        {"comment", "a\nb\x7f 中\xc2\x9b", "a b  中 "},
        {"label", "a?b!\n中", "a_b_____"},
        {"word", "a.b-c@d", "a.b-c@d"},
        {"word", "a b", NULL},
        {"word", "", NULL},
        {"word", "a;b", NULL},
        {"key-word", "p%w&1", "p%w&1"},
        {"key-word", "p?w", NULL},
        {"key-word", "-p", NULL},
        {"key-word", "p w", NULL},
        {"ios-key", "abc", "abc"},
        {"ios-key", "a?b", "hex 613f62"},
        {"aws-key", "abcdefg.1", "abcdefg.1"},
        {"aws-key", "0bcdefg.1", NULL},
        {"aws-key", "abcdefg", NULL},
        {"aws-key", "abcdefgh-", NULL},
        {"plain", "a b#", "a b#"},
        {"plain", " a", NULL},
        {"plain", "a\n", NULL},
        {"string", "a\"b\\c#$", "\"a\\\"b\\\\c#$\""},
        {"string", "a\nb", NULL},
        {"string", "中", NULL},
        {"shell", "it's $(x) `y`", "'it'\\''s $(x) `y`'"},
        {"shell", "a\nb", NULL},
        {"yaml", "a\"\\\n: 中", "\"a\\\"\\\\\\x0a: 中\""},
        {"yaml", "\xff", NULL},
        {"routeros", "a\"$?\\\n中", "\"a\\22\\24\\3F\\5C\\0A\\E4\\B8\\AD\""},
        {"vyos", "a b$", "'a b$'"},
        {"vyos", "it's", NULL},
        {"vyos", "0xab", NULL},
        {"panos", "a'b", "\"a'b\""},
        {"panos", "a\"b", NULL},
        {"bird", "a b\\'#;", "\"a b\\'#;\""},
        {"bird", "a\"b", NULL},
        {"bird", "a\nb", NULL},
        {"bird", "", NULL},
        {"key", "a b#c", "\"a b#c\""},
        {"key", "a\"b", "0x612262"},
        {"key", "a$b", "0x612462"},
        {"key", "0xab", "0x30786162"},
        {"key", "0sYWI=", "0x30735957493d"},
        {"key", "\xff\n", "0xff0a"},
        {"key", "", NULL},
        {"junos-key", "ab", "ascii-text \"ab\""},
        {"junos-key", "a\"", "hexadecimal 6122"},
        {"swan-id", "203.0.113.1", "203.0.113.1"},
        {"swan-id", "2001:db8::1", "2001:db8::1"},
        {"swan-id", "a.example.com", "fqdn:a.example.com"},
        {"swan-id", "a@example.com", "email:a@example.com"},
        {"swan-id", "a\"#@example.com",
         "email:#6122234065"
         "78616d706c652e636f6d"},
        {"swan-id", "keyid:a", "keyid:a"},
        {"swan-id", "keyid:a b\n中", "keyid:#6120620ae4b8ad"},
        {"swan-id", "keyid:0x00FF", "keyid:#00ff"},
        {"swan-id", "a b", NULL},
        {"swan-id", "fqdn:203.0.113.66", "fqdn:203.0.113.66"},
        {"swan-id", "dn:CN=a",
         "asn1dn:#300c310a300806035504031301"
         "61"},
        {"swan-id", "gn:#8201", "asn1gn:#8201"},
        {"swan-id", "id:200#00", NULL},
        {"libreswan-id", "a.example.com", "@a.example.com"},
        {"libreswan-id", "keyid:a\"", "@#6122"},
        {"libreswan-id", "a#b@example.com", NULL},
        {"libreswan-id", "fqdn:203.0.113.66", "@203.0.113.66"},
        {"libreswan-id", "email:203.0.113.66", NULL}, /* would be an address */
        {"libreswan-id", "dn:C=CH,CN=my gw", "\"C=CH,CN=my gw\""},
        {"libreswan-id", "dn:CN=a\\,b", NULL},
        {"guessed-id", "gw.example", "\"gw.example\""},
        {"guessed-id", "203.0.113.1", "\"203.0.113.1\""},
        {"guessed-id", "fqdn:203.0.113.1", NULL},
        {"guessed-id", "keyid:a", NULL},
        {"vyos-id", "gw.example", "'gw.example'"},
        {"vyos-id", "203.0.113.1", "'203.0.113.1'"},
        {"vyos-id", "fqdn:203.0.113.1", "'fqdn:203.0.113.1'"},
        {"vyos-id", "fqdn:it's", "'fqdn:#69742773'"},
        {"ropeway-key", "a b:c", "\"a b:c\""},
        {"ropeway-key", "hex:00", "\"hex:6865783a3030\""},
        {"ropeway-key", "\xff\n", "\"hex:ff0a\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *text = rows[i].text;
        const struct device_escape *e = device_find_escape(rows[i].escape, strlen(rows[i].escape));
        struct buf out = {0};
        bool said;

        assert_non_null(e);
        said = e->write((const uint8_t *)text, strlen(text), &out);
        if (said != (rows[i].out != NULL) || (said && strcmp(buf_text(&out), rows[i].out) != 0))
            fail_msg("%s of %s is %s", rows[i].escape, text, said ? buf_text(&out) : "refused");
        buf_done(&out);
    }
    assert_null(device_find_escape("nothing", 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
