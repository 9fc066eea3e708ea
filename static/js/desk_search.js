// The field of the desk's search. «/» puts the cursor there; Enter on the page of results opens the first row while the
// text is the one that was searched.

const field = document.querySelector("[data-desk-search]");

const isTyping = (target) => target.closest("input, select, textarea, [contenteditable], dialog[open]") !== null;

if (field) {
  const key = field.parentElement.querySelector("kbd");
  if (key) key.hidden = false;

  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  field.form.addEventListener("submit", (event) => {
    const first = document.querySelector("[data-found]");
    if (!first || field.value !== field.defaultValue) return;
    event.preventDefault();
    location.assign(first.href);
  });

  // On the page of results the next Enter opens the first row: the cursor is already there.
  if (document.querySelector("[data-found]")) field.focus({ preventScroll: true });
}
