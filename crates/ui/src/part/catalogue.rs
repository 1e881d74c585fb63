//! The whole catalogue of figures under the reader's question: each opens its definition, its parts and its facts, or says
//! by which door the facts come that it lacks.

use core::time::Duration;

use engine::{
    commission::Terms,
    figure::{Figure, Value},
    kpi::{self, Answer, Chapter, Context, Definition},
    period::Range,
    time::Time,
};
use js_sys::Date;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use super::{
    evidence, flag, live,
    switches::{RangeSwitch, Switches},
    text,
    tile::raw,
    when,
};
use crate::{
    api::Source,
    filters::RANGES,
    model::{
        catalogue::{CHAPTERS, Row, Style, interval, is_meant, rows, title},
        door::door,
        evidence::{latest, lines},
        words,
    },
    state::{Ctx, Shared},
};

/// Milliseconds for which figures are computed before the page is its reader's again: half of a frame.
const SLICE: f64 = 8.0;

/// Facts that an opened figure names.
const NAMED: usize = 5;

/// A definition and what it answers, once that is computed.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) definition: &'static Definition,
    pub(super) answer: RwSignal<Option<Shared<Answer>>>,
}

/// The terms of commission: on their way, here, or not to be had.
#[derive(Clone, PartialEq)]
enum Asked {
    Waiting,
    Here(Shared<Terms>),
    Lost,
}

/// The answers to one question after the other.
#[derive(Clone, Copy)]
pub(super) struct Answers {
    ctx: Ctx,
    entries: StoredValue<Vec<Entry>>,
    /// How many are computed.
    done: RwSignal<usize>,
    /// The number of the present question.
    asked: StoredValue<u32>,
}

impl Answers {
    /// Answers every question of the reader anew, once the terms are here, or it is known that they are not to be had.
    fn follow(ctx: Ctx, terms: RwSignal<Asked>, asked: impl Iterator<Item = &'static Definition>) -> Self {
        let entry = |definition| Entry { definition, answer: RwSignal::new(None) };
        let entries = StoredValue::new(asked.map(entry).collect());
        let answers = Self { ctx, entries, done: RwSignal::new(0), asked: StoredValue::new(0) };
        Effect::new(move |_| {
            ctx.loaded.track();
            ctx.report.track();
            let terms = match terms.get() {
                Asked::Waiting => return,
                Asked::Here(terms) => terms,
                Asked::Lost => Shared::new(Terms::default()),
            };
            answers.asked.update_value(|number| *number += 1);
            entries.with_value(|entries| entries.iter().for_each(|entry| entry.answer.set(None)));
            answers.slice(terms, answers.asked.get_value(), 0);
        });
        answers
    }

    /// Answers some definitions that no term of commission changes.
    pub(super) fn without_terms(ctx: Ctx, asked: impl Iterator<Item = &'static Definition>) -> Self {
        Self::follow(ctx, RwSignal::new(Asked::Lost), asked)
    }

    /// What a definition answers, if it is among those that are asked.
    pub(super) fn entry_of(self, id: &str) -> Option<Entry> {
        self.entries.with_value(|entries| entries.iter().find(|entry| entry.definition.id == id).copied())
    }

    /// Computes for a slice of time what comes from a place of the catalogue on, and then the rest, unless another question
    /// was asked meanwhile, or the reader went elsewhere.
    fn slice(self, terms: Shared<Terms>, number: u32, mut next: usize) {
        if self.asked.try_get_value() != Some(number) {
            return;
        }
        let (loaded, report, began) = (self.ctx.loaded.get_untracked(), self.ctx.report.get_untracked(), Date::now());
        let context = Context { terms: &terms, ..report.context(&loaded.log, &loaded.journeys) };
        while let Some(entry) = self.entry(next) {
            entry.answer.set(Some(Shared::new(entry.definition.answer(&context))));
            next += 1;
            if Date::now() - began >= SLICE {
                break;
            }
        }
        self.done.set(next);
        if self.entry(next).is_some() {
            set_timeout(move || self.slice(terms, number, next), Duration::ZERO);
        }
    }

    fn entry(self, place: usize) -> Option<Entry> {
        self.entries.with_value(|entries| entries.get(place).copied())
    }

    fn of(self, row: Row) -> Vec<Entry> {
        self.entries.with_value(|entries| entries[row.first..row.first + row.count].to_vec())
    }

    /// How many of those that are meant are known, and how many there are; or how far the computation is.
    fn told(self, sought: RwSignal<String>) -> String {
        let (ctx, all) = (self.ctx, self.entries.with_value(Vec::len));
        let done = self.done.get();
        if done < all {
            return format!("{} of {} figures computed", ctx.count(done as u64), ctx.count(all as u64));
        }
        let meant: Vec<Entry> = sought.with(|sought| {
            let meant = |entry: &Entry| is_meant(entry.definition, sought);
            self.entries.with_value(|entries| entries.iter().filter(|entry| meant(entry)).copied().collect())
        });
        let is_known = |entry: &&Entry| {
            entry
                .answer
                .with(|answer| answer.as_ref().is_some_and(|answer| !matches!(answer.value, Value::NotKnown(_))))
        };
        let known = meant.iter().filter(is_known).count();
        let figures = words::plural(meant.len(), "figure", "figures");
        format!("{} {figures}, {} known", ctx.count(meant.len() as u64), ctx.count(known as u64))
    }
}

/// Asks for the terms: they are no fact of the feed.
fn terms() -> RwSignal<Asked> {
    let terms = RwSignal::new(Asked::Waiting);
    spawn_local(async move {
        let came = Source::default().terms().await.map_or(Asked::Lost, |terms| Asked::Here(Shared::new(terms)));
        // Whoever asked may have gone elsewhere.
        terms.try_set(came);
    });
    terms
}

/// Every figure of the catalogue.
#[component]
pub fn Catalogue() -> impl IntoView {
    let ctx = Ctx::get();
    let terms = terms();
    let answers = Answers::follow(ctx, terms, kpi::catalogue());
    let sought = RwSignal::new(String::new());
    let none = move || {
        let meant = |entry: &Entry| sought.with(|sought| is_meant(entry.definition, sought));
        !answers.entries.with_value(|entries| entries.iter().any(meant))
    };
    view! {
        <div class="asking"><RangeSwitch beside=false/><Switches/></div>
        <div class="catalogue">
            <div class="tools">
                <input
                    type="search"
                    aria-label="Find a figure"
                    placeholder="Find a figure"
                    maxlength="100"
                    on:input=move |event| sought.set(event_target_value(&event))
                />
                <span class="count" role="status">{text(move || answers.told(sought))}</span>
            </div>
            {when(move || terms.with(|terms| *terms == Asked::Lost), || view! {
                <p class="quiet-text" role="alert">
                    "The terms of commission could not be read, so what follows from them is not known here. Load the page anew to try again."
                </p>
            })}
            {CHAPTERS.map(|chapter| view_of(chapter, answers, sought)).collect_view()}
            {when(none, || view! { <p class="quiet-text">"No figure has such a name."</p> })}
        </div>
    }
}

fn view_of(chapter: Chapter, answers: Answers, sought: RwSignal<String>) -> impl IntoView {
    let rows = rows(chapter);
    let id = format!("h-{}", title(chapter).split(' ').next().unwrap_or_default().to_lowercase());
    let is_meant =
        move |row: Row| sought.with(|sought| answers.of(row).iter().any(|entry| is_meant(entry.definition, sought)));
    let row = |row: Row| {
        let entries = answers.of(row).into_iter().map(|entry| figure(answers.ctx, entry, sought));
        view! {
            <section class="kin" data-row=row.name hidden=flag(move || !is_meant(row))>
                <h3>{row.name}</h3>
                <div>{entries.collect_view()}</div>
            </section>
        }
    };
    let shown = rows.clone();
    view! {
        <section class="panel" aria-labelledby=id.clone() hidden=flag(move || !shown.iter().any(|row| is_meant(*row)))>
            <h2 id=id.clone()>{title(chapter)}</h2>
            {rows.into_iter().map(row).collect_view()}
        </section>
    }
}

/// A figure: its name and value, and behind them why it is so.
fn figure(ctx: Ctx, entry: Entry, sought: RwSignal<String>) -> impl IntoView {
    let Entry { definition, answer } = entry;
    let open = RwSignal::new(false);
    let turn = move |event: Event| {
        let details = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        open.set(details.is_some_and(|details| details.has_attribute("open")));
    };
    let said = move |say: fn(Style<'_>, &Definition, &Answer) -> String| {
        text(move || {
            let currency = ctx.currency();
            answer.with(|answer| {
                let say =
                    |answer: &Shared<Answer>| ctx.text(|l| say(Style::of(l, currency, definition), definition, answer));
                answer.as_ref().map_or_else(|| "\u{2026}".to_owned(), say)
            })
        })
    };
    let value = said(|style, definition, answer| style.value(definition.measure, answer.value));
    let beside = said(|style, definition, answer| {
        let first = match answer.value {
            Value::NotKnown(fact) => door(fact).map(|door| format!("missing: {}", door.lack)),
            Value::Rate { n, m } => {
                Some(format!("{} of {}", style.locale.count(n as i64), style.locale.count(m as i64)))
            }
            Value::Known(_) => None,
        };
        let between = interval(answer).map(|bounds| style.interval(definition.measure, bounds));
        first.into_iter().chain(between).collect::<Vec<_>>().join(", ")
    });
    let is = move |test: fn(&Answer) -> bool| answer.with(|answer| answer.as_ref().is_some_and(|answer| test(answer)));
    let unknown = flag(move || is(|answer| matches!(answer.value, Value::NotKnown(_))));
    let number =
        text(move || answer.with(|answer| answer.as_ref().map(|answer| raw(answer.value)).unwrap_or_default()));
    let waits = flag(move || answer.with(Option::is_none));
    let meant = flag(move || sought.with(|sought| is_meant(definition, sought)));
    let why = move || {
        let answer = answer.get()?;
        open.get().then(|| explained(ctx, definition, &answer))
    };
    view! {
        <details class="told-of" on:toggle=turn hidden=flag(move || !meant.get())>
            <summary>
                <span class="chevron" aria-hidden="true"></span>
                <span class="name">{definition.label}</span>
                <small class="beside">{beside}</small>
                <span
                    class="value"
                    class:unknown=unknown
                    aria-busy=text(move || waits.get().to_string())
                    data-figure=definition.id
                    data-value=number
                >
                    {value}
                </span>
            </summary>
            {live(why)}
        </details>
    }
}

/// Why a figure is as it is.
pub(super) fn explained(ctx: Ctx, definition: &'static Definition, answer: &Answer) -> impl IntoView + use<> {
    let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
    let currency = ctx.currency();
    let styled = |say: &dyn Fn(Style<'_>) -> String| ctx.text(|locale| say(Style::of(locale, currency, definition)));
    let value = match answer.value {
        Value::Rate { n, m } => {
            let share = styled(&|style| style.value(definition.measure, answer.value));
            format!("{} \u{f7} {} = {share}", ctx.count(n), ctx.count(m))
        }
        value => styled(&|style| style.value(definition.measure, value)),
    };
    let between = interval(answer).map(|bounds| styled(&|style| style.interval(definition.measure, bounds)));
    let between = between.map(|between| view! { <dt>"95% interval"</dt> <dd>{between}</dd> });
    let policy = *report.question.policies.latest();
    let parts = (!answer.parts.is_empty()).then(|| {
        let row = |part: &kpi::Part| {
            let value = styled(&|style| style.part(part));
            let between = styled(&|style| style.between(part).unwrap_or_default());
            let counts = match part.value {
                Value::Rate { n, m } => format!("{} of {}", ctx.count(n), ctx.count(m)),
                _ => String::new(),
            };
            let beside = [counts, between].into_iter().filter(|text| !text.is_empty());
            let beside = beside.collect::<Vec<_>>().join(", ");
            view! {
                <tr>
                    <th scope="row">{part.label.clone()}</th>
                    <td class="n"><small>{beside}</small></td>
                    <td class="n" class:unknown=matches!(part.value, Value::NotKnown(_))>{value}</td>
                </tr>
            }
        };
        let name = format!("Parts of {}", definition.label);
        let rows = answer.parts.iter().map(row).collect_view();
        view! { <table class="parts" aria-label=name><tbody>{rows}</tbody></table> }
    });
    let missing = match answer.value {
        Value::NotKnown(fact) => Some(lacking(fact)),
        _ => None,
    };
    let facts = (!answer.evidence.is_empty()).then(|| {
        let figure = Figure {
            id: definition.id,
            label: definition.label,
            definition: definition.formula,
            unit: definition.measure.unit(currency),
            value: answer.value,
            policy,
            evidence: Vec::new(),
        };
        let n = answer.evidence.len();
        let named = latest(&loaded.log, &answer.evidence);
        let named = lines(&loaded.log, &report, &figure, &named[..n.min(NAMED)]);
        let title = format!("{} {}", ctx.count(n as u64), words::plural(n, "fact", "facts"));
        let more = n.saturating_sub(NAMED);
        view! {
            <h4>{title} {(more > 0).then_some(", the latest first")}</h4>
            <ul class="facts">{named.iter().map(|line| evidence::row(ctx, line)).collect_view()}</ul>
            {(more > 0).then(|| view! { <p class="quiet-text">{format!("and {} earlier", ctx.count(more as u64))}</p> })}
        }
    });
    view! {
        <div class="why-so">
            <p class="definition">{definition.formula}</p>
            {missing}
            <dl class="about">
                <dt>"Value"</dt>
                <dd>{value}</dd>
                {between}
                <dt>"Period"</dt>
                <dd>{period(ctx)}</dd>
                <dt>"Rules"</dt>
                <dd>{words::source(policy.version)} ". " {words::policy(&policy)}</dd>
            </dl>
            {parts}
            {facts}
        </div>
    }
}

/// What a figure lacks, and by which door it comes.
pub(super) fn lacking(fact: &'static str) -> AnyView {
    let Some(door) = door(fact) else { return view! { <p>{words::missing(fact)}</p> }.into_any() };
    let ways = door.ways.iter().map(|way| view! { <li>{*way}</li> }).collect_view();
    let own = (!door.fact.is_empty()).then(|| {
        view! { <li>"Any system of yours: POST /api/facts with " <code>{format!("{{{}, \u{2026}}}", door.fact)}</code></li> }
    });
    view! {
        <div class="lacking" data-door=fact>
            <p>"Missing, in the period and of whom is asked: " <strong>{door.lack}</strong> ". What brings it:"</p>
            <ul>{ways} {own}</ul>
        </div>
    }
    .into_any()
}

/// The period in words.
fn period(ctx: Ctx) -> String {
    let (loaded, report) = (ctx.loaded.get(), ctx.report.get());
    let range = ctx.asked.with(|filters| filters.range);
    let name = RANGES.iter().find(|(_, known, _)| *known == range).map(|(.., name)| *name);
    if range == Range::Always {
        return "All time".to_owned();
    }
    let (zone, period) = (&loaded.head.zone, report.question.period);
    let last = Time(period.until.0.saturating_sub(1));
    let days = ctx.text(|locale| locale.span(zone.day(period.from), zone.day(last)));
    name.map_or_else(|| days.clone(), |name| format!("{name}: {days}"))
}
