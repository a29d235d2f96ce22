#include "samples.h"

#include <stdlib.h>

static json_t *parse(const char *text)
{
    char *copy = strdup(text);
    json_t *made;

    assert_non_null(copy);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    made = json_loads(copy, 0, NULL);
    if (!made)
        print_message("%s\n", copy);
    free(copy);
    assert_non_null(made);
    return made;
}

/* What validation does not take, because only the server sets it. */
static json_t *take_server_members(const struct model_kind *kind, json_t *in)
{
    json_t *taken = json_object();

    for (const struct model_field *f = kind->fields; f->name; f++) {
        json_t *value = json_object_get(in, f->name);

        if (value && f->access == MODEL_READ_ONLY) {
            json_object_set(taken, f->name, value);
            json_object_del(in, f->name);
        }
    }
    return taken;
}

json_t *sample_json(enum model_kind_id id, const char *name, const char *request)
{
    const struct model_kind *kind = model_kind(id);
    json_t *in = parse(request), *server = take_server_members(kind, in), *made = NULL;
    struct model_error error = {0};

    if (id == MODEL_REGION)
        json_object_set_new(in, "id", json_string(name));
    if (model_validate_create(kind, in, &made, NULL, &error) < 0)
        print_message("%s\n", error.rule);
    assert_non_null(made);
    json_object_update(made, server);
    json_object_set_new(made, "id", json_string(name));
    if (id != MODEL_REGION) {
        json_object_set_new(made, "regionId", json_string("r1"));
        json_object_set_new(made, "projectId", json_string("default"));
    }
    if (!json_object_get(made, "name"))
        json_object_set_new(made, "name", json_string(name));
    json_object_set_new(made, "createdAt", json_string("2026-11-22T08:27:24.123Z"));
    json_object_set_new(made, "updatedAt", json_string("2026-11-23T00:00:00.000Z"));
    json_object_set_new(made, "revision", json_integer(3));
    json_decref(server);
    json_decref(in);
    model_error_done(&error);
    return made;
}

struct model_resource *sample(enum model_kind_id kind, const char *id, const char *request)
{
    json_t *json = sample_json(kind, id, request);
    struct model_resource *made = NULL;
    const char *path = NULL;

    if (model_decode(model_kind(kind), json, &made, &path) < 0)
        print_message("%s: %s\n", id, path ? path : "?");
    assert_non_null(made);
    json_decref(json);
    return made;
}
