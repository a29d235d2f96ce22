/* documents.h - a desired state document that is in order, for tests that put something in
 * disorder. */
#ifndef ROPEWAY_NODE_DOCUMENTS_H
#define ROPEWAY_NODE_DOCUMENTS_H

#include <jansson.h>

/* One cloud address 198.51.100.1, instance i-web0000000, tables, tunnel vpntun-aaaaaaaaaa. New. */
json_t *document_make(void);
/* Sets what lies at a dotted path ("tunnels.0.ike.version") to JSON text; NULL text removes it. */
void document_set(json_t *doc, const char *path, const char *json);

#endif
