/* codec_id.c - identities as people read and write them (RFC 7296, 3.5). */
#include "codec_internal.h"

const char *ike_id_format(const struct ike_id *id, char buf[IKE_ID_TEXT_MAX])
{
    return ident_format(id->type, id->data.data, id->data.len, buf);
}

bool ike_id_equal(const struct ike_id *a, const struct ike_id *b)
{
    return ident_equal(a->type, a->data.data, a->data.len, b->type, b->data.data, b->data.len);
}
