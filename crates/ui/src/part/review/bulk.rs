//! One decision for many, and its undo: each is sent with the version that was seen, and what somebody else decided
//! meanwhile stays theirs.

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use wire::path;

use super::{Board, keep, read, words};
use crate::{
    api::Source,
    json::written,
    model::{suspicion::Suspicion, typed::rule},
    part::{live, patient::patient, press, server::Asked, text, when},
    state::Shared,
};

/// What is decided at once, while it is.
#[derive(Clone, Copy)]
struct Bulk {
    board: Board,
    asked: Asked,
    /// How many are done, of how many.
    progress: RwSignal<Option<(usize, usize)>>,
    /// What is wrong with the reason.
    why: RwSignal<String>,
    reason: NodeRef<html::Input>,
    /// What the last decision decided, as it stands since.
    undo: RwSignal<Vec<Shared<Suspicion>>>,
}

/// What is decided of those that are chosen, while any is; and what takes the last decision back.
pub fn show(board: Board, asked: Asked) -> impl IntoView {
    let bulk = Bulk {
        board,
        asked,
        progress: RwSignal::new(None),
        why: RwSignal::new(String::new()),
        reason: NodeRef::new(),
        undo: RwSignal::new(Vec::new()),
    };
    let is_busy = move || bulk.progress.get().is_some();
    let act = move |step: &'static str, class: &'static str| {
        let label = text(move || format!("{} {}", words(step).0, board.chosen.with(Vec::len)));
        view! { <button type="button" class=class aria-disabled=text(move || is_busy().to_string()) on:click=press(move || decide(bulk, step))>{label}</button> }
    };
    let bar = move || {
        bulk.progress.get().map(|(done, all)| {
            view! { <progress max=all.to_string() prop:value=done.to_string() aria-label="Deciding"></progress> }
        })
    };
    let all = move || {
        let held = |one: &&Shared<Suspicion>| one.state == "held";
        let ids = board.list.with_value(|list| list.iter().filter(held).map(|one| one.id.clone()).collect());
        board.chosen.set(ids);
    };
    let back = move || {
        if !bulk.progress.with_untracked(Option::is_some) {
            run(bulk, "hold", bulk.undo.get_untracked(), String::new());
        }
    };
    let form = move || {
        view! {
            <div class="bulk" role="group" aria-label="Decide those that are chosen">
                <div class="field">
                    <label for="bulk-reason">"Reason for all of them"</label>
                    <input type="text" id="bulk-reason" maxlength="1000" autocomplete="off" node_ref=bulk.reason
                        aria-describedby="bulk-why" aria-invalid=text(move || (!bulk.why.get().is_empty()).to_string())/>
                    <p class="fault" id="bulk-why" role="alert">{live(move || bulk.why.get())}</p>
                </div>
                <div class="acts">
                    {act("clear", "strong small")} {act("confirm", "quiet small")}
                    <button type="button" class="link" on:click=press(all)>"Choose all that are shown"</button>
                    {live(bar)}
                </div>
            </div>
        }
    };
    let undo = move || {
        view! {
            <p class="bulk acts">
                <button type="button" class="quiet small" aria-disabled=text(move || is_busy().to_string()) on:click=press(back)>
                    {text(move || format!("Undo: {} wait again", bulk.undo.with(Vec::len)))}
                </button>
                {live(bar)}
            </p>
        }
    };
    let is_chosen = move || board.chosen.with(|chosen| !chosen.is_empty());
    view! {
        {when(is_chosen, form)}
        {when(move || !is_chosen() && bulk.undo.with(|undo| !undo.is_empty()), undo)}
    }
}

/// Decides those that are chosen, for the reason that is typed.
fn decide(bulk: Bulk, step: &'static str) {
    let Some(input) = bulk.reason.get_untracked().filter(|_| bulk.progress.get_untracked().is_none()) else { return };
    let reason = input.value().trim().to_owned();
    if step == "confirm" && reason.is_empty() {
        bulk.why.set("Say why: it is required to confirm.".to_owned());
        // Fails only for an element that is not in the page any more.
        let _ = input.focus();
        return;
    }
    bulk.why.set(String::new());
    let chosen = bulk.board.chosen.get_untracked();
    let all = bulk.board.list.with_value(|list| list.iter().filter(|one| chosen.contains(&one.id)).cloned().collect());
    run(bulk, step, all, reason);
}

/// Decides so, one after another.
fn run(bulk: Bulk, step: &'static str, all: Vec<Shared<Suspicion>>, reason: String) {
    let Bulk { board, asked, progress, undo, .. } = bulk;
    progress.set(Some((0, all.len())));
    spawn_local(async move {
        let source = Source::default();
        let (mut decided, mut refused) = (Vec::new(), None);
        for (i, one) in all.iter().enumerate() {
            let mut sent = vec![("version", JsValue::from_f64(one.version as f64))];
            if !reason.is_empty() {
                sent.push(("reason", reason.as_str().into()));
            }
            let path = format!("{}/{}/{step}", path::SUSPICIONS, one.id);
            match patient(&source, "POST", &path, &written(&sent), |_| true).await {
                Ok((now, _)) if progress.try_get_untracked().is_some() => decided.push(read(board.ctx, &now)),
                Ok(_) => {}
                Err(refusal) => refused = Some(refusal),
            }
            progress.try_set(Some((i + 1, all.len())));
        }
        // The reader may have gone elsewhere meanwhile.
        if progress.try_set(None).is_some() {
            return;
        }
        let state = match step {
            "clear" => "cleared",
            "confirm" => "confirmed",
            _ => "wait again",
        };
        let mut words = format!("{} of {} {state}.", decided.len(), all.len());
        if let Some(refusal) = refused {
            let why = refusal.text();
            let why = rule(&why).map_or(why.clone(), |(_, rule)| rule);
            words.push_str(&format!("\nThe others stay as they are. {why}"));
        }
        undo.set(if step == "hold" { Vec::new() } else { decided.iter().cloned().map(Shared::new).collect() });
        decided.into_iter().for_each(|one| keep(board, one));
        board.told.tell(words, None);
        asked.again();
    });
}
