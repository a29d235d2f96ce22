/* codec_id.c - identities as people read them (RFC 7296, 3.5). */
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "codec_internal.h"

static const char key_id_prefix[] = "keyid:";

static const char *format_text(const struct ike_id *id, char *buf, const char *prefix)
{
    size_t n = MIN(id->data.len, IKE_ID_DATA_MAX), pos;

    pos = (size_t)snprintf(buf, IKE_ID_TEXT_MAX, "%s", prefix);
    for (size_t i = 0; i < n; i++)
        buf[pos++] = isprint(id->data.data[i]) ? (char)id->data.data[i] : '?';
    buf[pos] = '\0';
    return buf;
}

static const char *format_hex(const struct ike_id *id, char *buf, const char *prefix)
{
    size_t n = MIN(id->data.len, IKE_ID_DATA_MAX);
    size_t pos = (size_t)snprintf(buf, IKE_ID_TEXT_MAX, "%s", prefix);

    for (size_t i = 0; i < n; i++)
        pos += (size_t)snprintf(buf + pos, IKE_ID_TEXT_MAX - pos, "%02x", id->data.data[i]);
    return buf;
}

/* A name that reads like something else says what it is; it can be typed as it is shown. */
static const char *format_name(const struct ike_id *id, char *buf, const char *prefix, bool email)
{
    struct addr a;
    bool plain;

    format_text(id, buf, "");
    plain = !strchr(buf, ':') && !!strchr(buf, '@') == email && addr_parse(buf, &a) < 0;
    return plain ? buf : format_text(id, buf, prefix);
}

static bool all_printable(struct crypto_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isprint(s.data[i]))
            return false;
    return true;
}

const char *ike_id_format(const struct ike_id *id, char buf[IKE_ID_TEXT_MAX])
{
    struct addr a = {.family = id->type == IKE_ID_IPV4 ? ADDR_IPV4 : ADDR_IPV6};

    switch (id->type) {
    case IKE_ID_IPV4:
    case IKE_ID_IPV6:
        if (id->data.len != addr_len(&a))
            return format_hex(id, buf, "bad-address:");
        memcpy(a.bytes, id->data.data, id->data.len);
        return addr_format(&a, buf);
    case IKE_ID_FQDN:
        return format_name(id, buf, "fqdn:", false);
    case IKE_ID_EMAIL:
        return format_name(id, buf, "email:", true);
    case IKE_ID_KEY_ID:
        return all_printable(id->data) ? format_text(id, buf, key_id_prefix)
                                       : format_hex(id, buf, "keyid:0x");
    case IKE_ID_DN:
        return format_hex(id, buf, "dn:0x");
    default:
        return format_hex(id, buf, "id:0x");
    }
}

bool ike_id_equal(const struct ike_id *a, const struct ike_id *b)
{
    if (a->type != b->type || a->data.len != b->data.len)
        return false;
    if (a->data.len == 0)
        return true;
    if (a->type == IKE_ID_FQDN || a->type == IKE_ID_EMAIL)
        return strncasecmp((const char *)a->data.data, (const char *)b->data.data, a->data.len) ==
               0;
    return memcmp(a->data.data, b->data.data, a->data.len) == 0;
}
