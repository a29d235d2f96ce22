// A part of a resource's page: a tab of it.
import type { JSX } from "preact";
import type { Kind } from "../forms/schema.ts";
import type { Who } from "../live/session.ts";
import type { Resource } from "../live/store.ts";
import type { Word } from "../words/words.ts";

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
