#include "vlan_filter.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FEATURE      "rx-vlan-filter"
#define FEATURES_MAX 1024

static int ask(int fd, const char *device, void *question)
{
    struct ifreq ifr = {.ifr_data = question};

    if (text_copy(ifr.ifr_name, sizeof(ifr.ifr_name), device) < 0)
        return -ENAMETOOLONG;
    return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

/* How many features this kernel knows. */
static int count_features(int fd, const char *device, uint32_t *ret)
{
    union {
        struct ethtool_sset_info info;
        uint8_t bytes[sizeof(struct ethtool_sset_info) + sizeof(uint32_t)];
    } q = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};
    int r = ask(fd, device, &q);

    if (r < 0)
        return r;
    memcpy(ret, q.bytes + sizeof(struct ethtool_sset_info), sizeof(*ret));
    return q.info.sset_mask && *ret <= FEATURES_MAX ? 0 : -EOPNOTSUPP;
}

/* Which of them it is. */
static int find_feature(int fd, const char *device, uint32_t count, uint32_t *ret)
{
    struct ethtool_gstrings *names = calloc(1, sizeof(*names) + count * ETH_GSTRING_LEN);
    int r = names ? 0 : -ENOMEM;

    if (r == 0) {
        names->cmd = ETHTOOL_GSTRINGS;
        names->string_set = ETH_SS_FEATURES;
        names->len = count;
        r = ask(fd, device, names);
    }
    *ret = count;
    for (uint32_t i = 0; r == 0 && i < count; i++) {
        if (strncmp((const char *)names->data + i * ETH_GSTRING_LEN, FEATURE, ETH_GSTRING_LEN) == 0)
            *ret = i;
    }
    free(names);
    return r == 0 && *ret == count ? -EOPNOTSUPP : r;
}

static int is_active(int fd, const char *device, uint32_t count, uint32_t feature, bool *ret)
{
    uint32_t blocks = (count + 31) / 32;
    struct ethtool_gfeatures *f = calloc(1, sizeof(*f) + blocks * sizeof(f->features[0]));
    int r = f ? 0 : -ENOMEM;

    if (r == 0) {
        f->cmd = ETHTOOL_GFEATURES;
        f->size = blocks;
        r = ask(fd, device, f);
    }
    if (r == 0)
        *ret = f->features[feature / 32].active >> feature % 32 & 1;
    free(f);
    return r;
}

bool vlan_filter_is_on(const char *device)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;
    uint32_t count, feature;
    bool on = true;

    if (fd < 0)
        return true;
    r = count_features(fd, device, &count);
    if (r == 0)
        r = find_feature(fd, device, count, &feature);
    if (r == 0)
        r = is_active(fd, device, count, feature, &on);
    close(fd);
    return r < 0 || on;
}
