// Open replies of two systems and what judges made of them: the list, and one question.

const SYSTEMS = new Map(ABOUT.pairs.map((pair) => [pair.key, pair]));
const COMPARED = {
  "": "all", wins: "wins", ties: "ties", loses: "loses", swapped: "swapped", unjudged: "unjudged",
  differ: "judges differ",
};

function decided(judge) {
  return judge ? judge.outcome ?? "unjudged" : "not judged";
}

async function comparedPairs(asked) {
  const pair = SYSTEMS.get(asked.get("of")) ?? ABOUT.pairs[0];
  const judge = pair.judges[asked.get("judge")] ? Number(asked.get("judge")) : 0;
  const wanted = asked.get("outcome") ?? "";
  const sought = words(asked);
  const rows = await part(pair.part);
  const found = rows.map((row, place) => ({ pair, judge, row, place })).filter(({ row }) =>
    comesTo(row, judge, wanted) && sought.every((word) => wordsOf(row).includes(word)));
  return { pair, judge, found };
}

function comesTo(row, judge, wanted) {
  const its = row.judges[judge];
  if (!wanted) return true;
  if (wanted === "swapped") return Boolean(its?.swapped);
  if (wanted === "differ") return new Set(row.judges.filter(Boolean).map(decided)).size > 1;
  return decided(its) === wanted;
}

function wordsOf(row) {
  row.text ??= [row.case, row.person, row.question, ...row.replies].join("\n").toLowerCase();
  return row.text;
}

const PAIRS = {
  kind: "pairs",
  title: "Compared replies",
  find: comparedPairs,
  item: ({ pair, judge, row }, asked) => {
    const its = row.judges[judge];
    const others = row.judges.flatMap((one, number) => number === judge ? [] :
      [`${pair.judges[number]}: ${decided(one)}`]);
    return el("li", {}, el("a", { class: decided(its), href: toPair(asked, pair, row) },
      el("span", { class: "outcome" }, decided(its)), ` ${row.case}`,
      el("p", {}, row.question || "The question is not kept in this folder."),
      el("small", {}, [its?.swapped ? "the two orders differ" : "", its?.reason, ...others]
        .filter(Boolean).join(" · "))));
  },
  count: (found) => {
    const of = (name) => found.filter(({ row, judge }) => decided(row.judges[judge]) === name).length;
    const counts = ["wins", "ties", "loses", "unjudged"].map((name) => [name, of(name)]);
    return [`${number(found.length)} ${found.length === 1 ? "question" : "questions"}`,
      ...counts.filter(([, count]) => count).map(([name, count]) => `${number(count)} ${name}`)]
      .join(", ");
  },
  fields: ({ pair, judge }, asked) => [
    choice("of", "Systems", ABOUT.pairs.map((one) => [one.key, one.title]), pair.key),
    choice("judge", "Judge", pair.judges.map((name, place) => [String(place), name]), String(judge)),
    choice("outcome", "Outcome", Object.entries(COMPARED), asked.get("outcome") ?? ""),
    byText(asked, "question, replies, id"),
  ],
};

function toPair(asked, pair, row) {
  const next = new URLSearchParams(asked);
  next.set("in", pair.key);
  next.set("case", row.case);
  return to("pair", next);
}

async function drawPair(asked) {
  const pair = SYSTEMS.get(asked.get("in"));
  const rows = pair ? await part(pair.part) : [];
  const place = rows.findIndex((row) => row.case === asked.get("case"));
  if (place < 0) throw new Error("There is no such case in this report.");
  const at = new URLSearchParams({ of: pair.key, ...Object.fromEntries(asked) });
  const [details, { found }] = await Promise.all([
    part(`${pair.part}-${Math.floor(place / pair.together)}`), comparedPairs(at),
  ]);
  const row = rows[place];
  const about = details[place % pair.together];
  const [first, ...later] = Object.values(about.compared);
  return [
    steps(PAIRS, at, found, found.findIndex((one) => one.row === row),
      (one) => toPair(at, one.pair, one.row)),
    el("h1", { tabindex: -1 }, row.case),
    el("p", { class: "lead" }, `${pair.title} · person ${row.person}`),
    judging(pair, row, about),
    ...(first ? shownToJudges(pair, first, about.how[first.of]) :
      [el("p", {}, "This folder does not hold what was compared.")]),
    ...later.flatMap((other) => [
      el("p", { class: "warning" }, "Other replies, which these judges compared: " +
        judgesOf(pair, about, other.of).join(", ")),
      ...shownToJudges(pair, other, about.how[other.of]),
    ]),
  ];
}

function judgesOf(pair, about, of) {
  return pair.judges.filter((name, number) => about.judges[number]?.of === of);
}

// Each judge in both orders: its own words are about reply A, what counts is of the system.
function judging(pair, row, about) {
  const mark = (outcome, text = outcome) => el("span", { class: `outcome ${outcome}` }, text);
  const lines = pair.judges.flatMap((name, number) => {
    const [its, came] = [about.judges[number], row.judges[number]];
    if (!its) return [[name, "not judged", "", "", ""]];
    const why = came.swapped ? "the two orders differ: a tie" : came.reason;
    return [
      [name, el("b", {}, mark(decided(came))), why || "from both orders:", "", ""],
      ...its.orders.map((order) => [
        "", mark(order.outcome ?? "unjudged"),
        `with the reply of ${order.shown === "ours first" ? pair.ours : pair.theirs} as A`,
        order.said.map((text) => `“${text}”`).join(", then ") || order.reason, order.served,
      ]),
    ];
  });
  return table("Verdicts", ["judge", pair.ours, "", "said of reply A", "served by"], lines,
    "judging");
}

function shownToJudges(pair, compared, how) {
  const person = Object.keys(compared.person).length ?
    JSON.stringify(compared.person, null, 2) : "Nothing: tone and fit were not to count.";
  return [
    el("h2", {}, "Question"),
    el("p", { class: "said" }, compared.question),
    el("h3", {}, "Right answer, as the judge was told"),
    el("p", { class: "said" }, compared.right),
    el("details", {}, el("summary", {}, "What the judge was told of the person"),
      el("pre", { tabindex: 0 }, person)),
    ...replied(pair.ours, compared.ours, compared.ours_failed, how[0]),
    ...replied(pair.theirs, compared.theirs, compared.theirs_failed, how[1]),
  ];
}

function replied(name, reply, failed, how) {
  return [
    el("h2", {}, `Reply of ${name}`),
    failed ? el("p", { class: "warning" }, `Failed: ${failed}`) : null,
    failed ? null : el("p", { class: "said" }, reply || "(none)"),
    ...(how ? [again(how.detail), ...costing({ seconds: how.detail.seconds }, how),
      ...tracing(how.detail), ...rest(how.detail)] : []),
  ];
}

show();
