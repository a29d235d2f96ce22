// The tokens with which machines join a region.
import { useState } from "preact/hooks";
import { call, pathOf } from "../api/call.ts";
import { useAttempt } from "../live/attempt.ts";
import { useBeat } from "../live/changes.ts";
import { fetchAll } from "../live/fetched.ts";
import { useLoaded, useNow } from "../live/hooks.ts";
import { Ago, Button, Dialog, Empty, Notice } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { Table } from "../ui/table.tsx";
import { dateTime } from "../words/time.ts";
import { t, type Word } from "../words/words.ts";
import { Ref } from "./names.tsx";
import { NewNodeToken } from "./newnodetoken.tsx";
import { AsOf } from "./ready.tsx";
import type { PartProps } from "./part.ts";

interface NodeToken {
    id: string;
    name: string;
    createdAt: string;
    roles: string[];
    nodeId?: string;
    expiresAt?: string;
}

const AGAIN_MS = 10_000;

export function NodeTokensPart({ who, item }: PartProps) {
    const region = item.id;
    const now = useNow();
    const beat = useBeat(AGAIN_MS);
    const path = pathOf(region, "nodeTokens");
    const loaded = useLoaded((signal) => fetchAll<NodeToken>(path, signal), [path, beat]);
    const [deleting, setDeleting] = useState<NodeToken>();
    const [making, setMaking] = useState(false);
    const error = loaded.error as Error | undefined;
    const may = who.role === "admin";
    return (
        <>
            <p class="faint">{t("node.tokens.text")}</p>
            <div class="tools">
                {may && (
                    <Button kind="primary" icon="add" onClick={() => setMaking(true)}>
                        {t("node.tokens.create")}
                    </Button>
                )}
                <span class="grow" />
                <AsOf at={loaded.at} again={loaded.again} />
            </div>
            {error && <Notice tone="bad">{error.message}</Notice>}
            <Table
                cards
                label={t("tab.nodeTokens")}
                rows={loaded.value ?? []}
                rowKey={(token) => token.id}
                empty={<Empty title={t("empty.list")} />}
                columns={[
                    { key: "id", title: t("id"), cell: (token) => <span class="id">{token.id}</span> },
                    { key: "name", title: t("name"), cell: (token) => token.name || "–" },
                    {
                        key: "node",
                        title: t("node.tokens.node"),
                        cell: (token) => (token.nodeId ? <Ref region={region} id={token.nodeId} /> : t("node.tokens.free")),
                    },
                    {
                        key: "roles",
                        title: t("node.tokens.roles"),
                        cell: (token) => token.roles.map((role) => t(`node.role.${role}` as Word)).join(", "),
                    },
                    { key: "created", title: t("created"), cell: (token) => <Ago at={token.createdAt} now={now} /> },
                    { key: "until", title: t("node.tokens.until"), cell: (token) => <Until token={token} now={now} /> },
                    {
                        key: "remove",
                        title: "",
                        cell: (token) =>
                            may && (
                                <Button
                                    kind="quiet"
                                    icon="trash"
                                    label={`${t("delete")} ${token.name || token.id}`}
                                    onClick={() => setDeleting(token)}
                                />
                            ),
                    },
                ]}
            />
            {making && <NewNodeToken region={region} onMade={loaded.again} onClose={() => setMaking(false)} />}
            {deleting && <DeleteToken path={path} token={deleting} onClose={() => (setDeleting(undefined), loaded.again())} />}
        </>
    );
}

function Until({ token, now }: { token: NodeToken; now: number }) {
    if (!token.expiresAt) return <span class="faint">–</span>;
    if (Date.parse(token.expiresAt) < now) return <span class="error">{t("node.tokens.past")}</span>;
    return <time dateTime={token.expiresAt}>{dateTime(token.expiresAt)}</time>;
}

function DeleteToken({ path, token, onClose }: { path: string; token: NodeToken; onClose: () => void }) {
    const { busy, problem, run } = useAttempt();
    const remove = async (): Promise<void> => {
        await call("DELETE", `${path}/${token.id}`);
        say(t("deleted", { name: token.name || token.id }));
        onClose();
    };
    return (
        <Dialog title={t("delete.ask", { name: token.name || token.id })} onClose={onClose}>
            <p>{t(token.nodeId ? "node.tokens.shut.out" : "delete.text")}</p>
            {problem && <Notice tone="bad">{problem.message}</Notice>}
            <footer>
                <Button onClick={onClose}>{t("cancel")}</Button>
                <Button kind="danger" busy={busy} onClick={() => void run(remove)}>
                    {t("delete")}
                </Button>
            </footer>
        </Dialog>
    );
}
