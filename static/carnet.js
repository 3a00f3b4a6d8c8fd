// Carnet: what HTML cannot do by itself: keys, focus, dialogs. Every page works without it.
import {$, $$, changed, lookupKey, on, piece} from "./lookup.js";

const root = document.documentElement;
root.classList.add("js-on");

/* ---- asking the server ---- */

const token = () => $("meta[name=csrf-token]").content;

// After a session ended, forms hold the old token: take the new one once the user signed in again in another tab.
let stale = false;
async function renewToken(request) {
  const fresh = (await piece("/account/token") || "").trim();
  if (!/^[\w.-]+$/.test(fresh)) return;
  stale = false;
  $("meta[name=csrf-token]").content = fresh;
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({"X-CSRFToken": fresh}));
  $$("input[name=csrf_token]").forEach(input => { input.value = fresh; });
  request.headers["X-CSRFToken"] = fresh;
  if (request.body?.has?.("csrf_token")) request.body.set("csrf_token", fresh);
}

on("htmx:before:request", event => {
  const ctx = event.detail.ctx;
  if (!stale || ctx.request.method === "GET") return;
  ctx.fetch = async (url, request) => {
    await renewToken(request);
    return fetch(url, request);
  };
});
on("htmx:before:response", event => {
  const {response, request, sourceElement} = event.detail.ctx;
  if (request.method === "GET") return;
  if ([400, 401].includes(response.status)) stale = true;
  if (response.status < 400 && response.headers.has("HX-Redirect")) leaving = sourceElement.closest("form");
});
on("htmx:error", event => {
  if (event.detail.ctx && !event.detail.ctx.response) $("#messages").replaceChildren($("#no-answer").content.cloneNode(true));
});

// Numbers and dates are shown back in their canonical form on leaving the field.
async function echo(input) {
  const typed = input.value;
  if (!typed.trim()) return;
  try {
    const answer = await fetch("/lookup/echo", {
      method: "POST", headers: {"X-CSRFToken": token(), "HX-Request-Type": "partial"},
      body: new URLSearchParams({kind: input.dataset.echo, value: typed}),
    });
    if (answer.ok && !answer.redirected && input.value === typed) input.value = (await answer.text()).trim();
  } catch { /* the server says it again when the form is saved */ }
}

/* ---- menus and dialogs ---- */

const menusOpen = () => $$("details.menu[open]");

on("toggle", event => {
  const details = event.target;
  if (details.matches("details.menu") && details.open) {
    menusOpen().forEach(other => { if (other !== details) other.open = false; });
    const pop = $(".pop", details);
    pop.classList.remove("flip");
    const {left, right} = pop.getBoundingClientRect();
    if (left < 0 || right > root.clientWidth) pop.classList.add("flip");
  } else if (details.dataset?.remember) {
    remember("local", `fold:${details.dataset.remember}`, details.open ? "1" : "0");
  }
}, true);

function menuKey(event) {
  const menu = event.target.closest?.("details.menu");
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (!menu || !step || event.target.matches("input, select")) return false;
  menu.open = true;
  const items = $$(".pop :is(a[href], button, input)", menu);
  items.at((items.indexOf(document.activeElement) + (step < 0 && !items.includes(document.activeElement) ? 0 : step)) % items.length)?.focus();
  event.preventDefault();
  return true;
}

async function help(link) {
  $("#help-text").innerHTML = link.dataset.help === "keys" ? "" : await piece(link.href) || "";
  $("#help").showModal();
}

/* ---- unsaved work ---- */

let leaving = null;
const dirty = form => form !== leaving && (form.hasAttribute("data-dirty") || [...form.elements].some(changed));

addEventListener("beforeunload", event => { if ($$("form[data-guard]").some(dirty)) event.preventDefault(); });
addEventListener("pageshow", () => { leaving = null; });
// On the way down, so that htmx, which listens at the form, does not send what is not chosen yet.
on("submit", event => {
  if (!event.target.closest("[data-guard]") || event.submitter?.matches("[name=search]")) return;
  const open = $("[data-choices] tr.open input", event.target);
  if (open) { event.preventDefault(); event.stopPropagation(); open.focus(); }
}, true);
// The browser itself sends a whole-page form, and leaves the page: first ask whether somebody is still signed in.
const asked = new WeakSet();
on("submit", async event => {
  const form = event.target;
  const whole = $("#signed-out") && form.method === "post" && form.matches("[data-guard]:not([hx-post])");
  if (event.defaultPrevented || !whole || asked.delete(form)) return;
  event.preventDefault();
  const fresh = (await piece("/account/token") || "").trim();
  if (!/^[\w.-]+$/.test(fresh)) {
    $("#messages").replaceChildren($("#signed-out").content.cloneNode(true));
    return scrollTo(0, 0);
  }
  form.elements.csrf_token.value = fresh;
  asked.add(form);
  form.requestSubmit(event.submitter);
});
on("submit", event => { if (!event.defaultPrevented && event.target.method !== "dialog") leaving = event.target; });

function escape(event) {
  const menu = menusOpen()[0];
  if (menu) {
    menu.open = false;
    $("summary", menu).focus();
    return;
  }
  const form = event.target.closest?.("form[data-guard]") || (event.target.matches?.("input, select, textarea") ? null : $(".editing form"));
  const cancel = form && $("[data-cancel]", form);
  if (!cancel) return;
  event.preventDefault();
  if (!dirty(form)) return cancel.click();
  const ask = $("#leave");
  ask.returnValue = "";
  ask.onclose = () => { if (ask.returnValue === "leave") cancel.click(); };
  ask.showModal();
}

/* ---- keys: by event.key only, so that every keyboard layout works ---- */

const rows = () => $$("main table.list tbody tr[id]");
const linkOf = row => $("a.cell[href], a[href]", row);

function moveRow(from, step) {
  const all = rows(), at = all.indexOf(from);
  const row = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
  if (row) linkOf(row)?.focus();
  return Boolean(row);
}

function rowKey(event) {
  const {target, key} = event, row = target.closest?.("table.list tbody tr[id]");
  const step = {ArrowDown: 1, ArrowUp: -1}[key];
  if (step && (row || (target.matches?.("[data-search]") && step > 0)) && !event.altKey && !event.ctrlKey) {
    if (moveRow(row, step)) event.preventDefault();
  } else if (key === " " && row && target.matches("a")) {
    const box = $(".check input", row);
    if (box) { event.preventDefault(); box.click(); }
  }
}

const press = selector => {
  const found = $$(selector).find(element => element.checkVisibility());
  found?.matches("input") ? (found.focus(), found.select()) : found?.click();
  return Boolean(found);
};

function save(from) {
  const form = from.closest?.("form:has([data-save])") || $(".editing form") || $("main form:has([data-save])");
  if (form) form.requestSubmit($("[data-save]", form));
  return Boolean(form);
}

const singles = {
  "/": () => press("[data-search]"), n: () => press("[data-new]"), "?": () => press("[data-help]"),
  e: () => press("[data-section]:focus-within [data-edit]") || press("[data-edit]"),
  j: target => moveRow(target.closest?.("tr"), 1) || press("[data-next]"),
  k: target => moveRow(target.closest?.("tr"), -1) || press("[data-prev]"),
};
let jumping = 0;

function singleKey(event) {
  const {target, key} = event;
  if (document.body.dataset.singleKeys === "off" || target.isContentEditable) return;
  if (target.matches?.("select, textarea, input:not([type=checkbox], [type=radio])")) return;
  const jump = Date.now() - jumping < 1500;
  jumping = !jump && key === "g" ? Date.now() : 0;
  if (jump ? press(`[data-go="${CSS.escape(key)}"]`) : singles[key]?.(target)) event.preventDefault();
}

on("keydown", event => {
  if (event.defaultPrevented || event.isComposing || lookupKey(event) || $("dialog[open]")) return;
  const ctrl = event.ctrlKey || event.metaKey, alt = event.altKey, key = event.key.toLowerCase();
  let done = false;
  if (key === "escape") return escape(event);
  if (ctrl !== alt) {
    if (ctrl ? key === "k" : key === "q") done = press("#go");
    else if (ctrl && (key === "s" || key === "enter")) done = save(event.target);
    else if (alt && key === "n") done = press("[data-new]");
    if (done) event.preventDefault();
    return;
  }
  if (key === "f9" && press("[data-issue]")) return event.preventDefault();
  if (ctrl || menuKey(event)) return;
  rowKey(event);
  if (!event.defaultPrevented) singleKey(event);
});

on("click", event => {
  const at = selector => event.target.closest?.(selector);
  menusOpen().forEach(menu => { if (!menu.contains(event.target)) menu.open = false; });
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (at("[data-close]")) at(".toast, .notice").remove();
  else if (at("[data-cancel]")) leaving = at("form");
  else if (at("[data-choices] [data-all]")) chooseSide(at("[data-choices]"), at("[data-all]").dataset.all);
  else if (at("[data-help]") && plain) {
    event.preventDefault();
    help(at("[data-help]"));
  } else if (at(".summary a[href^='#']")) {
    const field = document.getElementById(at("a").hash.slice(1));
    if (!field) return;
    event.preventDefault();
    for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    field.focus();
  }
});

/* ---- ticked rows, values side by side ---- */

function countTicked() {
  const ticked = $$("#list tbody .check input:checked").length;
  $$("[data-bulk]").forEach(bulk => {
    bulk.hidden = !ticked;
    $$("[data-count]", bulk).forEach(place => { place.textContent = ticked; });
  });
}

function showChoices(table) {
  let left = 0;
  $$("[data-choice]", table).forEach(row => {
    const chosen = $("input:checked", row), result = $("[data-result]", row);
    row.classList.toggle("open", !chosen);
    left += chosen ? 0 : 1;
    const value = chosen ? $("[data-value]", chosen.parentElement).dataset.value : "";
    result.textContent = value || (chosen ? result.dataset.empty : result.dataset.open);
    result.classList.toggle("soft", !value);
  });
  const said = $("[data-left]", table), {none, one, many} = said.dataset;
  said.textContent = left > 1 ? many.replace("{n}", left) : left ? one : none;
  $("[data-save]", table.closest("form") || table)?.setAttribute("aria-disabled", String(left > 0));
}

function chooseSide(table, side) {
  $$("[data-choice]", table).forEach(row => {
    const inputs = $$("input", row), filled = inputs.filter(input => $("[data-value]", input.parentElement).dataset.value);
    const input = side === "filled" ? (filled.length === 1 ? filled[0] : null) : inputs.find(each => each.value === side);
    if (input) input.checked = true;
  });
  showChoices(table);
}

on("change", event => {
  const field = event.target;
  if (field.matches("[data-echo]")) echo(field);
  if (field.matches("[data-show]")) document.getElementById(field.dataset.show).type = field.checked ? "text" : "password";
  if (field.matches("[data-check-all]")) $$("tbody .check input", field.closest("table")).forEach(box => { box.checked = field.checked; });
  if (field.closest(".check")) countTicked();
  if (field.closest("[data-choices]")) showChoices(field.closest("[data-choices]"));
});

/* ---- coming back to a list; what is kept is a row's id and a position, never a value ---- */

function remember(kind, name, value) {
  try {
    const store = kind === "local" ? localStorage : sessionStorage;
    return value === undefined ? store.getItem(`carnet:${name}`) : store.setItem(`carnet:${name}`, value);
  } catch {
    return null;
  }
}

let lastRow = "";
on("focusin", event => { lastRow = event.target.closest?.("#list tr[id]")?.id || lastRow; });
addEventListener("pagehide", () => {
  if ($("#list")) remember("session", `place:${location.pathname}`, JSON.stringify({row: lastRow, y: Math.round(scrollY)}));
});

function comeBack() {
  const way = performance.getEntriesByType("navigation")[0]?.type;
  const fromCard = document.referrer.startsWith(`${location.origin}${location.pathname}/`);
  if (!$("#list") || $("main [autofocus]") || (way === "navigate" && !fromCard)) return;
  const {row, y} = JSON.parse(remember("session", `place:${location.pathname}`) || "{}");
  const found = row && document.getElementById(row);
  if (!found) return;
  lastRow = row;
  scrollTo(0, y);
  linkOf(found)?.focus();
}

/* ---- new pieces on the page ---- */

function setUp(part) {
  $$("details[data-remember]", part).forEach(details => {
    const kept = remember("local", `fold:${details.dataset.remember}`);
    if (kept) details.open = kept === "1";
  });
  $$(".js[hidden]", part).forEach(element => { element.hidden = false; });
  $$("[data-choices]", part).forEach(showChoices);
  countTicked();
}

// A message goes away by itself after 8 seconds, unless it is being read or used.
const fade = toast => setTimeout(() => toast.matches(":hover, :focus-within") ? fade(toast) : toast.remove(), 8000);
const greet = toast => { if (toast.matches?.(".toast:not([data-keep])")) fade(toast); };

const spots = "th a, .pager a, .chip, .reset";
let spot = -1;
on("htmx:before:swap", event => {
  const target = event.detail.ctx?.target;
  spot = target?.contains?.(document.activeElement) ? $$(spots, target).indexOf(document.activeElement) : -1;
});
on("htmx:after:swap", event => {
  const old = event.detail.ctx?.target;
  const now = old?.isConnected ? old : old?.id && document.getElementById(old.id);
  if (!now) return;
  setUp(now);
  if (now.id !== "messages" && !now.matches(".also")) $("#messages").replaceChildren();
  if (now.dataset.title) document.title = now.dataset.title;
  if (now.dataset.total && $("#total")) $("#total").textContent = now.dataset.total;
  if (document.activeElement !== document.body) return;
  const first = $("[autofocus]", now) || (spot >= 0 && $$(spots, now)[spot]) || $("[data-edit]", now);
  first?.focus();
  if (document.activeElement === document.body && spot >= 0) $(".region", now)?.focus();
});

new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(greet))).observe($("#toasts"), {childList: true});
$$("#toasts .toast").forEach(greet);
if (!CSS.supports("selector(::details-content)")) $$(".side details").forEach(menu => { menu.open = innerWidth >= 760; });
setUp(document);
$(".summary") ? $(".summary").focus() : comeBack();
