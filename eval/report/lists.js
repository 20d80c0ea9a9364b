// A list that can be narrowed, and its way to one of its items.

const PAGE = 100;
const number = (value, digits = 0) =>
  Number(value).toLocaleString("en", { maximumFractionDigits: digits });
const DEPENDENT = ["run", "group", "judge"]; // on the field "of": they go when that changes

// list: { kind: its place in the address, title, find: what an address asks for, as { found, ... },
// fields: what narrows it, count: in words, item: one of `found` as an element }.
async function drawList(list, asked) {
  const all = await list.find(asked);
  const inside = el("div");
  fill(list, inside, all, asked);
  return [el("h1", { tabindex: -1 }, list.title), filters(list, inside, all, asked), inside];
}

function fill(list, inside, { found }, asked) {
  const items = el("ol", { class: "cases" });
  const more = el("button", { type: "button" }, "Show more");
  const add = (upTo) => {
    for (const one of found.slice(items.children.length, upTo)) items.append(list.item(one, asked));
    more.hidden = items.children.length >= found.length;
    keep("shown", items.children.length);
  };
  more.addEventListener("click", () => add(items.children.length + PAGE));
  add(kept("shown", PAGE));
  inside.replaceChildren(el("p", { class: "count", role: "status" }, list.count(found)), items, more);
}

function filters(list, inside, all, asked) {
  const form = el("form", { class: "filters", role: "search" }, list.fields(all, asked));
  let waiting = 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    clearTimeout(waiting);
    const narrowed = () => narrow(list, form, inside, target.name === "of");
    waiting = setTimeout(narrowed, target.name === "text" ? 150 : 0);
  });
  return form;
}

// Filters change the address in place: Back leads out of the list, not through every letter typed.
async function narrow(list, form, inside, other) {
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  if (other) for (const name of DEPENDENT) asked.delete(name);
  history.replaceState(null, "", to(list.kind, asked));
  here = location.hash;
  keep("shown", PAGE);
  if (other) return show();
  const mine = ++turn;
  const all = await list.find(asked);
  if (mine === turn) fill(list, inside, all, asked);
}

function choice(name, label, options, now) {
  return labelled(label, el("select", { name, id: `by-${name}` }, options.map(([value, text]) =>
    el("option", { value, selected: value === now }, text))));
}

function byText(asked, where) {
  return labelled("Text", el("input", { type: "search", name: "text", id: "by-text",
    value: asked.get("text") ?? "", placeholder: where }));
}

function labelled(label, field) {
  return el("div", {}, el("label", { for: field.id }, label), field);
}

function words(asked) {
  return (asked.get("text") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
}

// Back to the list, and to the items before and after this one. address: of an item.
function steps(list, asked, found, place, address) {
  const at = (one, text) => one && el("a", { href: address(one) }, text);
  const back = new URLSearchParams(asked);
  for (const name of ["in", "case"]) back.delete(name);
  return el("nav", { class: "steps", "aria-label": "Cases" },
    el("a", { href: to(list.kind, back) }, "← All cases of this list"),
    place > 0 ? at(found[place - 1], "Previous") : null,
    place >= 0 ? at(found[place + 1], "Next") : null,
    place >= 0 ? el("span", { class: "none" }, `${number(place + 1)} of ${number(found.length)}`)
      : null);
}
