/* Why there is no session, and which of two reasons says more. */
#include "bgp.h"

/* What BIRD calls it after "Last error:", and what that means. "Received" is what the peer says. */
static const struct {
    const char *text;
    enum bgp_trouble trouble;
} troubles[] = {
    {"BGP Error: Bad peer AS", BGP_TROUBLE_WRONG_ASN},
    {"Received: Bad peer AS", BGP_TROUBLE_OUR_ASN},
    {"BGP Error: Hold timer expired", BGP_TROUBLE_HOLD_TIMER},
    {"Received: Hold timer expired", BGP_TROUBLE_THEIR_TIMER},
    {"Automatic shutdown: Route limit exceeded", BGP_TROUBLE_MAX_PREFIXES},
    {"Received: Maximum number of prefixes reached", BGP_TROUBLE_THEIR_MAXIMUM},
    {"Socket: Connection refused", BGP_TROUBLE_NOT_LISTENING},
    {"Received: Connection rejected", BGP_TROUBLE_NOT_CONFIGURED},
    {"Received: Peer de-configured", BGP_TROUBLE_NOT_CONFIGURED},
    {"Socket: Connection closed", BGP_TROUBLE_NOT_CONFIGURED},
    {"Socket: Connection reset by peer", BGP_TROUBLE_NOT_CONFIGURED},
    {"Socket: Connection timed out", BGP_TROUBLE_NO_ANSWER},
    {"Socket: No route to host", BGP_TROUBLE_NO_ANSWER},
    {"Socket: Network is unreachable", BGP_TROUBLE_LINK_DOWN},
    {"Error: Neighbor lost", BGP_TROUBLE_LINK_DOWN},
    {"Error: Link down", BGP_TROUBLE_LINK_DOWN},
    {"Error: BFD session down", BGP_TROUBLE_BFD},
    {"Received: Administrative shutdown", BGP_TROUBLE_THEIR_STOP},
    {"Received: Administrative reset", BGP_TROUBLE_THEIR_STOP},
    {"Received: Other configuration change", BGP_TROUBLE_THEIR_STOP},
    {"BGP Error: Bad BGP identifier", BGP_TROUBLE_SAME_ID},
    {"Received: Bad BGP identifier", BGP_TROUBLE_SAME_ID},
    {"BGP Error: ", BGP_TROUBLE_MALFORMED},
};

enum bgp_trouble bgp_trouble_of(const char *text)
{
    size_t i = 0;

    while (i < ARRAY_SIZE(troubles) && !text_starts_with(text, troubles[i].text))
        i++;
    return i < ARRAY_SIZE(troubles) ? troubles[i].trouble : BGP_TROUBLE_OTHER;
}

/* It only says that there is no connection, not why. */
bool bgp_trouble_says_little(enum bgp_trouble trouble)
{
    return trouble == BGP_TROUBLE_NONE || trouble == BGP_TROUBLE_LINK_DOWN ||
           trouble == BGP_TROUBLE_NOT_LISTENING || trouble == BGP_TROUBLE_NOT_CONFIGURED ||
           trouble == BGP_TROUBLE_NO_ANSWER;
}

void bgp_session_keep_trouble(const struct bgp_session *before, struct bgp_session *now)
{
    if (now->state == BGP_ESTABLISHED || !bgp_trouble_says_little(now->trouble) ||
        bgp_trouble_says_little(before->trouble))
        return;
    now->trouble = before->trouble;
    memcpy(now->detail, before->detail, sizeof(now->detail));
}
