import { STORIES } from "../../../texts/stories.ts";
import { Card, Time } from "../../components/data.tsx";
import { Copy } from "../../components/copy.tsx";
import { Button } from "../../components/form.tsx";

/** A link to a story, and until when it works. */
export interface SharedStory {
  readonly url: string;
  readonly expiresAt: number;
}

/** The way to a link that tells this story to its creator, and the link, once it was asked for by GET: it is made, not stored. */
export function Share({ shared, askPath }: { shared: SharedStory | null; askPath: string }) {
  return (
    <Card title={STORIES.share} lead={STORIES.shareLead} id="share">
      {shared === null ? (
        <div class="row">
          <Button kind="quiet" href={`${askPath}#share`}>
            {STORIES.make}
          </Button>
        </div>
      ) : (
        <>
          <Copy value={shared.url} label={STORIES.link} />
          <p class="soft small">
            {STORIES.until} <Time at={shared.expiresAt} as="date" />. {STORIES.careful}
          </p>
        </>
      )}
    </Card>
  );
}
