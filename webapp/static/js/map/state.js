// Which layers are on, how incidents are filtered, which tile versions are current. Everybody listens here.

export class MapState extends EventTarget {
  constructor(config) {
    super();
    this.layers = new Map(config.layers.map((layer) => [layer.name, { ...layer }]));
    this.versions = { ...config.versions };
    this.tier = "";
    this.filter = { status: "open", group: "", category: "", days: "" };
  }

  has(name) {
    return this.layers.has(name);
  }

  isOn(name) {
    return this.layers.get(name)?.on ?? false;
  }

  namesOn() {
    return [...this.layers.values()].filter((layer) => layer.on).map((layer) => layer.name);
  }

  // The kinds of tiles needed for what is on, in a fixed order so that addresses repeat.
  kindsOn() {
    const kinds = new Set(this.namesOn().map((name) => this.layers.get(name).tiles));
    kinds.delete(null);
    kinds.delete("incidents");
    return [...kinds].sort();
  }

  switchLayer(name, on) {
    const layer = this.layers.get(name);
    if (!layer || layer.on === on) return;
    layer.on = on;
    this.dispatchEvent(new CustomEvent("layers", { detail: { name, on } }));
  }

  setOn(names) {
    for (const name of this.layers.keys()) this.switchLayer(name, names.includes(name));
  }

  setFilter(filter) {
    this.filter = { ...this.filter, ...filter };
    this.dispatchEvent(new CustomEvent("filter"));
  }

  // The quality of the picture that views and cells are shown for; "" for whatever a lens reaches.
  setTier(tier) {
    if (tier === this.tier) return;
    this.tier = tier;
    this.dispatchEvent(new CustomEvent("tier"));
  }

  setVersions(versions) {
    const changed = Object.keys(versions).filter((kind) => versions[kind] !== this.versions[kind]);
    this.versions = { ...this.versions, ...versions };
    if (changed.length) this.dispatchEvent(new CustomEvent("versions", { detail: { changed } }));
  }

  // Only what differs from the default, so that addresses stay short.
  filterParameters() {
    const { status, group, category, days } = this.filter;
    const given = { status: status === "open" ? "" : status, group, category, days };
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value));
  }
}
