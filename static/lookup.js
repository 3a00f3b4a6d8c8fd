// Suggestions under a field (combobox): choosing a record, and the go-anywhere box.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const on = (name, act, capture) => document.addEventListener(name, act, capture);

// A piece of HTML, or null when there is none to show (signed out, refused, no network).
export async function piece(url) {
  try {
    const answer = await fetch(url, {headers: {"HX-Request": "true", "HX-Request-Type": "partial"}});
    return answer.ok && !answer.redirected ? await answer.text() : null;
  } catch {
    return null;
  }
}

// Whether a field holds something else than the page came with.
export const changed = field => {
  if (field.matches("select")) return field.selectedIndex !== Math.max(0, [...field.options].findIndex(option => option.defaultSelected));
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  return field.matches("input:not([type=hidden]), textarea") && field.value !== field.defaultValue;
};

const listOf = input => document.getElementById(input.getAttribute("aria-controls"));
const partOf = (input, selector) => $(selector, input.closest(".lookup"));
const isOpen = input => input.getAttribute("aria-expanded") === "true";
const activeOf = input => document.getElementById(input.getAttribute("aria-activedescendant"));
let waiting, asked = 0;

async function suggest(input) {
  const mine = ++asked;
  const url = new URL(input.dataset.lookup, location.href);
  url.searchParams.set("q", input.value);
  const html = await piece(url);
  if (mine !== asked || html === null || document.activeElement !== input) return;
  const list = listOf(input);
  list.innerHTML = html;
  const said = $("[data-status]", list), status = partOf(input, ".status"), options = $$("[role=option]", list);
  said?.remove();
  status.textContent = said ? said.textContent : "";
  status.classList.toggle("sr", options.length > 0);
  list.hidden = !options.length;
  input.setAttribute("aria-expanded", String(!list.hidden));
  activate(input, input.value ? options.find(option => !option.ariaDisabled) : null);
}

function activate(input, option) {
  const list = listOf(input);
  $$(".active", list).forEach(old => { old.classList.remove("active"); old.setAttribute("aria-selected", "false"); });
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.classList.add("active");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({block: "nearest"});
  input.setAttribute("aria-activedescendant", option.id);
}

function shut(input) {
  asked++;
  clearTimeout(waiting);
  const list = listOf(input);
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
  list.hidden = true;
  list.replaceChildren();
}

function pick(input, option) {
  if (option.ariaDisabled === "true") return;
  const {href, all, value, text, url, field} = option.dataset;
  shut(input);
  if (href) location.assign(href);
  else if (all) chooseFrom(input, all);
  else fill(input, value, text, url, field);
}

function fill(input, value, text, url = "", field = "") {
  const hidden = partOf(input, "[data-lookup-value]");
  input.value = text;
  if (!hidden) return;
  hidden.value = value;
  hidden.dataset.url = url;
  if (field) hidden.name = field;
  hidden.dispatchEvent(new Event("change", {bubbles: true}));
  if ("submit" in hidden.dataset) hidden.form.requestSubmit();
}

let choosing;
async function chooseFrom(input, url) {
  const html = await piece(url);
  if (html === null) return;
  choosing = input;
  const list = $("#choose-list");
  list.innerHTML = html;
  window.htmx?.process(list);
  $("#choose").showModal();
}

// True when the key was for the suggestions.
export function lookupKey(event) {
  const input = event.target, {key} = event;
  if (!input.matches?.("[data-lookup]")) return false;
  const open = isOpen(input), active = open ? activeOf(input) : null;
  if (key === "ArrowDown" && event.ctrlKey && event.altKey) {
    const url = active?.dataset.url || partOf(input, "[data-lookup-value]")?.dataset.url;
    if (url) window.open(url, "_blank", "noopener");
  } else if (key === "ArrowDown" && !open) {
    suggest(input);
  } else if (open && (key === "ArrowDown" || key === "ArrowUp")) {
    const options = $$("[role=option]", listOf(input)), step = key === "ArrowDown" ? 1 : -1;
    const at = active ? options.indexOf(active) + step : step > 0 ? 0 : -1;
    activate(input, options.at(at % options.length));
  } else if (key === "Enter" && active && !event.ctrlKey) {
    pick(input, active);
  } else if (key === "Escape" && open) {
    shut(input);
  } else {
    return false;
  }
  event.preventDefault();
  return true;
}

on("input", event => {
  const input = event.target;
  if (!input.matches?.("[data-lookup]")) return;
  const hidden = partOf(input, "[data-lookup-value]");
  if (hidden) { hidden.value = ""; hidden.dataset.url = ""; }
  clearTimeout(waiting);
  waiting = setTimeout(() => suggest(input), 200);
});
on("focusout", event => { if (event.target.matches?.("[data-lookup]")) shut(event.target); });
on("mousedown", event => { if (event.target.closest?.("[role=listbox]")) event.preventDefault(); });
on("click", event => {
  const at = selector => event.target.closest?.(selector), option = at("[role=listbox] [role=option]"), choice = at("#choose [data-pick]");
  if (option) pick(partOf(option, "[data-lookup]"), option);
  if (!choice || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  fill(choosing, choice.dataset.pick, choice.dataset.text, choice.dataset.url, choice.dataset.field);
  $("#choose").close();
  choosing.focus();
});
