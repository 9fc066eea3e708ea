// The frame: navigation at small screens, the menu of the signed-in person, the end of an idle session.
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

// Warns two minutes before an idle session ends. All tabs of the browser share the time of the last page.

const WARNING_SECONDS = 120;
const KEY = "session-used-at";
const { idleSeconds, keepAliveUrl, signInUrl } = document.body.dataset;
const dialog = document.getElementById("idle-dialog");

const now = () => Date.now() / 1000;
const remember = () => {
  try { localStorage.setItem(KEY, String(now())); } catch { /* private mode: this tab alone counts */ }
};

if (dialog && idleSeconds && typeof dialog.showModal === "function") {
  const idle = Number(idleSeconds);
  const warning = Math.min(WARNING_SECONDS, idle / 2);
  const shown = dialog.querySelector("[data-idle-left]");
  let own = now();

  const left = () => {
    let stored = 0;
    try { stored = Number(localStorage.getItem(KEY)) || 0; } catch { /* see above */ }
    // A clock set back would keep the session alive on the page alone: the future does not count.
    const used = stored <= now() ? Math.max(own, stored) : own;
    return Math.floor(used + idle - now());
  };

  const stay = async () => {
    const answer = await fetch(keepAliveUrl, { headers: { "X-Requested-With": "fetch" }, redirect: "manual" });
    if (!answer.ok) return location.assign(signInUrl);
    own = now();
    remember();
    dialog.close();
  };

  const tick = () => {
    const seconds = left();
    if (seconds <= 0) return location.assign(signInUrl);
    if (seconds > warning) {
      if (dialog.open) dialog.close();
      return;
    }
    shown.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (!dialog.open) dialog.showModal();
  };

  remember();
  dialog.querySelector("[data-idle-stay]").addEventListener("click", stay);
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); stay(); });
  setInterval(tick, 1000);
}
