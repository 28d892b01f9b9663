import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

/*
 * Loaded before the built program: it looks no name up, so that it reaches this machine alone, and what it does by itself every
 * two seconds or every minute it does at a signal (SIGUSR2), so that nothing but an input changes anything meanwhile. It says when
 * it has done what comes every two seconds.
 */

/** `deliverOften` and `runJobs`. */
const OFTEN_MS = 2_000;
const JOBS_MS = 60_000;

type Run = (...given: unknown[]) => void;

const waiting: Run[] = [];
const jobs: Run[] = [];
const { setTimeout: realTimeout, setInterval: realInterval } = globalThis;

Object.assign(globalThis, {
  setTimeout: (run: Run, ms?: number, ...given: unknown[]) => {
    if (ms !== OFTEN_MS) return realTimeout(() => run(...given), ms);
    waiting.push(run);
    console.log("waits for SIGUSR2");
    return realTimeout(() => {}, 0);
  },
  setInterval: (run: Run, ms?: number, ...given: unknown[]) => {
    if (ms !== JOBS_MS) return realInterval(() => run(...given), ms);
    jobs.push(run);
    return realInterval(() => {}, JOBS_MS);
  },
});
process.on("SIGUSR2", () => {
  for (const run of [...jobs, ...waiting.splice(0)]) run();
});

const nowhere = (name: string) => Object.assign(new Error(`no look-up of ${name}`), { code: "ENOTFOUND" });

Object.assign(dns, {
  lookup: (
    name: string,
    options: unknown,
    answer?: (error: Error | null, address?: unknown, family?: number) => void,
  ) => {
    const called = typeof options === "function" ? options : answer;
    const isMany = typeof options === "object" && options !== null && "all" in options && options.all === true;
    if (!isHere(name)) return void called?.(nowhere(name));
    called?.(null, isMany ? [{ address: "127.0.0.1", family: 4 }] : "127.0.0.1", 4);
  },
});
Object.assign(dns.promises, {
  lookup: async (name: string, options?: { readonly all?: boolean }) => {
    if (!isHere(name)) throw nowhere(name);
    const here = { address: "127.0.0.1", family: 4 };
    return options?.all === true ? [here] : here;
  },
});
syncBuiltinESMExports();

function isHere(name: string): boolean {
  return name === "localhost" || name === "127.0.0.1";
}
