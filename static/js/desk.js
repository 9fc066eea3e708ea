// Choices with a search of their own (select2) take their names from the labels beside them.

const name = (select) => {
  const label = document.querySelector(`label[for="${select.id}"]`);
  const box = select.parentElement.querySelector(".select2-selection");
  if (!label || !box || box.hasAttribute("aria-label")) return;
  const text = label.textContent.trim().replace(/:$/, "");
  box.removeAttribute("aria-labelledby");
  for (const part of [box, ...box.querySelectorAll("[role=textbox], [role=searchbox]")]) part.setAttribute("aria-label", text);
};
const nameAll = () => document.querySelectorAll("select.admin-autocomplete").forEach(name);

// They are made some time after the page is there, and with each row that is added.
new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
nameAll();

// The desk's time is Minsk's wherever its reader is: the page says so once, and «Сегодня» and «Сейчас» give it by the
// body's data-admin-utc-offset. So nobody needs a warning under each field. Django's shortcuts begin on load, after this.
if (window.DateTimeShortcuts) window.DateTimeShortcuts.addTimezoneWarning = () => {};

// A table wider than the screen can be moved with the keyboard too.
const reach = (box) => {
  if (box.scrollWidth <= box.clientWidth) return;
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", box.closest("section")?.querySelector("h2")?.textContent.trim() ?? document.title);
};

addEventListener("load", () => document.querySelectorAll(".ops-rows .results").forEach(reach));

// Tabs that a phone has no room for begin with the one of this page.
const chosen = document.querySelector(".tabs [aria-current]");
if (chosen) chosen.parentElement.scrollLeft = chosen.offsetLeft - chosen.parentElement.offsetLeft - 24;
