// The lines of a document: Enter goes on, F8 copies from above, and leaving a line saves it.
import {$, $$, changed, on} from "./lookup.js";

const rowOf = element => element?.closest?.("tr[data-line]");
const fieldsOf = row => $$("input:not([type=hidden]), select", row);
const formOf = row => $("form", row);
const isChanged = row => [...formOf(row).elements].some(changed);
// Where the focus goes once a line is saved: "next" is the new line, "quantity" stays in the line.
let after = "";

function save(row, then = "") {
  after = then;
  formOf(row).requestSubmit();
}

function go(field) {
  field?.focus();
  field?.select?.();
}

function copyFromAbove(field) {
  const above = rowOf(field).previousElementSibling, name = `[name="${field.name}"]`;
  const from = above && $(name, above);
  if (!from) return;
  field.value = from.value;
  const hidden = "[data-lookup-value]";
  if (field.closest(".lookup")) $(hidden, field.closest(".lookup")).value = $(hidden, from.closest(".lookup")).value;
}

function next(field) {
  const row = rowOf(field), fields = fieldsOf(row), following = fields[fields.indexOf(field) + 1];
  if (following) return go(following);
  const below = rowOf(row.nextElementSibling);
  if (below) go(fieldsOf(below)[0]);
  else if (isChanged(row)) save(row, "next");
}

on("keydown", event => {
  const row = rowOf(event.target), {key} = event;
  if (!row || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || !event.target.matches("input, select")) return;
  if (key === "Enter") next(event.target);
  else if (key === "F8") copyFromAbove(event.target);
  else return;
  event.preventDefault();
});
on("focusout", event => {
  const row = rowOf(event.target);
  if (row?.isConnected && !row.contains(event.relatedTarget) && isChanged(row)) save(row, after);
});
// An item that was chosen brings its text, unit and price: the server fills them in.
on("change", event => {
  if (event.target.matches("tr[data-line] [data-lookup-value]") && event.target.value) save(rowOf(event.target), "quantity");
});
let saving = "";
on("htmx:before:request", event => { saving = rowOf(event.detail.ctx.sourceElement)?.id || ""; });
on("htmx:after:swap", () => {
  if (!after || !saving) return;
  const fresh = $("#line-new"), row = saving === "line-new" ? fresh?.previousElementSibling : document.getElementById(saving);
  const wanted = after;
  after = saving = "";
  const wrong = row && $("[aria-invalid]", row) || fresh && $("[aria-invalid]", fresh);
  if (wrong) go(wrong);
  else go(wanted === "next" ? fieldsOf(fresh)[0] : $("[name=quantity]", row));
});
