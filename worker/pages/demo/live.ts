/**
 * The page's own module. `agentlinks.js` runs by itself, so this watches from outside: when the browser has finished a
 * click request, it fetches the panel again. The cookie's remaining days only the browser knows, and not every browser
 * tells.
 */
export const LIVE_MODULE = `
const DAY_MS = 86400000;
// The script writes the cookie after it has read the answer: a moment after the request is over.
const SETTLE_MS = 150;
const before = document.getElementById("happened-live").dataset.clicks;

async function refresh() {
  const answer = await fetch("/demo/panel?before=" + before);
  if (!answer.ok) return;
  document.getElementById("happened-live").outerHTML = await answer.text();
  const { headline } = document.getElementById("happened-live").dataset;
  document.getElementById("happened-status").textContent = headline;
  await tellDays();
}

async function tellDays() {
  const place = document.getElementById("cookie-days");
  const cookie = await globalThis.cookieStore?.get("agentlinks_ref");
  if (!place || !cookie?.expires) return;
  const days = Math.round((cookie.expires - performance.timeOrigin - performance.now()) / DAY_MS);
  place.textContent = days + (days === 1 ? " day" : " days") + " left.";
}

let timer;
new PerformanceObserver((list) => {
  if (!list.getEntries().some(({ name }) => name.endsWith("/api/track/click"))) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, SETTLE_MS);
}).observe({ type: "resource", buffered: true });
tellDays();
`;
