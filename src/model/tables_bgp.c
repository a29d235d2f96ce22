#include "tables_bgp.h"

/* How BGP runs, and BFD beside it. */

#define NO_FIELD                                                                                   \
    {                                                                                              \
        0                                                                                          \
    }

const struct model_when model_when_bgp = {.path = "routing", .values = {"bgp"}};
static const struct model_when bfd_on = {.path = "bfd.enabled", .values = {"true"}};

const struct model_field model_bgp_fields[] = {
    {.name = "holdSeconds",
     AT(struct model_bgp, hold_s),
     .type = MODEL_INT,
     .min = 3,
     .max = 65535,
     .default_json = "30",
     .when = &model_when_bgp,
     .label = {"Hold time", "保持时间"},
     .description = {"Silence of the peer after which a session ends; the shorter of both ends'",
                     "对端静默多久后会话中断；取两端中较短者"},
     .unit = {"seconds", "秒"}},
    {.name = "gracefulRestartSeconds",
     AT(struct model_bgp, graceful_restart_s),
     .type = MODEL_INT,
     .max = 4095,
     .default_json = "120",
     .when = &model_when_bgp,
     .label = {"Graceful restart", "平滑重启"},
     .description = {"How long routes are kept while the other end's BGP restarts",
                     "一端的BGP重启时，路由保留多久"},
     .unit = {"seconds", "秒"},
     .zero = {"off", "关闭"}},
    {.name = "prepend",
     AT(struct model_bgp, prepend),
     .type = MODEL_INT,
     .max = 10,
     .default_json = "0",
     .when = &model_when_bgp,
     .label = {"Prepend", "AS路径追加"},
     .description = {"How often our own ASN is put before what is announced, once more each time: "
                     "the peer then prefers other ways",
                     "发布路由时额外追加本端ASN的次数，使对端优先选择其他路径"},
     .unit = {"times", "次"}},
    {.name = "communities",
     AT(struct model_bgp, communities),
     .type = MODEL_STRING,
     .list = true,
     .flags = MODEL_DISTINCT,
     .max_items = 16,
     .max_len = 32,
     .rule = &model_rule_community,
     .default_json = "[]",
     .when = &model_when_bgp,
     .label = {"Communities", "团体属性"},
     .description = {"Communities that are added to what is announced",
                     "为所发布的路由添加的团体属性"},
     .example = "65000:100"},
    {.name = "overLimit",
     AT(struct model_bgp, over_limit),
     .type = MODEL_ENUM,
     .default_json = "\"warn\"",
     .values = model_values_over_limits,
     .when = &model_when_bgp,
     .label = {"Beyond the quota", "超出配额时"},
     .description = {"What happens when the peer announces more routes than the quota of dynamic "
                     "routes allows",
                     "对端发布的路由超出动态路由配额时的处理"}},
    NO_FIELD,
};

const struct model_field model_bfd_fields[] = {
    {.name = "enabled",
     AT(struct model_bfd, enabled),
     .type = MODEL_BOOL,
     .default_json = "false",
     .when = &model_when_bgp,
     .label = {"BFD", "启用BFD"},
     .description = {"Ask the peer in short intervals whether it forwards, and end the BGP session "
                     "at once when it does not",
                     "以短间隔检测对端是否转发，失效时立即中断BGP会话"}},
    {.name = "intervalMs",
     AT(struct model_bfd, interval_ms),
     .type = MODEL_INT,
     .min = 50,
     .max = 60000,
     .default_json = "300",
     .when = &bfd_on,
     .label = {"BFD interval", "BFD间隔"},
     .description = {"Time between two packets of BFD", "两个BFD报文之间的间隔"},
     .unit = {"milliseconds", "毫秒"}},
    {.name = "multiplier",
     AT(struct model_bfd, multiplier),
     .type = MODEL_INT,
     .min = 2,
     .max = 50,
     .default_json = "3",
     .when = &bfd_on,
     .label = {"BFD multiplier", "BFD倍数"},
     .description = {"How many packets in a row may be missing", "允许连续丢失的报文数"}},
    NO_FIELD,
};
