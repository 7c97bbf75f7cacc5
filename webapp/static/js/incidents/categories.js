// The grid of categories: most used first, the rest behind one tap or a word; chosen, it folds to one line.

export class Categories {
  constructor(form, { onChoose }) {
    this.box = form.querySelector(".category-box");
    this.chosen = form.querySelector(".chosen-category");
    this.search = form.querySelector(".category-search");
    this.all = form.querySelector(".category-all");
    this.none = form.querySelector(".category-none");
    this.lines = [...form.querySelectorAll(".category")];
    this.areAllShown = !this.all;
    this.onChoose = onChoose;
    this.search.addEventListener("input", () => this.filter());
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const first = this.lines.find((line) => !line.hidden);
      if (first) this.choose(first.querySelector("input").value);
    });
    this.all?.addEventListener("click", () => {
      this.areAllShown = true;
      this.filter();
    });
    // a click chooses at once; the arrow keys walk through the grid, Enter or Space chooses
    let isWalking = false;
    for (const line of this.lines) {
      const input = line.querySelector("input");
      line.addEventListener("click", () => isWalking || window.setTimeout(() => this.choose(input.value)));
      input.addEventListener("keydown", (event) => {
        isWalking = event.key.startsWith("Arrow");
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        this.choose(input.value);
      });
      input.addEventListener("keyup", () => {
        isWalking = false;
      });
    }
    this.chosen.querySelector("[data-change]").addEventListener("click", () => this.open());
    this.filter();
  }

  get input() {
    return this.lines.map((line) => line.querySelector("input")).find((input) => input.checked) ?? null;
  }

  get value() {
    return this.chosen.hidden ? "" : (this.input?.value ?? "");
  }

  get scheme() {
    return this.input?.dataset.scheme ?? "";
  }

  get title() {
    return this.chosen.querySelector(".chosen-name").textContent.trim();
  }

  filter() {
    const words = this.search.value.trim().toLowerCase();
    let shown = 0;
    for (const line of this.lines) {
      const isSeldom = line.dataset.seldom !== undefined && !this.areAllShown;
      line.hidden = words ? !line.dataset.words.includes(words) : isSeldom;
      shown += line.hidden ? 0 : 1;
    }
    this.none.hidden = shown > 0;
    if (this.all) this.all.hidden = this.areAllShown || Boolean(words);
  }

  choose(code) {
    const line = this.lines.find((one) => one.querySelector("input").value === code);
    if (!line) return;
    line.querySelector("input").checked = true;
    const name = this.chosen.querySelector(".chosen-name");
    name.replaceChildren(line.querySelector("i").cloneNode(), document.createTextNode(` ${line.querySelector("span").textContent}`));
    this.box.hidden = true;
    this.chosen.hidden = false;
    this.onChoose(code);
  }

  open() {
    this.box.hidden = false;
    this.chosen.hidden = true;
    this.search.focus();
  }
}
