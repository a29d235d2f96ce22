/* Whatever the document, what is understood of it can be written as messages. */
#include <stdio.h>
#include <stdlib.h>

#include "desired.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ipc_msg msg;

static void write_message(enum ipc_type type)
{
    static uint8_t record[IPC_MSG_MAX];
    size_t len;

    msg.type = type;
    if (ipc_encode(&msg, record, sizeof(record), &len) < 0) {
        fprintf(stderr, "%s cannot be written\n", ipc_type_name(type));
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *doc = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
    struct desired *d;

    if (desired_parse(doc, &d) == 0) {
        for (size_t i = 0; i < d->n_instances; i++) {
            msg.port = d->instances[i].port;
            write_message(IPC_DP_PORT);
        }
        for (size_t i = 0; i < d->n_tunnels; i++) {
            msg.tunnel = d->tunnels[i].dataplane;
            write_message(IPC_DP_TUNNEL);
            msg.ike_tunnel = d->tunnels[i].ike;
            write_message(IPC_IKE_TUNNEL);
        }
        for (size_t i = 0; i < d->n_tables; i++) {
            for (size_t k = 0; k < d->tables[i].n_routes; k++) {
                msg.routes.n_routes = 1;
                msg.routes.routes[0] = d->tables[i].routes[k];
                write_message(IPC_DP_ROUTES);
            }
        }
        desired_free(d);
    }
    json_decref(doc);
    return 0;
}
