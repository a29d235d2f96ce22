/* tables_bgp.h - the fields of BGP that VPN connections and private interfaces have in common. */
#ifndef ROPEWAY_MODEL_TABLES_BGP_H
#define ROPEWAY_MODEL_TABLES_BGP_H

#include "model_internal.h"

/* routing is bgp. */
extern const struct model_when model_when_bgp;
extern const struct model_field model_bgp_fields[];
extern const struct model_field model_bfd_fields[];

/* Of a struct that has them by the usual names. */
#define MODEL_BGP_ROWS(type_)                                                                      \
    {.name = "bgp",                                                                                \
     AT(type_, bgp),                                                                               \
     .type = MODEL_OBJECT,                                                                         \
     .default_json = "{}",                                                                         \
     .fields = model_bgp_fields,                                                                   \
     .section = MODEL_SECTION_BGP,                                                                 \
     .label = {"BGP", "BGP"},                                                                      \
     .description = {"How BGP runs", "BGP的运行参数"}},                                            \
        {.name = "bfd",                                                                            \
         AT(type_, bfd),                                                                           \
         .type = MODEL_OBJECT,                                                                     \
         .default_json = "{}",                                                                     \
         .fields = model_bfd_fields,                                                               \
         .section = MODEL_SECTION_BGP,                                                             \
         .label = {"BFD", "BFD"},                                                                  \
         .description = {"Fast detection of a peer that does not forward",                         \
                         "快速检测对端转发失效"}},                                                 \
        {.name = "bgpPassword",                                                                    \
         AT(type_, bgp_password),                                                                  \
         .type = MODEL_STRING,                                                                     \
         .flags = MODEL_SECRET | MODEL_WRITE_ONLY,                                                 \
         .max_len = 80,                                                                            \
         .rule = &model_rule_bgp_password,                                                         \
         .when = &model_when_bgp,                                                                  \
         .section = MODEL_SECTION_BGP,                                                             \
         .label = {"BGP password", "BGP密码"},                                                     \
         .description = {"Password of TCP MD5 signatures (RFC 2385), never shown; empty for none", \
                         "TCP MD5签名（RFC 2385）的密码，不会再显示；留空表示不使用"}},            \
        {.name = "importPrefixes",                                                                 \
         AT(type_, import_prefixes),                                                               \
         .type = MODEL_CIDR,                                                                       \
         .list = true,                                                                             \
         .flags = MODEL_DISTINCT,                                                                  \
         .max_items = 100,                                                                         \
         .default_json = "[]",                                                                     \
         .when = &model_when_bgp,                                                                  \
         .section = MODEL_SECTION_BGP,                                                             \
         .label = {"Import prefixes", "导入前缀"},                                                 \
         .description = {"Only what lies inside one of them is learned; all if there are none",    \
                         "只学习位于其中之一范围内的路由；为空时学习全部"},                        \
         .example = "10.2.0.0/16"},                                                                \
    {                                                                                              \
        .name = "exportPrefixes", AT(type_, export_prefixes), .type = MODEL_CIDR, .list = true,    \
        .flags = MODEL_DISTINCT, .max_items = 100, .default_json = "[]", .when = &model_when_bgp,  \
        .section = MODEL_SECTION_BGP, .label = {"Export prefixes", "导出前缀"},                    \
        .description = {"Only what lies inside one of them is announced; all if there are none",   \
                        "只发布位于其中之一范围内的路由；为空时发布全部"},                         \
        .example = "10.1.0.0/16"                                                                   \
    }

/* What a node says of a session: first of all, and how much it carries. */
#define MODEL_BGP_STATE_ROWS                                                                       \
    {.name = "bgpState",                                                                           \
     .type = MODEL_ENUM,                                                                           \
     .access = MODEL_STATUS,                                                                       \
     .values = model_values_bgp_states,                                                            \
     .section = MODEL_SECTION_STATUS,                                                              \
     .label = {"BGP state", "BGP状态"},                                                            \
     .description = {"State of the BGP session; absent without BGP",                               \
                     "BGP会话的状态；不使用BGP时不显示"}},                                         \
        {.name = "bgpSince",                                                                       \
         .type = MODEL_TIME,                                                                       \
         .access = MODEL_STATUS,                                                                   \
         .section = MODEL_SECTION_STATUS,                                                          \
         .label = {"BGP since", "BGP状态始于"},                                                    \
         .description = {"When bgpState last changed", "BGP状态最近一次变化的时间"}},              \
        {.name = "bgpLastError",                                                                   \
         .type = MODEL_STRING,                                                                     \
         .access = MODEL_STATUS,                                                                   \
         .flags = MODEL_WORDS,                                                                     \
         .max_len = 512,                                                                           \
         .section = MODEL_SECTION_STATUS,                                                          \
         .label = {"BGP's last error", "BGP最近的错误"},                                           \
         .description = {"Why the session is not up, or last went down",                           \
                         "会话未建立或最近一次中断的原因"}},                                       \
    {                                                                                              \
        .name = "bgpPeerAsn", .type = MODEL_INT, .access = MODEL_STATUS, .max = UINT32_MAX,        \
        .section = MODEL_SECTION_STATUS, .label = {"Peer's ASN", "对端ASN"}, .description = {      \
            "Which the peer gave when the session was opened",                                     \
            "建立会话时对端给出的ASN"                                                    \
        }                                                                                          \
    }

#define MODEL_BGP_COUNT_ROWS                                                                       \
    {.name = "bgpLearned",                                                                         \
     .type = MODEL_INT,                                                                            \
     .access = MODEL_STATUS,                                                                       \
     .max = INT64_MAX,                                                                             \
     .section = MODEL_SECTION_STATUS,                                                              \
     .label = {"Prefixes learned", "学到的前缀数"},                                                \
     .description = {"Prefixes that came from the peer", "从对端学到的前缀数"},                    \
     .unit = {"prefixes", "个"}},                                                                  \
        {.name = "bgpAnnounced",                                                                   \
         .type = MODEL_INT,                                                                        \
         .access = MODEL_STATUS,                                                                   \
         .max = INT64_MAX,                                                                         \
         .section = MODEL_SECTION_STATUS,                                                          \
         .label = {"Prefixes announced", "发布的前缀数"},                                          \
         .description = {"Prefixes that the peer was told of", "向对端发布的前缀数"},              \
         .unit = {"prefixes", "个"}},                                                              \
    {                                                                                              \
        .name = "bfdState", .type = MODEL_ENUM, .access = MODEL_STATUS,                            \
        .values = model_values_bfd_states, .section = MODEL_SECTION_STATUS,                        \
        .label = {"BFD state", "BFD状态"}, .description = {                                        \
            "Whether BFD reaches the peer; absent without BFD",                                    \
            "BFD能否到达对端；不使用BFD时不显示"                                     \
        }                                                                                          \
    }

#endif
