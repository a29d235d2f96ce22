#include "snapshot_internal.h"

/* What the maps of a snapshot hold: references to resources. */

static void value_ref(void *value)
{
    (void)model_resource_ref(value);
}

static void value_unref(void *value)
{
    model_resource_unref(value);
}

const struct pmap_type snapshot_values = {value_ref, value_unref};
