import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { startNodeDoor } from "../support/node-door.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** The machine may be busy. */
const WAIT = { timeout: 15_000 };
const TEXT = readFileSync("docs/quickstart.md", "utf8");

test("EX4 the first ten minutes, command by command as they are printed: app, page, click, payment, webhook, balance", async () => {
  const folder = tempFolder();
  for (const name of ["examples", "node_modules"]) symlinkSync(resolve(name), join(folder, name));
  const door = await startNodeDoor(folder);
  onTestFinished(async () => void (await door.stop("SIGTERM")));
  const shop = `127.0.0.1:${await freePort()}`;
  // On a machine that runs other tests, too, the ports are others.
  const here = TEXT.replaceAll("http://127.0.0.1:8787", door.url).replaceAll("127.0.0.1:3000", shop);
  const terminal = openTerminal(folder, { PORT: new URL(`http://${shop}`).port });
  onTestFinished(() => terminal.close());

  const [start, ...steps] = sectionsOf(here);
  expect(start?.commands).toEqual(["npm ci && npm start\n"]);
  for (const { title, commands, promises } of steps) {
    if (title === "The first click") await visit(/`(http:\S+\?ref=mara)`/.exec(here)?.[1] ?? "");
    for (const command of commands) await terminal.run(command);
    if (title === "A backend that is told")
      await vi.waitFor(() => expect(terminal.printed()).toContain("The shop is running"), WAIT);
    for (const promise of promises) {
      // What the backend prints comes when the webhook does.
      await vi.waitFor(() => expect(terminal.printed()).toContain(promise), WAIT);
    }
  }
  expect(terminal.printed()).not.toContain("Refused");
}, 60_000);

interface Section {
  readonly title: string;
  readonly commands: readonly string[];
  /** What the text says will be printed, line by line. */
  readonly promises: readonly string[];
}

function sectionsOf(text: string): readonly Section[] {
  return text
    .split("\n## ")
    .slice(1)
    .map((section) => ({
      title: section.split("\n", 1)[0] ?? "",
      commands: blocks(section, "sh"),
      promises: blocks(section, "").flatMap((block) => block.trim().split("\n")),
    }));
}

function blocks(section: string, language: string): readonly string[] {
  // Every block ends, so every other fence begins one.
  const parts = section.split(/^```/m).filter((_, place) => place % 2 === 1);
  return parts.filter((part) => part.startsWith(`${language}\n`)).map((part) => part.slice(language.length + 1));
}

/** Somebody opens the link, and stays until the click is answered. */
async function visit(link: string): Promise<void> {
  const browser = await launchBrowser();
  try {
    const page = await (await newVisitor(browser)).newPage();
    const click = page.waitForResponse((response) => response.url().endsWith("/api/track/click"));
    await page.goto(link);
    expect((await click).status()).toBe(202);
  } finally {
    await browser.close();
  }
}

/** A shell that keeps its variables from one command to the next. */
function openTerminal(folder: string, env: Readonly<Record<string, string>>) {
  const shell = spawn("bash", { cwd: folder, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
  let printed = "";
  shell.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  let commands = 0;
  return {
    printed: () => printed,
    /** Runs it to its end, which must be a good one. */
    async run(command: string): Promise<void> {
      commands += 1;
      const mark = `[command ${commands}: `;
      shell.stdin.write(`${command}\necho "${mark}$?]"\n`);
      await vi.waitFor(() => expect(printed).toContain(`${mark}0]`), WAIT);
    },
    close: () => close(shell),
  };
}

async function close(shell: ChildProcess): Promise<void> {
  // What it left running goes with it, also where a command failed on the way.
  shell.stdin?.end("kill $(jobs -p) 2>/dev/null\n");
  await once(shell, "exit");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === "object" && address !== null ? address.port : 0;
}
