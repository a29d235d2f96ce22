#include "model_internal.h"

/* Who may do what: tokens for programs, users for people. They belong to no region and are no part
 * of a snapshot; control keeps them as JSON. */

#define NO_FIELD                                                                                   \
    {                                                                                              \
        0                                                                                          \
    }

#define RIGHTS                                                                                     \
    {.name = "role",                                                                               \
     .type = MODEL_ENUM,                                                                           \
     .flags = MODEL_REQUIRED | MODEL_COLUMN,                                                       \
     .values = model_values_people_roles,                                                          \
     .label = {"Role", "角色"},                                                                    \
     .description = {"A viewer reads all but keys, an operator changes, an admin does everything", \
                     "只读用户可查看除密钥外的全部内容，操作员可更改，管理员拥有全部权限"}},       \
        {.name = "projectId",                                                                      \
         .type = MODEL_STRING,                                                                     \
         .flags = MODEL_COLUMN,                                                                    \
         .max_len = 64,                                                                            \
         .rule = &model_rule_name,                                                                 \
         .label = {"Project", "项目"},                                                             \
         .description = {"The only project it is for; all of them when not given",                 \
                         "仅限的项目；未指定时为全部项目"}},                                       \
        {.name = "regions",                                                                        \
         .type = MODEL_STRING,                                                                     \
         .list = true,                                                                             \
         .flags = MODEL_DISTINCT,                                                                  \
         .max_items = MODEL_RIGHTS_REGIONS_MAX,                                                    \
         .max_len = 32,                                                                            \
         .rule = &model_rule_region_id,                                                            \
         .default_json = "[]",                                                                     \
         .label = {"Regions", "可用区域"},                                                         \
         .description = {"The only regions it is for; all of them when empty",                     \
                         "仅限的区域；为空时为全部区域"}},                                         \
    {                                                                                              \
        .name = "mayRevealKeys", .type = MODEL_BOOL, .default_json = "false",                      \
        .label = {"May reveal keys", "可查看密钥"}, .description = {                               \
            "Whether an operator may see pre-shared keys; an admin always may",                    \
            "操作员是否可查看预共享密钥；管理员始终可以"                      \
        }                                                                                          \
    }

static const struct model_field token_fields[] = {
    RIGHTS,
    {.name = "expiresInSeconds",
     .type = MODEL_INT,
     .access = MODEL_ACTION,
     .min = 1,
     .max = 315360000,
     .unit = {"seconds", "秒"},
     .label = {"Expires in", "有效期"},
     .description = {"How long it works; for ever when not given",
                     "令牌的有效时长；未指定时永久有效"}},
    {.name = "expiresAt",
     .type = MODEL_TIME,
     .access = MODEL_READ_ONLY,
     .flags = MODEL_COLUMN,
     .label = {"Expires", "到期时间"},
     .description = {"When it stops to work", "令牌失效的时间"}},
    NO_FIELD,
};

static const struct model_field user_fields[] = {
    RIGHTS,
    {.name = "disabled",
     .type = MODEL_BOOL,
     .flags = MODEL_COLUMN,
     .default_json = "false",
     .label = {"Disabled", "已停用"},
     .description = {"Whether the user is locked out", "用户是否被停用"}},
    {.name = "password",
     .type = MODEL_STRING,
     .flags = MODEL_SECRET,
     .max_len = 128,
     .rule = &model_rule_password,
     .label = {"Password", "密码"},
     .description =
         {"Only its scrypt hash is kept; without one the user chooses it through the link",
          "仅保存其scrypt散列；未指定时由用户通过邀请链接设置"}},
    {.name = "passwordSet",
     .type = MODEL_BOOL,
     .access = MODEL_READ_ONLY,
     .label = {"Password set", "已设置密码"},
     .description = {"Whether there is a password", "是否已设置密码"}},
    NO_FIELD,
};

const struct model_kind model_token_kind = {
    MODEL_TOKEN,
    "token",
    "tokens",
    "token",
    "tok-",
    {"Token", "令牌"},
    {"What a program shows to be let in; kept as a hash and shown once",
     "程序访问所用的凭证；仅保存散列，只显示一次"},
    token_fields};

const struct model_kind model_user_kind = {
    MODEL_USER,
    "user",
    "users",
    "user",
    "",
    {"User", "用户"},
    {"A person who logs in to the console", "登录控制台的人员"},
    user_fields};
