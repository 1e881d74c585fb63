//! The fields of a page's form: which there are, in which order, and what each asks.

use leptos::prelude::*;
use wire::page::{Content, FIELDS_MAX, Field, KNOWN, Kind, label};

use super::{
    editor::Editor,
    fields::{fault, id_of, is_wrong},
};
use crate::{
    model::landing::{KINDS, named},
    part::{flag, live, press, switches::choice, text},
};

/// What must always be asked, and so need not be chosen.
const ALWAYS: [&str; 2] = ["name", "email"];

/// What tells whether the rows are others: their kinds, not their words.
type Shape = Vec<(Option<Kind>, String)>;

pub fn show(editor: Editor) -> AnyView {
    let shape = Memo::new(move |_| {
        let of = |field: &Field| (field.kind, if field.kind.is_none() { field.name.clone() } else { String::new() });
        editor.typed.with(|content| content.form.fields.iter().map(of).collect::<Shape>())
    });
    let rows = move || {
        let shape = shape.get();
        if shape.is_empty() {
            let why = "Without fields of your own it asks for name, e-mail, company and message.";
            return view! { <p class="quiet-text">{why}</p> }.into_any();
        }
        let rows = (0..shape.len()).map(|i| row(editor, i, shape.len(), &shape[i])).collect_view();
        view! { <ol class="questions">{rows}</ol> }.into_any()
    };
    let add = RwSignal::new(String::new());
    let offered = move || {
        let taken = editor.typed.with(names);
        let known = KNOWN.iter().filter(|name| !ALWAYS.contains(name) && !taken.iter().any(|taken| taken == *name));
        let known = known.map(|name| view! { <option value=*name>{label(name).unwrap_or(name)}</option> });
        let own = KINDS.map(|(_, word, name)| view! { <option value=format!("own {word}")>{format!("Your own: {}", name.to_lowercase())}</option> });
        view! { <option value="">"Choose what to ask"</option> {known.collect_view()} {own.collect_view()} }
    };
    let full = flag(move || editor.typed.with(|content| content.form.fields.len() >= FIELDS_MAX));
    let put = move || {
        let what = add.get_untracked();
        if what.is_empty() || full.get_untracked() {
            return;
        }
        let at = editor.typed.with_untracked(|content| content.form.fields.len());
        editor.change(|content| {
            let field = made(&what, &names(content));
            content.form.fields.push(field);
        });
        add.set(String::new());
        request_animation_frame(move || super::fields::focus(&format!("form.fields[{at}].label")));
    };
    view! {
        <h3>"What it asks"</h3>
        <p class="quiet-text">"Name and e-mail are always asked for."</p>
        {fault(editor, "form.fields".to_owned(), "p-form-fields-fault".to_owned())}
        {live(rows)}
        <div class="acts adding">
            {choice("Another field", "another", text(move || add.get()), move |what| add.set(what), live(offered).into_any())}
            <button
                type="button"
                class="quiet"
                aria-disabled=text(move || (add.get().is_empty() || full.get()).to_string())
                on:click=press(put)
            >
                "Add"
            </button>
            {live(move || full.get().then(|| view! { <small>{format!("A form has at most {FIELDS_MAX} fields.")}</small> }))}
        </div>
    }
    .into_any()
}

fn names(content: &Content) -> Vec<String> {
    content.form.fields.iter().map(|field| field.name.clone()).collect()
}

/// A field of what was chosen: one that every form knows, or one of a kind.
fn made(what: &str, taken: &[String]) -> Field {
    match what.strip_prefix("own ") {
        None => Field { name: what.to_owned(), ..Field::default() },
        Some(word) => {
            let kind = KINDS.iter().find(|(_, known, _)| *known == word).map(|(kind, ..)| *kind);
            Field { name: named("", taken), kind, ..Field::default() }
        }
    }
}

/// Says what a field of the page's own asks. Its name, under which answers are kept, follows its words until it was saved.
fn reword(editor: Editor, i: usize, words: String) {
    let saved = editor.is_saved(i);
    editor.change(|content| {
        let taken: Vec<String> =
            names(content).into_iter().enumerate().filter(|(at, _)| *at != i).map(|(_, name)| name).collect();
        let Some(field) = content.form.fields.get_mut(i) else { return };
        if field.kind.is_some() && !saved {
            field.name = named(&words, &taken);
        }
        field.label = Some(words).filter(|words| !words.is_empty());
    });
}

fn row(editor: Editor, i: usize, of: usize, (kind, known): &(Option<Kind>, String)) -> AnyView {
    let field = move |name: &str| format!("form.fields[{i}].{name}");
    let value = move |get: fn(&Field) -> String| {
        text(move || editor.typed.with(|content| content.form.fields.get(i).map(get).unwrap_or_default()))
    };
    let id = id_of(&field("label"));
    let kind_name = kind.and_then(|kind| KINDS.iter().find(|(of, ..)| *of == kind)).map(|(_, _, name)| *name);
    let title = kind_name.map_or_else(|| label(known).unwrap_or(known).to_owned(), str::to_owned);
    let words = value(|field| field.label.clone().unwrap_or_default());
    let called = {
        let title = title.clone();
        text(move || Some(words.get()).filter(|words| !words.is_empty()).unwrap_or_else(|| title.clone()))
    };
    let options = (*kind == Some(Kind::Select)).then(|| {
        let id = id_of(&field("options"));
        let change = move |event| {
            let lines = event_target_value(&event);
            editor.change(|content| {
                if let Some(field) = content.form.fields.get_mut(i) {
                    field.options = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
                }
            });
        };
        // What is typed stays as it is typed, with the empty line at its end.
        let shown = value(|field| field.options.join("\n")).get_untracked();
        view! {
            <div class="field whole">
                <label for=id.clone()>"One of these, a line each"</label>
                <textarea id=id.clone() rows="3" aria-invalid=wrong_options(editor, i) aria-describedby=format!("{id}-fault") on:input=change>{shown}</textarea>
                <p class="fault" id=format!("{id}-fault")>{text(move || said_of_options(editor, i))}</p>
            </div>
        }
    });
    let move_by = move |by: isize| {
        editor.change(|content| {
            let to = i.saturating_add_signed(by);
            if to < content.form.fields.len() {
                content.form.fields.swap(i, to);
            }
        });
    };
    let act = |sign: &'static str, name: &'static str, off: bool, press: crate::part::Press| {
        view! {
            <button type="button" class="quiet small" disabled=off title=name on:click=press>
                <span aria-hidden="true">{sign}</span>
                <span class="unseen">{name} ": " {called}</span>
            </button>
        }
    };
    let required =
        flag(move || editor.typed.with(|content| content.form.fields.get(i).is_some_and(|field| field.required)));
    let require = move |event| {
        let is_required = event_target_checked(&event);
        editor.change(|content| {
            if let Some(field) = content.form.fields.get_mut(i) {
                field.required = is_required;
            }
        });
    };
    let remove = move || {
        editor.change(|content| {
            if i < content.form.fields.len() {
                content.form.fields.remove(i);
            }
        });
    };
    let is_always = ALWAYS.contains(&known.as_str());
    view! {
        <li class="question" data-question=i.to_string()>
            <div class="typed">
                <div class="field">
                    <label for=id.clone()>{title} {kind.is_none().then(|| view! { <small>" or in other words"</small> })}</label>
                    <input
                        type="text"
                        id=id.clone()
                        maxlength="120"
                        autocomplete="off"
                        placeholder=if kind.is_none() { label(known).unwrap_or_default() } else { "What it asks" }
                        aria-invalid=is_wrong(editor, field("label"))
                        aria-describedby=format!("{id}-fault")
                        prop:value=words
                        on:input=move |event| reword(editor, i, event_target_value(&event))
                    />
                    {fault(editor, field("label"), format!("{id}-fault"))}
                    {fault(editor, field("name"), format!("{id}-name-fault"))}
                </div>
                <div class="field row">
                    {(!is_always).then(|| view! {
                        <label class="tick"><input type="checkbox" prop:checked=required on:change=require/> "Required"</label>
                    })}
                    <div class="acts">
                        {act("↑", "Move up", i == 0, press(move || move_by(-1)))}
                        {act("↓", "Move down", i + 1 == of, press(move || move_by(1)))}
                        {act("×", "Remove", false, press(remove))}
                    </div>
                </div>
                {options}
            </div>
        </li>
    }
    .into_any()
}

/// What is wrong with the options of a field, or with one of them.
fn said_of_options(editor: Editor, i: usize) -> String {
    let at = format!("form.fields[{i}].options");
    let found =
        editor.faults.with(|faults| faults.iter().find(|fault| fault.field.starts_with(&at)).map(|f| f.field.clone()));
    editor.wrong(&found.unwrap_or(at))
}

fn wrong_options(editor: Editor, i: usize) -> Signal<String> {
    text(move || (!said_of_options(editor, i).is_empty()).to_string())
}
