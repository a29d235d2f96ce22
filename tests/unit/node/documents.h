/* documents.h - a desired state that is in order, for tests that put something in disorder. */
#ifndef ROPEWAY_NODE_DOCUMENTS_H
#define ROPEWAY_NODE_DOCUMENTS_H

#include <jansson.h>

#define DOC_ADDRESS    "address/198.51.100.1"
#define DOC_VPC        "vpc/vpc-a"
#define DOC_INSTANCE   "instance/i-web0000000"
#define DOC_TABLE      "table/rtb-a"
#define DOC_GATEWAY    "gateway/bgw-a"
#define DOC_ATTACHMENT "attachment/vpcattach-a"
#define DOC_ROUTE      "route/bgwroute-a"
#define DOC_TUNNEL     "tunnel/vpntun-aaaaaaaaaa"

/* Those eight objects: {KEY: value}. New. */
json_t *document_make(void);
/* Sets what lies at a path with spaces (DOC_TUNNEL " ike version") to JSON text; NULL text removes
 * it. */
void document_set(json_t *doc, const char *path, const char *json);
/* A page of docs/protocol.md: all objects of doc, each with this version, the first listing. New.
 */
json_t *document_page(const json_t *doc, const char *epoch, uint64_t version);
/* Another entry for the page's put, which is left out of its digest if hash is 0. */
void document_put(json_t *page, const char *key, uint64_t version, uint64_t hash,
                  const json_t *value);
/* The hash that a value has in these pages. */
uint64_t document_hash(const json_t *value);

#endif
