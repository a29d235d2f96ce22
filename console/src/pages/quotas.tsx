// How much of what a region may hold is used: by each limit, where most of it is used.
import { call, pathOf } from "../api/call.ts";
import type { QuotaUse } from "../api/types.ts";
import { useBeat } from "../live/changes.ts";
import { useLoaded } from "../live/hooks.ts";
import { Badge, Busy, Empty, Notice } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { language, t } from "../words/words.ts";
import { Ref } from "./names.tsx";
import { toneOf } from "./overview-quota.ts";
import type { PartProps } from "./part.ts";
import { AsOf } from "./ready.tsx";

const AGAIN_MS = 15_000;

export function QuotasPart({ item }: PartProps) {
    const region = item.id;
    const beat = useBeat(AGAIN_MS);
    const loaded = useLoaded(
        async (signal) => (await call<{ items: QuotaUse[] }>("GET", pathOf(region, "quotas"), { signal })).items,
        [region, beat, language()],
    );
    const error = loaded.error as Error | undefined;
    if (!loaded.value && !error) return <Busy />;
    return (
        <>
            <div class="tools">
                <p class="faint grow">{t("quota.text")}</p>
                <AsOf at={loaded.at} again={loaded.again} />
            </div>
            {error && <Notice tone="bad">{error.message}</Notice>}
            <Table
                cards
                label={t("quota.title")}
                rows={loaded.value ?? []}
                rowKey={(quota) => quota.name}
                empty={<Empty title={t("empty.list")} />}
                columns={[
                    { key: "name", title: t("quota.limit.of"), help: t("quota.text"), cell: (quota) => quota.description },
                    {
                        key: "used",
                        title: t("quota.used"),
                        cell: (quota) => (
                            <Badge tone={toneOf(quota)}>
                                {quota.used === undefined
                                    ? t("quota.uncounted", { limit: quota.limit })
                                    : t("quota.use", { used: quota.used, limit: quota.limit })}
                            </Badge>
                        ),
                    },
                    {
                        key: "most",
                        title: t("quota.most"),
                        cell: (quota) => (quota.resourceId ? <Ref region={region} id={quota.resourceId} /> : <span class="faint">–</span>),
                    },
                    { key: "code", title: t("quota.name"), cell: (quota) => <code>{quota.name}</code> },
                ]}
            />
        </>
    );
}
