// Ids in sentences. Pure.

/** As the server makes them: a prefix and ten characters of base32. */
const id = /\b[a-z]+-[a-z2-7]{10}\b/g;

export interface Piece {
    text: string;
    id: boolean;
}

/** The text cut at its ids; joined again it is the same. */
export function pieces(text: string): Piece[] {
    const found: Piece[] = [];
    let at = 0;
    for (const match of text.matchAll(id)) {
        if (match.index > at) found.push({ text: text.slice(at, match.index), id: false });
        found.push({ text: match[0], id: true });
        at = match.index + match[0].length;
    }
    if (at < text.length) found.push({ text: text.slice(at), id: false });
    return found;
}
