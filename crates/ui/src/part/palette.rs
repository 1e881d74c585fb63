//! The command palette: one field from which every place, partner, customer, model and saved view is a few keys away. And the
//! saved views themselves, which the program's people share.

use leptos::{ev::KeyboardEvent, html, prelude::*};
use wire::path;

use super::{
    confirm::{Dialog, Question},
    form::{Field, Kind},
    live, press,
    server::{Asked, Told, ask},
    text,
};
use crate::{
    json::written,
    model::{
        palette::{To, filters, found},
        place::Place,
    },
    page::{query, read_query, step},
    state::Ctx,
};

/// A view: its identifier, its name, the query of its address.
type View = (String, String, String);

/// What it holds.
#[derive(Clone, Copy)]
struct Board {
    ctx: Ctx,
    typed: RwSignal<String>,
    /// Which row is marked.
    at: RwSignal<usize>,
    views: RwSignal<Vec<View>>,
    dialog: Dialog,
    told: Told,
    element: NodeRef<html::Dialog>,
}

/// What shows the palette.
pub type Palette = fn(Ctx, RwSignal<u32>) -> AnyView;

/// The palette. It opens whenever it is told to.
pub fn palette(ctx: Ctx, opened: RwSignal<u32>) -> AnyView {
    let (views, why) = (RwSignal::new(Vec::new()), RwSignal::new(String::new()));
    let asked = Asked::by(move |asked| {
        ask("GET", path::VIEWS.to_owned(), String::new(), move |answer| match answer {
            Ok(said) => {
                let view = |said: &crate::json::Json| (said.text("id"), said.text("name"), said.text("query"));
                views.try_set(said.list().iter().map(view).collect());
                why.try_set(String::new());
                asked.came();
            }
            // Everything else is found without them.
            Err(refusal) => drop(why.try_set(format!("Saved views could not be loaded. {}", refusal.text()))),
        });
    });
    let board = Board {
        ctx,
        typed: RwSignal::new(String::new()),
        at: RwSignal::new(0),
        views,
        dialog: Dialog::closed(),
        told: Told::nothing(),
        element: NodeRef::new(),
    };
    Effect::new(move |_| {
        opened.track();
        if let Some(dialog) = board.element.get()
            && !dialog.open()
        {
            board.typed.set(String::new());
            board.at.set(0);
            // Fails only for a dialog that is not in the page any more.
            let _ = dialog.show_modal();
            asked.again();
        }
    });
    // It stands over the page, and goes with the next step.
    Effect::new(move |_| {
        ctx.filters.track();
        board.told.clear();
    });
    let rows = Memo::new(move |_| {
        let views: Vec<_> = board.views.get().into_iter().map(|(_, name, query)| (name, query)).collect();
        let typed = board.typed.get();
        ctx.loaded.with(|loaded| found(&typed, loaded, &Place::CONSOLE, &views))
    });
    let go = move |to: &To| {
        board.close();
        match (filters(to, &ctx.filters.get_untracked()), to) {
            (Some(filters), _) => step(ctx, |now| *now = filters),
            (None, To::View(query)) => step(ctx, |now| *now = read_query(query).unwrap_or_default()),
            (None, _) => {}
        }
    };
    let key = move |event: KeyboardEvent| {
        let many = rows.with_untracked(Vec::len);
        let step = |event: &KeyboardEvent, to: usize| {
            event.prevent_default();
            board.at.set(to);
        };
        let at = board.at.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if many > 0 => step(&event, (at + 1) % many),
            "ArrowUp" if many > 0 => step(&event, (at + many - 1) % many),
            "Home" => step(&event, 0),
            "End" => step(&event, many.saturating_sub(1)),
            "Enter" => {
                event.prevent_default();
                if let Some(row) = rows.with_untracked(|rows| rows.get(at).cloned()) {
                    go(&row.to);
                }
            }
            _ => {}
        }
    };
    let list = move || {
        rows.get()
            .into_iter()
            .enumerate()
            .map(|(i, row)| {
                let to = row.to.clone();
                let is_marked = text(move || (board.at.get() == i).to_string());
                view! {
                    <li
                        role="option"
                        id=format!("go-{i}")
                        aria-selected=is_marked
                        on:click=press(move || go(&to))
                        on:pointermove=move |_| board.at.set(i)
                    >
                        <span>{row.title}</span>
                        " "
                        <small>{row.kind}</small>
                    </li>
                }
            })
            .collect_view()
    };
    let active = text(move || if rows.with(Vec::is_empty) { String::new() } else { format!("go-{}", board.at.get()) });
    let how_many = text(move || match rows.with(Vec::len) {
        0 => "Nothing is called that.".to_owned(),
        1 => "1 found".to_owned(),
        n => format!("{n} found"),
    });
    let typed = move |event| {
        board.typed.set(event_target_value(&event));
        board.at.set(0);
    };
    view! {
        <dialog class="palette" node_ref=board.element aria-label="Go to">
            <input
                type="text"
                role="combobox"
                aria-label="Find a place, partner, customer, model or saved view"
                placeholder="Find a place, partner, customer, model or view"
                aria-expanded="true"
                aria-controls="go-list"
                aria-autocomplete="list"
                aria-activedescendant=active
                autocomplete="off"
                spellcheck="false"
                prop:value=move || board.typed.get()
                on:input=typed
                on:keydown=key
            />
            <ul role="listbox" id="go-list" aria-label="Found">{live(list)}</ul>
            <p class="unseen" role="status">{how_many}</p>
            <p class="fault" role="alert">{why}</p>
            {live(move || {
                let views = board.views.get();
                let line = |view: &View| view! { <li><span>{view.1.clone()}</span> {delete_button(board, view)}</li> };
                (!views.is_empty()).then(|| view! {
                    <details class="views">
                        <summary>"Saved views"</summary>
                        <ul>{views.iter().map(line).collect_view()}</ul>
                    </details>
                })
            })}
            <div class="acts">
                <button type="button" class="quiet small" on:click=press(move || save(board))>"Save this view…"</button>
                <button type="button" class="quiet small" on:click=press(move || board.close())>"Close"</button>
            </div>
        </dialog>
        <div class="toast">{board.told.show()}</div>
        {board.dialog.show(asked)}
    }
    .into_any()
}

impl Board {
    fn close(self) {
        if let Some(dialog) = self.element.get_untracked() {
            dialog.close();
        }
    }
}

/// Asks for a name, and saves what the page shows.
fn save(board: Board) {
    board.close();
    board.dialog.ask(Question {
        title: "Save this view?".to_owned(),
        text: "Its place, period, partner, model and window get a name, for everybody of the program. What it shows follows the \
               facts.",
        yes: "Save the view",
        method: "POST",
        path: path::VIEWS.to_owned(),
        sent: board.ctx.filters.with_untracked(|filters| {
            let query = query(filters);
            // An empty text would be left out.
            if query.is_empty() { "{\"query\":\"\"}".to_owned() } else { written(&[("query", query.into())]) }
        }),
        fields: vec![Field { name: "name", label: "Name", hint: "Such as Last quarter by last touch", kind: Kind::Line("text"), required: true, max: 100 }],
        late: "The view is saved.",
        done: Box::new(move |said| {
            let view = (said.text("id"), said.text("name"), said.text("query"));
            board.told.tell(format!("The view {} is saved. Ctrl+K or ⌘K finds it.", view.1), None);
            board.views.update(|views| views.push(view));
        }),
    });
}

fn delete_button(board: Board, (id, name, _): &View) -> AnyView {
    let (id, name) = (id.clone(), name.clone());
    let label = format!("Delete the view {name}");
    let press = press(move || {
        board.close();
        let (id, name) = (id.clone(), name.clone());
        board.dialog.ask(Question {
            title: format!("Delete the view {name}?"),
            text: "It goes for everybody of the program. The figures stay.",
            yes: "Delete the view",
            method: "DELETE",
            path: format!("{}/{id}", path::VIEWS),
            sent: String::new(),
            fields: Vec::new(),
            late: "The view is deleted.",
            done: Box::new(move |said| {
                let gone = said.text("id");
                board.views.update(|views| views.retain(|view| view.0 != gone));
                board.told.tell(format!("The view {} is deleted.", said.text("name")), None);
            }),
        });
    });
    view! { <button type="button" class="quiet small" aria-label=label on:click=press>"Delete"</button> }.into_any()
}
