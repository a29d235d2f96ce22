/* YAML files: what is accepted must come back the same from the YAML it is printed as. */
#include <stdlib.h>

#include "cli_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_comes_back(const json_t *value)
{
    struct buf why = {0};
    json_t *again = NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    cli_print_yaml(out, value);
    fclose(out);
    if (cli_parse_yaml(text, len, &again, &why) < 0 || json_array_size(again) != 1 ||
        !json_equal(json_array_get(again, 0), value))
        abort();
    json_decref(again);
    buf_done(&why);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf why = {0};
    json_t *all = NULL, *document;
    size_t i;

    if (size > 4096)
        return 0;
    if (cli_parse_yaml((const char *)data, size, &all, &why) < 0 && !why.len)
        abort();
    json_array_foreach (all, i, document) /* not the list of them: that is a level deeper */
        check_comes_back(document);
    json_decref(all);
    buf_done(&why);
    return 0;
}
