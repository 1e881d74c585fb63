//! Who changed what, the latest first.

use leptos::prelude::*;
use wire::path;

use super::moment;
use crate::{
    json::Json,
    part::{
        server::{Asked, PAGE, ask, more_button},
        switches::choice,
        text,
    },
    state::Ctx,
};

/// What changes: the word, and its name.
const KINDS: [(&str, &str); 19] = [
    ("", "Everything"),
    ("program", "Program and policy"),
    ("terms", "Terms of commission"),
    ("member", "People"),
    ("key", "API keys"),
    ("webhook", "Webhooks"),
    ("partner", "Partners"),
    ("group", "Groups"),
    ("link", "Links"),
    ("coupon", "Coupons"),
    ("page", "Landing pages"),
    ("deal", "Registered deals"),
    ("import", "Imports"),
    ("month", "Closed months"),
    ("customer", "Customers"),
    ("standing", "Standing of partners"),
    ("suspicion", "Suspicions"),
    ("fraud_rules", "Fraud rules"),
    ("sign_in", "Sign-ins"),
];

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    id: i64,
    at: String,
    who: String,
    what: String,
    target: String,
    action: String,
    /// Of each field that differs: its name, what it was, and what it is.
    fields: Vec<(String, String, String)>,
}

#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    kind: RwSignal<String>,
    changes: StoredValue<Vec<Change>>,
    more: RwSignal<bool>,
    changed: RwSignal<()>,
}

fn read(said: &Json) -> Change {
    let (before, after) = (said.get("before"), said.get("after"));
    let mut names = before.names();
    names.extend(after.names().into_iter().filter(|name| !before.has(name)));
    let field = |name: String| (name.clone(), before.get(&name).brief(), after.get(&name).brief());
    Change {
        id: said.number("id").unwrap_or(0),
        at: said.text("at"),
        who: said.text("actor"),
        what: said.text("kind"),
        target: said.text("target"),
        action: said.text("action"),
        fields: names.into_iter().map(field).collect(),
    }
}

/// The log.
#[component]
pub fn LogSection() -> impl IntoView {
    let board = Board {
        ctx: Ctx::get(),
        kind: RwSignal::new(String::new()),
        changes: StoredValue::new(Vec::new()),
        more: RwSignal::new(false),
        changed: RwSignal::new(()),
    };
    let asked = Asked::by(move |asked| {
        board.kind.track();
        board.changes.set_value(Vec::new());
        next(board, asked);
    });
    let options = KINDS.map(|(word, name)| view! { <option value=word>{name}</option> }).collect_view().into_any();
    view! {
        <div class="switches">
            {choice("Show", "kind", text(move || board.kind.get()), move |kind| board.kind.set(kind), options)}
        </div>
        <section class="panel" aria-labelledby="h-log">
            <h2 id="h-log">"Log of changes"</h2>
            {asked.show(move || table(board))}
            {more_button(board.more, move || next(board, asked))}
        </section>
    }
}

/// Asks for those that follow on the last known one.
fn next(board: Board, asked: Asked) {
    let kind = board.kind.get_untracked();
    let after = board.changes.with_value(|changes| changes.last().map(|change| change.id));
    let after = after.map(|id| format!("&startingAfter={id}")).unwrap_or_default();
    let of = if kind.is_empty() { String::new() } else { format!("&kind={kind}") };
    ask("GET", format!("{}?pageSize={PAGE}{of}{after}", path::AUDIT), String::new(), move |answer| match answer {
        // Another kind may have been chosen meanwhile: its own answer is on its way.
        _ if board.kind.try_get_untracked().is_none_or(|now| now != kind) => {}
        Ok(said) => {
            let found = said.list();
            board.more.try_set(found.len() == PAGE);
            board.changes.try_update_value(|changes| {
                let last = changes.last().map_or(i64::MAX, |change| change.id);
                changes.extend(found.iter().map(read).filter(|change| change.id < last));
            });
            board.changed.try_set(());
            asked.came();
        }
        Err(refusal) => asked.failed(refusal),
    });
}

fn table(board: Board) -> AnyView {
    board.changed.track();
    let rows =
        board.changes.with_value(|changes| changes.iter().map(|change| row(board.ctx, change)).collect::<Vec<_>>());
    if rows.is_empty() {
        return view! { <p class="quiet-text">"Nothing of this kind has changed."</p> }.into_any();
    }
    let head = |title: &'static str| view! { <th role="columnheader" scope="col">{title}</th> };
    view! {
        <table class="cards kept log" role="table">
            <thead role="rowgroup">
                <tr role="row">{["When", "Who", "What", "Change"].map(head)}</tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(ctx: Ctx, change: &Change) -> AnyView {
    let field = |(name, before, after): &(String, String, String)| {
        view! { <li><code>{name.clone()}</code> ": " {before.clone()} " → " {after.clone()}</li> }
    };
    let what =
        KINDS.iter().find(|(word, _)| *word == change.what).map_or(change.what.clone(), |(_, name)| (*name).to_owned());
    let about = match change.fields.len() {
        1 => "1 field".to_owned(),
        n => format!("{n} fields"),
    };
    let fields = (!change.fields.is_empty()).then(|| {
        view! {
            <details>
                <summary>{about}</summary>
                <ul>{change.fields.iter().map(field).collect_view()}</ul>
            </details>
        }
    });
    view! {
        <tr role="row" data-change=change.id>
            <td role="cell" class="lead">{moment(ctx, &change.at)}</td>
            <td role="cell" data-label="Who"><span title=change.who.clone()>{short(&change.who)}</span></td>
            <td role="cell" data-label="What">
                {what} " " {change.action.clone()} " " <small title=change.target.clone()>{short(&change.target)}</small>
            </td>
            <td role="cell" class="words" data-label="Change">{fields}</td>
        </tr>
    }
    .into_any()
}

/// An identifier by its kind and its last six characters, which are enough to tell rows apart; anything else as it is.
fn short(id: &str) -> String {
    match id.split_once('_') {
        Some((kind, rest)) if rest.len() == 26 && rest.is_ascii() => format!("{kind} …{}", &rest[20..]),
        _ => id.to_owned(),
    }
}
