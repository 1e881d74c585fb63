//! The terms of commission: rules in their order, a new version of them, and every version so far.

use engine::{commission::Draft, time::Millis};
use leptos::{ev::SubmitEvent, html, prelude::*};
use wasm_bindgen::JsValue;
use wire::{fact::write_time, path};

use super::{NOW, beginnings, choices, field, moment, optional};
use crate::{
    json::{Json, nested},
    model::terms::{GRAINS, KINDS, PAYS, TIERINGS, draft, sentence, values},
    part::{
        confirm::{Dialog, Question},
        form::{Field, Kind, put, rows_of, stands, tell, whys},
        live, press,
        registrations::currencies,
        server::{Asked, Told, ask},
        switches::choice,
        text,
    },
    state::{Ctx, Shared},
};

/// When the first sale can be, by the server.
const EVER: &str = "1971-01-01T00:00:00Z";

/// A version as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    number: u32,
    since: String,
    rules: Vec<Draft>,
}

#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    versions: StoredValue<Vec<Version>>,
    /// Told when the versions are others.
    changed: RwSignal<()>,
    /// The rules as they are being changed.
    rules: RwSignal<Vec<Draft>>,
    /// Since when they are to hold.
    since: RwSignal<String>,
    /// The rule that is being edited: its place, or the one behind the last.
    edited: RwSignal<usize>,
    editor: NodeRef<html::Dialog>,
    dialog: Dialog,
    told: Told,
}

impl Board {
    fn newest(self) -> Option<Version> {
        self.versions.with_value(|versions| versions.iter().max_by_key(|version| version.number).cloned())
    }
}

/// The terms.
#[component]
pub fn TermsSection() -> impl IntoView {
    let board = Board {
        ctx: Ctx::get(),
        versions: StoredValue::new(Vec::new()),
        changed: RwSignal::new(()),
        rules: RwSignal::new(Vec::new()),
        since: RwSignal::new(NOW.to_owned()),
        edited: RwSignal::new(0),
        editor: NodeRef::new(),
        dialog: Dialog::closed(),
        told: Told::nothing(),
    };
    let asked = Asked::by(move |asked| {
        ask("GET", path::TERMS.to_owned(), String::new(), move |answer| match answer {
            Ok(said) => {
                let before = board.newest().map(|version| version.rules).unwrap_or_default();
                let versions = said.list().iter().rev().map(|said| version(board.ctx, said)).collect();
                board.versions.try_set_value(versions);
                // What the reader changed stays; what they did not follows what there is now.
                if board.rules.try_get_untracked().is_some_and(|rules| rules == before) {
                    board.rules.set(board.newest().map(|version| version.rules).unwrap_or_default());
                }
                board.changed.try_set(());
                asked.came();
            }
            Err(refusal) => asked.failed(refusal),
        });
    });
    view! {
        {board.told.show()}
        {asked.show(move || view! { {present(board)} {history(board)} })}
        {editor(board)}
        {board.dialog.show(asked)}
    }
}

fn version(ctx: Ctx, said: &Json) -> Version {
    let since = said.text("since");
    Version {
        number: said.number("version").and_then(|number| u32::try_from(number).ok()).unwrap_or(0),
        since: if since.as_str() < "1971-01-02" { "the first sale".to_owned() } else { moment(ctx, &since) },
        rules: said.get("rules").list().iter().filter_map(Json::typed).collect(),
    }
}

/// The rules, to change.
fn present(board: Board) -> AnyView {
    let ctx = board.ctx;
    let rule = move |(i, rule): (usize, &Draft)| {
        let act = |label: &'static str, name: &str, act: fn(Board, usize)| {
            let name = name.to_owned();
            view! { <button type="button" class="quiet small" on:click=press(move || act(board, i))>{label}<span class="unseen">" " {name}</span></button> }
        };
        let up =
            (i > 0).then(|| act("Earlier", &rule.name, |board, i| board.rules.update(|rules| rules.swap(i - 1, i))));
        view! {
            <li data-rule=rule.name.clone()>
                <strong>{rule.name.clone()}</strong>
                <p>{ctx.text(|locale| sentence(rule, locale))}</p>
                <div class="acts">
                    {act("Change", &rule.name, open)}
                    {up}
                    {act("Remove", &rule.name, |board, i| board.rules.update(|rules| drop(rules.remove(i))))}
                </div>
            </li>
        }
    };
    let list = move || {
        let rules = board.rules.get();
        if rules.is_empty() {
            let words = "No rule yet: commission is not known, rather than nothing, and no month can be closed.";
            return view! { <p class="quiet-text">{words}</p> }.into_any();
        }
        view! { <ol class="assets rules">{rules.iter().enumerate().map(rule).collect_view()}</ol> }.into_any()
    };
    let why = RwSignal::new(String::new());
    let save = move || {
        let newest = board.newest();
        let (rules, number) = (board.rules.get_untracked(), newest.as_ref().map_or(0, |version| version.number));
        if newest.is_some_and(|version| version.rules == rules) {
            return why.set("Nothing differs from the terms that hold.".to_owned());
        }
        why.set(String::new());
        board.dialog.ask(question(board, number, &rules));
    };
    let mut beginnings = beginnings(ctx);
    beginnings.push((EVER.to_owned(), "The first sale: everything so far".to_owned()));
    let options = beginnings.into_iter().map(|(value, name)| view! { <option value=value>{name}</option> });
    let options = options.collect_view().into_any();
    view! {
        <section class="panel" aria-labelledby="h-terms">
            <h2 id="h-terms">"Terms of commission"</h2>
            <p class="quiet-text">
                "What partners are paid of what the policy credits to them. The first rule that fits a sale decides; a sale that none \
                 fits pays nothing."
            </p>
            {live(list)}
            <div class="acts"><button type="button" class="quiet" on:click=press(move || open(board, usize::MAX))>"Add a rule…"</button></div>
            <div class="switches">
                {choice("They hold from", "since", text(move || board.since.get()), move |since| board.since.set(since), options)}
            </div>
            <p class="fault" role="alert">{why}</p>
            <div class="acts"><button type="button" class="strong" on:click=press(save)>"Save as a new version…"</button></div>
        </section>
    }
    .into_any()
}

fn question(board: Board, number: u32, rules: &[Draft]) -> Question {
    let since = match board.since.get_untracked() {
        now if now == NOW => write_time(Millis(js_sys::Date::now() as u64)),
        since => since,
    };
    let sent = nested(&[
        ("version", JsValue::from_f64(number.into())),
        ("since", since.into()),
        ("rules", Json::of_typed(&rules.to_vec()).into()),
    ]);
    Question {
        title: format!("Save these terms as version {}?", number + 1),
        text: "Sales from their beginning on are paid by them, those that are recorded among them. Months that are closed stay as \
               they are.",
        yes: "Save the terms",
        method: "POST",
        path: path::TERMS.to_owned(),
        sent,
        fields: Vec::new(),
        late: "The terms are saved.",
        done: Box::new(move |said| {
            let version = version(board.ctx, said);
            board.told.tell(format!("Version {} of the terms holds from {} on.", version.number, version.since), None);
            board.rules.set(version.rules.clone());
            board.versions.update_value(|versions| versions.insert(0, version));
            board.changed.set(());
        }),
    }
}

/// Opens the editor for the rule at a place, or for a new one.
fn open(board: Board, place: usize) {
    let rules = board.rules.get_untracked();
    board.edited.set(place.min(rules.len()));
    if let Some(dialog) = board.editor.get_untracked() {
        // Fails only for a dialog that is not in the page any more.
        let _ = dialog.show_modal();
    }
}

fn fields(ctx: Ctx) -> Vec<Field> {
    let named = |pairs: Vec<(&str, &str)>| -> Vec<(String, String)> {
        pairs.into_iter().map(|(word, name)| (word.to_owned(), name.to_owned())).collect()
    };
    let mut money = vec![(String::new(), "Any".to_owned())];
    money.extend(currencies(ctx));
    let line = || Kind::Line("text");
    vec![
        field("name", "Name", "As statements call it, such as Standard", line(), 100),
        field("pay", "What is paid", "", Kind::Choice(choices(PAYS)), 20),
        optional("percent", "Share in per cent", "Where a share is paid", line(), 12),
        optional("flat", "Amount a sale", "Where an amount is paid", line(), 24),
        optional(
            "tiers",
            "Tiers",
            "By volume, a line each: from which amount on, a semicolon, the share; the first from 0",
            Kind::Lines,
            1000,
        ),
        optional(
            "grain",
            "Volume adds up over",
            "",
            Kind::Choice(named(GRAINS.map(|(word, name, _)| (word, name)).into())),
            20,
        ),
        optional(
            "tiering",
            "A tier's share is for",
            "",
            Kind::Choice(named(TIERINGS.map(|(word, name, _)| (word, name)).into())),
            20,
        ),
        optional("currency", "Only for sales in", "Every amount of the rule is in it", Kind::Choice(money), 3),
        optional(
            "kinds",
            "Only for these sales",
            "None ticked: all",
            Kind::Several(named(KINDS.map(|(kind, name)| (kind.word(), name)).into())),
            0,
        ),
        optional("group", "Only for partners of the group", "Its name", line(), 190),
        optional("product", "Only for the product", "As sales name it", line(), 100),
        optional(
            "months",
            "For so many months from a customer's first sale",
            "For ever where it is empty",
            Kind::Count,
            3,
        ),
        optional("sale", "At most a sale", "", line(), 24),
        optional("customer", "At most a customer, ever", "", line(), 24),
        optional("month", "At most a month, to one partner", "", line(), 24),
        optional(
            "hold",
            "Days until it is approved",
            "So that refunds are taken back before it is paid",
            Kind::Count,
            4,
        ),
    ]
}

/// The editor of one rule.
fn editor(board: Board) -> AnyView {
    let ctx = board.ctx;
    let fields = Shared::new(fields(ctx));
    let whys = whys(&fields);
    let form = NodeRef::<html::Form>::new();
    let decimal = ctx.text(|locale| locale.decimal.clone());
    Effect::new({
        let (fields, whys, decimal) = (fields.clone(), whys.clone(), decimal.clone());
        move |_| {
            let place = board.edited.get();
            let Some(form) = form.get() else { return };
            let known = board.rules.with_untracked(|rules| rules.get(place).map(|rule| values(rule, &decimal)));
            for field in fields.iter() {
                let value = known.as_ref().and_then(|known| known.iter().find(|(name, _)| *name == field.name));
                let first = match &field.kind {
                    Kind::Choice(choices) => choices.first().map(|(word, _)| word.clone()).unwrap_or_default(),
                    _ => String::new(),
                };
                put(&form, field, value.map_or(&first, |(_, value)| value));
            }
            whys.iter().for_each(|(_, why)| why.set(String::new()));
        }
    });
    let close = move || {
        if let Some(dialog) = board.editor.get_untracked() {
            dialog.close();
        }
    };
    let rows = rows_of("rule", &fields, &whys);
    let whole = whys.last().map(|(_, why)| *why);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(form) = form.get_untracked() else { return };
        let value = |name: &str| {
            fields.iter().find(|field| field.name == name).map(|field| stands(&form, field)).unwrap_or_default()
        };
        let place = board.edited.get_untracked();
        let taken = |name: &str| {
            board
                .rules
                .with_untracked(|rules| rules.iter().enumerate().any(|(i, rule)| i != place && rule.name == name))
        };
        match draft(value, &decimal) {
            Ok(rule) if taken(&rule.name) => {
                tell(&whys, &form, &vec![("name", "Another rule is called that.".to_owned())]);
            }
            Ok(rule) => {
                board.rules.update(|rules| match rules.get_mut(place) {
                    Some(known) => *known = rule,
                    None => rules.push(rule),
                });
                close();
            }
            Err(fault) => tell(&whys, &form, &vec![fault]),
        }
    };
    view! {
        <dialog class="ask rule" node_ref=board.editor aria-labelledby="h-rule" on:close=move |_| board.edited.set(usize::MAX)>
            <h2 id="h-rule">"A rule"</h2>
            <form class="typed" novalidate autocomplete="off" node_ref=form on:submit=submit>
                {rows}
                <p class="fault whole" role="alert">{whole}</p>
                <div class="acts whole">
                    <button type="submit" class="strong">"Keep the rule"</button>
                    <button type="button" class="quiet" on:click=press(close)>"Cancel"</button>
                </div>
            </form>
        </dialog>
    }
    .into_any()
}

/// Every version so far.
fn history(board: Board) -> AnyView {
    let ctx = board.ctx;
    let version = move |version: &Version| {
        let rule = |rule: &Draft| view! { <li><strong>{rule.name.clone()}</strong> ": " {ctx.text(|locale| sentence(rule, locale))}</li> };
        view! {
            <li data-version=version.number>
                <p><strong>{format!("Version {}", version.number)}</strong> {format!(", from {} on", version.since)}</p>
                <ol>{version.rules.iter().map(rule).collect_view()}</ol>
            </li>
        }
    };
    let list = move || {
        board.changed.track();
        let versions: Vec<_> = board.versions.with_value(|versions| versions.iter().map(version).collect());
        if versions.is_empty() {
            view! { <p class="quiet-text">"None so far."</p> }.into_any()
        } else {
            view! { <ul class="assets versions">{versions}</ul> }.into_any()
        }
    };
    view! {
        <section class="panel" aria-labelledby="h-versions">
            <h2 id="h-versions">"Versions"</h2>
            {live(list)}
        </section>
    }
    .into_any()
}
