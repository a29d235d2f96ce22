/* json_text.h - writes compact JSON straight into a buffer: an object is described more often than
 * anything else is done here, and what is not built need not be taken apart. Private to the plan
 * room. name is that of a member, NULL in a list and at the top; commas come by themselves. */
#ifndef ROPEWAY_PLAN_JSON_TEXT_H
#define ROPEWAY_PLAN_JSON_TEXT_H

#include "base.h"

void json_text_open(struct buf *out, const char *name, char bracket);
void json_text_close(struct buf *out, char bracket);
/* value: well-formed UTF-8; NULL is "". */
void json_text_string(struct buf *out, const char *name, const char *value);
void json_text_int(struct buf *out, const char *name, int64_t value);
void json_text_bool(struct buf *out, const char *name, bool value);
void json_text_addr(struct buf *out, const char *name, const struct addr *value);
void json_text_prefix(struct buf *out, const char *name, const struct prefix *value);

#endif
