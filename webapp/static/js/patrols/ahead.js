// The next checkpoint: which one, how far and in which direction, a line to it on the map, and the button to check in.

const EARTH = Math.PI / 180;

// Degrees clockwise from north, from one place to another.
export function bearing(from, to) {
  const [a, b] = [from.lat * EARTH, to.lat * EARTH];
  const east = (to.lng - from.lng) * EARTH;
  const y = Math.sin(east) * Math.cos(b);
  const x = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(east);
  return (Math.atan2(y, x) / EARTH + 360) % 360;
}

export class Ahead {
  // `onCheckIn(checkpoint)` when the member says to be there.
  constructor(map, box, { checkpoints, within_m: withinM }, say, onCheckIn) {
    Object.assign(this, { map, box, checkpoints, withinM, say, place: null, accuracyM: null });
    this.line = L.polyline([], { color: "#0b5d7a", weight: 3, dashArray: "4 7", interactive: false }).addTo(map);
    this.button = box.querySelector("[data-check-in]");
    this.button.addEventListener("click", () => this.next && onCheckIn(this.next));
    box.querySelector("[data-other]").addEventListener("click", () => this.#skip());
  }

  get next() {
    const open = this.checkpoints.filter((point) => !point.visited_at);
    return open.find((point) => point.id === this.chosen) ?? open.find((point) => !point.is_skipped) ?? open[0] ?? null;
  }

  // A checkpoint that is not the next one, while this one waits.
  #skip() {
    const open = this.checkpoints.filter((point) => !point.visited_at);
    const now = open.indexOf(this.next);
    this.chosen = open[(now + 1) % open.length]?.id;
    this.show();
  }

  moved(place, accuracyM) {
    Object.assign(this, { place, accuracyM });
    this.show();
  }

  visited(id, at) {
    const point = this.checkpoints.find((one) => one.id === id);
    if (point) point.visited_at = at;
    this.show();
  }

  show() {
    const { next } = this;
    const done = this.checkpoints.filter((point) => point.visited_at).length;
    this.box.querySelector("[data-done]").textContent = this.say("done", { done, all: this.checkpoints.length });
    this.box.querySelector("[data-bar]").style.setProperty("--share", `${(100 * done) / Math.max(1, this.checkpoints.length)}%`);
    this.box.classList.toggle("is-done", !next);
    for (const line of this.box.querySelectorAll("[data-checkpoint]")) {
      const point = this.checkpoints.find((one) => String(one.id) === line.dataset.checkpoint);
      line.classList.toggle("is-visited", Boolean(point?.visited_at));
    }
    if (!next) {
      this.line.setLatLngs([]);
      this.box.querySelector("[data-name]").textContent = this.say("allDone");
      return;
    }
    this.box.querySelector("[data-name]").textContent = `${next.seq}. ${next.name ?? this.say("checkpoint")}`;
    this.#way(next);
  }

  #way(next) {
    const words = this.box.querySelector("[data-way]");
    const arrow = this.box.querySelector("[data-arrow]");
    if (!this.place) {
      words.textContent = this.say("wayUnknown");
      this.button.disabled = true;
      return;
    }
    const there = L.latLng(next.lat, next.lon);
    const away = this.place.distanceTo(there);
    const degrees = bearing(this.place, there);
    const isThere = away <= this.withinM + Math.min(this.accuracyM ?? 0, this.withinM);
    arrow.style.transform = `rotate(${Math.round(degrees)}deg)`;
    const far = away < 1000 ? this.say("metres", { n: Math.round(away) }) : this.say("kilometres", { n: (away / 1000).toFixed(1) });
    words.textContent = isThere ? this.say("there") : this.say("way", { far, direction: this.say(`to${Math.round(degrees / 45) % 8}`) });
    this.line.setLatLngs(isThere ? [] : [this.place, there]);
    this.button.disabled = !isThere;
    this.button.classList.toggle("btn-primary", isThere);
    this.button.classList.toggle("btn-outline-secondary", !isThere);
  }
}
