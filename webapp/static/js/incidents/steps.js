// The forms of a case's steps, sent without leaving the desk. Without this script they are plain forms.

import { postJson, Refused } from "./net.js";

const NUMBERS = new Set(["version", "worker_id", "team_id"]);

function stepOf(form) {
  const step = { action: form.dataset.step };
  for (const [name, value] of new FormData(form)) {
    if (name === "csrf_token") continue;
    if (name === "assignee") {
      const [kind, id] = value.split(":");
      step[`${kind}_id`] = Number(id);
    } else if (NUMBERS.has(name)) step[name] = Number(value);
    else step[name] = value;
  }
  return step;
}

// `onDone(action)` when a step was taken; a refusal is shown in the panel, in one sentence.
export function liveSteps(panel, { csrf, texts, onDone }) {
  panel.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-step]");
    if (!form) return;
    event.preventDefault();
    const { case: id } = panel.querySelector("[data-case]").dataset;
    const buttons = [...panel.querySelectorAll("form[data-step] button")];
    for (const button of buttons) button.disabled = true;
    complain(panel, "");
    try {
      await postJson(`/api/incidents/${id}/actions`, stepOf(form), csrf);
      onDone(form.dataset.step, id);
    } catch (error) {
      const isAnswer = error instanceof Refused;
      complain(panel, isAnswer && !error.isPassing ? error.message : texts.lost);
      for (const button of buttons) button.disabled = false;
    }
  });
}

export function complain(panel, sentence) {
  const problem = panel.querySelector(".case-problem");
  if (!problem) return;
  problem.textContent = sentence;
  problem.hidden = !sentence;
  if (sentence) problem.scrollIntoView({ block: "nearest" });
}
