// A shown secret hides itself, fields that a choice does not need step aside, a download leaves its form ready.

const MASK = "••••••••";
const DOWNLOAD_MS = 1500;

for (const secret of document.querySelectorAll("[data-secret]")) {
  const shownUntil = Date.now() + Number(secret.dataset.secretSeconds) * 1000;
  const hide = () => {
    if (Date.now() < shownUntil) return;
    clearInterval(timer);
    secret.querySelector("[data-secret-value]").textContent = MASK;
    secret.querySelector("[data-secret-copy]")?.remove();
    secret.querySelector("[data-secret-status]").textContent = secret.dataset.secretHidden;
  };
  // The clock is asked, not counted on: a page in the background, or one that comes back, is late.
  const timer = setInterval(hide, 500);
  addEventListener("pageshow", hide);
  document.addEventListener("visibilitychange", hide);
}

for (const part of document.querySelectorAll("[data-only-with]")) {
  const [name, value] = part.dataset.onlyWith.split("=");
  const form = part.closest("form");
  const update = () => { part.hidden = form.elements[name].value !== value; };
  form.addEventListener("change", update);
  addEventListener("pageshow", update);
  update();
  // The answer may be a file, after which the page is still here for the next one.
  form.addEventListener("submit", () => setTimeout(() => delete form.dataset.sending, DOWNLOAD_MS));
}
