// Light, dark or the system's wish: the same cookie that the form would set, without a reload.

const YEAR_SECONDS = 31536000;
const MEDIA = { light: "not all", dark: "screen", system: "screen and (prefers-color-scheme: dark)" };

const choose = (cookie, theme) => {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${cookie}=${theme}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
  // The operator's pages carry no such attribute: there it would wake Django's own colours.
  if ("theme" in document.documentElement.dataset) document.documentElement.dataset.theme = theme;
  document.querySelector("link[data-dark]").media = MEDIA[theme];
};

for (const form of document.querySelectorAll("[data-theme-form]")) {
  form.addEventListener("submit", (event) => {
    const theme = event.submitter?.value;
    if (!(theme in MEDIA)) return;
    event.preventDefault();
    choose(form.dataset.themeForm, theme);
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
  });
}
