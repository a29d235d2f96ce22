/* samples.h - resources for tests, typed. */
#ifndef ROPEWAY_TESTS_MODEL_SAMPLES_H
#define ROPEWAY_TESTS_MODEL_SAMPLES_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "snapshot.h"

/* A whole resource as it is stored, made from a create request (with ' for ") by the descriptors.
 */
json_t *sample_json(enum model_kind_id kind, const char *id, const char *request);
/* The same, decoded. One reference. */
struct model_resource *sample(enum model_kind_id kind, const char *id, const char *request);

#endif
