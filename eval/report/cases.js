// The list of cases, and what it can be narrowed to.

const PAGE = 100;
const OUTCOMES = {
  "": "all", right: "right", wrong: "wrong or failed", failed: "failed",
  differ: "scorers disagree",
};

const sections = [...new Set(ABOUT.runs.map((run) => run.section))];
const number = (value, digits = 0) =>
  Number(value).toLocaleString("en", { maximumFractionDigits: digits });

// By the published scorer, where there is one.
function main(row) {
  return row.official ?? row.robust;
}

function outcome(row) {
  return row.failed ? "failed" : main(row).correct ? "right" : "wrong";
}

// The runs that are asked for, and the cases of them that are left by all filters.
async function chosen(asked) {
  const of = asked.get("of") ?? RUNS.get(asked.get("run"))?.section ?? sections[0];
  const runs = ABOUT.runs.filter((run) => run.section === of);
  const kept = runs.filter((run) => !asked.get("run") || run.key === asked.get("run"));
  const words = (asked.get("text") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  for (const run of kept) {
    const group = asked.get("group");
    const inGroup = run.groups.indexOf(group);
    if (group && inGroup < 0) continue;
    const [rows, questions] = await Promise.all([part(run.part), run.asked ? part(run.asked) : {}]);
    rows.forEach((row, place) => {
      if (group && !row.in.includes(inGroup)) return;
      if (!fits(row, asked.get("outcome"))) return;
      if (words.length && !has(row, questions[row.case], words)) return;
      found.push({ run, row, place, question: questions[row.case] });
    });
  }
  return { of, runs, found };
}

function fits(row, wanted) {
  if (!wanted) return true;
  if (wanted === "differ") return row.official && row.official.correct !== row.robust.correct;
  return wanted === "wrong" ? !main(row).correct : outcome(row) === wanted;
}

function has(row, question, words) {
  row.text ??= [row.case, row.persona, row.kind, row.reply, row.failed, question?.question,
    ...Object.values(question?.options ?? {})].join("\n").toLowerCase();
  return words.every((word) => row.text.includes(word));
}

async function drawCases(asked) {
  const found = await chosen(asked);
  const list = el("div");
  fill(list, found, asked);
  return [el("h1", { tabindex: -1 }, "Cases"), filters(found, asked, list), list];
}

function fill(list, { found }, asked) {
  const right = found.filter(({ row }) => main(row).correct).length;
  const failed = found.filter(({ row }) => row.failed).length;
  const count = `${number(found.length)} ${found.length === 1 ? "case" : "cases"}` +
    (found.length ? `, ${number(right)} right` : "") + (failed ? `, ${number(failed)} failed` : "");
  const items = el("ol", { class: "cases" });
  const more = el("button", { type: "button" }, "Show more");
  const add = (upTo) => {
    for (const one of found.slice(items.children.length, upTo)) items.append(item(one, asked));
    more.hidden = items.children.length >= found.length;
    keep("shown", items.children.length);
  };
  more.addEventListener("click", () => add(items.children.length + PAGE));
  add(kept("shown", PAGE));
  list.replaceChildren(el("p", { class: "count", role: "status" }, count), items, more);
}

function item({ run, row, question }, asked) {
  const said = row.failed || (row.reply ? `Reply: ${row.reply}` : "No reply");
  const facts = [
    run.method, row.kind, `right ${row.gold}, read ${main(row).read || "nothing"}`,
    row.tokens ? `${number(row.tokens)} tokens` : "",
    row.seconds == null ? "" : `${number(row.seconds, 2)} s`,
  ];
  return el("li", {}, el("a", { class: outcome(row), href: toCase(asked, run, row) },
    el("span", { class: "verdict" }, outcome(row)), ` ${row.case}`,
    el("p", {}, question ? question.question : said),
    el("small", {}, facts.filter(Boolean).join(" · "))));
}

// The address of a case keeps the filters, for the way to the next one and back to the list.
function toCase(asked, run, row) {
  const next = new URLSearchParams(asked);
  next.set("in", run.key);
  next.set("case", row.case);
  return to("case", next);
}

function filters({ of, runs }, asked, list) {
  const groups = [...new Set(runs.flatMap((run) => run.groups))];
  const several = [["", "all methods"], ...runs.map((run) => [run.key, run.method])];
  const form = el("form", { class: "filters", role: "search" },
    choice("of", "Benchmark", sections.map((name) => [name, name]), of),
    choice("run", "Method", several, asked.get("run") ?? ""),
    choice("group", "Group", [["", "all"], ...groups.map((name) => [name, name])],
      asked.get("group") ?? ""),
    choice("outcome", "Outcome", Object.entries(OUTCOMES), asked.get("outcome") ?? ""),
    labelled("Text", el("input", { type: "search", name: "text", id: "by-text",
      value: asked.get("text") ?? "", placeholder: "question, options, reply, id" })));
  let waiting = 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    const other = event.target.name === "of";
    waiting = setTimeout(() => narrow(form, list, other), event.target.name === "text" ? 150 : 0);
  });
  return form;
}

function choice(name, label, options, now) {
  return labelled(label, el("select", { name, id: `by-${name}` }, options.map(([value, text]) =>
    el("option", { value, selected: value === now }, text))));
}

function labelled(label, field) {
  return el("div", {}, el("label", { for: field.id }, label), field);
}

// Filters change the address in place: Back leads out of the list, not through every letter typed.
async function narrow(form, list, other) {
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  if (other) for (const name of ["run", "group"]) asked.delete(name);
  history.replaceState(null, "", to("cases", asked));
  here = location.hash;
  keep("shown", PAGE);
  if (other) return show();
  const mine = ++turn;
  const found = await chosen(asked);
  if (mine === turn) fill(list, found, asked);
}
