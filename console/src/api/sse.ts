// Server-sent events out of chunks of text, however they are cut (WHATWG HTML, 9.2.6).

export interface ServerEvent {
    type: string;
    data: string;
    id: string;
}

/** Longer lines and events than the server ever sends; beyond that something else is speaking. */
const LONGEST = 4 << 20;

export class EventReader {
    #rest = "";
    #type = "";
    #data: string[] = [];
    #size = 0;
    /** The last id that was seen: what to ask from when the stream has broken. */
    lastId = "";

    /** The events that text completes. Throws a RangeError if there is no end to one. */
    read(text: string): ServerEvent[] {
        const events: ServerEvent[] = [];
        const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
        this.#rest = lines.pop() ?? "";
        if (this.#rest.length > LONGEST) throw new RangeError("line too long");
        for (const line of lines) {
            const event = this.#line(line);
            if (event) events.push(event);
        }
        return events;
    }

    #line(line: string): ServerEvent | undefined {
        if (line === "") return this.#end();
        const colon = line.indexOf(":");
        const name = colon < 0 ? line : line.slice(0, colon);
        let value = colon < 0 ? "" : line.slice(colon + 1);
        if (value.startsWith(" ")) value = value.slice(1);
        this.#size += value.length;
        if (this.#size > LONGEST) throw new RangeError("event too long");
        if (name === "data") this.#data.push(value);
        else if (name === "event") this.#type = value;
        else if (name === "id" && !value.includes("\0")) this.lastId = value;
        return undefined;
    }

    #end(): ServerEvent | undefined {
        const event = { type: this.#type || "message", data: this.#data.join("\n"), id: this.lastId };
        const has = this.#data.length > 0;
        this.#type = "";
        this.#data = [];
        this.#size = 0;
        return has ? event : undefined;
    }
}
