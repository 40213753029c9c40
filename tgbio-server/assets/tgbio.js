// Makes the pages better; without it they work as well.
"use strict";
(() => {
  const lang = document.documentElement.lang;
  const absolute = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  // Distances up to a week; further away the date says more.
  const distance = (at) => {
    const seconds = Math.round((at - Date.now()) / 1000);
    if (Math.abs(seconds) > 7 * 86400) return null;
    const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) || units[3];
    return relative.format(Math.trunc(seconds / length), unit);
  };

  // What was to come and is here is due: looks have their turn.
  const words = (time, at) => {
    if ("due" in time.dataset && at <= Date.now()) return time.dataset.due;
    return ("ago" in time.dataset && distance(at)) || absolute.format(at);
  };

  const showTimes = () => {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (isNaN(at)) continue;
      if (!time.title) time.title = time.textContent;
      time.textContent = words(time, at);
    }
    const zone = document.getElementById("zone");
    if (zone) zone.textContent = document.body.dataset.local;
  };

  // Tells when the history has grown since the page was drawn.
  const watch = (hint) => {
    const look = async () => {
      if (document.hidden || !hint.hidden) return;
      try {
        const answer = await fetch(hint.dataset.from, { headers: { accept: "text/plain" } });
        if (answer.ok && !answer.redirected && (await answer.text()) !== hint.dataset.pulse) hint.hidden = false;
      } catch {
        // No connection now: the next look tells.
      }
    };
    setInterval(look, 15000);
    document.addEventListener("visibilitychange", look);
  };

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !confirm(question)) {
      event.preventDefault();
      return;
    }
    // A second click must not send the form twice.
    const button = event.target.querySelector("button");
    if (button && event.target.method === "post") setTimeout(() => { button.disabled = true; });
  });
  // Back from another page: times have passed, and the buttons work again.
  addEventListener("pageshow", () => {
    showTimes();
    for (const button of document.querySelectorAll("button[disabled]")) button.disabled = false;
  });

  showTimes();
  setInterval(showTimes, 30000);
  const hint = document.getElementById("fresh");
  if (hint) watch(hint);
})();
