// Line drawings on a grid of 24, in the colour of the text.
const drawings = {
    check: "M5 12.5l4.5 4.5L19 7.5",
    close: "M6 6l12 12M18 6L6 18",
    copy: "M9 9h10v11H9zM5 15V4h10",
    more: "M5 12h.01M12 12h.01M19 12h.01",
    menu: "M4 7h16M4 12h16M4 17h16",
    add: "M12 5v14M5 12h14",
    less: "M5 12h14",
    search: "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L20 20",
    up: "M6 15l6-6 6 6",
    down: "M6 9l6 6 6-6",
    right: "M9 6l6 6-6 6",
    left: "M15 6l-6 6 6 6",
    edit: "M5 19l1-4L16 5l3 3L9 18z",
    trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
    user: "M12 4a4 4 0 100 8 4 4 0 000-8zM4 20c1-4 4-6 8-6s7 2 8 6",
    map: "M5 6h5v5H5zM14 13h5v5h-5zM10 8.5h6.5V13",
    network: "M12 4v6M6 20v-5h12v5M12 10v5M9 4h6v6H9z",
    lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 017 0v3",
    pulse: "M3 12h4l3-7 4 14 3-7h4",
    gear: "M12 8.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M18.4 5.6l-2.1 2.1M7.7 16.3l-2.1 2.1",
    guide: "M5 19V5l7 3 7-3v14l-7 3zM12 8v14",
    globe: "M12 3a9 9 0 100 18 9 9 0 000-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
    sun: "M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M19 5l-1.4 1.4M6.4 17.6L5 19",
    warn: "M12 4L2.5 20h19zM12 10v4M12 17h.01",
    download: "M12 4v11M7 11l5 5 5-5M5 20h14",
    play: "M7 5l11 7-11 7z",
    stop: "M7 7h10v10H7z",
    refresh: "M19 12a7 7 0 11-2-5M17 3v4h-4",
    eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5z",
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name }: { name: IconName }) {
    return (
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d={drawings[name]} />
        </svg>
    );
}
