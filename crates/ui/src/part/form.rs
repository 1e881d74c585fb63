//! A form: its fields as data, what is wrong beside each, and sending that happens once. One code for every form and every
//! field: a page pays for the second one with its words only.

use leptos::{ev::SubmitEvent, html, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlInputElement};

use super::{flag, late::Late, press, server::ask, text};
use crate::{
    api::Refusal,
    json::{Json, joined, written},
    model::{
        locale::Locale,
        typed::{minor, rule},
    },
    state::{Ctx, Shared},
};

/// What is typed into a field.
pub enum Kind {
    /// A line; the type that the browser checks: `text`, `email`, `date`, `number`.
    Line(&'static str),
    /// An amount of the currency that the named field says: sent in minor units, and the currency only with it.
    Money(&'static str),
    /// A whole number.
    Count,
    /// Several lines.
    Lines,
    /// One of these: what is sent, and its name.
    Choice(Vec<(String, String)>),
}

/// A field.
pub struct Field {
    /// Its name, as the server calls it.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What to type; may be empty.
    pub hint: &'static str,
    /// What is typed.
    pub kind: Kind,
    /// Whether it must be filled in.
    pub required: bool,
    /// Most characters.
    pub max: u32,
}

/// A form that sends what is typed to a path, as JSON.
pub struct Form {
    /// What it does: the words of the button that opens it, and its heading.
    pub title: &'static str,
    /// What to know before; may be empty.
    pub about: String,
    /// Words of the button that sends it.
    pub send: &'static str,
    /// Where it goes, by POST.
    pub path: &'static str,
    /// Its fields.
    pub fields: Vec<Field>,
    /// The field whose value is drawn where it is left empty: the same one until an answer came, so that what is sent again
    /// after a lost answer is done once.
    pub drawn: Option<&'static str>,
    /// What is said of it where whoever sent it has gone elsewhere; empty for nothing.
    pub late: &'static str,
    /// Takes what the server answers, and tells what became of it.
    pub done: Box<dyn Fn(&Json) + Send + Sync>,
}

/// What is wrong: the field's name, empty for the form's own, and why.
pub(super) type Faults = Vec<(&'static str, String)>;

/// A form behind the button that opens it. What was typed stays until the server took it.
pub fn form(form: Form) -> impl IntoView {
    let form = Shared::new(form);
    let open = RwSignal::new(false);
    let busy = RwSignal::new(false);
    // What is wrong with each field, and under no name with the whole.
    let whys = whys(&form.fields);
    let element = NodeRef::<html::Form>::new();
    let show = {
        let whys = whys.clone();
        move |faults: Faults| {
            if let Some(form) = element.get_untracked() {
                tell(&whys, &form, &faults);
            }
        }
    };
    let toggle = {
        let form = form.clone();
        move || {
            open.set(!open.get_untracked());
            if let (true, Some(element)) = (open.get_untracked(), element.get_untracked()) {
                // Hidden until now, and nothing that is hidden takes the focus. Any element can lose an attribute.
                let _ = element.parent_element().map(|panel| panel.remove_attribute("hidden"));
                if let Some(first) = form.fields.first() {
                    focus(&element, first.name);
                }
            }
        }
    };
    let late = Late::get();
    let signs = signs();
    let drawn = StoredValue::new(draw());
    let submit = {
        let form = form.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            let Some(sheet) = element.get_untracked().filter(|_| !busy.get_untracked()) else { return };
            let sent = match read(&form.fields, &sheet, &signs) {
                Ok(sent) => form.drawn.map_or(sent.clone(), |name| drawn.with_value(|value| named(name, value, &sent))),
                Err(faulty) => return show(faulty),
            };
            busy.set(true);
            show(Faults::new());
            let (form, show) = (form.clone(), show.clone());
            ask("POST", form.path.to_owned(), sent, move |answer| {
                // The reader may have gone elsewhere meanwhile.
                if busy.try_set(false).is_some() {
                    if let Some(late) = late {
                        late.tell(form.title, form.late, answer.map(drop));
                    }
                    return;
                }
                if !matches!(answer, Err(Refusal::Failed(_))) {
                    drawn.set_value(draw());
                }
                match answer {
                    Ok(said) => {
                        sheet.reset();
                        open.set(false);
                        (form.done)(&said);
                    }
                    Err(refusal) => show(vec![blame(&form.fields, refusal.text())]),
                }
            });
        }
    };
    let fields = rows(&form.fields, &whys);
    let whole = whys.last().map(|(_, why)| *why);
    let words = form.send;
    view! {
        <div class="opener">
            <button
                type="button"
                class="strong"
                aria-expanded=text(move || open.get().to_string())
                aria-controls="form"
                on:click=press(toggle)
            >
                {form.title}
            </button>
        </div>
        <section class="panel" id="form" aria-labelledby="h-form" hidden=flag(move || !open.get())>
            <h2 id="h-form">{form.title}</h2>
            <p class="quiet-text">{form.about.clone()}</p>
            <form class="typed" novalidate autocomplete="off" node_ref=element on:submit=submit>
                {fields}
                <p class="fault whole" role="alert">{whole}</p>
                <div class="acts whole">
                    <button type="submit" class="strong" aria-disabled=text(move || busy.get().to_string())>
                        {text(move || if busy.get() { "Sending…".to_owned() } else { words.to_owned() })}
                    </button>
                </div>
            </form>
        </section>
    }
}

/// Seven letters and digits at random, as the server draws the last part of a link.
fn draw() -> String {
    const SIGNS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    (0..7).map(|_| char::from(SIGNS[(js_sys::Math::random() * 32.0) as usize % 32])).collect()
}

/// What is sent, with a value under a name where nothing stands there.
fn named(name: &str, value: &str, sent: &str) -> String {
    joined(&written(&[(name, value.into())]), sent)
}

/// What is wrong with each field, and under no name with the whole.
pub(super) type Whys = Vec<(&'static str, RwSignal<String>)>;

/// Nothing is wrong yet.
pub(super) fn whys(fields: &[Field]) -> Whys {
    fields.iter().map(|field| field.name).chain([""]).map(|name| (name, RwSignal::new(String::new()))).collect()
}

/// Tells what is wrong, each beside its field, and leads to the first.
pub(super) fn tell(whys: &Whys, form: &Element, faults: &Faults) {
    for (name, why) in whys {
        let fault = faults.iter().find(|(of, _)| of == name).map(|(_, fault)| fault.clone());
        why.set(fault.unwrap_or_default());
    }
    if let Some((name, _)) = faults.first() {
        focus(form, name);
    }
}

/// The field that the server speaks of, and what it says; or of none, all that it says.
pub(super) fn blame(fields: &[Field], said: String) -> (&'static str, String) {
    let of_field = rule(&said)
        .and_then(|(name, rule)| fields.iter().find(|field| field.name == name).map(|field| (field.name, rule)));
    of_field.unwrap_or(("", said))
}

/// The fields, each with what is wrong beside it.
pub(super) fn rows(fields: &[Field], whys: &Whys) -> impl IntoView + use<> {
    fields.iter().zip(whys).map(|(field, (_, why))| row(field, *why)).collect_view()
}

/// How the reader writes 12,500, and what stands before its decimals.
pub(super) type Signs = (String, String);

/// The signs of the page that asks, which an event has no page to ask for.
pub(super) fn signs() -> Signs {
    let written = |locale: &Locale| (locale.count(12_500), locale.decimal.clone());
    use_context::<Ctx>().map_or_else(|| written(&Locale::default()), |ctx| ctx.text(written))
}

/// A field with its label, its hint and what is wrong with it.
fn row(field: &Field, why: RwSignal<String>) -> AnyView {
    let Field { name, label, required, max, .. } = *field;
    let hint = match field.kind {
        Kind::Money(_) => format!("Such as {}", signs().0),
        _ => field.hint.to_owned(),
    };
    let (id, hint_id, fault_id) = (format!("f-{name}"), format!("hint-{name}"), format!("fault-{name}"));
    let about = format!("{fault_id} {hint_id}");
    let wrong = text(move || (!why.get().is_empty()).to_string());
    let line = |kind: &'static str, mode: &'static str| {
        view! {
            <input type=kind inputmode=mode id=id.clone() name=name maxlength=max required=required aria-invalid=wrong aria-describedby=about.clone()/>
        }
        .into_any()
    };
    let control = match &field.kind {
        Kind::Line(kind) => line(kind, kind),
        Kind::Money(_) => line("text", "decimal"),
        Kind::Count => line("number", "numeric"),
        Kind::Lines => view! {
            <textarea id=id.clone() name=name rows="3" maxlength=max required=required aria-invalid=wrong aria-describedby=about></textarea>
        }
        .into_any(),
        Kind::Choice(choices) => {
            let option = |(value, name): &(String, String)| view! { <option value=value.clone()>{name.clone()}</option> };
            view! {
                <select id=id.clone() name=name aria-invalid=wrong aria-describedby=about>
                    {choices.iter().map(option).collect_view()}
                </select>
            }
            .into_any()
        }
    };
    let class = if matches!(field.kind, Kind::Lines) { "field whole" } else { "field" };
    view! {
        <div class=class>
            <label for=id>{label} {(!required && !matches!(field.kind, Kind::Choice(_))).then_some(view! { <small>" optional"</small> })}</label>
            {control}
            <small id=hint_id>{hint}</small>
            <p class="fault" id=fault_id>{why}</p>
        </div>
    }
    .into_any()
}

/// The control of a field. What is asked of it, every kind of control has.
fn control(form: &Element, name: &str) -> Option<HtmlInputElement> {
    form.query_selector(&format!("[name={name}]")).ok().flatten().map(JsCast::unchecked_into)
}

pub(super) fn focus(form: &Element, name: &str) {
    if let Some(control) = control(form, name) {
        // Fails only for a control that is not in the page any more.
        let _ = control.focus();
    }
}

/// What is typed, as JSON; or what is wrong, field by field, in the browser's words.
pub(super) fn read(fields: &[Field], form: &Element, (whole, decimal): &Signs) -> Result<String, Faults> {
    let typed = |name: &str| control(form, name).map(|control| control.value().trim().to_owned()).unwrap_or_default();
    let amounts = || {
        fields.iter().filter_map(|field| match field.kind {
            Kind::Money(currency) => Some((field.name, currency)),
            _ => None,
        })
    };
    let mut faults = Faults::new();
    let mut pairs: Vec<(&str, JsValue)> = Vec::new();
    for field in fields {
        let complaint = control(form, field.name).and_then(|control| control.validation_message().ok());
        if let Some(complaint) = complaint.filter(|complaint| !complaint.is_empty()) {
            faults.push((field.name, complaint));
        }
        let value = typed(field.name);
        let amount_of = amounts().find(|(_, currency)| *currency == field.name);
        match field.kind {
            Kind::Money(currency) if !value.is_empty() => {
                match typed(currency).parse().ok().and_then(|currency| minor(&value, currency, decimal)) {
                    Some(minor) => pairs.push((field.name, JsValue::from_f64(minor as f64))),
                    None => {
                        faults.push((field.name, format!("Write an amount such as {whole} or {whole}{decimal}50.")));
                    }
                }
            }
            Kind::Count => pairs.extend(value.parse().ok().map(|n: f64| (field.name, JsValue::from_f64(n)))),
            // A currency says nothing without its amount.
            _ if amount_of.is_some_and(|(amount, _)| typed(amount).is_empty()) => {}
            _ => pairs.push((field.name, value.into())),
        }
    }
    if faults.is_empty() { Ok(written(&pairs)) } else { Err(faults) }
}
