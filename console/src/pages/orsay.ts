// For what is done by one press, without a form that could show it: a refusal is told at the edge of the page.
import { Problem } from "../api/call.ts";
import { say } from "../ui/toast.tsx";

export async function orSay(what: () => Promise<void>): Promise<void> {
    try {
        await what();
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        say(error.message, "bad");
    }
}
