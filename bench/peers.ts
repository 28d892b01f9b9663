import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transform } from "esbuild";

/** A script for visitors' browsers that somebody of this field, or beside it, has published as a package. */
interface Peer {
  readonly name: string;
  readonly version: string;
  /** What the registry said of this version when it was chosen: a package is what it was, or is not shown. */
  readonly integrity: string;
  readonly file: string;
  readonly what: string;
}

const PEERS: readonly Peer[] = [
  {
    name: "@dub/analytics",
    version: "0.0.32",
    integrity: "sha512-jmZrgbArOX08/kz+hi1s9ggt0k64WzRErt6jM6TfuqUHlXQYNNNRcefvKrmd9vwmbvNGR/GxZnYeyco6Zyw4fg==",
    file: "dist/index.js",
    what: "affiliates; a loader, without what it loads",
  },
  {
    name: "@tapfiliate/tapfiliate-js",
    version: "1.0.2",
    integrity: "sha512-W1byQF2aFAcMmlWF8QxpGQ8oueHF1p85+g+U/aMXlB5eJelMdCOvPr7q+FZ66umFcDRhcjcszO9dXlX9Nolj+w==",
    file: "index.js",
    what: "affiliates; a loader, without what it loads",
  },
  {
    name: "@pearmill/attribution.js",
    version: "1.0.3",
    integrity: "sha512-Gy1QkV8Tk+9MEPLeWOrj0k+Wwgjnm7ZvGXf2+uYqbiII/9pyFFVN0nyyyuuzHKCKZoju/QfvL8h9xwmWNFyyKA==",
    file: "attribution.min.js",
    what: "where visitors come from",
  },
  {
    name: "@plausible-analytics/tracker",
    version: "0.4.6",
    integrity: "sha512-nbu6xGgSP6jeYuoVklZBzucUnIpo75tVu3Kr+R0EDycVKaMC/jF5Q/YCaM/8gR4fPZ1IDcXt6FdBJFZ1uZwEPA==",
    file: "plausible.js",
    what: "counting of visitors, known for being small",
  },
  {
    name: "sourcebuster",
    version: "1.1.0",
    integrity: "sha512-+A8MHjtnARAYsqd0OI+aXbgUa/p6mhmXHwGUu3TxdujqfVqS1mjSq+2fkctGDozoxrRSBb55WScJJtJ5YILxSQ==",
    file: "dist/sourcebuster.min.js",
    what: "where visitors come from",
  },
  {
    name: "@saasquatch/squatch-js",
    version: "2.6.3",
    integrity: "sha512-VdF57oirG07plIr7lzF9UgxtF2kYk5nfAp6K4Qpcy2o4+X1s0uUdMYpf2Ed8WWiTRnnxWyhct77G3fSTr4qGmA==",
    file: "dist/squatch.min.js",
    what: "referrals, with widgets",
  },
  {
    name: "branch-sdk",
    version: "2.89.2",
    integrity: "sha512-cwTJHHEqaA9CNi/pjkBptXhsma+KBNydONKgg6Eca+NYO0j8zrwK7u6U21PGk/i+NmSNanx82sFeQGRMk2Wk1g==",
    file: "dist/build.min.js",
    what: "links and where installs come from",
  },
];

export interface PeerScript {
  readonly name: string;
  readonly what: string;
  readonly code: string;
  /** Who made it small: we do, where theirs is larger. */
  readonly minifiedBy: "them" | "us";
}

/** Without a registry there is nothing to wait for. */
const OPTIONS = ["--silent", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=15000"];
const TIMEOUT_MS = 60_000;
/** Of one file of a package. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/**
 * The scripts of pinned packages, by `npm pack`, in a folder that goes away; null where no registry answers. A package that is
 * not what it was throws.
 */
export async function fetchPeers(): Promise<readonly PeerScript[] | null> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-peers-"));
  try {
    const specs = PEERS.map(({ name, version }) => `${name}@${version}`);
    const packed = spawnSync("npm", ["pack", ...OPTIONS, "--pack-destination", folder, ...specs], {
      timeout: TIMEOUT_MS,
    });
    return packed.status === 0 ? await Promise.all(PEERS.map((peer) => readPeer(peer, folder))) : null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readPeer({ name, version, integrity, file, what }: Peer, folder: string): Promise<PeerScript> {
  const tarball = join(folder, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
  const found = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
  if (found !== integrity) throw new Error(`${name}@${version} is ${found}, not what is pinned in bench/peers.ts`);
  const theirs = unpacked(tarball, file);
  const { code: ours } = await transform(theirs, { minify: true, legalComments: "none" });
  const isOurs = ours.length < theirs.length;
  return { name: `${name} ${version}`, what, code: isOurs ? ours : theirs, minifiedBy: isOurs ? "us" : "them" };
}

function unpacked(tarball: string, file: string): string {
  const tar = spawnSync("tar", ["-xzOf", tarball, `package/${file}`], { encoding: "utf8", maxBuffer: MAX_FILE_BYTES });
  if (tar.status !== 0) throw new Error(`${tarball} has no ${file}: ${tar.stderr}`);
  return tar.stdout;
}
