//! What was public: each version, what differs from it to what is typed, and bringing it back.

use leptos::prelude::*;
use wire::{page::Content, path};

use super::editor::Editor;
use crate::{
    json::Json,
    model::{
        landing::{Difference, differences},
        registration::day,
        words::plural,
    },
    part::{
        live, press,
        server::{Asked, ask},
        when,
    },
    state::Shared,
};

/// What was public at a time.
struct Version {
    number: i64,
    published_at: String,
    is_live: bool,
    content: Content,
}

fn read(said: &Json) -> Version {
    Version {
        number: said.number("version").unwrap_or_default(),
        published_at: said.text("publishedAt"),
        is_live: said.is("live"),
        content: said.get("content").typed().unwrap_or_default(),
    }
}

pub fn show(editor: Editor) -> impl IntoView {
    let versions = RwSignal::new(Shared::new(Vec::<Version>::new()));
    let asked = Asked::by(move |asked| {
        editor.published.track();
        let path = format!("{}/{}/versions", path::PAGES, editor.id.get_value());
        ask("GET", path, String::new(), move |answer| match answer {
            Ok(said) => {
                versions.try_set(Shared::new(said.list().iter().map(read).collect()));
                asked.came();
            }
            Err(refusal) => asked.failed(refusal),
        });
    });
    let rows = move || {
        let versions = versions.get();
        if versions.is_empty() {
            return view! { <p class="quiet-text">"Nothing was published yet. Each publishing makes a version that can be brought back."</p> }
                .into_any();
        }
        let rows = (0..versions.len()).map(|i| row(editor, versions.clone(), i)).collect_view();
        view! { <ul class="versions">{rows}</ul> }.into_any()
    };
    let undo = move || {
        if let Some(before) = editor.before.get_untracked() {
            editor.change(|typed| typed.clone_from(&before));
            editor.before.set(None);
            editor.told.tell("What you had typed is here again.".to_owned(), None);
        }
    };
    view! {
        <section class="panel" aria-labelledby="h-versions">
            <h2 id="h-versions">"Versions"</h2>
            {when(move || editor.before.with(Option::is_some), move || view! {
                <div class="acts"><button type="button" class="quiet small" on:click=press(undo)>"Undo: what I had typed"</button></div>
            })}
            {asked.show(rows)}
        </section>
    }
}

fn row(editor: Editor, versions: Shared<Vec<Version>>, i: usize) -> AnyView {
    let Version { number, published_at, is_live, .. } = &versions[i];
    let (number, is_live) = (*number, *is_live);
    let on = day(published_at).map(|day| editor.ctx.text(|locale| locale.span(day, day)));
    let found = {
        let versions = versions.clone();
        Memo::new(move |_| Shared::new(Found(editor.typed.with(|typed| differences(typed, &versions[i].content)))))
    };
    let back = move || {
        let before = editor.typed.get_untracked();
        editor.change(|typed| typed.clone_from(&versions[i].content));
        editor.before.set(Some(Shared::new(before)));
        editor.told.tell(
            format!(
                "Version {number} stands in the form again. Nothing is saved yet: “Save draft” or “Publish” keeps it."
            ),
            None,
        );
    };
    let back = StoredValue::new_local(back);
    let differs = move || {
        let found = found.get();
        let n = found.0.len();
        if n == 0 {
            return view! { <small>"Just what stands in the form"</small> }.into_any();
        }
        let words = format!("{n} {} from what stands in the form", plural(n, "difference", "differences"));
        view! {
            <details>
                <summary><small>{words}</small></summary>
                {listed(&found.0)}
            </details>
            <button type="button" class="quiet small" on:click=press(move || back.with_value(|back| back()))>
                "Bring back" <span class="unseen">{format!(" version {number}")}</span>
            </button>
        }
        .into_any()
    };
    view! {
        <li data-version=number.to_string()>
            <p>
                <strong>{format!("Version {number}")}</strong>
                " " <small>{on}</small>
                {is_live.then(|| view! { " " <span class="stage won">"Public"</span> })}
            </p>
            {live(differs)}
        </li>
    }
    .into_any()
}

struct Found(Vec<Difference>);

/// Differences, each with what stands on either side.
pub fn listed(differences: &[Difference]) -> impl IntoView + use<> {
    let line = |difference: &Difference| {
        let Difference { label, from, to } = difference.clone();
        let side = |text: String| if text.is_empty() { "nothing".to_owned() } else { text };
        view! {
            <dt>{label}</dt>
            <dd><del>{side(from)}</del> " → " <ins>{side(to)}</ins></dd>
        }
    };
    view! { <dl class="differences">{differences.iter().map(line).collect_view()}</dl> }
}
