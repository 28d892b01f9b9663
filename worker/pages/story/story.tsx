import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import type { RefExplanation } from "../../services/explain/explain-ref.ts";
import { readStory, STORY_PATH, type ToldStory } from "../../services/explain/share-story.ts";
import { EXPLAIN } from "../../texts/explain.ts";
import { STORIES } from "../../texts/stories.ts";
import { Badge, Card, Facts, Time } from "../components/data.tsx";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import { CommissionStory, toldOf } from "../portal/commission.tsx";
import { pageRefusal } from "../refusal.tsx";

/** `/story/:token`: one story that an owner shared, as its creator may read it. Nobody signs in, and nobody is asked who they are. */
export function storyPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  const path = `${STORY_PATH}/:token`;

  routes.use(path, tellingNobody);

  routes.get(path, async (c) => {
    const story = await readStory(deps, c.req.param("token"));
    if (!story.ok) return pageRefusal(c, story.failure, [STORIES.notThere, STORIES.notThereHow]);
    const { app, expiresAt, explanation } = story.value;
    return page(
      c,
      { title: STORIES.title[explanation.subject], lead: STORIES.lead(app.name) },
      <div class="stack">
        <Story explanation={explanation} now={deps.now()} />
        <p class="soft small">
          {STORIES.footnote} <Time at={expiresAt} as="date" />.
        </p>
      </div>,
    );
  });

  return routes;
}

/** Whoever has the address can read the page: it goes to no site that is linked, and into no search engine. */
const tellingNobody = createMiddleware<PageEnv>(async (c, next) => {
  c.header("Referrer-Policy", "no-referrer");
  c.header("X-Robots-Tag", "noindex, nofollow, noarchive");
  return next();
});

function Story({ explanation, now }: { explanation: ToldStory["explanation"]; now: number }) {
  return explanation.subject === "conversion" ? (
    <CommissionStory explanation={explanation} now={now} payoutPath={null} />
  ) : (
    <CodeStory explanation={explanation} now={now} />
  );
}

const TONES = { active: "good", retired: undefined, revoked: "bad", expired: "wait", unknown: "bad" } as const;

function CodeStory({ explanation, now }: { explanation: RefExplanation; now: number }) {
  const { ref, state, code, findings, counts, referrals } = explanation;
  const more = referrals.isAll ? "" : ` ${EXPLAIN.atLeast}`;
  return (
    <div class="columns">
      <div class="stack">
        <Card title={STORIES.says} aside={<Badge tone={TONES[state]}>{EXPLAIN.codeStates[state]}</Badge>}>
          {findings.length === 0 ? (
            <p>{STORIES.fine}</p>
          ) : (
            <ul role="list" class="stack close">
              {findings.map((found) => (
                <li>{toldOf(found)}</li>
              ))}
            </ul>
          )}
        </Card>
        <Card title={STORIES.brought}>
          <Facts
            facts={[
              [STORIES.code, <code>{ref}</code>],
              [EXPLAIN.counts.clicks, String(counts.clicks)],
              [EXPLAIN.counts.signups, String(counts.signups)],
              [EXPLAIN.counts.conversions, String(counts.conversions)],
              [EXPLAIN.counts.refunds, String(counts.refunds)],
              [EXPLAIN.counts.referrals, `${referrals.count}${more}`],
            ]}
          />
        </Card>
      </div>
      <Card title={STORIES.story}>
        <ol class="steps" role="list">
          {momentsOf(code, now).map(({ at, text }) => (
            <li class={at <= now ? "done" : undefined}>
              <h3>{text}</h3>
              <p class="soft">
                <Time at={at} />
              </p>
            </li>
          ))}
        </ol>
      </Card>
    </div>
  );
}

/** What happened to the code itself: who called with it, and why it was refused, is the owner's to know. */
function momentsOf(
  code: RefExplanation["code"],
  now: number,
): readonly { readonly at: number; readonly text: string }[] {
  if (code === null) return [];
  const { moments } = STORIES;
  const { createdAt, expiresAt, retiredAt } = code;
  return [
    { at: createdAt, text: moments.issued },
    ...(expiresAt === null ? [] : [{ at: expiresAt, text: expiresAt > now ? moments.expires : moments.expired }]),
    ...(retiredAt === null ? [] : [{ at: retiredAt, text: moments.retired }]),
  ].toSorted((a, b) => a.at - b.at);
}
