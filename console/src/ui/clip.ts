// Texts in pictures, where nothing wraps: how wide they are, about, and what fits.

/** Characters of East Asian scripts are as wide as the type is high, others a bit more than half of that. */
const widthOf = (character: string): number => (/[\u1100-\u11ff\u2e80-\uffef]/.test(character) ? 1 : 0.56);

export const textWidth = (text: string, size: number): number => [...text].reduce((sum, c) => sum + widthOf(c) * size, 0);

/** The beginning of text that fits into width px, with "…" if that is not all. */
export function clip(text: string, width: number, size: number): string {
    if (textWidth(text, size) <= width) return text;
    let room = width - size;
    let end = 0;
    for (const character of text) {
        room -= widthOf(character) * size;
        if (room < 0) break;
        end += character.length;
    }
    return `${text.slice(0, end)}…`;
}
