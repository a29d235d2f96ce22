// A guide as data: which calls it makes, in which order, what each waits for, and when it is done. What has been made is
// known by labels on the resources themselves, so whoever opens the guide anywhere goes on from what is there. Pure.
import type { Method } from "../../api/call.ts";
import type { Resource } from "../../live/store.ts";
import type { Word } from "../../words/words.ts";

export type Body = Record<string, unknown>;

/** Resources as they are now. */
export interface World {
    all(collection: string): readonly Resource[];
    /** Whether this browser has set the key of the pair of tunnels itself, and so can give it to the other side. */
    keySet(pair: string): boolean;
    /** That key; made when first asked for. */
    key(pair: string): string;
}

/** The resource of a part of the plan; only asked for parts that a step needs. */
export type Get = (part: string) => Resource;

export interface Step {
    /** "a.gateway"; for a change: of its own, such as "a.addresses". */
    part: string;
    title: Word;
    region: string;
    collection: string;
    needs: readonly string[];
    body: (get: Get) => Body;
    /** Given: it changes the resource of that part instead of making one, and is done when this says so. */
    changes?: { part: string; done: (item: Resource, get: Get) => boolean };
    /** The pair of tunnels whose key is in the body. */
    pair?: string;
    /** Nothing to speak of unless it has to be done. */
    quiet?: boolean;
}

export interface Plan {
    guide: string;
    /** What it was told to do, as in the address: on every resource, so that it can be taken up without the address. */
    setup: string;
    name: string;
    steps: readonly Step[];
    /** What was there before, by part. */
    existing: Readonly<Record<string, { collection: string; id: string; region: string }>>;
}

export const LABEL = { guide: "ropeway/guide", part: "ropeway/guide-part", setup: "ropeway/guide-setup" } as const;

export const labelOf = (item: Resource, label: string): string | undefined => (item["tags"] as Record<string, string> | undefined)?.[label];

export function itemOf(plan: Plan, world: World, part: string): Resource | undefined {
    const old = plan.existing[part];
    if (old) return world.all(old.collection).find((item) => item.id === old.id && item.regionId === old.region);
    const step = plan.steps.find((s) => s.part === part && !s.changes);
    if (!step) return undefined;
    return world
        .all(step.collection)
        .find((item) => item.regionId === step.region && labelOf(item, LABEL.guide) === plan.guide && labelOf(item, LABEL.part) === part);
}

const getter =
    (plan: Plan, world: World): Get =>
    (part) => {
        const item = itemOf(plan, world, part);
        if (!item) throw new Error(`${part} is not there`);
        return item;
    };

export type StepState = "done" | "ready" | "waiting";

const depends = (step: Step): readonly string[] => (step.changes ? [...step.needs, step.changes.part] : step.needs);

const settled = (plan: Plan, world: World, part: string): boolean => {
    if (itemOf(plan, world, part)) return true;
    const step = plan.steps.find((s) => s.part === part);
    return step?.changes !== undefined && stateOfStep(plan, world, step) === "done";
};

export function stateOfStep(plan: Plan, world: World, step: Step): StepState {
    if (!step.changes && itemOf(plan, world, step.part)) return "done";
    if (!depends(step).every((part) => settled(plan, world, part))) return "waiting";
    if (!step.changes) return "ready";
    const get = getter(plan, world);
    return step.changes.done(get(step.changes.part), get) ? "done" : "ready";
}

export const nextStep = (plan: Plan, world: World): Step | undefined =>
    plan.steps.find((step) => stateOfStep(plan, world, step) === "ready");

export const isComplete = (plan: Plan, world: World): boolean => plan.steps.every((step) => stateOfStep(plan, world, step) === "done");

export interface Planned {
    method: Method;
    path: string;
    body: Body;
}

const inRegion = (step: Step): string => `/v1/regions/${encodeURIComponent(step.region)}/${step.collection}`;

function callFor(plan: Plan, step: Step, get: Get): Planned {
    const body = step.body(get);
    if (step.changes) return { method: "PATCH", path: `${inRegion(step)}/${get(step.changes.part).id}`, body };
    const tags = { [LABEL.guide]: plan.guide, [LABEL.part]: step.part, [LABEL.setup]: plan.setup };
    return { method: "POST", path: inRegion(step), body: { ...body, tags } };
}

/** The call of a step that is ready. */
export const callOf = (plan: Plan, world: World, step: Step): Planned => callFor(plan, step, getter(plan, world));

/** The call as far as it is known before anything has been made: what is still to come stands in braces. */
export function preview(plan: Plan, world: World, step: Step): Planned {
    return callFor(plan, step, (part) => itemOf(plan, world, part) ?? placeholder(part));
}

const placeholder = (part: string): Resource => ({
    id: `{${part}}`,
    name: part,
    revision: 0,
    createdAt: "",
    cloudAddresses: [`{${part}.1}`, `{${part}.2}`],
});

/** What depends on other things goes before these. A connection's tunnels have to be down first. */
const undoing = [
    "borderGatewayRoutes",
    "vpnTunnels",
    "vpnConnections",
    "customerGateways",
    "vpcAttachments",
    "instances",
    "subnets",
    "vpcs",
    "borderGateways",
];

/** What a guide has made, in the order in which it can be deleted. */
export const toUndo = (guide: string, world: World): { collection: string; item: Resource }[] =>
    undoing.flatMap((collection) =>
        world
            .all(collection)
            .filter((item) => labelOf(item, LABEL.guide) === guide)
            .map((item) => ({ collection, item })),
    );

/** Guides that have made something, by their ids. */
export function begun(world: World, kind: string): { guide: string; setup: string; items: number }[] {
    const found = new Map<string, { guide: string; setup: string; items: number }>();
    for (const collection of undoing)
        for (const item of world.all(collection)) {
            const [guide, setup] = [labelOf(item, LABEL.guide), labelOf(item, LABEL.setup)];
            if (!guide?.startsWith(kind) || !setup) continue;
            const one = found.get(guide) ?? { guide, setup, items: 0 };
            found.set(guide, { ...one, items: one.items + 1 });
        }
    return [...found.values()];
}

const secrets = new Set(["psk", "password", "token", "link"]);

/** A copy to be shown: without what nobody is to read over a shoulder. */
export function withoutSecrets(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withoutSecrets);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, secrets.has(name) && inner ? "••••••••" : withoutSecrets(inner)]),
    );
}
