// The line between a browser and ropewayd, which can be cut: a port that passes bytes on.
import net, { type AddressInfo, type Socket } from "node:net";
import { url } from "./lab.ts";

export class Wire {
    #server: net.Server;
    #sockets = new Set<Socket>();
    #isCut = false;

    private constructor() {
        const to = new URL(url);
        this.#server = net.createServer((near) => {
            if (this.#isCut) return void near.destroy();
            const far = net.connect(Number(to.port), to.hostname);
            for (const [from, into] of [
                [near, far],
                [far, near],
            ] as const) {
                this.#sockets.add(from);
                from.pipe(into);
                from.on("error", () => into.destroy());
                from.on("close", () => {
                    this.#sockets.delete(from);
                    into.destroy();
                });
            }
        });
    }

    static async lay(): Promise<Wire> {
        const wire = new Wire();
        await new Promise<void>((resolve) => wire.#server.listen(0, "127.0.0.1", resolve));
        return wire;
    }

    /** Where a browser finds the console at this end. */
    get url(): string {
        return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    }

    /** Ends what is under way, and refuses what comes. */
    cut(): void {
        this.#isCut = true;
        for (const socket of this.#sockets) socket.destroy();
    }

    mend(): void {
        this.#isCut = false;
    }

    remove(): void {
        this.cut();
        this.#server.close();
    }
}
