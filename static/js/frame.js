// The frame: navigation at small screens, the menu of the signed-in person.
// Navigation and menu open without this script too.

const button = document.querySelector("[data-menu-button]");
const side = document.getElementById("menu");

// The page's own entry is in sight, however long the navigation is.
const here = side?.querySelector("[aria-current]");
if (here && here.offsetTop > side.clientHeight - here.offsetHeight) side.scrollTop = here.offsetTop - side.clientHeight / 2;

if (button && side) {
  const toggle = (open) => {
    side.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.setAttribute("role", "button");
  button.setAttribute("aria-controls", "menu");
  toggle(false);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    toggle(!side.classList.contains("open"));
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    button.click();
  });
  side.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !side.classList.contains("open")) return;
    toggle(false);
    button.focus();
  });
}

for (const menu of document.querySelectorAll("[data-menu]")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
