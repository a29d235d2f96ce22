/* platforms.h - the templates that were compiled in. */
#ifndef ROPEWAY_DEVICE_PLATFORMS_H
#define ROPEWAY_DEVICE_PLATFORMS_H

#include "device.h"
#include "template.h"

/* What embed.c makes of templates/device: the head, and the whole text. */
struct platform_source {
    struct device_platform platform;
    const char *text;
    size_t len;
};

extern const struct platform_source platform_sources[];
extern const size_t platform_source_count;

/* Parses it again: it was good when the program was built. */
MUST_USE int platform_template(const struct device_platform *platform, struct template *ret);

#endif
