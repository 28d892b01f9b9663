import type { Child } from "hono/jsx";
import { WEBHOOKS } from "../../../texts/webhooks.ts";
import { Copy, CopyBlock } from "../../components/copy.tsx";
import { Card, Notice } from "../../components/data.tsx";
import { Button } from "../../components/form.tsx";
import { INSTALL_VERIFIER, VERIFY_CODE } from "./verify-code.ts";

const { secret: WORDS, verify: VERIFY } = WEBHOOKS;

/** A secret that was just made, which no other page shows, and what to do with it. `note`: on the one before it. */
export function SecretView({ secret, href, note }: { secret: string; href: string; note?: Child }) {
  return (
    <div class="stack">
      <Card>
        <Notice tone="wait">
          <p>{WORDS.lead}</p>
        </Notice>
        <Copy value={secret} label={WORDS.label} />
        <p class="soft">{WORDS.use}</p>
        {note === undefined ? null : <p class="soft">{note}</p>}
        <Button kind="quiet" href={href}>
          {WORDS.toEndpoint}
        </Button>
      </Card>
      <HowToVerify />
    </div>
  );
}

/** How a backend knows that a call is ours. */
export function HowToVerify() {
  return (
    <Card title={VERIFY.title} lead={VERIFY.lead}>
      <Copy value={INSTALL_VERIFIER} label={VERIFY.install} />
      <CopyBlock value={VERIFY_CODE} label={VERIFY.code} />
      <ul class="points">
        {VERIFY.points.map((point) => (
          <li>{point}</li>
        ))}
      </ul>
      <p>
        <a href="/docs/webhooks">{VERIFY.docs}</a>
      </p>
    </Card>
  );
}
