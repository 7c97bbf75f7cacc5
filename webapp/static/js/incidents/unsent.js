// What waits on this device: how many, how old the oldest is, and why one was refused.

export class UnsentBox {
  constructor(box, outbox, say) {
    Object.assign(this, { box, outbox, say });
    box.querySelector("[data-retry]").addEventListener("click", () => outbox.flush());
  }

  // Everything that waits, but for the report the form itself is speaking of.
  async show(without) {
    const waiting = (await this.outbox.waiting()).filter((entry) => entry.id !== without);
    this.box.hidden = waiting.length === 0;
    if (!waiting.length) return;
    const oldest = new Date(waiting[0].madeAt).toLocaleString(document.documentElement.lang);
    this.box.querySelector(".unsent-text").textContent = `${this.say("unsent", { n: waiting.length })} ${this.say("since", { time: oldest })}`;
    this.box.querySelector(".unsent-list").replaceChildren(...waiting.map((entry) => this.#line(entry)));
  }

  #line(entry) {
    const item = document.createElement("li");
    const when = new Date(entry.madeAt).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    item.textContent = [entry.title, when, entry.why].filter(Boolean).join(" · ");
    if (entry.why) {
      const away = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-link", textContent: this.say("discard") });
      away.addEventListener("click", () => this.outbox.discard(entry.id));
      item.append(" ", away);
    }
    return item;
  }
}
