// What refers to a resource, on its page: what would hold it, and what depends on it.
import { useMemo } from "preact/hooks";
import { allKinds, kindOf, type Kind } from "../forms/schema.ts";
import { useChanges } from "../live/changes.ts";
import { store, type Resource } from "../live/store.ts";
import { to } from "../route.ts";
import { either, t } from "../words/words.ts";
import { collectionTitle, pathOfResource, StateBadge } from "./names.tsx";
import { referencesTo, usersOf, type User } from "./references.ts";

const SHOWN = 8;

export function UsedBy({ kind, item, region }: { kind: Kind; item: Resource; region: string }) {
    const references = useMemo(() => referencesTo(kind.collection, allKinds()), [kind]);
    const round = useChanges(region, [...new Set(references.map((reference) => reference.collection))]);
    const users = useMemo(() => usersOf(references, (name) => store.all(name), region, item.id), [references, round, region, item.id]);
    if (references.length === 0 || users.length === 0) return null;
    return (
        <section class="card">
            <h2>{t("used.by")}</h2>
            <dl class="facts">
                {groupsOf(users).map((group) => (
                    <Group key={group[0]?.collection + (group[0]?.path ?? "")} users={group} region={region} />
                ))}
            </dl>
        </section>
    );
}

function Group({ users, region }: { users: User[]; region: string }) {
    const [first] = users;
    if (!first) return null;
    const field = kindOf(first.collection)?.schema.properties?.[first.path.split(".")[0] ?? ""];
    return (
        <div>
            <dt title={either(field?.["x-ropeway-title"], first.path)}>{collectionTitle(first.collection)}</dt>
            <dd>
                <ul class="bare">
                    {users.slice(0, SHOWN).map(({ collection, item }) => (
                        <li key={item.id}>
                            <a href={to(pathOfResource(collection, region, item.id))} title={item.id}>
                                {item.name}
                            </a>{" "}
                            <StateBadge collection={collection} item={item} />
                        </li>
                    ))}
                </ul>
                {users.length > SHOWN && <a href={to([first.collection], { region })}>{t("and.more", { count: users.length - SHOWN })}</a>}
            </dd>
        </div>
    );
}

/** Those that refer by the same field together. */
function groupsOf(users: readonly User[]): User[][] {
    const groups = new Map<string, User[]>();
    for (const user of users) {
        const key = `${user.collection} ${user.path}`;
        groups.set(key, [...(groups.get(key) ?? []), user]);
    }
    return [...groups.values()];
}
