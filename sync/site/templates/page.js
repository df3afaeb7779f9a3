"use strict";
// Judges freshness by the reader's clock, and shows the run at work from live.js, which the run writes beside this page.

const SILENT_AFTER_SECONDS = 30; // a run says every five seconds that it lives
const names = { complete: "completeness", fresh: "freshness", refused: "what was refused", budget: "the API budget" };

function age(then) {
  const minutes = Math.max(0, Math.floor((Date.now() - then) / 60000));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}

function ago(then) {
  return Date.now() - then < 60000 ? "just now" : `${age(then)} ago`;
}

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

// ── How long ago ────────────────────────────────────────────────────────────────────────────────────────────────
function tellAges() {
  for (const time of document.querySelectorAll("main time")) {
    time.title ||= `${time.textContent} UTC`;
    time.dataset.absolute ||= time.textContent;
    time.textContent = ago(Date.parse(time.dateTime));
  }
  const made = Date.parse(document.body.dataset.madeAt);
  document.getElementById("age").textContent = `, ${ago(made)}`;
}

// Paper has no clock and unfolds nothing.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not([open])")) folded.dataset.unfolded = folded.open = true;
  for (const time of document.querySelectorAll("main time")) time.textContent = time.dataset.absolute || time.textContent;
});
addEventListener("afterprint", () => {
  for (const unfolded of document.querySelectorAll("details[data-unfolded]")) {
    unfolded.open = false;
    delete unfolded.dataset.unfolded;
  }
  tellAges();
});

// ── Fresh or late ───────────────────────────────────────────────────────────────────────────────────────────────
function judgeFreshness() {
  const late = [];
  for (const row of document.querySelectorAll("tr[data-late-at]")) {
    const isLate = Date.now() > Date.parse(row.dataset.lateAt);
    const state = row.querySelector(".state");
    state.textContent = isLate ? "late" : "fresh";
    state.className = `state ${isLate ? "warn" : "good"}`;
    if (isLate && row.dataset.object) late.push(row.dataset);
  }
  const card = document.getElementById("fresh");
  if (card.dataset.lastGood) answerFreshness(card, late);
  tellHeadline();
}

function answerFreshness(card, late) {
  const lastGood = Date.parse(card.dataset.lastGood);
  const ended = `The last good sync ended ${ago(lastGood)}.`;
  const limit = `late after ${card.dataset.lateHours} h`;
  let [mood, verdict, words, next] = ["good", "Yes", `${ended} It is ${limit}.`, ""];
  if (Date.now() > lastGood + card.dataset.lateHours * 3600000) {
    [mood, verdict, words, next] = ["bad", "No", `${ended} It was ${limit}.`, card.dataset.lateStep];
  } else if (late.length) {
    const oldest = Math.min(...late.map((each) => Date.parse(each.asOf)));
    const shown = late.slice(0, 4).map((each) => each.object).join(", ");
    const more = late.length > 4 ? ` and ${late.length - 4} more` : "";
    words = `${ended} Late: ${shown}${more}, as of ${age(oldest)} ago.`;
    [mood, verdict, next] = ["warn", "Look", "See why in the row; `landfall sync` without --only reads all objects."];
  }
  card.className = `answer ${mood}`;
  card.dataset.mood = mood;
  card.querySelector(".verdict").textContent = verdict;
  card.querySelector(".words").textContent = words;
  card.querySelector(".judged")?.setAttribute("hidden", "");
  const step = card.querySelector(".next");
  step.hidden = !next;
  step.replaceChildren(...next.split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part)));
}

function tellHeadline() {
  const of = (mood) => [...document.querySelectorAll(`.answer[data-mood=${mood}]`)].map((card) => names[card.id]);
  const [bad, warn, none] = [of("bad"), of("warn"), of("none")];
  const headline = document.getElementById("headline");
  headline.className = `headline ${bad.length ? "bad" : warn.length ? "warn" : none.length ? "none" : "good"}`;
  const parts = [];
  if (bad.length) parts.push(`Not in order: ${bad.join(", ")}.`);
  if (warn.length) parts.push(`${bad.length ? "Look also at" : "In order, but look at"} ${warn.join(", ")}.`);
  if (!parts.length) parts.push(none.length ? `Not known yet: ${none.join(", ")}.` : "Everything is in order.");
  headline.textContent = parts.join(" ");
}

// ── The run at work ─────────────────────────────────────────────────────────────────────────────────────────────
const isNear = location.protocol === "file:" || /^(localhost|127\.|\[::1\])/.test(location.hostname);
let toldStage = "";

function askForLive() {
  const script = make("script", { src: `live.js?${Date.now()}` });
  script.onload = script.onerror = () => script.remove();
  document.head.append(script);
}

window.landfallLive = (run) => {
  const isRunning = run.state === "running";
  const silent = (Date.now() - Date.parse(run.updated_at)) / 1000;
  const section = document.getElementById("live");
  const isCrashed = run.state === "crashed" || (isRunning && silent > SILENT_AFTER_SECONDS);
  section.hidden = !(isRunning || isCrashed);
  if (!section.hidden) showRun(section, run, isCrashed, silent);
  if (run.state === "ended") showItsNumbers(run);
  if (isNear || isRunning) setTimeout(askForLive, isRunning && !isCrashed ? 1000 : 5000);
};

// The page is from before this run: load the one that the run made, once, unless the reader is in the middle of it.
function showItsNumbers(run) {
  if (run.run_id === document.body.dataset.newestRun || history.state?.shown === run.run_id) return;
  history.replaceState({ shown: run.run_id }, "");
  const isReading = document.activeElement !== document.body || String(getSelection());
  if (!isReading) return location.reload();
  const section = document.getElementById("live");
  section.hidden = false;
  section.replaceChildren(
    make("p", {}, `Run ${run.run_id} has ended. `, make("a", { href: "" }, "Show its numbers")),
  );
}

function showRun(section, run, isCrashed, silent) {
  const started = Date.parse(run.started_at);
  const stage = run.stages.find((each) => each.state === "running");
  const title = `A run of ${run.command} ${isCrashed ? "broke off" : "is at work"}`;
  const parts = [make("h2", {}, title), make("p", { class: "small" }, `Run ${run.run_id}, process ${run.pid} on ${run.host}, started ${ago(started)}`)];
  if (isCrashed) {
    const since = run.state === "crashed" ? "Its process is gone." : `Nothing was heard of it for ${Math.floor(silent)} s.`;
    parts.push(make("p", { class: "error" }, `${since} `, make("span", { class: "next" }, "Run ", make("code", {}, "landfall sync"), " again: it goes on from what was committed.")));
  }
  parts.push(make("ol", { class: "steps" }, ...run.stages.map(step)));
  if (run.series.length && !isCrashed) parts.push(make("div", { class: "series" }, ...run.series.map(series)));
  if (run.retries) parts.push(make("p", { class: "small" }, `${run.retries} ${run.retries === 1 ? "retry" : "retries"} so far`));
  if (run.messages.length) parts.push(make("ul", { class: "messages" }, ...run.messages.map(message)));
  section.replaceChildren(...parts);
  const told = isCrashed ? title : stage ? `Stage ${stage.stage}: ${stage.words}` : title;
  if (told !== toldStage) document.getElementById("announced").textContent = toldStage = told;
}

function step(stage) {
  const seconds = stage.state === "running" ? (Date.now() - Date.parse(stage.started_at)) / 1000 : stage.seconds;
  const took = seconds === null ? "" : ` ${seconds.toFixed(0)} s`;
  const current = stage.state === "running" ? "step" : null;
  return make("li", { class: stage.state, "aria-current": current }, make("b", {}, stage.stage), took,
    make("small", {}, stage.summary || (stage.state === "waiting" ? "waits" : stage.words)));
}

function series(each) {
  const of = each.expected === null ? "" : ` of ${each.expected.toLocaleString("en")}`;
  const rate = each.rate ? `, ${Math.round(each.rate).toLocaleString("en")}/s` : "";
  const left = each.seconds_left ? `, ${spell(each.seconds_left)} left` : "";
  const isKnown = each.done || each.expected !== null;
  const label = !isKnown ? `${each.name}: at work` : `${each.name}: ${each.done.toLocaleString("en")}${of} ${each.unit}${rate}${left}`;
  const bar = make("progress", { "aria-label": label, max: each.expected || null, value: each.expected ? each.done : null });
  return make("p", {}, make("b", {}, each.name), bar, make("span", {}, label.slice(each.name.length + 2)));
}

function spell(seconds) {
  return seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function message(each) {
  const time = new Date(each.at).toISOString().slice(11, 19);
  return make("li", { class: each.kind }, make("span", { class: "where" }, `${time} `), `${each.text} `,
    each.next_step ? make("span", { class: "next" }, each.next_step) : null);
}

tellAges();
judgeFreshness();
setInterval(() => { tellAges(); judgeFreshness(); }, 60000);
askForLive();
