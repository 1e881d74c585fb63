//! Who of the partner may sign in; for its admins, the ways in and out.

use leptos::prelude::*;
use wire::path;

use super::{
    confirm::{Dialog, Question},
    form::{Field, Form, Kind, form},
    press,
    server::{Asked, Told, ask, further, more_button},
    when,
};
use crate::{
    json::{Json, written},
    model::registration::day,
    state::Ctx,
};

/// The role that may change who is in the team.
const ADMIN: &str = "partner_admin";
/// The role that may not.
const MEMBER: &str = "partner_member";

/// Somebody of the team.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Member {
    id: String,
    name: String,
    email: String,
    is_admin: bool,
    since: String,
}

/// What this place holds.
#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    members: StoredValue<Vec<Member>>,
    /// Whether the server has more of them.
    more: RwSignal<bool>,
    /// Told when the members are others.
    changed: RwSignal<()>,
    /// Identifier of whoever is signed in, and whether they are an admin.
    me: RwSignal<String>,
    is_admin: RwSignal<bool>,
    dialog: Dialog,
    told: Told,
}

/// The team.
#[component]
pub fn Team() -> impl IntoView {
    let board = Board {
        ctx: Ctx::get(),
        members: StoredValue::new(Vec::new()),
        more: RwSignal::new(false),
        changed: RwSignal::new(()),
        me: RwSignal::new(String::new()),
        is_admin: RwSignal::new(false),
        dialog: Dialog::closed(),
        told: Told::nothing(),
    };
    let asked = Asked::by(move |asked| {
        // Who asks comes first: the list is another for an admin.
        ask("GET", path::SESSION.to_owned(), String::new(), move |answer| match answer {
            Ok(said) => {
                board.me.try_set(said.text("memberId"));
                board.is_admin.try_set(said.text("role") == ADMIN);
                next(board, asked, 0);
            }
            Err(refusal) => asked.failed(refusal),
        });
    });
    view! {
        {board.told.show()}
        {when(move || board.is_admin.get(), move || form(new(board)))}
        <section class="panel" aria-labelledby="h-team">
            <h2 id="h-team">"Team"</h2>
            {asked.show(move || table(board, asked))}
            {more_button(board.more, move || next(board, asked, board.members.with_value(Vec::len)))}
        </section>
        {board.dialog.show(asked)}
    }
}

/// Asks for those of the team who follow on so many known ones.
fn next(board: Board, asked: Asked, known: usize) {
    further(path::MEMBERS, known, asked, board.more, move |found| {
        board.members.try_update_value(|members| {
            if known == 0 {
                members.clear();
            }
            for member in found.iter().map(read) {
                if !members.iter().any(|known| known.id == member.id) {
                    members.push(member);
                }
            }
        });
        board.changed.try_set(());
    });
}

fn table(board: Board, asked: Asked) -> AnyView {
    board.changed.track();
    let head = |title: &'static str| view! { <th role="columnheader" scope="col">{title}</th> };
    let is_admin = board.is_admin.get();
    let acts =
        is_admin.then(|| view! { <th role="columnheader" scope="col"><span class="unseen">"Changes"</span></th> });
    let rows =
        board.members.with_value(|members| members.iter().map(|member| row(board, asked, member)).collect::<Vec<_>>());
    let advice = "Only an admin of your team adds people, changes roles or makes sign-in links.";
    view! {
        <table class="cards team" role="table">
            <thead role="rowgroup">
                <tr role="row">{["Name", "E-mail", "Role", "Since"].map(head).collect_view()}{acts}</tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        {(!is_admin).then(|| view! { <p class="fine">{advice}</p> })}
    }
    .into_any()
}

/// The form that lets somebody in.
fn new(board: Board) -> Form {
    let field = |name, label, hint, kind, required, max| Field { name, label, hint, kind, required, max };
    let roles = [(MEMBER, "Member"), (ADMIN, "Admin")].map(|(word, name)| (word.to_owned(), name.to_owned()));
    let about = "Members see the figures, make links and register deals. Admins look after the team, too.";
    Form {
        title: "Add somebody",
        about: about.to_owned(),
        send: "Add",
        drawn: None,
        path: path::MEMBERS,
        fields: vec![
            field("name", "Name", "", Kind::Line("text"), false, 100),
            field("email", "E-mail", "They sign in with it", Kind::Line("email"), true, 254),
            field("role", "Role", "", Kind::Choice(roles.into()), true, 20),
        ],
        late: "They are in the team. A sign-in link lets them in.",
        done: Box::new(move |said| {
            let member = read(said);
            let text = format!("{} is in the team. A sign-in link lets them in.", member.name);
            board.members.update_value(|members| members.push(member));
            board.changed.set(());
            board.told.tell(text, None);
        }),
    }
}

/// Somebody as the server writes them.
fn read(said: &Json) -> Member {
    Member {
        id: said.text("id"),
        name: said.text("name"),
        email: said.text("email"),
        is_admin: said.text("role") == ADMIN,
        since: said.text("createdAt"),
    }
}

fn row(board: Board, asked: Asked, member: &Member) -> AnyView {
    let is_me = board.me.get_untracked() == member.id;
    let since = day(&member.since).map(|day| board.ctx.text(|locale| locale.span(day, day)));
    let role = if member.is_admin { "Admin" } else { "Member" };
    let act = |label: &'static str, question: fn(Board, Option<Asked>, &Member) -> Question| {
        let of = member.clone();
        let name = member.name.clone();
        let ask = move || board.dialog.ask(question(board, is_me.then_some(asked), &of));
        view! {
            <button type="button" class="quiet small" on:click=press(ask)>{label}<span class="unseen">" " {name}</span></button>
        }
    };
    let acts = board.is_admin.get_untracked().then(|| {
        let other = if member.is_admin { "Make member" } else { "Make admin" };
        view! {
            <td role="cell" class="wide">
                <div class="acts">{act("Sign-in link", |board, _, member| sign_in_link(board.told, &member.id, &member.name))}{act(other, turn)}{act("Remove", remove)}</div>
            </td>
        }
    });
    view! {
        <tr role="row" data-member=member.email.clone()>
            <td role="cell" class="lead">{member.name.clone()} {is_me.then_some(view! { " " <span class="badge">"You"</span> })}</td>
            <td role="cell" class="address">{member.email.clone()}</td>
            <td role="cell"><span class="badge" class:sourced=member.is_admin>{role}</span></td>
            <td role="cell" class="joined" data-label="Since">{since}</td>
            {acts}
        </tr>
    }
    .into_any()
}

/// Where somebody is changed.
fn path_of(member: &Member) -> String {
    format!("{}/{}", path::MEMBERS, member.id)
}

/// Changes the list as the server has changed it. Whoever changed themselves asks anew, and may not see it any more.
fn take(board: Board, own: Option<Asked>, change: impl FnOnce(&mut Vec<Member>)) {
    match own {
        Some(asked) => asked.again(),
        None => {
            board.members.update_value(change);
            board.changed.set(());
        }
    }
}

/// Makes a link that signs somebody in.
pub fn sign_in_link(told: Told, id: &str, name: &str) -> Question {
    let name = name.to_owned();
    Question {
        title: format!("Make a sign-in link for {name}?"),
        text: "Whoever has the link signs in as them: send it to nobody else. It works once, for 15 minutes.",
        yes: "Make the link",
        method: "POST",
        path: path::SIGN_IN_LINKS.to_owned(),
        sent: written(&[("memberId", id.into())]),
        fields: Vec::new(),
        late: "A sign-in link was made, and nobody saw it: make another.",
        done: Box::new(move |said| {
            let until = said.text("expiresAt");
            let text =
                format!("The sign-in link for {name}. It works once, until {} UTC.", until.get(11..16).unwrap_or(""));
            told.tell(text, said.some_text("url"));
        }),
    }
}

/// Changes somebody's role into the other one.
fn turn(board: Board, own: Option<Asked>, member: &Member) -> Question {
    let (word, name, text) = if member.is_admin {
        (MEMBER, "a member", "They no longer look after the team, and sign in again.")
    } else {
        (ADMIN, "an admin", "They can add and remove people, you among them. They sign in again.")
    };
    Question {
        title: format!("Make {} {name}?", member.name),
        text: if own.is_some() { "You no longer look after the team, and sign in again." } else { text },
        yes: "Change the role",
        method: "PATCH",
        path: path_of(member),
        sent: written(&[("role", word.into())]),
        fields: Vec::new(),
        late: "The role is changed.",
        done: Box::new(move |said| {
            let member = read(said);
            let text = format!("{} is {name} now.", member.name);
            take(board, own, |members| {
                if let Some(known) = members.iter_mut().find(|known| known.id == member.id) {
                    *known = member;
                }
            });
            board.told.tell(text, None);
        }),
    }
}

/// Shows somebody out.
fn remove(board: Board, own: Option<Asked>, member: &Member) -> Question {
    Question {
        title: format!("Remove {}?", member.name),
        text: if own.is_some() {
            "You are signed out at once, and an admin has to add you again."
        } else {
            "They are signed out at once, and their sign-in links end. What they registered stays."
        },
        yes: "Remove",
        method: "DELETE",
        path: path_of(member),
        sent: String::new(),
        fields: Vec::new(),
        late: "They are no longer in the team.",
        done: Box::new(move |said| {
            let gone = read(said);
            take(board, own, |members| members.retain(|known| known.id != gone.id));
            board.told.tell(format!("{} is no longer in the team.", gone.name), None);
        }),
    }
}
