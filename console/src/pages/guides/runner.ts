// Carries a plan out, a call at a time, and undoes it. What it knows beyond the resources themselves lives only as long as it.
import { call, onAsked, Problem, type Asked } from "../../api/call.ts";
import { store, type Resource } from "../../live/store.ts";
import { callOf, nextStep, stateOfStep, toUndo, withoutSecrets, type Plan, type Step, type World } from "./plan.ts";

/** Until the stream tells of what a call has changed. */
const HEARD_MS = 20_000;

export interface Failure {
    part: string;
    problem: Problem;
}

const KEY_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

function newSecret(): string {
    const numbers = crypto.getRandomValues(new Uint32Array(32));
    return [...numbers].map((n) => KEY_LETTERS[n % KEY_LETTERS.length]).join("");
}

export class Runner implements World {
    readonly guide: string;
    running = false;
    active: string | undefined;
    failed: Failure | undefined;
    undoing = false;
    /** What was asked and answered for each part, without what is secret. */
    readonly calls = new Map<string, Asked[]>();
    #plan: () => Plan;
    #changed: () => void;
    #secrets = new Map<string, string>();
    #keysSet = new Set<string>();
    #tries = new Map<string, number>();

    constructor(guide: string, plan: (world: World) => Plan, changed: () => void) {
        this.guide = guide;
        this.#plan = () => plan(this);
        this.#changed = changed;
    }

    all(collection: string): readonly Resource[] {
        return store.all(collection);
    }

    keySet(pair: string): boolean {
        return this.#keysSet.has(pair);
    }

    key(pair: string): string {
        let secret = this.#secrets.get(pair);
        if (!secret) this.#secrets.set(pair, (secret = newSecret()));
        return secret;
    }

    stop(): void {
        this.running = false;
        this.#changed();
    }

    async start(): Promise<void> {
        if (this.running) return;
        this.running = true;
        this.failed = undefined;
        while (this.running) {
            const plan = this.#plan();
            const step = nextStep(plan, this);
            if (!step) break;
            this.active = step.part;
            this.#changed();
            await this.#guarded(step.part, () => this.#carryOut(plan, step));
        }
        this.running = false;
        this.active = undefined;
        this.#changed();
    }

    /** Deletes all that the guide has made; what was there before stays. */
    async undo(): Promise<void> {
        this.running = this.undoing = true;
        this.failed = undefined;
        for (const { collection, item } of toUndo(this.guide, this)) {
            if (!this.running) break;
            this.active = item.id;
            this.#changed();
            await this.#guarded(item.id, () => this.#remove(collection, item));
        }
        this.running = this.undoing = false;
        this.active = undefined;
        this.#changed();
    }

    /** A refusal stops everything, and is kept with its step. */
    async #guarded(part: string, what: () => Promise<void>): Promise<void> {
        const stop = onAsked((asked) => {
            if (asked.method === "GET") return;
            const shown: Asked = { ...asked, body: withoutSecrets(asked.body), answer: withoutSecrets(asked.answer) };
            this.calls.set(part, [...(this.calls.get(part) ?? []), shown]);
        });
        try {
            await what();
        } catch (error) {
            this.running = false;
            this.failed = { part, problem: error instanceof Problem ? error : new Problem(0, { detail: String(error) }) };
        } finally {
            stop();
        }
    }

    async #carryOut(plan: Plan, step: Step): Promise<void> {
        const { method, path, body } = callOf(plan, this, step);
        const tries = this.#tries.get(step.part) ?? 0;
        // The same key from anywhere: what two browsers ask for at the same time is made once.
        const key = `${plan.guide}.${step.part}.${tries}`;
        let answer: Resource;
        try {
            answer = await call<Resource>(method, path, method === "POST" ? { body, key } : { body });
        } catch (error) {
            if (error instanceof Problem && error.code === "request.key-reused") this.#tries.set(step.part, tries + 1);
            throw error;
        }
        if (step.pair) this.#keysSet.add(step.pair);
        if (await this.#heard(() => stateOfStep(this.#plan(), this, step) === "done")) return;
        this.#tries.set(step.part, tries + 1);
        // Either it has been deleted since (and the key repeated an old answer), or the stream is late.
        await call("GET", method === "POST" ? `${path}/${answer.id}` : path);
        throw new Problem(0, { title: "late" });
    }

    async #remove(collection: string, item: Resource): Promise<void> {
        const path = `/v1/regions/${encodeURIComponent(item.regionId ?? "")}/${collection}/${item.id}`;
        try {
            if (collection === "vpnTunnels" && item["adminState"] !== "down") await call("PATCH", path, { body: { adminState: "down" } });
            await call("DELETE", path);
        } catch (error) {
            if (!(error instanceof Problem && error.status === 404)) throw error;
        }
        await this.#heard(() => !store.get(collection, item.regionId ?? "", item.id));
    }

    #heard(done: () => boolean): Promise<boolean> {
        if (done()) return Promise.resolve(true);
        return new Promise((resolve) => {
            const end = (result: boolean): void => {
                clearTimeout(timer);
                stop();
                resolve(result);
            };
            const timer = setTimeout(() => end(false), HEARD_MS);
            const stop = store.onChange(() => done() && end(true));
        });
    }
}
