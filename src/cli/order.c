#include "cli_internal.h"

#include <ctype.h>
#include <stdlib.h>

/* The order of lists: by name as people read them, t2 before t10. */

/* Digits at both: compares the numbers that they are, and steps over them. */
static int compare_numbers(const char **a, const char **b)
{
    size_t x, y;
    int order;

    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    x = strspn(*a, "0123456789");
    y = strspn(*b, "0123456789");
    order = x != y ? (x > y) - (x < y) : memcmp(*a, *b, x);
    *a += x;
    *b += y;
    return order;
}

int cli_compare(const char *a, const char *b)
{
    while (*a && *b) {
        int order;

        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            order = compare_numbers(&a, &b);
        } else {
            order = (unsigned char)*a - (unsigned char)*b;
            a++;
            b++;
        }
        if (order)
            return order;
    }
    return (*a != 0) - (*b != 0);
}

struct row {
    json_t *item;
    struct buf key;
    bool reverse;
};

static int by_key(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order =
        cli_compare(x->key.len ? buf_text(&x->key) : "", y->key.len ? buf_text(&y->key) : "");

    if (order == 0)
        return strcmp(model_str(x->item, "id"), model_str(y->item, "id"));
    return x->reverse ? -order : order;
}

/* The member at a dotted path, as a cell shows it. */
static void take_key(struct row *row, const char *path)
{
    const json_t *value = row->item;

    while (*path && value) {
        char name[64];
        size_t len = strcspn(path, ".");

        if (text_printf(name, sizeof(name), "%.*s", (int)len, path) < 0)
            return;
        value = json_object_get(value, name);
        path += len + (path[len] == '.');
    }
    if (value)
        cli_cell_text(&row->key, value);
}

static int sort(struct cli *cli, const char *path, bool reverse, json_t *items)
{
    size_t count = json_array_size(items);
    struct row *rows = calloc(count + 1, sizeof(*rows));

    if (!rows)
        return cli_out_of_memory(cli);
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct row){json_incref(json_array_get(items, i)), .reverse = reverse};
        take_key(&rows[i], path);
    }
    qsort(rows, count, sizeof(*rows), by_key);
    for (size_t i = 0; i < count; i++) {
        (void)json_array_set_new(items, i, rows[i].item);
        buf_done(&rows[i].key);
    }
    free(rows);
    return CLI_OK;
}

int cli_sort(struct cli *cli, const struct model_kind *kind, const char *by, json_t *items)
{
    bool reverse = by && *by == '-';
    char path[128] = "name";

    by = by ? by + reverse : "name";
    if (strcmp(by, "name") != 0 && !cli_find_flag(kind, by, path)) {
        struct cli_nearest near = {.wanted = by};

        cli_nearest_fields(&near, kind);
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_SORT_UNKNOWN, kind->noun, by, cli_nearest_hint(cli, &near)));
    }
    return sort(cli, path, reverse, items);
}
