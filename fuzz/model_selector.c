#include "model.h"

#include <stdlib.h>

/* A selector of labels from a query; what is one can be matched. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct model_selector *s = NULL;
    char *text = strndup((const char *)data, size);
    json_t *resource = json_pack("{s:{s:s, s:s}}", "tags", "env", "prod", "a,b", "");

    if (text && model_selector_parse(text, &s) == 0)
        (void)model_selector_match_json(s, resource);
    model_selector_free(s);
    json_decref(resource);
    free(text);
    return 0;
}
