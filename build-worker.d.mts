import type { Metafile } from "esbuild";

/** See build-worker.mjs. */
export function buildWorker(folder?: string): Promise<Metafile>;
export function watchWorker(): Promise<() => Promise<void>>;
