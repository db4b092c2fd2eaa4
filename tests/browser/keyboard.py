"""A walk over a page by the Tab key alone: what can't be reached, and where one can't see to be."""

from playwright.sync_api import Page

MOST = 150  # controls of one page; a longer list is walked as far as that
BEGIN = """(most) => {
  const able = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [contenteditable=true]";
  const groups = new Set();
  const standsFor = (one) => {  // of a group of radio buttons, Tab reaches one
    if (one.type !== "radio" || !one.name) return true;
    const chosen = one.form?.querySelector(`input[type=radio][name="${CSS.escape(one.name)}"]:checked`);
    const first = !groups.has(one.name);
    groups.add(one.name);
    return chosen ? chosen === one : first;
  };
  const isThere = (one) => one.isConnected && one.tabIndex >= 0 && !one.disabled && !one.closest("[inert]")
    && one.checkVisibility({ visibilityProperty: true }) && !one.closest("details:not([open]) > :not(summary)");
  const due = [...document.querySelectorAll(able)].filter((one) => isThere(one) && standsFor(one));
  const name = (one) => one.tagName.toLowerCase() + (one.id ? "#" + one.id : "") + (one.name ? `[${one.name}]` : "")
    + ` "${(one.getAttribute("aria-label") || one.innerText || one.value || "").trim().slice(0, 30)}"`;
  const rings = (one) => {
    const style = getComputedStyle(one);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  window.walk = { due, isThere, reached: new Set(), unseen: new Set(), name };
  document.addEventListener("focusin", ({ target }) => {
    window.walk.reached.add(target);
    const around = [target.closest("label"), target.parentElement].filter(Boolean);  // a frame may show it for what it holds
    if (target !== document.body && ![target, ...around].some(rings)) window.walk.unseen.add(name(target));
  });
  document.activeElement?.blur();
  const parts = { date: 4, time: 4, "datetime-local": 7 };  // a date has a stop for each of its parts
  return due.slice(0, most).reduce((sum, one) => sum + (parts[one.type] ?? 1), 0);
}"""
END = """(most) => {
  const { due, isThere, reached, unseen, name } = window.walk;
  // what a live page has hidden meanwhile is not missed
  const missed = due.slice(0, most).filter((one) => isThere(one) && !reached.has(one)).map(name);
  return [...missed.map((one) => `Tab does not reach ${one}`), ...[...unseen].map((one) => `no focus is seen on ${one}`)];
}"""


def walked(page: Page) -> list[str]:
    """What is wrong with a page for somebody without a mouse."""
    stops = page.evaluate(BEGIN, MOST)
    found: list[str] = []
    for _ in range(2):  # what a live page shows meanwhile lengthens the way
        for _ in range(stops + 3):
            page.keyboard.press("Tab")
        found = [str(one) for one in page.evaluate(END, MOST)]
        if not found:
            break
    return found[:8]
