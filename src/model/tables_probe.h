/* tables_probe.h - the fields of probes that tunnels and private interfaces have in common. */
#ifndef ROPEWAY_MODEL_TABLES_PROBE_H
#define ROPEWAY_MODEL_TABLES_PROBE_H

#include "model_internal.h"

/* What was found out. */
#define MODEL_PROBE_STATE_ROW(what_en_, what_zh_)                                                  \
    {                                                                                              \
        .name = "probeState", .type = MODEL_ENUM, .access = MODEL_STATUS,                          \
        .values = model_values_probe_states, .section = MODEL_SECTION_STATUS,                      \
        .label = {"Probes", "探测状态"}, .description = {                                          \
            what_en_,                                                                              \
            what_zh_                                                                               \
        }                                                                                          \
    }

#define MODEL_PROBE_TIME_ROWS                                                                      \
    {.name = "rttMicroseconds",                                                                    \
     .type = MODEL_INT,                                                                            \
     .access = MODEL_STATUS,                                                                       \
     .max = INT64_MAX,                                                                             \
     .section = MODEL_SECTION_STATUS,                                                              \
     .label = {"Round-trip time", "往返时延"},                                                     \
     .description = {"Mean round-trip time of the last probes, of about ten seconds; absent "      \
                     "without answers",                                                            \
                     "最近约10秒探测的平均往返时延；没有应答时不显示"},                            \
     .unit = {"microseconds", "微秒"}},                                                            \
        {.name = "rttJitterMicroseconds",                                                          \
         .type = MODEL_INT,                                                                        \
         .access = MODEL_STATUS,                                                                   \
         .max = INT64_MAX,                                                                         \
         .section = MODEL_SECTION_STATUS,                                                          \
         .label = {"Jitter", "时延抖动"},                                                          \
         .description = {"By how much the round-trip times of the last probes differ from one to " \
                         "the next, in the mean; absent without answers",                          \
                         "最近探测中相邻两次往返时延之差的平均值；没有应答时不显示"},              \
         .unit = {"microseconds", "微秒"}},                                                        \
    {                                                                                              \
        .name = "lossPercent", .type = MODEL_INT, .access = MODEL_STATUS, .max = 100,              \
        .section = MODEL_SECTION_STATUS, .label = {"Loss", "丢包率"},                              \
        .description = {"Share of the last probes that was lost, rounded up; absent while the "    \
                        "peer has never answered",                                                 \
                        "最近探测的丢失比例，向上取整；对端从未应答时不显示"},                     \
        .unit = {                                                                                  \
            "percent",                                                                             \
            "%"                                                                                    \
        }                                                                                          \
    }

/* What was counted. */
#define MODEL_PROBE_COUNT_ROWS                                                                     \
    {.name = "probesAnswered",                                                                     \
     .type = MODEL_INT,                                                                            \
     .access = MODEL_STATUS,                                                                       \
     .max = INT64_MAX,                                                                             \
     .label = {"Probes answered", "探测应答数"},                                                   \
     .description = {"Probes that the peer answered in time", "对端按时应答的探测数"},             \
     .unit = {"probes", "次"}},                                                                    \
        {.name = "probesLost",                                                                     \
         .type = MODEL_INT,                                                                        \
         .access = MODEL_STATUS,                                                                   \
         .max = INT64_MAX,                                                                         \
         .label = {"Probes lost", "探测丢失数"},                                                   \
         .description = {"Probes without an answer in time, of a peer that has answered before",   \
                         "曾应答的对端未按时应答的探测数"},                                        \
         .unit = {"probes", "次"}},                                                                \
        {.name = "probeMicroseconds",                                                              \
         .type = MODEL_INT,                                                                        \
         .access = MODEL_STATUS,                                                                   \
         .max = INT64_MAX,                                                                         \
         .label = {"Probe time", "探测总时延"},                                                    \
         .description = {"Round-trip times of the probes answered, added up",                      \
                         "已应答探测的往返时延之和"},                                              \
         .unit = {"microseconds", "微秒"}},                                                        \
    {                                                                                              \
        .name = "probeJitterMicroseconds", .type = MODEL_INT, .access = MODEL_STATUS,              \
        .max = INT64_MAX, .label = {"Jitter of probes", "探测抖动总量"},                           \
        .description = {"By how much the round-trip time of each probe answered differed from "    \
                        "the one before, added up",                                                \
                        "每次已应答探测与前一次往返时延之差的总和"},                               \
        .unit = {                                                                                  \
            "microseconds",                                                                        \
            "微秒"                                                                               \
        }                                                                                          \
    }

#endif
