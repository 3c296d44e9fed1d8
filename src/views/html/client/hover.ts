/** Shows what a player is worth while it is pointed at or focused, and lights every place where it stands. */
export function explainOnHover(): void {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "status");
  document.body.append(tip);
  takeTitles();
  let lit: readonly Element[] = [];

  const leave = (): void => {
    tip.hidden = true;
    for (const element of lit) element.classList.remove("lit");
    lit = [];
  };
  const enter = (event: Event): void => {
    const found = event.target instanceof Element ? event.target.closest("[data-player], [data-hint]") : null;
    leave();
    if (found === null) return;
    const player = found.getAttribute("data-player");
    const scope = found.closest("[data-result]");
    lit = player === null || scope === null ? [found] : [...scope.querySelectorAll(`[data-player="${player}"]`)];
    for (const element of lit) element.classList.add("lit");
    const hint =
      found.getAttribute("data-hint") ?? lit.find((element) => element.hasAttribute("data-hint"))?.getAttribute("data-hint") ?? "";
    if (hint === "") return;
    tip.textContent = hint;
    tip.hidden = false;
    place(tip, found.getBoundingClientRect());
  };
  document.addEventListener("pointerover", enter);
  document.addEventListener("focusin", enter);
  document.addEventListener("focusout", leave);
  document.addEventListener("pointerleave", leave);
  document.addEventListener("scroll", leave, { passive: true });
}

/** Titles are for readers without this script: they would cover the tip. */
function takeTitles(): void {
  for (const element of document.querySelectorAll("[data-player][title]")) {
    element.setAttribute("data-hint", element.getAttribute("title") ?? "");
    element.removeAttribute("title");
  }
}

/** Above what it belongs to, or below where there is no room. */
function place(tip: HTMLElement, box: DOMRect): void {
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(6, box.left + box.width / 2 - width / 2), document.documentElement.clientWidth - width - 6);
  const top = box.top - height - 6 < 4 ? box.bottom + 6 : box.top - height - 6;
  tip.style.left = `${left}px`;
  tip.style.top = `${top}px`;
}
