// The call for help: held for a moment, so that no pocket calls; kept on the phone and sent again until it is answered.

const HOLD_MS = 1500;

// `onHeld()` once the button was held to the end.
export function holdToCall(button, onHeld) {
  let timer = 0;
  const begin = (event) => {
    if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    if (timer) return;
    button.classList.add("is-held");
    timer = window.setTimeout(() => {
      stop();
      navigator.vibrate?.([200, 100, 200]);
      onHeld();
    }, HOLD_MS);
  };
  const stop = () => {
    window.clearTimeout(timer);
    timer = 0;
    button.classList.remove("is-held");
  };
  button.style.setProperty("--hold", `${HOLD_MS}ms`);
  for (const name of ["pointerdown", "keydown"]) button.addEventListener(name, begin);
  for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) button.addEventListener(name, stop);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}
