// Which page an address means. "regions" as a first part is also the collection of regions: #/regions lists them.
import type { JSX } from "preact";
import { hasKind, kindOf } from "../forms/schema.ts";
import type { Who } from "../live/session.ts";
import type { Route } from "../route.ts";
import { Empty } from "../ui/parts.tsx";
import { t } from "../words/words.ts";
import { AddTunnelsPage } from "./addtunnels.tsx";
import { AuditPage } from "./audit.tsx";
import { DetailPage } from "./detail.tsx";
import { CreatePage, EditPage } from "./edit.tsx";
import { GuidesPage } from "./guides/guides.tsx";
import { EventsPage } from "./events.tsx";
import { ExplainPage } from "./explain.tsx";
import { ListPage } from "./list.tsx";
import { OverviewPage } from "./overview.tsx";
import { TestPage } from "./test.tsx";

type Page = (props: { route: Route; who: Who }) => JSX.Element | null;

/** Pages that are not about one resource, by the first part of their address. */
const pages: Record<string, Page> = {
    "": OverviewPage,
    guides: GuidesPage,
    addTunnels: AddTunnelsPage,
    explain: ExplainPage,
    test: TestPage,
    events: EventsPage,
    audit: AuditPage,
};

function resourcePage(who: Who, collection: string, region: string, id: string, tab: string): JSX.Element {
    if (tab === "edit") return <EditPage key={id} who={who} collection={collection} region={region} id={id} />;
    return <DetailPage who={who} collection={collection} region={region} id={id} tab={tab} />;
}

export function pageFor(route: Route, who: Who): JSX.Element {
    const [first = "", second, third, fourth, tab = ""] = route.path;
    const Page = pages[first];
    if (Page) return <Page route={route} who={who} />;
    if (first === "regions" && second && second !== "new" && third && hasKind(third) && fourth)
        return resourcePage(who, third, second, fourth, tab);
    if (hasKind(first) && second === "new")
        return <CreatePage key={route.path.join("/") + route.query.toString()} route={route} who={who} collection={first} />;
    if (hasKind(first) && second && !(kindOf(first)?.regional ?? false))
        return resourcePage(who, first, first === "regions" ? second : "", second, third ?? "");
    if (hasKind(first) && !second) return <ListPage key={first} route={route} who={who} collection={first} />;
    return <Empty title={t("not.found.page")} />;
}
