// One case: what was asked, what came back, how it was read, and how the reply came about.

// In a record's detail: shown in words of its own. Whatever else is there is shown as it is.
const KNOWN = ["trace", "seconds", "answered by", "prompts", "retrieved", "said", "shown",
  "cosines", "personality", "failed before"];
const TRAITS = ["openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"];

async function drawCase(asked) {
  const run = RUNS.get(asked.get("in"));
  const rows = run ? await part(run.part) : [];
  const place = rows.findIndex((row) => row.case === asked.get("case"));
  if (place < 0) throw new Error("There is no such case in this report.");
  const row = rows[place];
  const [details, questions, list, others] = await Promise.all([
    part(`${run.part}-${Math.floor(place / run.together)}`),
    run.asked ? part(run.asked) : {}, chosen(asked), elsewhere(run, row),
  ]);
  const about = details[place % run.together];
  const now = list.found.findIndex((one) => one.run === run && one.row === row);
  const at = new URLSearchParams({ of: run.section, ...Object.fromEntries(asked) });
  const question = questions[row.case];
  return [
    steps(CASES, at, list.found, now, (one) => toCase(at, one.run, one.row)),
    el("h1", { tabindex: -1 }, row.case),
    el("p", { class: "lead" }, [run.method, run.section, row.kind, `person ${row.persona}`]
      .join(" · ")),
    verdicts(row),
    again(about.detail),
    ...asking(row, question, about),
    ...replying(row, about.detail),
    ...costing(row, about),
    ...tracing(about.detail),
    ...rest(about.detail),
    el("h2", {}, "Other methods on this case"),
    others.length ? comparison(others, asked) : el("p", {}, "No other method was asked this."),
  ];
}

function table(label, head, rows, kind) {
  return el("div", { class: "box", tabindex: 0, role: "region", "aria-label": label },
    el("table", { class: kind },
      el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) =>
        el("td", {}, cell ?? "–")))))));
}

function verdicts(row) {
  const said = (one) => el("span", { class: `verdict ${one.correct ? "right" : "wrong"}` },
    one.correct ? "right" : "wrong");
  const line = (name, one) => [name, one.read || "nothing", row.gold, said(one)];
  const rows = [
    row.official ? line("as published", row.official)
      : ["as published", "no scorer was published", row.gold, null],
    line("our own", row.robust),
  ];
  return el("div", {},
    row.failed ? el("p", { class: "warning" }, `Failed, and counted as wrong: ${row.failed}`) : null,
    table("Scores", ["scorer", "letter read", "right letter", "verdict"], rows));
}

// A case that had failed and was asked once more.
function again(detail) {
  const before = detail["failed before"] ?? [];
  return before.length ? el("p", { class: "warning" },
    `Asked again after it had failed: ${before.join("; ")}`) : null;
}

function asking(row, question, about) {
  const title = el("h2", {}, "Question");
  if (!question) {
    return [title, el("p", {}, `This run's folder does not hold its questions; this one is made of ` +
      `${about.row}.`)];
  }
  const cosines = about.detail.cosines ?? {};
  const tags = (letter) => [
    letter === row.gold ? "right answer" : "",
    row.official?.read === letter ? "read by the published scorer" : "",
    row.robust.read === letter ? "read by ours" : "",
    letter in cosines ? `cosine ${number(cosines[letter], 3)}` : "",
  ].filter(Boolean).join(", ");
  return [
    title,
    el("p", { class: "said" }, question.question),
    el("ol", { class: "options" }, Object.entries(question.options).map(([letter, text]) =>
      el("li", { class: letter === row.gold ? "gold" : null }, el("b", {}, `(${letter})`),
        el("span", {}, text), el("small", {}, tags(letter))))),
    el("p", { class: "count" }, [question.time ? `Asked at ${question.time}` : "",
      `made of ${about.row}`, `cluster ${about.cluster}`].filter(Boolean).join(" · ")),
    question.profile ? el("details", {}, el("summary", {}, "What the benchmark tells of the person"),
      el("p", { class: "said" }, question.profile)) : null,
  ].filter(Boolean);
}

function replying(row, detail) {
  const made = [el("h2", {}, "Reply"), el("p", { class: "said" }, row.reply || "(none)")];
  if (detail.said) made.push(el("h3", {}, "Said before an option was chosen"),
    el("p", { class: "said" }, detail.said));
  return made;
}

function costing(row, { usage, detail }) {
  const facts = [
    ["Answered by", detail["answered by"]],
    ["Prompts", detail.prompts],
    ["Tokens", usage && `${number(usage.prompt_tokens)} read (${number(usage.cached_tokens)} of ` +
      `them cached), ${number(usage.completion_tokens)} written` +
      (detail["answered by"] === "preview" ? "; preview is no language model" : "")],
    ["Seconds", row.seconds == null ? null : number(row.seconds, 3)],
    ["Retrieved", detail.retrieved && (detail.retrieved.join(", ") || "nothing")],
    ["Messages shown", detail.shown && ranges(detail.shown)],
  ].filter(([, value]) => value != null && value !== "");
  if (!facts.length) return [];
  return [el("h3", {}, "What it took"), el("dl", { class: "facts" },
    facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]))];
}

// 0, 1, 2, 5 as 0 to 2, 5.
function ranges(places) {
  const runs = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last && last[1] === place - 1) last[1] = place;
    else runs.push([place, place]);
  }
  return runs.map(([first, last]) => first === last ? first : `${first} to ${last}`).join(", ") ||
    "none";
}

function tracing({ trace }) {
  if (!trace?.length) return [];
  return [el("h3", {}, "Trace"), el("ol", { class: "trace" }, trace.map(step))];
}

function step(one) {
  const took = el("small", {}, one.seconds == null ? "" : `${number(one.seconds, 3)} s`);
  if (!("hits" in one)) return el("li", {}, el("b", {}, "Thought"), el("p", {}, one.thought), took);
  const from = one.start || one.end ?
    `from ${when(one.start) || "the beginning"} to ${when(one.end) || "now"}` : "all of the time";
  const hits = one.hits.map((hit) => [hit.id, when(hit.time), hit.text, hit.why,
    number(hit.score, 4), (hit.turns ?? []).join(", ") || null]);
  return el("li", { class: "search" }, el("b", {}, "Search"),
    el("p", {}, one.keywords ? `“${one.keywords}”, ${from}` : `with the pictures alone, ${from}`),
    took, one.note ? el("p", { class: "none" }, one.note) : null,
    hits.length ? table("Memories found", ["memory", "time", "text", "why", "score", "turns"], hits,
      "hits") : one.note ? null : el("p", { class: "none" }, "Nothing was found."));
}

function when(time) {
  return time ? time.slice(0, 16).replace("T", " ") : null;
}

function rest(detail) {
  const made = [];
  if (Array.isArray(detail.personality) && detail.personality.length) {
    made.push(el("details", {}, el("summary", {}, "Big Five over the history"),
      table("Big Five", ["time", ...TRAITS], detail.personality.map(([time, scores]) =>
        [when(time), ...scores.map((score) => number(score, 2))]))));
  }
  const other = Object.entries(detail).filter(([name]) => !KNOWN.includes(name));
  if (other.length) {
    made.push(el("details", {}, el("summary", {}, "Also recorded"),
      el("pre", { tabindex: 0 }, JSON.stringify(Object.fromEntries(other), null, 2))));
  }
  return made;
}

async function elsewhere(run, row) {
  const others = ABOUT.runs.filter((one) => one.section === run.section && one !== run);
  const found = await Promise.all(others.map(async (one) =>
    [one, (await part(one.part)).find((its) => its.case === row.case)]));
  return found.filter(([, its]) => its);
}

function comparison(others, asked) {
  return table("Other methods", ["method", "read", "verdict", "reply"], others.map(([run, row]) => [
    el("a", { href: toCase(asked, run, row) }, run.method), main(row).read || "nothing",
    el("span", { class: `verdict ${outcome(row)}` }, outcome(row)),
    row.reply.length > 160 ? `${row.reply.slice(0, 160)}…` : row.reply,
  ]));
}
