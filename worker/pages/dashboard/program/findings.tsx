import { wordsOf } from "../../../domain/explain-words.ts";
import type { Finding } from "../../../domain/findings.ts";
import type { Moment } from "../../../services/explain/timeline.ts";
import { creatorWords } from "../../../texts/creator-words.ts";
import { EXPLAIN } from "../../../texts/explain.ts";
import { Time } from "../../components/data.tsx";
import { type ActorNames, actorWords } from "./actor.tsx";

/** Why something is as it is, each with what can be done about it. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return <p class="soft">{EXPLAIN.noFindings}</p>;
  return (
    <ul class="points">
      {findings.map((found) => (
        <li>
          <Why found={found} />
        </li>
      ))}
    </ul>
  );
}

function Why({ found }: { found: Finding }) {
  const { message, advice } = wordsOf(found);
  const { since, until, count } = found;
  return (
    <>
      {creatorWords(message)}
      <span class="soft small">
        {since === null ? null : (
          <>
            {" "}
            {EXPLAIN.since} <Time at={since} />
          </>
        )}
        {until === null ? null : (
          <>
            {" "}
            {EXPLAIN.until} <Time at={until} />
          </>
        )}
        {count > 1 ? ` (${EXPLAIN.times(count)})` : null}
      </span>
      {advice === null ? null : (
        <div class="soft small">
          {EXPLAIN.toDo} {creatorWords(advice)}
        </div>
      )}
    </>
  );
}

/** An actor as the audit log names one, within a sentence. */
const ACTOR = /\b(?:user|operator|key|affiliate|rule):[a-z]+_[\w-]+/g;

/** Whoever did something of what a timeline tells. */
export function actorsIn(moments: readonly Moment[]): readonly string[] {
  return [...new Set(moments.flatMap(({ detail }) => detail.match(ACTOR) ?? []))];
}

function withNames(detail: string, names: ActorNames): string {
  return detail.replaceAll(ACTOR, (actor) => actorWords(actor, names));
}

/** Everything that happened, in its order; how the books moved money from lane to lane is told by what moved it. */
export function Timeline({ moments, names, now }: { moments: readonly Moment[]; names: ActorNames; now: number }) {
  return (
    <ol class="steps" role="list">
      {moments
        .filter(({ what }) => what !== "posting")
        .map(({ at, detail }) => (
          <li class={at <= now ? "done" : undefined}>
            <h3>{withNames(detail, names)}</h3>
            <p class="soft">
              <Time at={at} />
            </p>
          </li>
        ))}
    </ol>
  );
}
