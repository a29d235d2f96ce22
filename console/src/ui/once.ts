// What is worked out of a thing once and kept as long as the thing is: things are never changed, only put in the place of others.

export function once<Thing extends object, Out>(of: (thing: Thing) => Out): (thing: Thing) => Out {
    const known = new WeakMap<Thing, { out: Out }>();
    return (thing) => {
        let found = known.get(thing);
        if (!found) known.set(thing, (found = { out: of(thing) }));
        return found.out;
    };
}
