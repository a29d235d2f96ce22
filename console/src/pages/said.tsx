// A sentence of the API in which ids become links that bear the names of what they stand for; what is `typed` is set so.
import { Ref } from "./names.tsx";
import { pieces } from "./said.ts";

export function Said({ region, text }: { region: string; text: string }) {
    return (
        <>
            {text
                .split("`")
                .map((part, nth) =>
                    nth % 2 ? (
                        <code key={nth}>{part}</code>
                    ) : (
                        pieces(part).map((piece, at) => (piece.id ? <Ref key={at} region={region} id={piece.text} /> : piece.text))
                    ),
                )}
        </>
    );
}
