import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { launchBrowser, newVisitor } from "../test/support/browser.ts";
import { fetchPeers, type PeerScript } from "./peers.ts";
import { excessSpread, spreadOf } from "./spread.ts";
import { type Part, printPart, type Row } from "./table.ts";

/** Evaluations of each script in turn, each in a document of its own. */
const ROUNDS = 200;
/** Unmeasured: the first documents of a browser are slow. */
const WARM_UP = 20;

/**
 * What the script weighs beside others of the field, and how long a visitor's browser is busy with it, beside a script that does
 * nothing. Of the others only the bytes are told: most of them do nothing before they are told an account.
 */
export async function measureScripts({ rounds = ROUNDS }: { readonly rounds?: number } = {}): Promise<Part> {
  const ours = readFileSync("dist/agentlinks.js", "utf8");
  const peers = await fetchPeers();
  const scripts: readonly PeerScript[] = [
    { name: "AgentLinks", what: "affiliates; all of it", code: ours, minifiedBy: "them" },
    ...(peers ?? []),
  ];
  const [empty = [], cookie = [], own = []] = await evaluationTimes(["", "document.cookie", ours], rounds);
  return {
    name: "script",
    tables: [
      {
        title: "Scripts for visitors' browsers, in bytes",
        rows: scripts.map(sizeRow).toSorted((a, b) => Number(a["brotli"]) - Number(b["brotli"])),
        notes: peers === null ? ["The other packages are left out: npm pack reached no registry"] : [],
      },
      {
        title: `From handing a script to Chromium until it has run, ${rounds} documents: median (p10–p90)`,
        rows: [
          { script: "an empty script", µs: spreadOf(empty), "above empty": null },
          { script: "a look at document.cookie", µs: spreadOf(cookie), "above empty": excessSpread(cookie, empty) },
          {
            script: "AgentLinks, on a page without a code",
            µs: spreadOf(own),
            "above empty": excessSpread(own, empty),
          },
        ],
      },
    ],
    claims: [],
  };
}

function sizeRow({ name, what, code, minifiedBy }: PeerScript): Row {
  const bytes = Buffer.from(code);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  return {
    script: name,
    raw: bytes.length,
    gzip,
    brotli: brotliCompressSync(bytes).length,
    minified: `by ${minifiedBy}`,
    what,
  };
}

/** Microseconds of each round, by script. */
async function evaluationTimes(scripts: readonly string[], rounds: number): Promise<readonly (readonly number[])[]> {
  const server = createServer((request, response) => void response.writeHead(200, ISOLATED).end(PAGE)).listen(
    0,
    "127.0.0.1",
  );
  const browser = await launchBrowser();
  try {
    const visitor = await newVisitor(browser);
    const page = await visitor.newPage();
    const address = server.address();
    await page.goto(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`);
    const times = await page.evaluate<number[][]>(
      `(${EVALUATE})(${JSON.stringify({ scripts, rounds: rounds + WARM_UP })})`,
    );
    return times.map((each) => each.slice(WARM_UP));
  } finally {
    await browser.close();
    server.close();
  }
}

/** A document that is isolated from other sites has a clock of 5 µs; others have one of 100. */
const ISOLATED = {
  "Content-Type": "text/html",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
/** With the tag that the script finds its settings on, which loads nothing. */
const PAGE = `<!doctype html><script type="text/plain" data-app-id="app_bench" src="/agentlinks.js"></script>`;

/** A script in the page: what it names is not there where this file's types are. */
const EVALUATE = `async ({ scripts, rounds }) => {
  const timeOf = async (code) => {
    const frame = document.createElement("iframe");
    frame.src = "/";
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    document.body.append(frame);
    await loaded;
    const element = frame.contentDocument.createElement("script");
    element.textContent = code;
    const startedAt = performance.now();
    frame.contentDocument.head.append(element);
    const us = (performance.now() - startedAt) * 1000;
    frame.remove();
    return us;
  };
  const times = scripts.map(() => []);
  for (let round = 0; round < rounds; round++) {
    // Another text each time: a browser keeps what it has compiled.
    for (const [at, script] of scripts.entries()) times[at].push(await timeOf("/*" + round + "*/" + script));
  }
  return times;
}`;

if (import.meta.main) printPart(await measureScripts());
