//! Who asks to be let into the program: read, approved or declined.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wire::path;

use super::{
    confirm::{Dialog, Question},
    form::{Field, Kind},
    press,
    roster::Roster,
    server::{Asked, further, more_button},
};
use crate::{
    json::{Json, written},
    model::registration::day,
    state::Shared,
};

/// Somebody who asks. What they did not say is empty.
struct Application {
    id: String,
    version: f64,
    company: String,
    name: String,
    email: String,
    website: String,
    message: String,
    /// The partner whose address it is already.
    known_as: String,
    /// The day, as it is shown.
    since: String,
}

/// What this part holds.
#[derive(Clone, Copy)]
struct Board {
    roster: Roster,
    list: StoredValue<Vec<Shared<Application>>>,
    /// Told when the list is another.
    changed: RwSignal<()>,
    more: RwSignal<bool>,
    dialog: Dialog,
}

/// Those who wait for a decision.
pub fn waiting(roster: Roster) -> impl IntoView {
    let board = Board {
        roster,
        list: StoredValue::new(Vec::new()),
        changed: RwSignal::new(()),
        more: RwSignal::new(false),
        dialog: Dialog::closed(),
    };
    let asked = Asked::by(move |asked| next(board, asked, 0));
    view! {
        <section class="panel" aria-labelledby="h-applications">
            <h2 id="h-applications">"Applications"</h2>
            {asked.show(move || list(board))}
            {more_button(board.more, move || next(board, asked, board.list.with_value(Vec::len)))}
            {board.dialog.show(asked)}
        </section>
    }
}

/// Asks for those that follow on so many known ones.
fn next(board: Board, asked: Asked, known: usize) {
    further(&format!("{}?state=waiting", path::APPLICATIONS), known, asked, board.more, move |found| {
        board.list.try_update_value(|list| {
            if known == 0 {
                list.clear();
            }
            for one in found.iter().map(|said| read(board, said)) {
                if !list.iter().any(|known| known.id == one.id) {
                    list.push(Shared::new(one));
                }
            }
        });
        board.changed.try_set(());
    });
}

fn read(board: Board, said: &Json) -> Application {
    let date = |day| board.roster.ctx().text(|locale| locale.span(day, day));
    Application {
        id: said.text("id"),
        version: said.number("version").unwrap_or(0) as f64,
        company: said.text("company"),
        name: said.text("name"),
        email: said.text("email"),
        website: said.text("website"),
        message: said.text("message"),
        known_as: said.text("knownAs"),
        since: day(&said.text("createdAt")).map(date).unwrap_or_default(),
    }
}

fn list(board: Board) -> AnyView {
    board.changed.track();
    let lines: Vec<_> = board.list.with_value(|list| list.iter().map(|one| line(board, one)).collect());
    if lines.is_empty() {
        return view! {
            <p class="quiet-text">
                "Nobody waits for an answer. The form is at " <code>{path::APPLY}</code>
                " once the settings of the program take applications."
            </p>
        }
        .into_any();
    }
    view! { <ul class="assets applications">{lines}</ul> }.into_any()
}

fn line(board: Board, one: &Shared<Application>) -> AnyView {
    let act = |label: &'static str, class: &'static str, question: fn(Board, &Application) -> Question| {
        let (of, company) = (one.clone(), one.company.clone());
        view! {
            <button type="button" class=class on:click=press(move || board.dialog.ask(question(board, &of)))>
                {label}<span class="unseen">" " {company}</span>
            </button>
        }
    };
    let said =
        |text: &str, class: &'static str| (!text.is_empty()).then(|| view! { <p class=class>{text.to_owned()}</p> });
    view! {
        <li data-application=one.id.clone()>
            <div>
                <strong>{one.company.clone()}</strong>
                <p class="quiet-text">{format!("{} \u{b7} {} \u{b7} {}", one.name, one.email, one.since)}</p>
                {said(&known(one), "fault")}
                {said(&one.website, "quiet-text")}
                {said(&one.message, "said")}
            </div>
            <div class="acts">{act("Approve", "strong small", approve)} {act("Decline", "quiet small", decline)}</div>
        </li>
    }
    .into_any()
}

/// That somebody is in the program under that address; empty for nobody.
fn known(one: &Application) -> String {
    if one.known_as.is_empty() {
        return String::new();
    }
    format!("This is the address of {}, who is in the program already: to approve makes nobody new.", one.known_as)
}

/// What both decisions have in common.
fn decision(board: Board, one: &Application, step: &'static str, done: String) -> Question {
    let (id, company) = (one.id.clone(), one.company.clone());
    Question {
        title: String::new(),
        text: "",
        yes: "",
        method: "POST",
        path: format!("{}/{id}/{step}", path::APPLICATIONS),
        sent: written(&[("version", JsValue::from_f64(one.version))]),
        fields: Vec::new(),
        late: "The decision stands.",
        done: Box::new(move |_| {
            board.list.update_value(|list| list.retain(|known| known.id != id));
            board.changed.set(());
            board.roster.decided(format!("{company} {done}"));
        }),
    }
}

fn approve(board: Board, one: &Application) -> Question {
    let group = Field {
        name: "groupId",
        label: "Group",
        hint: "",
        kind: Kind::Choice(board.roster.choices()),
        required: false,
        max: 64,
    };
    Question {
        title: format!("Let {} in?", one.company),
        text: "They have a short link and a landing page at once. Who is a partner under this address already stays as they are.",
        yes: "Approve",
        fields: vec![group],
        ..decision(
            board,
            one,
            "approve",
            match one.known_as.as_str() {
                "" => "is in the program. Their row below makes a sign-in link for them.".to_owned(),
                name => format!("is approved, and is {name}, who was in the program already."),
            },
        )
    }
}

fn decline(board: Board, one: &Application) -> Question {
    let reason = Field {
        name: "reason",
        label: "Reason",
        hint: "For your own people: it is not sent",
        kind: Kind::Lines,
        required: false,
        max: 1000,
    };
    Question {
        title: format!("Decline {}?", one.company),
        text: "Nobody is let in. They may ask again.",
        yes: "Decline",
        fields: vec![reason],
        ..decision(board, one, "decline", "is declined.".to_owned())
    }
}
