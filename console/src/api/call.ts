// One way to ask the API. Every request goes through here: refusals become a Problem, and whoever wants to show what
// is being asked (the guides do) listens.
import { language } from "../words/words.ts";
import { dated } from "./clock.ts";
import type { Problem as ProblemBody } from "./types.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** A refusal (RFC 9457), or that nobody answered (status 0). The message is a sentence in the reader's language. */
export class Problem extends Error {
    readonly status: number;
    readonly body: Partial<ProblemBody>;

    constructor(status: number, body: Partial<ProblemBody>) {
        super(body.detail ?? body.title ?? `HTTP ${status}`);
        this.status = status;
        this.body = body;
    }
    get field(): string | undefined {
        return this.body.field;
    }
    get code(): string | undefined {
        return this.body.code;
    }
}

export interface Asked {
    method: Method;
    path: string;
    body?: unknown;
    status: number; // 0: nobody answered
    answer?: unknown;
    problem?: Problem;
}

type Listener = (asked: Asked) => void;
const listeners = new Set<Listener>();

/** Tells listener of every request when it has been answered. Returns how to stop that. */
export function onAsked(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

export interface Options {
    body?: unknown;
    /** Revision that the change is made upon; a concurrent change is a conflict (412). */
    revision?: number | undefined;
    /** The same key with a second try: the first one's answer is repeated, nothing is made twice. */
    key?: string;
    signal?: AbortSignal;
    text?: boolean;
    /** Sentences in this language instead of the reader's. */
    language?: "en" | "zh";
}

function headersOf(options: Options): Headers {
    const headers = new Headers({ "Accept-Language": options.language ?? language() });
    if (options.body !== undefined) headers.set("Content-Type", "application/json");
    if (options.revision !== undefined) headers.set("If-Match", `"${options.revision}"`);
    if (options.key) headers.set("Idempotency-Key", options.key);
    return headers;
}

async function problemOf(response: Response): Promise<Problem> {
    let body: Partial<ProblemBody> = { type: "about:blank", title: response.statusText };
    try {
        body = (await response.json()) as Partial<ProblemBody>;
    } catch {
        // whatever stood in the way (a proxy) speaks otherwise: the status says what there is to say
    }
    return new Problem(response.status, body);
}

async function send(method: Method, path: string, options: Options): Promise<Response> {
    const init: RequestInit = { method, headers: headersOf(options), credentials: "same-origin", cache: "no-cache" };
    if (options.body !== undefined) init.body = JSON.stringify(options.body);
    if (options.signal) init.signal = options.signal;
    try {
        const response = await fetch(path, init);
        dated(response.headers.get("Date"));
        return response;
    } catch (error) {
        if (error instanceof DOMException && error.name === "AbortError") throw error;
        throw new Problem(0, { title: "unreachable" });
    }
}

/** Throws a Problem. T is what the API describes for this path; nothing (204) comes as undefined. */
export async function call<T = undefined>(method: Method, path: string, options: Options = {}): Promise<T> {
    const asked: Asked = { method, path, body: options.body, status: 0 };
    try {
        const response = await send(method, path, options);
        asked.status = response.status;
        if (!response.ok) throw await problemOf(response);
        const answer = response.status === 204 ? undefined : options.text ? await response.text() : await response.json();
        asked.answer = answer;
        return answer as T;
    } catch (error) {
        if (error instanceof Problem) asked.problem = error;
        throw error;
    } finally {
        for (const listener of listeners) listener(asked);
    }
}

/** A key for one attempt to create something. */
export const newKey = (): string => crypto.randomUUID();

/** "/v1/regions/cn-north-1/vpcs/vpc-…"; the collection of regions and those of people are of no region. */
export function pathOf(region: string, collection: string, id?: string): string {
    const base = region && collection !== "regions" ? `/v1/regions/${encodeURIComponent(region)}` : "/v1";
    return `${base}/${collection}${id === undefined ? "" : `/${encodeURIComponent(id)}`}`;
}
