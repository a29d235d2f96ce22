/* speaker_md5.h - what the kernel of a namespace dropped for its TCP MD5 signature (RFC 2385).
 * Private to the node room. */
#ifndef ROPEWAY_NODE_SPEAKER_MD5_H
#define ROPEWAY_NODE_SPEAKER_MD5_H

#include "base.h"

struct md5_counts {
    bool known;
    uint64_t wrong;      /* segments with another signature than ours, or with none */
    uint64_t unexpected; /* with one where we know no password */
};

/* Out of the text of /proc/net/netstat. -EBADMSG if they are not there. */
MUST_USE int md5_counts_parse(char *text, struct md5_counts *ret);
/* Of that namespace. */
MUST_USE int md5_counts_read(int netns_fd, struct md5_counts *ret);

#endif
