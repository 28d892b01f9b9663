import type { Child } from "hono/jsx";

/** What a statement is headed with on paper, where the page's own bar and forms are left out: who it is for, and for when. */
export function Letterhead({ title, facts }: { title: string; facts: readonly (readonly [string, Child])[] }) {
  return (
    <div class="letterhead">
      <p>
        <strong>{title}</strong>
      </p>
      <dl>
        {facts.map(([name, fact]) => (
          <div>
            <dt>{name}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
