// How wide something is on the page.
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export function useWidth<T extends HTMLElement>(): { ref: RefObject<T>; width: number } {
    const ref = useRef<T>(null);
    const [width, setWidth] = useState(0);
    useLayoutEffect(() => {
        const element = ref.current;
        if (!element) return;
        const look = (): void => setWidth(Math.floor(element.clientWidth));
        look();
        const sized = new ResizeObserver(look);
        sized.observe(element);
        return () => sized.disconnect();
    }, []);
    return { ref, width };
}
