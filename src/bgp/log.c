/* What BIRD writes into its log about a session. Its control socket tells only the last error, and
 * the next attempt hides what was wrong with the one before. */
#include "bgp.h"

#include <stdio.h>

/* "2026-11-29 09:22:35.400 <RMT> " */
static const char *after_head(const char *line)
{
    const char *head = strchr(line, '<');

    head = head ? strchr(head, '>') : NULL;
    return head ? head + 1 + strspn(head + 1, " ") : NULL;
}

/* The text after "NAME: ", with the name taken out. NULL: it is of no session. */
static const char *after_name(const char *text, char ret_name[BGP_NAME_MAX])
{
    size_t len = strcspn(text, ": ");

    if (len == 0 || len >= BGP_NAME_MAX || text[len] != ':' || text[len + 1] != ' ')
        return NULL;
    memcpy(ret_name, text, len);
    ret_name[len] = 0;
    return text + len + 2;
}

bool bgp_log_read(const char *line, struct bgp_fault *ret)
{
    struct bgp_fault fault = {.trouble = BGP_TROUBLE_NONE};
    const char *text = after_head(line);

    text = text ? after_name(text, fault.name) : NULL;
    if (!text)
        return false;
    if (text_starts_with(text, "Error: "))
        (void)snprintf(fault.detail, sizeof(fault.detail), "BGP %s", text);
    else if (text_starts_with(text, "Received: "))
        (void)snprintf(fault.detail, sizeof(fault.detail), "%s", text);
    else if (text_starts_with(text, "Route limit exceeded"))
        (void)snprintf(fault.detail, sizeof(fault.detail), "Automatic shutdown: %s", text);
    else
        return false;
    fault.trouble = bgp_trouble_of(fault.detail);
    *ret = fault;
    return true;
}

void bgp_lines_receive(struct bgp_lines *lines, const void *data, size_t len,
                       void (*take)(void *arg, const char *line), void *arg)
{
    const char *bytes = data;

    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];

        if (c == '\n') {
            lines->line[lines->len] = 0;
            lines->len = 0;
            take(arg, lines->line);
        } else if (lines->len < sizeof(lines->line) - 1) {
            lines->line[lines->len++] = c < ' ' || c > '~' ? '?' : c;
        }
    }
}
