/* The hosts of real networks that routes lead to: routers, with a number each. */
#include "state_internal.h"

#include <stdlib.h>

static void via_free(void *context, void *object)
{
    (void)context;
    free(object);
}

/* Which way a flow takes should not depend on numbers (flow.h). */
static uint32_t key_of(const struct dp_state *state, uint32_t port, const char *address)
{
    char id[IPC_ID_MAX + ADDR_TEXT_MAX];

    (void)text_printf(id, sizeof(id), "%s/%s", state->ports[port]->config.id, address);
    return flow_key(id);
}

int dp_state_via(struct dp_state *state, uint32_t port, const struct addr *address, uint32_t *ret)
{
    char text[ADDR_TEXT_MAX], name[IPC_ID_MAX];
    struct dp_via *via;
    uint32_t index;
    int r;

    (void)text_printf(name, sizeof(name), "%u/%s", port, addr_format(address, text));
    r = dp_names_add(&state->via_names, name, &index);
    if (r < 0)
        return r;
    r = dp_state_fit(&state->vias, &state->n_vias, index);
    if (r == 0 && state->vias[index]) {
        *ret = index;
        return 0;
    }
    via = r == 0 ? calloc(1, sizeof(*via)) : NULL;
    if (!via) {
        dp_names_release(&state->via_names, index);
        return -ENOMEM;
    }
    *via = (struct dp_via){
        .index = index, .port = port, .key = key_of(state, port, text), .address = *address};
    state->vias[index] = via;
    state->unpublished = true;
    *ret = index;
    return 0;
}

void dp_vias_sweep(struct dp_state *state, const bool *named)
{
    for (uint32_t i = 0; i < state->n_vias; i++) {
        struct dp_via *via = state->vias[i];

        if (!via || named[i])
            continue;
        state->vias[i] = NULL;
        state->unpublished = true;
        dp_names_release(&state->via_names, i);
        dp_state_discard(state, via_free, NULL, via);
    }
}

void dp_vias_done(struct dp_state *state)
{
    free(state->vias);
    dp_names_done(&state->via_names);
}
