//! Who of the program may sign in, and as what.

use leptos::prelude::*;
use wire::path;

use super::{choices, field, moment, optional};
use crate::{
    json::{Json, written},
    part::{
        confirm::{Dialog, Question},
        form::{Form, Kind, form},
        press,
        server::{Asked, Told, further, more_button},
        team::sign_in_link,
    },
    state::Ctx,
};

/// The roles: the word, its name, and what it may do.
const ROLES: [(&str, &str); 3] = [
    ("owner", "Owner: everything"),
    ("marketer", "Marketer: everything but keys and people"),
    ("finance", "Finance: reads everything but keys and imports, and closes months"),
];

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    id: String,
    name: String,
    email: String,
    role: String,
    since: String,
}

#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    members: StoredValue<Vec<Member>>,
    more: RwSignal<bool>,
    changed: RwSignal<()>,
    dialog: Dialog,
    told: Told,
}

fn read(said: &Json) -> Member {
    Member {
        id: said.text("id"),
        name: said.text("name"),
        email: said.text("email"),
        role: said.text("role"),
        since: said.text("createdAt"),
    }
}

/// The people.
#[component]
pub fn PeopleSection() -> impl IntoView {
    let board = Board {
        ctx: Ctx::get(),
        members: StoredValue::new(Vec::new()),
        more: RwSignal::new(false),
        changed: RwSignal::new(()),
        dialog: Dialog::closed(),
        told: Told::nothing(),
    };
    let asked = Asked::by(move |asked| next(board, asked, 0));
    view! {
        {board.told.show()}
        {form(new(board, asked))}
        <section class="panel" aria-labelledby="h-people">
            <h2 id="h-people">"People"</h2>
            {asked.show(move || table(board))}
            {more_button(board.more, move || next(board, asked, board.members.with_value(Vec::len)))}
        </section>
        {board.dialog.show(asked)}
    }
}

fn next(board: Board, asked: Asked, known: usize) {
    further(path::MEMBERS, known, asked, board.more, move |found| {
        board.members.try_update_value(|members| {
            if known == 0 {
                members.clear();
            }
            members.extend(found.iter().map(read));
        });
        board.changed.try_set(());
    });
}

fn new(board: Board, asked: Asked) -> Form {
    Form {
        title: "Add somebody",
        about:
            "Only owners add people. They sign in with a link that is sent to their address, or with one that you make."
                .to_owned(),
        send: "Add",
        drawn: None,
        path: path::MEMBERS,
        fields: vec![
            optional("name", "Name", "", Kind::Line("text"), 100),
            field("email", "E-mail", "They sign in with it", Kind::Line("email"), 254),
            field("role", "Role", "", Kind::Choice(choices(ROLES)), 20),
        ],
        late: "They may sign in now.",
        done: Box::new(move |said| {
            board.told.tell(format!("{} may sign in now.", said.text("name")), None);
            asked.again();
        }),
    }
}

fn table(board: Board) -> AnyView {
    board.changed.track();
    let rows = board.members.with_value(|members| members.iter().map(|member| row(board, member)).collect_view());
    let head = |title: &'static str| view! { <th role="columnheader" scope="col">{title}</th> };
    view! {
        <table class="cards team" role="table">
            <thead role="rowgroup">
                <tr role="row">
                    {["Name", "E-mail", "Role", "Since"].map(head)}
                    <th role="columnheader" scope="col"><span class="unseen">"Changes"</span></th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(board: Board, member: &Member) -> AnyView {
    let act = |label: &'static str, question: fn(Board, &Member) -> Question| {
        let (of, name) = (member.clone(), member.name.clone());
        let press = press(move || board.dialog.ask(question(board, &of)));
        view! { <button type="button" class="quiet small" on:click=press>{label}<span class="unseen">" " {name}</span></button> }
    };
    let role = ROLES.iter().find(|(word, _)| *word == member.role).map_or("", |(_, name)| name);
    view! {
        <tr role="row" data-member=member.email.clone()>
            <td role="cell" class="lead">{member.name.clone()}</td>
            <td role="cell" class="address">{member.email.clone()}</td>
            <td role="cell"><span class="badge" title=role>{role.split(':').next().unwrap_or_default()}</span></td>
            <td role="cell" class="joined" data-label="Since">{moment(board.ctx, &member.since)}</td>
            <td role="cell" class="wide">
                <div class="acts">
                    {act("Sign-in link", |board, member| sign_in_link(board.told, &member.id, &member.name))}
                    {act("Role", turn)}
                    {act("Remove", remove)}
                </div>
            </td>
        </tr>
    }
    .into_any()
}

fn turn(board: Board, member: &Member) -> Question {
    let name = member.name.clone();
    Question {
        title: format!("What may {name} do?"),
        text: "With another role they sign in again.",
        yes: "Change the role",
        method: "PATCH",
        path: format!("{}/{}", path::MEMBERS, member.id),
        // A role that somebody else has given meanwhile is not written over.
        sent: written(&[("before", member.role.clone().into())]),
        fields: vec![field("role", "Role", "", Kind::Choice(choices(ROLES)), 20)],
        late: "The role is changed.",
        done: Box::new(move |said| {
            let member = read(said);
            board.told.tell(format!("{} is {} now.", member.name, member.role), None);
            board.members.update_value(|members| {
                if let Some(known) = members.iter_mut().find(|known| known.id == member.id) {
                    *known = member;
                }
            });
            board.changed.set(());
        }),
    }
}

fn remove(board: Board, member: &Member) -> Question {
    Question {
        title: format!("Remove {}?", member.name),
        text: "They are signed out at once, and their sign-in links end. What they did stays, under their name.",
        yes: "Remove",
        method: "DELETE",
        path: format!("{}/{}", path::MEMBERS, member.id),
        sent: String::new(),
        fields: Vec::new(),
        late: "They may no longer sign in.",
        done: Box::new(move |said| {
            let gone = read(said);
            board.members.update_value(|members| members.retain(|known| known.id != gone.id));
            board.changed.set(());
            board.told.tell(format!("{} may no longer sign in.", gone.name), None);
        }),
    }
}
