/** A button that turns the page from light to dark and back, whatever the system says. */
export function chooseTheme(): void {
  const root = document.documentElement;
  for (const button of document.querySelectorAll<HTMLElement>(".theme")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const dark = root.dataset.theme === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : root.dataset.theme === "dark";
      root.dataset.theme = dark ? "light" : "dark";
    });
  }
}
