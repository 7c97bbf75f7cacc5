// Asking our own server: JSON with the page's token; a refusal becomes an Error with the server's sentence.

export async function post(config, path, body, signal = undefined) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST", signal, body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": config.csrf },
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(config.camera.failed);
  }
  if (response.status === 401) document.dispatchEvent(new CustomEvent("map:signed-out"));
  const answer = await response.json().catch((error) => {
    if (error.name === "AbortError" || response.ok) throw error;
    return {};
  });
  if (!response.ok) throw Object.assign(new Error(answer.error ?? config.camera.failed), { status: response.status });
  return answer;
}

// The address of a camera's door; a code may hold slashes, which stay.
export function cameraPath(code, door = "") {
  return `/api/cameras/${code.split("/").map(encodeURIComponent).join("/")}${door}`;
}

// What the page says; `by` names who said it, so that only its own sentence is taken away again.
export function say(element, sentence, kind = "light", by = "") {
  element.dataset.by = by;
  element.hidden = !sentence;
  element.className = `alert py-2 alert-${kind} ${kind === "light" ? "border" : ""}`;
  element.textContent = sentence;
}

export function unsay(element, by) {
  if (element.dataset.by === by) say(element, "");
}
