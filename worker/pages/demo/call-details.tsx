import type { Exchange } from "./agentlinks-client.ts";

/** A call with its answer, word for word. */
export function CallDetails({ exchange: { path, sent, status, isReplay, body } }: { exchange: Exchange }) {
  const replay = isReplay ? "\nIdempotent-Replayed: true" : "";
  return (
    <details>
      <summary>
        <span>
          The call: <code>{path}</code>
        </span>
      </summary>
      <pre>{`POST ${path}\n${JSON.stringify(sent, null, 2)}\n\nanswered ${status}${replay}\n${JSON.stringify(body, null, 2)}`}</pre>
    </details>
  );
}
