//! One decision for many: each is sent with the version that was seen, and what somebody else decided meanwhile stays theirs.

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use wire::path;

use super::{Board, keep, read, words};
use crate::{
    api::Source,
    json::written,
    model::suspicion::Suspicion,
    part::{live, patient::patient, press, server::Asked, text, when},
    state::Shared,
};

/// What is decided of those that are chosen, while any is.
pub fn show(board: Board, asked: Asked) -> impl IntoView {
    let progress = RwSignal::new(None::<(usize, usize)>);
    let why = RwSignal::new(String::new());
    let reason = NodeRef::<html::Input>::new();
    let act = move |step: &'static str, class: &'static str| {
        let press = press(move || decide(board, asked, step, reason, why, progress));
        let label = text(move || format!("{} {}", words(step).0, board.chosen.with(Vec::len)));
        view! { <button type="button" class=class aria-disabled=text(move || progress.get().is_some().to_string()) on:click=press>{label}</button> }
    };
    let bar = move || {
        progress.get().map(|(done, all)| {
            view! { <progress max=all.to_string() prop:value=done.to_string() aria-label="Deciding"></progress> }
        })
    };
    let all = move || {
        let held = |one: &&Shared<Suspicion>| one.state == "held";
        let ids = board.list.with_value(|list| list.iter().filter(held).map(|one| one.id.clone()).collect());
        board.chosen.set(ids);
    };
    when(
        move || board.chosen.with(|chosen| !chosen.is_empty()) || progress.get().is_some(),
        move || {
            view! {
                <div class="bulk" role="group" aria-label="Decide those that are chosen">
                    <div class="field">
                        <label for="bulk-reason">"Reason for all of them"</label>
                        <input type="text" id="bulk-reason" maxlength="1000" autocomplete="off" node_ref=reason
                            aria-describedby="bulk-why" aria-invalid=text(move || (!why.get().is_empty()).to_string())/>
                        <p class="fault" id="bulk-why" role="alert">{live(move || why.get())}</p>
                    </div>
                    <div class="acts">
                        {act("clear", "strong small")} {act("confirm", "quiet small")}
                        <button type="button" class="link" on:click=press(all)>"Choose all that are shown"</button>
                        {live(bar)}
                    </div>
                </div>
            }
        },
    )
}

fn decide(
    board: Board,
    asked: Asked,
    step: &'static str,
    reason: NodeRef<html::Input>,
    why: RwSignal<String>,
    progress: RwSignal<Option<(usize, usize)>>,
) {
    let Some(input) = reason.get_untracked().filter(|_| progress.get_untracked().is_none()) else { return };
    let said = input.value().trim().to_owned();
    if step == "confirm" && said.is_empty() {
        why.set("Say why: it is required to confirm.".to_owned());
        // Fails only for an element that is not in the page any more.
        let _ = input.focus();
        return;
    }
    why.set(String::new());
    let chosen = board.chosen.get_untracked();
    let all: Vec<Shared<Suspicion>> =
        board.list.with_value(|list| list.iter().filter(|one| chosen.contains(&one.id)).cloned().collect());
    progress.set(Some((0, all.len())));
    spawn_local(async move {
        let source = Source::default();
        let (mut done, mut refused) = (0, None);
        for (i, one) in all.iter().enumerate() {
            let sent = written(&[("version", JsValue::from_f64(one.version as f64)), ("reason", said.clone().into())]);
            let path = format!("{}/{}/{step}", path::SUSPICIONS, one.id);
            match patient(&source, "POST", &path, &sent, |_| true).await {
                Ok((now, _)) => {
                    done += 1;
                    if progress.try_get_untracked().is_some() {
                        keep(board, read(board.ctx, &now));
                    }
                }
                Err(refusal) => refused = Some(refusal),
            }
            progress.try_set(Some((i + 1, all.len())));
        }
        // The reader may have gone elsewhere meanwhile.
        if progress.try_set(None).is_some() {
            return;
        }
        let state = if step == "clear" { "cleared" } else { "confirmed" };
        let mut words = format!("{done} of {} {state}.", all.len());
        if let Some(refusal) = refused {
            words.push_str(&format!("\nThe others stay as they are: {}", refusal.text()));
        }
        board.told.tell(words, None);
        asked.again();
    });
}
