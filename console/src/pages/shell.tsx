// What stands around every page: where to go, who is there, and whether what is shown still holds.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { hasKind } from "../forms/schema.ts";
import { useCollection, useLink, useNow } from "../live/hooks.ts";
import { retryLive } from "../live/live.ts";
import { logOut, maySeeAll, nameOfWho, type Who } from "../live/session.ts";
import { to, type Route } from "../route.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Badge, Button, Menu } from "../ui/parts.tsx";
import { age } from "../words/time.ts";
import { t, type Word } from "../words/words.ts";
import { LanguageMenu, ThemeMenu } from "./settings.tsx";
import { pageTitle } from "./title.ts";

interface Group {
    title: Word;
    icon: IconName;
    /** all: for those who see all projects; kind: if the API has such resources. */
    links: { path: string[]; title: Word; all?: boolean; kind?: boolean }[];
}

const collection = (name: string, all = false) => ({ path: [name], title: `c.${name}` as Word, all });

const groups: Group[] = [
    {
        title: "nav.vpn",
        icon: "lock",
        links: ["vpnConnections", "vpnTunnels", "customerGateways", "borderGateways", "privateInterfaces"].map((name) => collection(name)),
    },
    {
        title: "nav.network",
        icon: "network",
        links: ["vpcs", "subnets", "instances", "routeTables", "vpcAttachments", "borderGatewayRoutes"].map((name) => collection(name)),
    },
    {
        title: "nav.guides",
        icon: "guide",
        links: [
            { path: ["guides", "join"], title: "nav.join" },
            { path: ["guides", "device"], title: "nav.device" },
        ],
    },
    {
        title: "nav.operations",
        icon: "pulse",
        links: [
            { path: ["events"], title: "c.events" },
            { ...collection("alarms"), kind: true },
            { path: ["explain"], title: "explain.title" },
            { path: ["test"], title: "test.title" },
            { path: ["audit"], title: "audit.title", all: true },
        ],
    },
    {
        title: "nav.settings",
        icon: "gear",
        links: [
            collection("regions"),
            collection("nodes"),
            collection("placements"),
            collection("tokens", true),
            collection("users", true),
        ],
    },
];

export function Shell({ who, route, onOut, children }: { who: Who; route: Route; onOut: () => void; children: ComponentChildren }) {
    const [open, setOpen] = useState(false);
    const link = useLink();
    const page = route.path.join("/");
    useEffect(() => {
        setOpen(false);
        scrollTo(0, 0);
    }, [page]);
    const title = pageTitle(route.path, useWarning());
    useEffect(() => void (document.title = title), [title]);
    return (
        <div class={`shell ${link.state === "broken" ? "stale" : ""}`}>
            <a class="skip" href="#content" onClick={(e) => (e.preventDefault(), document.getElementById("content")?.focus())}>
                {t("skip")}
            </a>
            <header class="bar">
                <Button
                    kind="quiet"
                    icon="menu"
                    label={t("menu")}
                    aria-expanded={open}
                    class="button quiet only-narrow"
                    onClick={() => setOpen(!open)}
                />
                <a class="brand" href={to([])}>
                    <span class="logo" aria-hidden="true" /> {t("app.name")}
                </a>
                <span class="grow" />
                <LineState />
                <LanguageMenu />
                <ThemeMenu />
                <Menu label={nameOfWho(who)} icon="user">
                    <p class="faint">
                        {nameOfWho(who)} · {t(`role.${who.role}`)}
                    </p>
                    <button type="button" onClick={() => void logOut(false).finally(onOut)}>
                        {t("login.out")}
                    </button>
                    <button type="button" onClick={() => void logOut(true).finally(onOut)}>
                        {t("login.out.all")}
                    </button>
                </Menu>
            </header>
            <nav class={`side ${open ? "open" : ""}`} aria-label={t("menu")}>
                <NavLink path={[]} title="nav.overview" route={route} icon="map" />
                {groups.map((group) => (
                    <section key={group.title}>
                        <h2>
                            <Icon name={group.icon} /> {t(group.title)}
                        </h2>
                        {group.links
                            .filter((l) => (!l.all || maySeeAll(who)) && (!l.kind || hasKind(l.path[0] ?? "")))
                            .map((l) => (
                                <NavLink key={l.title} route={route} path={l.path} title={l.title} />
                            ))}
                    </section>
                ))}
            </nav>
            <main id="content" tabIndex={-1}>
                <Broken />
                {children}
            </main>
        </div>
    );
}

function NavLink({ path, title, route, icon }: { path: string[]; title: Word; route: Route; icon?: IconName }) {
    const here =
        path.length === 0
            ? route.path.length === 0
            : path.every((part, at) => route.path[at] === part) && !(path[0] === "regions" && route.path.length > 2);
    const within = route.path[0] === "regions" && route.path[2] !== undefined && route.path[2] === path[0];
    return (
        <a href={to(path)} aria-current={here || within ? "page" : undefined}>
            {icon && <Icon name={icon} />}
            {t(title)}
            {path.length === 1 && (path[0] === "alarms" ? <Ringing /> : hasKind(path[0] ?? "") && <Count collection={path[0] ?? ""} />)}
        </a>
    );
}

function Count({ collection: name }: { collection: string }) {
    const items = useCollection(name);
    return items.length ? <span class="count">{items.length}</span> : null;
}

const useWarning = (): number => useCollection("alarms").filter((alarm) => alarm["alarmState"] === "alarm").length;

/** Of alarms only those count that warn. */
function Ringing() {
    const count = useWarning();
    return count ? <Badge tone="bad">{count}</Badge> : null;
}

function LineState() {
    const link = useLink();
    const tone = link.state === "live" ? "ok" : link.state === "connecting" ? "busy" : "bad";
    return <Badge tone={tone}>{t(`line.${link.state}`)}</Badge>;
}

/** Over everything while nobody tells us what is: nothing below is to be believed unseen. */
function Broken() {
    const link = useLink();
    const now = useNow();
    if (link.state !== "broken") return null;
    return (
        <div class="notice bad" role="alert">
            <div class="grow">{link.status === 403 ? t("line.refused") : t("line.broken.long", { age: age(now - link.heardAt) })}</div>
            <Button icon="refresh" onClick={retryLive}>
                {t("retry")}
            </Button>
        </div>
    );
}
