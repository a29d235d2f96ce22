// Asks before something is deleted, and names what holds it when it cannot be.
import { useState } from "preact/hooks";
import { call, pathOf, Problem } from "../api/call.ts";
import type { Resource } from "../live/store.ts";
import { Button, Dialog, Notice } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { t } from "../words/words.ts";
import { to } from "../route.ts";
import { kindOf, kindOfId } from "../forms/schema.ts";
import { pathOfResource } from "./names.tsx";

interface Holder {
    kind: string;
    id: string;
    name?: string;
}

interface Props {
    collection: string;
    items: Resource[];
    onClose: () => void;
    onDone: () => void;
}

const isUp = (collection: string, item: Resource): boolean => collection === "vpnTunnels" && item["adminState"] !== "down";

/** A tunnel goes only when it is switched off: that moves its traffic first. */
async function takeDown(collection: string, item: Resource): Promise<void> {
    if (isUp(collection, item)) await call("PATCH", pathOf(item.regionId ?? "", collection, item.id), { body: { adminState: "down" } });
}

export function DeleteDialog({ collection, items, onClose, onDone }: Props) {
    const [busy, setBusy] = useState(false);
    const [failed, setFailed] = useState<{ item: Resource; problem: Problem }>();
    const [first] = items;
    const remove = async (): Promise<void> => {
        setBusy(true);
        for (const item of items) {
            try {
                await takeDown(collection, item);
                await call("DELETE", pathOf(kindOf(collection)?.regional ? (item.regionId ?? "") : "", collection, item.id));
            } catch (error) {
                setBusy(false);
                if (error instanceof Problem && error.status !== 404) return setFailed({ item, problem: error });
            }
        }
        onDone();
        onClose();
        say(t("deleted", { name: items.length === 1 && first ? first.name : String(items.length) }));
    };
    return (
        <Dialog
            title={items.length === 1 && first ? t("delete.ask", { name: first.name }) : t("delete.ask.many", { count: items.length })}
            onClose={onClose}
        >
            <p>{t("delete.text")}</p>
            {items.some((item) => isUp(collection, item)) && <p>{t("delete.tunnels")}</p>}
            {items.length > 1 && (
                <ul class="plain">
                    {items.slice(0, 12).map((item) => (
                        <li key={item.id}>{item.name}</li>
                    ))}
                    {items.length > 12 && <li>…</li>}
                </ul>
            )}
            {failed && (
                <Notice tone="bad" title={failed.item.name}>
                    {failed.problem.message}
                    <Holders problem={failed.problem} region={failed.item.regionId ?? ""} onClose={onClose} />
                </Notice>
            )}
            <footer>
                <Button onClick={onClose}>{t("cancel")}</Button>
                <Button kind="danger" busy={busy} onClick={() => void remove()}>
                    {t("delete")}
                </Button>
            </footer>
        </Dialog>
    );
}

function Holders({ problem, region, onClose }: { problem: Problem; region: string; onClose: () => void }) {
    const holders = (problem.body.holders ?? []) as unknown as Holder[];
    if (holders.length === 0) return null;
    return (
        <>
            <p>{t("delete.held")}</p>
            <ul class="plain">
                {holders.map((holder) => (
                    <li key={holder.id}>
                        <a href={to(pathOfResource(kindOfId(holder.id)?.collection ?? "", region, holder.id))} onClick={onClose}>
                            {holder.name ?? holder.id}
                        </a>
                    </li>
                ))}
            </ul>
        </>
    );
}
