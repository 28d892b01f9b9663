import { createServer } from "node:http";
import { serve, type ServerType } from "@hono/node-server";
import { onTestFinished } from "vitest";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** A world that a real browser can visit, at either door. */
export interface ServedWorld {
  readonly world: World;
  /** Where its pages are; also its PUBLIC_URL. */
  readonly url: string;
}

/** A world on a port of this machine, as dev is: over plain http, where browsers keep no `__Host-` cookie. Ends with the test. */
export async function serveWorld(options: WorldOptions = {}): Promise<ServedWorld> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const world = await createWorld({ ...options, config: { env: "dev", publicUrl: url, ...options.config } });
  const server = serve({ fetch: (request) => passOn(world, request), hostname: "127.0.0.1", port });
  onTestFinished(() => closeServer(server));
  return { world, url };
}

async function passOn(world: World, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const { method, headers } = request;
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? { body: new Uint8Array(await request.arrayBuffer()) } : {};
  return world.request(`${pathname}${search}`, { method, headers, ...body });
}

/** What a server is told before it listens must hold its port. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function closeServer(server: ServerType): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  if ("closeAllConnections" in server) server.closeAllConnections();
  await closed;
}
