//! Who is in the program: letting partners in, their ways to sign in, how they stand, and the groups they are sorted into.

mod goals;

use engine::log::GoalRow;
use leptos::prelude::*;
use wire::path;

use self::goals::goal;
use super::{
    confirm::{Dialog, Question},
    form::{Field, Form, Kind, form},
    live, press,
    server::{Asked, Told, ask, further, more_button},
};
use crate::{
    json::{Json, joined, written},
    state::{Ctx, Store},
};

/// A group: its identifier and its name.
type Group = (String, String);

/// A partner as the server has them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Partner {
    id: String,
    name: String,
    email: String,
    group: String,
    status: String,
}

/// What these parts share.
#[derive(Clone, Copy)]
pub struct Roster {
    ctx: Ctx,
    groups: StoredValue<Vec<Group>>,
    more: RwSignal<bool>,
    /// Told when the groups are others.
    changed: RwSignal<()>,
    asked: Asked,
    dialog: Dialog,
    told: Told,
    /// Whose goal was set, and the goals of theirs that were known then: until the facts are here that tell of others.
    aimed: StoredValue<Option<(String, Vec<GoalRow>)>>,
    /// Asked anew once the facts are others.
    store: Store,
}

impl Roster {
    /// Asks for the groups, and hands itself to the parts below.
    pub fn provide(store: Store) -> Self {
        let (groups, more, changed) = (StoredValue::new(Vec::new()), RwSignal::new(false), RwSignal::new(()));
        let asked = Asked::by(move |asked| next(groups, more, changed, asked, 0));
        let (dialog, told) = (Dialog::closed(), Told::nothing());
        let aimed = StoredValue::new(None);
        let roster = Self { ctx: Ctx::get(), groups, more, changed, asked, dialog, told, aimed, store };
        Effect::new(move |_| roster.overtook());
        provide_context(roster);
        roster
    }

    /// What became of a change, the form that lets a partner in, and what is asked before.
    pub fn top(self) -> impl IntoView {
        let enrolment = move || {
            self.changed.track();
            form(enrol(self))
        };
        view! {
            {self.told.show()}
            {live(enrolment)}
            {self.dialog.show(self.asked)}
        }
    }

    /// The page's signals.
    pub fn ctx(self) -> Ctx {
        self.ctx
    }

    /// The groups to choose from, none among them.
    pub fn choices(self) -> Vec<(String, String)> {
        let mut choices = vec![(String::new(), "None".to_owned())];
        self.groups.with_value(|groups| choices.extend(groups.iter().cloned()));
        choices
    }

    /// Tells what was decided of somebody who asked, who may be a partner by now.
    pub fn decided(self, words: String) {
        self.told.tell(words, None);
        self.store.fetch();
    }

    /// The groups.
    pub fn groups(self) -> impl IntoView {
        let list = move || {
            self.changed.track();
            let line = |(id, name): &Group| {
                let act = |label: &'static str, question: fn(Roster, &str, &str) -> Question| {
                    let (id, name) = (id.clone(), name.clone());
                    let of = name.clone();
                    let press = press(move || self.dialog.ask(question(self, &id, &of)));
                    view! { <button type="button" class="quiet small" on:click=press>{label}<span class="unseen">" " {name}</span></button> }
                };
                view! {
                    <li data-group=id.clone()>
                        <strong>{name.clone()}</strong>
                        <div class="acts">{act("Rename", rename)}{act("Delete", delete)}</div>
                    </li>
                }
            };
            let lines: Vec<_> = self.groups.with_value(|groups| groups.iter().map(line).collect());
            if lines.is_empty() {
                view! { <p class="quiet-text">"No groups yet. Terms of commission and UTM templates can be said for a group."</p> }
                    .into_any()
            } else {
                view! { <ul class="assets">{lines}</ul> }.into_any()
            }
        };
        let more = move || next(self.groups, self.more, self.changed, self.asked, self.groups.with_value(Vec::len));
        view! {
            <section class="panel" aria-labelledby="h-groups">
                <h2 id="h-groups">"Groups"</h2>
                {self.asked.show(list)}
                {more_button(self.more, more)}
                <p class="acts"><button type="button" class="quiet small" on:click=press(move || self.dialog.ask(group(self)))>"Add a group…"</button></p>
            </section>
        }
    }
}

fn next(groups: StoredValue<Vec<Group>>, more: RwSignal<bool>, changed: RwSignal<()>, asked: Asked, known: usize) {
    further(path::GROUPS, known, asked, more, move |found| {
        groups.try_update_value(|groups| {
            if known == 0 {
                groups.clear();
            }
            groups.extend(found.iter().map(|said| (said.text("id"), said.text("name"))));
        });
        changed.try_set(());
    });
}

fn field(name: &'static str, label: &'static str, hint: &'static str, kind: Kind, required: bool, max: u32) -> Field {
    Field { name, label, hint, kind, required, max }
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())).collect()
}

/// Where somebody new goes: nobody who is in the program is changed so.
const ONLY_NEW: &str = "/api/partners?onlyNew=true";

fn enrol(roster: Roster) -> Form {
    let kinds = named(&[
        ("", "Not known"),
        ("technology", "Technology partner"),
        ("agency", "Agency"),
        ("affiliate", "Affiliate"),
        ("marketplace", "Marketplace"),
        ("reseller", "Reseller"),
    ]);
    let sources = named(&[
        ("own", "They came by themselves"),
        ("referral", "By referral"),
        ("network", "By a network"),
        ("outreach", "By our outreach"),
    ]);
    Form {
        title: "Add a partner",
        about: "They have a short link and a landing page at once.".to_owned(),
        send: "Add",
        drawn: None,
        path: ONLY_NEW,
        fields: vec![
            field("name", "Name", "", Kind::Line("text"), true, 190),
            field("email", "E-mail", "They sign in with it", Kind::Line("email"), true, 254),
            field("kind", "Kind", "", Kind::Choice(kinds), false, 20),
            field("groupId", "Group", "", Kind::Choice(roster.choices()), false, 64),
            field("source", "How they were found", "", Kind::Choice(sources), false, 20),
            field(
                "username",
                "End of their link",
                "Such as acme; made of the name where it is empty",
                Kind::Line("text"),
                false,
                60,
            ),
        ],
        late: "The partner is in the program.",
        done: Box::new(move |said| {
            let link = said.get("links").list().first().and_then(|link| link.some_text("shortLink"));
            let words = format!("{} is in the program. Their link:", said.text("name"));
            roster.told.tell(words, link);
            roster.store.fetch();
        }),
    }
}

/// What can be done with a partner, under their scorecard.
pub fn acts(id: &str, name: &str) -> AnyView {
    let Some(roster) = use_context::<Roster>() else { return ().into_any() };
    let found = RwSignal::new(None::<Partner>);
    let asked = {
        let (id, name) = (id.to_owned(), name.to_owned());
        Asked::by(move |asked| {
            // What is refused because it is old is asked for anew, with the groups.
            roster.changed.track();
            let id = id.clone();
            let sought = js_sys::encode_uri_component(&name);
            ask("GET", format!("{}?search={sought}&pageSize=100", path::PARTNERS), String::new(), move |answer| {
                match answer {
                    Ok(said) => {
                        found.try_set(said.list().iter().find(|said| said.text("id") == id).map(read));
                        asked.came();
                    }
                    Err(refusal) => asked.failed(refusal),
                }
            });
        })
    };
    let shown = move || {
        let Some(partner) = found.get() else {
            return view! { <p class="quiet-text">"The server does not find them under this name."</p> }.into_any();
        };
        let act = |label: &'static str, question: fn(Roster, Asked, &Partner) -> Question| {
            let of = partner.clone();
            view! { <button type="button" class="quiet small" on:click=press(move || roster.dialog.ask(question(roster, asked, &of)))>{label}</button> }
        };
        let is_in = partner.status == "approved";
        let standing = match partner.status.as_str() {
            "approved" => "In the program",
            "deactivated" => "Deactivated",
            _ => "Banned",
        };
        view! {
            <p>{partner.email.clone()} " " <span class="badge" class:sourced=is_in>{standing}</span></p>
            <div class="acts">
                {is_in.then(|| act("Sign-in link", invite))}
                {act("Group", sort)}
                {is_in.then(|| act("Revenue goal", |roster, _, partner| goal(roster, partner, true)))}
                {is_in.then(|| act("Goal in numbers", |roster, _, partner| goal(roster, partner, false)))}
                {if is_in { act("Deactivate", deactivate) } else { act("Take back", reactivate) }}
                {(partner.status != "banned").then(|| act("Ban", ban))}
            </div>
            {is_in.then(|| roster.goals(&partner))}
        }
        .into_any()
    };
    view! { <section class="partner-state" aria-label="Standing">{asked.show(shown)}</section> }.into_any()
}

fn read(said: &Json) -> Partner {
    let text = |name: &str| said.text(name);
    Partner { id: text("id"), name: text("name"), email: text("email"), group: text("groupId"), status: text("status") }
}

fn invite(roster: Roster, _: Asked, partner: &Partner) -> Question {
    let name = partner.name.clone();
    Question {
        title: format!("Make a sign-in link for {name}?"),
        text: "Whoever has the link signs in to their portal: send it to nobody else. It works once, for 15 minutes.",
        yes: "Make the link",
        method: "POST",
        path: path::SIGN_IN_LINKS.to_owned(),
        sent: written(&[("partnerId", partner.id.clone().into())]),
        fields: Vec::new(),
        late: "A sign-in link was made, and nobody saw it: make another.",
        done: Box::new(move |said| {
            roster.told.tell(format!("The sign-in link for {name}. It works once."), said.some_text("url"));
        }),
    }
}

/// A change of how a partner stands.
fn standing(roster: Roster, asked: Asked, partner: &Partner, word: &'static str, done: &'static str) -> Question {
    let name = partner.name.clone();
    Question {
        title: String::new(),
        text: "",
        yes: "",
        method: "POST",
        path: format!("{}/{word}", path::PARTNERS),
        sent: written(&[("partnerId", partner.id.clone().into())]),
        fields: Vec::new(),
        late: done,
        done: Box::new(move |_| {
            roster.told.tell(format!("{name}: {done}"), None);
            asked.again();
            roster.store.fetch();
        }),
    }
}

fn deactivate(roster: Roster, asked: Asked, partner: &Partner) -> Question {
    Question {
        title: format!("Deactivate {}?", partner.name),
        text: "Of sales from now on they have nothing; what they earned so far stays theirs. Their links lead on, and they come \
               back whenever you say so.",
        yes: "Deactivate",
        ..standing(roster, asked, partner, "deactivate", "they are deactivated.")
    }
}

fn reactivate(roster: Roster, asked: Asked, partner: &Partner) -> Question {
    Question {
        title: format!("Take {} back?", partner.name),
        text: "They are in the program again from now on.",
        yes: "Take back",
        ..standing(roster, asked, partner, "reactivate", "they are in the program again.")
    }
}

fn ban(roster: Roster, asked: Asked, partner: &Partner) -> Question {
    let reasons = named(&[
        ("tos_violation", "They broke the terms"),
        ("inappropriate_content", "Inappropriate content"),
        ("fake_traffic", "Fake traffic"),
        ("fraud", "Fraud"),
        ("spam", "Spam"),
        ("brand_abuse", "Abuse of the brand"),
    ]);
    Question {
        title: format!("Ban {}?", partner.name),
        text: "From now on no touch of theirs counts, commission that was not paid is canceled, and they see nothing any more. \
               What is recorded stays.",
        yes: "Ban",
        fields: vec![field("reason", "Reason", "", Kind::Choice(reasons), true, 40)],
        ..standing(roster, asked, partner, "ban", "they are banned.")
    }
}

/// Sorts a partner into a group.
fn sort(roster: Roster, asked: Asked, partner: &Partner) -> Question {
    let name = partner.name.clone();
    let groups = roster.groups.with_value(Clone::clone);
    Question {
        title: format!("Which group is {name} of?"),
        text: "Sales so far stay as the group of their time had them.",
        yes: "Change the group",
        method: "POST",
        path: path::PARTNERS.to_owned(),
        // Of none is said, too: an empty text would be left out.
        sent: joined(
            "{\"groupIdBefore\":\"\"}",
            &written(&[("email", partner.email.clone().into()), ("groupIdBefore", partner.group.clone().into())]),
        ),
        fields: vec![field("groupId", "Group", "", Kind::Choice(groups), true, 64)],
        late: "The group is changed.",
        done: Box::new(move |_| {
            roster.told.tell(format!("The group of {name} is changed."), None);
            asked.again();
            roster.store.fetch();
        }),
    }
}

/// A question about a group's name.
fn naming(
    roster: Roster,
    title: String,
    method: &'static str,
    path: String,
    yes: &'static str,
    sent: String,
) -> Question {
    Question {
        title,
        text: "A name that says what its partners have in common.",
        yes,
        method,
        path,
        sent,
        fields: vec![field("name", "Name", "Such as Gold", Kind::Line("text"), true, 190)],
        late: "The group has its name.",
        done: Box::new(move |said| {
            let (id, name) = (said.text("id"), said.text("name"));
            roster.told.tell(format!("The group {name} is saved."), None);
            roster.groups.update_value(|groups| match groups.iter_mut().find(|group| group.0 == id) {
                Some(known) => known.1 = name,
                None => groups.push((id, name)),
            });
            roster.changed.set(());
        }),
    }
}

fn group(roster: Roster) -> Question {
    naming(roster, "Add a group?".to_owned(), "POST", path::GROUPS.to_owned(), "Add the group", String::new())
}

fn rename(roster: Roster, id: &str, name: &str) -> Question {
    // Somebody else's new name is not written over.
    let before = written(&[("before", name.into())]);
    naming(roster, format!("Rename {name}?"), "PATCH", format!("{}/{id}", path::GROUPS), "Rename", before)
}

fn delete(roster: Roster, id: &str, name: &str) -> Question {
    Question {
        title: format!("Delete the group {name}?"),
        text: "Its partners are of no group then.",
        yes: "Delete the group",
        method: "DELETE",
        path: format!("{}/{id}", path::GROUPS),
        sent: String::new(),
        fields: Vec::new(),
        late: "The group is deleted.",
        done: Box::new(move |said| {
            let gone = said.text("id");
            roster.groups.update_value(|groups| groups.retain(|group| group.0 != gone));
            roster.changed.set(());
            roster.told.tell("The group is deleted.".to_owned(), None);
        }),
    }
}
