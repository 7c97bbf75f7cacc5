// A computation that is under way: asked after until it is over; then the page loads anew. Also: bars get their length, and the tab shown is in sight.

const EVERY_MS = 1000;

for (const bar of document.querySelectorAll("[data-share]")) bar.style.setProperty("--share", bar.dataset.share);

// On a phone the tabs are wider than the screen: the one we are on is shown.
const tabs = document.querySelector(".coverage-tabs");
const here = tabs?.querySelector(".active");
if (here) tabs.scrollLeft = here.offsetLeft - (tabs.clientWidth - here.offsetWidth) / 2;

const box = document.querySelector("[data-progress]");
if (box) {
  const texts = JSON.parse(box.dataset.texts);
  const words = box.querySelector("[data-progress-words]");
  const bar = box.querySelector("progress");
  const say = (sentence) => { if (words.textContent !== sentence) words.textContent = sentence; };
  const ask = async () => {
    try {
      const response = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      const { words: step, share, isOpen } = await response.json();
      const percent = Math.round(100 * share);
      bar.value = percent;
      if (!isOpen) {
        say(texts.over);
        window.location.reload();
        return;
      }
      say(texts.progress.replace("{step}", step).replace("{percent}", percent));
    } catch {
      say(texts.lost);
    }
    window.setTimeout(ask, EVERY_MS);
  };
  window.setTimeout(ask, EVERY_MS);
}
