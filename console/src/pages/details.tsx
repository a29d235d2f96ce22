// What a resource is, member by member in the groups of the description, and what refers to it.
import { valueAt, type Value } from "../forms/value.ts";
import type { Kind, Schema } from "../forms/schema.ts";
import { useNow } from "../live/hooks.ts";
import type { Resource } from "../live/store.ts";
import { Copy, Facts } from "../ui/parts.tsx";
import { either } from "../words/words.ts";
import { Cell } from "./columns.tsx";
import { Heard } from "./heard.tsx";
import type { PartProps } from "./part.ts";
import { UsedBy } from "./usedby.tsx";

type Member = readonly [path: string, schema: Schema, value: Value];

/** The members of a group that have a value; those of an object each by itself. */
function membersOf(kind: Kind, group: string, item: Resource): Member[] {
    return Object.entries(kind.schema.properties ?? {})
        .filter(([name, field]) => field["x-ropeway-group"] === group && name !== "conditions" && !/(Code|Arguments)$/.test(name))
        .flatMap(([name, field]) =>
            field.properties
                ? Object.entries(field.properties).map(([inner, schema]) => [`${name}.${inner}`, schema] as const)
                : [[name, field] as const],
        )
        .map(([path, schema]) => [path, schema, valueAt(item, path)] as const)
        .filter(([, , value]) => value !== undefined);
}

export function DetailsPart({ kind, item, region, without }: PartProps & { without?: readonly string[] }) {
    const now = useNow();
    return (
        <>
            {(kind.schema["x-ropeway-groups"] ?? []).map((group) => {
                const members = membersOf(kind, group.name, item).filter(([path]) => !without?.includes(path));
                if (members.length === 0) return null;
                return (
                    <section key={group.name} class="card">
                        <h2>
                            {either(group.title)} {group.name === "status" && <Heard now={now} />}
                        </h2>
                        <Facts
                            rows={members.map(([path, schema, value]) => [
                                either(schema["x-ropeway-title"], path),
                                path === "id" ? (
                                    <>
                                        <span class="id">{item.id}</span>
                                        <Copy text={item.id} />
                                    </>
                                ) : (
                                    <Cell schema={schema} value={value} region={region} now={now} />
                                ),
                                either(schema["x-ropeway-description"]),
                            ])}
                        />
                    </section>
                );
            })}
            <UsedBy kind={kind} item={item} region={region} />
        </>
    );
}
