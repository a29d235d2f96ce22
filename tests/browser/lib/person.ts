// A person in front of a browser: reads words, fills in fields, presses buttons. What nobody should see (errors in the console,
// requests to others) is noted, and done() fails because of it.
import assert from "node:assert/strict";
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from "playwright-core";
export type { Page };
import AxeBuilder from "./axe.ts";
import { en } from "../../../console/src/words/en.ts";
import { fill, type Arguments, type Language, type Word } from "../../../console/src/words/words.ts";
import { zh } from "../../../console/src/words/zh.ts";
import { englishIn, textsShown } from "./english.ts";
import { adminToken, url } from "./lab.ts";

const words = { en, zh };
/** Several that come at the same time share one. */
let browser: Promise<Browser> | undefined;

export async function closeBrowser(): Promise<void> {
    await (await browser)?.close();
    browser = undefined;
}

export interface Manner {
    language?: Language;
    width?: number;
    height?: number;
    dark?: boolean;
    /** Where the console is for this person, if not at ropewayd itself. */
    at?: string;
}

/** How long a person waits for what should come at once, and for a tunnel. */
export const PATIENCE = { page: 15_000, tunnel: 45_000 };

export class Person {
    readonly page: Page;
    readonly context: BrowserContext;
    readonly language: Language;
    #faults: string[] = [];
    /** Refusals that a test provokes are no faults of the page. */
    expectRefusals = false;

    readonly #at: string;

    private constructor(context: BrowserContext, page: Page, language: Language, at: string) {
        this.#at = at;
        this.context = context;
        this.page = page;
        this.language = language;
        page.setDefaultTimeout(PATIENCE.page);
        page.on("pageerror", (error) => this.#faults.push(`error: ${error.message}`));
        page.on("console", (message) => {
            if (message.type() !== "error") return;
            const refusal = /Failed to load resource/.test(message.text());
            if (refusal && (this.expectRefusals || message.location().url.endsWith("/v1/session"))) return; // asking who one is, as nobody yet
            this.#faults.push(`console: ${message.text()}`);
        });
        page.on("request", (request) => {
            if (!request.url().startsWith(`${at}/`) && !/^(data|blob):/.test(request.url())) this.#faults.push(`foreign: ${request.url()}`);
        });
    }

    static async come(manner: Manner = {}): Promise<Person> {
        browser ??= chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
        const language = manner.language ?? "en";
        const context = await (
            await browser
        ).newContext({
            ignoreHTTPSErrors: true,
            locale: language === "zh" ? "zh-CN" : "en-GB",
            colorScheme: manner.dark ? "dark" : "light",
            viewport: { width: manner.width ?? 1280, height: manner.height ?? 900 },
            acceptDownloads: true,
        });
        return new Person(context, await context.newPage(), language, manner.at ?? url);
    }

    /** Comes and logs in with the token of admin.token. */
    static async comeAsAdmin(manner: Manner = {}): Promise<Person> {
        const person = await Person.come(manner);
        await person.open("/");
        await person.logInByToken(adminToken);
        return person;
    }

    /** The words of the console in this person's language. */
    w(word: Word, args: Arguments = {}): string {
        return fill(words[this.language][word], args);
    }

    async open(address: string): Promise<void> {
        await this.page.goto(`${this.#at}/#${address}`);
    }

    async logInByToken(token: string): Promise<void> {
        await this.press("login.token");
        await this.page.fill("#token", token);
        await this.page.locator("form .button.primary").click();
        await this.page.locator(".shell").waitFor();
    }

    async logIn(user: string, password: string): Promise<void> {
        await this.page.fill("#user", user);
        await this.page.fill("#password", password);
        await this.page.locator("form .button.primary").click();
    }

    button(word: Word, args: Arguments = {}): Locator {
        return this.page.getByRole("button", { name: this.w(word, args), exact: true });
    }

    link(word: Word, args: Arguments = {}): Locator {
        return this.page.getByRole("link", { name: this.w(word, args), exact: true });
    }

    async press(word: Word, args: Arguments = {}): Promise<void> {
        await this.button(word, args).first().click();
    }

    /** Goes where the navigation says. */
    async visit(word: Word): Promise<void> {
        await this.page.locator(".side a", { hasText: new RegExp(`^${this.w(word)}(\\d+)?$`) }).click();
    }

    field(path: string): Locator {
        return this.page.locator(`[data-field="${path}"]`);
    }

    /** What is folded together is not in the document: it is there when its fields are. */
    async openGroups(): Promise<void> {
        await this.page.locator("form.sheet .field").first().waitFor();
        for (const group of await this.page.locator("main details.group").all()) {
            if ((await group.getAttribute("open")) === null) await group.locator("summary").first().click();
            await group.locator(".field").first().waitFor();
        }
    }

    async fillIn(path: string, value: string): Promise<void> {
        const field = this.field(path);
        if (!(await field.isVisible())) await this.openGroups();
        const select = field.locator("select").first();
        if (await select.count()) await this.choose(select, value);
        else await field.locator("input, textarea").first().fill(value);
    }

    /** The choice that is called so, or begins with that name: "vpc-a (vpc-…)". */
    async choose(select: Locator, value: string): Promise<void> {
        const option = select.locator("option").filter({ hasText: new RegExp(`^${value}( \\(.*\\))?$`) });
        const named = (await option.count()) ? await option.first().getAttribute("value") : value;
        await select.selectOption(named ?? value);
    }

    async sees(text: string | RegExp, timeout = PATIENCE.page): Promise<void> {
        try {
            await this.page.getByText(text).first().waitFor({ timeout });
        } catch (error) {
            await this.keepPicture();
            throw error;
        }
    }

    /** What this person was looking at when something was not there; SCREENSHOTS says where to. */
    async keepPicture(): Promise<void> {
        const where = process.env["SCREENSHOTS"];
        if (where) await this.page.screenshot({ path: `${where}/failed.png` });
    }

    async seesNot(selector: string): Promise<void> {
        assert.equal(await this.page.locator(selector).count(), 0, `${selector} is there`);
    }

    row(text: string): Locator {
        return this.page.locator("tbody tr", { hasText: text });
    }

    /** What axe-core finds wrong with the page as it is. */
    async checkAccessibility(where: string): Promise<void> {
        const found = await AxeBuilder(this.page);
        assert.deepEqual(found, [], `${where}: not accessible`);
    }

    /** The page does not scroll sideways. */
    async checkWidth(where: string): Promise<void> {
        const beyond = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(beyond <= 0, `${where}: ${beyond} px wider than the screen`);
    }

    /** To whoever reads Chinese the page speaks Chinese. */
    async checkLanguage(where: string): Promise<void> {
        if (this.language !== "zh") return;
        const shown = await this.page.evaluate(textsShown);
        assert.deepEqual([...new Set(shown.flatMap(englishIn))], [], `${where}: English is left`);
    }

    /** Leaves; fails if something went wrong that a person need not have noticed. */
    async leave(): Promise<void> {
        await this.context.close();
        assert.deepEqual(this.#faults, []);
    }
}
