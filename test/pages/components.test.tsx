import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { describe, expect, test } from "vitest";
import { Chart } from "../../worker/pages/components/chart.tsx";
import { Copy, CopyBlock } from "../../worker/pages/components/copy.tsx";
import { Badge, Card, Empty, Facts, Notice, Stat, Sum, Table, Time } from "../../worker/pages/components/data.tsx";
import { Button, Choices, Field, Form, Select, TextArea } from "../../worker/pages/components/form.tsx";
import { page } from "../../worker/pages/components/page.tsx";
import { Qr } from "../../worker/pages/components/qr.tsx";
import type { PageEnv } from "../../worker/pages/context.ts";
import { HOSTILE_TEXTS } from "../support/hostile-texts.ts";

describe("a page", () => {
  test("puts the session's proof into each of its forms, and into nothing else", async () => {
    const html = await pageWith(
      <>
        <Form action="/one">x</Form>
        <Form action="/two">y</Form>
      </>,
    );
    expect(html.match(/<input type="hidden" name="csrf" value="proof"\/>/g)).toHaveLength(2);
    expect(html.match(/proof/g)).toHaveLength(2);
  });

  test("names itself, and has one heading, one main part and a way to it", async () => {
    const html = await pageWith(<p>content</p>);
    expect(html).toMatch(/^<!doctype html><html lang="en">/);
    expect(html).toContain("<title>A page – AgentLinks</title>");
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html.match(/<main id="content"/g)).toHaveLength(1);
    expect(html).toContain('<a class="skip" href="#content">');
  });

  test("loads only its own files, and has neither script nor style within it", async () => {
    const html = await pageWith(
      <Chart title="Clicks" days={["2026-01-01"]} series={[{ label: "Clicks", values: [1] }]} />,
    );
    const loaded = [...html.matchAll(/(?:src|href)="([^"#]*)"/g)].map(([, url]) => url);
    expect(loaded.every((url) => /^\/(?:assets\/[\w.-]+)?$|^\/(?:signin|docs)$/.test(url ?? ""))).toBe(true);
    expect(html).not.toMatch(/<style|style="|<script>|<script [^>]*>[^<]| on[a-z]+="/);
  });
});

describe("what is wrong with a field", () => {
  test("is said of the field itself, for whoever only hears it", async () => {
    const html = await pageWith(
      <Field name="rate" label="Rate" hint="In percent." problem="Between 0 and 100." value="<>" />,
    );
    expect(html).toContain('aria-invalid="true" aria-describedby="f-rate-problem f-rate-hint"');
    expect(html).toContain('<p class="problem" id="f-rate-problem">Between 0 and 100.</p>');
    expect(html).toContain('value="&lt;&gt;"');
  });
});

test("a time is in UTC, and says which zone that is; a UTC day has none", async () => {
  const at = Date.UTC(2026, 0, 15, 23, 30);
  expect(await pageWith(<Time at={at} />)).toContain(
    '<time datetime="2026-01-15T23:30:00.000Z" data-local="moment">15 Jan 2026, 23:30 UTC</time>',
  );
  expect(await pageWith(<Time at={at} as="day" />)).toContain('<time datetime="2026-01-15">15 Jan 2026</time>');
});

test.each(HOSTILE_TEXTS)("%s is text in every component, never markup", async (text) => {
  const skeleton = skeletonOf(await pageWith(everything(text)));
  expect(skeleton).toEqual(skeletonOf(await pageWith(everything("plain"))));
});

/** Each component with a text wherever it takes one. */
function everything(text: string): Child {
  const option = { value: text, label: text, hint: text };
  return (
    <>
      <Card title={text} lead={text}>
        <Stat label={text} note={text}>
          {text}
        </Stat>
        <Badge>{text}</Badge>
        <Notice title={text}>{text}</Notice>
        <Empty title={text}>{text}</Empty>
        <Facts facts={[[text, text]]} />
        <Sum lines={[[text, text]]} />
        <Table caption={text} columns={[{ head: text, cell: () => text }]} rows={[1]} />
      </Card>
      <Form action={`/${text}`}>
        <Field name={text} label={text} hint={text} problem={text} value={text} affix={text} />
        <TextArea name={text} label={text} value={text} />
        <Select name={text} label={text} options={[option]} value={text} />
        <Choices name={text} label={text} options={[option]} value={text} />
        <Button about={text} name={text} value={text}>
          {text}
        </Button>
      </Form>
      <Copy value={text} label={text} />
      <CopyBlock value={text} label={text} />
      <Qr text="fixed" label={text} />
      <Chart title={text} days={["2026-01-01"]} series={[{ label: text, values: [1] }]} />
    </>
  );
}

/** The elements of a page with the names of their attributes, in order. */
function skeletonOf(html: string): readonly string[] {
  return (html.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/="[^"]*"/g, ""));
}

async function pageWith(content: Child): Promise<string> {
  const app = new Hono<PageEnv>();
  app.get("/", (c) => {
    c.set("csrf", "proof");
    c.set("person", null);
    return page(c, { title: "A page" }, content);
  });
  return (await app.request("/")).text();
}
