// The view as it would be, asked for while somebody edits: not more than a few times a second, the last answer wins.

import { post } from "./net.js";

const WAIT_MS = 120;

export class LivePreview {
  constructor(config, path, { onShow, onFail }) {
    Object.assign(this, { config, path, onShow, onFail });
    this.timer = 0;
    this.asking = null;
  }

  later(settings) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.now(settings), WAIT_MS);
  }

  async now(settings) {
    window.clearTimeout(this.timer);
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    try {
      const preview = await post(this.config, this.path, settings, mine.signal);
      if (mine !== this.asking) return null;
      this.onShow(preview, settings);
      return preview;
    } catch (error) {
      if (error.name !== "AbortError") this.onFail(error);
      return null;
    }
  }
}
