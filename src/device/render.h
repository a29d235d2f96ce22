/* render.h - a template and the values of one answer become a text. */
#ifndef ROPEWAY_DEVICE_RENDER_H
#define ROPEWAY_DEVICE_RENDER_H

#include "values.h"

#define RENDER_MAX (1U << 20) /* bytes of a text */

/* Appends to out. -EILSEQ if a value cannot be said in the template's syntax: *ret_field is which,
 * *ret_tunnel the name of the tunnel that it is about, or NULL. -E2BIG beyond RENDER_MAX, -ENOMEM.
 */
MUST_USE int render(const struct template *t, const struct scope *values, struct buf *out,
                    enum device_field *ret_field, const struct value **ret_tunnel);

#endif
