// Where the page is: its address after the # says it, so that anything can be linked to.
"use strict";

const ABOUT = JSON.parse(document.getElementById("about").textContent);
const RUNS = new Map(ABOUT.runs.map((run) => [run.key, run]));
const overview = document.getElementById("overview");
const view = document.getElementById("view");
const KINDS = { // what the address asks for, besides a place on the overview
  cases: (asked) => drawList(CASES, asked), case: drawCase,
  pairs: (asked) => drawList(PAIRS, asked), pair: drawPair,
};

// An element; whatever is put into it is text and never markup.
function el(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...inside.flat().filter((one) => one != null && one !== ""));
  return made;
}

// What a part of the page holds: unpacked once, when it is first needed.
const unpacked = new Map();
function part(name) {
  if (!unpacked.has(name)) unpacked.set(name, unpack(document.getElementById(name).textContent));
  return unpacked.get(name);
}

async function unpack(text) {
  if (!("DecompressionStream" in window)) {
    throw new Error("This browser is too old to unpack the cases. The tables and plots are all here.");
  }
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

function address() {
  const [kind, asked = ""] = splitOnce(location.hash.slice(1), "?");
  return { kind, asked: new URLSearchParams(asked) };
}

function splitOnce(text, mark) {
  const place = text.indexOf(mark);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
}

// A link within the page. Spaces as %20: a + would be one thing here and another elsewhere.
function to(kind, asked) {
  const text = new URLSearchParams([...asked].filter(([, value]) => value)).toString();
  return `#${kind}${text ? "?" : ""}${text.replaceAll("+", "%20")}`;
}

// Going back leads to where one was: as far down, and to the link that one had followed.
const left = new Map();
let here = null;
let followed = false;
let turn = 0;

history.scrollRestoration = "manual";
addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    remember(link.hash);
    followed = true;
    // The same address again: nothing will change, but one wants to be there.
    if (link.hash === location.hash) show();
  }
}, true);
addEventListener("hashchange", () => show());

function remember(next) {
  const before = left.get(here) ?? {};
  left.set(here, { ...before, y: scrollY, next });
}

function kept(name, otherwise) {
  return left.get(location.hash)?.[name] ?? otherwise;
}

function keep(name, value) {
  left.set(location.hash, { ...left.get(location.hash), [name]: value });
}

async function show() {
  const mine = ++turn;
  const fresh = followed;
  followed = false;
  here = location.hash;
  const { kind, asked } = address();
  const drawn = KINDS[kind];
  if (drawn) {
    let inside;
    try {
      inside = (await drawn(asked)).filter(Boolean);
    } catch (error) {
      inside = [el("h1", { tabindex: -1 }, "This cannot be shown"), el("p", {}, error.message)];
    }
    if (mine !== turn) return; // somebody went on meanwhile
    view.replaceChildren(...inside);
  }
  overview.hidden = Boolean(drawn);
  view.hidden = !drawn;
  document.title = drawn ? `${view.querySelector("h1").textContent} · PersonaVLM` :
    "PersonaVLM: evaluation report";
  arrive(fresh, drawn ? null : document.getElementById(kind));
}

function arrive(fresh, target) {
  const back = !fresh && left.get(here);
  if (back) {
    const links = document.querySelectorAll("main:not([hidden]) a");
    [...links].find((link) => link.hash === back.next)?.focus({ preventScroll: true });
    scrollTo(0, back.y);
  } else if (target && target !== overview) {
    target.closest("details")?.setAttribute("open", "");
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  } else {
    scrollTo(0, 0);
    if (fresh) (view.hidden ? overview : view.querySelector("h1")).focus({ preventScroll: true });
  }
}
