// The minutes that are left of a view of the customer's pages. The server decides; at the end the page asks it.

const shown = document.querySelector("[data-viewing-until]");
const FORMS = { one: "минута", few: "минуты", many: "минут", other: "минут" };
const rules = new Intl.PluralRules("ru");

if (shown) {
  const until = Date.parse(shown.dataset.viewingUntil);
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 60000);
    if (left <= 0) return location.reload();
    const words = `${left}\u00a0${FORMS[rules.select(left)]}`;
    if (shown.textContent !== words) shown.textContent = words;
  };
  setInterval(tick, 5000);
}
