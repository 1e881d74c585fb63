//! Which ways customers went: the usual sequences of touches, who went each of them, and one journey on a time line.

mod one;

use core::time::Duration;

use engine::kpi::{
    Question,
    ways::{End, MANY, Sequence, Sought, Way, Ways},
};
use js_sys::Date;
use leptos::prelude::*;

use super::{
    download::DownloadButton,
    flag, live, press,
    switches::{RangeSwitch, Switches, choice},
    text, when,
};
use crate::{
    filters::{self, ENDS, STEPS},
    model::{journeys, loaded::Loaded, words},
    state::{Ctx, Shared},
};
use engine::fact::TouchKind;

/// Milliseconds for which journeys are read before the page is its reader's again: half of a frame.
const SLICE: f64 = 8.0;

/// Journeys that are read between two looks at the clock.
const PIECE: usize = 128;

/// Sequences that are shown.
const SHOWN: usize = 50;

/// Customers of a sequence that are shown at first, and added at a time.
const PAGE: usize = 20;

/// The journeys of the period: read in slices, and kept for whatever is sought among them.
#[derive(Clone, Copy)]
struct Reading {
    ctx: Ctx,
    /// The number of the present question.
    asked: StoredValue<u32>,
    /// How many are read, and of how many.
    done: RwSignal<(usize, usize)>,
    ways: RwSignal<Option<Shared<Ways>>>,
}

impl Reading {
    fn follow(ctx: Ctx) -> Self {
        // Whose journeys they are is sought among all of them.
        let question =
            Memo::new(move |_| ctx.report.with(|report| Question { partner: None, ..report.question.clone() }));
        let (asked, done, ways) = (StoredValue::new(0), RwSignal::new((0, 0)), RwSignal::new(None));
        let reading = Self { ctx, asked, done, ways };
        Effect::new(move |_| {
            let (loaded, question) = (ctx.loaded.get(), question.get());
            reading.asked.update_value(|number| *number += 1);
            reading.ways.set(None);
            let ways = Ways::find(&loaded.log, &question);
            reading.slice(loaded, question, ways, reading.asked.get_value());
        });
        reading
    }

    /// Reads for a slice of time, and then the rest, unless another question was asked meanwhile, or the reader went elsewhere.
    fn slice(self, loaded: Shared<Loaded>, question: Question, mut ways: Ways, number: u32) {
        if self.asked.try_get_value() != Some(number) {
            return;
        }
        let began = Date::now();
        while !ways.judge(&loaded.log, &loaded.journeys, &question, PIECE) {
            if Date::now() - began >= SLICE {
                self.done.set((ways.judged(), ways.all().len()));
                return set_timeout(move || self.slice(loaded, question, ways, number), Duration::ZERO);
            }
        }
        self.ways.set(Some(Shared::new(ways)));
    }
}

/// What is shown: the journeys, and those sequences of them that are meant.
#[derive(Clone, PartialEq)]
struct Found {
    loaded: Shared<Loaded>,
    ways: Shared<Ways>,
    sequences: Shared<Vec<Sequence>>,
}

/// The place of the journeys.
#[component]
pub fn Journeys() -> impl IntoView {
    let ctx = Ctx::get();
    let reading = Reading::follow(ctx);
    let sought = Memo::new(move |_| {
        let partner = ctx.loaded.with(|loaded| ctx.asked.with(|f| loaded.partner(f)));
        ctx.filters.with(|f| {
            let filters::Ways { steps, end, touch, length, .. } = f.ways;
            Sought { steps, partner, end, kind: touch, length }
        })
    });
    let found = Memo::new(move |_| {
        let (ways, loaded, sought) = (reading.ways.get()?, ctx.loaded.get(), sought.get());
        let sequences = Shared::new(ways.sequences(&loaded.log, &sought));
        Some(Found { loaded, ways, sequences })
    });
    let body = live(move || found.get().map_or_else(|| progress(reading), |found| table(ctx, &found)));
    view! {
        <div class="asking"><RangeSwitch beside=false/><Switches/></div>
        {one::opened(ctx)}
        <section class="panel ways" aria-labelledby="h-ways">
            <h2 id="h-ways">"Usual sequences"</h2>
            <p class="quiet-text">
                "A deal is one journey: the touches that count for it, in order, up to the day on which it was won or lost, or as \
                 far as it has come. Several of one name in a row are one step."
            </p>
            {seek(ctx)}
            {body}
        </section>
    }
}

/// What is sought. It stands in the address, so that a view is a link.
fn seek(ctx: Ctx) -> AnyView {
    let option = |word: String, name: String| view! { <option value=word>{name}</option> };
    let any = || option(String::new(), "Any".to_owned());
    let own = |word: &str, name: &str| option(word.to_owned(), name.to_owned());
    let steps = STEPS.map(|(word, _, name)| own(word, name)).collect_view().into_any();
    let ends = (any(), ENDS.map(|(word, _, name)| own(word, name)).collect_view()).into_any();
    let kinds = TouchKind::ALL.iter().map(|kind| own(kind.word(), words::touch(*kind))).collect_view();
    let kinds = (any(), kinds).into_any();
    let lengths =
        (1..=MANY).map(|n| option(n.to_string(), if n == MANY { format!("{n} or more") } else { n.to_string() }));
    let lengths = (any(), lengths.collect_view()).into_any();
    let shown = move |read: fn(&filters::Ways) -> String| text(move || ctx.filters.with(|f| read(&f.ways)));
    let ask = move |change: fn(&mut filters::Ways, &str)| {
        move |word: String| {
            ctx.ask(|f| {
                change(&mut f.ways, &word);
                f.ways.path = None;
            });
        }
    };
    let steps = choice(
        "Steps by",
        "steps",
        shown(|ways| STEPS.iter().find(|step| step.1 == ways.steps).map_or("", |step| step.0).to_owned()),
        ask(|ways, word| ways.steps = STEPS.iter().find(|step| step.0 == word).map_or(ways.steps, |step| step.1)),
        steps,
    );
    let ends = choice(
        "Ended",
        "end",
        shown(|ways| ENDS.iter().find(|end| Some(end.1) == ways.end).map_or("", |end| end.0).to_owned()),
        ask(|ways, word| ways.end = filters::end(word)),
        ends,
    );
    let kinds = choice(
        "With a touch of",
        "touch",
        shown(|ways| ways.touch.map_or("", TouchKind::word).to_owned()),
        ask(|ways, word| ways.touch = TouchKind::from_word(word)),
        kinds,
    );
    let lengths = choice(
        "Number of steps",
        "length",
        shown(|ways| ways.length.map(|length| length.to_string()).unwrap_or_default()),
        ask(|ways, word| ways.length = filters::length(word)),
        lengths,
    );
    view! { <div class="switches" role="group" aria-label="Which journeys">{steps}{ends}{kinds}{lengths}</div> }
        .into_any()
}

fn progress(reading: Reading) -> AnyView {
    let (ctx, done) = (reading.ctx, reading.done);
    let told = move || {
        let (n, of) = done.get();
        format!("{} of {} journeys read", ctx.count(n as u64), ctx.count(of as u64))
    };
    view! {
        <div class="working">
            <progress max=text(move || done.get().1.max(1).to_string()) value=text(move || done.get().0.to_string()) aria-label="Progress"></progress>
            <p role="status">{text(told)}</p>
        </div>
    }
    .into_any()
}

/// Columns behind the sequence.
const COLUMNS: [&str; 5] = ["Journeys", "Won", "Win rate", "Revenue", "Median time to win"];

fn table(ctx: Ctx, found: &Found) -> AnyView {
    let Found { loaded, ways, sequences } = found.clone();
    let all: usize = sequences.iter().map(|sequence| sequence.ways.len()).sum();
    let sought = ctx
        .filters
        .with_untracked(|f| f.ways != filters::Ways { path: f.ways.path.clone(), ..filters::Ways::default() });
    let narrowed = sought || ctx.asked.with_untracked(|f| loaded.partner(f).is_some());
    if all == 0 {
        return nothing(ctx, narrowed, ways.untouched());
    }
    let summary = format!(
        "{} {} by {} {}",
        ctx.count(all as u64),
        words::plural(all, "journey", "journeys"),
        ctx.count(sequences.len() as u64),
        words::plural(sequences.len(), "sequence", "sequences"),
    );
    let left = (!narrowed && ways.untouched() > 0).then(|| untouched(ctx, ways.untouched()));
    let rest = sequences.get(SHOWN..).filter(|rest| !rest.is_empty()).map(|rest| {
        let journeys: usize = rest.iter().map(|sequence| sequence.ways.len()).sum();
        let journeys = format!("{} {}", ctx.count(journeys as u64), words::plural(journeys, "journey", "journeys"));
        let many = words::plural(rest.len(), "sequence", "sequences");
        let rest = format!(
            "The {SHOWN} most usual are shown; {} more {many} of {journeys} are in the file.",
            ctx.count(rest.len() as u64)
        );
        view! { <p class="quiet-text rest">{rest}</p> }
    });
    let head = |label: &'static str| view! { <th role="columnheader" scope="col" class="n">{label}</th> };
    let rows = sequences.iter().take(SHOWN).map(|sequence| row(ctx, found, sequence, all)).collect_view();
    let (file, log) = (sequences.clone(), loaded.clone());
    let currency = ctx.currency();
    view! {
        <div class="tools">
            <span class="count" role="status">{summary}</span>
            <DownloadButton name="journeys.csv" text=Box::new(move || journeys::file(&log.log, &file, currency))/>
        </div>
        <table class="cards sequences" role="table">
            <thead role="rowgroup">
                <tr role="row"><th role="columnheader" scope="col">"Sequence"</th>{COLUMNS.map(head)}</tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        {rest}
        {left}
    }
    .into_any()
}

/// Deals in no sequence.
fn untouched(ctx: Ctx, n: usize) -> AnyView {
    let text = format!(
        "{} further {} ended in this period without a touch that counts: {} in no sequence.",
        ctx.count(n as u64),
        words::plural(n, "deal", "deals"),
        words::plural(n, "it is", "they are"),
    );
    view! { <p class="quiet-text rest" data-untouched=n.to_string()>{text}</p> }.into_any()
}

fn nothing(ctx: Ctx, narrowed: bool, left: usize) -> AnyView {
    let clear = move || {
        ctx.ask(|f| {
            f.ways = filters::Ways { steps: f.ways.steps, ..filters::Ways::default() };
            f.partner = None;
        });
    };
    if narrowed {
        return view! {
            <p class="quiet-text" role="status">"No journey of this period is such a one."</p>
            <button type="button" class="quiet small" on:click=press(clear)>"Show all journeys"</button>
        }
        .into_any();
    }
    view! {
        <p class="quiet-text" role="status">
            "No journeys in this period. One begins when a customer is known whom a link, a coupon or another recorded touch \
             brought: with a lead by the form of a landing page, POST /api/track/lead, or a file under Import."
        </p>
        {(left > 0).then(|| untouched(ctx, left))}
    }
    .into_any()
}

/// A sequence, and behind it who went so.
fn row(ctx: Ctx, found: &Found, sequence: &Sequence, all: usize) -> AnyView {
    let log = &found.loaded.log;
    let path = journeys::path(log, &sequence.steps);
    let (mine, pressed) = (path.clone(), path.clone());
    let is_open = Memo::new(move |_| ctx.filters.with(|f| f.ways.path.as_ref() == Some(&mine)));
    let turn = move || {
        ctx.ask(|f| f.ways.path = if f.ways.path.as_ref() == Some(&pressed) { None } else { Some(pressed.clone()) });
    };
    let last = sequence.steps.len() - 1;
    let step = |(i, one): (usize, &engine::kpi::ways::Step)| {
        let next = (i < last).then(|| view! { <i aria-hidden="true">" → "</i> <span class="unseen">" then "</span> });
        view! { <span class="step-name">{journeys::step(log, *one)}</span> {next} }
    };
    let steps = sequence.steps.iter().enumerate().map(step).collect_view();
    let n = sequence.ways.len();
    let ended = sequence.won + sequence.lost;
    let rate = if ended == 0 {
        view! { <span class="unseen">"not known: none has ended"</span> <span aria-hidden="true">"–"</span> }.into_any()
    } else {
        let counts = format!("{} of {}", ctx.count(sequence.won), ctx.count(ended));
        view! { {ctx.text(|l| l.percent(sequence.won, ended))} " " <small>{counts}</small> }.into_any()
    };
    let time = match sequence.time {
        Some(time) => ctx.text(|l| l.duration(time)).into_any(),
        None => view! { <span class="unseen">"not known: none was won"</span> <span aria-hidden="true">"–"</span> }
            .into_any(),
    };
    let share = ctx.text(|l| l.percent(n as u64, all as u64));
    let zero = |is_zero: bool| if is_zero { "n zero" } else { "n" };
    let detail = format!("way-{}", sequence.ways.first().copied().unwrap_or(0));
    let (found, ways) = (found.clone(), sequence.ways.clone());
    let who = move || is_open.get().then(|| customers(ctx, &found, &ways));
    view! {
        <tr role="row" class="deal" class:open=flag(move || is_open.get()) data-path=path>
            <td role="cell" class="lead">
                <button
                    type="button"
                    class="open"
                    aria-expanded=text(move || is_open.get().to_string())
                    aria-controls=detail.clone()
                    on:click=press(turn)
                >
                    <span class="chevron" aria-hidden="true"></span>
                    <span>{steps}</span>
                </button>
            </td>
            <td role="cell" class="n" data-label=COLUMNS[0] data-value=n.to_string()>{ctx.count(n as u64)} " " <small>{share}</small></td>
            <td role="cell" class=zero(sequence.won == 0) data-label=COLUMNS[1] data-value=sequence.won.to_string()>{ctx.count(sequence.won)}</td>
            <td role="cell" class=zero(ended == 0) data-label=COLUMNS[2]>{rate}</td>
            <td role="cell" class=zero(sequence.revenue == 0) data-label=COLUMNS[3] data-value=sequence.revenue.to_string()>{ctx.money(sequence.revenue)}</td>
            <td role="cell" class=zero(sequence.time.is_none()) data-label=COLUMNS[4] data-value=sequence.time.map(|t| t.to_string()).unwrap_or_default()>{time}</td>
        </tr>
        <tr role="row" class="detail" id=detail hidden=flag(move || !is_open.get())>
            <td role="cell" colspan=COLUMNS.len() + 1>{live(who)}</td>
        </tr>
    }
    .into_any()
}

/// Who went a way, the latest first.
fn customers(ctx: Ctx, found: &Found, ways: &[u32]) -> AnyView {
    let mut order: Vec<u32> = ways.to_vec();
    order.sort_by_key(|way| core::cmp::Reverse(found.ways.all()[*way as usize].at));
    let (shown, found, n) = (RwSignal::new(PAGE), found.clone(), order.len());
    let rows = move || {
        order.iter().take(shown.get()).map(|way| customer(ctx, &found, &found.ways.all()[*way as usize])).collect_view()
    };
    let rest = move || n.saturating_sub(shown.get());
    let label = move || format!("Show {} more of {n}", rest().min(PAGE));
    view! {
        <div class="story who">
            <ul>{live(rows)}</ul>
            {when(move || rest() > 0, move || view! {
                <button type="button" class="quiet small" on:click=press(move || shown.update(|n| *n += PAGE))>{text(label)}</button>
            })}
        </div>
    }
    .into_any()
}

fn customer(ctx: Ctx, found: &Found, way: &Way) -> AnyView {
    let log = &found.loaded.log;
    let row = way.customer;
    let class = match way.end {
        End::Won => "badge assisted",
        End::Lost => "badge behind",
        End::Open => "badge",
    };
    let when = (way.end != End::Open).then(|| ctx.text(|l| l.date(way.at)));
    let time = found.ways.length(log, way).map(|length| ctx.text(|l| l.duration(length)));
    let revenue = way.revenue.map(|revenue| view! { <span class="n">{ctx.money(revenue)}</span> });
    view! {
        <li>
            <button type="button" class="link" data-customer=row.to_string() on:click=press(move || one::open(ctx, row))>{one::name(log, row)}</button>
            <span class=class>{journeys::ended(way.end)}</span>
            <small>{when} " " {time.map(|time| format!("after {time}"))}</small>
            {revenue}
        </li>
    }
    .into_any()
}
