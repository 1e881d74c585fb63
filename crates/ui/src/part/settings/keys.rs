//! API keys: secret ones with scopes, publishable ones with hosts.

use leptos::prelude::*;
use wire::{access::SCOPES, path};

use super::{choices, field, moment, optional};
use crate::{
    json::Json,
    part::{
        confirm::{Dialog, Question},
        form::{Form, Kind, form},
        press,
        server::{Asked, Told, ask},
    },
    state::Ctx,
};

/// The scope of a key that may do everything.
const EVERYTHING: &str = "*";

/// A key, without itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    id: String,
    name: String,
    is_secret: bool,
    hint: String,
    /// Scopes of a secret one, hosts of a publishable one.
    words: Vec<String>,
    since: String,
    used: String,
    revoked: String,
}

#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    keys: StoredValue<Vec<Key>>,
    changed: RwSignal<()>,
    dialog: Dialog,
    told: Told,
}

fn read(said: &Json) -> Key {
    let is_secret = said.text("kind") == "secret";
    let words = said.get(if is_secret { "scopes" } else { "hosts" }).list();
    Key {
        id: said.text("id"),
        name: said.text("name"),
        is_secret,
        hint: said.text("hint"),
        words: words.iter().filter_map(Json::own_text).collect(),
        since: said.text("createdAt"),
        used: said.text("lastUsedAt"),
        revoked: said.text("revokedAt"),
    }
}

/// The keys.
#[component]
pub fn KeysSection() -> impl IntoView {
    let board = Board {
        ctx: Ctx::get(),
        keys: StoredValue::new(Vec::new()),
        changed: RwSignal::new(()),
        dialog: Dialog::closed(),
        told: Told::nothing(),
    };
    let asked = Asked::by(move |asked| {
        ask("GET", path::KEYS.to_owned(), String::new(), move |answer| match answer {
            Ok(said) => {
                board.keys.try_set_value(said.list().iter().map(read).collect());
                board.changed.try_set(());
                asked.came();
            }
            Err(refusal) => asked.failed(refusal),
        });
    });
    view! {
        {board.told.show()}
        {form(new(board, asked))}
        <section class="panel" aria-labelledby="h-keys">
            <h2 id="h-keys">"API keys"</h2>
            {asked.show(move || table(board))}
        </section>
        {board.dialog.show(asked)}
    }
}

fn new(board: Board, asked: Asked) -> Form {
    let kinds = choices([("secret", "Secret: for a server"), ("publishable", "Publishable: for pages")]);
    let scopes = SCOPES.map(|(word, what)| (word, what));
    Form {
        title: "Make a key",
        about: "A secret key does what its scopes say, and belongs on a server. A publishable key stands in pages, and records \
                visits from its hosts alone."
            .to_owned(),
        send: "Make the key",
        drawn: None,
        path: path::KEYS,
        fields: vec![
            field("name", "Name", "What it is for, such as CRM sync", Kind::Line("text"), 100),
            field("kind", "Kind", "", Kind::Choice(kinds), 20),
            optional("scopes", "What a secret key may do", "", Kind::Several(choices(scopes)), 0),
            optional(
                "hosts",
                "Hosts of a publishable key",
                "A host a line; where it is empty, those that links may lead to",
                Kind::List,
                5000,
            ),
        ],
        late: "A key was made, and nobody saw it: revoke it, and make another.",
        done: Box::new(move |said| {
            let words = format!("The key {} is made. It is shown here, and never again.", said.text("name"));
            board.told.give(words, "the key", said.text("key"));
            asked.again();
        }),
    }
}

fn table(board: Board) -> AnyView {
    board.changed.track();
    let rows = board.keys.with_value(|keys| keys.iter().map(|key| row(board, key)).collect_view());
    let head = |title: &'static str| view! { <th role="columnheader" scope="col">{title}</th> };
    view! {
        <table class="cards kept" role="table">
            <thead role="rowgroup">
                <tr role="row">
                    {["Name", "Kind", "May", "Made", "Last used"].map(head)}
                    <th role="columnheader" scope="col"><span class="unseen">"Changes"</span></th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(board: Board, key: &Key) -> AnyView {
    let may = match (key.is_secret, key.words.len()) {
        (true, all) if all == SCOPES.len() || key.words == [EVERYTHING] => "Everything".to_owned(),
        (true, _) | (false, 1..) => key.words.join(", "),
        (false, 0) => "Pages of the allowed hosts".to_owned(),
    };
    let of = key.clone();
    let name = key.name.clone();
    let act = if key.revoked.is_empty() {
        let press = press(move || board.dialog.ask(revoke(board, &of)));
        view! { <button type="button" class="quiet small" on:click=press>"Revoke"<span class="unseen">" " {name}</span></button> }
            .into_any()
    } else {
        view! { <span class="badge">"Revoked"</span> }.into_any()
    };
    let used = if key.used.is_empty() { "Never".to_owned() } else { moment(board.ctx, &key.used) };
    let hint = (!key.hint.is_empty()).then(|| view! { " " <small>"…" {key.hint.clone()}</small> });
    view! {
        <tr role="row" data-key=key.id.clone() class:over=!key.revoked.is_empty()>
            <td role="cell" class="lead">{key.name.clone()} {hint}</td>
            <td role="cell" data-label="Kind">{if key.is_secret { "Secret" } else { "Publishable" }}</td>
            <td role="cell" class="words" data-label="May">{may}</td>
            <td role="cell" data-label="Made">{moment(board.ctx, &key.since)}</td>
            <td role="cell" data-label="Last used">{used}</td>
            <td role="cell" class="wide"><div class="acts">{act}</div></td>
        </tr>
    }
    .into_any()
}

fn revoke(board: Board, key: &Key) -> Question {
    Question {
        title: format!("Revoke {}?", key.name),
        text: "Whatever uses it is refused from now on; a publishable key within half a minute. It cannot be taken back: make \
               another one first.",
        yes: "Revoke the key",
        method: "DELETE",
        path: format!("{}/{}", path::KEYS, key.id),
        sent: String::new(),
        fields: Vec::new(),
        late: "The key is revoked.",
        done: Box::new(move |said| {
            let gone = read(said);
            board.told.tell(format!("{} is revoked.", gone.name), None);
            board.keys.update_value(|keys| {
                if let Some(known) = keys.iter_mut().find(|known| known.id == gone.id) {
                    *known = gone;
                }
            });
            board.changed.set(());
        }),
    }
}
