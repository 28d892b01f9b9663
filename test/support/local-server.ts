import { createServer, type RequestListener } from "node:http";
import { onTestFinished } from "vitest";

/** A server on this machine until the test is over; the port it listens on. */
export async function serveHere(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
