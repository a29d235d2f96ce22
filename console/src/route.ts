// The URL's fragment is the whole state of a page: a link or a reload shows the same.
import { useLayoutEffect, useState } from "preact/hooks";

export interface Route {
    /** "#/regions/cn-north-1/vpcs/vpc-…" → ["regions", "cn-north-1", "vpcs", "vpc-…"] */
    path: string[];
    query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
    const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
    return { path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

function decode(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part; // typed by hand
    }
}

export type Query = Record<string, string | undefined>;

/** The address of a page, for href. Parameters without a value are left out. */
export function to(path: readonly string[], query: Query = {}): string {
    const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
    const text = new URLSearchParams(given).toString();
    return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

export function go(path: readonly string[], query: Query = {}): void {
    location.hash = to(path, query);
}

/** Changes parameters of the page that is shown; a step back leaves the page, not the parameter. */
export function setQuery(changes: Query): void {
    const { path, query } = parseRoute(location.hash);
    const next: Query = { ...Object.fromEntries(query), ...changes };
    history.replaceState(null, "", to(path, next));
    dispatchEvent(new HashChangeEvent("hashchange"));
}

export function useRoute(): Route {
    const [route, setRoute] = useState(() => parseRoute(location.hash));
    useLayoutEffect(() => {
        const listener = (): void => setRoute(parseRoute(location.hash));
        addEventListener("hashchange", listener);
        return () => removeEventListener("hashchange", listener);
    }, []);
    return route;
}
