//! Who of the partner may sign in; for its admins, the ways in and out.

use leptos::prelude::*;
use wire::path;

use super::{
    confirm::{Asking, Question, confirm},
    form::{Field, Form, Kind, form},
    live,
    server::{Asked, Outcome, Told, ask, pane},
    when,
};
use crate::{
    json::{Json, written},
    model::registration::day,
    state::{Ctx, Shared},
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
#[derive(Debug, Clone, Copy)]
struct Board {
    ctx: Ctx,
    members: RwSignal<Vec<Member>>,
    /// Who is signed in.
    me: RwSignal<Member>,
    asking: Asking,
    again: RwSignal<()>,
}

/// The team.
#[component]
pub fn Team() -> impl IntoView {
    let told = Told::nothing();
    let asked = RwSignal::new(Asked::Waiting);
    let board = Board {
        ctx: Ctx::get(),
        members: RwSignal::new(Vec::new()),
        me: RwSignal::new(Member::default()),
        asking: RwSignal::new(None),
        again: RwSignal::new(()),
    };
    Effect::new(move |_| {
        board.again.track();
        asked.set(Asked::Waiting);
        // Who asks comes first: the list is another for an admin.
        get(path::SESSION, asked, move |said| {
            board.me.try_set(Member { id: said.text("memberId"), ..read(said) });
            get(path::MEMBERS, asked, move |said| {
                board.members.try_set(said.list().iter().map(read).collect());
                asked.try_set(Asked::Here);
            });
        });
    });
    let is_admin = move || board.me.with(|me| me.is_admin);
    let list = move || {
        let head = |title: &'static str| view! { <th role="columnheader" scope="col">{title}</th> };
        let acts = is_admin().then(|| {
            view! { <th role="columnheader" scope="col"><span class="unseen">"Changes"</span></th> }
        });
        view! {
            <table class="cards team" role="table">
                <thead role="rowgroup">
                    <tr role="row">{["Name", "E-mail", "Role", "Since"].map(head).collect_view()}{acts}</tr>
                </thead>
                <tbody role="rowgroup">
                    {live(move || board.members.with(|m| m.iter().map(|member| row(board, member)).collect_view()))}
                </tbody>
            </table>
        }
    };
    let advice = "Only an admin of your team adds people, changes roles or makes sign-in links.";
    view! {
        {told.show()}
        {when(is_admin, move || form(new(board), told))}
        <section class="panel" aria-labelledby="h-team">
            <h2 id="h-team">"Team"</h2>
            {pane(asked, board.again, list)}
            {when(move || asked.get() == Asked::Here && !is_admin(), move || view! { <p class="fine">{advice}</p> })}
        </section>
        {confirm(board.asking, told, board.again)}
    }
}

/// Asks for something, and notes why it does not come.
fn get(path: &'static str, asked: RwSignal<Asked>, then: impl FnOnce(&Json) + 'static) {
    ask("GET", path.to_owned(), String::new(), move |answer| match answer {
        Ok(said) => then(&said),
        Err(refusal) => {
            asked.try_set(Asked::Not(refusal.text()));
        }
    });
}

/// The form that lets somebody in.
fn new(board: Board) -> Form {
    let field = |name, label, hint, kind, required, max| Field { name, label, hint, kind, required, max };
    let roles = [(MEMBER, "Member"), (ADMIN, "Admin")].map(|(word, name)| (word.to_owned(), name.to_owned()));
    let about = "Members see the figures and register deals. Admins look after the team, too.";
    Form {
        title: "Add somebody",
        about,
        send: "Add",
        path: path::MEMBERS,
        fields: vec![
            field("name", "Name", "", Kind::Line("text"), false, 100),
            field("email", "E-mail", "They sign in with it", Kind::Line("email"), true, 254),
            field("role", "Role", "", Kind::Choice(roles.into()), true, 20),
        ],
        done: Box::new(move |said| {
            let member = read(said);
            let text = format!("{} is in the team. A sign-in link lets them in.", member.name);
            board.members.update(|members| members.push(member));
            Outcome { text, link: None }
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

fn row(board: Board, member: &Member) -> impl IntoView + use<> {
    let is_me = board.me.with_untracked(|me| me.id == member.id);
    let since = day(&member.since).map(|day| board.ctx.text(|locale| locale.span(day, day)));
    let role = if member.is_admin { "Admin" } else { "Member" };
    let act = |label: &'static str, question: fn(Board, &Member, bool) -> Question| {
        let of = member.clone();
        let press = move |_| board.asking.set(Some(Shared::new(question(board, &of, is_me))));
        view! {
            <button type="button" class="quiet small" on:click=press>
                {label}<span class="unseen">" " {member.name.clone()}</span>
            </button>
        }
    };
    let acts = board.me.with_untracked(|me| me.is_admin).then(|| {
        let other = if member.is_admin { "Make member" } else { "Make admin" };
        view! {
            <td role="cell" class="wide">
                <div class="acts">{act("Sign-in link", link)}{act(other, turn)}{act("Remove", remove)}</div>
            </td>
        }
    });
    view! {
        <tr role="row" data-member=member.email.clone()>
            <td role="cell" class="lead">{member.name.clone()} {is_me.then_some(view! { " " <span class="badge">"You"</span> })}</td>
            <td role="cell" class="address">{member.email.clone()}</td>
            <td role="cell"><span class="badge" class:sourced=member.is_admin>{role}</span></td>
            <td role="cell" class="since">{since}</td>
            {acts}
        </tr>
    }
}

/// Where somebody is changed.
fn path_of(member: &Member) -> String {
    format!("{}/{}", path::MEMBERS, member.id)
}

/// Takes what became of somebody; whoever changed themselves may not see the rest any more.
fn changed(board: Board, is_me: bool, change: impl FnOnce(&mut Vec<Member>)) {
    if is_me {
        board.again.set(());
    } else {
        board.members.update(change);
    }
}

/// Makes a link that signs somebody in.
fn link(_: Board, member: &Member, _: bool) -> Question {
    let name = member.name.clone();
    Question {
        title: format!("Make a sign-in link for {name}?"),
        text: "Whoever has the link signs in as them: send it to nobody else. It works once, for 15 minutes.",
        yes: "Make the link",
        method: "POST",
        path: path::SIGN_IN_LINKS.to_owned(),
        sent: written(&[("memberId", member.id.clone().into())]),
        done: Box::new(move |said| {
            let until = said.text("expiresAt");
            let text =
                format!("The sign-in link for {name}. It works once, until {} UTC.", until.get(11..16).unwrap_or(""));
            Outcome { text, link: said.some_text("url") }
        }),
    }
}

/// Changes somebody's role into the other one.
fn turn(board: Board, member: &Member, is_me: bool) -> Question {
    let (word, name, text) = if member.is_admin {
        (MEMBER, "a member", "They no longer look after the team, and sign in again.")
    } else {
        (ADMIN, "an admin", "They can add and remove people, you among them. They sign in again.")
    };
    Question {
        title: format!("Make {} {name}?", member.name),
        text: if is_me { "You no longer look after the team, and sign in again." } else { text },
        yes: "Change the role",
        method: "PATCH",
        path: path_of(member),
        sent: written(&[("role", word.into())]),
        done: Box::new(move |said| {
            let member = read(said);
            let text = format!("{} is {name} now.", member.name);
            changed(board, is_me, |members| {
                if let Some(known) = members.iter_mut().find(|known| known.id == member.id) {
                    *known = member;
                }
            });
            Outcome { text, link: None }
        }),
    }
}

/// Shows somebody out.
fn remove(board: Board, member: &Member, is_me: bool) -> Question {
    Question {
        title: format!("Remove {}?", member.name),
        text: if is_me {
            "You are signed out at once, and an admin has to add you again."
        } else {
            "They are signed out at once, and their sign-in links end. What they registered stays."
        },
        yes: "Remove",
        method: "DELETE",
        path: path_of(member),
        sent: String::new(),
        done: Box::new(move |said| {
            let gone = read(said);
            changed(board, is_me, |members| members.retain(|known| known.id != gone.id));
            Outcome { text: format!("{} is no longer in the team.", gone.name), link: None }
        }),
    }
}
