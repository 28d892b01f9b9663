import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { diceOf } from "../chaos/dice.ts";
import { type Comparison, compareWith } from "./compare.ts";
import { DatabaseServer, type Door, type DoorName, type MemorySample, openEdgeDoor, openNodeDoor } from "./doors.ts";
import { judgeMemory, type MemoryReport, MIN_SAMPLES } from "./memory.ts";
import { openPrograms } from "./programs.ts";
import { CALL_KINDS, type CallKind, Shoppers } from "./shoppers.ts";
import { HANGS_AFTER_MS, Traffic } from "./traffic.ts";

export interface SoakOptions {
  readonly door: DoorName;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second over all connections; 0: as many as are answered. */
  readonly rate: number;
  readonly seed: number;
  /** The database server is killed, and away for so long, in the middle of the run. */
  readonly outageSeconds?: number;
  /** Of the shops: the traffic of each keeps within the limit of its key. */
  readonly apps?: number;
  /** What is run in place of `dist/node.js`. */
  readonly program?: string;
}

export interface KindReport {
  readonly sent: number;
  readonly answered: number;
  readonly unavailable: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface OutageReport {
  readonly seconds: number;
  readonly unavailable: number;
  /** From the database's return to the first call that was written, and to the last 503; 0 where none came after it. */
  readonly writtenAfterMs: number;
  readonly lastUnavailableAfterMs: number;
  readonly slowestMs: number;
}

export interface SoakReport extends Comparison {
  readonly door: DoorName;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second that were asked for, and that there were. */
  readonly rate: number;
  readonly achieved: number;
  readonly sent: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly reconnects: number;
  /** Of a processor's time the door's process used. */
  readonly cpuMsPerCall: number;
  readonly kinds: Readonly<Record<string, KindReport>>;
  /** Null for a run that is too short for it, and for one with an outage. */
  readonly memory: MemoryReport | null;
  readonly outage: OutageReport | null;
  readonly problems: readonly string[];
}

/** Affiliates of each app. */
const AFFILIATES = 5;
const APPS = 40;
/** As often as cron does. */
const JOBS_EVERY_MS = 60_000;
/** Evenly over a run; each collects garbage, which stops the process for a moment. */
const MEMORY_SAMPLES = 60;
const MIN_SAMPLE_MS = 2_000;
/** A run is long enough to be judged by its memory. */
const JUDGED_FROM_S = 30;
/** When the database is back it is used again. */
const RECOVERY_MS = 5_000;

/** Traffic on a door, until its time is over; then its database beside what was answered. What is wrong is in `problems`. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-soak-"));
  const place = await openPlace(folder, options);
  try {
    const programs = await openPrograms(place.door, { apps: options.apps ?? APPS, affiliates: AFFILIATES });
    const shoppers = new Shoppers(diceOf(options.seed), programs);
    const { url } = place.door;
    const traffic = new Traffic({ url, shoppers, connections: options.connections, rate: options.rate });
    const startedAt = performance.now();
    const cpuBefore = place.door.cpuSeconds();
    const running = traffic.run();
    const [samples, broken] = await Promise.all([
      watch(place.door, { ...options, traffic }),
      options.outageSeconds === undefined ? null : breakDatabase(place, { ...options, traffic }),
      runJobs(place.door, options),
    ]);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { sent } = traffic;
    const cpuMsPerCall = Number((((place.door.cpuSeconds() - cpuBefore) * 1_000) / sent).toFixed(2));
    traffic.stop();
    await running;
    await place.close();
    const isJudged = options.outageSeconds === undefined && options.seconds >= JUDGED_FROM_S;
    const memory = isJudged && samples.length >= MIN_SAMPLES ? judgeMemory(samples) : null;
    const compared = await compareWith(place.file, shoppers);
    const outage = broken === null ? null : outageOf(broken, traffic);
    const report = { ...compared, ...toldOf(options, { traffic, seconds, sent }), memory, outage, cpuMsPerCall };
    const unread = isJudged && memory === null ? [`memory was read ${samples.length} times alone`] : [];
    return { ...report, problems: [...traffic.problems, ...unread, ...problemsOf(report)] };
  } finally {
    await place.close().catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly door: Door;
  readonly file: string;
  readonly server: DatabaseServer | null;
  readonly close: () => Promise<void>;
}

/** A door over the database that it has in production: Node's own file, or a libSQL server, which can be away. */
async function openPlace(folder: string, { door: name, outageSeconds, program }: SoakOptions): Promise<Place> {
  if (name === "node" && outageSeconds === undefined) {
    const file = join(folder, "soak.db");
    const door = await openNodeDoor({ url: `file:${file}`, token: "" }, { folder, program });
    return { door, file, server: null, close: once(() => door.stop()) };
  }
  const server = new DatabaseServer(folder);
  await server.start();
  try {
    await server.migrate();
    const { address } = server;
    const door = name === "node" ? await openNodeDoor(address, { folder, program }) : await openEdgeDoor(address);
    const close = once(async () => {
      await door.stop();
      await server.stop("SIGTERM");
    });
    return { door, file: server.file, server, close };
  } catch (error) {
    await server.stop("SIGTERM");
    throw error;
  }
}

/** Samples of the door's memory until the time is over. */
async function watch(
  door: Door,
  { seconds, outageSeconds, traffic }: SoakOptions & { readonly traffic: Traffic },
): Promise<readonly MemorySample[]> {
  const until = performance.now() + seconds * 1_000;
  const everyMs = Math.max(MIN_SAMPLE_MS, (seconds * 1_000) / MEMORY_SAMPLES);
  const samples: MemorySample[] = [];
  for (;;) {
    const leftMs = until - performance.now();
    await sleep(Math.max(0, Math.min(everyMs, leftMs)));
    if (leftMs <= everyMs) return samples;
    if (outageSeconds === undefined) samples.push(await traffic.pausedFor(() => door.memory()));
  }
}

/** Cron's part. */
async function runJobs(door: Door, { seconds }: SoakOptions): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    await door.runJobs();
    await sleep(Math.max(0, Math.min(JOBS_EVERY_MS, until - performance.now())));
  }
}

interface Outage {
  readonly seconds: number;
  /** How many 503 there were before it. */
  readonly before: number;
  readonly backAt: number;
  readonly writtenAfterMs: number;
}

/** Kills the database's server in the middle of the run, and starts it again. */
async function breakDatabase(
  { server }: Place,
  { seconds, outageSeconds = 0, traffic }: SoakOptions & { readonly traffic: Traffic },
): Promise<Outage> {
  if (server === null) throw new Error("only a server can be away");
  await sleep(((seconds - outageSeconds) / 2) * 1_000);
  const before = traffic.refusals.get("503") ?? 0;
  traffic.slowestMs = 0;
  await server.stop("SIGKILL");
  await sleep(outageSeconds * 1_000);
  const written = traffic.lastWrittenAt;
  await server.start();
  const backAt = performance.now();
  while (traffic.lastWrittenAt === written && performance.now() < backAt + RECOVERY_MS) await sleep(5);
  const writtenAfterMs = Math.round(performance.now() - backAt);
  return { seconds: outageSeconds, before, writtenAfterMs, backAt };
}

function outageOf({ seconds, before, backAt, writtenAfterMs }: Outage, traffic: Traffic): OutageReport {
  return {
    seconds,
    unavailable: (traffic.refusals.get("503") ?? 0) - before,
    writtenAfterMs,
    lastUnavailableAfterMs: Math.max(0, Math.round(traffic.lastUnavailableAt - backAt)),
    slowestMs: Math.round(traffic.slowestMs),
  };
}

function toldOf(
  { door, connections, rate }: SoakOptions,
  { traffic, seconds, sent }: { readonly traffic: Traffic; readonly seconds: number; readonly sent: number },
) {
  const kinds: Record<string, KindReport> = {};
  for (const kind of CALL_KINDS) kinds[kind] = kindOf(traffic, kind);
  return {
    door,
    connections,
    rate,
    seconds: Math.round(seconds),
    achieved: Math.round(sent / seconds),
    sent: traffic.sent,
    refusals: Object.fromEntries(traffic.refusals),
    reconnects: traffic.reconnects,
    kinds,
  };
}

function kindOf({ counts }: Traffic, kind: CallKind): KindReport {
  const { sent, answered, unavailable, times } = counts.get(kind) ?? {
    sent: 0,
    answered: 0,
    unavailable: 0,
    times: [],
  };
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => Number((sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2));
  return { sent, answered, unavailable, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** What a run claims, and does not hold. */
function problemsOf(report: Omit<SoakReport, "problems">): readonly string[] {
  const { refusals, facts, books, memory, outage } = report;
  const problems: string[] = [];
  const unavailable = (refusals["503"] ?? 0) - (outage?.unavailable ?? 0);
  if (unavailable > 0) problems.push(`${unavailable} calls were answered 503 while the database was there`);
  for (const [kind, { answered, lost, double, strange }] of Object.entries(facts)) {
    if (answered === 0) problems.push(`no ${kind} was answered`);
    if (lost + double + strange > 0) problems.push(`${kind}: ${lost} lost, ${double} double, ${strange} strange`);
  }
  if (memory !== null && !memory.isFlat) problems.push("memory is not flat");
  if (outage !== null) problems.push(...problemsOfOutage(outage));
  return [...problems, ...books.map((check) => `books: ${check}`)];
}

function problemsOfOutage({ unavailable, writtenAfterMs, lastUnavailableAfterMs, slowestMs }: OutageReport) {
  const problems: string[] = [];
  if (unavailable === 0) problems.push("nobody noticed that the database was away");
  if (writtenAfterMs >= RECOVERY_MS) problems.push("nothing was written after the database was back");
  if (lastUnavailableAfterMs >= RECOVERY_MS) problems.push("503 went on after the database was back");
  if (slowestMs >= HANGS_AFTER_MS) problems.push(`a call took ${slowestMs} ms`);
  return problems;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= work());
}
