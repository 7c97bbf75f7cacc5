// What the page tells us: one JSON block. No sentence is written in a script.

const known = new Map();

export function readConfig(id = "map-config") {
  if (!known.has(id)) known.set(id, JSON.parse(document.getElementById(id).textContent));
  return known.get(id);
}

// The text called `name`, with {placeholders} filled in; the result is for textContent, never for markup.
export function text(config, name, values = {}) {
  const sentence = config.texts[name] ?? name;
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

// An element with attributes and children; strings become text nodes, never markup.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  return make("i", { class: `bi bi-${name}`, "aria-hidden": "true" });
}

// One of our own addresses. An expired session is said once, at the edge of the map, with the way back in.
export async function fetchOwn(url, options) {
  const response = await fetch(url, options);
  if (response.status === 401) document.dispatchEvent(new CustomEvent("map:signed-out"));
  return response;
}

// JSON from one of our own addresses.
export async function getJson(config, path, parameters = {}, signal = undefined) {
  const url = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  const response = await fetchOwn(url, { headers: { Accept: "application/json" }, signal }).catch((error) => {
    // the browser's own words are in the browser's language; ours say what to do
    throw error.name === "AbortError" ? error : new Error(text(config, "failed"));
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || text(config, "failed"));
  return answer;
}
