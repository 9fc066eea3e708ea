// Forms and buttons of any page: error summary, kept fields, passwords, second submits, printing, copying.

const PATIENCE_MS = 8000;
const COPIED_MS = 2000;

document.querySelector("[data-error-summary]")?.focus();

// A number typed at the sign-in stands in «Забыли пароль» too, in this tab alone.
for (const input of document.querySelectorAll("[data-keep]")) {
  try {
    input.value ||= sessionStorage.getItem(input.dataset.keep) ?? "";
    input.addEventListener("change", () => sessionStorage.setItem(input.dataset.keep, input.value));
  } catch { /* private mode: it is typed again */ }
}

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  if (!input) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, shown ? "#eye-off" : "#eye"));
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  for (const input of form.querySelectorAll("[data-reveal]")) {
    // A shown password must not be remembered by the browser as ordinary text.
    document.getElementById(input.dataset.reveal).type = "password";
  }
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  // A button with an address of its own downloads a file: the page stays, and the form can still be sent.
  if (event.submitter?.hasAttribute("formaction")) return;
  form.dataset.sending = "true";
  setTimeout(() => delete form.dataset.sending, PATIENCE_MS);
});

// A page taken from the browser's memory starts afresh.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
});

// Buttons that only a script can serve: hidden in the page, shown here.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

const announce = (text) => {
  const status = document.createElement("span");
  status.className = "vh";
  status.setAttribute("role", "status");
  document.body.append(status);
  // A live region speaks of what is added to it after it exists.
  setTimeout(() => { status.textContent = text; }, 50);
  setTimeout(() => status.remove(), COPIED_MS);
};

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const use = button.querySelector("use");
      const icon = use.getAttribute("href");
      use.setAttribute("href", icon.replace(/#.*/, "#check"));
      announce(button.dataset.copied);
      setTimeout(() => use.setAttribute("href", icon), COPIED_MS);
    });
  }
}
