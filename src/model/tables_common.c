#include "model_internal.h"

/* Fields that resources of every kind have. */

#define NO_FIELD                                                                                   \
    {                                                                                              \
        0                                                                                          \
    }

static const struct model_field condition_fields[] = {
    {.name = "type",
     .type = MODEL_STRING,
     .access = MODEL_STATUS,
     .label = {"Type", "类型"},
     .description = {"What the condition is about", "状况的主题"}},
    {.name = "status",
     .type = MODEL_ENUM,
     .access = MODEL_STATUS,
     .values = model_values_conditions,
     .label = {"Status", "状态"},
     .description = {"Whether it holds", "该状况是否成立"}},
    {.name = "reason",
     .type = MODEL_STRING,
     .access = MODEL_STATUS,
     .label = {"Reason", "原因"},
     .description = {"Why, in one word for programs", "原因，供程序识别的单词"}},
    {.name = "message",
     .type = MODEL_STRING,
     .access = MODEL_STATUS,
     .flags = MODEL_WORDS,
     .max_len = 512,
     .label = {"Message", "说明"},
     .description = {"Why, in a sentence for people", "原因，供阅读的语句"}},
    {.name = "since",
     .type = MODEL_TIME,
     .access = MODEL_STATUS,
     .label = {"Since", "起始时间"},
     .description = {"When it last changed", "最近一次变化的时间"}},
    NO_FIELD,
};

#define COMMON_ID(id_access, id_flags, id_max, id_rule)                                            \
    {                                                                                              \
        .name = "id", AT(struct model_resource, id), .type = MODEL_STRING, .access = (id_access),  \
        .flags = (id_flags), .max_len = (id_max), .rule = (id_rule), .label = {"ID", "ID"},        \
        .description = {"Identifier", "资源的标识"},                                               \
    }

#define COMMON_REST                                                                                \
    {.name = "name",                                                                               \
     AT(struct model_resource, name),                                                              \
     .type = MODEL_STRING,                                                                         \
     .flags = MODEL_ALLOCATED | MODEL_COLUMN,                                                      \
     .max_len = 64,                                                                                \
     .rule = &model_rule_name,                                                                     \
     .label = {"Name", "名称"},                                                                    \
     .description = {"Name for people; the id when not given", "便于识别的名称；未指定时为ID"},    \
     .example = "office"},                                                                         \
        {.name = "description",                                                                    \
         AT(struct model_resource, description),                                                   \
         .type = MODEL_STRING,                                                                     \
         .max_len = 256,                                                                           \
         .default_json = "\"\"",                                                                   \
         .label = {"Description", "描述"},                                                         \
         .description = {"Free text", "任意文字"}},                                                \
        {.name = "tags",                                                                           \
         AT(struct model_resource, tags),                                                          \
         .type = MODEL_TEXT_MAP,                                                                   \
         .max_items = 50,                                                                          \
         .default_json = "{}",                                                                     \
         .label = {"Tags", "标签"},                                                                \
         .description = {"Labels: up to 50 keys of 1-128 and values of up to 256 characters",      \
                         "标签：最多50个，键1到128个字符，值最多256个字符"},                       \
         .example = "team=net"},                                                                   \
        {.name = "createdAt",                                                                      \
         AT(struct model_resource, created_us),                                                    \
         .type = MODEL_TIME,                                                                       \
         .access = MODEL_READ_ONLY,                                                                \
         .section = MODEL_SECTION_RECORD,                                                          \
         .label = {"Created", "创建时间"},                                                         \
         .description = {"When it was created", "创建的时间"}},                                    \
        {.name = "updatedAt",                                                                      \
         AT(struct model_resource, updated_us),                                                    \
         .type = MODEL_TIME,                                                                       \
         .access = MODEL_READ_ONLY,                                                                \
         .section = MODEL_SECTION_RECORD,                                                          \
         .label = {"Last changed", "更新时间"},                                                    \
         .description = {"When it last changed", "最近一次修改的时间"}},                           \
        {.name = "revision",                                                                       \
         AT(struct model_resource, revision),                                                      \
         .type = MODEL_INT,                                                                        \
         .access = MODEL_READ_ONLY,                                                                \
         .min = 1,                                                                                 \
         .max = INT64_MAX,                                                                         \
         .section = MODEL_SECTION_RECORD,                                                          \
         .label = {"Revision", "版本"},                                                            \
         .description = {"Grows with every change; goes into If-Match",                            \
                         "每次修改后递增；用于If-Match"}},                                         \
        {.name = "observedRevision",                                                               \
         .type = MODEL_INT,                                                                        \
         .access = MODEL_STATUS,                                                                   \
         .max = INT64_MAX,                                                                         \
         .section = MODEL_SECTION_STATUS,                                                          \
         .label = {"Observed revision", "已生效版本"},                                             \
         .description = {"Newest revision that the nodes have carried out",                        \
                         "节点已经落实的最新版本"}},                                               \
        {.name = "conditions",                                                                     \
         .type = MODEL_OBJECT,                                                                     \
         .list = true,                                                                             \
         .access = MODEL_STATUS,                                                                   \
         .fields = condition_fields,                                                               \
         .section = MODEL_SECTION_STATUS,                                                          \
         .label = {"Conditions", "状况"},                                                          \
         .description = {"What holds of it at present, and since when",                            \
                         "当前成立的状况及其起始时间"}},                                           \
        NO_FIELD

const struct model_field model_region_common[] = {
    COMMON_ID(MODEL_CREATE_ONLY, MODEL_REQUIRED | MODEL_COLUMN, 32, &model_rule_region_id),
    COMMON_REST,
};

const struct model_field model_token_common[] = {
    COMMON_ID(MODEL_READ_ONLY, MODEL_COLUMN, 32, NULL),
    COMMON_REST,
};

const struct model_field model_user_common[] = {
    COMMON_ID(MODEL_CREATE_ONLY, MODEL_REQUIRED | MODEL_COLUMN, 64, &model_rule_user),
    COMMON_REST,
};

const struct model_field model_common[] = {
    COMMON_ID(MODEL_READ_ONLY, MODEL_COLUMN, ADDR_TEXT_MAX - 1, NULL),
    {.name = "regionId",
     AT(struct model_resource, region_id),
     .type = MODEL_STRING,
     .access = MODEL_READ_ONLY,
     .max_len = 32,
     .section = MODEL_SECTION_RECORD,
     .label = {"Region", "区域"},
     .description = {"Region it lives in", "资源所在的区域"}},
    {.name = "projectId",
     AT(struct model_resource, project_id),
     .type = MODEL_STRING,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_ALLOCATED,
     .max_len = 64,
     .rule = &model_rule_name,
     .label = {"Project", "项目"},
     .description = {"Project it belongs to", "资源所属的项目"}},
    COMMON_REST,
};
