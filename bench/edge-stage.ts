import { bundleWorker } from "../test/house/bundle.ts";
import { type NodeDoor, startNodeDoor } from "../test/support/node-door.ts";
import { serveInWorkerd } from "../test/support/workerd-process.ts";

const LIMITS = ["CLICK_LIMIT", "TRACK_LIMIT", "KEY_LIMIT", "GUESS_LIMIT"];

export interface RemoteDatabase {
  readonly url: string;
  readonly token: string;
}

/** The program on Node over this libSQL server: it writes there what the demo needs, the first time that it starts. */
export function startNodeOver(folder: string, { url, token }: RemoteDatabase): Promise<NodeDoor> {
  return startNodeDoor(folder, bindingsOf({ url, token }));
}

/** The Worker in workerd over this libSQL server, with the secrets of the program that wrote there first. */
export async function startWorkerOver({ url, token }: RemoteDatabase, dev: ReturnType<NodeDoor["dev"]>) {
  const settings = {
    ENV: "production",
    PUBLIC_URL: "https://links.example.test",
    OPERATOR_KEY: dev.operatorKey,
    AUTH_SECRET: dev.authSecret,
  };
  const texts = { ...settings, ...bindingsOf({ url, token }) };
  return serveInWorkerd(bundleWorker(), { texts, limits: LIMITS }, { quiet: true });
}

export function bindingsOf({ url, token }: RemoteDatabase) {
  return { DATABASE_URL: url, DATABASE_AUTH_TOKEN: token };
}
