// What is wrong, in a sentence each, and what to do about it.
import { useState } from "preact/hooks";
import { to } from "../route.ts";
import { Button, LinkButton } from "../ui/parts.tsx";
import { dateTime, lasting } from "../words/time.ts";
import { t } from "../words/words.ts";
import { pathOfResource, StateBadge } from "./names.tsx";
import type { Trouble } from "./overview-trouble.ts";

const FEW = 4;
const MANY = 100;

export function Attention({ troubles, now }: { troubles: readonly Trouble[]; now: number }) {
    const [all, setAll] = useState(false);
    const shown = troubles.slice(0, all ? MANY : FEW);
    const more = Math.min(troubles.length, MANY) - FEW;
    return (
        <section class="card attention" aria-labelledby="attention">
            <h2 id="attention">
                {t("trouble.title")} <span class="count">{troubles.length}</span>
            </h2>
            <ul>
                {shown.map((trouble) => (
                    <TroubleRow key={trouble.key} trouble={trouble} now={now} />
                ))}
            </ul>
            {more > 0 && (
                <Button onClick={() => setAll(!all)} aria-expanded={all}>
                    {all ? t("trouble.fewer") : t("trouble.more", { n: more })}
                </Button>
            )}
        </section>
    );
}

function TroubleRow({ trouble, now }: { trouble: Trouble; now: number }) {
    const { collection, item, state, hint } = trouble;
    const path = pathOfResource(collection, item.regionId ?? "", item.id);
    return (
        <li class={state.tone}>
            <div class="grow">
                <div>
                    <StateBadge collection={collection} item={item} /> <a href={to(path)}>{item.name}</a>{" "}
                    <span class="faint">
                        {item.regionId}
                        {state.since && (
                            <>
                                {" · "}
                                <time dateTime={state.since} title={dateTime(state.since)}>
                                    {lasting(now - Date.parse(state.since))}
                                </time>
                            </>
                        )}
                    </span>
                </div>
                <p>{state.why || (collection === "nodes" ? "" : t("trouble.unsaid"))}</p>
                {hint && (
                    <p>
                        <strong>{t("trouble.todo")}</strong> {hint}
                    </p>
                )}
            </div>
            {collection === "vpnTunnels" && <LinkButton href={to([...path, "log"])}>{t("tab.log")}</LinkButton>}
        </li>
    );
}
