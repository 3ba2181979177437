// What pages do by themselves: hotkeys, the lease's clock, what is loaded after the first paint, and what is kept up to
// date. Pages work without it: every change is a form.

const clockText = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

const post = async (path, csrf, fields) => {
  const answer = await fetch(path, {
    method: "POST", headers: { "x-csrf-token": csrf, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields), credentials: "same-origin",
  });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.json();
};

// A letter presses the button that carries it, unless somebody is writing.
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");
  if (writing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const button = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]:not([disabled])`);
  if (button && button.offsetParent !== null) { event.preventDefault(); button.click(); }
});

// A form is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});

// Parts that are read after the first paint.
for (const part of document.querySelectorAll("[data-load]")) {
  fetch(part.dataset.load, { headers: { "x-part": "yes" }, credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then((html) => { part.querySelector("[data-into]").innerHTML = html; })
    .catch(() => {});
}

const offline = document.getElementById("offline");

// A stream of what is shown; the browser asks again by itself when it breaks off.
const follow = (path, told) => {
  let source;
  let quiet;
  const open = () => {
    source = new EventSource(path);
    source.onmessage = (message) => { clearTimeout(quiet); quiet = undefined; offline.hidden = true; told(message.data); };
    source.onopen = () => { clearTimeout(quiet); quiet = undefined; offline.hidden = true; };
    source.onerror = () => {
      quiet ??= setTimeout(() => { offline.hidden = false; }, 4000);
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 3000);
    };
  };
  open();
  return () => { clearTimeout(quiet); source.close(); };
};

for (const part of document.querySelectorAll("[data-stream]")) {
  follow(part.dataset.stream, (html) => {
    if (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return;
    part.innerHTML = html;
  });
}

const lead = document.querySelector("[data-lease]");
if (lead) {
  const fields = { lease_id: lead.dataset.lease, token: lead.dataset.token };
  const csrf = lead.dataset.csrf;
  const shown = lead.querySelector("[data-clock]");
  let ends = Date.now() + 1000 * Number(lead.dataset.seconds);
  let worked = Date.now();
  let over = false;
  let renewing = false;

  const gone = () => {
    if (over) return;
    over = true;
    stop();
    document.getElementById("gone").hidden = false;
    for (const button of lead.querySelectorAll("button")) button.disabled = true;
    document.querySelector("#gone a").focus();
  };
  const renew = async () => {
    if (renewing || over) return;
    renewing = true;
    try {
      const answer = await post("/console/agent/renew", csrf, fields);
      ends = Math.max(ends, Date.now() + 1000 * Number(lead.dataset.whole) - 2000);
      shown.title = answer.expires_at;
    } catch (error) {
      if (["404", "409"].includes(error.message)) gone();
    } finally { renewing = false; }
  };
  const stop = follow(`/console/agent/live?lease=${encodeURIComponent(fields.lease_id)}`, (state) => {
    if (state === "gone") gone();
  });

  // Who works on a lead keeps it.
  for (const kind of ["input", "keydown", "pointerdown", "scroll"]) {
    addEventListener(kind, () => { worked = Date.now(); }, { passive: true });
  }
  const tick = () => {
    if (over) return;
    const left = Math.max(0, (ends - Date.now()) / 1000);
    shown.textContent = clockText(left);
    shown.closest(".clock").classList.toggle("soon", left < 60);
    if (left < Number(lead.dataset.whole) / 2 && Date.now() - worked < 120000) renew();
    if (talking !== undefined) lead.querySelector("[data-talk]").textContent = clockText((Date.now() - talking) / 1000);
  };
  let talking;
  setInterval(tick, 1000);
  tick();

  // The number is asked for when it is dialled or shown, and not before.
  const number = async (why) => {
    const answer = await post("/console/agent/number", csrf, { ...fields, why });
    lead.querySelector("[data-number]").textContent = answer.phone;
    return answer.phone;
  };
  lead.querySelector("[data-reveal]")?.addEventListener("click", () => { number("show").catch(gone); });
  lead.querySelector("[data-dial]")?.addEventListener("click", () => {
    number("dial").then((phone) => {
      talking ??= Date.now();
      lead.querySelector(".talking").hidden = false;
      location.href = `tel:${phone}`;
    }).catch(gone);
  });
  document.getElementById("complete").addEventListener("submit", (event) => {
    const reached = !["no_answer", "busy", "voicemail"].includes(event.submitter?.value);
    if (talking !== undefined && reached) {
      event.target.elements.talk_seconds.value = String(Math.round((Date.now() - talking) / 1000));
    }
  });
}

// Conditions: names are completed, and it is told for how many customers one holds now.
const conditions = document.querySelectorAll("[data-sql]");
if (conditions.length) {
  let names;
  const known = () => (names ??= fetch("/console/catalogue/columns", { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : [])).catch(() => []));
  const lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  let list;
  let chosen = 0;

  const word = (box) => /[A-Za-z_][A-Za-z0-9_]*$/.exec(box.value.slice(0, box.selectionStart))?.[0] ?? "";
  const close = (box) => {
    list?.remove();
    list = undefined;
    box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-expanded", "false");
  };
  const mark = (box) => {
    for (const [at, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(at === chosen));
    box.setAttribute("aria-activedescendant", list.children[chosen].id);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  };
  const take = (box) => {
    const begun = word(box);
    box.setRangeText(list.children[chosen].dataset.name, box.selectionStart - begun.length, box.selectionStart, "end");
    close(box);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    close(box);
  };
  const suggest = async (box) => {
    const begun = word(box).toLowerCase();
    if (begun.length < 2) { close(box); return; }
    const fitting = (await known())
      .filter((each) => each.name !== begun && (each.name.includes(begun) || each[lang].toLowerCase().includes(begun)))
      .sort((a, b) => a.name.indexOf(begun) - b.name.indexOf(begun) || a.name.length - b.name.length).slice(0, 12);
    close(box);
    if (!fitting.length || document.activeElement !== box) return;
    list = Object.assign(document.createElement("ul"), { className: "suggestions", id: "suggestions" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.labels[0]?.textContent ?? "");
    for (const [at, each] of fitting.entries()) {
      const option = Object.assign(document.createElement("li"), { id: `suggestion-${at}`, textContent: each.name });
      option.setAttribute("role", "option");
      option.dataset.name = each.name;
      option.append(Object.assign(document.createElement("small"), { textContent: each[lang] || each.type }));
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); chosen = at; take(box); });
      list.append(option);
    }
    list.style.top = `${box.offsetTop + box.offsetHeight + 4}px`;
    box.after(list);
    chosen = 0;
    box.setAttribute("aria-expanded", "true");
    mark(box);
  };
  const count = (box) => {
    if (!("count" in box.dataset)) return;
    let told = box.parentElement.querySelector("output.held");
    if (!told) {
      told = Object.assign(document.createElement("output"), { className: "held" });
      box.parentElement.append(told);
    }
    fetch(`/console/catalogue/count?sql=${encodeURIComponent(box.value)}`, { credentials: "same-origin" })
      .then((answer) => answer.json())
      .then((found) => {
        const said = document.querySelector("[data-holds]").dataset.holds;
        told.textContent = found.fault ?? said.replace(/\{(\w+)\}/g, (_, name) => Number(found[name]).toLocaleString());
      }).catch(() => { told.textContent = ""; });
  };
  for (const box of conditions) {
    let later;
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", "suggestions");
    box.setAttribute("aria-expanded", "false");
    box.addEventListener("input", () => {
      suggest(box);
      clearTimeout(later);
      later = setTimeout(() => count(box), 500);
    });
    box.addEventListener("focus", () => count(box));
    box.addEventListener("blur", () => close(box));
    box.addEventListener("keydown", (event) => {
      if (!list) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + list.children.length) % list.children.length;
        mark(box);
      } else if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        take(box);
      } else if (event.key === "Escape") close(box);
    });
  }
}
