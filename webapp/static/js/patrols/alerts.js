// Calls for help from patrols, over every page of those who can send somebody: asked for every few seconds.

const bar = document.getElementById("alert-bar");
const EVERY_MS = 10000;

async function look() {
  if (document.hidden) return;
  try {
    const response = await fetch(bar.dataset.url, { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    const { alerts } = await response.json();
    show(alerts.filter((alert) => alert.page !== window.location.pathname));
  } catch {
    // no network: the next look will tell
  }
}

function show(alerts) {
  bar.hidden = !alerts.length;
  if (!alerts.length) return;
  const [first] = alerts;
  const words = bar.dataset[first.answered_by ? "answered" : "open"].replace("{name}", first.name).replace("{where}", first.where).replace("{by}", first.answered_by ?? "");
  bar.querySelector("span").textContent = alerts.length > 1 ? `${words} (+${alerts.length - 1})` : words;
  bar.querySelector("a").href = alerts.length > 1 ? bar.dataset.list : first.page;
  bar.classList.toggle("is-answered", alerts.every((alert) => alert.answered_by));
}

look();
window.setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
