// What the page itself notes of its smoothness: the time between frames, tasks over 50 ms, and keys until they are painted.
import type { Page } from "../../tests/browser/lib/person.ts";

export interface Frames {
  /** Milliseconds from each frame to the next. */
  frames: number[];
  /** Milliseconds of each task that took more than 50. */
  tasks: number[];
  /** Milliseconds from a key to the frame that shows what it did; those under 16 count as 16. */
  keys: number[];
}

interface Noting extends Frames {
  stop: () => void;
}

type Noted = { noting?: Noting };

/** Begins; what it gives ends it and tells. */
export async function watchFrames(page: Page): Promise<() => Promise<Frames>> {
  await page.evaluate(() => {
    const frames: number[] = [];
    const tasks: number[] = [];
    const keys: number[] = [];
    let last = performance.now();
    let handle = 0;
    const frame = (): void => {
      const now = performance.now();
      frames.push(now - last);
      last = now;
      handle = requestAnimationFrame(frame);
    };
    const long = new PerformanceObserver((list) =>
      tasks.push(...list.getEntries().map((entry) => entry.duration)),
    );
    const events = new PerformanceObserver((list) =>
      keys.push(
        ...list
          .getEntries()
          .filter((entry) => entry.name === "keydown")
          .map((entry) => entry.duration),
      ),
    );
    long.observe({ type: "longtask" });
    events.observe({
      type: "event",
      durationThreshold: 16,
    } as PerformanceObserverInit);
    handle = requestAnimationFrame(frame);
    const stop = (): void => {
      cancelAnimationFrame(handle);
      long.disconnect();
      events.disconnect();
    };
    (globalThis as Noted).noting = { frames, tasks, keys, stop };
  });
  return () =>
    page.evaluate(() => {
      const noting = (globalThis as Noted).noting;
      if (!noting) throw new Error("the page was left");
      noting.stop();
      return {
        frames: noting.frames.slice(1),
        tasks: noting.tasks,
        keys: noting.keys,
      };
    });
}
