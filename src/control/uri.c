#include "control_internal.h"

/* Paths and queries, decoded once and strictly: what is refused here reaches no handler. */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes len bytes of text to *at and moves it past the closing 0; *ret is where it began. */
static int decode(const char *text, size_t len, bool plus_is_space, char **at, const char **ret)
{
    char *start = *at, *out = *at;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '%') {
            int high, low;

            if (len - i < 3)
                return -EINVAL;
            high = hex_digit(text[i + 1]);
            low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0)
                return -EINVAL;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if ((uint8_t)c < 0x20 || c == 0x7f)
            return -EINVAL;
        *out++ = c;
    }
    if (!text_is_utf8(start, (size_t)(out - start)))
        return -EINVAL;
    *out++ = 0;
    *at = out;
    *ret = start;
    return 0;
}

static int parse_path(const char *text, size_t len, char **at, struct uri *uri)
{
    size_t begin = 1;

    if (len == 0 || text[0] != '/')
        return -EINVAL;
    if (len > 1 && text[len - 1] == '/')
        len--; /* "/v1/regions/" is "/v1/regions" */
    while (begin < len) {
        const char *slash = memchr(text + begin, '/', len - begin);
        size_t end = slash ? (size_t)(slash - text) : len;
        const char **segment = &uri->segments[uri->segment_count];

        if (uri->segment_count == URI_SEGMENTS_MAX ||
            decode(text + begin, end - begin, false, at, segment) < 0 || !(*segment)[0])
            return -EINVAL;
        uri->segment_count++;
        begin = end + 1;
    }
    return 0;
}

static int parse_query(const char *text, char **at, struct uri *uri)
{
    while (*text) {
        size_t len = strcspn(text, "&"), name_len = strcspn(text, "&=");
        size_t value_at = MIN(name_len + 1, len);
        struct uri_param *p = &uri->params[uri->param_count];

        if (len) {
            if (uri->param_count == URI_PARAMS_MAX ||
                decode(text, name_len, true, at, &p->name) < 0 ||
                decode(text + value_at, len - value_at, true, at, &p->value) < 0)
                return -EINVAL;
            uri->param_count++;
        }
        text += len;
        text += *text == '&';
    }
    return 0;
}

int uri_parse(const char *text, struct uri *ret)
{
    size_t len = strnlen(text, URI_MAX / 2 + 1), path_len = strcspn(text, "?");
    char *at = ret->storage;
    int r;

    ret->segment_count = ret->param_count = 0;
    if (len > URI_MAX / 2) /* with a 0 byte for each part the decoded text fits the storage */
        return -EINVAL;
    r = parse_path(text, path_len, &at, ret);
    if (r == 0 && text[path_len] == '?')
        r = parse_query(text + path_len + 1, &at, ret);
    return r;
}

const char *uri_param(const struct uri *uri, const char *name)
{
    for (size_t i = 0; i < uri->param_count; i++) {
        if (strcmp(uri->params[i].name, name) == 0)
            return uri->params[i].value;
    }
    return NULL;
}
