// A sentence of the API in which ids become links that bear the names of what they stand for.
import { Ref } from "./names.tsx";
import { pieces } from "./said.ts";

export function Said({ region, text }: { region: string; text: string }) {
    return <>{pieces(text).map((piece, at) => (piece.id ? <Ref key={at} region={region} id={piece.text} /> : piece.text))}</>;
}
