/* A line that iperf3 might print: what is taken is within its bounds. */
#include <stdlib.h>

#include "reach.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reach_rate rate;

    if (reach_parse_rate((const char *)data, size, &rate) == 0 &&
        (rate.from_ms > rate.to_ms || rate.type > REACH_RATE_RECEIVED))
        abort();
    return 0;
}
