// News from the server as it happens: one line for all windows of this browser. Where there is none (too many listen,
// an old proxy, no network), the pages ask every few seconds, as they did before.

const NAME = "gridbeat-live";
const STREAM = "/live/stream";
const TRY_AGAIN_MS = 30_000;

const news = new EventTarget();
const windows = "BroadcastChannel" in window ? new BroadcastChannel(NAME) : null;
let heardAt = 0;
let begun = false;

// Whether news comes by itself now: the server says something at least every 15 seconds.
export const isLive = () => Date.now() - heardAt < 40_000;

// `onHello`: the line stands (again), ask for everything anew. `onNews`: {cases, moved, map}, each only when there is some.
export function listen({ onHello, onNews }) {
  news.addEventListener("hello", () => onHello?.());
  news.addEventListener("news", ({ detail }) => onNews?.(detail));
  if (!begun) begin();
  begun = true;
}

function hear(kind, detail, { isOurs = true } = {}) {
  heardAt = Date.now();
  if (kind !== "beat") news.dispatchEvent(new CustomEvent(kind, { detail }));
  if (isOurs) windows?.postMessage({ kind, detail });
}

function begin() {
  windows?.addEventListener("message", ({ data }) => hear(data.kind, data.detail, { isOurs: false }));
  // one window holds the line; when it is closed the next one takes over. Without locks each has its own.
  if (navigator.locks) navigator.locks.request(NAME, () => new Promise(() => open()));
  else open();
}

function open() {
  const line = new EventSource(STREAM);
  line.addEventListener("hello", () => hear("hello"));
  line.addEventListener("beat", () => hear("beat"));
  line.addEventListener("message", ({ data }) => hear("news", JSON.parse(data)));
  line.addEventListener("error", () => {
    if (line.readyState === EventSource.CLOSED) window.setTimeout(open, TRY_AGAIN_MS); // refused, not cut off
  });
  window.addEventListener("pagehide", () => line.close(), { once: true });
  window.addEventListener("pageshow", (event) => event.persisted && open(), { once: true });
}
