#include "esp_internal.h"

const struct esp_ops *esp_ops_find(enum esp_engine_kind kind)
{
#ifdef ESP_HAVE_IPSEC_MB
    if (kind != ESP_ENGINE_LIBCRYPTO && esp_ipsec_mb_works())
        return &esp_ipsec_mb_ops;
#endif
    return kind == ESP_ENGINE_IPSEC_MB ? NULL : &esp_libcrypto_ops;
}

int esp_engine_new(enum esp_engine_kind kind, struct esp_engine **ret)
{
    const struct esp_ops *ops = esp_ops_find(kind);

    return ops ? ops->engine_new(ret) : -EOPNOTSUPP;
}

void esp_engine_free(struct esp_engine *engine)
{
    if (engine)
        engine->ops->engine_free(engine);
}

const char *esp_engine_name(const struct esp_engine *engine)
{
    return engine->ops->name(engine);
}
