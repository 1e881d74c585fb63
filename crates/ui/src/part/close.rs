//! The close of a month: the statements of all partners, what they add up to, what keeps money back, and closing them.

use engine::{
    commission::close::CLOSES_ON,
    time::{Day, Month},
};
use leptos::prelude::*;
use wire::path;

use super::{
    confirm::{Dialog, Question},
    download::DownloadButton,
    flag, live, press,
    registrations::partner,
    server::{Asked, Told, ask},
    statements::{document_of, found_or_why, nothing, stated, which_month},
    text,
};
use crate::{
    json::written,
    model::{
        close::{Sum, file, sums},
        registration::day,
        statement::Statement,
        words::plural,
    },
    state::{Ctx, Shared},
};

/// Columns of the table.
const COLUMNS: [&str; 8] =
    ["Partner", "Before", "Corrections", "Earned", "Taken back", "Paid out", "Owed at the end", "On hold"];

/// What this place holds.
#[derive(Clone, Copy)]
struct Desk {
    ctx: Ctx,
    month: Memo<Month>,
    again: RwSignal<()>,
    /// The partner and currency whose statement is open.
    open: RwSignal<String>,
    /// Who closed the month, and when, as far as the reader may know.
    closed: RwSignal<Option<(String, Day)>>,
    dialog: Dialog,
    told: Told,
}

/// The place.
#[component]
pub fn MonthClose() -> impl IntoView {
    let ctx = Ctx::get();
    let (month, switches) = which_month(ctx, 1);
    let desk = Desk {
        ctx,
        month,
        again: RwSignal::new(()),
        open: RwSignal::new(String::new()),
        closed: RwSignal::new(None),
        dialog: Dialog::closed(),
        told: Told::nothing(),
    };
    let found = stated(ctx, month, desk.again);
    // What the question asks for again where it turns out to be old.
    let mut is_known = false;
    let list = Asked::by(move |asked| {
        if core::mem::replace(&mut is_known, true) {
            desk.again.set(());
        }
        asked.came();
    });
    Effect::new(move |_| {
        desk.again.track();
        whose(desk, month.get());
    });
    view! {
        {desk.told.show()}
        {switches}
        {found_or_why(found, desk.again, move |statements| page(desk, &statements))}
        {desk.dialog.show(list)}
    }
}

/// Asks who closed a month. Who may not read the log sees the day alone, with the statements.
fn whose(desk: Desk, month: Month) {
    desk.closed.set(None);
    ask("GET", format!("{}?kind=month&target={month}", path::AUDIT), String::new(), move |answer| {
        if desk.month.try_get_untracked() != Some(month) {
            return;
        }
        let change = answer.ok().and_then(|said| said.list().into_iter().next());
        desk.closed.try_set(change.and_then(|change| Some((change.text("actor"), day(&change.text("at"))?))));
    });
}

fn page(desk: Desk, statements: &Shared<Vec<Statement>>) -> AnyView {
    let ctx = desk.ctx;
    let month = desk.month.get_untracked();
    let name = ctx.text(|locale| locale.month(month));
    let all = sums(statements);
    let closed_on = statements.first().and_then(|statement| statement.closed_on);
    let present = ctx.loaded.with_untracked(|loaded| loaded.head.zone.day(loaded.head.now).month());
    let badge = live(move || {
        let by = desk.closed.get();
        let day = by.as_ref().map(|(_, day)| *day).or(closed_on);
        let (class, words) = match (day, month >= present) {
            (Some(day), _) => ("badge sourced", format!("Closed on {}", shown(ctx, day))),
            (None, true) => ("badge", "Not over yet".to_owned()),
            (None, false) => ("badge own", "Open".to_owned()),
        };
        let by = by.map(|(actor, _)| match actor.as_str() {
            "schedule" => " by itself".to_owned(),
            person if person.contains('@') => format!(" by {person}"),
            _ => " by a program with a key".to_owned(),
        });
        view! { <span class=class>{words} {by}</span> }
    });
    let act = {
        let all = all.clone();
        live(move || {
            let is_closed = closed_on.is_some() || desk.closed.get().is_some();
            if is_closed {
                let words = "Its statements stay as they are. What comes later corrects the first month that is open.";
                view! { <p class="quiet-text">{words}</p> }.into_any()
            } else if month >= present {
                let from = shown(ctx, day_after(month, 1));
                let words = format!(
                    "The month is not over: it can be closed from {from} on. Until then these are statements so far."
                );
                view! { <p class="quiet-text">{words} " " {by_itself(ctx, month)}</p> }.into_any()
            } else {
                let (all, words) = (all.clone(), format!("Close {}", ctx.text(|locale| locale.month(month))));
                view! {
                    <p class="quiet-text">{by_itself(ctx, month)}</p>
                    <div class="acts"><button type="button" class="strong" on:click=press(move || question(desk, month, &all))>{words}</button></div>
                }
                .into_any()
            }
        })
    };
    let content = if statements.is_empty() { nothing(ctx, month).into_any() } else { table(desk, statements) };
    view! {
        <section class="panel closing" aria-labelledby="h-close">
            <header><h2 id="h-close">{name}</h2>{badge}</header>
            <div class="sums">{all.iter().map(|sum| sum_of(ctx, sum)).collect_view()}</div>
            {act}
        </section>
        {content}
    }
    .into_any()
}

/// What the statements of a currency add up to, and what keeps money back.
fn sum_of(ctx: Ctx, sum: &Sum) -> AnyView {
    let money = |minor: i64| ctx.text(|locale| locale.money(minor, sum.of_all.currency));
    let code = sum.of_all.currency.to_string();
    let row =
        |(label, amount): (&'static str, i64)| view! { <div><dt>{label}</dt><dd class="n">{money(amount)}</dd></div> };
    let (lines, amount) = sum.looked_into;
    let mut notes = Vec::new();
    if sum.of_all.held != 0 {
        notes.push(
            "What is on hold waits for the days that your terms say, or for a sale that is looked into.".to_owned(),
        );
    }
    if lines > 0 {
        let words = plural(lines, "line of this month is", "lines of this month are");
        notes.push(format!("{lines} {words} looked into: {}.", money(amount)));
    }
    if sum.refused > 0 {
        let words = plural(sum.refused, "line is", "lines are");
        notes.push(format!("{} {words} refused, and not paid.", sum.refused));
    }
    if sum.corrections > 0 {
        let words = plural(sum.corrections, "line corrects", "lines correct");
        notes.push(format!("{} {words} months that are closed.", sum.corrections));
    }
    let partners = plural(sum.partners, "partner", "partners");
    view! {
        <article data-sum=code.clone() data-closing=sum.of_all.closing.to_string() data-held=sum.of_all.held.to_string()>
            <h3>{code.clone()} " " <small>{format!("{} {partners}", sum.partners)}</small></h3>
            <dl class="summary">
                {sum.of_all.summary().into_iter().map(row).collect_view()}
                <div class="part"><dt>"of it payable"</dt><dd class="n">{money(sum.of_all.payable)}</dd></div>
                <div class="part"><dt>"of it on hold"</dt><dd class="n">{money(sum.of_all.held)}</dd></div>
            </dl>
            {notes.into_iter().map(|note| view! { <p class="quiet-text">{note}</p> }).collect_view()}
        </article>
    }
    .into_any()
}

/// Asks before a month is closed, with its name and what is owed at its end.
fn question(desk: Desk, month: Month, all: &[Sum]) {
    let ctx = desk.ctx;
    let name = ctx.text(|locale| locale.month(month));
    let owed = |sum: &Sum| ctx.text(|locale| locale.money(sum.of_all.closing, sum.of_all.currency));
    let owed: Vec<String> = all.iter().map(owed).collect();
    let owed = if owed.is_empty() { "nothing".to_owned() } else { owed.join(" and ") };
    desk.dialog.ask(Question {
        title: format!("Close {name}, with {owed} owed at its end?"),
        text: "Partners read its statements as they are from then on, and they never change: what comes later corrects the \
               first month that is open. Earlier months that are open are closed with it. This cannot be undone.",
        yes: "Close it",
        method: "POST",
        path: format!("{}/close", path::STATEMENTS),
        sent: written(&[("month", month.to_string().into())]),
        fields: Vec::new(),
        late: "The month is closed.",
        done: Box::new(move |said| {
            let months = said.get("closed").list();
            let names = months.iter().filter_map(|month| crate::filters::month(&month.own_text()?));
            let names: Vec<String> = names.map(|month| ctx.text(|locale| locale.month(month))).collect();
            let words = match names.len() {
                0 => format!("{name} was closed already: nothing was done twice."),
                1 => format!("{} is closed.", names[0]),
                _ => format!("{} are closed.", names.join(", ")),
            };
            desk.told.tell(words, None);
            desk.again.set(());
        }),
    });
}

fn table(desk: Desk, statements: &Shared<Vec<Statement>>) -> AnyView {
    let ctx = desk.ctx;
    let mut order: Vec<(String, usize)> =
        statements.iter().enumerate().map(|(i, statement)| (partner(ctx, &statement.partner), i)).collect();
    order.sort_by_key(|(name, i)| (name.to_lowercase(), *i));
    let rows = order.iter().map(|(name, i)| row(desk, name, &statements[*i])).collect_view();
    let csv = {
        let statements = statements.clone();
        move || file(order.iter().map(|(name, i)| (name.clone(), &statements[*i])))
    };
    let head = |title: &'static str| {
        let class = if title == "Partner" { "" } else { "n" };
        view! { <th role="columnheader" scope="col" class=class>{title}</th> }
    };
    view! {
        <section class="panel" aria-labelledby="h-statements">
            <h2 id="h-statements">"Statements"</h2>
            <div class="tools"><DownloadButton name=format!("statements-{}.csv", desk.month.get_untracked()) text=Box::new(csv)/></div>
            <table class="cards statements" role="table">
                <thead role="rowgroup"><tr role="row">{COLUMNS.map(head).collect_view()}</tr></thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn row(desk: Desk, name: &str, statement: &Statement) -> AnyView {
    let ctx = desk.ctx;
    let key = format!("{} {}", statement.partner, statement.currency);
    let detail = format!("of-{}-{}", statement.partner, statement.currency);
    let is_open = {
        let key = key.clone();
        Memo::new(move |_| desk.open.get() == key)
    };
    let turn = {
        let key = key.clone();
        move || desk.open.set(if is_open.get_untracked() { String::new() } else { key.clone() })
    };
    let (moved, shown) = (statement.movement, statement.clone());
    let amounts = [
        statement.opening,
        statement.correction.owed(),
        moved.earned,
        -moved.clawed_back,
        -moved.paid,
        statement.closing,
        statement.held,
    ];
    let cell = |(i, minor): (usize, i64)| {
        let class = if minor == 0 { "n zero" } else { "n" };
        let money = ctx.text(|locale| locale.money(minor, statement.currency));
        view! { <td role="cell" class=class data-label=COLUMNS[i + 1] data-value=minor.to_string()>{money}</td> }
    };
    view! {
        <tr role="row" class="deal" class:open=flag(move || is_open.get()) data-owed=key>
            <td role="cell" class="lead">
                <button type="button" class="open" aria-expanded=text(move || is_open.get().to_string()) aria-controls=detail.clone() on:click=press(turn)>
                    <span class="chevron" aria-hidden="true"></span>
                    {name.to_owned()}
                </button>
                <small>{statement.currency.to_string()}</small>
            </td>
            {amounts.into_iter().enumerate().map(cell).collect_view()}
        </tr>
        <tr role="row" class="detail" id=detail hidden=flag(move || !is_open.get())>
            <td role="cell" colspan=COLUMNS.len()>{live(move || is_open.get().then(|| document_of(ctx, &shown)))}</td>
        </tr>
    }
    .into_any()
}

/// The first day after a month.
/// A day of the month after this one.
fn day_after(month: Month, day: u32) -> Day {
    let (year, month) = Month(month.0 + 1).year_month();
    Day::of(year, month, day)
}

/// When a month is closed that nobody closes.
fn by_itself(ctx: Ctx, month: Month) -> String {
    let on = day_after(month, CLOSES_ON);
    let today = ctx.loaded.with_untracked(|loaded| loaded.head.zone.day(loaded.head.now));
    if on > today {
        format!("It closes by itself on {}.", shown(ctx, on))
    } else {
        "It closes by itself within the hour.".to_owned()
    }
}

fn shown(ctx: Ctx, day: Day) -> String {
    ctx.text(|locale| locale.span(day, day))
}
