//! The partner's statements: a month at a time, as the program closes it, for the screen, for paper and as a file.

use engine::time::{Day, Month};
use leptos::{prelude::*, task::spawn_local};

use super::{Live, download::DownloadButton, live, registrations::partner, switches::choice, text};
use crate::{
    api::{Refusal, Source},
    failure::Failure,
    model::statement::{Line, Statement},
    state::{Ctx, Shared},
};

/// The statements of a month: none while they are on their way.
pub type Found = Option<Result<Shared<Vec<Statement>>, Refusal>>;

/// Asks for the statements of a month, anew whenever it is another, the facts are others, or somebody asks again. Those that
/// are shown stay until newer ones are here.
pub fn stated(ctx: Ctx, month: Memo<Month>, again: RwSignal<()>) -> RwSignal<Found> {
    let found = RwSignal::new(None);
    Effect::new(move |last: Option<Month>| {
        let asked = month.get();
        again.track();
        if last != Some(asked) || matches!(found.get_untracked(), Some(Err(_))) {
            found.set(None);
        }
        let zone = ctx.loaded.with(|loaded| loaded.head.zone.clone());
        spawn_local(async move {
            let answer = Source::default().statements(asked, &zone).await;
            // Another month may be asked for by now, or none at all.
            if month.try_get_untracked() == Some(asked) {
                found.try_set(Some(answer.map(Shared::new)));
            }
        });
        asked
    });
    found
}

/// Months that a reader may choose: from the first fact to the present, at most so many.
const MONTHS: u32 = 120;

/// The month that is asked for, and what chooses it: of none in the address, so many months before the present one.
pub fn which_month(ctx: Ctx, back: u32) -> (Memo<Month>, impl IntoView) {
    let span = Memo::new(move |_| {
        ctx.loaded.with(|loaded| {
            let (zone, now) = (&loaded.head.zone, loaded.head.now);
            let month = |at| zone.day(at).month();
            let last = month(now);
            (month(loaded.since().unwrap_or(now)).max(Month(last.0.saturating_sub(MONTHS - 1))), last)
        })
    });
    let usual = move |(first, last): (Month, Month)| Month(last.0.saturating_sub(back)).max(first);
    let month = Memo::new(move |_| {
        let (first, last) = span.get();
        ctx.filters.with(|f| f.month).map_or(usual((first, last)), |month| month.clamp(first, last))
    });
    let go = move |month: Month| ctx.ask(|f| f.month = (month != usual(span.get_untracked())).then_some(month));
    let options = live(move || {
        let (first, last) = span.get();
        let option = |month: Month| {
            let name = ctx.text(|locale| locale.month(month));
            view! { <option value=month.to_string()>{name}</option> }
        };
        (first.0..=last.0).rev().map(Month).map(option).collect_view()
    });
    let choose = move |value: String| {
        if let Some(month) = crate::filters::month(&value) {
            go(month);
        }
    };
    let step = move |label: &'static str, by: i64| {
        let to = move || Month((i64::from(month.get().0) + by) as u32);
        let out = move || {
            let (first, last) = span.get();
            !(first..=last).contains(&to())
        };
        view! { <button type="button" class="quiet small" disabled=super::flag(out) on:click=move |_| go(to())>{label}</button> }
    };
    let switches = view! {
        <div class="switches" role="group" aria-label="Which month">
            {choice("Month", "month", text(move || month.get().to_string()), choose, options.into_any())}
            {step("Month before", -1)}
            {step("Month after", 1)}
        </div>
    };
    (month, switches)
}

/// What is there of a month: the statements as they are shown, that they are on their way, or why they are not here.
pub fn found_or_why(
    found: RwSignal<Found>,
    again: RwSignal<()>,
    show: impl Fn(Shared<Vec<Statement>>) -> AnyView + Send + 'static,
) -> Live {
    live(move || match found.get() {
        None => {
            let told = view! { <p role="status" class="unseen">"Loading the statement"</p> };
            view! { <div class="panel bones" aria-busy="true">{told}</div> }.into_any()
        }
        Some(Err(refusal)) => view! { <NoStatement refusal again/> }.into_any(),
        Some(Ok(statements)) => show(statements),
    })
}

/// The statement of a month.
#[component]
pub fn Statements() -> impl IntoView {
    let ctx = Ctx::get();
    let (month, switches) = which_month(ctx, 0);
    let again = RwSignal::new(());
    let found = stated(ctx, month, again);
    let shown = move |statements: Shared<Vec<Statement>>| {
        if statements.is_empty() {
            return nothing(ctx, month.get_untracked()).into_any();
        }
        statements.iter().map(|statement| document_of(ctx, statement)).collect_view().into_any()
    };
    view! {
        {switches}
        {found_or_why(found, again, shown)}
    }
}

/// Why there is no statement, and what to do.
#[component]
fn NoStatement(refusal: Refusal, again: RwSignal<()>) -> impl IntoView {
    let (title, advice) = match refusal {
        Refusal::Said { status: 409, .. } => (
            "The program has not set its terms yet",
            "Statements begin with the terms of commission. Once the program has recorded them, every month is stated here.".to_owned(),
        ),
        Refusal::Said { text, .. } => ("The statement could not be loaded", text),
        Refusal::Failed(failure @ Failure::Offline) => (failure.title(), failure.advice()),
        Refusal::Failed(failure) => ("The statement could not be loaded", failure.advice()),
    };
    view! {
        <section class="panel" role="alert">
            <h2>{title}</h2>
            <p>{advice}</p>
            <p><button type="button" class="quiet" on:click=move |_| again.set(())>"Try again"</button></p>
        </section>
    }
}

/// That a month has no statement.
pub fn nothing(ctx: Ctx, month: Month) -> impl IntoView {
    let title = format!("Nothing to state for {}", ctx.text(|locale| locale.month(month)));
    view! {
        <section class="panel">
            <h2>{title}</h2>
            <p>"Nothing was earned, taken back or paid in this month, and nothing was owed when it began."</p>
        </section>
    }
}

/// A statement as a document.
pub fn document_of(ctx: Ctx, statement: &Statement) -> impl IntoView + use<> {
    let money = |minor: i64| ctx.text(|locale| locale.money(minor, statement.currency));
    let (program, whose) = ctx.loaded.with(|loaded| {
        (loaded.head.program.name.clone(), loaded.name_of(loaded.reader()).unwrap_or("Partner").to_owned())
    });
    let whose = if ctx.is_partner() { whose } else { partner(ctx, &statement.partner) };
    let title = crate::filters::month(&statement.month).map(|month| ctx.text(|locale| locale.month(month)));
    let (class, state) = match statement.closed_on {
        Some(day) => ("badge sourced", format!("Closed on {}", shown(ctx, day))),
        None => ("badge", "Open: a statement so far".to_owned()),
    };
    let row =
        |(label, amount): (&'static str, i64)| view! { <div><dt>{label}</dt><dd class="n">{money(amount)}</dd></div> };
    let lines = statement.all().map(|(correction, line)| line_of(ctx, statement, correction, line)).collect_view();
    let some = statement.all().next().is_some();
    let file = format!("statement-{}-{}.csv", statement.month, statement.currency);
    let csv = statement.csv();
    view! {
        <article class="panel statement" data-statement=format!("{} {}", statement.month, statement.currency)>
            <header>
                <div>
                    <h2>"Statement of " {title}</h2>
                    <p>{whose} " · " {program} " · " {statement.currency.to_string()}</p>
                </div>
                <span class=class>{state}</span>
            </header>
            <dl class="summary">
                {statement.summary().into_iter().map(row).collect_view()}
                <div class="part"><dt>"of it payable"</dt><dd class="n">{money(statement.payable)}</dd></div>
                <div class="part"><dt>"of it on hold"</dt><dd class="n">{money(statement.held)}</dd></div>
            </dl>
            {some.then(|| view! {
                <div class="scroll" tabindex="0" role="region" aria-label="Lines of the statement">
                    <table class="plain">
                        <thead>
                            <tr>
                                <th scope="col">"Date"</th>
                                <th scope="col">"What"</th>
                                <th scope="col" class="n">"Sale"</th>
                                <th scope="col" class="n">"Credited"</th>
                                <th scope="col" class="n">"Rate"</th>
                                <th scope="col" class="n">"Commission"</th>
                            </tr>
                        </thead>
                        <tbody>{lines}</tbody>
                    </table>
                </div>
            })}
            <p class="acts">
                <DownloadButton name=file text=Box::new(move || csv.clone())/>
                <button type="button" class="quiet small" on:click=print>"Print"</button>
            </p>
        </article>
    }
}

fn line_of(ctx: Ctx, statement: &Statement, correction: bool, line: &Line) -> impl IntoView + use<> {
    let money = |minor: i64| ctx.text(|locale| locale.money(minor, statement.currency));
    let rate = line.sale.map(|_| ctx.text(|locale| locale.share(line.rate.unsigned_abs(), 1_000_000)));
    let notes = [&line.rule, &line.reason].into_iter().filter(|note| !note.is_empty()).cloned();
    let standing = line.standing();
    view! {
        <tr class:correction=correction>
            <th scope="row">{line.day.map(|day| shown(ctx, day))}</th>
            <td>
                {line.what()}
                {correction.then_some(view! { " " <span class="badge">"Earlier month"</span> })}
                {(!standing.is_empty()).then_some(view! { " " <span class="badge">{standing}</span> })}
                <small>{notes.collect::<Vec<_>>().join(" · ")}</small>
            </td>
            <td class="n" data-label="Sale">{line.sale.map(|(amount, _)| money(amount))}</td>
            <td class="n" data-label="Credited">{line.sale.map(|(_, base)| money(base))}</td>
            <td class="n" data-label="Rate">{rate}</td>
            <td class="n">{money(line.amount)}</td>
        </tr>
    }
}

fn shown(ctx: Ctx, day: Day) -> String {
    ctx.text(|locale| locale.span(day, day))
}

fn print(_: web_sys::MouseEvent) {
    // A browser without a printer says so itself.
    let _ = window().print();
}
