// Sends what waits: the report under its own id, then each photo, then "finished" where it was settled on the spot.
// Every step may be repeated; a report leaves the phone's database only after the server has named its id.

import { getJson, postBlob, postJson, Refused, sha256 } from "./net.js";
import { list, put, remove } from "./store.js";

const AGAIN_MS = 15000;

export class Outbox extends EventTarget {
  constructor(sender, csrf) {
    super();
    Object.assign(this, { sender, csrf, memory: new Map(), isBusy: false });
    window.addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => document.hidden || this.flush());
    window.setInterval(() => this.flush(), AGAIN_MS);
  }

  // Keep the report on the device; false when this browser can only hold it in memory.
  async add(report) {
    const entry = { ...report, sender: this.sender, madeAt: Date.now(), isReported: false, number: null };
    this.memory.set(entry.id, entry);
    try {
      await put(entry);
      return true;
    } catch {
      return false;
    }
  }

  async waiting() {
    try {
      for (const entry of await list(this.sender)) if (!this.memory.has(entry.id)) this.memory.set(entry.id, entry);
    } catch {
      // without a database there is only what this page holds
    }
    return [...this.memory.values()].sort((a, b) => a.madeAt - b.madeAt);
  }

  async flush() {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      for (const entry of await this.waiting()) if (!(await this.#trySend(entry))) break;
    } finally {
      this.isBusy = false;
      this.dispatchEvent(new CustomEvent("rest"));
    }
  }

  // Whether it makes sense to go on with the next one.
  async #trySend(entry) {
    try {
      await this.#send(entry);
      await this.#forget(entry);
      this.#say("sent", entry);
      return true;
    } catch (error) {
      const isAnswer = error instanceof Refused;
      if (isAnswer && error.status !== 401 && !error.isPassing) {
        entry.why = error.message;
        // what the server has is safe; what it refused is shown, and kept until the person decides
        if (entry.isReported) await this.#forget(entry);
        this.#say("refused", entry);
        return true;
      }
      this.#say(isAnswer && error.status === 401 ? "signed-out" : "waiting", entry);
      return false;
    }
  }

  async #send(entry) {
    if (!entry.isReported) {
      const answer = await postJson("/api/incidents", entry.payload, this.csrf);
      if (answer.id !== entry.id) throw new Refused(503, "");
      entry.isReported = true;
      entry.number = answer.number;
      entry.warnings = answer.warnings;
      await this.#note(entry);
      this.#say("reported", entry);
    }
    for (const photo of entry.photos) if (!photo.isSent) await this.#sendPhoto(entry, photo);
    if (entry.payload.self_handled) await this.#finish(entry);
  }

  async #sendPhoto(entry, photo) {
    try {
      const answer = await postBlob(`/api/incidents/${entry.id}/photos?stage=${photo.stage}`, photo.blob, this.csrf);
      const own = await sha256(photo.blob);
      if (answer.id !== entry.id || (own && answer.sha256 !== own)) throw new Refused(503, "");
    } catch (error) {
      if (!(error instanceof Refused) || error.status === 401 || error.isPassing) throw error;
      photo.why = error.message;
      this.#say("photo-refused", entry, { why: error.message });
    }
    photo.isSent = true;
    await this.#note(entry);
    this.#say("reported", entry);
  }

  async #finish(entry) {
    const { status, version } = await getJson(`/api/incidents/${entry.id}`);
    if (status !== "handling") return;
    const step = { action: "finish", version, note: entry.payload.description };
    await postJson(`/api/incidents/${entry.id}/actions`, step, this.csrf);
  }

  // Given up by the person: nothing of it stays here.
  async discard(id) {
    const entry = this.memory.get(id);
    if (entry) await this.#forget(entry);
    this.dispatchEvent(new CustomEvent("rest"));
  }

  async #note(entry) {
    try {
      await put(entry);
    } catch {
      // the copy in memory knows; at worst a step is repeated, and the server answers the same
    }
  }

  async #forget(entry) {
    this.memory.delete(entry.id);
    try {
      await remove(entry.id);
    } catch {
      // sent again at the next start, answered with the first answer, then forgotten
    }
  }

  #say(kind, entry, more = {}) {
    this.dispatchEvent(new CustomEvent(kind, { detail: { entry, ...more } }));
  }
}
