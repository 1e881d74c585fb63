//! The form of one coupon: a new one, or one that is changed.

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};

use super::{
    Board,
    change::{self, Undo},
};
use crate::{
    model::{
        coupon::{Coupon, Written, drawn},
        typed::{rule, sentence},
    },
    part::{live, named, press, server::Asked, text},
};

/// What the server calls the fields.
const NAMES: [(&str, &str); 4] =
    [("code", "code"), ("partnerId", "partner"), ("startsAt", "from"), ("endsAt", "until")];

/// The form.
#[derive(Clone, Copy)]
struct Sheet {
    board: Board,
    asked: Asked,
    of: StoredValue<Option<Coupon>>,
    written: RwSignal<Written>,
    /// Whether it was tried to send it: before that only the code is spoken of.
    is_tried: RwSignal<bool>,
    /// Whether somebody else was faster, and their coupon is on its way here.
    is_late: RwSignal<bool>,
    /// What the server said, by field.
    said: RwSignal<Vec<(String, String)>>,
    element: NodeRef<html::Form>,
}

/// The form of a new coupon, or of one that there is.
pub fn show(board: Board, asked: Asked, of: Option<Coupon>) -> AnyView {
    let known = board.known.get_untracked();
    let written = of.as_ref().map_or_else(Written::default, |coupon| {
        let (first, last) = coupon.days(&known.zone);
        let day = |day: Option<engine::time::Day>| day.map(|day| day.to_string()).unwrap_or_default();
        Written { from: day(first), until: day(last), products: coupon.products.join("\n"), ..Written::default() }
    });
    let title = of.as_ref().map_or_else(|| "New coupon".to_owned(), |coupon| format!("Change {}", coupon.code));
    let is_new = of.is_none();
    let sheet = Sheet {
        board,
        asked,
        of: StoredValue::new(of),
        written: RwSignal::new(written),
        is_tried: RwSignal::new(false),
        is_late: RwSignal::new(false),
        said: RwSignal::new(Vec::new()),
        element: NodeRef::new(),
    };
    Effect::new(move |_| sheet.follow());
    request_animation_frame(move || sheet.focus(if is_new { "code" } else { "from" }));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        sheet.send();
    };
    let options = named::choices(&known.partners);
    let option = |(id, name): (String, String)| view! { <option value=id>{name}</option> };
    let own = is_new.then(|| {
        view! {
            {code(sheet)}
            <div class="field">
                <label for="c-partner">"Partner"</label>
                <select
                    id="c-partner"
                    name="partner"
                    aria-invalid=sheet.wrong("partner")
                    aria-describedby="fault-c-partner"
                    on:change=move |event| sheet.write(|written| written.partner = event_target_value(&event))
                >
                    <option value="">"Choose"</option>
                    {options.into_iter().map(option).collect_view()}
                </select>
                {sheet.fault("partner")}
            </div>
        }
    });
    view! {
        <section class="panel" aria-labelledby="h-one">
            <h2 id="h-one">{title}</h2>
            <form class="typed" novalidate autocomplete="off" node_ref=sheet.element on:submit=submit>
                {own}
                {day(sheet, "from", "First day", "From now on, where it is empty", |w| &w.from, |w, text| w.from = text)}
                {day(sheet, "until", "Last day", "That day included; without one it has no end", |w| &w.until, |w, text| w.until = text)}
                <div class="field whole">
                    <label for="c-products">"Products" <small>" optional"</small></label>
                    <textarea
                        id="c-products"
                        name="products"
                        rows="2"
                        aria-invalid=sheet.wrong("products")
                        aria-describedby="fault-c-products hint-c-products"
                        prop:value=text(move || sheet.written.with(|written| written.products.clone()))
                        on:input=move |event| sheet.write(|written| written.products = event_target_value(&event))
                    ></textarea>
                    <small id="hint-c-products">"Your identifiers of the products that it is for, a line each. Without any it is for all."</small>
                    {sheet.fault("products")}
                </div>
                <p class="fault whole" role="alert">{text(move || sheet.words(""))}</p>
                <div class="acts whole">
                    <button type="submit" class="strong" aria-disabled=text(move || board.is_busy().to_string())>
                        {if is_new { "Make the coupon" } else { "Save" }}
                    </button>
                    <button type="button" class="quiet" on:click=press(move || board.sheet.set(""))>"Cancel"</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// The code, with what the server makes of it while it is typed.
fn code(sheet: Sheet) -> impl IntoView {
    let becomes = move || {
        let typed = sheet.written.with(|written| written.code.clone());
        match sheet.board.known.with(|known| known.code(&typed)) {
            Ok(code) if code.is_empty() => view! { "Made from the partner’s name, where it is empty" }.into_any(),
            Ok(code) => view! { "Becomes " <code>{code}</code> }.into_any(),
            Err(_) => ().into_any(),
        }
    };
    view! {
        <div class="field">
            <label for="c-code">"Code" <small>" optional"</small></label>
            <input
                type="text"
                id="c-code"
                name="code"
                maxlength="64"
                autocapitalize="characters"
                spellcheck="false"
                aria-invalid=sheet.wrong("code")
                aria-describedby="fault-c-code hint-c-code"
                prop:value=text(move || sheet.written.with(|written| written.code.clone()))
                on:input=move |event| sheet.write(|written| written.code = event_target_value(&event))
            />
            <small id="hint-c-code" aria-live="polite">{live(becomes)}</small>
            {sheet.fault("code")}
        </div>
    }
}

fn day(
    sheet: Sheet,
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    get: fn(&Written) -> &String,
    set: fn(&mut Written, String),
) -> impl IntoView {
    let id = format!("c-{name}");
    view! {
        <div class="field">
            <label for=id.clone()>{label} <small>" optional"</small></label>
            <input
                type="date"
                id=id
                name=name
                min="1973-01-01"
                max="2105-12-31"
                aria-invalid=sheet.wrong(name)
                aria-describedby=format!("fault-c-{name} hint-c-{name}")
                prop:value=text(move || sheet.written.with(|written| get(written).clone()))
                on:input=move |event| sheet.write(|written| set(written, event_target_value(&event)))
            />
            <small id=format!("hint-c-{name}")>{hint}</small>
            {sheet.fault(name)}
        </div>
    }
}

impl Sheet {
    fn write(self, change: impl FnOnce(&mut Written)) {
        self.written.update(change);
        self.said.set(Vec::new());
    }

    /// What is wrong with a field, or with the whole under no name; empty for nothing.
    fn words(self, field: &str) -> String {
        let said = self.said.with(|said| said.iter().find(|(of, _)| of == field).map(|(_, why)| why.clone()));
        let own = || {
            let is_said = self.is_tried.get() || field == "code";
            let (_, faults) = self.of.with_value(|of| {
                self.board.known.with(|known| self.written.with(|written| known.check(written, of.as_ref())))
            });
            faults.iter().find(|(of, _)| is_said && *of == field).map(|(_, why)| sentence(why))
        };
        said.or_else(own).unwrap_or_default()
    }

    fn wrong(self, field: &'static str) -> Signal<String> {
        text(move || (!self.words(field).is_empty()).to_string())
    }

    fn fault(self, field: &'static str) -> impl IntoView {
        view! { <p class="fault" id=format!("fault-c-{field}")>{text(move || self.words(field))}</p> }
    }

    /// Where somebody else was faster: tells what the coupon is by now, and what is saved next is held against that.
    fn follow(self) {
        let known = self.board.known.get();
        let Some(of) = self.of.get_value().filter(|_| self.is_late.get()) else { return };
        let now = known.coupons.iter().find(|coupon| coupon.code == of.code);
        let words = match now {
            None => "Somebody else took it away meanwhile.".to_owned(),
            Some(now) if *now == of => return,
            Some(now) => {
                let ctx = self.board.ctx;
                let holds = ctx.text(|locale| now.holds(&known.zone, locale));
                format!(
                    "Somebody else changed it meanwhile. It holds now: {}. Products: {}. Save again to put yours in its place.",
                    holds,
                    now.of_products()
                )
            }
        };
        self.of.set_value(now.cloned().or(Some(of)));
        self.is_late.set(false);
        self.said.set(vec![(String::new(), words)]);
    }

    fn focus(self, field: &str) {
        if let Some(form) = self.element.try_get_untracked().flatten() {
            crate::part::form::focus(&form, field);
        }
    }

    /// Makes or changes it, once.
    fn send(self) {
        let board = self.board;
        self.is_tried.set(true);
        let of = self.of.get_value();
        let check = || self.written.with(|written| board.known.with(|known| known.check(written, of.as_ref())));
        let (mut coupon, faults) = untrack(check);
        if let Some((field, _)) = faults.first() {
            return self.focus(field);
        }
        if untrack(|| board.is_busy()) {
            return;
        }
        if coupon.code.is_empty() {
            let number = (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
            coupon.code = board.known.with_untracked(|known| drawn(known.name_of(&coupon.partner), number));
            // It stays in the form: what is sent again after a lost answer is the same coupon.
            let code = coupon.code.clone();
            self.write(|written| written.code = code);
        }
        board.progress.set(Some(("Saving", 0, 1)));
        spawn_local(async move {
            let answer = match &of {
                Some(before) => change::put(before, &coupon).await,
                None => change::make(&coupon).await,
            };
            if board.progress.try_set(None).is_some() {
                return;
            }
            match answer {
                Ok(coupon) => {
                    let (code, name) = (
                        coupon.code.clone(),
                        board.known.with_untracked(|known| known.name_of(&coupon.partner).to_owned()),
                    );
                    let (undo, words) = match of {
                        Some(before) => (Undo::Changed(before, coupon.clone()), format!("{code} is changed.")),
                        None => (Undo::Made(code.clone()), format!("{code} is {name}’s.")),
                    };
                    change::keep(board, coupon);
                    board.undo.set(vec![undo]);
                    board.sheet.set("");
                    board.told.tell(words, None);
                }
                Err(refusal) => {
                    let is_old = matches!(refusal, crate::api::Refusal::Said { status: 404 | 409, .. });
                    let why = refusal.text();
                    let of_field = rule(&why).and_then(|(name, rule)| {
                        let known = NAMES.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours);
                        known.or((name == "products").then_some("products")).map(|ours| (ours.to_owned(), rule))
                    });
                    let (field, why) = of_field.unwrap_or((String::new(), why));
                    if is_old {
                        // Whose it is by now, and what, the list says.
                        self.is_late.set(true);
                        self.asked.again();
                    }
                    self.focus(&field);
                    self.said.set(vec![(field, why)]);
                }
            }
        });
    }
}
