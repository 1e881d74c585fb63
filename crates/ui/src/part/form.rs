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
    /// A whole number from 1 on.
    #[cfg(feature = "console")]
    Positive,
    /// Several lines.
    Lines,
    /// One of these: what is sent, and its name.
    Choice(Vec<(String, String)>),
    /// Any of these, likewise: sent as an array.
    #[cfg(feature = "console")]
    Several(Vec<(String, String)>),
    /// A line each: sent as an array.
    #[cfg(feature = "console")]
    List,
    /// One of these orders: its words with commas between them, sent as an array, and its name.
    #[cfg(feature = "console")]
    Order(Vec<(String, String)>),
    /// Yes or no.
    #[cfg(feature = "console")]
    Truth,
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
    rows_of("f", fields, whys)
}

/// The same in a part of the page that stands beside a form, whose fields may have the same names: its identifiers begin
/// with a word of its own.
pub(super) fn rows_of(part: &'static str, fields: &[Field], whys: &Whys) -> impl IntoView + use<> {
    fields.iter().zip(whys).map(|(field, (_, why))| row(part, field, *why)).collect_view()
}

/// How the reader writes 12,500, and what stands before its decimals.
pub(super) type Signs = (String, String);

/// The signs of the page that asks, which an event has no page to ask for.
pub(super) fn signs() -> Signs {
    let written = |locale: &Locale| (locale.count(12_500), locale.decimal.clone());
    use_context::<Ctx>().map_or_else(|| written(&Locale::default()), |ctx| ctx.text(written))
}

/// A field with its label, its hint and what is wrong with it.
fn row(part: &'static str, field: &Field, why: RwSignal<String>) -> AnyView {
    let Field { name, label, required, max, .. } = *field;
    let hint = match field.kind {
        Kind::Money(_) => format!("Such as {}", signs().0),
        _ => field.hint.to_owned(),
    };
    let (id, hint_id, fault_id) =
        (format!("{part}-{name}"), format!("{part}-hint-{name}"), format!("{part}-fault-{name}"));
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
        #[cfg(feature = "console")]
        Kind::Positive => {
            view! {
                <input type="number" inputmode="numeric" min="1" id=id.clone() name=name required=required aria-invalid=wrong aria-describedby=about.clone()/>
            }
            .into_any()
        }
        Kind::Lines => view! {
            <textarea id=id.clone() name=name rows="3" maxlength=max required=required aria-invalid=wrong aria-describedby=about></textarea>
        }
        .into_any(),
        #[cfg(feature = "console")]
        Kind::List => view! {
            <textarea id=id.clone() name=name rows="4" maxlength=max spellcheck="false" aria-invalid=wrong aria-describedby=about></textarea>
        }
        .into_any(),
        #[cfg(feature = "console")]
        Kind::Several(choices) => return several(field, choices, [hint_id, fault_id], why),
        #[cfg(feature = "console")]
        Kind::Truth => view! {
            <select id=id.clone() name=name aria-invalid=wrong aria-describedby=about>
                <option value="true">"Yes"</option>
                <option value="false">"No"</option>
            </select>
        }
        .into_any(),
        #[cfg(feature = "console")]
        Kind::Order(choices) => select(&id, name, choices, wrong, about),
        Kind::Choice(choices) => select(&id, name, choices, wrong, about),
    };
    let class = if field.kind.is_tall() { "field whole" } else { "field" };
    let is_optional = !required && field.kind.is_typed();
    view! {
        <div class=class>
            <label for=id>{label} {is_optional.then_some(view! { <small>" optional"</small> })}</label>
            {control}
            <small id=hint_id>{hint}</small>
            <p class="fault" id=fault_id>{why}</p>
        </div>
    }
    .into_any()
}
fn select(id: &str, name: &'static str, choices: &[(String, String)], wrong: Signal<String>, about: String) -> AnyView {
    let option = |(value, name): &(String, String)| view! { <option value=value.clone()>{name.clone()}</option> };
    view! {
        <select id=id.to_owned() name=name aria-invalid=wrong aria-describedby=about>
            {choices.iter().map(option).collect_view()}
        </select>
    }
    .into_any()
}

/// Boxes to tick, under one name.
#[cfg(feature = "console")]
fn several(field: &Field, choices: &[(String, String)], ids: [String; 2], why: RwSignal<String>) -> AnyView {
    let Field { name, label, hint, .. } = *field;
    let about = ids.join(" ");
    let [hint_id, fault_id] = ids;
    let tick = |(value, label): &(String, String)| {
        view! { <label class="tick"><input type="checkbox" name=name value=value.clone()/><span>{label.clone()}</span></label> }
    };
    view! {
        <fieldset class="field whole ticks" aria-describedby=about>
            <legend>{label}</legend>
            <small id=hint_id>{hint}</small>
            <div>{choices.iter().map(tick).collect_view()}</div>
            <p class="fault" id=fault_id>{why}</p>
        </fieldset>
    }
    .into_any()
}

impl Kind {
    /// Whether it takes the whole width.
    fn is_tall(&self) -> bool {
        match self {
            Self::Lines => true,
            #[cfg(feature = "console")]
            Self::List => true,
            _ => false,
        }
    }

    /// Whether it can be left empty.
    fn is_typed(&self) -> bool {
        match self {
            Self::Line(_) | Self::Money(_) | Self::Count | Self::Lines => true,
            #[cfg(feature = "console")]
            Self::Positive => true,
            _ => false,
        }
    }
}

/// The control of a field. What is asked of it, every kind of control has.
fn control(form: &Element, name: &str) -> Option<HtmlInputElement> {
    form.query_selector(&format!("[name=\"{name}\"]")).ok().flatten().map(JsCast::unchecked_into)
}

pub(super) fn focus(form: &Element, name: &str) {
    if let Some(control) = control(form, name) {
        // Fails only for a control that is not in the page any more.
        let _ = control.focus();
    }
}

/// Puts values into fields, by their names.
#[cfg(feature = "console")]
pub(super) fn fill(form: &Element, values: &[(&'static str, String)]) {
    for (name, value) in values {
        if let Some(control) = control(form, name) {
            control.set_value(value);
        }
    }
}

/// What is typed, as JSON; or what is wrong, field by field, in the browser's words.
pub(super) fn read(fields: &[Field], form: &Element, signs: &Signs) -> Result<String, Faults> {
    typed(fields, form, signs).map(|pairs| written(&pairs))
}

/// A number that is typed, under its field's name.
fn number<'a>(field: &'a Field, value: &str) -> Option<(&'a str, JsValue)> {
    value.parse().ok().map(|n: f64| (field.name, JsValue::from_f64(n)))
}

/// What is typed, field by field; or what is wrong.
pub(super) fn typed<'a>(
    fields: &'a [Field],
    form: &Element,
    (whole, decimal): &Signs,
) -> Result<Vec<(&'a str, JsValue)>, Faults> {
    let value_of =
        |name: &str| control(form, name).map(|control| control.value().trim().to_owned()).unwrap_or_default();
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
        let value = value_of(field.name);
        // The browser takes blanks for an answer.
        if field.required && field.kind.is_typed() && value.is_empty() && faults.iter().all(|(of, _)| *of != field.name)
        {
            faults.push((field.name, "Please fill in this field.".to_owned()));
        }
        let amount_of = amounts().find(|(_, currency)| *currency == field.name);
        match field.kind {
            Kind::Money(currency) if !value.is_empty() => {
                match value_of(currency).parse().ok().and_then(|currency| minor(&value, currency, decimal)) {
                    Some(minor) => pairs.push((field.name, JsValue::from_f64(minor as f64))),
                    None => {
                        faults.push((field.name, format!("Write an amount such as {whole} or {whole}{decimal}50.")));
                    }
                }
            }
            Kind::Count => pairs.extend(number(field, &value)),
            #[cfg(feature = "console")]
            Kind::Positive => pairs.extend(number(field, &value)),
            #[cfg(feature = "console")]
            Kind::Several(_) => pairs.push((field.name, array(&ticked(form, field.name)))),
            #[cfg(feature = "console")]
            Kind::List => {
                let lines = value.lines().map(str::trim).filter(|line| !line.is_empty());
                pairs.push((field.name, array(&lines.map(str::to_owned).collect::<Vec<_>>())));
            }
            #[cfg(feature = "console")]
            Kind::Order(_) => {
                pairs.push((field.name, array(&value.split(',').map(str::to_owned).collect::<Vec<_>>())));
            }
            #[cfg(feature = "console")]
            Kind::Truth => pairs.push((field.name, (value == "true").into())),
            // A currency says nothing without its amount.
            _ if amount_of.is_some_and(|(amount, _)| value_of(amount).is_empty()) => {}
            _ => pairs.push((field.name, value.into())),
        }
    }
    if faults.is_empty() { Ok(pairs) } else { Err(faults) }
}

#[cfg(feature = "console")]
fn array(texts: &[String]) -> JsValue {
    texts.iter().map(|text| JsValue::from_str(text)).collect::<js_sys::Array>().into()
}

/// The boxes of a name that are ticked.
#[cfg(feature = "console")]
fn ticked(form: &Element, name: &str) -> Vec<String> {
    boxes(form, name).into_iter().filter(HtmlInputElement::checked).map(|one| one.value()).collect()
}

#[cfg(feature = "console")]
fn boxes(form: &Element, name: &str) -> Vec<HtmlInputElement> {
    let found = form.query_selector_all(&format!("[name=\"{name}\"]"));
    let found = found.map(|list| (0..list.length()).filter_map(|i| list.get(i)).collect::<Vec<_>>());
    found.unwrap_or_default().into_iter().map(JsCast::unchecked_into).collect()
}

/// What stands in a field, as [`put`] writes it.
#[cfg(feature = "console")]
pub(super) fn stands(form: &Element, field: &Field) -> String {
    match field.kind {
        Kind::Several(_) => ticked(form, field.name).join("\n"),
        _ => control(form, field.name).map(|control| control.value()).unwrap_or_default(),
    }
}

/// Writes into a field; of several, a line each.
#[cfg(feature = "console")]
pub(super) fn put(form: &Element, field: &Field, value: &str) {
    match field.kind {
        Kind::Several(_) => {
            for one in boxes(form, field.name) {
                one.set_checked(value.lines().any(|line| line == one.value()));
            }
        }
        Kind::Lines | Kind::List => {
            if let Some(control) = control(form, field.name) {
                control.unchecked_ref::<web_sys::HtmlTextAreaElement>().set_value(value);
            }
        }
        Kind::Choice(_) | Kind::Order(_) | Kind::Truth => {
            if let Some(control) = control(form, field.name) {
                control.unchecked_ref::<web_sys::HtmlSelectElement>().set_value(value);
            }
        }
        Kind::Line(_) | Kind::Money(_) | Kind::Count | Kind::Positive => {
            if let Some(control) = control(form, field.name) {
                control.set_value(value);
            }
        }
    }
}

/// What the server has under a field's name, as [`put`] writes it; a point leads into an object.
#[cfg(feature = "console")]
pub(super) fn shown(said: &Json, field: &Field) -> String {
    let value = field.name.split('.').fold(said.clone(), |said, name| said.get(name));
    match field.kind {
        Kind::List | Kind::Several(_) => value.list().iter().filter_map(Json::own_text).collect::<Vec<_>>().join("\n"),
        Kind::Order(_) => value.list().iter().filter_map(Json::own_text).collect::<Vec<_>>().join(","),
        Kind::Truth => value.is_true().to_string(),
        _ => value.own_text().or_else(|| value.own_number().map(|n| n.to_string())).unwrap_or_default(),
    }
}
