/* pages.h - the web console: a folder of static files that is read once, whole, and from then on is
 * a table in memory. No request ever opens a file. */
#ifndef ROPEWAY_CONTROL_PAGES_H
#define ROPEWAY_CONTROL_PAGES_H

#include "base.h"

struct call;
struct pages;

#define PAGES_FILES_MAX 256         /* in assets */
#define PAGES_FILE_MAX  (4U << 20)  /* bytes of one */
#define PAGES_BYTES_MAX (16U << 20) /* of all */
#define PAGES_NAME_MAX  128         /* bytes of a file's name */

/* Reads index.html and the files of assets below dir; other files there are left alone, and so are
 * names that begin with a dot or end with .gz. -ENOENT if there is no dir at all; for everything
 * else that is not as it should be a negative errno, and the log says what. */
MUST_USE int pages_load(const char *dir, struct pages **ret);
/* NULL is fine. */
void pages_free(struct pages *p);

/* Whether the request is for a page: those need no token. Nodes are not shown any. */
bool pages_are_asked(const struct call *call);
/* As a call_handler. */
MUST_USE int pages_answer(struct call *call);

#endif
