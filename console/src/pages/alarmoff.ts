// Where a built-in alarm is switched off: a region and a connection each list those that they do not want. Pure.
import type { Resource } from "../live/store.ts";

const listed = (of: Resource): readonly string[] => (Array.isArray(of["defaultAlarmsOff"]) ? (of["defaultAlarmsOff"] as string[]) : []);

/** They are listed by the state that they warn of. */
const codeOf = (alarm: Resource): string => String(alarm["state"]);

export const isOffFor = (of: Resource, alarm: Resource): boolean => listed(of).includes(codeOf(alarm));

/** The list with the alarm the other way round. */
export function switched(of: Resource, alarm: Resource): string[] {
    const code = codeOf(alarm);
    return isOffFor(of, alarm) ? listed(of).filter((one) => one !== code) : [...listed(of), code];
}
