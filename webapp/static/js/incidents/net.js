// Talking to our server: every failure is either "no answer" (try again later) or an answer with one sentence.

export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }

  // Whether the same request may succeed later: the server is busy or away, nothing is wrong with what was sent.
  get isPassing() {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

async function read(response) {
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  // a page where JSON was expected is a proxy's or a sign-in page: no answer of ours
  throw new Refused(response.ok ? 503 : response.status, answer?.error ?? String(response.status));
}

export async function postJson(url, body, csrf) {
  return read(await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify(body),
  }));
}

export async function postBlob(url, blob, csrf) {
  return read(await fetch(url, {
    method: "POST",
    headers: { "Content-Type": blob.type || "application/octet-stream", Accept: "application/json", "X-CSRFToken": csrf },
    body: blob,
  }));
}

export async function getJson(url) {
  return read(await fetch(url, { headers: { Accept: "application/json" } }));
}

// A piece of a page. Signed out, the server leads to the sign-in page: that is no piece of ours.
export async function getPiece(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" }, redirect: "manual" });
  if (response.type === "opaqueredirect") throw new Refused(401, "");
  if (!response.ok) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    throw new Refused(response.status, page.querySelector("[role=alert] .lead")?.textContent ?? String(response.status));
  }
  return response.text();
}

// crypto.randomUUID exists only over HTTPS; a phone on a plain local network has to do without.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// The SHA-256 of a blob in hex, or null where the browser has no crypto (plain HTTP).
export async function sha256(blob) {
  if (!crypto.subtle) return null;
  const hash = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
