#include "ident.h"
#include "model_internal.h"

/* Character rules. The texts are well-formed UTF-8 of len bytes, checked before. */

/* One code point of well-formed UTF-8; *at moves past it. */
static uint32_t next_char(const char *text, size_t len, size_t *at)
{
    uint8_t first = (uint8_t)text[(*at)++];
    uint32_t c;
    int more;

    if (first < 0x80)
        return first;
    more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    c = first & (0x3fU >> more);
    for (; more > 0 && *at < len; more--)
        c = c << 6 | ((uint8_t)text[(*at)++] & 0x3f);
    return c;
}

static bool is_ascii_alnum(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The blocks of CJK ideographs, with the compatibility forms and U+3007 (〇). */
static bool is_han(uint32_t c)
{
    return c == 0x3007 || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x323af);
}

static bool check_name(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t at = 0; at < len; count++) {
        uint32_t c = next_char(text, len, &at);

        if (!is_ascii_alnum(c) && !is_han(c) && c != '_' && c != '-' && c != '.')
            return false;
    }
    return count >= 1 && count <= 64;
}

static bool check_region_id(const char *text, size_t len)
{
    if (len < 1 || len > 32 || text[0] == '-' || text[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!(text[i] >= 'a' && text[i] <= 'z') && !(text[i] >= '0' && text[i] <= '9') &&
            text[i] != '-')
            return false;
    }
    return true;
}

static bool check_psk(const char *text, size_t len)
{
    uint8_t bytes[SECRET_MAX];
    size_t n;
    bool fits = strlen(text) == len && secret_read(text, bytes, &n) == 0;

    explicit_bzero(bytes, sizeof(bytes));
    return fits;
}

static bool check_secret(const char *text, size_t len)
{
    if (len < 8 || len > 128)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    }
    return true;
}

/* It stands between quotes in the configuration of a BGP speaker. */
static bool check_bgp_password(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e || text[i] == '"')
            return false;
    }
    return len <= 80;
}

/* "65000:100" (RFC 1997), "65000:1:2" (RFC 8092), or one of those that have a name. */
static bool check_community(const char *text, size_t len)
{
    size_t parts = 1;

    if (strcmp(text, "no-export") == 0 || strcmp(text, "no-advertise") == 0)
        return true;
    for (size_t i = 0; i < len; i++)
        parts += text[i] == ':';
    if (parts < 2 || parts > 3)
        return false;
    for (const char *at = text; parts > 0; parts--) {
        size_t digits = strspn(at, "0123456789");
        uint64_t most = memchr(text, ':', len) == strrchr(text, ':') ? UINT16_MAX : UINT32_MAX;
        char number[12];
        uint64_t n;

        if (!digits || digits >= sizeof(number) || (digits > 1 && *at == '0') ||
            at[digits] != (parts > 1 ? ':' : 0))
            return false;
        memcpy(number, at, digits);
        number[digits] = 0;
        if (text_parse_u64(number, most, &n) < 0)
            return false;
        at += digits + 1;
    }
    return true;
}

static bool check_user(const char *text, size_t len)
{
    if (len < 1 || len > 64 || !is_ascii_alnum((uint8_t)text[0]))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_ascii_alnum((uint8_t)text[i]) && !strchr("._@+-", text[i]))
            return false;
    }
    return true;
}

/* Of any script; how long is all that is asked (NIST SP 800-63B, 5.1.1). */
static bool check_password(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t at = 0; at < len; count++) {
        uint32_t c = next_char(text, len, &at);

        if (c < 0x20 || c == 0x7f)
            return false;
    }
    return count >= 10 && count <= 128;
}

static bool check_identity(const char *text, size_t len)
{
    struct ident id;

    return strlen(text) == len && ident_parse(text, &id) == 0;
}

/* What Linux takes as the name of an interface. */
static bool check_interface_name(const char *text, size_t len)
{
    if (len < 1 || len > 15 || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_ascii_alnum((uint8_t)text[i]) && !strchr("_-.", text[i]))
            return false;
    }
    return true;
}

static bool check_vpc_cidr(const char *text, size_t len)
{
    static const struct {
        uint8_t net[2];
        uint8_t len;
    } private[] = {{{10, 0}, 8}, {{172, 16}, 12}, {{192, 168}, 16}};
    struct prefix p;

    (void)len;
    if (prefix_parse(text, &p) < 0 || p.addr.family != ADDR_IPV4 || p.len < 16 || p.len > 28)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(private); i++) {
        struct addr net = addr_v4(private[i].net[0], private[i].net[1], 0, 0);
        struct prefix outer = prefix_make(&net, private[i].len);

        if (prefix_contains(&outer, &p))
            return true;
    }
    return false;
}

/* /16 to /28, and for IPv6 what leaves room for the reserved addresses. */
static bool check_subnet_cidr(const char *text, size_t len)
{
    struct prefix p;

    (void)len;
    if (prefix_parse(text, &p) < 0)
        return false;
    if (p.addr.family == ADDR_IPV6)
        return p.len >= 16 && p.len <= 124;
    return p.len >= 16 && p.len <= 28;
}

static bool check_metric(const char *text, size_t len)
{
    return len >= 1 && len <= 64 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

/* "-1.5" */
static bool check_decimal(const char *text, size_t len)
{
    const char *at = text + (*text == '-');
    size_t whole = strspn(at, "0123456789"), rest;

    if (!whole || whole > 18)
        return false;
    at += whole;
    if (!*at)
        return (size_t)(at - text) == len;
    rest = strspn(at + 1, "0123456789");
    return *at == '.' && rest && rest <= 9 && (size_t)(at + 1 + rest - text) == len;
}

/* No credentials in it (they would be shown), and nothing that is no ASCII. */
static bool check_webhook(const char *text, size_t len)
{
    size_t scheme = text_starts_with(text, "https://") ? 8 : 7;
    size_t host;

    if (scheme == 7 && !text_starts_with(text, "http://"))
        return false;
    host = strcspn(text + scheme, "/?#");
    if (!host || memchr(text + scheme, '@', host) || strlen(text) != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= 0x20 || text[i] > 0x7e || strchr("\"<>\\^`{|}", text[i]))
            return false;
    }
    return true;
}

/* As far as it is safe and usual: it becomes an argument of sendmail and a header. */
static bool check_mail(const char *text, size_t len)
{
    const char *at = strchr(text, '@');

    if (!at || at == text || !at[1] || strchr(at + 1, '@') || !is_ascii_alnum((uint8_t)*text))
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-@") ==
           len;
}

const struct model_rule model_rule_name = {
    WORDS_WANT_NAME,
    /* The characters themselves: dialects write those beyond U+FFFF in different ways. */
    "^[0-9A-Za-z_.\\-〇\u3400-\u4dbf一-\u9fff\uf900-\ufaff\U00020000-\U000323af]{1,64}$",
    check_name};
const struct model_rule model_rule_region_id = {
    WORDS_WANT_REGION_ID, "^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", check_region_id};
const struct model_rule model_rule_metric = {WORDS_WANT_METRIC, "^[0-9A-Za-z\\-]{1,64}$",
                                             check_metric};
const struct model_rule model_rule_decimal = {WORDS_WANT_DECIMAL, "^-?[0-9]{1,18}(\\.[0-9]{1,9})?$",
                                              check_decimal};
const struct model_rule model_rule_webhook = {WORDS_WANT_WEBHOOK, NULL, check_webhook};
const struct model_rule model_rule_mail = {
    WORDS_WANT_MAIL, "^[0-9A-Za-z][0-9A-Za-z._+\\-]*@[0-9A-Za-z._+\\-]+$", check_mail};
const struct model_rule model_rule_secret = {WORDS_WANT_SECRET, "^[\\x20-\\x7e]{8,128}$",
                                             check_secret};
const struct model_rule model_rule_psk = {WORDS_WANT_PSK, "^[\\x20-\\x7e]{8,260}$", check_psk};
const struct model_rule model_rule_bgp_password = {
    WORDS_WANT_BGP_PASSWORD, "^[\\x20-\\x21\\x23-\\x7e]{0,80}$", check_bgp_password};
const struct model_rule model_rule_community = {
    WORDS_WANT_COMMUNITY, "^([0-9]{1,10}(:[0-9]{1,10}){1,2}|no-export|no-advertise)$",
    check_community};
const struct model_rule model_rule_user = {WORDS_WANT_USER, "^[0-9A-Za-z][0-9A-Za-z._@+\\-]{0,63}$",
                                           check_user};
const struct model_rule model_rule_password = {WORDS_WANT_PASSWORD, NULL, check_password};
const struct model_rule model_rule_identity = {WORDS_WANT_IDENTITY, NULL, check_identity};
const struct model_rule model_rule_interface_name = {
    WORDS_WANT_INTERFACE_NAME, "^[0-9A-Za-z_.\\-]{1,15}$", check_interface_name};
const struct model_rule model_rule_vpc_cidr = {WORDS_WANT_VPC_CIDR, NULL, check_vpc_cidr};
const struct model_rule model_rule_subnet_cidr = {WORDS_WANT_SUBNET_CIDR, NULL, check_subnet_cidr};
