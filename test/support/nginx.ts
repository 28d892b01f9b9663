import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { nginxProgram } from "./nginx-program.ts";
import { tempFolder } from "./temp-folder.ts";

const START_ATTEMPTS = 200;
const ATTEMPT_MS = 25;

/**
 * Runs nginx with these servers until the test is over, and is back once it answers on `port`: in one process that stays in
 * the foreground, with all its files in a folder of its own.
 */
export async function startNginx({ port, http }: { readonly port: number; readonly http: string }): Promise<void> {
  const folder = tempFolder();
  const config = join(folder, "nginx.conf");
  writeFileSync(config, configOf(http));
  const nginx = spawn(nginxProgram() ?? "nginx", ["-p", folder, "-c", config, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaints = "";
  nginx.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = once(nginx, "exit");
  onTestFinished(async () => {
    nginx.kill("SIGTERM");
    await ended;
  });
  for (let attempt = 0; attempt < START_ATTEMPTS && nginx.exitCode === null; attempt++) {
    if (await answers(port)) return;
    await sleep(ATTEMPT_MS);
  }
  throw new Error(`nginx does not answer:\n${complaints}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function configOf(http: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
  return `
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
  access_log off;
  ${temporary.join("\n  ")}
${http}
}
`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
