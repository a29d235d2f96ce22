// A way through tables as steps, one below the other, with the place where it ends.
import type { ComponentChildren } from "preact";
import type { Resource } from "../live/store.ts";
import { to } from "../route.ts";
import { Icon } from "../ui/icons.tsx";
import { Badge, type Tone } from "../ui/parts.tsx";
import { t } from "../words/words.ts";
import { kindTitle, pathOfResource } from "./names.tsx";
import { collectionOf, endOf, stepsOf, type Answer, type Entry, type Hop } from "./path.ts";
import { NextHop, routeTypeWord } from "./routes.tsx";
import { Said } from "./said.tsx";

export function PathPicture({ answer, region, source }: { answer: Answer; region: string; source: Resource | undefined }) {
    const end = endOf(answer);
    const tone: Tone = end === "unknown" ? "idle" : end === "lost" ? "bad" : "ok";
    return (
        <>
            <div class={`notice ${tone}`} role="status">
                <strong>
                    <Said region={region} text={answer.answer} />
                </strong>
            </div>
            <ol class="path">
                {source && (
                    <Place tone="idle" title={<Name collection="instances" region={region} id={source.id} name={source.name} />}>
                        {String(source["address"])}
                    </Place>
                )}
                {answer.path
                    ? answer.path.map((hop, at) => (
                          <HopPlace key={at} hop={hop} lost={end === "lost" && at === (answer.path?.length ?? 0) - 1} />
                      ))
                    : stepsOf(answer).map((step, at) => (
                          <Place key={at} tone={step.tone} title={<Said region={region} text={step.text} />} />
                      ))}
                <Place tone={tone} title={t(`path.${end}`)} end={end === "lost" ? "close" : "check"}>
                    {answer.pathEnd && <Said region={answer.path?.at(-1)?.regionId ?? region} text={answer.pathEnd} />}
                </Place>
            </ol>
            {answer.path && (
                <details>
                    <summary>{t("path.steps")}</summary>
                    <ol>
                        {answer.steps.map((step) => (
                            <li key={step}>
                                <Said region={region} text={step} />
                            </li>
                        ))}
                    </ol>
                </details>
            )}
        </>
    );
}

interface PlaceProps {
    tone: Tone;
    title: ComponentChildren;
    end?: "check" | "close";
    children?: ComponentChildren;
}

function Place({ tone, title, end, children }: PlaceProps) {
    return (
        <li class={`${tone} ${end ? "end" : ""}`}>
            {end && <Icon name={end} />}
            <strong>{title}</strong>
            {children && <div class="faint">{children}</div>}
        </li>
    );
}

function Name({ collection, region, id, name }: { collection: string; region: string; id: string; name: string }) {
    return (
        <>
            <span class="faint">{kindTitle(collection)}</span>{" "}
            <a href={to(pathOfResource(collection, region, id))} title={`${id} · ${region}`}>
                {name || id}
            </a>
        </>
    );
}

function HopPlace({ hop, lost }: { hop: Hop; lost: boolean }) {
    const name = <Name collection={collectionOf(hop.kind)} region={hop.regionId} id={hop.id} name={hop.name} />;
    return (
        <Place tone={lost ? "bad" : "ok"} title={name}>
            {hop.address}
            {hop.entries?.map((entry) => (
                <EntryLine key={entry.destination + entry.nextHop} entry={entry} region={hop.regionId} />
            ))}
            {(hop.entries?.length ?? 0) > 1 && <div>{t("path.shared")}</div>}
            {hop.destinationThere && <div>{t("path.seenTo", { address: hop.destinationThere })}</div>}
            {hop.sourceThere && <div>{t("path.seenFrom", { address: hop.sourceThere })}</div>}
            {hop.tunnels?.map((tunnel) => (
                <div key={tunnel.id}>
                    <Badge tone={tunnel.usable ? "ok" : "bad"}>{tunnel.usable ? t("path.usable") : t("path.unusable")}</Badge>{" "}
                    <a href={to(pathOfResource("vpnTunnels", hop.regionId, tunnel.id))}>{tunnel.name || tunnel.id}</a>{" "}
                    <code>
                        {tunnel.cloudAddress} ↔ {tunnel.customerAddress}
                    </code>
                </div>
            ))}
        </Place>
    );
}

function EntryLine({ entry, region }: { entry: Entry; region: string }) {
    return (
        <div>
            <code>{entry.destination}</code> ({routeTypeWord(entry.type)}) →{" "}
            <NextHop region={region} id={entry.nextHop} type={entry.nextHopType} />
        </div>
    );
}
