// The server's time: whatever it tells is by its clock, and this browser's may be minutes off.

/** What an answer's date, in whole seconds, and its way here leave open. */
const BLUR_MS = 2_500;
let ahead = 0;

/** An answer came that was dated so. */
export function dated(date: string | null): void {
    const told = date ? Date.parse(date) : NaN;
    if (Math.abs(told + 500 - now()) > BLUR_MS) ahead = told + 500 - Date.now();
}

/** Milliseconds since 1970. */
export const now = (): number => Date.now() + ahead;
