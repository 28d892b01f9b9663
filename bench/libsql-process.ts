import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface LibsqlProcess {
  readonly url: string;
  readonly token: string;
  readonly stop: () => Promise<void>;
}

/** A libSQL server as a process of its own, with an empty database of which nothing is synced to disk. */
export async function startLibsqlProcess(): Promise<LibsqlProcess> {
  const token = "bench";
  const child = spawn(process.execPath, ["dev/libsql-server.ts"], {
    env: { PATH: process.env["PATH"], DATABASE_AUTH_TOKEN: token },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const kill = () => child.kill();
  process.once("exit", kill);
  const [url] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(() => Promise.reject(new Error("the libSQL server ended"))),
  ]);
  return {
    url: String(url),
    token,
    async stop() {
      process.off("exit", kill);
      child.kill();
      await ended;
    },
  };
}
