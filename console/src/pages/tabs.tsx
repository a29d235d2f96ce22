// The parts of each kind's page.
import type { JSX } from "preact";
import type { Kind } from "../forms/schema.ts";
import type { Who } from "../live/session.ts";
import type { Resource } from "../live/store.ts";
import type { Word } from "../words/words.ts";
import { DetailsPart } from "./detail.tsx";

export interface PartProps {
    who: Who;
    kind: Kind;
    item: Resource;
    region: string;
}

export interface Part {
    name: string;
    title: Word;
    body: (props: PartProps) => JSX.Element | null;
}

const details: Part = { name: "", title: "tab.details", body: DetailsPart };

const parts: Record<string, Part[]> = {};

export const tabsOf = (collection: string): Part[] => parts[collection] ?? [details];
