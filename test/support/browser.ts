import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions } from "playwright-core";

/**
 * Ours, and not the package's `args`: those switch web security off, and a test of CORS or cookies would prove nothing.
 * Every name under .test is this machine; everything else is left to the network, where tests never go.
 */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP *.test 127.0.0.1",
];

const LAUNCH_TIMEOUT_MS = 30_000;
const UNPACK_TIMEOUT_MS = 120_000;

export interface BrowserOptions {
  /** Keeps a page that was left, to show it again as it was. Playwright and this build switch that off. */
  readonly bfcache?: boolean;
}

/**
 * Starts the Chromium that ships inside @sparticuz/chromium (or the one at `CHROMIUM_PATH`), whatever the machine has
 * installed. The caller closes it.
 */
export async function launchBrowser({ bfcache = false }: BrowserOptions = {}): Promise<Browser> {
  const { executablePath, env } = await chromiumProgram();
  const args = bfcache ? [...FLAGS, "--enable-bfcache"] : FLAGS;
  const ignoreDefaultArgs = bfcache ? ["--disable-back-forward-cache"] : [];
  return chromium.launch({ executablePath, env, args, ignoreDefaultArgs, timeout: LAUNCH_TIMEOUT_MS });
}

/**
 * A fresh visitor: no cookies, no storage, and the user agent of an ordinary Chrome, because a server that filters bots
 * knows "HeadlessChrome" for one. The caller closes it, or the browser.
 */
export async function newVisitor(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const major = browser.version().split(".")[0] ?? "";
  const userAgent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;
  // Without one it is the machine's, and a bare machine's is none that pages can work with.
  return browser.newContext({ userAgent, locale: "en-US", ...options });
}

/**
 * The folder with the unpacked browser, its libraries and fonts; unpacks on first use. Safe to call from several
 * processes at once: each unpacks under a name of its own, the first to rename wins, and a folder under the final name
 * is always complete. The name carries the package's version, so that a new version never finds an old binary. It lies
 * beside the package and not in the temporary folder, where others may write and old files are swept away one by one.
 */
export async function unpackChromium(): Promise<string> {
  const folder = join(PACKAGE_FOLDER, "..", "..", ".cache", `chromium-${packageVersion()}`);
  if (!existsSync(folder)) {
    await mkdir(dirname(folder), { recursive: true });
    const draft = await mkdtemp(`${folder}.`);
    try {
      await unpackInto(draft);
      await rename(draft, folder);
    } catch (error) {
      await rm(draft, { recursive: true });
      // Renaming onto a folder that is not empty fails: another process was first, and its folder serves as well.
      if (!existsSync(folder)) throw error;
    }
  }
  return folder;
}

interface Program {
  readonly executablePath: string;
  readonly env: Record<string, string | undefined>;
}

async function chromiumProgram(): Promise<Program> {
  const given = process.env["CHROMIUM_PATH"];
  if (given) return { executablePath: given, env: process.env };
  const folder = await unpackChromium();
  return {
    executablePath: join(folder, "chromium"),
    env: {
      ...process.env,
      // A bare Debian has neither NSS nor fonts.
      LD_LIBRARY_PATH: join(folder, "al2023", "lib"),
      FONTCONFIG_PATH: join(folder, "fonts"),
    },
  };
}

const PACKAGE_MAIN = createRequire(import.meta.url).resolve("@sparticuz/chromium");
const PACKAGE_FOLDER = join(dirname(PACKAGE_MAIN), "..");

function packageVersion(): string {
  const version = /"version":\s*"([\w.+-]+)"/.exec(readFileSync(join(PACKAGE_FOLDER, "package.json"), "utf8"))?.[1];
  if (!version) throw new Error("@sparticuz/chromium has no version");
  return version;
}

/**
 * Unpacks browser, libraries and fonts into `folder`. The package unpacks to TMPDIR and takes what it finds there for
 * finished, so it runs in a process of its own whose TMPDIR is this folder; ours stays as it is.
 */
async function unpackInto(folder: string): Promise<void> {
  const script = `
    const { default: chromium, inflate } = await import(${JSON.stringify(pathToFileURL(PACKAGE_MAIN).href)});
    await chromium.executablePath();
    await inflate(${JSON.stringify(join(PACKAGE_FOLDER, "bin", "al2023.tar.br"))});`;
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...process.env, TMPDIR: folder },
    timeout: UNPACK_TIMEOUT_MS,
  });
  await writeFile(join(folder, "fonts", "fonts.conf"), FONTS_CONF);
}

/** Instead of the package's own, which names /tmp/fonts. */
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
</fontconfig>
`;
