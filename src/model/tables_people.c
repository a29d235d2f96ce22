#include "model_internal.h"

/* Who may do what: tokens for programs, users for people. They belong to no region and are no part
 * of a snapshot; control keeps them as JSON. */

#define NO_FIELD                                                                                   \
    {                                                                                              \
        0                                                                                          \
    }

static const char *const roles[] = {"viewer", "operator", "admin", NULL};

#define RIGHTS                                                                                     \
    {.name = "role",                                                                               \
     .type = MODEL_ENUM,                                                                           \
     .flags = MODEL_REQUIRED | MODEL_COLUMN,                                                       \
     .values = roles,                                                                              \
     .description = "A viewer reads all but keys, an operator changes, an admin does everything",  \
     .zh = "角色"},                                                                                \
        {.name = "projectId",                                                                      \
         .type = MODEL_STRING,                                                                     \
         .flags = MODEL_COLUMN,                                                                    \
         .max_len = 64,                                                                            \
         .rule = &model_rule_name,                                                                 \
         .description = "The only project it is for; all of them when not given",                  \
         .zh = "项目"},                                                                            \
        {.name = "regions",                                                                        \
         .type = MODEL_STRING,                                                                     \
         .list = true,                                                                             \
         .flags = MODEL_DISTINCT,                                                                  \
         .max_items = MODEL_RIGHTS_REGIONS_MAX,                                                    \
         .max_len = 32,                                                                            \
         .rule = &model_rule_region_id,                                                            \
         .default_json = "[]",                                                                     \
         .description = "The only regions it is for; all of them when empty",                      \
         .zh = "可用区域"},                                                                        \
    {                                                                                              \
        .name = "mayRevealKeys", .type = MODEL_BOOL, .default_json = "false",                      \
        .description = "Whether an operator may see pre-shared keys; an admin always may",         \
        .zh = "可查看密钥"                                                                    \
    }

static const struct model_field token_fields[] = {
    RIGHTS,
    {.name = "expiresInSeconds",
     .type = MODEL_INT,
     .access = MODEL_ACTION,
     .min = 1,
     .max = 315360000,
     .unit = "seconds",
     .description = "How long it works; for ever when not given",
     .zh = "有效期"},
    {.name = "expiresAt",
     .type = MODEL_TIME,
     .access = MODEL_READ_ONLY,
     .flags = MODEL_COLUMN,
     .description = "When it stops to work",
     .zh = "到期时间"},
    NO_FIELD,
};

static const struct model_field user_fields[] = {
    RIGHTS,
    {.name = "disabled",
     .type = MODEL_BOOL,
     .flags = MODEL_COLUMN,
     .default_json = "false",
     .description = "Whether the user is locked out",
     .zh = "已停用"},
    {.name = "password",
     .type = MODEL_STRING,
     .flags = MODEL_SECRET,
     .max_len = 128,
     .rule = &model_rule_password,
     .description =
         "Only its scrypt hash is kept; without one the user chooses it through the link",
     .zh = "密码"},
    {.name = "passwordSet",
     .type = MODEL_BOOL,
     .access = MODEL_READ_ONLY,
     .description = "Whether there is a password",
     .zh = "已设置密码"},
    NO_FIELD,
};

const struct model_kind model_token_kind = {
    MODEL_TOKEN, "token",     "tokens",
    "token",     "tok-",      "What a program shows to be let in; kept as a hash and shown once",
    "令牌",      token_fields};

const struct model_kind model_user_kind = {
    MODEL_USER, "user",     "users", "user", "", "A person who logs in to the console",
    "用户",     user_fields};
