// What a phone on patrol could not send yet, in the browser's own database, each with its member: several people may
// share a phone. Calls for help go first, then positions in batches, then check-ins, pauses and the end, in their order.

const NAME = "gridbeat-patrol";
const TABLE = "waiting";
const MOST_FIXES = 500;

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE, { keyPath: "key", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("blocked"));
  });
}

async function run(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(TABLE, mode, { durability: "strict" });
      const asked = work(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(asked?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }

  // Whether the same may succeed later: no network, a busy server, or somebody has to sign in first.
  get isPassing() {
    return this.status >= 500 || [401, 408, 429].includes(this.status);
  }
}

export class Keeping extends EventTarget {
  constructor(user, token) {
    super();
    Object.assign(this, { user, token, memory: [], running: Promise.resolve(true), fixesSent: 0 });
  }

  // Keep an act; where the browser has no database it lives as long as the page.
  async add(kind, session, body) {
    const act = { user: this.user, kind, session, body };
    try {
      await run("readwrite", (table) => table.add(act));
    } catch {
      this.memory.push(act);
    }
    this.dispatchEvent(new CustomEvent("changed"));
  }

  async waiting() {
    try {
      const all = await run("readonly", (table) => table.getAll());
      return [...all.filter((act) => act.user === this.user), ...this.memory];
    } catch {
      return [...this.memory];
    }
  }

  async count(kind) {
    return (await this.waiting()).filter((act) => act.kind === kind).length;
  }

  // Send what waits, one round after another; true when nothing is left.
  flush() {
    this.running = this.running.then(() => this.#round());
    return this.running;
  }

  async #round() {
    try {
      for (const batch of batches(await this.waiting())) {
        try {
          await this.#send(batch);
        } catch (error) {
          if (!(error instanceof Refused) || error.isPassing) return false;
          this.dispatchEvent(new CustomEvent("refused", { detail: { kind: batch.kind, why: error.message } }));
        }
        await this.#forget(batch.acts);
      }
      return true;
    } catch {
      return false;
    } finally {
      this.dispatchEvent(new CustomEvent("changed"));
    }
  }

  async #send({ kind, session, acts }) {
    const base = `/api/patrols/sessions/${session}`;
    const bodies = acts.map((act) => act.body);
    if (kind === "fix") this.fixesSent += (await this.post(`${base}/fixes`, { fixes: bodies })).added;
    else if (kind === "visit") this.#said("visited", await this.post(`${base}/visits`, { visits: bodies }));
    else this.#said(kind, await this.post(`${base}/${kind}`, bodies[0]));
  }

  #said(kind, answer) {
    this.dispatchEvent(new CustomEvent("answered", { detail: { kind, answer } }));
  }

  async #forget(acts) {
    this.memory = this.memory.filter((act) => !acts.includes(act));
    for (const act of acts.filter((one) => one.key !== undefined)) await run("readwrite", (table) => table.delete(act.key)).catch(() => {});
  }

  async post(path, body) {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token },
      body: JSON.stringify(body),
    });
    const answer = await response.json().catch(() => null);
    if (response.ok && answer) return answer;
    throw new Refused(response.ok ? 503 : response.status, answer?.error ?? "");
  }
}

// Calls for help first; of the rest, neighbours of one kind and patrol together, so that the order of acts stays.
function batches(acts) {
  const found = acts.filter((act) => act.kind === "help").map((act) => ({ kind: "help", session: act.session, acts: [act] }));
  for (const act of acts.filter((one) => one.kind !== "help")) {
    const last = found.at(-1);
    const most = { fix: MOST_FIXES, visit: 50 }[act.kind] ?? 1;
    if (last?.kind === act.kind && last.session === act.session && last.acts.length < most) last.acts.push(act);
    else found.push({ kind: act.kind, session: act.session, acts: [act] });
  }
  return found;
}
