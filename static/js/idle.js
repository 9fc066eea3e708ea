// Warns two minutes before an idle session ends. All tabs of the browser share the time of the last page.

const WARNING_SECONDS = 120;
const KEY = "session-used-at";
const dialog = document.getElementById("idle-dialog");

const now = () => Date.now() / 1000;
const remember = () => {
  try { localStorage.setItem(KEY, String(now())); } catch { /* private mode: this tab alone counts */ }
};

if (typeof dialog?.showModal === "function") {
  const { keepAliveUrl, signInUrl } = dialog.dataset;
  const idle = Number(dialog.dataset.idleSeconds);
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
