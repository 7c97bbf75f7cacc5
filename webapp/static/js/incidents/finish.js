// Finishing a task: photos are made smaller and sent one by one, then the step itself; each may be repeated safely.

import { readConfig } from "../map/config.js";
import { postBlob, postJson, Refused } from "./net.js";
import { PhotoRow } from "./photo.js";

const form = document.querySelector(".finish-form");
const button = form.querySelector("button[data-busy]");
const words = button.querySelector("span");
const plain = words.textContent;
const problem = form.querySelector(".report-problem");
const { csrf } = readConfig();
const incident = form.action.match(/tasks\/([0-9a-f-]{36})\//)[1];
const sent = new Set();

const photos = new PhotoRow(form.querySelector("#photos"), { removeTitle: button.dataset.remove });
for (const input of form.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", async () => {
    const { unreadable } = await photos.add([...input.files]);
    input.value = "";
    complain(unreadable ? button.dataset.unreadable : "");
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  words.textContent = button.dataset.busy;
  complain("");
  try {
    for (const blob of photos.blobs) {
      if (sent.has(blob)) continue;
      await postBlob(`/api/incidents/${incident}/photos?stage=handling`, blob, csrf);
      sent.add(blob);
    }
    const step = { action: "finish", version: Number(form.elements.version.value), note: form.elements.note.value };
    await postJson(`/api/incidents/${incident}/actions`, step, csrf);
    window.location.reload();
  } catch (error) {
    complain(error instanceof Refused && !error.isPassing ? error.message : button.dataset.failed);
    button.disabled = false;
    words.textContent = plain;
  }
});

function complain(text) {
  problem.textContent = text;
  problem.hidden = !text;
}
