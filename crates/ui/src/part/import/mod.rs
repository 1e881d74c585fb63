//! Files that are brought in: the dry run, what is recorded of it, and taking that back.
//!
//! | module | charter |
//! |---|---|
//! | [`bring`] | choosing a file, what it holds and what its columns mean |
//! | [`shown`] | one import: its reckoning, its rows, what can be done with it |

mod bring;
mod shown;

use engine::money::Currency;
use leptos::prelude::*;
use wire::path;

use super::{
    confirm::Dialog,
    late::Late,
    live, press,
    server::{Asked, Told, further, more_button},
    text,
};
use crate::{
    json::Json,
    model::{
        import::{Counts, Import},
        registration::day,
    },
    state::{Ctx, Shared, Store},
};

/// Columns of the list.
const COLUMNS: [&str; 6] = ["File", "State", "Rows", "New", "Left out", "Came"];

/// What this place holds.
#[derive(Clone, Copy)]
struct Desk {
    ctx: Ctx,
    store: Store,
    list: StoredValue<Vec<Shared<Import>>>,
    /// Told when the list is another.
    changed: RwSignal<()>,
    /// Whether the server has more.
    more: RwSignal<bool>,
    /// The import that is shown.
    open: RwSignal<Option<Shared<Import>>>,
    /// Whether a file is being checked.
    checking: RwSignal<bool>,
    /// Whether one is being recorded.
    recording: RwSignal<bool>,
    dialog: Dialog,
    told: Told,
    late: Option<Late>,
}

/// The place.
#[component]
pub fn Imports(
    /// Asked anew once facts are recorded, or gone.
    store: Store,
) -> impl IntoView {
    let desk = Desk {
        ctx: Ctx::get(),
        store,
        list: StoredValue::new(Vec::new()),
        changed: RwSignal::new(()),
        more: RwSignal::new(false),
        open: RwSignal::new(None),
        checking: RwSignal::new(false),
        recording: RwSignal::new(false),
        dialog: Dialog::closed(),
        told: Told::nothing(),
        late: Late::get(),
    };
    let asked = Asked::by(move |asked| next(desk, asked, 0));
    let bench = bring::Bench::new(desk);
    let opened = Memo::new(move |_| desk.open.with(|open| open.as_ref().map(|import| import.id.clone())));
    view! {
        {desk.told.show()}
        {bring::show(bench, asked)}
        {live(move || opened.get().map(|_| shown::show(bench, asked)))}
        <section class="panel" aria-labelledby="h-imports">
            <h2 id="h-imports">"Imports"</h2>
            {asked.show(move || table(desk))}
            {more_button(desk.more, move || next(desk, asked, desk.list.with_value(Vec::len)))}
        </section>
        {desk.dialog.show(asked)}
    }
}

/// Asks for the imports that follow on so many known ones.
fn next(desk: Desk, asked: Asked, known: usize) {
    further(path::IMPORTS, known, asked, desk.more, move |found| {
        desk.list.try_update_value(|list| {
            if known == 0 {
                list.clear();
            }
            for import in found.iter().map(read) {
                if !list.iter().any(|known| known.id == import.id) {
                    list.push(Shared::new(import));
                }
            }
        });
        // Somebody else may have decided about the one that is shown.
        let open = desk.open.try_get_untracked().flatten();
        let now = open.and_then(|open| desk.list.with_value(|list| list.iter().find(|now| now.id == open.id).cloned()));
        if let Some(now) = now {
            desk.open.try_set(Some(now));
        }
        desk.changed.try_set(());
    });
}

/// Puts an import in the place of what was known of it, or before all others, and shows it.
fn keep(desk: Desk, import: Import) {
    let import = Shared::new(import);
    desk.list.update_value(|list| match list.iter_mut().find(|known| known.id == import.id) {
        Some(known) => *known = import.clone(),
        None => list.insert(0, import.clone()),
    });
    desk.open.set(Some(import));
    desk.changed.set(());
}

fn table(desk: Desk) -> AnyView {
    desk.changed.track();
    let rows = desk.list.with_value(|list| list.iter().map(|import| row(desk, import)).collect::<Vec<_>>());
    if rows.is_empty() {
        let about = "Sales, refunds and leads of a spreadsheet or another system, or partners to enrol: choose a file above. \
                     Programs send theirs by POST /api/imports.";
        return view! { <div class="sorry"><h3>"No imports yet"</h3><p>{about}</p></div> }.into_any();
    }
    let head = |title: &'static str| {
        let class = if matches!(title, "File" | "State") { "" } else { "n" };
        view! { <th role="columnheader" scope="col" class=class>{title}</th> }
    };
    view! {
        <table class="cards imports" role="table">
            <thead role="rowgroup"><tr role="row">{COLUMNS.map(head).collect_view()}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(desk: Desk, import: &Shared<Import>) -> AnyView {
    let ctx = desk.ctx;
    let count = |n: i64| ctx.text(|locale| locale.count(n));
    let (state, class) = import.standing();
    let (id, shown) = (import.id.clone(), import.clone());
    let is_open = Memo::new(move |_| desk.open.with(|open| open.as_ref().is_some_and(|open| open.id == id)));
    let turn = move || desk.open.set(if is_open.get_untracked() { None } else { Some(shown.clone()) });
    let number = |label: &'static str, n: i64| {
        let class = if n == 0 { "n zero" } else { "n" };
        view! { <td role="cell" class=class data-label=label>{count(n)}</td> }
    };
    view! {
        <tr role="row" class="deal" data-import=import.id.clone()>
            <td role="cell" class="lead">
                <button type="button" class="open" aria-expanded=text(move || is_open.get().to_string()) on:click=press(turn)>
                    <span class="chevron" aria-hidden="true"></span>
                    {import.title()}
                </button>
                <small>{import.whose().to_owned()}</small>
            </td>
            <td role="cell"><span class=class>{state}</span></td>
            {number(COLUMNS[2], import.rows())}
            {number(COLUMNS[3], import.counts.new)}
            {number(COLUMNS[4], import.left_out())}
            <td role="cell" class="n" data-label=COLUMNS[5]>{date(ctx, &import.created_at)}</td>
        </tr>
    }
    .into_any()
}

/// The day of a time that the server writes; empty for another text.
fn date(ctx: Ctx, at: &str) -> String {
    day(at).map(|day| ctx.text(|locale| locale.span(day, day))).unwrap_or_default()
}

/// An import as the server writes it.
fn read(said: &Json) -> Import {
    let (counts, mapping, recognised) = (said.get("counts"), said.get("mapping"), said.get("recognised"));
    let number = |name: &str| counts.number(name).unwrap_or(0);
    let habits = [
        ("Encoding", "encoding"),
        ("Between cells", "separator"),
        ("Dates", "dates"),
        ("Decimal sign", "decimal"),
        ("Amounts", "units"),
    ];
    let habit = |(label, name): (&str, &str)| Some((label.to_owned(), plain(&recognised.some_text(name)?)));
    let total = |(code, minor): (String, i64)| Some((code.parse::<Currency>().ok()?, minor));
    Import {
        id: said.text("id"),
        state: said.text("state"),
        name: said.text("name"),
        preset: said.text("preset"),
        of_partners: mapping.text("about") == "partners",
        header: said.get("header").list().iter().filter_map(Json::own_text).collect(),
        read_as: habits.into_iter().filter_map(habit).collect(),
        counts: Counts {
            new: number("new"),
            similar: number("similar"),
            matched: number("matched"),
            duplicate: number("duplicate"),
            conflicting: number("conflicting"),
            bad: number("bad"),
        },
        totals: said.get("totals").numbers().into_iter().filter_map(total).collect(),
        created_at: said.text("createdAt"),
        created_by: said.text("createdBy"),
        applied_at: said.text("appliedAt"),
        undone_at: said.text("undoneAt"),
        kept: said.get("kept").numbers(),
    }
}

/// The server's word for a habit, for people.
fn plain(word: &str) -> String {
    match word {
        "\t" => "tabs",
        "," => "commas",
        ";" => "semicolons",
        "|" => "bars",
        "day_first" => "day, month, year",
        "month_first" => "month, day, year",
        "iso" => "year, month, day",
        "serial" => "days, as spreadsheets count",
        "major" => "whole units, such as dollars",
        "minor" => "the smallest units, such as cents",
        other => other,
    }
    .to_owned()
}
