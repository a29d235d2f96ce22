#include "ident.h"
#include "model_internal.h"

#include <stdio.h>

/* Members that the server writes. */

int model_set_text(struct model_request *q, json_t *resource, const char *name, const char *text)
{
    if (json_object_set_new(resource, name, json_string(text)))
        return model_internal_error(q->error);
    return 0;
}

int model_touch(const struct model_env *env, json_t *resource)
{
    char text[CLOCK_TEXT_MAX];
    json_int_t revision = model_int(resource, "revision", 0) + 1;

    if (json_object_set_new(resource, "updatedAt", json_string(clock_format(env->now_us, text))) ||
        json_object_set_new(resource, "revision", json_integer(revision)))
        return -ENOMEM;
    return 0;
}

/* len characters of an alphabet with 2^bits letters. */
static void random_text(const struct model_env *env, const char *alphabet, unsigned bits, char *ret,
                        size_t len)
{
    uint8_t bytes[64];

    env->random(bytes, MIN(len, sizeof(bytes)));
    for (size_t i = 0; i < len; i++)
        ret[i] = alphabet[bytes[i % sizeof(bytes)] & ((1U << bits) - 1)];
    ret[len] = 0;
    explicit_bzero(bytes, sizeof(bytes));
}

void model_new_id(const struct model_env *env, const struct model_kind *kind,
                  char ret[MODEL_ID_MAX])
{
    size_t n = (size_t)snprintf(ret, MODEL_ID_MAX, "%s", kind->prefix);

    random_text(env, "abcdefghijklmnopqrstuvwxyz234567", 5, ret + n, 10);
}

int model_fill_secret(struct model_request *q, json_t *resource, const char *field)
{
    char psk[33];
    int r;

    do
        random_text(q->env, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 6,
                    psk, 32);
    while (secret_is_ambiguous(psk));
    r = model_set_text(q, resource, field, psk);
    explicit_bzero(psk, sizeof(psk));
    return r;
}
