//! What the reader may switch. Every switch is answered here, by the engine: the network is asked nothing.

use leptos::prelude::*;

use super::{live, text, when};
use crate::{
    filters::{self, Filters, WINDOWS},
    model::words,
    state::Ctx,
};
use engine::{credit::Model, time::Window};
#[cfg(feature = "page")]
use {
    crate::filters::RANGES,
    engine::{
        period::{Before, Range},
        time::{Day, Time},
    },
};

/// Model, window, currency and, for a program, the partner; below them the rules that follow.
#[component]
pub fn Switches(
    /// Whether what is shown is about one partner or all together.
    #[prop(default = true)]
    partner: bool,
) -> impl IntoView {
    let ctx = Ctx::get();
    view! {
        <div class="switches" role="group" aria-label="How credit is divided">
            {partner.then(|| view! { <PartnerSwitch/> })}
            <ModelSwitch/>
            <WindowSwitch/>
            <CurrencySwitch/>
        </div>
        <p class="policy">
            {live(move || ctx.report.with(|report| {
                let policy = report.attributed.policy;
                let own = policy.version == 0;
                view! {
                    <span class="badge" class:own=own>{words::source(policy.version)}</span>
                    " "
                    {words::policy(&policy)}
                    {own.then_some(" Only this page shows it so; the program's own figures follow its policy.")}
                }
            }))}
        </p>
    }
}

/// Facts of which days, and what they are held against.
#[cfg(feature = "page")]
#[component]
pub fn RangeSwitch(
    /// Whether anything there stands beside figures of another span.
    #[prop(default = true)]
    beside: bool,
) -> impl IntoView {
    let ctx = Ctx::get();
    let range = move || ctx.filters.with(|f| f.range);
    let option = |word: &'static str, label: &'static str| view! { <option value=word>{label}</option> };
    let calendar = RANGES.map(|(word, _, label)| option(word, label));
    let ranges = (calendar.collect_view(), option(filters::DAYS, "Other days")).into_any();
    let others = [option("year", "A year before"), option("before", "Right before")].into_any();
    // Days of one's own begin with those of the range that was shown.
    let choose = move |word: String| {
        let own = ctx.loaded.with(|loaded| {
            let (zone, now) = (&loaded.head.zone, loaded.head.now);
            let shown = range().period(zone, now);
            let first = if range() == Range::Always { loaded.since().unwrap_or(now) } else { shown.from };
            let last = Time(shown.until.0.saturating_sub(1)).min(now);
            filters::days(zone.day(first.min(last)), zone.day(last))
        });
        ctx.ask(|f| f.range = filters::range(&word).or(own).unwrap_or_default());
    };
    let against = move || filters::against_word(ctx.filters.with(|f| f.against).unwrap_or(Before::Year)).to_owned();
    let days = move || match range() {
        Range::Days(first, last) => Some(view! { <DaysInput first last/> }),
        _ => None,
    };
    let ask = move |word: String| ctx.ask(|f| f.against = filters::against(&word));
    let beside = beside.then(|| choice("Beside", "against", text(against), ask, others));
    view! {
        <div class="switches" role="group" aria-label="When">
            {choice("Period", "range", text(move || filters::range_word(range()).to_owned()), choose, ranges)}
            {live(days)}
            {beside}
        </div>
    }
}

/// Two days. A day that is none, or a last one before the first, changes nothing.
#[cfg(feature = "page")]
#[component]
fn DaysInput(
    /// First day.
    first: Day,
    /// Last day.
    last: Day,
) -> impl IntoView {
    let ctx = Ctx::get();
    let input = move |label: &'static str, value: Day, ask: fn(Day, Day, Day) -> (Day, Day)| {
        let change = move |event| {
            let read = event_target_value(&event).parse::<Day>().ok();
            let range = read.map(|day| ask(day, first, last)).and_then(|(first, last)| filters::days(first, last));
            if let Some(range) = range {
                ctx.ask(|f| f.range = range);
            }
        };
        view! {
            <label class="choice">
                <span>{label}</span>
                <input type="date" name=label min="1970-01-01" max="2105-12-31" prop:value=value.to_string() on:change=change/>
            </label>
        }
    };
    (
        input("From", first, |day, _, last| (day, last.max(day))),
        input("To", last, |day, first, _| (first.min(day), day)),
    )
}

#[component]
fn ModelSwitch() -> impl IntoView {
    let ctx = Ctx::get();
    // The model that is really shown: one that the reader may not ask for shows the policy's.
    let shown = move || ctx.loaded.with(|loaded| ctx.filters.with(|f| loaded.model(f)));
    let reason = ctx
        .is_partner()
        .then_some("Markov and Shapley need every journey of the program, so only the program can ask for them.");
    view! { <span title=reason>{model_choice(ctx, "model", shown, |f, model| f.model = model)}</span> }
}

/// A choice of a model; none is the program's policy.
pub fn model_choice(
    ctx: Ctx,
    name: &'static str,
    shown: impl Fn() -> Option<Model> + Send + Sync + 'static,
    ask: fn(&mut Filters, Option<Model>),
) -> AnyView {
    let option = |model: Model| view! { <option value=model.word()>{model.label()}</option> };
    let offered = ctx.loaded.with_untracked(|loaded| Model::ALL.map(|model| loaded.offers(model).then_some(model)));
    let offered = offered.into_iter().flatten().map(option).collect_view();
    let options = view! { <option value="policy">"Program policy"</option> {offered} }.into_any();
    let word = text(move || shown().map_or("policy", Model::word).to_owned());
    choice("Model", name, word, move |word| ctx.ask(|f| ask(f, Model::from_word(&word))), options)
}

/// The window alone, for what no model changes.
#[component]
pub fn WindowSwitch() -> impl IntoView {
    let ctx = Ctx::get();
    window_choice(ctx, "window", move || ctx.filters.with(|f| f.window), |f, window| f.window = window)
}

/// A choice of a window; none is the program's policy.
pub fn window_choice(
    ctx: Ctx,
    name: &'static str,
    shown: impl Fn() -> Option<Window> + Send + Sync + 'static,
    ask: fn(&mut Filters, Option<Window>),
) -> AnyView {
    let days = |days: u16| view! { <option value=days.to_string()>{format!("{days} days")}</option> };
    let options =
        view! { <option value="policy">"Program policy"</option> {WINDOWS.map(days).collect_view()} }.into_any();
    let word = text(move || shown().map_or_else(|| "policy".to_owned(), |w| w.length().to_string()));
    choice("Window", name, word, move |word| ctx.ask(|f| ask(f, filters::window(&word))), options)
}

/// The currency, where there is more than one.
#[component]
pub fn CurrencySwitch() -> impl IntoView {
    let ctx = Ctx::get();
    let currencies = move || ctx.loaded.with(|loaded| loaded.log.currencies.clone());
    let option = |code: String| view! { <option value=code.clone()>{code.clone()}</option> };
    let choice = move || {
        view! {
            <label class="choice currency">
                <span>"Currency"</span>
                <select
                    name="currency"
                    aria-label="Currency"
                    prop:value=text(move || ctx.currency().to_string())
                    on:change=move |event| ctx.ask(|f| f.currency = event_target_value(&event).parse().ok())
                >
                    {live(move || currencies().iter().map(|c| option(c.to_string())).collect_view())}
                </select>
            </label>
        }
    };
    when(move || currencies().len() > 1, choice)
}

#[component]
fn PartnerSwitch() -> impl IntoView {
    let ctx = Ctx::get();
    let choices = move || {
        ctx.loaded.with(|loaded| {
            let own = |(id, name): (&str, &str)| (id.to_owned(), name.to_owned());
            loaded.choices().into_iter().map(own).collect::<Vec<_>>()
        })
    };
    // The partner who is really shown: an identifier that nobody has shows all.
    let shown = move || {
        ctx.loaded.with(|loaded| {
            let row = ctx.asked.with(|f| loaded.partner(f));
            row.and_then(|row| loaded.log.partners[row as usize].id.clone()).unwrap_or_default()
        })
    };
    let change = move |value: String| {
        ctx.ask(|f| {
            f.partner = Some(value).filter(|id| !id.is_empty());
            f.deal = None;
        });
    };
    let options =
        move || choices().into_iter().map(|(id, name)| view! { <option value=id>{name}</option> }).collect_view();
    when(
        move || !ctx.is_partner(),
        move || {
            let options = view! { <option value="">"All partners"</option> {live(options)} }.into_any();
            choice("Partner", "partner", text(shown), change, options)
        },
    )
}

/// A choice of one, with its name.
pub fn choice(
    label: &'static str,
    name: &'static str,
    value: Signal<String>,
    change: impl Fn(String) + 'static,
    options: AnyView,
) -> AnyView {
    let change: Box<dyn Fn(String)> = Box::new(change);
    view! {
        <label class="choice">
            <span>{label}</span>
            <select name=name prop:value=value on:change=move |event| change(event_target_value(&event))>
                {options}
            </select>
        </label>
    }
    .into_any()
}
