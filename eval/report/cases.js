// The list of cases, and what it can be narrowed to.

const OUTCOMES = {
  "": "all", right: "right", wrong: "wrong or failed", failed: "failed",
  differ: "scorers disagree",
};

const sections = [...new Set(ABOUT.runs.map((run) => run.section))];

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
  const sought = words(asked);
  const found = [];
  for (const run of kept) {
    const group = asked.get("group");
    const inGroup = run.groups.indexOf(group);
    if (group && inGroup < 0) continue;
    const [rows, questions] = await Promise.all([part(run.part), run.asked ? part(run.asked) : {}]);
    rows.forEach((row, place) => {
      if (group && !row.in.includes(inGroup)) return;
      if (!fits(row, asked.get("outcome"))) return;
      if (sought.length && !has(row, questions[row.case], sought)) return;
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

function has(row, question, sought) {
  row.text ??= [row.case, row.persona, row.kind, row.reply, row.failed, question?.question,
    ...Object.values(question?.options ?? {})].join("\n").toLowerCase();
  return sought.every((word) => row.text.includes(word));
}

const CASES = {
  kind: "cases",
  title: "Cases",
  find: chosen,
  item,
  count: (found) => {
    const right = found.filter(({ row }) => main(row).correct).length;
    const failed = found.filter(({ row }) => row.failed).length;
    return `${number(found.length)} ${found.length === 1 ? "case" : "cases"}` +
      (found.length ? `, ${number(right)} right` : "") +
      (failed ? `, ${number(failed)} failed` : "");
  },
  fields: ({ of, runs }, asked) => {
    const groups = [...new Set(runs.flatMap((run) => run.groups))];
    const several = [["", "all methods"], ...runs.map((run) => [run.key, run.method])];
    return [
      choice("of", "Benchmark", sections.map((name) => [name, name]), of),
      choice("run", "Method", several, asked.get("run") ?? ""),
      choice("group", "Group", [["", "all"], ...groups.map((name) => [name, name])],
        asked.get("group") ?? ""),
      choice("outcome", "Outcome", Object.entries(OUTCOMES), asked.get("outcome") ?? ""),
      byText(asked, "question, options, reply, id"),
    ];
  },
};

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
