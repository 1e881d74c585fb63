//! One import: the line that adds up, its rows and what is wrong with them, recording it and taking it back.

use leptos::{prelude::*, task::spawn_local};
use wire::path;

use super::{Desk, bring::Bench, date, keep, read};
use crate::{
    api::{Refusal, Source},
    json::Json,
    model::{
        csv,
        import::{Import, Part, label},
    },
    part::{
        confirm::Question,
        download::save,
        live,
        patient::patient,
        press,
        server::{Asked, PAGE, further, more_button},
        switches::choice,
        text, when,
    },
    state::Shared,
};

/// A row of a file, as the server judges it.
#[derive(Debug, Clone)]
struct Row {
    line: i64,
    state: String,
    /// Why it is so, and of a new one what may be wrong with it.
    why: String,
    cells: Vec<String>,
}

/// The import that is open.
pub fn show(bench: Bench, asked: Asked) -> AnyView {
    let desk = bench.desk;
    let shown = move || desk.open.get().map(|import| panel(bench, &import, asked));
    let id = desk.open.with_untracked(|open| open.as_ref().map(|open| open.id.clone()));
    view! {
        <section class="panel imported" aria-labelledby="h-import" data-open=id>
            {live(shown)}
            {live(move || desk.open.get().map(|import| rows(&import)))}
        </section>
    }
    .into_any()
}

fn panel(bench: Bench, import: &Shared<Import>, asked: Asked) -> AnyView {
    let desk = bench.desk;
    let ctx = desk.ctx;
    let (state, class) = import.standing();
    let about = if import.of_partners { "Partners to enrol" } else { "Sales, refunds and leads" };
    let moments = [("brought", &import.created_at), ("recorded", &import.applied_at), ("undone", &import.undone_at)];
    let moments = moments.into_iter().filter(|(_, at)| !at.is_empty());
    let moments: Vec<String> = moments.map(|(word, at)| format!("{word} {}", date(ctx, at))).collect();
    let read_as =
        import.read_as.iter().map(|(label, value)| format!("{label}: {value}")).collect::<Vec<_>>().join(" · ");
    let totals = import.totals.iter().map(|(currency, minor)| {
        let money = ctx.text(|locale| locale.money(*minor, *currency));
        view! { <div data-total=currency.to_string() data-value=minor.to_string()><dt>{currency.to_string()}</dt><dd class="n">{money}</dd></div> }
    });
    let comes_to = if import.state == "checked" { "What is to be recorded comes to" } else { "What was new came to" };
    let kept = import.kept.iter().map(|(whose, n)| {
        let whose = match whose.as_str() {
            "import" => "another import",
            "stripe" => "Stripe",
            "api" => "your backend",
            _ => "facts that were sent",
        };
        view! { <p class="quiet-text">{format!("{n} of its sales stayed: {whose} told of them, too.")}</p> }
    });
    view! {
        <header>
            <div>
                <h2 id="h-import">{import.title()}</h2>
                <p class="quiet-text">{format!("{about} · {} by {}", moments.join(", "), import.whose())}</p>
            </div>
            <span class=class>{state}</span>
        </header>
        {reckoning(desk, import)}
        {(!import.totals.is_empty()).then(|| view! {
            <h3>{comes_to}</h3>
            <dl class="totals">{totals.collect_view()}</dl>
        })}
        {(import.counts.similar > 0).then(|| view! {
            <p class="warn">{format!("{} of the new rows may be sales that are recorded under another key: look at them before you go on.", import.counts.similar)}</p>
        })}
        {kept.collect_view()}
        <p class="quiet-text read-as">{read_as}</p>
        {acts(bench, import, asked)}
    }
    .into_any()
}

/// The line that adds up: all rows, each counted once.
fn reckoning(desk: Desk, import: &Import) -> AnyView {
    let count = |n: i64| desk.ctx.text(|locale| locale.count(n));
    let all = import.rows();
    let parts = import.parts();
    let line = parts.iter().filter(|part| part.rows > 0 || part.state == "new");
    let line: Vec<String> = line.map(|part| format!("{} {}", count(part.rows), part.label)).collect();
    let line = format!("{} {} = {}", count(all), if all == 1 { "row" } else { "rows" }, line.join(" + "));
    let row = |part: &Part| {
        view! {
            <div data-part=part.state data-value=part.rows.to_string()>
                <dt>{part.label} <small>{part.about}</small></dt>
                <dd class="n">{count(part.rows)}</dd>
            </div>
        }
    };
    view! {
        <p class="reckoning" data-rows=all.to_string()>{line}</p>
        <dl class="parts-of">{parts.iter().filter(|part| part.rows > 0).map(row).collect_view()}</dl>
    }
    .into_any()
}

/// What can be done with it.
fn acts(bench: Bench, import: &Shared<Import>, asked: Asked) -> AnyView {
    let desk = bench.desk;
    let (of, left) = (import.counts.new, import.left_out());
    let rows = |n: i64| if n == 1 { "1 row".to_owned() } else { format!("{} rows", desk.ctx.text(|l| l.count(n))) };
    let words =
        if left > 0 { format!("Record {}, leave {left} out", rows(of)) } else { format!("Record {}", rows(of)) };
    // Nothing new may still credit partners for what is recorded, and remembers the columns.
    let words = if of == 0 { "Apply: nothing is new".to_owned() } else { words };
    let record = (import.state == "checked").then(|| {
        let import = import.clone();
        let busy = move || desk.recording.get();
        view! {
            <button type="button" class="strong" aria-disabled=text(move || busy().to_string()) on:click=press(move || apply(desk, &import, asked))>
                {text(move || if busy() { "Recording…".to_owned() } else { words.clone() })}
            </button>
            {when(busy, move || view! { <progress aria-label="Recording the rows"></progress> })}
        }
    });
    let undo = (import.state == "applied").then(|| {
        let import = import.clone();
        view! { <button type="button" class="quiet" on:click=press(move || undo(desk, &import))>"Undo"</button> }
    });
    let otherwise = {
        let import = import.clone();
        let sheet = move || bench.last.get().filter(|(id, _)| *id == import.id && import.state == "checked");
        live(move || {
            sheet().map(|(_, sheet)| {
                view! { <button type="button" class="quiet" on:click=press(move || bench.again(sheet.clone()))>"Read its columns otherwise"</button> }
            })
        })
    };
    let list = (left + import.counts.duplicate > 0).then(|| {
        let import = import.clone();
        let busy = RwSignal::new(false);
        view! {
            <button type="button" class="quiet" aria-disabled=text(move || busy.get().to_string()) on:click=press(move || download(desk, &import, busy))>
                {text(move || if busy.get() { "Gathering…".to_owned() } else { "Download what is left out".to_owned() })}
            </button>
        }
    });
    view! { <div class="acts">{record} {undo} {otherwise} {list}</div> }.into_any()
}

/// Records it. What became of it meanwhile is looked at first, and an answer that is lost is asked for again: the server
/// records an import once.
fn apply(desk: Desk, import: &Shared<Import>, asked: Asked) {
    if desk.recording.get_untracked() {
        return;
    }
    desk.recording.set(true);
    let import = import.clone();
    spawn_local(async move {
        let source = Source::default();
        let own = format!("{}/{}", path::IMPORTS, import.id);
        let found = patient(&source, "GET", &own, "", |_| true).await.map(|(said, _)| read(&said));
        let answer = match found {
            Ok(found) if found.state != "checked" => Ok((found, true)),
            Ok(_) => {
                let skip = if import.left_out() > 0 { "?skip=true" } else { "" };
                let done = patient(&source, "POST", &format!("{own}/apply{skip}"), "", |_| true).await;
                done.map(|(said, _)| (read(&said), false))
            }
            Err(refusal) => Err(refusal),
        };
        if desk.recording.try_set(false).is_some() {
            if let Some(late) = desk.late {
                let words = format!("{} is recorded.", import.title());
                late.tell(&import.title(), &words, answer.map(drop));
            }
            return;
        }
        match answer {
            Ok((now, by_others)) => {
                let words = told(desk, &import, &now, by_others);
                keep(desk, now);
                desk.told.tell(words, None);
                desk.store.fetch();
            }
            Err(refusal) => {
                if matches!(refusal, Refusal::Said { .. }) {
                    asked.again();
                }
                let words = "Nothing is recorded twice: say it again once that is mended.";
                desk.told.tell(format!("It may not be recorded. {}\n{words}", refusal.text()), None);
            }
        }
    });
}

/// What became of an import.
fn told(desk: Desk, before: &Import, now: &Import, by_others: bool) -> String {
    let (state, _) = now.standing();
    if by_others {
        let words = if now.state == "undone" { "recorded and undone" } else { "recorded" };
        return format!(
            "It is {words} already: by somebody else, or by what you sent before and had no answer to. Nothing was done twice: it stands as below."
        );
    }
    let count = desk.ctx.text(|locale| locale.count(now.counts.new));
    let rows = if now.counts.new == 1 { "row is" } else { "rows are" };
    let mut words = format!("{state}: {count} {rows} recorded, and the figures know them.");
    if now.counts != before.counts {
        words.push_str("\nOther doors told of some of them since the dry run: the line below is how it came out.");
    }
    words
}

/// Asks before it is taken back.
fn undo(desk: Desk, import: &Shared<Import>) {
    desk.dialog.ask(Question {
        title: format!("Undo the import of {}?", import.title()),
        text: "All that it recorded is taken back, but for sales of which somebody else told, too. The file can be brought again.",
        yes: "Undo it",
        method: "POST",
        path: format!("{}/{}/undo", path::IMPORTS, import.id),
        sent: String::new(),
        fields: Vec::new(),
        late: "The import is undone.",
        done: Box::new(move |said| {
            let now = read(said);
            let stayed: i64 = now.kept.iter().map(|(_, n)| n).sum();
            let words = match stayed {
                0 => "The import is undone: all that it recorded is gone.".to_owned(),
                1 => "The import is undone. One sale stayed, since somebody else told of it, too.".to_owned(),
                n => format!("The import is undone. {n} sales stayed, since somebody else told of them, too."),
            };
            keep(desk, now);
            desk.told.tell(words, None);
            desk.store.fetch();
        }),
    });
}

/// Its rows, all or those of one kind.
fn rows(import: &Shared<Import>) -> AnyView {
    let first = match import.counts {
        counts if counts.bad > 0 => "bad",
        counts if counts.conflicting > 0 => "conflicting",
        counts if counts.similar > 0 => "similar",
        _ => "",
    };
    let state = RwSignal::new(first.to_owned());
    let (found, changed, more) = (StoredValue::new(Vec::<Row>::new()), RwSignal::new(()), RwSignal::new(false));
    let (address, of_partners) = (format!("{}/{}/rows", path::IMPORTS, import.id), import.of_partners);
    let next = {
        move |asked: Asked, known: usize| {
            let now = state.get_untracked();
            let path = if now.is_empty() { address.clone() } else { format!("{address}?state={now}") };
            further(&path, known, asked, more, move |rows| {
                // Other rows may have been asked for meanwhile.
                if state.try_get_untracked().is_none_or(|state| state != now) {
                    return;
                }
                found.try_update_value(|found| {
                    found.truncate(known);
                    found.extend(rows.iter().map(|row| row_of(row, of_partners)));
                });
                changed.try_set(());
            });
        }
    };
    let asked = {
        let next = next.clone();
        Asked::by(move |asked| {
            state.track();
            next(asked, 0);
        })
    };
    let options = core::iter::once(("", "All rows".to_owned(), import.rows()))
        .chain(import.parts().into_iter().map(|part| (part.state, capital(part.label), part.rows)))
        .chain([("similar", "May be known under another key".to_owned(), import.counts.similar)])
        .filter(|(.., n)| *n > 0)
        .map(|(word, name, n)| view! { <option value=word selected=word == first>{format!("{name}: {n}")}</option> })
        .collect_view()
        .into_any();
    let header = import.header.clone();
    let table = move || {
        changed.track();
        let row = |row: &Row| {
            let (state, class) = standing(&row.state);
            let cells = header.iter().zip(&row.cells).filter(|(_, cell)| !cell.is_empty());
            let cells: Vec<String> = cells.map(|(name, cell)| format!("{name}: {cell}")).collect();
            view! {
                <tr role="row" data-line=row.line.to_string()>
                    <td role="cell" class="at">{row.line.to_string()}</td>
                    <td role="cell"><span class=class>{state}</span></td>
                    <td role="cell" class="wide">{row.why.clone()}</td>
                    <td role="cell" class="wide"><small class="address">{cells.join(" · ")}</small></td>
                </tr>
            }
        };
        let head = |name: &'static str| view! { <th role="columnheader" scope="col">{name}</th> };
        view! {
            <table class="cards lines" role="table">
                <caption class="unseen">"Rows of the file"</caption>
                <thead role="rowgroup"><tr role="row">{["Line", "It is", "Why", "What the file says"].map(head).collect_view()}</tr></thead>
                <tbody role="rowgroup">{found.with_value(|found| found.iter().map(row).collect_view())}</tbody>
            </table>
        }
    };
    let chosen = text(move || state.get());
    view! {
        <h3>"Its rows"</h3>
        <div class="switches">{choice("Show", "rows", chosen, move |word| state.set(word), options)}</div>
        {asked.show(table)}
        {more_button(more, move || next(asked, found.with_value(Vec::len)))}
    }
    .into_any()
}

/// What a row is, in words, and the class of its badge.
fn standing(state: &str) -> (&'static str, &'static str) {
    match state {
        "new" => ("New", "badge assisted"),
        "matched" => ("Known already", "badge"),
        "duplicate" => ("Said twice", "badge"),
        "conflicting" => ("Conflicting", "badge own"),
        _ => ("Wrong", "badge own"),
    }
}

fn capital(label: &str) -> String {
    let mut rest = label.chars();
    rest.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), rest.as_str()))
}

fn row_of(said: &Json, of_partners: bool) -> Row {
    let field = said.some_text("field").map(|word| format!("{}: ", label(of_partners, &word))).unwrap_or_default();
    let why = said.some_text("reason").or_else(|| said.some_text("warning"));
    Row {
        line: said.number("line").unwrap_or(0),
        state: said.text("state"),
        why: why.map(|why| format!("{field}{why}")).unwrap_or_default(),
        cells: said.get("cells").list().iter().filter_map(Json::own_text).collect(),
    }
}

/// Gives the reader every row that is left out, with its line and why, as a file.
fn download(desk: Desk, import: &Shared<Import>, busy: RwSignal<bool>) {
    if busy.get_untracked() {
        return;
    }
    busy.set(true);
    let import = import.clone();
    spawn_local(async move {
        let answer = gather(&import).await;
        busy.try_set(false);
        match answer {
            Ok(rows) => {
                let head = ["line", "state", "why"].map(str::to_owned).into_iter().chain(import.header.iter().cloned());
                let rows = rows.into_iter().map(|row| {
                    [row.line.to_string(), row.state, row.why].into_iter().chain(row.cells).collect::<Vec<_>>()
                });
                let table: Vec<Vec<String>> = core::iter::once(head.collect()).chain(rows).collect();
                if let Err(error) = save("left-out.csv", &csv::written(&table)) {
                    web_sys::console::error_1(&error);
                }
            }
            Err(refusal) => desk.told.tell(format!("The rows could not be gathered. {}", refusal.text()), None),
        }
    });
}

async fn gather(import: &Import) -> Result<Vec<Row>, Refusal> {
    let source = Source::default();
    let mut rows = Vec::new();
    for state in ["bad", "conflicting", "duplicate"] {
        for page in 1.. {
            let address = format!("{}/{}/rows?state={state}&page={page}&pageSize={PAGE}", path::IMPORTS, import.id);
            let (said, _) = patient(&source, "GET", &address, "", |_| true).await?;
            let found = said.list();
            rows.extend(found.iter().map(|row| row_of(row, import.of_partners)));
            if found.len() < PAGE {
                break;
            }
        }
    }
    rows.sort_by_key(|row| row.line);
    Ok(rows)
}
