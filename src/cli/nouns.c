#include "cli_internal.h"

/* The kinds that the command has nouns for: those of regions, and the two that are for all. */

const struct model_kind *cli_kind(unsigned i)
{
    static const struct model_kind *const others[CLI_KINDS - MODEL_KINDS] = {&model_token_kind,
                                                                             &model_user_kind};

    return i < MODEL_KINDS ? model_kind((enum model_kind_id)i) : others[i - MODEL_KINDS];
}

const struct model_kind *cli_kind_by_noun(const char *noun)
{
    for (unsigned i = 0; i < CLI_KINDS; i++) {
        if (strcmp(cli_kind(i)->noun, noun) == 0)
            return cli_kind(i);
    }
    return NULL;
}

bool cli_in_region(const struct model_kind *kind)
{
    return kind->id != MODEL_REGION && kind->id < MODEL_KINDS;
}

bool cli_named_by_people(const struct model_kind *kind)
{
    return kind->id == MODEL_REGION || kind->id == MODEL_USER;
}
