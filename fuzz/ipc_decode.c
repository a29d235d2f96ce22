/* What the ipc reader accepts, the writer must write again byte for byte. */
#include <stdio.h>
#include <stdlib.h>

#include "ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ipc_msg msg;
    static uint8_t again[IPC_MSG_MAX];
    size_t len = 0;

    if (size > IPC_MSG_MAX || ipc_decode(data, size, &msg) < 0)
        return 0;
    msg.n_fds = 0;
    if (ipc_encode(&msg, again, sizeof(again), &len) < 0 || len != size ||
        memcmp(again, data, size) != 0) {
        fprintf(stderr, "%s does not come back as it was\n", ipc_type_name(msg.type));
        abort();
    }
    return 0;
}
