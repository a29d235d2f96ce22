// Somebody who changes one tunnel after the other through the API, so many a second.
import http from "node:http";
import { adminToken, labDir, ropeway } from "../../tests/browser/lib/lab.ts";
import { manyRegion } from "../../tests/browser/lib/many.ts";

const TICK_MS = 10;

export function tunnelIds(): string[] {
  const listed = JSON.parse(
    ropeway("vpn-tunnel", "list", "--region", manyRegion, "-o", "json"),
  ) as { items: { id: string }[] };
  return listed.items.map((item) => item.id);
}

export class Changer {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  readonly #began = Date.now();
  readonly #timer: ReturnType<typeof setInterval>;
  #asked = 0;
  #done = 0;
  #refused = "";

  constructor(region: string, ids: readonly string[], perSecond: number) {
    this.#timer = setInterval(() => {
      const due = ((Date.now() - this.#began) / 1000) * perSecond;
      for (; this.#asked < due; this.#asked++)
        this.#change(
          `/v1/regions/${region}/vpnTunnels/${ids[(this.#asked * 7) % ids.length]}`,
        );
    }, TICK_MS);
  }

  #change(path: string): void {
    const request = http.request({
      socketPath: `${labDir}/run/ropewayd.sock`,
      agent: this.#agent,
      method: "PATCH",
      path,
      headers: {
        Host: "localhost",
        Authorization: `Bearer ${adminToken}`,
        "Content-Type": "application/json",
      },
    });
    request.on("response", (response) => {
      if (response.statusCode === 200) this.#done++;
      else this.#refused = `PATCH ${path}: ${response.statusCode}`;
      response.resume();
    });
    request.on("error", (error) => (this.#refused = String(error)));
    request.end(JSON.stringify({ description: `change ${this.#asked}` }));
  }

  /** Ends; how many were made a second. Throws if one was refused. */
  async stop(): Promise<number> {
    clearInterval(this.#timer);
    const seconds = (Date.now() - this.#began) / 1000;
    for (let n = 0; n < 100 && this.#done < this.#asked && !this.#refused; n++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    this.#agent.destroy();
    if (this.#refused) throw new Error(this.#refused);
    return this.#done / seconds;
  }
}
