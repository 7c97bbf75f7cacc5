// Where the phone is, sparing its battery: while one walks the satellite is listened to, while one stands it is asked
// now and then. `onPlace(position)` hears of every place; `onFix(position)` of those worth keeping; `onFail(error)`.

const LEAST_MOVE_M = 10;
const LEAST_WAIT_MS = 30000;
const STANDING_AFTER_MS = 120000;
const STANDING_WITHIN_M = 20;
const ASK_EVERY_MS = 60000;
const WALKING = { enableHighAccuracy: true, maximumAge: 5000, timeout: 30000 };
const STANDING = { enableHighAccuracy: false, maximumAge: 30000, timeout: 30000 };

export class Following {
  constructor({ onPlace, onFix, onFail }) {
    Object.assign(this, { onPlace, onFix, onFail, watch: null, timer: 0, last: null, anchor: null });
  }

  start() {
    if (!navigator.geolocation) {
      this.onFail({ code: 2 });
      return;
    }
    this.#walk();
  }

  stop() {
    if (this.watch !== null) navigator.geolocation.clearWatch(this.watch);
    window.clearInterval(this.timer);
    Object.assign(this, { watch: null, timer: 0, anchor: null });
  }

  #walk() {
    this.stop();
    this.watch = navigator.geolocation.watchPosition((position) => this.#take(position), this.onFail, WALKING);
  }

  #stand() {
    const { anchor } = this;
    this.stop();
    this.anchor = anchor;
    this.timer = window.setInterval(() => navigator.geolocation.getCurrentPosition((position) => this.#take(position), this.onFail, STANDING), ASK_EVERY_MS);
  }

  #take(position) {
    const place = L.latLng(position.coords.latitude, position.coords.longitude);
    const at = position.timestamp;
    this.onPlace(position, place);
    if (!this.last || at - this.last.at >= LEAST_WAIT_MS || place.distanceTo(this.last.place) >= LEAST_MOVE_M) {
      this.last = { at, place };
      this.onFix(position);
    }
    const within = Math.max(STANDING_WITHIN_M, Math.min(position.coords.accuracy ?? 0, 60));
    if (!this.anchor || place.distanceTo(this.anchor.place) > within) {
      this.anchor = { at, place };
      if (this.timer) this.#walk();
    } else if (!this.timer && at - this.anchor.at >= STANDING_AFTER_MS) this.#stand();
  }
}
